"""Working days. The holidays are those of France, which the law fixes."""

from __future__ import annotations

from datetime import date

import pytest

from bot.config import Holidays, default
from bot.config.calendar import is_working_day

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
