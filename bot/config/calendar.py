"""Working days. Pure: the moment, the zone and the company's calendar come in as arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

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


def add_working_days(moment: datetime, count: int, zone: str, calendar: Holidays) -> datetime:
    """The moment ``count`` working days later (earlier when negative), at the same local time in ``zone``.

    ``moment`` is aware, the answer is aware UTC. Days that nobody works are skipped, the day of ``moment`` itself
    counts as zero: Friday 10:00 and one day is Monday 10:00, and so is Saturday 10:00 and one day. A count of zero
    gives the moment itself, or the same time on the next working day when its own is none.
    """
    local = moment.astimezone(ZoneInfo(zone))
    step = timedelta(days=-1 if count < 0 else 1)
    day = local.date()
    left = abs(count)
    while left or not is_working_day(day, calendar):
        day += step
        if left and is_working_day(day, calendar):
            left -= 1
    return datetime.combine(day, local.time(), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=64)
def _public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  slow to import, and only rounds need it

    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
