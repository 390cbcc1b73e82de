"""The tables behind the pages: rows with ids, etags and times."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

_NAMESPACE = UUID("5fd63f7e-8a0e-4b21-9f0c-0d3a7c1b5e60")
TABLES = ("companies", "opportunities", "projects", "contacts", "customers", "salespeople", "attachments")

Listener = Callable[[str, str, str], None]


def stamp(moment: datetime) -> str:
    """Spell a time as Business Central does: UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Row:
    """One record; ``values`` holds what was written, by property name."""

    id: str
    values: dict[str, Any]
    created_at: datetime
    modified_at: datetime
    version: int
    content: bytes = field(default=b"", repr=False)

    @property
    def etag(self) -> str:
        """What If-Match must repeat."""
        inner = base64.b64encode(f"'20;{self.version:019d};00;'".encode()).decode()
        return f'W/"{inner}"'


class Store:
    """All rows of one company."""

    def __init__(self, now: Callable[[], datetime], on_change: Listener) -> None:
        """``on_change(table, id, kind)`` hears ``created``, ``updated`` and ``deleted``."""
        self.now = now
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in TABLES}
        self._on_change = on_change
        self._count = 0

    def new_id(self, purpose: str) -> str:
        """Give a fresh GUID; the same run gives the same ones."""
        self._count += 1
        return str(uuid5(_NAMESPACE, f"{purpose}/{self._count}"))

    def insert(self, table: str, values: dict[str, Any], *, row_id: str | None = None) -> Row:
        """Add a row."""
        moment = self.now()
        row = Row(row_id or self.new_id(table), values, moment, moment, self._next_version())
        self.tables[table][row.id] = row
        self._on_change(table, row.id, "created")
        return row

    def update(self, table: str, row: Row, values: dict[str, Any]) -> None:
        """Write values to a row; its etag and time move."""
        row.values.update(values)
        row.version = self._next_version()
        row.modified_at = self.now()
        self._on_change(table, row.id, "updated")

    def delete(self, table: str, row: Row) -> None:
        """Take a row away."""
        del self.tables[table][row.id]
        self._on_change(table, row.id, "deleted")

    def find(self, table: str, name: str, value: str) -> Row | None:
        """Give the row whose code field holds this value."""
        wanted = value.upper()
        return next((row for row in self.tables[table].values() if row.values.get(name, "").upper() == wanted), None)

    def _next_version(self) -> int:
        self._count += 1
        return self._count
