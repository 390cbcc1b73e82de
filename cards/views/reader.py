"""Who reads a card, and the small values every view uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from cards.words import Language


@dataclass(frozen=True, slots=True)
class Month:
    """A month, named by any of its days; a sentence says its name."""

    day: date


Value: TypeAlias = str | int | Decimal | date | datetime | Month | StrEnum | tuple[StrEnum, ...]
"""A raw value: texts are escaped, aware datetimes become local time, enums become words, tuples of them a list."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who will read the card.

    A shared card's reader has the channel's language and the company's time zone. ``now`` is the moment of drawing
    (aware, UTC): "3 days left" is counted from it. ``shared`` makes times name their zone, because readers differ.
    """

    language: Language
    time_zone: str
    now: datetime
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217 code)."""

    amount: Decimal
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text key with raw values: chosen where something happens, worded where somebody reads it.

    ``count`` picks singular or plural and fills ``{n}``.
    """

    key: str
    values: tuple[tuple[str, Value], ...] = ()
    count: int | None = None


def sentence(key: str, /, *, count: int | None = None, **values: Value) -> Sentence:
    """Make a sentence: ``sentence("notices.undone", number="1-13692")``."""
    return Sentence(key, tuple(values.items()), count)


@dataclass(frozen=True, slots=True)
class Change:
    """The footer: who changed what last, when (aware, UTC). ``by`` empty means the portal or the clock did it."""

    what: Sentence
    at: datetime
    by: str = ""
