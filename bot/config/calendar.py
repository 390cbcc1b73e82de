"""Working days. Pure: the day and the company's calendar come in as arguments."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config.models import Holidays


def is_working_day(day: date, calendar: Holidays) -> bool:
    """True unless ``day`` is a weekend day, a public holiday that is not worked, or an extra day off of the company."""
    if day in calendar.extra:
        return False
    if day in calendar.worked:
        return True
    return day.isoweekday() not in calendar.weekend and day not in _public_holidays(
        calendar.country, calendar.subdivision, day.year
    )


@lru_cache(maxsize=64)
def _public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  slow to import, and only rounds need it

    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
