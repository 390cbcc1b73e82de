"""What the hours report costs over 1,000,000 entries, beside the same figures in SQL written by hand.

``python -m tests.benchmarks.hours_report`` measures this alone. Ten years of 500 people on 2,000 offers are filled
in by the database itself. Then each breakdown of the report, and who is missing which week, is read by the functions
that the card uses, and by one statement written by hand on the driver's own cursor: by turns on the same database, in
alternating order. Both must give the same sums. On SQLite processor seconds count, because all work is in this process;
on PostgreSQL seconds of waiting.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from bot import config
from bot.database import Database, keep_statistics
from bot.reports.figures import Grouping
from bot.reports.hours import ALL_YEARS, hours_report
from bot.reports.missing import missing_weeks
from bot.schema import upgrade
from tests.benchmarks.bars import ReportCost
from tests.benchmarks.offerdesk import postgres_database
from tests.benchmarks.processes import ServerFailedError
from tests.benchmarks.turns import by_turns

PEOPLE, WEEKS, OFFERS_A_WEEK = 500, 500, 4
GROUP, PERIOD = 20, 25
"""So many people work on the same offers, for so many weeks."""
OFFERS = PEOPLE // GROUP * (WEEKS // PERIOD) * OFFERS_A_WEEK
CLIENTS = 15
TURNS = 3
FIRST = date(2017, 5, 1)
LAST = FIRST + timedelta(days=7 * (WEEKS - 1))
NOW = datetime.combine(LAST + timedelta(days=9), datetime.min.time(), UTC)
LATELY = LAST - timedelta(days=7 * 52)
"""The first of the last 53 weeks."""
COMPANY = config.default()

SUMS = """SUM(e.quarters), COALESCE(SUM(CAST(e.quarters AS BIGINT) * r.cents), 0),
       SUM(CASE WHEN r.id IS NULL THEN e.quarters ELSE 0 END)"""
RATED = """FROM hours_entry e JOIN offer o ON o.id = e.offer_id
LEFT JOIN hourly_rate r ON r.person_id = e.person_id AND r.valid_from <= e.part_on
  AND (r.valid_to IS NULL OR r.valid_to >= e.part_on)"""
BY_HAND = {
    Grouping.CLIENT: f"""SELECT root.name, o.outcome, {SUMS} {RATED}
LEFT JOIN client c ON c.id = o.client_id LEFT JOIN client root ON root.id = c.parent_id
GROUP BY root.name, o.outcome""",
    Grouping.PERSON: f"""SELECT p.name, o.outcome, {SUMS} {RATED} JOIN person p ON p.id = e.person_id
GROUP BY p.id, p.name, o.outcome""",
    Grouping.CATEGORY: f"""SELECT k.value, o.outcome, {SUMS} {RATED}
LEFT JOIN offer_category k ON k.offer_id = o.id AND k.axis = 'product' GROUP BY k.value, o.outcome""",
    Grouping.YEAR: f"SELECT {{year}}, o.outcome, {SUMS} {RATED} GROUP BY 1, o.outcome",
    Grouping.OFFER: f"""SELECT o.id, o.outcome, {SUMS} {RATED} GROUP BY o.id, o.outcome""",
}
YEAR = {"sqlite": "CAST(strftime('%Y', e.part_on) AS INTEGER)", "postgresql": "EXTRACT(year FROM e.part_on)"}
MISSING = """WITH RECURSIVE week(first, after) AS (
  SELECT {first}, {second} UNION ALL SELECT {next}, {after_next} FROM week WHERE first < {last})
SELECT p.id, p.name, w.first, COUNT(DISTINCT o.id)
FROM week w
JOIN team_member m ON m.joined_on < w.after AND (m.left_on IS NULL OR m.left_on >= w.first)
JOIN offer o ON o.id = m.offer_id AND o.opened_on < w.after AND (o.outcome = 'open' OR o.ended_on >= w.first)
JOIN person p ON p.id = m.person_id AND NOT p.guest
LEFT JOIN hours_week h ON h.person_id = p.id AND h.week_on = w.first
WHERE (h.id IS NULL OR NOT h.final) AND COALESCE((SELECT SUM(e.quarters) FROM hours_entry e
  WHERE e.person_id = p.id AND e.part_on >= w.first AND e.part_on < w.after AND e.offer_id = o.id), 0) = 0
GROUP BY p.id, p.name, w.first"""


@dataclass
class Filled:
    """A database with all entries, and the driver's own connection to it."""

    database: Database
    dialect: str
    run: Callable[[str], Sequence[tuple[Any, ...]]]

    def clock(self) -> float:
        """The seconds that count here."""
        return time.process_time() if self.dialect == "sqlite" else time.perf_counter()

    def ours(self, grouping: Grouping) -> tuple[float, Any]:
        """Seconds of our function, and the sums it gives."""
        begun = self.clock()
        if grouping is Grouping.MISSING:
            missing = self.database.read_now(lambda session: missing_weeks(session, ALL_YEARS, NOW, COMPANY))
            return self.clock() - begun, (len(missing), sum(one.offers for one in missing))
        found = self.database.read_now(lambda session: hours_report(session, grouping, ALL_YEARS, COMPANY))
        taken = self.clock() - begun
        return taken, (found.whole.quarters, found.whole.parts, found.whole.unrated)

    def by_hand(self, grouping: Grouping) -> tuple[float, Any]:
        """Seconds of the statement, and the same sums."""
        statement = self._statement(grouping)
        begun = self.clock()
        rows = self.run(statement)
        taken = self.clock() - begun
        if grouping is Grouping.MISSING:
            return taken, (len(rows), sum(row[3] for row in rows))
        return taken, tuple(int(sum(row[place] for row in rows)) for place in (-3, -2, -1))

    def _statement(self, grouping: Grouping) -> str:
        if grouping is not Grouping.MISSING:
            return BY_HAND[grouping].format(year=YEAR[self.dialect])
        if self.dialect == "sqlite":
            return MISSING.format(
                first=f"'{LATELY}'",
                second=f"'{LATELY + timedelta(days=7)}'",
                next="date(first, '+7 days')",
                after_next="date(first, '+14 days')",
                last=f"'{LAST}'",
            )
        return MISSING.format(
            first=f"DATE '{LATELY}'",
            second=f"DATE '{LATELY + timedelta(days=7)}'",
            next="first + 7",
            after_next="first + 14",
            last=f"DATE '{LAST}'",
        )


def report_costs(folder: Path) -> list[ReportCost]:
    """Measure on SQLite and, where a server answers, on PostgreSQL.

    Raises:
        ServerFailedError: the two ways give different sums.

    """
    with filled_database(f"sqlite:///{folder / 'report.db'}") as filled:
        found = [_cost("SQLite", filled)]
    with postgres_database([]) as url:
        if url:
            with filled_database(url) as filled:
                found.append(_cost("PostgreSQL", filled))
    return found


def _cost(where: str, filled: Filled) -> ReportCost:
    return ReportCost(
        where,
        {
            one.value: by_turns(f"by {one.value}", partial(filled.ours, one), partial(filled.by_hand, one), TURNS)
            for one in Grouping
            if one is not Grouping.ENTITY  # The same statement as by client, one level further down.
        },
    )


@contextlib.contextmanager
def filled_database(url: str) -> Iterator[Filled]:
    """An empty database, migrated and filled with the million entries."""
    upgrade(url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    dialect = engine.dialect.name
    with engine.begin() as connection:
        for statement in _statements(dialect):
            connection.execute(sa.text(statement))
    if dialect == "postgresql":
        # What autovacuum does by itself, a little later.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    database = Database(url)
    database.write_now(keep_statistics)  # as the clock does on SQLite
    with contextlib.ExitStack() as stack:
        stack.callback(database.close)
        driver: Any
        if dialect == "sqlite":
            driver = stack.enter_context(contextlib.closing(sqlite3.connect(sa.make_url(url).database or "")))
        else:
            plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
            driver = stack.enter_context(psycopg.connect(plain, autocommit=True))
        count = driver.execute("SELECT COUNT(*) FROM hours_entry").fetchone()[0]
        if count != PEOPLE * WEEKS * OFFERS_A_WEEK:
            raise ServerFailedError(f"{count} entries instead of a million")
        yield Filled(database, dialect, lambda statement: driver.execute(statement).fetchall())


def _statements(dialect: str) -> Iterator[str]:
    """The rows, made where they are stored. A week's number counts people first: week 0 of everybody, then week 1."""
    sqlite = dialect == "sqlite"

    def day(days: str) -> str:
        return f"date('{FIRST}', '+' || ({days}) || ' days')" if sqlite else f"(DATE '{FIRST}' + ({days}))"

    def series(last: int) -> str:
        if not sqlite:
            return f"(SELECT g AS n FROM generate_series(0, {last - 1}) g) s"
        return (
            f"(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {last - 1}) SELECT n FROM s) s"
        )

    at, yes, no, nothing = "'2017-01-01 00:00:00'", *(("1", "0", "'[]'") if sqlite else ("TRUE", "FALSE", "'[]'"))
    groups, periods = PEOPLE // GROUP, WEEKS // PERIOD
    yield f"""INSERT INTO person (id, tenant_id, entra_object_id, name, language, time_zone, country, guest,
 profile_set, created_at, updated_at) SELECT n + 1, 't', 'p' || n, 'Person ' || n, 'fr', 'Europe/Paris', 'FR',
 {no}, {no}, {at}, {at} FROM {series(PEOPLE)}"""
    columns = "id, parent_id, level, name, path, path_ids, search_text, active, revision, created_at, updated_at"
    yield f"""INSERT INTO client ({columns}) SELECT n + 1, NULL, 'client', 'Group ' || n, 'Group ' || n,
 '/' || (n + 1) || '/', '', {yes}, 1, {at}, {at} FROM {series(CLIENTS)}"""
    yield f"""INSERT INTO client ({columns}) SELECT n + {CLIENTS + 1}, n % {CLIENTS} + 1, 'entity', 'Entity ' || n,
 'Group ' || (n % {CLIENTS}) || ' > Entity ' || n, '/' || (n % {CLIENTS} + 1) || '/' || (n + {CLIENTS + 1}) || '/', '',
 {yes}, 1, {at}, {at} FROM {series(CLIENTS * 3)}"""
    opened, ended = f"n / {groups * OFFERS_A_WEEK} * {PERIOD * 7}", f"(n / {groups * OFFERS_A_WEEK} + 1) * {PERIOD * 7}"
    yield f"""INSERT INTO offer (id, chrono, number, title, search_text, client_id, owner_id, stage, outcome, opened_at,
 opened_on, ended_on, revision, updated_at, planned_hours) SELECT n + 1, n + 1, 'S' || (n + 1), 'Offer ' || n, '',
 n % {CLIENTS * 3} + {CLIENTS + 1}, 1, 'PRE', CASE WHEN n >= {(periods - 1) * groups * OFFERS_A_WEEK} THEN 'open'
 WHEN n % 3 = 0 THEN 'won' WHEN n % 3 = 1 THEN 'lost' WHEN n % 2 = 0 THEN 'no_go' ELSE 'abandoned' END, {at},
 {day(opened)}, {day(ended)}, 1, {at}, 400 FROM {series(OFFERS)}"""
    yield f"""INSERT INTO offer_category (offer_id, axis, value) SELECT n + 1, 'product', 'c' || (n % 7)
 FROM {series(OFFERS)}"""
    yield f"""INSERT INTO team_member (offer_id, person_id, role, joined_on) SELECT n / {GROUP} + 1,
 n / {GROUP * OFFERS_A_WEEK} % {groups} * {GROUP} + n % {GROUP} + 1, 'contributor',
 {day(f"n / {GROUP * OFFERS_A_WEEK * groups} * {PERIOD * 7}")} FROM {series(OFFERS * GROUP)}"""
    yield f"""INSERT INTO hourly_rate (person_id, valid_from, valid_to, cents, set_by_id, set_at)
 SELECT n % {PEOPLE} + 1, {day(f"n / {PEOPLE} * 900 + 100")},
 CASE WHEN n / {PEOPLE} < 3 THEN {day(f"n / {PEOPLE} * 900 + 999")} END, 8000 + n, 1, {at} FROM {series(PEOPLE * 4)}"""
    yield f"""INSERT INTO hours_week (id, person_id, week_on, quarters, final, was_final, revision, answered_at,
 answered_by_id, prompted_at, withheld) SELECT n + 1, n % {PEOPLE} + 1, {day(f"n / {PEOPLE} * 7")}, 100,
 (n % 10) <> 3, {no}, 1, {at}, n % {PEOPLE} + 1, {at}, {nothing} FROM {series(PEOPLE * WEEKS)}"""
    # A thirtieth of the entries is on the neighbouring offer: somebody is missing where the week is not final.
    week, person = f"n / {PEOPLE * OFFERS_A_WEEK}", f"n / {OFFERS_A_WEEK} % {PEOPLE}"
    yield f"""INSERT INTO hours_entry (week_id, person_id, offer_id, part_on, quarters, kind, revision, entered_by_id,
 entered_at) SELECT n / {OFFERS_A_WEEK} + 1, {person} + 1,
 ({week} / {PERIOD} * {groups} + {person} / {GROUP}) * {OFFERS_A_WEEK} + (n + n % 30 / 29) % {OFFERS_A_WEEK} + 1,
 {day(f"{week} * 7")}, 5 + n % 40, 'entry', 1 + n % {OFFERS_A_WEEK}, {person} + 1, {at}
 FROM {series(PEOPLE * WEEKS * OFFERS_A_WEEK)}"""


def main() -> int:
    """Measure this alone and print it."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = report_costs(Path(folder))
    for cost in costs:
        print("\n".join(cost.lines()))
    return 0 if all(cost.bar().passed for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
