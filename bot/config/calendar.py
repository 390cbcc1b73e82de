"""Working days. Pure: the day, the country and the company's calendar come in as arguments."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.config.public_holidays import library

if TYPE_CHECKING:
    from bot.config.models import Holidays


def is_working_day(day: date, calendar: Holidays) -> bool:
    """True unless ``day`` is a weekend day, a public holiday that is not worked, or an extra day off of the company."""
    return not is_day_off(day, calendar.country, calendar)


def is_day_off(day: date, country: str, calendar: Holidays) -> bool:
    """True when somebody of ``country`` (ISO 3166-1, two letters) does not work on ``day``.

    The weekend is the company's everywhere. Its extra and worked days and its region's holidays are those of its own
    country; elsewhere the public holidays of the whole country count. A country nobody knows holidays of has none.
    """
    at_home = country == calendar.country
    if at_home and day in calendar.extra:
        return True
    if at_home and day in calendar.worked:
        return False
    if day.isoweekday() in calendar.weekend:
        return True
    return day in _public_holidays(country, calendar.subdivision if at_home else "", day.year)


@lru_cache(maxsize=256)
def _public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    try:
        return frozenset(library().country_holidays(country, subdiv=subdivision or None, years=year))
    except NotImplementedError:
        # The company's own country was checked when its configuration was read; a person's may be any.
        return frozenset()
