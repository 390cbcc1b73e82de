"""What a view of the star schema is made of: columns with a kind and a meaning, and the few words in which the two
databases differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable


class Kind(StrEnum):
    """What a column holds."""

    KEY = "key"
    """A whole number that names one row for good."""
    TEXT = "text"
    WHOLE = "whole number"
    PERCENT = "percent"
    """A whole number from 0 to 100."""
    HOURS = "hours"
    """Two places."""
    MONEY = "money"
    """Two places, in the currency that a column beside it names."""
    COST = "cost"
    """Four places, in the currency that a column beside it names."""
    NUMBER = "number"
    """Any, not rounded: ratios and means of reports."""
    DAY = "day"
    MOMENT = "UTC time"
    """Without a zone, because everything is UTC."""
    FLAG = "yes/no"


PLACES = {Kind.HOURS: (12, 2), Kind.MONEY: (15, 2), Kind.COST: (18, 4)}
"""Digits in all and after the point."""
WHOLE_KINDS = frozenset({Kind.KEY, Kind.WHOLE, Kind.PERCENT})


def sql_type(kind: Kind) -> sa.types.TypeEngine[Any]:
    """How Python reads it: ``int``, ``str``, ``Decimal``, ``date``, naive UTC ``datetime`` or ``bool``."""
    if kind in PLACES:
        digits, places = PLACES[kind]
        return sa.Numeric(digits, places)
    others: dict[Kind, sa.types.TypeEngine[Any]] = {
        Kind.DAY: sa.Date(),
        Kind.MOMENT: sa.DateTime(),
        Kind.FLAG: sa.Boolean(),
        Kind.TEXT: sa.Text(),
    }
    return others.get(kind, sa.BigInteger())


class Dialect(Protocol):
    """The words in which SQLite and PostgreSQL differ. Arguments and results are SQL expressions."""

    name: str

    def typed(self, kind: Kind, value: str) -> str:
        """The value as a column of its kind."""
        ...

    def day_of(self, moment: str) -> str:
        """The day of a stored moment in the company's time zone."""
        ...

    def part(self, name: str, day: str) -> str:
        """A part of a day: ``year``, ``month``, ``day``, ``iso_year``, ``iso_week``, ``weekday`` (1 is Monday)."""
        ...

    def within(self, number: str, low: int, high: int) -> str:
        """The number, or the nearer of the two limits."""
        ...

    def not_below_zero(self, number: str) -> str:
        """The number, or 0 where it is negative; NULL of none."""
        ...

    def share(self, amount: str, by: str, of: int) -> str:
        """``amount * by / of`` to the cent, halves away from zero; ``by`` is whole, and nothing is below 0."""
        ...

    def latest(self, moment: str, *others: str) -> str:
        """The latest of some moments; all but the first may be NULL."""
        ...

    def days_later(self, day: str, days: str) -> str:
        """The day so many days later."""
        ...

    def days_between(self, first: str, last: str) -> str:
        """How many days from one to the other."""
        ...

    def day_from(self, year: str, month: int, day: int) -> str:
        """The day of a year."""
        ...

    def padded(self, number: str) -> str:
        """A number with two digits."""
        ...

    def field(self, column: str, name: str) -> str:
        """A field of a JSON column as text; NULL where it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``sql`` is the same on both databases, or made for one; ``meaning`` stands in the documentation."""

    name: str
    kind: Kind
    sql: str | Callable[[Dialect], str]
    meaning: str

    def select(self, dialect: Dialect) -> str:
        """``value AS name``."""
        value = self.sql if isinstance(self.sql, str) else self.sql(dialect)
        return f"{dialect.typed(self.kind, value)} AS {self.name}"


@dataclass(frozen=True, slots=True)
class View:
    """One view; the first column is its key. ``source`` follows FROM; ``before`` (WITH …) stands ahead of SELECT."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    source: str | Callable[[Dialect], str]
    before: str | Callable[[Dialect], str] = ""
    cost: bool = False
    """It tells what somebody's hour costs: not for every reader."""

    def definition(self, dialect: Dialect) -> str:
        """The statement that makes it."""
        source = self.source if isinstance(self.source, str) else self.source(dialect)
        before = self.before if isinstance(self.before, str) else self.before(dialect)
        selected = ",\n  ".join(column.select(dialect) for column in self.columns)
        return f"CREATE VIEW {self.name} AS\n{before}SELECT\n  {selected}\nFROM {source}"

    def read(self) -> sa.Select[*tuple[object, ...]]:
        """Every row with every column, by key."""
        columns: list[sa.ColumnElement[object]] = [sa.column(one.name, sql_type(one.kind)) for one in self.columns]
        return sa.select(*columns).select_from(sa.table(self.name)).order_by(sa.column(self.columns[0].name))


SHIFT = (
    "COALESCE((SELECT z.seconds FROM bi_zone_shift z WHERE z.starts_at <= {0} ORDER BY z.starts_at DESC LIMIT 1), 0)"
)


class Sqlite:
    """SQLite keeps days and moments as text that sorts."""

    name = "sqlite"

    def typed(self, kind: Kind, value: str) -> str:
        """SQLite's columns have no types; whoever reads them converts days, moments and decimals."""
        if kind in PLACES:
            return f"CAST({value} AS REAL)"
        return f"CAST({value} AS INTEGER)" if kind in WHOLE_KINDS else value

    def day_of(self, moment: str) -> str:
        """Without the fraction, which SQLite would round up into the next day."""
        return f"date(substr({moment}, 1, 19), {SHIFT.format(moment)} || ' seconds')"

    def part(self, name: str, day: str) -> str:
        """A week belongs to the year of its Thursday; SQLite 3.45 and older have no word for it."""
        thursday = f"date({day}, '-3 days', 'weekday 4')"
        return {
            "year": f"CAST(strftime('%Y', {day}) AS INTEGER)",
            "month": f"CAST(strftime('%m', {day}) AS INTEGER)",
            "day": f"CAST(strftime('%d', {day}) AS INTEGER)",
            "iso_year": f"CAST(strftime('%Y', {thursday}) AS INTEGER)",
            "iso_week": f"((CAST(strftime('%j', {thursday}) AS INTEGER) - 1) / 7 + 1)",
            "weekday": f"((CAST(strftime('%w', {day}) AS INTEGER) + 6) % 7 + 1)",
        }[name]

    def within(self, number: str, low: int, high: int) -> str:
        """As the protocol says."""
        return f"MAX({low}, MIN({high}, {number}))"

    def not_below_zero(self, number: str) -> str:
        """As the protocol says."""
        return f"MAX({number}, 0)"

    def share(self, amount: str, by: str, of: int) -> str:
        """In whole cents, because amounts are stored as floating-point numbers; split, because 15 digits times a myriad
        leave 64 bits.
        """
        cents = f"CAST(ROUND({amount} * 100) AS INTEGER)"
        return f"({cents} / {of} * ({by}) + ({cents} % {of} * ({by}) * 2 + {of}) / {2 * of}) / 100.0"

    def latest(self, moment: str, *others: str) -> str:
        """As the protocol says."""
        return f"MAX({moment}, {', '.join(f'COALESCE({other}, {moment})' for other in others)})"

    def days_later(self, day: str, days: str) -> str:
        """As the protocol says."""
        return f"date({day}, ({days}) || ' days')"

    def days_between(self, first: str, last: str) -> str:
        """As the protocol says."""
        return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"

    def day_from(self, year: str, month: int, day: int) -> str:
        """As the protocol says."""
        return f"printf('%04d-{month:02}-{day:02}', {year})"

    def padded(self, number: str) -> str:
        """As the protocol says."""
        return f"printf('%02d', {number})"

    def field(self, column: str, name: str) -> str:
        """As text, as PostgreSQL gives it."""
        return f"CAST(json_extract({column}, '$.{name}') AS TEXT)"


class Postgres:
    """PostgreSQL names every type, so that Power BI sees it."""

    name = "postgresql"

    def typed(self, kind: Kind, value: str) -> str:
        """As the protocol says."""
        if kind in PLACES:
            digits, places = PLACES[kind]
            return f"CAST({value} AS NUMERIC({digits}, {places}))"
        if kind is Kind.MOMENT:
            return f"(({value}) AT TIME ZONE 'UTC')"
        return f"CAST({value} AS {_POSTGRES_TYPES[kind]})"

    def day_of(self, moment: str) -> str:
        """As the protocol says."""
        shifted = f"(({moment}) AT TIME ZONE 'UTC') + {SHIFT.format(moment)} * INTERVAL '1 second'"
        return f"CAST({shifted} AS DATE)"

    def part(self, name: str, day: str) -> str:
        """As the protocol says."""
        word = {"iso_year": "ISOYEAR", "iso_week": "WEEK", "weekday": "ISODOW"}.get(name, name.upper())
        return f"CAST(EXTRACT({word} FROM {day}) AS INTEGER)"

    def within(self, number: str, low: int, high: int) -> str:
        """As the protocol says."""
        return f"GREATEST({low}, LEAST({high}, {number}))"

    def not_below_zero(self, number: str) -> str:
        """GREATEST would say 0 of NULL."""
        return f"CASE WHEN {number} < 0 THEN 0 ELSE {number} END"

    def share(self, amount: str, by: str, of: int) -> str:
        """As the protocol says."""
        return f"ROUND({amount} * ({by}) / {of}.0, 2)"

    def latest(self, moment: str, *others: str) -> str:
        """As the protocol says."""
        return f"GREATEST({', '.join((moment, *others))})"

    def days_later(self, day: str, days: str) -> str:
        """As the protocol says."""
        return f"({day} + ({days}))"

    def days_between(self, first: str, last: str) -> str:
        """As the protocol says."""
        return f"({last} - {first})"

    def day_from(self, year: str, month: int, day: int) -> str:
        """As the protocol says."""
        return f"make_date({year}, {month}, {day})"

    def padded(self, number: str) -> str:
        """As the protocol says."""
        return f"lpad(CAST({number} AS TEXT), 2, '0')"

    def field(self, column: str, name: str) -> str:
        """As the protocol says."""
        return f"({column} ->> '{name}')"


_POSTGRES_TYPES = {
    Kind.KEY: "BIGINT",
    Kind.TEXT: "TEXT",
    Kind.WHOLE: "INTEGER",
    Kind.PERCENT: "INTEGER",
    Kind.DAY: "DATE",
    Kind.FLAG: "BOOLEAN",
}
DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgres()}
