"""The portal's naive local times, read as Europe/Paris (the site prints CET/CEST beside them)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_EARLIEST_YEAR = 1975  # ESA's founding; .NET's empty date is the year 1
_LATEST_YEAR = 2100


class NotAMomentError(ValueError):
    """The text is no date and time the portal can mean."""


@lru_cache(maxsize=8192)
def read_moment(text: str, time_zone: str) -> datetime:
    """Read an ISO date and time as aware UTC; an explicit offset in the text wins over ``time_zone``.

    A time that occurs twice (autumn) means the first of the two: a deadline is better read too early than too late.
    A time that does not occur (spring) is read with the offset before the change, so 02:30 becomes 03:30 summer time.

    Raises:
        NotAMomentError: when the text is no ISO date and time, or lies outside the years a tender can have.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotAMomentError("not an ISO date and time") from None
    if not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        raise NotAMomentError("the year is out of range")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone), fold=0)
    return moment.astimezone(UTC)
