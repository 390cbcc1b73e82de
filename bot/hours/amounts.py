"""Hours as people write them, and back: ``3.5``, ``7,25 h``, ``3h30``, ``3:30``, ``45 min``. Texts and numbers only."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from bot.hours.errors import BelowZero, NotHours, NotQuarters, TooManyHours
from bot.hours.rules import MOST_QUARTERS, QUARTERS_PER_HOUR

MINUTES_PER_HOUR = 60
MINUTES_PER_QUARTER = MINUTES_PER_HOUR // QUARTERS_PER_HOUR
LONGEST = 40
"""Characters; what is longer is no number of hours."""
_HOUR = r"(?:(?:h|hrs?|heures?|hours?)\.?)"
_MINUTE = r"(?:(?:m|mn|mins?|minutes?)\.?)"
_DECIMAL = re.compile(rf"(?P<hours>\d{{1,6}}(?:[.,]\d{{0,6}})?|[.,]\d{{1,6}})\s*{_HOUR}?")
_CLOCK = re.compile(rf"(?P<hours>\d{{1,6}})\s*(?::|{_HOUR})\s*(?P<minutes>\d{{1,2}})\s*{_MINUTE}?")
_MINUTES = re.compile(rf"(?P<minutes>\d{{1,6}})\s*{_MINUTE}")


def parse_hours(typed: str) -> int:
    """The quarter hours that a text means: ``3.5``, ``3,5``, ``3h30``, ``3 h 30``, ``3:30``, ``3h``, ``45 min``.

    Raises :class:`~bot.hours.errors.NotHours` when it reads as no hours, :class:`~bot.hours.errors.BelowZero`,
    :class:`~bot.hours.errors.NotQuarters` with the nearest hours that can be entered, and
    :class:`~bot.hours.errors.TooManyHours` above a whole week's limit.
    """
    said = " ".join(unicodedata.normalize("NFKC", typed[: LONGEST + 1]).replace("\u2212", "-").lower().split())
    negative, said = said.startswith("-"), said[said.startswith(("+", "-")) :].lstrip()
    minutes = _minutes(said) if 0 < len(said) <= LONGEST else None
    if minutes is None:
        raise NotHours(typed=typed[:LONGEST])
    if negative and minutes:
        raise BelowZero
    quarters = minutes / MINUTES_PER_QUARTER
    if quarters > MOST_QUARTERS:
        raise TooManyHours(total=quarters, most=MOST_QUARTERS)
    whole = int(quarters)
    if quarters != whole:
        raise NotQuarters(lower=hours_of(whole), upper=hours_of(whole + 1))
    return whole


def _minutes(said: str) -> Decimal | None:
    """The minutes; None when the text is no amount of time."""
    if found := _DECIMAL.fullmatch(said):
        return Decimal(found["hours"].replace(",", ".")) * MINUTES_PER_HOUR
    if found := _MINUTES.fullmatch(said):
        return Decimal(found["minutes"])
    if (found := _CLOCK.fullmatch(said)) and int(found["minutes"]) < MINUTES_PER_HOUR:
        return Decimal(int(found["hours"]) * MINUTES_PER_HOUR + int(found["minutes"]))
    return None


def hours_of(quarters: int | Decimal) -> Decimal:
    """Quarter hours as hours: what cards show."""
    return Decimal(quarters) / QUARTERS_PER_HOUR


def written(quarters: int, separator: str) -> str:
    """Quarter hours as somebody types them into an input: ``7``, ``7,5``, ``7,25``; ``separator`` of the decimals."""
    whole, rest = divmod(quarters, QUARTERS_PER_HOUR)
    decimals = ("", "25", "5", "75")[rest]
    return f"{whole}{separator}{decimals}" if decimals else str(whole)
