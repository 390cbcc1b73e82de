"""Weeks, their parts, their locks, and how hours are split: dates and numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

QUARTERS_PER_HOUR = 4
MOST_HOURS = 80
"""In one week, over all offers."""
MOST_QUARTERS = MOST_HOURS * QUARTERS_PER_HOUR
DAYS = 7
LONGEST_BREAK = 62
"""Days within which a working day of a month is looked for; a calendar without any locks after them."""
WEEKEND = (6, 7)


@dataclass(frozen=True, slots=True)
class Part:
    """The days of one week that lie in one month; ``days`` of them are worked by default and count for the split."""

    first: date
    last: date
    days: int


def monday_of(day: date) -> date:
    """The Monday of the ISO week of ``day``."""
    return day - timedelta(days=day.weekday())


def parts_of(monday: date, weekend: Collection[int] = WEEKEND) -> tuple[Part, ...]:
    """The one or two parts of a week. A month that only gets days of the weekend gets no part: a week is split by its
    other days. ``weekend``: ISO numbers of days.
    """
    days = [monday + timedelta(days=number) for number in range(DAYS)]
    start = next((number for number, day in enumerate(days) if day.day == 1 and number), None)
    worked = [day for day in days if day.isoweekday() not in weekend] or days
    if start is None:
        return (Part(days[0], days[-1], len(worked)),)
    before = sum(day < days[start] for day in worked)
    if before in {0, len(worked)}:
        return (Part(days[0], days[-1], len(worked)),)
    return Part(days[0], days[start - 1], before), Part(days[start], days[-1], len(worked) - before)


def part_of(day: date, weekend: Collection[int] = WEEKEND) -> Part:
    """The part that ``day`` belongs to."""
    return next(part for part in parts_of(monday_of(day), weekend) if part.first <= day <= part.last)


def last_open_day(part: Part, working_day: int, is_working: Callable[[date], bool]) -> date:
    """The last day on which this part can be changed: the ``working_day``-th working day of the month after the one it
    belongs to, which is the month of its first day.
    """
    first = (part.first.replace(day=1) + timedelta(days=31)).replace(day=1)
    found = 0
    for number in range(LONGEST_BREAK):
        day = first + timedelta(days=number)
        found += is_working(day)
        if found == working_day:
            return day
    return first + timedelta(days=LONGEST_BREAK - 1)


def split(quarters: int, parts: Sequence[Part]) -> tuple[int, ...]:
    """Quarters over the parts by their share of days: whole quarters, and the sum is kept. A half goes to the first."""
    if len(parts) == 1:
        return (quarters,)
    first, second = parts
    days = first.days + second.days
    size = (2 * abs(quarters) * first.days + days) // (2 * days)
    part = size if quarters >= 0 else -size
    return part, quarters - part


def spread(current: Sequence[int], total: int, parts: Sequence[Part]) -> tuple[int, ...]:
    """The parts of a week once its sum is ``total``: what is added or taken away goes by share, and no part falls below
    zero. An unchanged sum changes no part.
    """
    wanted = [have + more for have, more in zip(current, split(total - sum(current), parts), strict=True)]
    short = sum(min(value, 0) for value in wanted)
    wanted = [max(value, 0) for value in wanted]
    for place, value in enumerate(wanted):
        taken = min(value, -short)
        wanted[place], short = value - taken, short + taken
    return tuple(wanted)
