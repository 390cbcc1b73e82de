"""The same rows, written by nothing but SQLite: what our work is measured beside."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Written:
    """The rows that a piece of work added to a database, by table."""

    rows: dict[str, Rows]

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(len(rows) for rows in self.rows.values())


def copy_of(database: Path, name: str) -> Path:
    """Copy a closed SQLite database."""
    path = database.with_name(f"{name}.db")
    shutil.copy(database, path)
    return path


def added(database: Path, before: Path, tables: Sequence[str]) -> Written:
    """Read what a closed database has and its earlier copy has not; these tables only ever grow."""
    found = {}
    for table in tables:
        had = len(_rows(before, table))
        found[table] = _rows(database, table)[had:]
    return Written(found)


def _rows(database: Path, table: str) -> Rows:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()  # noqa: S608  our own names


def bare_seconds(database: Path, written: Written, statements: Sequence[str] = ()) -> float:
    """Take the processor seconds of running hand-written selects and inserting the rows with one ``executemany`` each.

    ``database`` is a copy that nobody else uses, without the rows.
    """
    with closing(sqlite3.connect(database)) as connection:
        begun = time.process_time()
        for statement in statements:
            connection.execute(statement).fetchall()
        for table, rows in written.rows.items():
            if rows:
                places = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608  our own names
        connection.commit()
        return time.process_time() - begun
