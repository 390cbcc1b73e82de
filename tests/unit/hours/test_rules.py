"""Weeks, their parts and locks, and how hours are split: worked cases, and what holds for every week there is."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.config.calendar import is_working_day
from bot.hours.rules import (
    DAYS,
    LONGEST_BREAK,
    MOST_QUARTERS,
    Part,
    last_open_day,
    monday_of,
    part_of,
    parts_of,
    split,
    spread,
)

DAY = st.dates(date(1999, 1, 1), date(2100, 12, 31))
MONDAY = DAY.map(monday_of)
WEEKENDS = st.sampled_from([(6, 7), (5, 6), (7,), (), (1, 2, 3, 4, 5, 6, 7)])
QUARTERS = st.integers(0, MOST_QUARTERS)
HOLIDAYS = config.default().holidays


def days_of(part: Part) -> list[date]:
    return [part.first + timedelta(days=number) for number in range((part.last - part.first).days + 1)]


@pytest.mark.parametrize(
    ("monday", "parts"),
    [
        (date(2026, 11, 23), [("2026-11-23", "2026-11-29", 5)]),
        # The month begins on a Tuesday, a Friday: both months have working days.
        (date(2026, 11, 30), [("2026-11-30", "2026-11-30", 1), ("2026-12-01", "2026-12-06", 4)]),
        (date(2026, 4, 27), [("2026-04-27", "2026-04-30", 4), ("2026-05-01", "2026-05-03", 1)]),
        # It begins on a Saturday, a Sunday, a Monday: nothing to split.
        (date(2026, 7, 27), [("2026-07-27", "2026-08-02", 5)]),
        (date(2026, 10, 26), [("2026-10-26", "2026-11-01", 5)]),
        (date(2026, 6, 1), [("2026-06-01", "2026-06-07", 5)]),
        (date(2026, 5, 25), [("2026-05-25", "2026-05-31", 5)]),
        # New Year, in week 53 and in week 1 of the year that follows.
        (date(2026, 12, 28), [("2026-12-28", "2026-12-31", 4), ("2027-01-01", "2027-01-03", 1)]),
        (date(2024, 12, 30), [("2024-12-30", "2024-12-31", 2), ("2025-01-01", "2025-01-05", 3)]),
        # Leap years and others.
        (date(2024, 2, 26), [("2024-02-26", "2024-02-29", 4), ("2024-03-01", "2024-03-03", 1)]),
        (date(2023, 2, 27), [("2023-02-27", "2023-02-28", 2), ("2023-03-01", "2023-03-05", 3)]),
        (date(2000, 2, 28), [("2000-02-28", "2000-02-29", 2), ("2000-03-01", "2000-03-05", 3)]),
    ],
)
def test_parts_of_a_week(monday: date, parts: list[tuple[str, str, int]]) -> None:
    assert [(part.first.isoformat(), part.last.isoformat(), part.days) for part in parts_of(monday)] == parts


def test_another_weekend_splits_otherwise() -> None:
    saturday_first = date(2026, 7, 27)
    assert len(parts_of(saturday_first, weekend=(7,))) == 2
    assert [part.days for part in parts_of(saturday_first, weekend=())] == [5, 2]
    assert [part.days for part in parts_of(saturday_first, weekend=range(1, 8))] == [5, 2]
    assert len(parts_of(date(2026, 4, 27), weekend=(5, 6, 7))) == 1, "a Friday that is not worked makes no part"


@given(MONDAY, WEEKENDS)
def test_parts_are_the_days_of_the_week_in_order_and_each_is_worked(monday: date, weekend: tuple[int, ...]) -> None:
    parts = parts_of(monday, weekend)
    assert [day for part in parts for day in days_of(part)] == [monday + timedelta(days=n) for n in range(DAYS)]
    assert all(part.days > 0 for part in parts)
    assert sum(part.days for part in parts) == (DAYS - len(weekend) or DAYS)
    if len(parts) > 1:
        first, second = parts
        assert second.first.day == 1
        assert first.last.month != second.first.month


@given(DAY, WEEKENDS)
def test_every_day_belongs_to_one_part_of_its_week(day: date, weekend: tuple[int, ...]) -> None:
    monday = monday_of(day)
    assert (monday.weekday(), monday.isocalendar()[:2]) == (0, day.isocalendar()[:2])
    assert [part for part in parts_of(monday, weekend) if day in days_of(part)] == [part_of(day, weekend)]


@pytest.mark.parametrize(
    ("quarters", "shares"),
    [(40, (8, 32)), (0, (0, 0)), (1, (0, 1)), (2, (0, 2)), (3, (1, 2)), (320, (64, 256)), (-40, (-8, -32))],
)
def test_a_straddling_week_is_split_by_its_days(quarters: int, shares: tuple[int, int]) -> None:
    assert split(quarters, parts_of(date(2026, 11, 30))) == shares


def test_a_half_quarter_goes_to_the_first_part() -> None:
    halves = (Part(date(2026, 1, 1), date(2026, 1, 2), 2), Part(date(2026, 1, 3), date(2026, 1, 4), 2))
    assert split(5, halves) == (3, 2)
    assert split(-5, halves) == (-3, -2)


@given(MONDAY, WEEKENDS, st.integers(-MOST_QUARTERS, MOST_QUARTERS))
def test_a_split_keeps_the_sum_and_the_sign_and_is_as_near_as_whole_quarters_come(
    monday: date, weekend: tuple[int, ...], quarters: int
) -> None:
    parts = parts_of(monday, weekend)
    shares = split(quarters, parts)
    assert len(shares) == len(parts)
    assert sum(shares) == quarters
    assert all(share * quarters >= 0 for share in shares)
    days = sum(part.days for part in parts)
    assert all(2 * abs(share * days - quarters * part.days) <= days for share, part in zip(shares, parts, strict=True))


@given(MONDAY, WEEKENDS, QUARTERS, QUARTERS, QUARTERS)
def test_a_new_sum_is_spread_without_going_below_zero_and_the_same_sum_moves_nothing(
    monday: date, weekend: tuple[int, ...], one: int, other: int, total: int
) -> None:
    parts = parts_of(monday, weekend)
    current = (one, other)[: len(parts)]
    after = spread(current, total, parts)
    assert sum(after) == total
    assert min(after) >= 0
    assert spread(current, sum(current), parts) == current
    assert spread(after, total, parts) == after
    grown = total >= sum(current)
    assert all((new >= old) == grown or new == old for new, old in zip(after, current, strict=True)), (
        "nothing is moved from one part to the other"
    )


@pytest.mark.parametrize(
    ("part_on", "until"),
    [
        # Five working days of December; of January without New Year's Day; of May without the 1st and the 8th.
        (date(2026, 11, 23), date(2026, 12, 7)),
        (date(2026, 12, 28), date(2027, 1, 8)),
        (date(2027, 1, 1), date(2027, 2, 5)),
        (date(2026, 4, 27), date(2026, 5, 11)),
        # Easter Monday falls into the first week of April 2026; the month of 29 days ends the same way.
        (date(2026, 3, 30), date(2026, 4, 8)),
        (date(2024, 1, 29), date(2024, 2, 7)),
        (date(2024, 2, 26), date(2024, 3, 7)),
        # August begins on a weekend; the 15th comes too late to matter.
        (date(2026, 7, 27), date(2026, 8, 7)),
    ],
)
def test_the_last_open_day_is_the_fifth_working_day_of_the_next_month(part_on: date, until: date) -> None:
    rules = config.default().rules.hours
    assert last_open_day(part_of(part_on), rules.lock_working_day, partial(is_working_day, calendar=HOLIDAYS)) == until


def test_a_calendar_without_working_days_does_not_keep_a_part_open_for_ever() -> None:
    until = last_open_day(part_of(date(2026, 11, 23)), 5, lambda _day: False)
    assert until == date(2026, 12, 1) + timedelta(days=LONGEST_BREAK - 1)


@given(DAY, st.integers(1, 20))
def test_a_part_locks_in_the_month_after_its_own_and_later_parts_lock_no_earlier(day: date, working_day: int) -> None:
    def working(one: date) -> bool:
        return one.isoweekday() < 6

    part = part_of(day)
    until = last_open_day(part, working_day, working)
    assert working(until)
    assert (until.year * 12 + until.month) - (part.first.year * 12 + part.first.month) == 1
    assert last_open_day(part_of(part.last + timedelta(days=1)), working_day, working) >= until
