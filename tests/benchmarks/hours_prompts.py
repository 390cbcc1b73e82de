"""What asking a large company for its hours costs: 500 people on the teams of 10 open offers each.

``python -m tests.benchmarks.hours_prompts`` measures this alone, on SQLite and, when a server answers, on PostgreSQL:
the Friday tick that asks everybody, a tick of the minute after it, when nothing is due, and the Monday tick that
reminds everybody of all ten offers. On SQLite there stand beside it a hand-written select of everything and the same
rows inserted without any of our code. On PostgreSQL the server works as well, so the time that passed is printed too.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import config
from bot.config.calendar import is_working_day
from bot.config.models import Company
from bot.database import Database
from bot.hours import prompts, reminders
from bot.hours.models import HoursWeek
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.people.models import Person
from bot.schema import upgrade
from tests.benchmarks.bare import added, bare_seconds, copy_of
from tests.benchmarks.bars import WorkCost
from tests.benchmarks.offerdesk import postgres_database
from tests.benchmarks.processes import ServerFailedError
from tests.benchmarks.report import Bar

PEOPLE, OFFERS_EACH, TEAM = 500, 10, 5
OFFERS = PEOPLE * OFFERS_EACH // TEAM
PAST_WEEKS = 4
TIMES = 3
WEEK = date(2026, 11, 23)
FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
"""14:00 in Paris."""
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""9:00 in Paris."""
WORKS = (
    ("asking 500 people with 10 offers each for their hours", 2),
    ("a look after it, when nothing is due", 0.2),
    ("reminding all of them", 2),
)
"""What is measured, and its limit in seconds."""
ASKED = ("hours_week", "ledger")
REMINDED = ("hours_reminder", "ledger")
EVERYBODY = (
    """SELECT DISTINCT m.person_id, p.time_zone, p.country FROM team_member m
       JOIN offer o ON o.id = m.offer_id JOIN person p ON p.id = m.person_id
       LEFT JOIN hours_week w ON w.person_id = m.person_id AND w.week_on = '2026-11-23'
       WHERE o.outcome = 'open' AND m.left_on IS NULL AND w.prompted_at IS NULL""",
)
LACKING = (
    """SELECT m.person_id, m.offer_id FROM team_member m
       JOIN offer o ON o.id = m.offer_id JOIN hours_week w ON w.person_id = m.person_id AND w.week_on = '2026-11-23'
       WHERE o.outcome = 'open' AND w.final = 0 AND NOT EXISTS (
           SELECT 1 FROM hours_entry e WHERE e.week_id = w.id AND e.offer_id = m.offer_id)""",
)
"""What one would write by hand."""


@dataclass(frozen=True)
class Spent:
    """One piece of work: processor seconds of ours, and seconds that passed."""

    own: float
    passed: float


class Stopwatch:
    """Measures the work done within it."""

    def __enter__(self) -> Self:
        self._begun = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_error: object) -> None:
        own, passed = self._begun
        self.spent = Spent(time.process_time() - own, time.perf_counter() - passed)


@dataclass(frozen=True)
class ServedCost:
    """Our processor seconds of a piece of work that a database server does a part of, and how long it took in all."""

    text: str
    seconds: float
    passed_seconds: float
    limit: float

    def line(self) -> str:
        """Say both in one line."""
        return f"{self.text}: {self.seconds:.3f} s CPU, {self.passed_seconds:.3f} s passed"

    def bar(self) -> Bar:
        return Bar(f"{self.text}, CPU", self.seconds, self.limit, "s", at_least=False)


def asking_costs(folder: Path) -> list[WorkCost | ServedCost]:
    """Measure everything.

    Raises:
        ServerFailedError: not everybody was asked or reminded.

    """
    # The calendar is read from its library when it is first asked; that is no part of a tick.
    is_working_day(FRIDAY.date(), config.default().holidays)
    return [*_on_sqlite(folder), *_on_postgres()]


def _on_sqlite(folder: Path) -> list[WorkCost]:
    filled = folder / "asking.db"
    upgrade(f"sqlite:///{filled}")
    _fill(f"sqlite:///{filled}")
    spent, bare_asking, bare_reminding = [], [], []
    for turn in range(TIMES):
        path = copy_of(filled, f"asking-{turn}")
        with _opened(f"sqlite:///{path}") as database:
            friday = _friday(database)
        between = copy_of(path, f"asking-{turn}-friday")
        bare_asking.append(bare_seconds(copy_of(filled, f"bare-{turn}"), added(path, filled, ASKED), EVERYBODY))
        with _opened(f"sqlite:///{path}") as database:
            spent.append([*friday, _monday(database)])
        written = added(path, between, REMINDED)
        bare_reminding.append(bare_seconds(copy_of(between, f"bare-{turn}-monday"), written, LACKING))
    bare = (statistics.median(bare_asking), statistics.median(bare_asking), statistics.median(bare_reminding))
    middle = [statistics.median(one.own for one in times) for times in zip(*spent, strict=True)]
    return [
        WorkCost(text, seconds, beside, limit)
        for (text, limit), seconds, beside in zip(WORKS, middle, bare, strict=True)
    ]


def _on_postgres() -> list[ServedCost]:
    spent = []
    for _turn in range(TIMES):
        with postgres_database([]) as url:
            if url is None:
                return []
            upgrade(url)
            _fill(url)
            with _opened(url) as database:
                spent.append([*_friday(database), _monday(database)])
    return [
        ServedCost(
            f"{text}, on PostgreSQL",
            statistics.median(one.own for one in times),
            statistics.median(one.passed for one in times),
            limit,
        )
        for (text, limit), times in zip(WORKS, zip(*spent, strict=True), strict=True)
    ]


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        database.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Person)))
        yield database
    finally:
        database.close()


def _friday(database: Database) -> tuple[Spent, Spent]:
    """Ask everybody; then look once more."""
    company = config.default()
    with Stopwatch() as first:
        asked = _ask(database, FRIDAY, company)
    with Stopwatch() as second:
        again = _ask(database, FRIDAY + timedelta(minutes=1), company)
    if (asked, again) != (PEOPLE, 0):
        raise ServerFailedError(f"{asked} people were asked, and then {again}")
    return first.spent, second.spent


def _ask(database: Database, now: datetime, company: Company) -> int:
    """Look and note as the duty does: every look of a tick counts, also those that find nothing."""
    due = database.read_now(lambda session: prompts.prompts_due(session, now, company))
    late = database.read_now(lambda session: reminders.reminders_due(session, now, company))
    if late:
        raise ServerFailedError("somebody was reminded on a Friday")
    return database.write_now(lambda session: prompts.give(session, due, now)) if due else 0


def _monday(database: Database) -> Spent:
    """Remind everybody."""
    company = config.default()
    with Stopwatch() as watch:
        due = database.read_now(lambda session: reminders.reminders_due(session, MONDAY, company))
        reminded = database.write_now(lambda session: reminders.give(session, due, MONDAY, company))
    if reminded != PEOPLE:
        raise ServerFailedError(f"{reminded} people were reminded")
    return watch.spent


def _fill(url: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with Session(engine) as session, session.begin():
        _rows(session)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    engine.dispose()


def _rows(session: Session) -> None:
    """People, offers with their teams, and four finished weeks of everybody."""
    created = FRIDAY - timedelta(days=60)
    person = {"tenant_id": "tenant", "language": "fr", "time_zone": "Europe/Paris", "country": "FR"}
    moments = {"created_at": created, "updated_at": created}
    session.execute(
        sa.insert(Person),
        [{**person, **moments, "entra_object_id": f"p{n}", "name": f"Person {n}"} for n in range(PEOPLE)],
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
                "opened_on": created.date(),
                "updated_at": created,
            }
            for n in range(OFFERS)
        ],
    )
    offers = session.scalars(sa.select(Offer.id).order_by(Offer.id)).all()
    member = {"role": TeamRole.CONTRIBUTOR, "joined_on": created.date()}
    session.execute(
        sa.insert(TeamMember),
        [
            {**member, "offer_id": offer_id, "person_id": people[(n * TEAM + place) % PEOPLE]}
            for n, offer_id in enumerate(offers)
            for place in range(TEAM)
        ],
    )
    session.execute(
        sa.insert(HoursWeek),
        [
            {"person_id": one, "week_on": WEEK - timedelta(weeks=back), "final": True, "prompted_at": created}
            for one in people
            for back in range(1, PAST_WEEKS + 1)
        ],
    )


def main() -> int:
    """Measure this alone and print it."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = asking_costs(Path(folder))
    for cost in costs:
        print(cost.line())
    return 0 if all(cost.bar().passed for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
