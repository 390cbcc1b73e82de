"""The fields of a dialog, declared once: what may be typed, and how it is read. Pure; people and clients are looked
up by ``records.service``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.records.amounts import parse_amount
from bot.records.wording import seen, weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Days outside are slips of the finger, and time zones cannot be applied at the ends of the calendar."""
LARGEST_AMOUNT = Decimal("9999999999999.99")
LARGEST_WHOLE = 100_000
HUNDRED = 100
MOST_HOURS = 20_000
QUARTERS_PER_HOUR = 4
LINK_LIMIT = 2000
ID_DIGITS = 9
BYTES_PER_CHARACTER, SOME_BYTES = 1.2, 600
"""Room for accents and line breaks in a text as long as its limit, and for any script in a short one."""

_TIME = re.compile(r"([01]?\d|2[0-3])[:hH]([0-5]\d)")
_CURRENCY = re.compile(r"[A-Z]{3}")

Problem = tuple[str, dict[str, Any]]
Problems = dict[str, Problem]


class FieldKind(StrEnum):
    """What a field holds: as typed text -> as stored."""

    WORDS = "words"
    """One line -> str."""
    LINES = "lines"
    """Several lines -> str."""
    AMOUNT = "amount"
    """``125 000,50`` -> Decimal with two places."""
    PERCENT = "percent"
    """``0`` to ``100`` -> int."""
    WHOLE = "whole"
    """A whole number, 0 to 100 000 -> int."""
    HOURS = "hours"
    """``120`` or ``7,5``, by quarters of an hour -> Decimal with two places."""
    DAY = "day"
    """``2026-12-04`` -> date."""
    TIME = "time"
    """``14:30`` -> str."""
    CHOICE = "choice"
    """A code out of ``choices`` -> str, or the member of ``enum``."""
    YES_NO = "yes_no"
    """``true``/``false`` -> bool."""
    LINK = "link"
    """An https address -> str."""
    CURRENCY = "currency"
    """``EUR`` -> str, three capitals."""
    PERSON = "person"
    """An Entra object id -> the person's id (int)."""
    CLIENT = "client"
    CONTACT = "contact"
    OFFER = "offer"
    """A row's id as text -> int."""


REFERENCES = frozenset({FieldKind.PERSON, FieldKind.CLIENT, FieldKind.CONTACT, FieldKind.OFFER})
"""Kinds whose value names a row; ``records.service`` looks it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field. ``name`` is the input's id on the form and the attribute of the record.

    ``choices`` are the codes a CHOICE offers; with ``enum`` they are its values. ``signed``: an amount may be negative.
    ``after``: the name of a day field that must not be later. ``default`` is what an empty new form shows.
    ``choice_labels``: finished labels by code for choices that a company configures; others get a text key.
    ``label``: the finished label of a field that a company configures.
    """

    name: str
    kind: FieldKind = FieldKind.WORDS
    required: bool = False
    limit: int = 200
    enum: type[StrEnum] | None = None
    choices: tuple[str, ...] = ()
    choice_labels: tuple[tuple[str, str], ...] = ()
    signed: bool = False
    after: str = ""
    default: str = ""
    label: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that may be chosen."""
        return self.choices or tuple(code for code, _ in self.choice_labels) or tuple(self.enum or ())


def parse(spec: FieldSpec, typed: str) -> tuple[Any, Problem | None]:
    """What was typed as a value (None: left empty), or the problem to show at the field.

    References come back as their text; whether the row exists is not known here.
    """
    text = _clean(spec, typed)
    if not text:
        if spec.kind is FieldKind.YES_NO:
            return False, None
        return None, ("errors.required", {}) if spec.required else None
    return _READ[spec.kind](spec, text)


def _clean(spec: FieldSpec, typed: str) -> str:
    return seen(typed, lines=spec.kind is FieldKind.LINES)


def _words(spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    return _within(text, spec.limit)


def _within(text: str, limit: int) -> tuple[Any, Problem | None]:
    if len(text) > limit:
        return None, ("errors.too_long", {"limit": limit})
    room, heavy = int(limit * BYTES_PER_CHARACTER) + SOME_BYTES, weight(text)
    # Characters of other scripts take more of a card: the limit that is named would let this text fit.
    return (text, None) if heavy <= room else (None, ("errors.too_long", {"limit": len(text) * room // heavy}))


def _amount(spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    negative = text[0] in "-\u2212"
    amount = parse_amount(text[1:] if negative else text)
    if amount is None:
        return None, ("errors.amount", {})
    if amount > LARGEST_AMOUNT:
        return None, ("errors.too_large", {"limit": LARGEST_AMOUNT})
    if negative and amount and not spec.signed:
        return None, ("errors.negative", {})
    return (-amount if negative and amount else amount), None


def _percent(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    digits = text.removesuffix("%").strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > len("100") or int(digits) > HUNDRED:
        return None, ("errors.percent", {})
    return int(digits), None


def _whole(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(LARGEST_WHOLE)) or int(text) > LARGEST_WHOLE:
        return None, ("errors.number", {})
    return int(text), None


def _hours(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    found = parse_amount(text.removesuffix("h"))
    if found is None or not 0 < found <= MOST_HOURS or found * QUARTERS_PER_HOUR % 1:
        return None, ("errors.hours", {})
    return found, None


def _day(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None, ("errors.date", {"value": text[:20]})
    return found, None


def _time(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    found = _TIME.fullmatch(text)
    return (f"{int(found[1]):02}:{found[2]}", None) if found else (None, ("errors.time", {}))


def _choice(spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    if text not in spec.codes:
        return None, ("errors.choice", {})
    return (spec.enum(text) if spec.enum else text), None


def _yes_no(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    return text.lower() == "true", None


def _link(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    try:
        parts = urlsplit(text)
        good = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or " " in text:
        return None, ("errors.link", {})
    return _within(text, LINK_LIMIT)


def _currency(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    code = text.upper()
    return (code, None) if _CURRENCY.fullmatch(code) else (None, ("errors.currency", {}))


def _reference(_spec: FieldSpec, text: str) -> tuple[Any, Problem | None]:
    return text, None


_READ = {
    FieldKind.WORDS: _words,
    FieldKind.LINES: _words,
    FieldKind.AMOUNT: _amount,
    FieldKind.PERCENT: _percent,
    FieldKind.WHOLE: _whole,
    FieldKind.HOURS: _hours,
    FieldKind.DAY: _day,
    FieldKind.TIME: _time,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
    FieldKind.LINK: _link,
    FieldKind.CURRENCY: _currency,
    FieldKind.PERSON: _reference,
    FieldKind.CLIENT: _reference,
    FieldKind.CONTACT: _reference,
    FieldKind.OFFER: _reference,
}


def as_text(value: object) -> str:
    """A stored value as the text its input shows; the same text for the same value, so texts may be compared."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if isinstance(value, Decimal):
        return f"{value.quantize(Decimal('0.01')):f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def in_order(specs: Sequence[FieldSpec], values: Mapping[str, Any]) -> Problems:
    """Days that stand before the day they must follow."""
    problems: Problems = {}
    for spec in specs:
        day, first = values.get(spec.name), values.get(spec.after)
        if isinstance(day, date) and isinstance(first, date) and day < first:
            problems[spec.name] = ("errors.date_order", {})
    return problems
