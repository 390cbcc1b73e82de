"""Working days. The holidays are those of France, which the law fixes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Holidays, default
from bot.config.calendar import add_working_days, is_working_day

CALENDAR = default().holidays
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 11), False),
        (date(2026, 12, 25), False),
        (date(2027, 1, 1), False),
        (date(2026, 4, 6), False),
        (date(2026, 12, 24), True),
    ],
)
def test_is_working_day(day: date, worked: bool) -> None:  # noqa: FBT001
    assert is_working_day(day, CALENDAR) is worked


def test_the_company_adds_and_works_days() -> None:
    calendar = Holidays(extra=(date(2026, 12, 24),), worked=(date(2026, 5, 25),))
    assert not is_working_day(date(2026, 12, 24), calendar)
    assert is_working_day(date(2026, 5, 25), calendar)
    assert not is_working_day(date(2026, 5, 25), CALENDAR)


def test_another_country_and_region() -> None:
    assert not is_working_day(date(2026, 12, 8), Holidays(country="ES"))
    assert not is_working_day(date(2026, 12, 26), Holidays(subdivision="57"))


def at(day: int, hour: int, month: int = 11) -> datetime:
    """A moment of 2026 in UTC."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "count", "expected"),
    [
        (at(20, 9), 1, at(23, 9)),
        (at(21, 9), 1, at(23, 9)),
        (at(22, 9), 0, at(23, 9)),
        (at(20, 9), 0, at(20, 9)),
        (at(10, 9), 1, at(12, 9)),
        (at(19, 9), 3, at(24, 9)),
        (at(23, 9), -1, at(20, 9)),
        (at(20, 23), 1, at(22, 23)),
        (at(23, 9, 10), 1, at(26, 10, 10)),
    ],
)
def test_add_working_days(moment: datetime, count: int, expected: datetime) -> None:
    """It is the local day that counts: Friday 23:00 UTC is Saturday in Paris.

    The last row crosses the change to winter time: 11:00 in Paris stays 11:00.
    """
    assert add_working_days(moment, count, PARIS, CALENDAR) == expected


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 30),
)
def test_adding_counts_exactly_the_working_days_in_between(moment: datetime, count: int) -> None:
    later = add_working_days(moment, count, "UTC", CALENDAR)
    between = ((moment + timedelta(days=step)).date() for step in range(1, (later.date() - moment.date()).days + 1))
    assert sum(is_working_day(day, CALENDAR) for day in between) == count
    assert is_working_day(later.date(), CALENDAR)
