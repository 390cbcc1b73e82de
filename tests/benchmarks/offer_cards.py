"""What opening an offer's card costs among a hundred offers and among a hundred thousand: it must stay the same.

``python -m tests.benchmarks.offer_cards`` measures this alone. The rows are written by the database itself (one
``INSERT … SELECT`` per table), then cards are opened through the service, the presenter and the drawing, as a press on
the offer does, by turns on the small and on the large database.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import config
from bot.clarifications.models import Clarification
from bot.database import Database
from bot.decisions.models import Evaluation, Round, RoundOutcome, RoundState, RuleKind, Why
from bot.hours.models import EntryKind, HoursEntry, HoursWeek
from bot.hours.rules import monday_of
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.people.models import Person, Role
from bot.people.service import register, set_roles
from bot.quotes.models import Quote
from bot.schema import upgrade
from bot.sync.models import CHANNEL, Kind, LedgerRow, LedgerState, System
from bot.teams.context import Surroundings, reader_of
from bot.teams.presenters.offers import offer_view
from bot.tenders.models import Source, Tender
from cards.offers import offer_card
from tests.benchmarks.bars import OpeningCost
from tests.benchmarks.offerdesk import postgres_database
from tests.benchmarks.processes import ServerFailedError

FEW, MANY = 100, 100_000
OPENINGS = 200
WARM_UP = 20
TEAM, CLARIFICATIONS, POINTS, ENTRIES = 3, 2, 2, 3
"""Of each offer, so that a look into a table without its index would show."""
TENANT = "00000000-0000-4000-8000-0000000000b1"


@dataclass
class Desk:
    """A database full of offers, and somebody who opens their cards."""

    database: Database
    offers: int
    person_id: int
    around: Surroundings
    now: datetime

    def open(self, offer_id: int) -> float:
        """Open one card and give the seconds it took."""
        begun = time.perf_counter()
        view, reader = self.database.read_now(lambda session: self._view(session, offer_id))
        body = orjson.dumps(offer_card(view, reader))
        taken = time.perf_counter() - begun
        if f"S{offer_id}".encode() not in body:
            raise ServerFailedError(f"the card of offer {offer_id} does not show its number")
        return taken

    def _view(self, session: Session, offer_id: int) -> tuple[Any, Any]:
        person = session.get_one(Person, self.person_id)
        reader = reader_of(person, self.now)
        offer = offers.by_id(session, offer_id)
        return offer_view(session, offer, self.around, reader, person=person), reader


def opening_costs(folder: Path) -> list[OpeningCost]:
    """Measure on SQLite and, where a server answers, on PostgreSQL."""
    found = [_cost("SQLite", f"sqlite:///{folder / 'offers-few.db'}", f"sqlite:///{folder / 'offers-many.db'}")]
    with postgres_database([]) as few, postgres_database([]) as many:
        if few and many:
            found.append(_cost("PostgreSQL", few, many))
    return found


def _cost(where: str, few_url: str, many_url: str) -> OpeningCost:
    with _desk(few_url, FEW) as few, _desk(many_url, MANY) as many:
        chosen = random.Random(580)
        times: dict[int, list[float]] = {FEW: [], MANY: []}
        for turn in range(WARM_UP + OPENINGS):
            # By turns, so that whatever else the machine does meets both.
            for desk in (few, many) if turn % 2 else (many, few):
                taken = desk.open(chosen.randint(1, desk.offers))
                if turn >= WARM_UP:
                    times[desk.offers].append(taken)
    return OpeningCost(where, statistics.median(times[FEW]), statistics.median(times[MANY]))


@contextlib.contextmanager
def _desk(url: str, count: int) -> Iterator[Desk]:
    upgrade(url)
    database, now = Database(url), datetime.now(UTC)
    try:
        # An engine of its own: Offerdesk lets no statement run as long as filling takes.
        filling = sa.create_engine(url, poolclass=sa.NullPool)
        with Session(filling) as session, session.begin():
            person_id = _fill(session, count, now)
        if not database.is_sqlite:
            # What autovacuum does by itself, a little later.
            with filling.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text("ANALYZE"))
        yield Desk(database, count, person_id, Surroundings(config.default(), "fr", "Europe/Paris"), now)
    finally:
        database.close()


def _fill(session: Session, count: int, now: datetime) -> int:
    people = []
    for place, role in enumerate((Role.SALES_LEAD, Role.PROJECT_MANAGER, Role.KEY_USER)):
        person, _new = register(
            session,
            tenant_id=TENANT,
            entra_object_id=f"00000000-0000-4000-8000-{place:012x}",
            name=role.name,
            now=now,
            teams_user_id=f"29:{place}",
            locale="fr-FR",
            time_zone="Europe/Paris",
        )
        session.flush()
        set_roles(session, person=person, roles=[role], now=now, actor=None)
        people.append(person.id)
        # Their entries on all offers belong to this one week; its total is not looked at.
        session.add(HoursWeek(id=person.id, person_id=person.id, week_on=monday_of(now.date()), quarters=0))
    session.flush()
    for model, times, values in _rows(now, people):
        _insert(session, model, count, times, values)
    return people[0]


Values = Callable[[Any, Any], dict[str, Any]]
"""Columns from the number of the offer and the number of the row."""


def _rows(now: datetime, people: list[int]) -> Iterator[tuple[type[Any], int, Values]]:
    lead, manager, _key_user = people
    day = now.date()
    entry = {
        "revision": 1,
        "created_at": now,
        "updated_at": now,
        "created_by_id": lead,
        "updated_by_id": lead,
    }
    text = sa.String()
    yield (
        Tender,
        1,
        lambda offer, _row: {
            "source": Source.ESA,
            "native_id": sa.cast(offer, text),
            "number": "1-" + sa.cast(offer, text),
            "raw_title": "HEAT SHIELD",
            "title": "Heat shield",
            "tags": [],
            "description": "",
            "search_text": "heat shield",
            "closes_at": now + timedelta(days=30),
            "countries": [],
            "products": [],
            "technologies": [],
            "raw": {},
            "content_hash": "0",
            "match_reasons": [],
            "first_seen_at": now,
            "changed_at": now,
        },
    )
    yield (
        Offer,
        1,
        lambda offer, _row: {
            "chrono": offer,
            "number": "S" + sa.cast(offer, text),
            "title": "Heat shield",
            "search_text": "heat shield",
            "client_name": "ESA",
            "tender_id": offer,
            "owner_id": lead,
            "project_manager_id": manager,
            "stage": "SNT",
            "outcome": Outcome.OPEN,
            "opened_at": now,
            "submission_due_at": now + timedelta(days=30),
            "estimated_amount": Decimal(420000),
            "cost_basis": Decimal(330000),
            "launch_probability": 60,
            "success_probability": 50,
            "updated_at": now,
            "updated_by_id": lead,
        },
    )
    yield (
        LedgerRow,
        1,
        lambda offer, _row: {
            "system": System.TEAMS,
            "kind": Kind.SHARED_CARD,
            "subject_id": offer,
            "target": CHANNEL,
            "wanted_version": 1,
            "done_version": 1,
            "state": LedgerState.OK,
            "not_before": now,
            "updated_at": now,
        },
    )
    yield (
        Evaluation,
        1,
        lambda offer, _row: {
            "offer_id": offer,
            "version": 1,
            "summary": "A study within our usual work.",
            "budget": Decimal(420000),
            "effort_hours": Decimal(180),
            "author_id": lead,
            "saved_at": now,
        },
    )
    yield (
        Round,
        1,
        lambda offer, _row: {
            "offer_id": offer,
            "sequence": 1,
            "rule": RuleKind.MAJORITY,
            "seats": ["cto", "cpo", "ceo"],
            "veto_seats": ["ceo"],
            "quorum": 2,
            "state": RoundState.CLOSED,
            "outcome": RoundOutcome.GO,
            "opened_at": now,
            "opened_by_id": lead,
            "closes_at": now,
            "decided_at": now,
            "why": Why.MAJORITY,
            "evaluation_version": 1,
        },
    )
    yield (
        TeamMember,
        TEAM,
        lambda offer, row: {
            "offer_id": offer,
            "person_id": row,
            "role": TeamRole.CONTRIBUTOR,
            "joined_on": day,
        },
    )
    yield (
        Quote,
        1,
        lambda offer, row: {
            **entry,
            "offer_id": offer,
            "number": row,
            "price": Decimal(402500),
            "currency": "EUR",
            "sent_on": day,
            "sent_at": now,
            "sent_by_id": lead,
        },
    )
    yield (
        Clarification,
        CLARIFICATIONS,
        lambda offer, row: {
            **entry,
            "offer_id": offer,
            "number": row,
            "question": "Which resin?",
            "asked_on": day,
            "due_on": day + timedelta(days=3),
            "owner_id": lead,
        },
    )
    yield (
        NegotiationPoint,
        POINTS,
        lambda offer, row: {
            **entry,
            "offer_id": offer,
            "number": row,
            "clause": "Liability",
            "position": "Capped",
            "state": PointState.OPEN,
            "next_move": NextMove.US,
            "owner_id": lead,
            "since": day,
        },
    )
    yield (
        HoursEntry,
        ENTRIES,
        lambda offer, row: {
            "week_id": row,
            "person_id": row,
            "offer_id": offer,
            "part_on": monday_of(day),
            "quarters": 14,
            "kind": EntryKind.ENTRY,
            "revision": 1,
            "entered_by_id": lead,
            "entered_at": now,
        },
    )


def _insert(session: Session, model: type[Any], count: int, times: int, values: Values) -> None:
    """``times`` rows for each offer, made where they are stored; columns not named get the model's defaults."""
    each, row = _series("offers", count), _series("times", times)
    table: sa.Table = model.__table__
    given = values(each.c.n, row.c.n)
    for column in table.columns:
        default: Any = column.default
        if column.name not in given and default is not None and default.is_scalar:
            given[column.name] = default.arg
    columns = [
        value if isinstance(value, sa.ColumnElement) else sa.literal(value, table.c[name].type)
        for name, value in given.items()
    ]
    chosen = sa.select(*columns).select_from(each).join(row, sa.true()).order_by(each.c.n, row.c.n)
    session.execute(sa.insert(table).from_select(list(given), chosen, include_defaults=False))


def _series(name: str, last: int) -> sa.CTE:
    """The numbers from 1."""
    numbers = sa.select(sa.literal(1).label("n")).cte(name, recursive=True)
    return numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < last))


def main() -> int:
    """Measure this alone and print it."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = opening_costs(Path(folder))
    for cost in costs:
        print(
            f"{cost.where}: {cost.few_seconds * 1e3:.2f} ms among {FEW:,} offers, "
            f"{cost.many_seconds * 1e3:.2f} ms among {MANY:,}: {cost.ratio:.2f} x"
        )
    return 0 if all(bar.passed for cost in costs for bar in (cost.bar(),)) else 1


if __name__ == "__main__":
    sys.exit(main())
