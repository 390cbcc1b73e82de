"""Which day somebody means: ``hier``, ``lundi``, ``vendredi dernier``, ``23/11``, ``Nov 23``. Dates only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.hours.rules import DAYS, monday_of
from bot.hours.tokens import MONTHS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.hours.tokens import Token

CENTURY = 2000
AHEAD = timedelta(days=60)
"""A day without a year that is further ahead than this was last year's."""
LONGEST_MONTHS = 2
_FIGURES = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Days:
    """The days it can be, earliest first: none when no day was named. ``contradict``: the words fit no day together.

    ``week_on``: a whole week was named, by its Monday.
    """

    days: tuple[date, ...] = ()
    contradict: bool = False
    week_on: date | None = None


NO_DAY = Days()


def read_days(found: Sequence[Token], today: date, language: str) -> Days:
    """What the pieces that name a day mean together."""
    weeks = [week for token in found if (week := _week(token, today)) is not None]
    possible = [_days(token, today, language) for token in found if _week(token, today) is None]
    if weeks:
        return Days(week_on=weeks[0])
    if not possible:
        return NO_DAY
    common = set(possible[0] if len(possible) == 1 else _together(found, possible))
    return Days(tuple(sorted(common)), contradict=not common)


def _together(found: Sequence[Token], possible: Sequence[Sequence[date]]) -> Iterable[date]:
    """Several pieces name one day: ``lundi 23/11``. A weekday then only says which day of the week it is."""
    weekdays = {_weekday(token) for token in found if token.rule == "weekday"}
    exact = [set(days) for token, days in zip(found, possible, strict=True) if token.rule != "weekday"]
    if not exact or len(weekdays) > 1:
        return ()
    shared = set.intersection(*exact)
    return {day for day in shared if not weekdays or day.weekday() in weekdays}


def _week(token: Token, today: date) -> date | None:
    """The Monday of a week that was named as a week."""
    monday = monday_of(today)
    if token.rule == "this_week":
        return monday
    if token.rule == "last_week":
        return monday - timedelta(days=DAYS)
    if token.rule != "week":
        return None
    number = int(_FIGURES.findall(token.text)[0])
    for year in (today.isocalendar().year, today.isocalendar().year - 1):
        try:
            named = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if named <= monday:
            return named
    return monday


def _days(token: Token, today: date, language: str) -> Sequence[date]:
    """The days one piece can mean; none when there is no such day."""
    if token.rule in _DISTANCES:
        return (today + timedelta(days=_DISTANCES[token.rule]),)
    return _READERS[token.rule](token, today, language)


def _ago(token: Token, today: date, _language: str) -> Sequence[date]:
    return (today - timedelta(days=_figures(token)[0]),)


def _latest_weekday(token: Token, today: date, _language: str) -> Sequence[date]:
    """The latest such day, today included."""
    return (today - timedelta(days=(today.weekday() - _weekday(token)) % DAYS),)


def _weekday_before(token: Token, today: date, _language: str) -> Sequence[date]:
    """The latest such day before today; when that is in this week, it can be the one of the week before as well."""
    latest = today - timedelta(days=(today.weekday() - _weekday(token) - 1) % DAYS + 1)
    if latest < monday_of(today):
        return (latest,)
    return latest - timedelta(days=DAYS), latest


def _weekday_after(token: Token, today: date, _language: str) -> Sequence[date]:
    return (today + timedelta(days=(_weekday(token) - today.weekday() - 1) % DAYS + 1),)


def _weekday(token: Token) -> int:
    return next(WEEKDAYS[word] for word in re.findall(r"[a-z]+", token.text) if word in WEEKDAYS)


def _iso(token: Token, _today: date, _language: str) -> Sequence[date]:
    return _valid(*_figures(token))


def _date(token: Token, today: date, language: str) -> Sequence[date]:
    """Day and month; in English the month may come first, so ``5/6`` can be either."""
    first, second, *year = _figures(token)
    found = dict.fromkeys(_of_month(first, second, year, today))
    if language == "en":
        found |= dict.fromkeys(_of_month(second, first, year, today))
    return tuple(found)


def _named_month(token: Token, today: date, _language: str) -> Sequence[date]:
    day, *year = _figures(token)
    month = next(MONTHS[word] for word in re.findall(r"[a-z]+", token.text) if word in MONTHS)
    return _of_month(day, month, year, today)


def _of_month(day: int, month: int, year: Sequence[int], today: date) -> Sequence[date]:
    """The day of that year, or without one the year in which it is near."""
    if year:
        return _valid(year[0] if year[0] >= CENTURY else CENTURY + year[0], month, day)
    found = _valid(today.year, month, day)
    if not found or found[0] > today + AHEAD:
        return _valid(today.year - 1, month, day)
    return found


def _day_of_month(token: Token, today: date, _language: str) -> Sequence[date]:
    """The latest day of that number, today included."""
    (day,) = _figures(token)
    first = today.replace(day=1)
    for _month in range(LONGEST_MONTHS):
        found = _valid(first.year, first.month, day)
        if found and found[0] <= today:
            return found
        first = (first - timedelta(days=1)).replace(day=1)
    return ()


def _figures(token: Token) -> list[int]:
    return [int(one) for one in _FIGURES.findall(token.text)]


def _valid(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (date(year, month, day),)
    except ValueError:
        return ()


_DISTANCES = {"now": 0, "one_before": -1, "two_before": -2, "one_after": 1}
_READERS: dict[str, Callable[[Token, date, str], Sequence[date]]] = {
    "ago": _ago,
    "weekday": _latest_weekday,
    "weekday_before": _weekday_before,
    "weekday_after": _weekday_after,
    "iso": _iso,
    "date": _date,
    "date_with_year": _date,
    "day_month": _named_month,
    "month_day": _named_month,
    "day_of_month": _day_of_month,
}
