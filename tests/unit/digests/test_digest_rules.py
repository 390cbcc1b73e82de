"""When a digest is due: on days that are worked, from its time of day on, and still after a standstill."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.digests.rules import (
    first_of_month,
    monday_of,
    month_before,
    month_number,
    month_of,
    opening_of,
    week_number,
    week_of,
)

PARIS = ZoneInfo("Europe/Paris")
NINE = time(9)
NEW_YEAR = date(2027, 1, 1)
"""A Friday: the first day that is worked is Monday, the 4th."""


def works(day: date) -> bool:
    return day.isoweekday() < 6 and day != NEW_YEAR


def there(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2027, 1, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (there(1, 12), False),
        (there(2, 12), False),
        (there(4, 8, 59), False),
        (there(4), True),
        (there(4, 19, 59), True),
        (there(4, 20), False),
        (there(5, 3), False),
        (there(5), True),
        (there(30), False),
        (there(29, 15), True),
    ],
)
def test_it_is_due_in_the_daytime_of_days_that_are_worked(moment: datetime, *, due: bool) -> None:
    opening = opening_of(moment, NEW_YEAR, NINE, works)
    assert opening == (there(4) if due else None)


def test_who_is_away_finds_it_on_the_day_they_are_back() -> None:
    back = date(2027, 1, 12)
    assert opening_of(there(11, 12), NEW_YEAR, NINE, lambda day: day >= back) is None
    assert opening_of(there(12, 12), NEW_YEAR, NINE, lambda day: day >= back) == there(12)


def test_nobody_who_never_works_is_told() -> None:
    assert opening_of(there(12, 12), NEW_YEAR, NINE, lambda _day: False) is None


def test_months_and_weeks_have_names_that_come_back() -> None:
    day = date(2024, 2, 29)
    while day < date(2027, 3, 2):
        assert month_of(month_number(first_of_month(day))) == first_of_month(day)
        assert week_of(week_number(monday_of(day))) == monday_of(day)
        assert monday_of(day).isoweekday() == 1
        assert 0 <= (day - monday_of(day)).days < 7
        assert (first_of_month(day) - month_before(day)).days in {28, 29, 30, 31}
        day += timedelta(days=1)
    assert month_before(NEW_YEAR) == date(2026, 12, 1)
    assert (month_number(date(2026, 10, 1)), week_number(date(2026, 11, 23))) == (202610, 20261123)


def test_a_day_of_23_hours_has_one_opening() -> None:
    forward = date(2027, 3, 28)
    moment = datetime(2027, 3, 28, 7, 0, tzinfo=UTC).astimezone(PARIS)
    opening = opening_of(moment, forward, NINE, lambda _day: True)
    assert opening == datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
