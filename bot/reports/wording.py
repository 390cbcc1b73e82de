"""A report in somebody's language: what its titles, headings and cells say."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from bot.config.models import Label
from bot.reports.shape import Amount, Column, ColumnKind, Term
from cards.formats import day, hours, money, month, number, to_cent
from cards.texts import texts
from cards.views.reader import Money, Reader

if TYPE_CHECKING:
    from bot.reports.shape import Cell
    from cards.words import Language

UNKNOWN = "–"
TENTH = Decimal("0.1")


def heading(column: Column, language: Language) -> str:
    """What stands above a column."""
    return texts(language)(column.title)


def value(cell: Cell, language: Language) -> str | int | Decimal | date | None:
    """A cell as a file keeps it: words in the language (raw, not escaped), numbers and days as they are, of an amount
    its number.
    """
    if isinstance(cell, Term):
        return texts(language)(cell.key)
    if isinstance(cell, Label):
        return cell.of(language.value)
    return cell.value if isinstance(cell, Amount) else cell


def shown(column: Column, cell: Cell, reader: Reader) -> str:
    """A cell as people read it, with its unit; texts are raw."""
    said = value(cell, reader.language)
    if said is None:
        return UNKNOWN
    if isinstance(cell, Amount):
        return money(Money(to_cent(cell.value), cell.currency), reader.language)
    if isinstance(said, date):
        if column.kind is ColumnKind.MONTH:
            return f"{month(said.month, reader.language)} {said.year}"
        return day(said, reader)
    return said if isinstance(said, str) else _number(column.kind, said, reader)


def _number(kind: ColumnKind, said: int | Decimal, reader: Reader) -> str:
    language, t = reader.language, texts(reader.language)
    if kind is ColumnKind.HOURS:
        return hours(Decimal(said), language)
    if kind is ColumnKind.PERCENT:
        return t("reports.percent", number=number(rounded(said), language))
    if kind is ColumnKind.DAYS:
        return t("reports.days", number=number(rounded(said), language))
    return number(said, language)


def rounded(said: int | Decimal) -> Decimal:
    """To a tenth, halves away from zero."""
    return Decimal(said).quantize(TENTH, ROUND_HALF_UP)
