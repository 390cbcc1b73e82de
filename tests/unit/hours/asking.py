"""The clock's look at who is asked and reminded, as the duties do it, on a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.hours import digests, prompts, reminders
from bot.hours.models import HoursDigest, HoursReminder, HoursWeek
from bot.people.models import Absence, Person
from bot.sync.models import LedgerRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from tests.unit.hours.conftest import Timesheets

PARIS = "Europe/Paris"
HOUR = timedelta(hours=1)


def at(day: date, clock: str, zone: str = PARIS) -> datetime:
    """A moment of somebody's day."""
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass
class Asking:
    """Shortcuts; people are called by their role."""

    sheets: Timesheets

    @property
    def company(self) -> Company:
        """The company's configuration."""
        return self.sheets.company

    def rules(self, **changed: object) -> None:
        """Other rules of the company for hours."""
        hours = self.company.rules.hours.model_copy(update=changed)
        rules = self.company.rules.model_copy(update={"hours": hours})
        self.sheets.company = self.company.model_copy(update={"rules": rules})

    # what the clock does

    def ask(self, now: datetime) -> list[tuple[str, date]]:
        """Ask whoever is to be asked; gives (who, week) of the new cards."""
        due = self.sheets.house.database.read_now(lambda session: prompts.prompts_due(session, now, self.company))
        if not due:
            return []
        before = set(self.asked())
        self.sheets.house.write(lambda session: prompts.give(session, due, now))
        return sorted(set(self.asked()) - before)

    def remind(self, now: datetime) -> list[tuple[str, date, int]]:
        """Remind whoever is to be reminded; gives (who, week, step) of what was noted, with a card or without."""
        due = self.sheets.house.database.read_now(lambda session: reminders.reminders_due(session, now, self.company))
        if not due:
            return []
        before = set(self.reminders())
        self.sheets.house.write(lambda session: reminders.give(session, due, now, self.company))
        return sorted((who, week_on, step) for who, week_on, step, _at in set(self.reminders()) - before)

    def digest(self, now: datetime) -> list[tuple[str, date]]:
        """Tell whoever is to be told; gives (recipient, week)."""
        due = self.sheets.house.database.read_now(lambda session: digests.digests_due(session, now, self.company))
        if not due:
            return []
        before = set(self.digests())
        self.sheets.house.write(lambda session: digests.give(session, due, now, self.company))
        return sorted(set(self.digests()) - before)

    def run(self, first: datetime, last: datetime, step: timedelta = HOUR) -> list[tuple[datetime, str, str, date]]:
        """Let the clock tick from one moment to another; gives everything that was sent: when, what, to whom."""
        said: list[tuple[datetime, str, str, date]] = []
        now = first
        while now <= last:
            said += [(now, "prompt", who, week_on) for who, week_on in self.ask(now)]
            said += [(now, f"reminder {number}", who, week_on) for who, week_on, number in self.remind(now)]
            said += [(now, "digest", who, week_on) for who, week_on in self.digest(now)]
            now += step
        return said

    # what the tables say

    def asked(self) -> dict[tuple[str, date], datetime]:
        """When each week was asked about."""
        rows = self._all(sa.select(HoursWeek).where(HoursWeek.prompted_at.is_not(None)))
        return {(self.name(row.person_id), row.week_on): row.prompted_at for row in rows}

    def reminders(self) -> list[tuple[str, date, int, datetime]]:
        """Every reminder: who, week, step, when."""
        statement = sa.select(HoursWeek.person_id, HoursWeek.week_on, HoursReminder.step, HoursReminder.at)
        statement = statement.join(HoursReminder, HoursReminder.week_id == HoursWeek.id).order_by(HoursReminder.id)
        rows = self.sheets.house.database.read_now(lambda session: session.execute(statement).all())
        return [(self.name(person_id), week_on, step, moment) for person_id, week_on, step, moment in rows]

    def digests(self) -> list[tuple[str, date]]:
        """Every digest: recipient, week."""
        return [(self.name(row.recipient_id), row.week_on) for row in self._all(sa.select(HoursDigest))]

    def sent(self, kind: str) -> list[str]:
        """Who gets messages of a kind, as the ledger has them; each is wanted once."""
        rows = [row for row in self._all(sa.select(LedgerRow)) if row.kind.value == kind]
        return sorted(self.name(int(row.target.removeprefix("person:"))) for row in rows)

    def versions(self, kind: str) -> list[int]:
        """How often each message of a kind was wanted."""
        return [row.wanted_version for row in self._all(sa.select(LedgerRow)) if row.kind.value == kind]

    def _all(self, statement: sa.Select[Any]) -> list[Any]:
        return self.sheets.house.database.read_now(lambda session: list(session.scalars(statement)))

    def name(self, person_id: int) -> str:
        """Their role."""
        return next(name for name, known in self.sheets.house.people.items() if known == person_id)

    # what people do

    def travel(self, who: str, zone: str) -> None:
        """Their clock is another one now."""
        self.change(who, time_zone=zone)

    def live(self, who: str, country: str) -> None:
        """They have the public holidays of that country."""
        self.change(who, country=country)

    def change(self, who: str, **values: object) -> None:
        """Something else about them."""
        self.sheets.run(sa.update(Person).filter_by(id=self.sheets.house.people[who]).values(**values))

    def away(self, who: str, first: date, last: date | None = None) -> None:
        """They do not work from one day to another, both included."""

        def work(session: Session) -> None:
            person_id = self.sheets.house.people[who]
            session.add(
                Absence(
                    person_id=person_id,
                    starts_on=first,
                    ends_on=last or first,
                    declared_by_id=person_id,
                    declared_at=datetime(2026, 1, 1, tzinfo=UTC),
                )
            )

        self.sheets.house.write(work)
