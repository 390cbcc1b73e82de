"""When a digest is due, and what it is called in the ledger. Pure: days, clocks and calendars come in as arguments.

``there`` is the moment on the clock of whoever reads it; ``works`` tells whether they work on a day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Works = Callable[[date], bool]

EVENING = time(20)
"""Nothing is sent from then on; what was missed until then comes on the next day that is worked."""


def first_of_month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_before(day: date) -> date:
    """The first day of the month before a day's month."""
    return first_of_month(first_of_month(day) - timedelta(days=1))


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def opening_of(there: datetime, since: date, begins: time, works: Works) -> datetime | None:
    """When a digest that is given from ``since`` on was first due, if it is due now: ``begins`` on the first day that
    is worked. None: not now, because it is a day off, too early, or evening.

    After a standstill it is still due on every later day that is worked.
    """
    today = there.date()
    if not works(today) or not begins <= there.time() < EVENING:
        return None
    days = (since + timedelta(days=number) for number in range((today - since).days + 1))
    return datetime.combine(next(day for day in days if works(day)), begins, there.tzinfo)


def month_number(month: date) -> int:
    """What a month's digest is called in the ledger: 202610."""
    return month.year * 100 + month.month


def month_of(number: int) -> date:
    """The first day of the month that the ledger calls so."""
    return date(number // 100, number % 100, 1)


def week_number(monday: date) -> int:
    """What a week's digest is called in the ledger: its Monday, 20261123."""
    return month_number(monday) * 100 + monday.day


def week_of(number: int) -> date:
    """The Monday of the week that the ledger calls so."""
    return month_of(number // 100).replace(day=number % 100)
