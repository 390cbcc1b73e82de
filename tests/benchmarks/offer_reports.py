"""What every report of the registry costs over 4,000 offers and 500,000 entries, beside SQL written by hand.

``python -m tests.benchmarks.offer_reports`` measures this alone, over the past that ``history.py`` makes. Each report
is read by the function that cards, pages and files use, and by one or two statements written by hand on the driver's
own cursor: by turns on the same database, in alternating order. Both must give the same sums. On SQLite processor
seconds count, because all work is in this process; on PostgreSQL seconds of waiting.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from bot import config
from bot.database import Database
from bot.reports.catalogue import kind_of, run
from bot.reports.shape import Amount, By, ColumnKind, Report, ReportQuery
from tests.benchmarks.bars import OfferReportCost
from tests.benchmarks.history import UNTIL, large
from tests.benchmarks.offerdesk import postgres_database
from tests.benchmarks.turns import by_turns

Rows = Sequence[Sequence[tuple[Any, ...]]]
TURNS = 5
COMPANY = config.default()
TODAY = UNTIL.date()
CENTS = "CAST(ROUND(o.estimated_amount * 100) AS BIGINT)"
WORTH = """(SELECT q.offer_id, q.price, q.currency, q.sent_on, ROW_NUMBER() OVER (PARTITION BY q.offer_id
  ORDER BY q.sent_on DESC, q.sent_at DESC, q.id DESC) AS place FROM quote q
  WHERE q.sent_at IS NOT NULL AND q.removed_at IS NULL)"""
PRICE = f"CASE WHEN w.offer_id IS NOT NULL THEN CAST(ROUND(w.price * 100) AS BIGINT) ELSE {CENTS} END"
SPENT = """(SELECT e.offer_id, SUM(e.quarters) AS quarters,
  COALESCE(SUM(CAST(e.quarters AS BIGINT) * r.cents), 0) AS parts,
  SUM(CASE WHEN r.id IS NULL THEN e.quarters ELSE 0 END) AS unrated FROM hours_entry e
  LEFT JOIN hourly_rate r ON r.person_id = e.person_id AND r.valid_from <= e.part_on
    AND (r.valid_to IS NULL OR r.valid_to >= e.part_on) GROUP BY e.offer_id)"""
OPEN = f"""SELECT {{key}}, o.currency, COUNT(*), SUM({CENTS}),
  SUM(({CENTS} * o.launch_probability + 50) / 100), SUM(({CENTS} * o.success_probability + 50) / 100),
  SUM(({CENTS} * o.launch_probability * o.success_probability + 5000) / 10000),
  SUM(({CENTS} * (o.launch_probability + o.success_probability) + 100) / 200),
  SUM(CASE WHEN o.weighting = 'average' THEN ({CENTS} * (o.launch_probability + o.success_probability) + 100) / 200
    ELSE ({CENTS} * o.launch_probability * o.success_probability + 5000) / 10000 END)
FROM offer o {{join}} WHERE o.outcome = 'open' GROUP BY 1, 2"""
ENDED = f"""SELECT {{key}}, COALESCE(w.currency, o.currency), COUNT(*),
  SUM(CASE WHEN o.outcome = 'won' THEN 1 ELSE 0 END), SUM(CASE WHEN o.outcome = 'lost' THEN 1 ELSE 0 END),
  SUM(CASE WHEN o.outcome = 'no_go' THEN 1 ELSE 0 END), SUM(CASE WHEN o.outcome = 'abandoned' THEN 1 ELSE 0 END),
  SUM({PRICE}), SUM(CASE WHEN o.outcome = 'won' THEN {PRICE} END), SUM(CASE WHEN o.outcome = 'lost' THEN {PRICE} END),
  SUM(s.quarters), SUM(s.parts), SUM(s.unrated)
FROM offer o LEFT JOIN {WORTH} w ON w.offer_id = o.id AND w.place = 1 LEFT JOIN {SPENT} s ON s.offer_id = o.id
WHERE {{where}} GROUP BY 1, 2"""
MEDIANS = """SELECT {key}, AVG(value) FROM (SELECT key, value, ROW_NUMBER() OVER (PARTITION BY key
  ORDER BY value) AS place, COUNT(*) OVER (PARTITION BY key) AS n FROM ({rows}) r WHERE value IS NOT NULL) m
WHERE place IN ((n + 1) / 2, (n + 2) / 2) GROUP BY {key}"""
STAYS = """SELECT t.stage AS key, CASE WHEN {days} > 0 THEN {days} ELSE 0 END AS value,
  CASE WHEN t.following IS NULL AND o.outcome = 'open' THEN 1 ELSE 0 END AS standing
FROM (SELECT offer_id, stage, entered_on, LEAD(entered_on) OVER (PARTITION BY offer_id ORDER BY id) AS following
  FROM stage_step WHERE NOT post_award) t
JOIN offer o ON o.id = t.offer_id WHERE t.stage NOT IN ('WON', 'LOS', 'ABN')"""
DECIDED = """SELECT {year} AS key, {waited} AS value, CASE WHEN d.outcome = 'go' THEN 1 ELSE 0 END AS go,
  {voted} AS voted FROM round d JOIN offer o ON o.id = d.offer_id LEFT JOIN tender t ON t.id = o.tender_id
WHERE d.state = 'closed' AND NOT EXISTS (SELECT 1 FROM round l WHERE l.offer_id = d.offer_id
  AND l.sequence > d.sequence AND l.state = 'closed')"""
CAME_IN = """SELECT {key}, COUNT(*), SUM(CASE WHEN t.matched THEN 1 ELSE 0 END),
  SUM(CASE WHEN EXISTS (SELECT 1 FROM offer o WHERE o.tender_id = t.id) THEN 1 ELSE 0 END)
FROM tender t GROUP BY 1"""
SENT_OUT = f"""SELECT {{key}}, w.currency, COUNT(*), SUM(CAST(ROUND(w.price * 100) AS BIGINT))
FROM offer o JOIN {WORTH} w ON w.offer_id = o.id AND w.place = 1 GROUP BY 1, 2"""
OWN_DAY = """SELECT '{kind}' AS kind, r.id AS id, r.{title} AS title, o.id AS offer_id, r.owner_id AS owner_id,
  r.{due} AS due FROM {table} r JOIN offer o ON o.id = r.offer_id
WHERE o.outcome = 'open' AND r.removed_at IS NULL AND {where} AND r.{due} < {until}"""
OF_OFFER = """SELECT '{kind}' AS kind, o.id AS id, '' AS title, o.id AS offer_id, {owner} AS owner_id, o.{due} AS due
FROM offer o WHERE {where} AND o.{due} < {until}"""
SENT = "EXISTS (SELECT 1 FROM quote q WHERE q.offer_id = o.id AND q.sent_at IS NOT NULL AND q.removed_at IS NULL)"
LATER = """NOT EXISTS (SELECT 1 FROM quote n WHERE n.offer_id = r.offer_id AND n.sent_at IS NOT NULL
  AND n.removed_at IS NULL AND n.number > r.number)"""
ACCEPTED = "EXISTS (SELECT 1 FROM handover h WHERE h.offer_id = o.id AND h.state = 'accepted')"
PLANNED = f"""SELECT c.owner, COUNT(*), SUM(c.quarters), SUM(c.plan) FROM (
SELECT o.owner_id AS owner, s.quarters,
  CAST(ROUND(COALESCE(o.planned_hours, v.effort_hours) * 4) AS BIGINT) AS plan
FROM offer o JOIN {SPENT} s ON s.offer_id = o.id
LEFT JOIN evaluation v ON v.offer_id = o.id AND v.version > 0
  AND v.version = (SELECT MAX(x.version) FROM evaluation x WHERE x.offer_id = o.id)
WHERE o.id IN (SELECT offer_id FROM hours_entry)) c GROUP BY c.owner"""
HOURS = f"""SELECT k.value, o.outcome, SUM(s.quarters), SUM(s.parts), SUM(s.unrated)
FROM offer o JOIN {SPENT} s ON s.offer_id = o.id
LEFT JOIN offer_category k ON k.offer_id = o.id AND k.axis = 'product' GROUP BY k.value, o.outcome"""
EPOCH: Mapping[str, Callable[[str], str]] = {
    "sqlite": lambda one: f"CAST(strftime('%s', {one}) AS INTEGER)",
    "postgresql": lambda one: f"CAST(EXTRACT(epoch FROM {one}) AS BIGINT)",
}
PART: Mapping[str, Callable[[str, str], str]] = {
    "sqlite": lambda part, one: f"CAST(strftime('{'%Y' if part == 'year' else '%m'}', {one}) AS INTEGER)",
    "postgresql": lambda part, one: f"EXTRACT({part} FROM {one})",
}


@dataclass(frozen=True)
class Way:
    """One report by hand: its statements for a kind of database, what their rows add up to, and the same of ours."""

    code: str
    statements: Callable[[str], Sequence[str]]
    by_hand: Callable[[Rows], tuple[int, ...]]
    columns: tuple[str, ...]
    by: By | None = None


def _day(dialect: str, day: date) -> str:
    return f"'{day}'" if dialect == "sqlite" else f"DATE '{day}'"


def _month(dialect: str, day: str = "o.expected_closing_on") -> str:
    part = PART[dialect]
    return f"{part('year', day)} * 100 + {part('month', day)}"


def _stage_statements(dialect: str) -> Sequence[str]:
    epoch = EPOCH[dialect]
    end = f"CASE WHEN o.outcome = 'open' THEN {_day(dialect, TODAY)} ELSE COALESCE(o.ended_on, t.entered_on) END"
    until = f"COALESCE(t.following, {end})"
    rows = STAYS.format(days=f"({epoch(until)} - {epoch('t.entered_on')}) / 86400")
    return (
        f"SELECT key, COUNT(*), SUM(value), SUM(standing), MAX(value) FROM ({rows}) r GROUP BY key",
        MEDIANS.format(key="key", rows=rows),
    )


def _decision_statements(dialect: str) -> Sequence[str]:
    epoch = EPOCH[dialect]
    rows = DECIDED.format(
        year=PART[dialect]("year", "d.decided_at"),
        waited=f"{epoch('d.decided_at')} - {epoch('t.published_at')}",
        voted=f"{epoch('d.decided_at')} - {epoch('d.opened_at')}",
    )
    votes = rows.replace(" AS value", " AS waited").replace(" AS voted", " AS value")
    whole = (f"SELECT 1 AS key, value FROM ({one}) a" for one in (rows, votes))
    return (
        f"SELECT key, COUNT(*), SUM(go), MAX(value) FROM ({rows}) r GROUP BY key",
        *(MEDIANS.format(key="key", rows=one) for one in (rows, votes, *whole)),
    )


def _origin_statements(_dialect: str) -> Sequence[str]:
    return (
        ENDED.format(key="o.origin", where="1 = 1"),
        "SELECT l.origin, l.currency, COUNT(*) FROM lead l GROUP BY 1, 2",
    )


def _deadline_statements(dialect: str) -> Sequence[str]:
    """What is due, of days and of moments, with who sees to it; the first thousand of each and how many there are."""
    day = _day(dialect, TODAY + timedelta(days=91))
    moment = f"'{TODAY + timedelta(days=90)} 23:00:00.000000'"
    own = (
        ("clarification", "question", "due_on", "clarification", "r.answered_on IS NULL"),
        ("point", "clause", "due_on", "negotiation_point", "r.state IN ('open', 'blocked')"),
        ("partner_quote", "partner", "due_on", "partner_quote", "r.received_on IS NULL"),
        ("task", "subject", "planned_on", "activity", "r.done_on IS NULL"),
    )
    days = [
        OWN_DAY.format(kind=kind, title=title, due=due, table=table, where=where, until=day)
        for kind, title, due, table, where in own
    ]
    days.append(
        f"""SELECT 'validity' AS kind, r.id AS id, '' AS title, o.id AS offer_id, o.owner_id AS owner_id,
  r.valid_until AS due FROM quote r JOIN offer o ON o.id = r.offer_id
WHERE o.outcome = 'open' AND r.sent_at IS NOT NULL AND r.removed_at IS NULL AND {LATER} AND r.valid_until < {day}"""
    )
    manager, today = "COALESCE(o.project_manager_id, o.owner_id)", _day(dialect, TODAY)
    of_offer = (
        ("closing", "o.owner_id", "expected_closing_on", "o.outcome = 'open'"),
        ("debrief", "o.owner_id", "debrief_due_on", "o.outcome <> 'open' AND o.debrief_done_on IS NULL"),
        ("kick_off", manager, "kick_off_on", f"o.outcome = 'won' AND (NOT {ACCEPTED} OR o.kick_off_on >= {today})"),
    )
    days += [
        OF_OFFER.format(kind=kind, owner=owner, due=due, where=where, until=day) for kind, owner, due, where in of_offer
    ]
    now = f"'{TODAY - timedelta(days=1)} 23:00:00.000000'"
    moments = [
        OF_OFFER.format(kind=kind, owner="o.owner_id", due=due, where=where, until=moment)
        for kind, due, where in (
            ("submission", "submission_due_at", f"o.outcome = 'open' AND NOT {SENT}"),
            ("questions", "clarification_at", f"o.outcome = 'open' AND NOT {SENT} AND o.clarification_at >= {now}"),
        )
    ]
    moments.append(
        f"""SELECT 'review' AS kind, r.id AS id, '' AS title, o.id AS offer_id, o.owner_id AS owner_id, r.due_at AS due
FROM review r JOIN offer o ON o.id = r.offer_id
WHERE o.outcome = 'open' AND r.state = 'open' AND r.due_at < {moment}"""
    )
    made = []
    for lines in (" UNION ALL ".join(days), " UNION ALL ".join(moments)):
        made += [
            f"SELECT COUNT(*) FROM ({lines}) l",
            f"""SELECT l.*, o.number, o.title, p.name
FROM (SELECT * FROM ({lines}) a ORDER BY due, kind, id LIMIT 1000) l
JOIN offer o ON o.id = l.offer_id JOIN person p ON p.id = l.owner_id""",
        ]
    return made


def _summed(rows: Sequence[tuple[Any, ...]], *places: int) -> tuple[int, ...]:
    return tuple(int(sum(row[place] or 0 for row in rows)) for place in places)


WEIGHTED = ("offers", "amount", "by_launch", "by_success", "cumulative", "average", "weighted")
WAYS = (
    Way(
        "tenders",
        lambda dialect: (CAME_IN.format(key=_month(dialect, "COALESCE(t.published_at, t.first_seen_at)")),),
        lambda rows: _summed(rows[0], 1, 2, 3),
        ("tenders", "tenders_matched", "tenders_evaluated"),
    ),
    Way(
        "sent",
        lambda dialect: (SENT_OUT.format(key=_month(dialect, "w.sent_on")),),
        lambda rows: (len(rows[0]), *_summed(rows[0], 2, 3)),
        ("offers_sent", "submitted"),
    ),
    Way(
        "pipeline",
        lambda dialect: (OPEN.format(key=_month(dialect), join=""),),
        lambda rows: (len(rows[0]), *_summed(rows[0], *range(2, 9))),
        WEIGHTED,
    ),
    Way(
        "portfolio",
        lambda _dialect: (OPEN.format(key="o.owner_id", join="JOIN person p ON p.id = o.owner_id"),),
        lambda rows: (len(rows[0]), *_summed(rows[0], *range(2, 9))),
        WEIGHTED,
        By.SALES_LEAD,
    ),
    Way(
        "closed",
        lambda _dialect: (ENDED.format(key="o.stage", where="o.outcome <> 'open'"),),
        lambda rows: (len(rows[0]), *_summed(rows[0], 2, 3, 4, 7, 10, 11)),
        ("offers", "offers_won", "offers_lost", "worth", "hours_ever", "cost_ever"),
    ),
    Way(
        "success",
        lambda dialect: (ENDED.format(key=PART[dialect]("year", "o.ended_on"), where="o.outcome <> 'open'"),),
        lambda rows: (len(rows[0]), *_summed(rows[0], 3, 4, 8, 9, 10, 11)),
        ("offers_won", "offers_lost", "worth_won", "worth_lost", "hours_ever", "cost_ever"),
    ),
    Way(
        "origins",
        _origin_statements,
        lambda rows: (*_summed(rows[0], 2, 3, 8, 10, 11), *_summed(rows[1], 2)),
        ("offers_opened", "offers_won", "worth_won", "hours_ever", "cost_ever", "leads"),
    ),
    Way(
        "stages",
        _stage_statements,
        lambda rows: (len(rows[0]), *_summed(rows[0], 1, 3), *(2 * one for one in _summed(rows[0], 4))),
        ("stays", "standing", "days_longest"),
    ),
    Way(
        "decisions",
        _decision_statements,
        lambda rows: (len(rows[0]), *_summed(rows[0], 1, 2)),
        ("decided", "go"),
    ),
    Way(
        "planned",
        lambda _dialect: (PLANNED,),
        lambda rows: (len(rows[0]), *_summed(rows[0], 1, 2, 3)),
        ("offers", "ever", "plan"),
        By.SALES_LEAD,
    ),
    Way(
        "hours",
        lambda _dialect: (HOURS,),
        lambda rows: _summed(rows[0], 2, 3, 4),
        ("hours", "cost", "unrated"),
        By.CATEGORY,
    ),
    Way("deadlines", _deadline_statements, lambda rows: (len(rows[1]) + len(rows[3]),), ()),
)
COUNTED = frozenset(
    {"sent", "pipeline", "portfolio", "closed", "success", "stages", "decisions", "planned", "deadlines"}
)
"""Reports with one row for each row of the first statement."""


def _of(found: Report, way: Way) -> tuple[int, ...]:
    """The same sums: counts, cents (400ths of what hours cost), quarters, half days."""
    sums: list[int] = [len(found.rows)] if way.code in COUNTED else []
    for code in way.columns:
        place = found.place(code)
        scale = {ColumnKind.HOURS: 4, ColumnKind.DAYS: 2, ColumnKind.COUNT: 1, ColumnKind.MONEY: 100}
        factor = 400 if "cost" in code else scale[found.columns[place].kind]
        cells = (row[place] for row in found.rows)
        numbers = (cell.value if isinstance(cell, Amount) else cell for cell in cells)
        sums.append(int(sum((one * factor for one in numbers if isinstance(one, int | Decimal)), Decimal())))
    return tuple(sums)


@dataclass
class Filled:
    """A database with all of it, and the driver's own connection to it."""

    database: Database
    dialect: str
    run: Callable[[str], Sequence[tuple[Any, ...]]]

    def clock(self) -> float:
        """The seconds that count here."""
        return time.process_time() if self.dialect == "sqlite" else time.perf_counter()

    def ours(self, way: Way) -> tuple[float, tuple[int, ...]]:
        """Seconds of the report, and its sums."""
        begun = self.clock()
        query = ReportQuery(by=way.by)
        found = self.database.read_now(lambda session: run(session, kind_of(way.code), query, COMPANY, UNTIL))
        return self.clock() - begun, _of(found, way)

    def by_hand(self, way: Way) -> tuple[float, tuple[int, ...]]:
        """Seconds of the statements, and the same sums."""
        statements = way.statements(self.dialect)
        begun = self.clock()
        rows = [self.run(statement) for statement in statements]
        return self.clock() - begun, way.by_hand(rows)


def offer_report_costs(folder: Path) -> list[OfferReportCost]:
    """Measure on SQLite and, where a server answers, on PostgreSQL.

    Raises:
        ServerFailedError: the two ways give different sums.

    """
    with _filled(f"sqlite:///{folder / 'offers.db'}") as filled:
        found = [_cost("SQLite", filled)]
    with postgres_database([]) as url:
        if url:
            with _filled(url) as filled:
                found.append(_cost("PostgreSQL", filled))
    return found


def _cost(where: str, filled: Filled) -> OfferReportCost:
    parts = {
        one.code: by_turns(one.code, partial(filled.ours, one), partial(filled.by_hand, one), TURNS) for one in WAYS
    }
    return OfferReportCost(where, parts)


@contextlib.contextmanager
def _filled(url: str) -> Iterator[Filled]:
    large(url)
    dialect = sa.make_url(url).get_backend_name()
    with contextlib.ExitStack() as stack:
        driver: Any
        if dialect == "sqlite":
            driver = stack.enter_context(contextlib.closing(sqlite3.connect(sa.make_url(url).database or "")))
        else:
            plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
            driver = stack.enter_context(psycopg.connect(plain, autocommit=True))
            # What autovacuum does by itself, a little later.
            driver.execute("VACUUM ANALYZE")
        database = Database(url)
        stack.callback(database.close)
        yield Filled(database, dialect, lambda statement: driver.execute(statement).fetchall())


def main() -> int:
    """Measure this alone and print it."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = offer_report_costs(Path(folder))
    for cost in costs:
        print("\n".join(cost.lines()))
    return 0 if all(cost.bar().passed for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
