"""Working days. The holidays are those of France, which the law fixes."""

from __future__ import annotations

from datetime import date

import pytest

from bot.config import Holidays, default
from bot.config.calendar import is_day_off, is_working_day

CALENDAR = default().holidays


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


ASCENSION, UNITY_DAY = date(2026, 5, 14), date(2026, 10, 3)
BASTILLE = date(2026, 7, 14)


@pytest.mark.parametrize(
    ("day", "country", "off"),
    [
        (BASTILLE, "FR", True),
        (BASTILLE, "DE", False),
        (ASCENSION, "DE", True),
        (UNITY_DAY, "DE", True),
        (date(2026, 7, 18), "DE", True),
        (date(2026, 7, 15), "FR", False),
        (BASTILLE, "ZZ", False),
        (date(2026, 7, 18), "ZZ", True),
    ],
)
def test_a_person_rests_on_the_holidays_of_their_country(day: date, country: str, off: bool) -> None:  # noqa: FBT001
    assert is_day_off(day, country, Holidays()) is off


def test_the_companys_own_days_are_those_of_its_country() -> None:
    bridge, worked = date(2026, 5, 15), date(2026, 5, 25)
    calendar = Holidays(extra=(bridge,), worked=(worked,))
    assert [is_day_off(bridge, country, calendar) for country in ("FR", "DE")] == [True, False]
    # Whit Monday: worked here, a holiday in Germany.
    assert [is_day_off(worked, country, calendar) for country in ("FR", "DE")] == [False, True]


def test_a_region_counts_in_the_companys_country_alone() -> None:
    good_friday = date(2026, 4, 3)
    calendar = Holidays(subdivision="57")
    assert is_day_off(good_friday, "FR", calendar)
    assert not is_day_off(good_friday, "FR", Holidays())
    assert is_day_off(good_friday, "DE", calendar)
    assert not is_day_off(good_friday, "IT", calendar)
