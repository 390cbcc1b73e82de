"""The places that tell a report: the card, the page of the tab and the workbook, each read back into plain values."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook

from bot.reports.shape import Column, ColumnKind
from bot.reports.wording import heading
from cards.texts import texts
from tests.unit.reports.written import Money, Value, cell, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cards.words import Language

Line = dict[str, Value]
"""A row by the codes of its columns; what has no number is a text."""
Bars = list[tuple[str, dict[str, Decimal]]]
"""Labels with a number for each series."""
NOTES = ("without_amount", "without_probability", "without_worth", "without_publication", "left_out")
IN_HEADING = re.compile(r"(.*) \(([A-Z]{3})\)")


@dataclass
class Told:
    """What one place tells."""

    rows: list[Line] = field(default_factory=list)
    totals: list[Line] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    bars: Bars = field(default_factory=list)


def note_of(text: str, language: Language) -> tuple[str, int]:
    """Which note it is, and its number."""
    found = re.match(r"\d+", text)
    assert found, text
    count = int(found[0])
    codes = [one for one in NOTES if texts(language).n(f"reports.{one}", count) == text]
    assert len(codes) == 1, text
    return codes[0], count


# The workbook


def from_file(content: bytes, columns: Sequence[Column], language: Language) -> Told:
    """The rows, the totals below them, and what its chart is drawn from. Its numbers are typed: a text is none."""
    book = load_workbook(io.BytesIO(content))
    head, *lines = list(book.worksheets[0].iter_rows(values_only=True))
    currencies = [_column_currency(said, column, language) for said, column in zip(head, columns, strict=True)]
    made = [
        {
            column.code: _typed(column, kept, currency or _currency_of(line, columns))
            for column, kept, currency in zip(columns, line, currencies, strict=True)
        }
        for line in lines
    ]
    total = texts(language)("reports.total")
    below = next((place for place, line in enumerate(lines) if line[0] == total), len(lines))
    return Told(made[:below], made[below:], bars=_file_bars(book))


def _column_currency(said: object, column: Column, language: Language) -> str:
    """Which currency the heading names, empty without one; the heading must be the column's."""
    found = IN_HEADING.fullmatch(str(said)) if column.kind is ColumnKind.MONEY else None
    assert (found[1] if found else said) == heading(column, language)
    return found[2] if found else ""


def _currency_of(line: Sequence[object], columns: Sequence[Column]) -> str:
    return next((str(kept) for column, kept in zip(columns, line, strict=True) if column.code == "currency"), "")


def _typed(column: Column, kept: Any, currency: str) -> Value:  # noqa: ANN401  whatever stands in a cell
    if column.kind is ColumnKind.TEXT:
        assert isinstance(kept, str | None)
        return kept or ""
    if isinstance(kept, datetime):
        assert column.kind in {ColumnKind.DATE, ColumnKind.MONTH}
        return kept.date()
    if kept is None or (isinstance(kept, str) and column.kind is ColumnKind.MONTH):
        return kept
    assert isinstance(kept, int | float), (column, kept)
    if column.kind is ColumnKind.MONEY:
        return Money(rounded(column.kind, kept), currency)
    return rounded(column.kind, kept * 100 if column.kind is ColumnKind.PERCENT else kept)


def _file_bars(book: Any) -> Bars:  # noqa: ANN401  openpyxl's
    if len(book.worksheets) == 1:
        return []
    head, *lines = list(book.worksheets[1].iter_rows(values_only=True))
    assert len(book.worksheets[0]._charts + book.worksheets[1]._charts) <= 1
    return [
        (line[0] or "", {str(name): _hundredths(value) for name, value in zip(head[1:], line[1:], strict=True)})
        for line in lines
    ]


def _hundredths(value: float) -> Decimal:
    return rounded(ColumnKind.RATIO, value)


# The page of the tab


class _Page(HTMLParser):
    """The table with its head and foot, the quiet lines, and the numbers of the chart."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, list[list[str]]] = {"thead": [], "tbody": [], "tfoot": []}
        self.quiet: list[str] = []
        self.chart: dict[str, Any] | None = None
        self._part, self._into = "", list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self.parts:
            self._part = tag
        elif tag == "tr":
            self.parts[self._part].append([])
        elif tag in {"td", "th"}:
            self._into = self.parts[self._part][-1]
            self._into.append("")
        elif tag == "p" and given.get("class") == "quiet":
            self._into = self.quiet
            self._into.append("")
        elif tag == "canvas":
            self.chart = json.loads(given["data-chart"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "p"}:
            self._into = []

    def handle_data(self, data: str) -> None:
        if self._into:
            self._into[-1] += data


def from_page(html: str, columns: Sequence[Column], language: Language) -> Told:
    """One page of the rows, the totals, the notes and what its chart draws."""
    page = _Page()
    page.feed(html)
    if not page.parts["tbody"]:
        return Told()
    assert page.parts["thead"] == [[heading(column, language) for column in columns]]
    told = Told(notes=dict(note_of(text, language) for text in page.quiet))
    for lines, name in ((told.rows, "tbody"), (told.totals, "tfoot")):
        for row in page.parts[name]:
            said = zip(columns, row, strict=True)
            lines.append({column.code: cell(column.kind, text, language) for column, text in said})
    chart = page.chart
    if chart is not None:
        told.bars = [
            (label, {one["name"]: _hundredths(one["values"][place]) for one in chart["series"]})
            for place, label in enumerate(chart["labels"])
        ]
    return told


# The card


@dataclass
class Card:
    """A card read back. ``facts``: title and text; ``head``: the headings of the table; ``rows``: its texts; ``above``
    and ``lines``: the quiet ones above and below it; ``bands``: sentences that stand out; ``groups``: blocks of lines.
    """

    facts: list[tuple[str, str]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    chart: dict[str, Any] | None = None
    title: str = ""
    bands: list[list[str]] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)


def read_card(card: dict[str, Any]) -> Card:
    """What Teams shows of it, as a reader sees it: without the signs that keep Markdown away."""
    found = Card()
    for part in card["body"]:
        kind = part["type"]
        if kind == "FactSet":
            found.facts = [(seen(one["title"]), seen(one["value"])) for one in part["facts"]]
        elif kind.startswith("Chart."):
            found.chart = part
        elif kind == "ColumnSet":
            said = [text for column in part["columns"] for text in all_texts(column)]
            if found.head:
                found.rows.append(said)
            else:
                found.head = said
        elif kind == "Container":
            (found.groups if part.get("separator") else found.bands).append(list(all_texts(part)))
        elif kind == "TextBlock" and part.get("style") == "heading":
            found.title = seen(part["text"])
        elif kind == "TextBlock" and part.get("size") == "small":
            (found.lines if found.head else found.above).append(seen(part["text"]))
    return found


def all_texts(part: Any) -> Iterator[str]:  # noqa: ANN401  JSON
    """Every text in a part, in its order."""
    if isinstance(part, list):
        for one in part:
            yield from all_texts(one)
    elif isinstance(part, dict):
        if part.get("type") == "TextBlock":
            yield seen(part["text"])
        for name in ("columns", "items"):
            yield from all_texts(part.get(name, []))


def seen(markdown: str) -> str:
    """What a reader sees of it."""
    return re.sub(r"\\(.)", r"\1", markdown.replace("\u2060", ""))


def card_bars(chart: dict[str, Any]) -> Bars:
    """The numbers that the client draws."""
    kind = chart["type"]
    if kind.endswith("Stacked"):
        return [
            (row["title"], {one["legend"]: _hundredths(one["value"]) for one in row["data"]}) for row in chart["data"]
        ]
    if kind.endswith("Grouped"):
        count = len(chart["data"][0]["values"])
        return [
            (
                chart["data"][0]["values"][place]["x"],
                {one["legend"]: _hundredths(one["values"][place]["y"]) for one in chart["data"]},
            )
            for place in range(count)
        ]
    return [(bar["x"], {"": _hundredths(bar["y"])}) for bar in chart["data"]]


def fallback_bars(chart: dict[str, Any], kind: ColumnKind, language: Language) -> list[tuple[str, list[Decimal]]]:
    """The numbers of the table that stands in for the drawing."""
    facts = chart["fallback"]["items"][1]["facts"]
    named = not chart["type"].endswith("Bar")
    return [
        (seen(one["title"]), [_of_bar(text, kind, language, named=named) for text in one["value"].split(" · ")])
        for one in facts
    ]


def _of_bar(text: str, kind: ColumnKind, language: Language, *, named: bool) -> Decimal:
    said = text.rpartition(" ")[2] if named else text
    # What a chart says of days has no unit: its title has.
    found = cell(ColumnKind.RATIO if kind is ColumnKind.DAYS else kind, said, language)
    if isinstance(found, Money):
        return found.value
    assert isinstance(found, Decimal)
    return found


def day_of(value: Value) -> date:
    """A value that must be a day."""
    assert isinstance(value, date)
    return value
