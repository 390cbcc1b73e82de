"""A company whose people say their hours; a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config
from bot.hours import service as hours
from bot.hours.models import HoursEntry
from bot.hours.sheets import WeekSheet, sheet
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.people.models import Person
from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.models import Company
    from bot.database import Database
    from bot.hours.service import Answered

WEEK = date(2026, 11, 23)
"""An ordinary Monday, not split between months."""
STRADDLING = date(2026, 11, 30)
"""One day in November, four working days in December."""
FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
"""14:00 in Paris on the Friday of :data:`WEEK`."""


@dataclass
class Timesheets:
    """Shortcuts through the services; the people are those of the house, each by its role."""

    house: House
    company: Company = field(default_factory=config.default)

    def offer(self, number: str, *team: str, opened_on: date = date(2026, 11, 2), **columns: Any) -> int:  # noqa: ANN401
        """An open offer of that number with these people on its team since it was opened."""
        offer_id = self.house.offer(f"Offer {number}", number=f"1-{number[1:]}")

        def work(session: Any) -> None:  # noqa: ANN401
            session.execute(
                sa.update(Offer).filter_by(id=offer_id).values(number=number, opened_on=opened_on, **columns)
            )
            for name in team:
                session.add(
                    TeamMember(
                        offer_id=offer_id,
                        person_id=self.house.people[name],
                        role=TeamRole.CONTRIBUTOR,
                        joined_on=opened_on,
                    )
                )

        self.house.write(work)
        return offer_id

    def save(
        self,
        who: str,
        week_on: date,
        values: Mapping[Any, float],
        *,
        now: datetime = FRIDAY,
        by: str | None = None,
        **given: Any,  # noqa: ANN401
    ) -> Answered:
        """Save hours (not quarters) of whole weeks by offer, or of parts by (offer, part)."""
        wanted: hours.Values = {
            (key if isinstance(key, tuple) else (key, None)): round(value * 4) for key, value in values.items()
        }
        return self.house.write(
            lambda session: hours.save(
                session,
                self.house.people[who],
                week_on,
                wanted,
                actor=self.house.person(session, by or who),
                now=now,
                company=self.company,
                **given,
            )
        )

    def log(self, who: str, offer_id: int, day: date, worked: float, *, now: datetime = FRIDAY) -> Answered:
        """One day's hours."""
        return self.house.write(
            lambda session: hours.log(
                session,
                self.house.people[who],
                offer_id,
                day,
                round(worked * 4),
                actor=self.house.person(session, who),
                now=now,
                company=self.company,
            )
        )

    def sheet(self, who: str, week_on: date = WEEK, *, now: datetime = FRIDAY) -> WeekSheet:
        """A person's week."""
        return self.house.write(
            lambda session: sheet(session, session.get_one(Person, self.house.people[who]), week_on, now, self.company)
        )

    def shown(self, who: str, week_on: date = WEEK, *, now: datetime = FRIDAY) -> dict[str, float]:
        """Hours by offer number in a person's week."""
        return {row.number: row.quarters / 4 for row in self.sheet(who, week_on, now=now).rows}

    def run(self, statement: sa.Executable) -> None:
        """One statement in a transaction of its own."""
        self.house.write(lambda session: session.execute(statement))

    def entries(self) -> list[tuple[int, date, float, str]]:
        """Everything ever entered: (offer, part, hours, kind)."""

        def work(session: Any) -> list[tuple[int, date, float, str]]:  # noqa: ANN401
            rows = session.scalars(sa.select(HoursEntry).order_by(HoursEntry.id))
            return [(row.offer_id, row.part_on, row.quarters / 4, row.kind.value) for row in rows]

        return self.house.write(work)


@pytest.fixture
def timesheets(database: Database) -> Timesheets:
    """The house with its people and no offer yet."""
    house = House(database)
    house.staff()
    return Timesheets(house)
