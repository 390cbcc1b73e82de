"""CSV that both machines and spreadsheet programs read: commas, a point in decimals, ISO days, UTC times with ``Z``."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from bot.reports.star_columns import PLACES, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.exports.tables import Heading, Table

MARK = b"\xef\xbb\xbf"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What makes spreadsheet programs calculate when a text begins with it."""


def write_csv(table: Table, file: IO[bytes], told: Callable[[int], None], *, marked: bool = False) -> int:
    """Write a table; a text that a spreadsheet program would calculate gets an apostrophe in front. Returns how many
    rows there were.
    """
    if marked:
        file.write(MARK)
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=False)
    # With both of its characters at the end of a line, either within a cell gets quotes.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(column.name) for column in table.columns])
    says = [_word_of(column) for column in table.columns]
    written = 0
    for piece in table.pieces:
        writer.writerows([[say(cell) for say, cell in zip(says, row, strict=True)] for row in piece])
        written += len(piece)
        told(written)
    text.flush()
    # The file is the caller's to close.
    text.detach()
    return written


def harmless(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _word_of(column: Heading) -> Callable[[Any], str]:
    if column.kind in PLACES or column.kind is Kind.NUMBER:
        return _number
    return _WORDS.get(column.kind, _text)


def _text(value: str | None) -> str:
    return "" if value is None else harmless(value)


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _number(value: Decimal | None) -> str:
    """``7.5``, ``85``, never ``8.5E+1``."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{value.isoformat()}Z"


def _flag(value: bool | None) -> str:  # noqa: FBT001  a cell
    return "" if value is None else "true" if value else "false"


_WORDS: dict[Kind, Callable[[Any], str]] = {
    Kind.KEY: _whole,
    Kind.WHOLE: _whole,
    Kind.PERCENT: _whole,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.FLAG: _flag,
}
