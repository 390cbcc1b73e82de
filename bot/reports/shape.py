"""What a report is, whoever shows it: columns that say what they hold, rows, totals, and what a chart of it draws.

No words here: titles and headings are text keys, closed lists are :class:`Term`, what a company configures a ``Label``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from bot.config.models import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL_YEARS = 0
DECEMBER = 12


class ColumnKind(StrEnum):
    """What stands in the cells of a column; every kind but ``TEXT`` may also be None: unknown, or not defined."""

    TEXT = "text"
    """``str`` (raw), :class:`Term` or ``Label``."""
    COUNT = "count"
    """``int``."""
    HOURS = "hours"
    """``Decimal``, exact."""
    MONEY = "money"
    """:class:`Amount`."""
    PERCENT = "percent"
    """``Decimal`` from 0 to 100, unrounded; more than 100 where a plan was exceeded."""
    RATIO = "ratio"
    """``Decimal``, unrounded."""
    DAYS = "days"
    """``Decimal``, unrounded."""
    DATE = "date"
    """``date``."""
    MONTH = "month"
    """``date``: the first day of the month."""


class By(StrEnum):
    """What a report can be broken down by."""

    MONTH = "month"
    STAGE = "stage"
    SALES_LEAD = "sales_lead"
    CLIENT = "client"
    ENTITY = "entity"
    CATEGORY = "category"
    PERSON = "person"
    YEAR = "year"
    OUTCOME = "outcome"
    ORIGIN = "origin"
    CAMPAIGN = "campaign"
    OFFER = "offer"


class Filter(StrEnum):
    """What a report can be narrowed to: the fields of :class:`ReportQuery`."""

    YEAR = "year"
    CLIENT = "client"
    SALES_LEAD = "sales_lead"
    CATEGORY = "category"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is asked for. ``year`` 0: all; which day of an offer counts is said by each report. ``month``: 1 to 12, of
    that year; 0: all of it. ``client``: an id, with everything below it. ``sales_lead``: the id of a person who owns
    offers. ``category``: a value of the first axis. ``person``: an id; of hours whose they are, of offers who owns them
    or was ever on their team. ``by``: a breakdown; None: the report's first one.
    """

    year: int = ALL_YEARS
    client: int | None = None
    sales_lead: int | None = None
    category: str | None = None
    person: int | None = None
    by: By | None = None
    month: int = 0

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day of the year or the month; None for all years."""
        if not self.year:
            return None
        after = date(self.year + 1, 1, 1)
        if 0 < self.month < DECEMBER:
            after = date(self.year, self.month + 1, 1)
        return date(self.year, self.month or 1, 1), after - timedelta(days=1)


EVERYTHING = ReportQuery()


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a closed list, by its text key."""

    key: str


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in one currency (ISO 4217 code), exact."""

    value: Decimal
    currency: str


Text: TypeAlias = str | Term | Label
Cell: TypeAlias = Text | int | Decimal | Amount | date | None
Row: TypeAlias = tuple[Cell, ...]
TOTAL = Term("reports.total")


@dataclass(frozen=True, slots=True)
class Column:
    """``title`` is a text key; ``figure`` the code of the definition in :mod:`bot.reports.figures` that its numbers
    have, empty for what only names or orders.
    """

    code: str
    kind: ColumnKind
    title: str
    figure: str = ""


class ChartForm(StrEnum):
    """How a chart is drawn."""

    BARS = "bars"
    """Lying, one per row."""
    STACKED = "stacked"
    """Lying, one per row, made of several values."""
    COLUMNS = "columns"
    """Upright, one per row."""
    GROUPED = "grouped"
    """Upright, several side by side per row."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn of the rows: ``values`` are codes of columns of one kind, ``label`` the code of the naming one,
    ``otherwise`` of the one that names a row without a label. ``currency``: only rows with amounts in it are drawn,
    empty where the values are no money.
    """

    form: ChartForm
    title: str
    label: str
    values: tuple[str, ...]
    currency: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One value of each row that is drawn, in the order of the rows; ``name`` is a text key."""

    name: str
    kind: ColumnKind
    points: tuple[tuple[Cell, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know beside the figures: a text key and how many it is about."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """One answer. Amounts of different currencies never stand in one sum: there is a row for each, and a total for
    each; the first of several totals then counts what needs no currency over all.
    """

    code: str
    title: str
    query: ReportQuery
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[Row, ...] = ()
    chart: Chart | None = None
    notes: tuple[Note, ...] = ()

    def place(self, code: str) -> int:
        """Where a column stands. Raises ``KeyError``."""
        return {column.code: place for place, column in enumerate(self.columns)}[code]

    def _label(self, row: Row, chart: Chart) -> Cell:
        return row[self.place(chart.label)] or (row[self.place(chart.otherwise)] if chart.otherwise else "")

    def drawn(self) -> tuple[Series, ...]:
        """What the chart draws; nothing without one, without rows, or where all would be empty."""
        chart = self.chart
        if chart is None:
            return ()
        places = [self.place(code) for code in chart.values]
        rows = [row for row in self.rows if not chart.currency or chart.currency in _currencies(row, places)]
        labels = [self._label(row, chart) for row in rows]
        known = {one for row in self.rows for one in _currencies(row, range(len(self.columns)))}
        in_currencies = not chart.currency and len(known) > 1
        found = []
        for place in places:
            points = tuple((label, _number(row[place])) for label, row in zip(labels, rows, strict=True))
            column = self.columns[place]
            found.append(Series(column.title, column.kind, _together(points) if in_currencies else points))
        return tuple(found) if any(value > 0 for series in found for _name, value in series.points) else ()


def _together(points: tuple[tuple[Cell, Decimal], ...]) -> tuple[tuple[Cell, Decimal], ...]:
    """What needs no currency is one point, although it has a row for each, not always side by side."""
    found: dict[Cell, Decimal] = {}
    for label, value in points:
        found[label] = found.get(label, Decimal()) + value
    return tuple(found.items())


def _currencies(row: Row, places: Iterable[int]) -> set[str]:
    return {cell.currency for cell in (row[place] for place in places) if isinstance(cell, Amount)}


def _number(cell: Cell) -> Decimal:
    if isinstance(cell, Amount):
        return cell.value
    return Decimal(cell) if isinstance(cell, int | Decimal) else Decimal()
