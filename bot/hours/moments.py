"""When somebody is asked for their hours and reminded: by the clock on their wall and on days they work. Pure.

``there`` is the moment in the person's own time zone; ``works`` tells whether they work on a day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.hours.rules import DAYS, monday_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from bot.config.models import Holidays, HoursRules

    Works = Callable[[date], bool]

EARLIEST, LATEST = time(7), time(20)
"""Nobody is reminded before and after."""


def anybody_works(day: date, calendar: Holidays) -> bool:
    """False on days of the weekend that nobody works: then there is nothing to look for."""
    return day.isoweekday() not in calendar.weekend or day in calendar.worked


def prompt_day_of(week_on: date, prompt_day: int, works: Works) -> date | None:
    """The day on which somebody is asked about a week: ``prompt_day`` (1 is Monday), or the last day before it that
    they work. None: they are away the whole time and are not asked at all.
    """
    days = (week_on + timedelta(days=number) for number in reversed(range(prompt_day)))
    return next((day for day in days if works(day)), None)


def is_asked(there: datetime, week_on: date, rules: HoursRules, works: Works) -> bool:
    """Whether the card of a week that was not asked about yet goes out now.

    On its own day from ``prompt_time`` on. Who was not reached then is asked later, on a day they work, from
    ``reminder_time`` on; never in the evening.
    """
    day = prompt_day_of(week_on, rules.prompt_day, works)
    today, clock = there.date(), there.time()
    if day is None or today < day:
        return False
    if today == day:
        begins = time.fromisoformat(rules.prompt_time)
        return clock >= begins and (clock < LATEST or begins >= LATEST)
    return works(today) and opening(rules) <= clock < LATEST


def is_asking_time(there: datetime, rules: HoursRules, calendar: Holidays) -> bool:
    """Whether anybody at all could be asked at this moment of their day."""
    begins = time.fromisoformat(rules.prompt_time)
    ends = LATEST if begins < LATEST else time.max
    return anybody_works(there.date(), calendar) and min(begins, opening(rules)) <= there.time() <= ends


def first_reminder_at(week_on: date, asked_at: datetime, zone: ZoneInfo, rules: HoursRules) -> datetime:
    """From when on somebody may be reminded of a week (aware): ``reminder_time`` on ``reminder_day`` of the following
    week, or ``reminder_hours`` after a card that came late.
    """
    day = week_on + timedelta(days=DAYS + rules.reminder_day - 1)
    regular = datetime.combine(day, time.fromisoformat(rules.reminder_time), zone)
    if asked_at.astimezone(zone).date() < day:
        return regular.astimezone(UTC)
    return max(regular.astimezone(UTC), asked_at + timedelta(hours=rules.reminder_hours))


def is_reminding_time(there: datetime, rules: HoursRules) -> bool:
    """Whether somebody who works today may be reminded now.

    The day of the first reminder begins for everybody with its time: what is still to be said of older weeks waits for
    it, so that one card says everything.
    """
    first_day = there.isoweekday() == rules.reminder_day
    return (opening(rules) if first_day else EARLIEST) <= there.time() < LATEST


def opening(rules: HoursRules) -> time:
    """When a day of reminders begins: ``reminder_time``, unless that is at night."""
    begins = time.fromisoformat(rules.reminder_time)
    return begins if EARLIEST <= begins < LATEST else EARLIEST


def last_week(there: datetime) -> date:
    """The Monday of the newest week that is over."""
    return monday_of(there.date()) - timedelta(days=DAYS)
