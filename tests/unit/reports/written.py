"""Numbers as people read them, in French and in English, read back: strictly, so that what is written is tested too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeAlias

from bot.reports.shape import ColumnKind

if TYPE_CHECKING:
    from cards.words import Language

NUMBERS = {"fr": r"-?\d{1,3}(?:\u202f\d{3})*(?:,\d{1,2})?", "en": r"-?\d{1,3}(?:,\d{3})*(?:\.\d{1,2})?"}
UNITS = {
    ColumnKind.COUNT: {"fr": "{}", "en": "{}"},
    ColumnKind.RATIO: {"fr": "{}", "en": "{}"},
    ColumnKind.HOURS: {"fr": "{}\u00a0h", "en": "{}\u00a0h"},
    ColumnKind.PERCENT: {"fr": "{}\u00a0%", "en": "{}%"},
    ColumnKind.DAYS: {"fr": "{}\u00a0j", "en": "{}\u00a0d"},
}
MONEY = {"fr": r"(?P<n>{})\u00a0(?P<c>€|\$|£|[A-Z]{{3}})", "en": r"(?P<c>€|\$|£|[A-Z]{{3}}\u00a0)(?P<n>{})"}
SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
MONTHS = {
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
LONG_MONTHS = {
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
WEEKDAYS = {
    "fr": ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
}
PLACES = {
    ColumnKind.COUNT: Decimal(1),
    ColumnKind.HOURS: Decimal("0.01"),
    ColumnKind.MONEY: Decimal("0.01"),
    ColumnKind.RATIO: Decimal("0.01"),
    ColumnKind.PERCENT: Decimal("0.1"),
    ColumnKind.DAYS: Decimal("0.1"),
}
"""To which place people read each kind."""
EXACT = Decimal("1E-9")


@dataclass(frozen=True, order=True)
class Money:
    """An amount to the cent."""

    value: Decimal
    currency: str


Value: TypeAlias = Decimal | Money | date | str | None


def rounded(kind: ColumnKind, value: Decimal | float) -> Decimal:
    """As people read it: halves away from zero. What a file or a database keeps as a floating number is first made what
    it stands for.
    """
    kept = value if isinstance(value, Decimal | int) else Decimal(repr(value)).quantize(EXACT, ROUND_HALF_UP)
    found = Decimal(kept).quantize(PLACES[kind], ROUND_HALF_UP)
    return found + 0  # no minus before a zero


def number(text: str, language: Language) -> Decimal:
    """A number that stands by itself."""
    assert re.fullmatch(NUMBERS[language.value], text), text
    plain = text.replace("\u202f", "").replace(",", ".") if language.value == "fr" else text.replace(",", "")
    return Decimal(plain)


def cell(kind: ColumnKind, text: str, language: Language) -> Value:
    """What a written cell of that kind says; None where it says that nobody knows."""
    if kind is ColumnKind.TEXT:
        return text
    if text == "–":
        return None
    if kind is ColumnKind.MONEY:
        return money(text, language)
    if kind is ColumnKind.DATE:
        return day(text, language)
    if kind is ColumnKind.MONTH:
        # A group without one has a word instead.
        name, _blank, year = text.rpartition(" ")
        known = LONG_MONTHS[language.value]
        return date(int(year), known.index(name) + 1, 1) if name in known else text
    unit = re.escape(UNITS[kind][language.value]).replace(r"\{\}", f"({NUMBERS[language.value]})")
    found = re.fullmatch(unit, text)
    assert found, text
    return number(found[1], language)


def money(text: str, language: Language) -> Money:
    """An amount with its currency."""
    found = re.fullmatch(MONEY[language.value].format(NUMBERS[language.value]), text)
    assert found, text
    currency = found["c"].strip("\u00a0")
    return Money(number(found["n"], language), SIGNS.get(currency, currency))


def day(text: str, language: Language) -> date:
    """A day with its weekday, which must be true."""
    weekday, number_of, month, year = text.split("\u00a0")
    first = 1 if number_of == "1er" else int(number_of)
    found = date(int(year), MONTHS[language.value].index(month) + 1, first)
    assert WEEKDAYS[language.value][found.weekday()] == weekday, text
    return found
