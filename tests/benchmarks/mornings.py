"""What the mornings of a large company cost: 500 people, 10,000 offers, 20,000 clarifications.

``python -m tests.benchmarks.mornings`` measures this alone. Beside it stand a hand-written select of everything that is
due and the same rows inserted without any of our code, in the same run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import config
from bot.clarifications.models import Clarification
from bot.config.calendar import is_working_day
from bot.database import Database
from bot.deadlines import service as deadlines
from bot.offers.models import Offer
from bot.people.models import Person
from bot.schema import upgrade
from tests.benchmarks.bare import Written, added, bare_seconds, copy_of
from tests.benchmarks.bars import WorkCost
from tests.benchmarks.processes import ServerFailedError

PEOPLE, OFFERS, CLARIFICATIONS = 500, 10_000, 20_000
TIMES = 3
MORNING = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
"""A Monday, 8:30 in Paris."""
TABLES = ("morning", "morning_line", "ledger")
SELECTS = (
    """SELECT c.id, c.question, c.owner_id, c.due_on, o.id, o.number, o.title, p.name
       FROM clarification c JOIN offer o ON o.id = c.offer_id JOIN person p ON p.id = c.owner_id
       WHERE o.outcome = 'open' AND c.removed_at IS NULL AND c.answered_on IS NULL AND c.due_on < '2026-11-25'""",
    """SELECT o.id, o.number, o.title, o.owner_id, o.expected_closing_on, p.name
       FROM offer o JOIN person p ON p.id = o.owner_id
       WHERE o.outcome = 'open' AND o.expected_closing_on < '2026-11-25'""",
    """SELECT o.id, o.number, o.title, o.owner_id, o.submission_due_at, p.name
       FROM offer o JOIN person p ON p.id = o.owner_id
       WHERE o.outcome = 'open' AND o.submission_due_at < '2026-11-25'""",
)
"""What one would write by hand for the three kinds of dates that this company has."""


def morning_costs(folder: Path) -> list[WorkCost]:
    """Measure the first morning, when everything is said, and the one after it, when nearly nothing is new.

    Raises:
        ServerFailedError: nobody was reminded.

    """
    filled = folder / "mornings.db"
    _fill(filled)
    # The calendar is read from its library when it is first asked; that is no part of a morning.
    is_working_day(MORNING.date(), config.default().holidays)
    first, second, bare_first, bare_second = [], [], [], []
    for turn in range(TIMES):
        path = copy_of(filled, f"mornings-{turn}")
        first.append(_morning(path, MORNING))
        between = copy_of(path, f"mornings-{turn}-first")
        written = added(path, filled, TABLES)
        if not written.rows["morning_line"]:
            raise ServerFailedError("nobody was reminded of anything")
        bare_first.append(_bare(filled, written, f"bare-{turn}-first"))
        second.append(_morning(path, MORNING + timedelta(days=1)))
        bare_second.append(_bare(between, added(path, between, TABLES), f"bare-{turn}-second"))
    return [
        WorkCost("the first morning of 500 people", statistics.median(first), statistics.median(bare_first), 2),
        WorkCost("the morning after it", statistics.median(second), statistics.median(bare_second), 1),
    ]


def _bare(before: Path, written: Written, name: str) -> float:
    return bare_seconds(copy_of(before, name), written, SELECTS)


def _morning(path: Path, now: datetime) -> float:
    """The clock ticks once: what is due is found, then written down with its cards."""
    database, company = Database(f"sqlite:///{path}"), config.default()
    try:
        database.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Person)))
        begun = time.process_time()
        due = database.read_now(lambda session: deadlines.mornings_due(session, now, company))
        database.write_now(lambda session: deadlines.give(session, due, now))
        return time.process_time() - begun
    finally:
        database.close()


def _fill(path: Path) -> None:
    url = f"sqlite:///{path}"
    upgrade(url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with Session(engine) as session, session.begin():
        _rows(session)


def _rows(session: Session) -> None:
    created = MORNING - timedelta(days=200)
    person = {"tenant_id": "tenant", "language": "fr", "time_zone": "Europe/Paris", "country": "FR"}
    session.execute(
        sa.insert(Person),
        [
            {**person, "entra_object_id": f"p{n}", "name": f"Person {n}", "created_at": created, "updated_at": created}
            for n in range(PEOPLE)
        ],
    )
    people = session.scalars(sa.select(Person.id).order_by(Person.id)).all()
    session.execute(
        sa.insert(Offer),
        [
            {
                "chrono": n + 1,
                "number": f"S{n + 1}",
                "title": f"Offer {n + 1}",
                "search_text": "",
                "owner_id": people[n % PEOPLE],
                "stage": "PRE",
                "opened_at": created,
                "updated_at": created,
                "expected_closing_on": MORNING.date() + timedelta(days=n % 200 - 100),
                "submission_due_at": MORNING + timedelta(days=n % 200 - 100),
            }
            for n in range(OFFERS)
        ],
    )
    offers = session.scalars(sa.select(Offer.id).order_by(Offer.id)).all()
    session.execute(
        sa.insert(Clarification),
        [
            {
                "offer_id": offers[n % OFFERS],
                "number": n // OFFERS + 1,
                "revision": 1,
                "created_at": created,
                "updated_at": created,
                "created_by_id": people[0],
                "updated_by_id": people[0],
                "question": "How thick is the shield at its rim?",
                "asked_on": created.date(),
                "due_on": MORNING.date() + timedelta(days=n % 100 - 50),
                "owner_id": people[n % PEOPLE],
            }
            for n in range(CLARIFICATIONS)
        ],
    )


def main() -> int:
    """Measure this alone and print it."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = morning_costs(Path(folder))
    for cost in costs:
        print(cost.line())
    return 0 if all(cost.bar().passed for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
