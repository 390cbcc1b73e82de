"""A small company with an evaluated offer: what the tests of decisions start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import sqlalchemy as sa

from bot.database import UtcDateTime
from bot.decisions import evaluations
from bot.decisions.models import Choice, Round
from bot.decisions.rules import DecisionRules
from bot.decisions.service import CastResult, cast, open_round
from bot.offers.service import open_offer
from bot.people.models import Person, Role
from bot.people.service import declare_deputy, register, set_roles
from bot.sync.models import LedgerRow
from bot.tenders.models import Source, Tender

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.database import Database

T = TypeVar("T")

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""10:00 in Paris."""
ROLES: dict[str, tuple[Role, ...]] = {
    "CTO": (Role.CTO,),
    "CPO": (Role.CPO,),
    "CEO": (Role.CEO,),
    "sales lead": (Role.SALES_LEAD,),
    "project manager": (Role.PROJECT_MANAGER,),
    "engineer": (),
    "key user": (Role.KEY_USER,),
    "admin": (Role.ADMIN,),
}
SMALL = {"summary": "A small study, worth an answer."}
WHOLE = {
    "summary": "Thermal protection for a re-entry demonstrator.",
    "budget": "125 000,50",
    "effort_hours": "120 h",
    "resources": "Two engineers for six weeks",
    "conditions": "A partner for the test bench",
    "risk_technical_level": "high",
    "risk_technical_text": "New resin",
    "risk_commercial_level": "low",
    "risk_financial_level": "medium",
}


def _blanks() -> dict[str, Any]:
    """A value for every column of a tender that must have one: what a tender says matters little to decisions."""
    columns = Tender.__table__.columns
    needed = (column for column in columns if not (column.nullable or column.primary_key or column.default))
    return {column.key: _blank(column.type) for column in needed if not isinstance(column.type, sa.Enum)}


def _blank(kind: sa.types.TypeEngine[Any]) -> object:
    if isinstance(kind, UtcDateTime):
        return MONDAY
    if isinstance(kind, sa.JSON):
        return []
    return "" if isinstance(kind, sa.String) else 0


@dataclass
class House:
    """People by their role, and shortcuts through the services, each in its own transaction."""

    database: Database
    people: dict[str, int] = field(default_factory=dict)
    rules: DecisionRules = field(default_factory=DecisionRules)
    clicks: int = 0

    def write(self, work: Callable[[Session], T]) -> T:
        """One transaction."""
        return self.database.write_now(work)

    def person(self, session: Session, name: str) -> Person:
        """The person with this role's name."""
        return session.get_one(Person, self.people[name])

    def staff(self) -> None:
        """Register everybody and give the roles."""

        def work(session: Session) -> None:
            for name, roles in ROLES.items():
                person, _new = register(
                    session,
                    tenant_id="tenant",
                    entra_object_id=name,
                    name=f"The {name}",
                    now=MONDAY - timedelta(days=30),
                    time_zone="Europe/Paris",
                )
                set_roles(session, person=person, roles=roles, now=MONDAY - timedelta(days=30), actor=None)
                self.people[name] = person.id

        self.write(work)

    def offer(self, title: str = "Thermal protection", *, number: str = "1-10001", **tender: object) -> int:
        """An offer of the engineer on a tender, not evaluated yet; returns its id."""

        def work(session: Session) -> int:
            given = {
                "source": Source.ESA,
                "native_id": number,
                "number": number,
                "title": title,
                **tender,
            }
            row = Tender(**{**_blanks(), **given})
            session.add(row)
            session.flush()
            owner = self.person(session, "engineer")
            return open_offer(session, tender=row, title=title, client_name=None, owner=owner, now=MONDAY).id

        return self.write(work)

    def evaluate(self, offer_id: int, fields: dict[str, str] = SMALL, now: datetime = MONDAY) -> int:
        """Submit an evaluation; returns its version."""
        return self.write(
            lambda session: (
                evaluations.submit(session, offer_id, self.person(session, "engineer"), fields, now, self.rules).version
            )
        )

    def open(self, offer_id: int, now: datetime = MONDAY, by: str = "engineer") -> Round:
        """Open a round."""
        return self.write(lambda session: open_round(session, offer_id, self.person(session, by), now, self.rules))

    def round(self, number: str = "1-10001", *, clarification_at: datetime | None = None) -> int:
        """An open round on a new, evaluated offer; returns its id."""
        offer_id = self.offer(number=number, clarification_at=clarification_at)
        self.evaluate(offer_id)
        return self.open(offer_id).id

    def vote(
        self,
        round_id: int,
        by: str,
        choice: Choice,
        now: datetime = MONDAY,
        *,
        key: str | None = None,
        **more: Any,  # noqa: ANN401  what cast takes
    ) -> CastResult:
        """Cast a ballot with a click of its own; a No-Go and a question get a text."""
        self.clicks += 1
        if choice in {Choice.NO_GO, Choice.NEED_INFO}:
            more.setdefault("reason", "The price")
        return self.write(
            lambda session: cast(
                session,
                round_id,
                self.person(session, by),
                choice,
                request_key=key or f"click-{self.clicks}",
                now=now,
                rules=self.rules,
                **more,
            )
        )

    def deputise(self, principal: str, deputy: str, starts: datetime, ends: datetime) -> None:
        """Let one stand in for another from day to day."""
        self.write(
            lambda session: declare_deputy(
                session,
                principal=self.person(session, principal),
                deputy=self.person(session, deputy),
                starts_on=starts.date(),
                ends_on=ends.date(),
                now=MONDAY,
                actor=self.person(session, principal),
            )
        )

    def ledger(self) -> dict[tuple[str, int, str], int]:
        """The wanted version of every message, by (kind, subject, target with the person's role)."""
        names = {f"person:{person_id}": name for name, person_id in self.people.items()}

        def work(session: Session) -> dict[tuple[str, int, str], int]:
            return {
                (row.kind.value, row.subject_id, names.get(row.target, row.target)): row.wanted_version
                for row in session.scalars(sa.select(LedgerRow))
            }

        return self.database.read_now(work)


@pytest.fixture
def house(database: Database) -> House:
    """The staffed company on a fresh database."""
    made = House(database)
    made.staff()
    return made
