"""Any report as a workbook: typed cells, totals, a filter, and its chart as the spreadsheet program draws it."""

from __future__ import annotations

import io
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from bot.reports.shape import Amount, ChartForm, ColumnKind, Report
from bot.reports.wording import heading, value
from cards.escape import plain
from cards.texts import texts
from cards.words import Language

if TYPE_CHECKING:
    from bot.reports.shape import Cell, Chart, Column, Row

TEXT_LIMIT = 32_000
"""A cell holds 32,767 characters."""
SHEET_LIMIT = 31
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
WIDE, NARROW = 34, 15
EXACT = Decimal("1E-9")
"""Fine enough that a quotient, rounded by a spreadsheet program, reads as on the card; coarse enough to be neat."""
DRAWN = 30
"""Rows of a chart; more cannot be told apart."""
FORMATS = {
    ColumnKind.COUNT: "#,##0",
    ColumnKind.HOURS: "#,##0.00",
    ColumnKind.MONEY: "#,##0.00",
    ColumnKind.PERCENT: "0.0%",
    ColumnKind.RATIO: "0.00",
    ColumnKind.DAYS: "#,##0.0",
    ColumnKind.DATE: "yyyy-mm-dd",
    ColumnKind.MONTH: "yyyy-mm",
}
CHARTS = {
    ChartForm.BARS: {"type": "bar"},
    ChartForm.STACKED: {"type": "bar", "subtype": "stacked"},
    ChartForm.COLUMNS: {"type": "column"},
    ChartForm.GROUPED: {"type": "column"},
}


def report_workbook(report: Report, language: str) -> bytes:
    """An XLSX file in ``fr`` or ``en``; no text becomes a formula. Percentages are shares, so that they can be counted
    with; the currency of amounts stands in the row, or in the heading where all have the same.
    """
    # Only who asks for a workbook waits for its library.
    import xlsxwriter  # noqa: PLC0415

    said, file = Language(language), io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(_sheet_name(texts(said)(report.title)))
    formats = [_format(book, column.kind) for column in report.columns]
    bold = [_format(book, column.kind, bold=True) for column in report.columns]
    for place, column in enumerate(report.columns):
        sheet.set_column(place, place, WIDE if column.kind is ColumnKind.TEXT else NARROW)
        sheet.write_string(0, place, _heading(report, column, place, said), book.add_format({"bold": True}))
    for number, row in enumerate(report.rows, start=1):
        _write(sheet, number, row, report, formats, said)
    for number, row in enumerate(report.totals, start=len(report.rows) + 1):
        _write(sheet, number, row, report, bold, said)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(report.rows), len(report.columns) - 1)
    if report.chart is not None and report.drawn():
        _draw(book, report, report.chart, said)
    book.close()
    return file.getvalue()


def _sheet_name(title: str) -> str:
    """Without what spreadsheet programs refuse in the name of a sheet."""
    return plain(NOT_IN_NAMES.sub("-", title), SHEET_LIMIT)


def _format(book: Any, kind: ColumnKind, *, bold: bool = False) -> Any:  # noqa: ANN401  xlsxwriter's
    said = {"num_format": FORMATS[kind]} if kind in FORMATS else {}
    return book.add_format({**said, "bold": bold})


def _heading(report: Report, column: Column, place: int, language: Language) -> str:
    said = heading(column, language)
    found = {row[place] for row in (*report.rows, *report.totals)}
    currencies = {cell.currency for cell in found if isinstance(cell, Amount)}
    return f"{said} ({currencies.pop()})" if len(currencies) == 1 else said


def _write(
    sheet: Any,  # noqa: ANN401  xlsxwriter's
    number: int,
    row: Row,
    report: Report,
    formats: list[Any],
    language: Language,
) -> None:
    for place, (column, cell) in enumerate(zip(report.columns, row, strict=True)):
        kept = value(cell, language)
        if kept is None:
            continue
        if isinstance(kept, str):
            sheet.write_string(number, place, plain(kept, TEXT_LIMIT), formats[place])
        elif isinstance(kept, int | Decimal):
            sheet.write_number(number, place, _number(column.kind, kept), formats[place])
        else:
            sheet.write_datetime(number, place, kept, formats[place])


def _number(kind: ColumnKind, kept: int | Decimal) -> float | int:
    if isinstance(kept, int):
        return kept
    share = kept / 100 if kind is ColumnKind.PERCENT else kept
    return float(share.quantize(EXACT, ROUND_HALF_UP))


def _draw(book: Any, report: Report, chart: Chart, language: Language) -> None:  # noqa: ANN401  xlsxwriter's
    """A sheet of its own with what the card draws, so that filtering the rows leaves it alone."""
    drawn = report.drawn()
    t = texts(language)
    sheet = book.add_worksheet(_sheet_name(t("reports.sheet_chart")))
    made = book.add_chart(CHARTS[chart.form])
    label = report.columns[report.place(chart.label)]
    points = drawn[0].points[:DRAWN]
    sheet.write_string(0, 0, heading(label, language))
    for number, (name, _value) in enumerate(points, start=1):
        sheet.write_string(number, 0, _label(label, name, language))
    for place, series in enumerate(drawn, start=1):
        sheet.write_string(0, place, t(series.name))
        for number, (_name, amount) in enumerate(series.points[:DRAWN], start=1):
            sheet.write_number(number, place, float(amount))
        made.add_series(
            {
                "name": [sheet.name, 0, place],
                "categories": [sheet.name, 1, 0, len(points), 0],
                "values": [sheet.name, 1, place, len(points), place],
            }
        )
    made.set_title({"name": t(chart.title)})
    if chart.form in {ChartForm.BARS, ChartForm.STACKED}:
        made.set_y_axis({"reverse": True})
    made.set_size({"width": 760, "height": 420})
    sheet.insert_chart(1, len(drawn) + 2, made)


def _label(column: Column, cell: Cell, language: Language) -> str:
    kept = value(cell, language)
    if column.kind is ColumnKind.MONTH and kept is not None and not isinstance(kept, str | int | Decimal):
        return f"{kept:%Y-%m}"
    return plain(str(kept or ""), TEXT_LIMIT)
