"""What somebody with the database's own rights can do: change rows although triggers guard them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa

from bot import audit
from bot.trail import sealing
from tests.databases import _address

if TYPE_CHECKING:
    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def tamper(database: Database, *statements: str) -> None:
    """Run statements with triggers and foreign keys off."""
    if not database.is_sqlite:
        with psycopg.connect(_address(database.url), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode())
        return
    with closing(sqlite3.connect(str(sa.make_url(database.url).database), timeout=10)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            if str(name).startswith("audit_"):
                connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def write_events(database: Database, count: int, *, since: datetime = NOW) -> None:
    """Some events, a minute apart."""

    def write(session: sa.orm.Session) -> None:
        for number in range(count):
            audit.record(
                session,
                now=since + timedelta(minutes=number),
                action="offer.stage",
                subject="offer",
                subject_id=number,
                before={"stage": "DET"},
                after={"stage": "ÉVA", "b": 1, "a": ["1.50", None, True]},
            )

    database.write_now(write)


def sealed(database: Database, count: int = 5) -> None:
    """A trail of some events, all sealed."""
    write_events(database, count)
    sealing.seal_all(database, NOW + timedelta(hours=1))
