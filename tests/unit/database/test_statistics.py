"""SQLite's planner and the connections that read: how they learn that tables have grown."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.pool import base as pool

from bot.database import STATISTICS_SECONDS, Database, keep_statistics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest
    from sqlalchemy.orm import Session

TABLE = (
    "CREATE TABLE thing (rare INTEGER, often INTEGER)",
    "CREATE INDEX ix_rare ON thing (rare)",
    "CREATE INDEX ix_often ON thing (often)",
    "INSERT INTO thing VALUES (1, 1)",
)
GROWTH = "INSERT INTO thing SELECT value, value % 2 FROM json_each(?)"


def run(session: Session, statements: Sequence[str]) -> None:
    for statement in statements:
        session.execute(sa.text(statement))


def grow(session: Session) -> None:
    """Two thousand rows, each ``rare`` once."""
    session.connection().exec_driver_sql(GROWTH, (f"[{','.join(map(str, range(2000)))}]",))


def plan(session: Session) -> str:
    """Which index a look-up by both columns takes; empty: it reads the whole table."""
    found = session.execute(sa.text("EXPLAIN QUERY PLAN SELECT * FROM thing WHERE rare = 1 AND often = 1"))
    return str(found.one().detail).partition("INDEX ")[2].partition(" ")[0]


def test_a_reader_that_was_opened_before_the_growth_learns_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'growing.db'}")
    database.write_now(lambda session: run(session, TABLE))
    database.write_now(keep_statistics)
    assert database.read_now(plan) == "", "one row needs no index"
    database.write_now(grow)
    database.write_now(keep_statistics)
    assert database.read_now(plan) == "", "this connection knows the table of then"
    later = time.time() + STATISTICS_SECONDS + 1
    monkeypatch.setattr(pool, "time", SimpleNamespace(time=lambda: later))
    assert database.read_now(plan) == "ix_rare"
    database.close()
