"""When somebody is reminded of what: days, the calendar and the moment come in as arguments."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.config.calendar import is_working_day
from bot.deadlines.models import Occasion

if TYPE_CHECKING:
    from bot.config.models import Holidays

LONGEST_BREAK = 370
"""Days after which a calendar without working days is given up: then the next day counts."""


def next_working_day(day: date, calendar: Holidays) -> date:
    """The first working day after ``day``."""
    after = (day + timedelta(days=number) for number in range(1, LONGEST_BREAK))
    return next((one for one in after if is_working_day(one, calendar)), day + timedelta(days=1))


def morning_of(now: datetime, time_zone: str, morning: str, calendar: Holidays) -> date | None:
    """The day whose morning it is, or was, in ``time_zone``; None before ``morning`` (``08:30``) and on days off.

    The clock on the wall counts, so a day with 23 or 25 hours has one morning like any other.
    """
    there = now.astimezone(ZoneInfo(time_zone))
    if there.time() < time.fromisoformat(morning) or not is_working_day(there.date(), calendar):
        return None
    return there.date()


def occasion_of(due_on: date, today: date, next_day: date) -> Occasion | None:
    """Why ``due_on`` is worth a word today: it has passed, or it comes by the next working day. None: not yet.

    Days off belong to the working day before them, and what was put down yesterday for today comes today.
    """
    if due_on < today:
        return Occasion.OVERDUE
    return Occasion.COMING if due_on <= next_day else None
