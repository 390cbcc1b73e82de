"""Dates, days left, money and hours as the reader writes them, and sentences put into words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location

from cards.escape import escape, plain
from cards.texts import texts
from cards.views.reader import Month
from cards.words import Language

if TYPE_CHECKING:
    from cards.views.reader import Money, Reader, Sentence, Value

NO_BREAK: Final = "\u00a0"
THIN: Final = "\u202f"
CENT: Final = Decimal("0.01")
_SYMBOLS: Final = {"EUR": "€", "GBP": "£", "USD": "$"}


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _weekdays(language: Language) -> tuple[str, ...]:
    names = Locale(language.value).days["format"]["abbreviated"]
    return tuple(str(names[number]) for number in range(7))


@cache
def _months(language: Language) -> tuple[str, ...]:
    names = Locale(language.value).months["format"]["abbreviated"]
    return tuple(str(names[number]) for number in range(1, 13))


def local(moment: datetime, reader: Reader) -> datetime:
    """Return an aware moment in the reader's time zone.

    Raises:
        ValueError: the moment has no zone; every time a view holds is aware.
    """
    return _local(moment, reader.time_zone)


@lru_cache(1024)
def _local(moment: datetime, time_zone: str) -> datetime:
    """Remembered, because the times of a card are drawn again and again: for every voter and at every vote."""
    if moment.tzinfo is None:
        raise ValueError(moment)
    return moment.astimezone(_zone(time_zone))


def day(value: date, reader: Reader, *, year: bool = True, weekday: bool = True) -> str:
    """Return ``jeu. 26 nov. 2026`` or ``Thu 26 Nov 2026``, the parts held together by no-break spaces."""
    return _day(value, reader.language, year, weekday)


@lru_cache(1024)
def _day(value: date, language: Language, year: bool, weekday: bool) -> str:  # noqa: FBT001  lru_cache is quicker so
    parts = [_weekdays(language)[value.weekday()]] if weekday else []
    first = "1er" if value.day == 1 and language is Language.FR else str(value.day)
    parts += [first, _months(language)[value.month - 1]]
    if year:
        parts.append(str(value.year))
    return NO_BREAK.join(parts)


def span(first: date, last: date, reader: Reader) -> tuple[str, str]:
    """Return two days such as ``23`` and ``29 nov.``, the month and the year said once and only where they help."""
    this_year = local(reader.now, reader).year
    end = day(last, reader, weekday=False, year=last.year != this_year or first.year != last.year)
    if first.month == last.month:
        return day(first, reader, weekday=False, year=False).split(NO_BREAK)[0], end
    return day(first, reader, weekday=False, year=first.year != last.year), end


@cache
def month(number: int, language: Language) -> str:
    """Return the name of a month (1 to 12): ``novembre``, ``November``."""
    return str(Locale(language.value).months["format"]["wide"][number])


def when(moment: datetime, reader: Reader, *, year: bool = True, weekday: bool = True) -> str:
    """Return ``jeu. 26 nov. 2026 17:00`` in the reader's zone; without ``year`` only when it is the current year."""
    zone = reader.time_zone
    with_year = year or _local(moment, zone).year != _local(reader.now, zone).year
    return _when(moment, zone, reader.language, with_year, weekday)


@lru_cache(1024)
def _when(moment: datetime, time_zone: str, language: Language, year: bool, weekday: bool) -> str:  # noqa: FBT001
    at = _local(moment, time_zone)
    return f"{_day(at.date(), language, year, weekday)}{NO_BREAK}{at.hour:02}:{at.minute:02}"


def clock(moment: datetime, reader: Reader) -> str:
    """Return ``17:00`` in the reader's zone."""
    at = local(moment, reader)
    return f"{at.hour:02}:{at.minute:02}"


def days_left(moment: datetime, reader: Reader) -> str:
    """Return how far a moment is in calendar days of the reader's zone: ``3 j``, ``demain``, ``passé``."""
    say = texts(reader.language)
    if moment < reader.now:
        return say("frame.past")
    zone = reader.time_zone
    days = (_local(moment, zone).date() - _local(reader.now, zone).date()).days
    if days == 0:
        return say("frame.today")
    if days == 1:
        return say("frame.tomorrow")
    return say.n("frame.days", days)


def deadline(moment: datetime, reader: Reader, *, year: bool = True) -> str:
    """Return ``jeu. 26 nov. 2026 17:00 (3 j)``."""
    return f"{when(moment, reader, year=year)} ({days_left(moment, reader)})"


@cache
def city(time_zone: str, language: Language) -> str:
    """Return the city a time zone is named after, in the language: ``Bruxelles``."""
    return str(get_timezone_location(_zone(time_zone), locale=language.value, return_city=True))


@lru_cache(1024)
def country(code: str, language: Language) -> str:
    """Return the name of a country (ISO 3166-1) in the language, ``Allemagne``; the code when it has none."""
    return str(Locale(language.value).territories.get(code, code))


def to_cent(value: Decimal) -> Decimal:
    """Return it with two decimals, halves away from zero: as spreadsheets, databases and people round."""
    return value.quantize(CENT, ROUND_HALF_UP)


@lru_cache(1024)
def number(value: Decimal | int, language: Language) -> str:
    """Return a number with grouped thousands and at most two decimals, none when it is whole."""
    rounded = to_cent(Decimal(value))
    return _grouped(f"{rounded:,.2f}".rstrip("0").rstrip("."), language)


def _grouped(english: str, language: Language) -> str:
    return english if language is Language.EN else english.replace(",", THIN).replace(".", ",")


@lru_cache(1024)
def money(value: Money, language: Language) -> str:
    """Return ``125 000 €`` (thin and no-break spaces) or ``€125,000``; a currency without a sign keeps its code."""
    rounded = to_cent(value.amount)
    whole = rounded == rounded.to_integral_value()
    shown = _grouped(f"{rounded:,.0f}" if whole else f"{rounded:,.2f}", language)
    sign = _SYMBOLS.get(value.currency)
    if language is Language.FR:
        return f"{shown}{NO_BREAK}{sign or plain(value.currency, 3)}"
    return f"{sign}{shown}" if sign else f"{plain(value.currency, 3)}{NO_BREAK}{shown}"


def hours(value: Decimal, language: Language) -> str:
    """Return ``7,5 h`` or ``7.5 h``."""
    return f"{number(value, language)}{NO_BREAK}h"


@lru_cache(512, typed=True)
def word(value: StrEnum, language: Language) -> str:
    """Return the word for a member of a closed list: key ``words.<list>_<value>``."""
    # Typed, because members of different lists are equal when their values are.
    return texts(language)(f"words.{_snake(type(value).__name__)}_{value.value}")


def listed(items: tuple[str, ...], language: Language) -> str:
    """Return ``le CTO, le CPO et le CEO``-like enumerations: commas, and the last one joined by a word."""
    if len(items) < 2:  # noqa: PLR2004 - one item needs no joining
        return "".join(items)
    return f"{', '.join(items[:-1])} {texts(language)('frame.and')} {items[-1]}"


def shown(value: Value, reader: Reader, *, markdown: bool = True) -> str:  # noqa: PLR0911  one for each kind of value
    """Return one raw value of a sentence as text: escaped, localised, or as the word of its closed list."""
    if isinstance(value, StrEnum):
        return word(value, reader.language)
    if isinstance(value, str):
        return escape(value, 300) if markdown else plain(value, 300)
    if isinstance(value, datetime):
        return when(value, reader, year=False)
    if isinstance(value, date):
        return day(value, reader, year=value.year != local(reader.now, reader).year)
    if isinstance(value, Month):
        return month(value.day.month, reader.language)
    if isinstance(value, tuple):
        return _those(value, reader.language)
    return number(value, reader.language)


def _those(members: tuple[StrEnum, ...], language: Language) -> str:
    """People as a sentence names them: ``le CTO, le CPO et le CEO``."""
    if not members:
        return texts(language)("words.the_nobody")
    names = (texts(language)(f"words.the_{_snake(type(one).__name__)}_{one.value}") for one in members)
    return listed(tuple(names), language)


def say(what: Sentence, reader: Reader, *, markdown: bool = True) -> str:
    """Put a sentence into the reader's words. ``markdown`` False gives plain text for notifications and messages.

    Raises:
        MissingTextError: no such text, or a value it needs is missing.
    """
    spoken = texts(reader.language)
    values = {name: shown(value, reader, markdown=markdown) for name, value in what.values}
    return spoken(what.key, **values) if what.count is None else spoken.n(what.key, what.count, **values)


@cache
def _snake(name: str) -> str:
    return "".join(("_" if letter.isupper() and index else "") + letter.lower() for index, letter in enumerate(name))
