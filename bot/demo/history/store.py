"""Rows in the order in which tables depend on each other, written in bulk with ids of our own."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.database import Base

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

Row = dict[str, Any]
AT_ONCE = 5000


class Store:
    """Collects rows and writes them; ids go on after those that are there."""

    def __init__(self, connection: Connection) -> None:
        """``connection`` is in a transaction of the caller."""
        self._connection = connection
        self._rows: dict[type[Base], list[Row]] = defaultdict(list)
        self._templates: dict[type[Base], Row] = {}
        self._ids: dict[type[Base], int] = {}
        self._events: list[tuple[datetime, int, Row]] = []

    def take_id(self, model: type[Any]) -> int:
        """The next id of a table."""
        if model not in self._ids:
            self._ids[model] = self._connection.scalar(sa.select(sa.func.max(model.id))) or 0
        self._ids[model] += 1
        return self._ids[model]

    def add(self, model: type[Any], **values: Any) -> Row:  # noqa: ANN401  whatever the columns hold
        """A row with the defaults of its table, which may still be changed until :meth:`write`."""
        if model not in self._templates:
            self._templates[model] = {column.key: _default(column) for column in model.__table__.columns}
        row = {**self._templates[model], **values}
        if "id" in row and row["id"] is None:
            row["id"] = self.take_id(model)
        self._rows[model].append(row)
        return row

    def trail(
        self,
        at: datetime,
        action: str,
        subject: str,
        subject_id: int,
        actor_id: int | None,
        *,
        before: Row | None = None,
        after: Row | None = None,
    ) -> None:
        """One event; :meth:`write_trail` puts them all in the order of time."""
        row = {
            "at": at,
            "actor_id": actor_id,
            "on_behalf_of_id": None,
            "action": action,
            "subject": subject,
            "subject_id": subject_id,
            "before": before,
            "after": after,
        }
        self._events.append((at, len(self._events), row))

    def bulk(self, model: type[Any], rows: Iterable[Row]) -> int:
        """Write complete rows at once, without keeping them; how many they were."""
        written, waiting = 0, []
        for row in rows:
            waiting.append(row)
            if len(waiting) == AT_ONCE:
                written += self._insert(model, waiting)
                waiting = []
        return written + self._insert(model, waiting)

    def write(self) -> None:
        """Write the rows that were collected."""
        models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
        for table in Base.metadata.sorted_tables:
            self.bulk(models[table], self._rows.pop(models[table], []))

    def write_trail(self) -> None:
        """Write the events that were told, in the order of time."""
        events, self._events = sorted(self._events, key=lambda event: event[:2]), []
        self.bulk(AuditEvent, ({"id": self.take_id(AuditEvent), **row} for _at, _place, row in events))

    def settle(self) -> None:
        """Have the database go on counting after our ids; SQLite does so by itself."""
        if self._connection.dialect.name != "postgresql":
            return
        for model, last in self._ids.items():
            name = sa.func.pg_get_serial_sequence(model.__tablename__, "id")
            self._connection.execute(sa.select(sa.func.setval(name, last)))

    def _insert(self, model: type[Any], rows: Sequence[Row]) -> int:
        if rows and self._connection.dialect.name == "postgresql":
            self._copy(model.__table__, rows)
        elif rows:
            self._connection.execute(sa.insert(model.__table__), rows)
        return len(rows)

    def _copy(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """COPY takes a third of the time of inserts."""
        dialect = self._connection.dialect
        names = list(rows[0])
        quote = dialect.identifier_preparer.quote
        columns = ", ".join(quote(name) for name in names)
        bind = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([process(row[name]) if process else row[name] for name, process in bind])


def _default(column: sa.Column[Any]) -> Any:  # noqa: ANN401  whatever the column holds
    """What the model gives where nothing is said."""
    default = column.default
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None
