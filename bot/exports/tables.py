"""What can be exported: each view of the star schema, the entries of hours with names, and each report."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.errors import NotFound
from bot.reports.catalogue import kind_of, reports_of, run
from bot.reports.entries import entry_lines
from bot.reports.hours import ALL_YEARS
from bot.reports.shape import Amount, ColumnKind, ReportQuery
from bot.reports.star_columns import Kind
from bot.reports.star_schema import VIEWS
from bot.reports.wording import heading, value
from cards.words import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.entries import EntryLine
    from bot.reports.shape import By, Cell, Report
    from bot.reports.shape import Column as ReportColumn

Row = tuple[Any, ...]
HOURS = "hours"
REPORT = "report_"
AT_ONCE = 5000
"""Rows fetched at a time."""
ENTRY = (
    ("person", Kind.TEXT),
    ("offer", Kind.TEXT),
    ("title", Kind.TEXT),
    ("outcome", Kind.TEXT),
    ("client", Kind.TEXT),
    ("week", Kind.DAY),
    ("part", Kind.DAY),
    ("hours", Kind.HOURS),
    ("kind", Kind.TEXT),
    ("reason", Kind.TEXT),
)
COST = (("currency", Kind.TEXT), ("cost", Kind.COST))
REPORTED = {
    ColumnKind.TEXT: Kind.TEXT,
    ColumnKind.COUNT: Kind.WHOLE,
    ColumnKind.HOURS: Kind.HOURS,
    ColumnKind.MONEY: Kind.COST,
    ColumnKind.PERCENT: Kind.NUMBER,
    ColumnKind.RATIO: Kind.NUMBER,
    ColumnKind.DAYS: Kind.NUMBER,
    ColumnKind.DATE: Kind.DAY,
    ColumnKind.MONTH: Kind.DAY,
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a column, and what the column holds."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """One table while it is exported: rows come in pieces, each row as wide as ``columns``."""

    name: str
    columns: tuple[Heading, ...]
    pieces: Iterable[Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part is wanted; views are always whole. ``year`` 0: all. ``cost``: the hours with what they cost. ``by``:
    how a report is broken down; None: its first breakdown.
    """

    year: int = ALL_YEARS
    cost: bool = False
    by: By | None = None
    language: Language = Language.EN


@dataclass(frozen=True, slots=True)
class Exportable:
    """Something that can be exported. ``narrowed``: by year; ``cost``: it tells what hours cost, not for everybody."""

    name: str
    meaning: str
    open: Callable[[Session, Asked, Company, datetime], Table]
    narrowed: bool = False
    cost: bool = False
    columns: tuple[Heading, ...] = ()
    """Empty where they depend on what is asked."""


def exportables() -> tuple[Exportable, ...]:
    """Everything there is, in the order in which it is offered."""
    return (
        Exportable(HOURS, "Every entry of hours, with names.", _hours, narrowed=True),
        *map(_of_report, (kind.code for kind in reports_of())),
        *(
            Exportable(view.name, view.meaning, _view(view.name), cost=view.cost, columns=_headings(view.columns))
            for view in VIEWS
        ),
    )


def exportable(name: str) -> Exportable:
    """What has this name. Raises :class:`NotFound`."""
    found = next((one for one in exportables() if one.name == name), None)
    if found is None:
        raise NotFound
    return found


def _headings(columns: Iterable[Any]) -> tuple[Heading, ...]:
    return tuple(Heading(column.name, column.kind) for column in columns)


def _view(name: str) -> Callable[[Session, Asked, Company, datetime], Table]:
    view = next(one for one in VIEWS if one.name == name)

    def read(session: Session, _asked: Asked, _company: Company, _now: datetime) -> Table:
        return Table(name, _headings(view.columns), _streamed(session, view.read()))

    return read


def _hours(session: Session, asked: Asked, company: Company, _now: datetime) -> Table:
    columns = tuple(Heading(name, kind) for name, kind in (*ENTRY, *(COST if asked.cost else ())))
    return Table(HOURS, columns, _entries(session, asked, company.rules.hours.currency))


def _entries(session: Session, asked: Asked, currency: str) -> Iterator[Sequence[Row]]:
    lines = entry_lines(session, asked.year)
    while piece := list(islice(lines, AT_ONCE)):
        yield [(*_entry(line), *((currency, line.cost) if asked.cost else ())) for line in piece]


def _entry(line: EntryLine) -> Row:
    offer = (line.person, line.offer, line.title, line.outcome.value, line.client)
    return (*offer, line.week_on, line.part_on, line.hours, line.kind.value, line.reason)


def _streamed(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Iterator[Sequence[Row]]:
    """With a cursor of the server, so that no side holds all rows."""
    found = session.execute(statement, execution_options={"yield_per": AT_ONCE})
    for piece in found.partitions():
        yield [tuple(row) for row in piece]


def _of_report(code: str) -> Exportable:
    kind = kind_of(code)

    def read(session: Session, asked: Asked, company: Company, now: datetime) -> Table:
        query = ReportQuery(year=asked.year, by=asked.by)
        return of_report(run(session, kind, query, company, now), asked.language)

    return Exportable(f"{REPORT}{code}", f"The report `{code}`, as its card shows it.", read, narrowed=True, cost=True)


def of_report(report: Report, language: Language) -> Table:
    """A report as a table: the same rows and numbers; the currency of its amounts is a column. Totals are left to
    whoever adds up.
    """
    money = [place for place, column in enumerate(report.columns) if column.kind is ColumnKind.MONEY]
    columns = [Heading(heading(column, language), REPORTED[column.kind]) for column in report.columns]
    if money:
        columns.append(Heading("currency", Kind.TEXT))
    rows = [_cells(row, report.columns, money, language) for row in report.rows]
    return Table(f"{REPORT}{report.code}", tuple(columns), [rows])


def _cells(row: tuple[Cell, ...], columns: tuple[ReportColumn, ...], money: list[int], language: Language) -> Row:
    said = tuple(value(cell, language) for cell in row)
    said = tuple(
        "" if one is None and column.kind is ColumnKind.TEXT else one for one, column in zip(said, columns, strict=True)
    )
    if not money:
        return said
    currencies = sorted({cell.currency for cell in (row[place] for place in money) if isinstance(cell, Amount)})
    return (*said, " ".join(currencies) or None)
