"""A company whose people write dates down and are reminded of them by a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config
from bot.activities import service as activities
from bot.clarifications import service as clarifications
from bot.clarifications.models import Clarification
from bot.deadlines import service as deadlines
from bot.deadlines.models import Morning, MorningLine
from bot.negotiations import service as negotiations
from bot.offers.models import Offer
from bot.people.models import Person
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from bot.config.models import Company
    from bot.database import Database

PARIS = "Europe/Paris"


@dataclass
class Diary:
    """Shortcuts through the services; the people are those of the house."""

    house: House
    company: Company = field(default_factory=config.default)

    def offer(self, number: str = "1-10001", **columns: Any) -> int:  # noqa: ANN401  any column
        """An offer of the engineer."""
        offer_id = self.house.offer(number=number)
        if columns:
            self.house.write(lambda session: session.execute(sa.update(Offer).filter_by(id=offer_id).values(**columns)))
        return offer_id

    def question(self, offer_id: int, due_on: date | None, owner: str = "engineer", text: str = "How thick?") -> int:
        """An open clarification."""
        typed = {
            "question": text,
            "asked_on": "2026-01-05",
            "due_on": due_on.isoformat() if due_on else "",
            "owner_id": owner,
        }
        return self.house.write(
            lambda session: (
                clarifications.ask(
                    session, offer_id, typed, actor=self.house.person(session, "sales lead"), now=MONDAY
                ).id
            )
        )

    def point(self, offer_id: int, due_on: date, owner: str = "engineer") -> int:
        """An open negotiation point."""
        typed = {
            "clause": "Penalties",
            "position": "None",
            "state": "open",
            "next_move": "us",
            "since": "2026-01-05",
            "due_on": due_on.isoformat(),
            "owner_id": owner,
        }
        return self.house.write(
            lambda session: (
                negotiations.add(
                    session, offer_id, typed, actor=self.house.person(session, "sales lead"), now=MONDAY
                ).id
            )
        )

    def plan(self, offer_id: int, kind: str, day: date, owner: str = "engineer", at: str = "") -> int:
        """A planned activity."""
        typed = {
            "kind": kind,
            "subject": f"A {kind}",
            "planned_on": day.isoformat(),
            "planned_time": at,
            "owner_id": owner,
        }
        return self.house.write(
            lambda session: (
                activities.record(
                    session,
                    offer_id,
                    typed,
                    company=self.company,
                    actor=self.house.person(session, "sales lead"),
                    now=MONDAY,
                )[0].id
            )
        )

    def move(self, clarification_id: int, **columns: Any) -> None:  # noqa: ANN401  any column
        """Change a clarification."""
        statement = sa.update(Clarification).filter_by(id=clarification_id).values(**columns)
        self.house.write(lambda session: session.execute(statement))

    def travel(self, name: str, time_zone: str) -> None:
        """Somebody is in another time zone from now on."""
        statement = sa.update(Person).filter_by(id=self.house.people[name]).values(time_zone=time_zone)
        self.house.write(lambda session: session.execute(statement))

    def look(self, now: datetime) -> int:
        """The clock ticks; gives how many cards are sent."""
        due = self.house.database.read_now(lambda session: deadlines.mornings_due(session, now, self.company))
        return self.house.write(lambda session: deadlines.give(session, due, now))

    def told(self) -> list[tuple[str, str, int, date, str, date]]:
        """Every reminder: to whom, kind, subject, due on, occasion, on which morning; in order of telling."""
        names = {person_id: name for name, person_id in self.house.people.items()}
        statement = (
            sa.select(MorningLine, Morning.on_day)
            .join(Morning, Morning.id == MorningLine.morning_id)
            .order_by(MorningLine.id)
        )
        return [
            (names[line.person_id], line.kind, line.subject_id, line.due_on, line.occasion.value, on_day)
            for line, on_day in self.house.database.read_now(lambda session: session.execute(statement).all())
        ]

    def coming(self, today: date, days: int = 30, limit: int = 100, **more: Any) -> deadlines.Coming:  # noqa: ANN401
        """What is due, by the company's days."""
        return self.house.database.read_now(
            lambda session: deadlines.coming(session, today=today, days=days, limit=limit, time_zone=PARIS, **more)
        )


@pytest.fixture
def diary(database: Database) -> Diary:
    """The staffed company on a fresh database."""
    house = House(database)
    house.staff()
    return Diary(house)
