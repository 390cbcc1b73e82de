"""A workbook written row by row: typed cells, a fixed heading with a filter, totals that follow the filter, a chart."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bot.reports.star_columns import PLACES, Kind
from cards.escape import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.exports.tables import Heading, Table

MOST_ROWS = 1_000_000
"""Of a sheet, which holds 1,048,576; more rows go on in the next sheet."""
TEXT_LIMIT = 32_000
"""A cell holds 32,767 characters."""
WIDE, NARROW = 34, 14
BARS = 36
"""Most groups of the chart: the newest, or the largest."""
MOST_GROUPS = 10_000
"""More are not counted: nobody could see them, and memory is bounded."""
ADDED = frozenset({Kind.HOURS, Kind.MONEY, Kind.COST})
FORMATS = {
    Kind.HOURS: "#,##0.00",
    Kind.MONEY: "#,##0.00",
    Kind.COST: "#,##0.00",
    Kind.NUMBER: "#,##0.00",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm:ss",
}
CURRENCY = "currency"


@dataclass(slots=True)
class _Sums:
    """What is added up on the way: each column for the totals, one of them by group for the chart."""

    columns: tuple[Heading, ...]
    currencies: set[str | None] = field(default_factory=set)
    totals: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    groups: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    added: tuple[int, ...] = field(init=False)
    currency: int | None = field(init=False)
    label: int | None = field(init=False)

    def __post_init__(self) -> None:
        places = list(enumerate(self.columns))
        self.added = tuple(place for place, one in places if one.kind in ADDED and one.name != "hourly_rate")
        self.currency = next((place for place, one in places if one.name == CURRENCY), None)
        days = (place for place, one in places if one.kind is Kind.DAY)
        words = (place for place, one in places if one.kind is Kind.TEXT and one.name != CURRENCY)
        self.label = next(days, next(words, None))

    @property
    def drawn(self) -> int | None:
        """The column that the chart adds up; None: it counts rows."""
        return self.added[0] if self.added else None

    @property
    def is_money(self) -> bool:
        return self.drawn is not None and self.columns[self.drawn].kind is not Kind.HOURS

    def add(self, row: Sequence[Any]) -> None:
        for place in self.added:
            if (value := row[place]) is not None:
                self.totals[place] += value
        currency = row[self.currency] if self.currency is not None else None
        if currency is not None:
            self.currencies.add(currency)
        if self.label is None or (cell := row[self.label]) is None:
            return
        name = f"{cell:%Y-%m}" if isinstance(cell, date) else str(cell)
        name = f"{name} {currency}" if self.is_money and currency else name
        if name in self.groups or len(self.groups) < MOST_GROUPS:
            self.groups[name] += 1 if self.drawn is None else row[self.drawn] or 0

    def total(self, place: int) -> Decimal | None:
        """The sum of a column; None where it would add up different currencies, or nothing that can be added."""
        if place not in self.added or (self.columns[place].kind is not Kind.HOURS and len(self.currencies) > 1):
            return None
        return self.totals[place]

    def bars(self) -> list[tuple[str, Decimal]]:
        """What the chart draws: the newest months, or the largest groups."""
        if self.label is not None and self.columns[self.label].kind is Kind.DAY:
            return sorted(self.groups.items())[-BARS:]
        return sorted(self.groups.items(), key=lambda one: (-one[1], one[0]))[:BARS]


def write_workbook(table: Table, file: IO[bytes], told: Callable[[int], None]) -> int:
    """Write a table; returns how many rows there were. No text becomes a formula. What is written waits on the disk,
    never in memory.
    """
    with tempfile.TemporaryDirectory(prefix="offerdesk-") as folder:
        path = Path(folder) / "table.xlsx"
        written = _Book(table, path, folder).write(told)
        with path.open("rb") as done:
            shutil.copyfileobj(done, file)
    return written


class _Book:
    """One workbook being written."""

    def __init__(self, table: Table, path: Path, folder: str) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415  only who asks for a workbook waits for its library

        self._table = table
        self._book: Any = Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        self._bold = self._book.add_format({"bold": True})
        self._formats = {kind: self._book.add_format({"num_format": text}) for kind, text in FORMATS.items()}
        self._totals = {
            kind: self._book.add_format({"num_format": FORMATS[kind], "bold": True, "top": 1}) for kind in ADDED
        }
        self._sums = _Sums(table.columns)
        self._sheets = 0

    def write(self, told: Callable[[int], None]) -> int:
        sheet, at, written = self._sheet(), 0, 0
        cells = [self._cell(column.kind) for column in self._table.columns]
        for piece in self._table.pieces:
            for row in piece:
                if at == MOST_ROWS:
                    self._end(sheet, at)
                    sheet, at = self._sheet(), 0
                at += 1
                for place, write in enumerate(cells):
                    if (value := row[place]) is not None:
                        write(sheet, at, place, value)
                self._sums.add(row)
            written += len(piece)
            told(written)
        self._end(sheet, at, last=True)
        self._chart()
        self._book.close()
        return written

    def _sheet(self) -> Any:  # noqa: ANN401  the library's sheet
        """A sheet with its heading: what is fixed must be said before the first row."""
        self._sheets += 1
        sheet = self._book.add_worksheet("Data" if self._sheets == 1 else f"Data {self._sheets}")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._table.columns):
            sheet.set_column(place, place, WIDE if column.kind is Kind.TEXT else NARROW)
        for place, column in enumerate(self._table.columns):
            sheet.write_string(0, place, _text(column.name), self._bold)
        return sheet

    def _cell(self, kind: Kind) -> Callable[[Any, int, int, Any], object]:
        """What writes a cell of this kind."""
        form = self._formats.get(kind)
        if kind is Kind.TEXT:
            return lambda sheet, row, place, value: sheet.write_string(row, place, _text(value))
        if kind is Kind.FLAG:
            return lambda sheet, row, place, value: sheet.write_boolean(row, place, value)
        if kind in {Kind.DAY, Kind.MOMENT}:
            return lambda sheet, row, place, value: sheet.write_datetime(row, place, value, form)
        if kind in PLACES or kind is Kind.NUMBER:
            return lambda sheet, row, place, value: sheet.write_number(row, place, float(value), form)
        return lambda sheet, row, place, value: sheet.write_number(row, place, value)

    def _end(self, sheet: Any, rows: int, *, last: bool = False) -> None:  # noqa: ANN401  the library's sheet
        """The filter over the rows and, under the last ones, sums of what the filter shows."""
        from xlsxwriter.utility import xl_range  # noqa: PLC0415

        sheet.autofilter(0, 0, rows, len(self._table.columns) - 1)
        if not last or rows == 0 or self._sheets > 1:
            return
        for place, column in enumerate(self._table.columns):
            total = self._sums.total(place)
            if total is not None:
                summed = f"=SUBTOTAL(109,{xl_range(1, place, rows, place)})"
                sheet.write_formula(rows + 2, place, summed, self._totals[column.kind], float(total))

    def _chart(self) -> None:
        """A sheet with the chart, and the table behind it."""
        sums, bars = self._sums, self._sums.bars()
        if not bars or sums.label is None:
            return
        drawn = "rows" if sums.drawn is None else sums.columns[sums.drawn].name
        behind = self._book.add_worksheet("Chart data")
        behind.set_column(0, 0, WIDE)
        behind.write_string(0, 0, _text(sums.columns[sums.label].name), self._bold)
        behind.write_string(0, 1, _text(drawn), self._bold)
        for row, (name, value) in enumerate(bars, start=1):
            behind.write_string(row, 0, _text(name))
            behind.write_number(row, 1, float(value), self._formats[Kind.NUMBER])
        chart = self._book.add_chart({"type": "column" if sums.columns[sums.label].kind is Kind.DAY else "bar"})
        places = {"categories": ["Chart data", 1, 0, len(bars), 0], "values": ["Chart data", 1, 1, len(bars), 1]}
        chart.add_series({"name": _text(drawn), **places})
        chart.set_title({"name": _text(self._table.name)})
        chart.set_legend({"none": True})
        self._book.add_chartsheet("Chart").set_chart(chart)


def _text(value: str) -> str:
    """What a cell can hold."""
    return value if len(value) < TEXT_LIMIT and value.isprintable() else plain(value, TEXT_LIMIT)
