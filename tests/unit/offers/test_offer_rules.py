"""The arithmetic of offers: weighted amounts, margins, the days of steps, where an offer begins and goes on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.offers.rules import (
    Margin,
    Weighted,
    durations,
    earliest_post_award,
    first_stage,
    margin,
    stage_to_reopen,
    weigh,
)

OPENED = date(2015, 1, 2)
DETECTED = date(2015, 1, 14)
"""The latest pre-sales step of the worked example."""


@pytest.mark.parametrize(
    ("day", "may_start_in_presales", "accepted"),
    [
        (date(2015, 1, 15), False, True),  # B1
        (date(2015, 1, 10), True, True),  # A1
        (date(2015, 1, 14), False, True),  # C1
        (date(2015, 1, 13), False, False),  # D1
        (date(2015, 1, 2), True, True),  # the opening day itself
        (date(2015, 1, 1), True, False),  # before the offer was opened
    ],
)
def test_the_worked_example_of_post_award_steps(day: date, *, may_start_in_presales: bool, accepted: bool) -> None:
    earliest = earliest_post_award(
        may_start_in_presales=may_start_in_presales, latest_presales=DETECTED, opened_on=OPENED
    )
    assert (day >= earliest) is accepted


def test_without_any_dated_step_the_opening_day_counts() -> None:
    assert earliest_post_award(may_start_in_presales=False, latest_presales=None, opened_on=OPENED) == OPENED


@pytest.mark.parametrize(
    ("amount", "launch", "success", "average", "expected"),
    [
        ("100000", 80, 50, False, ("80000.00", "50000.00", "40000.00")),
        ("100000", 80, 50, True, ("80000.00", "50000.00", "65000.00")),
        ("100000", 75, 50, True, ("75000.00", "50000.00", "62500.00")),
        ("0.01", 50, 50, False, ("0.01", "0.01", "0.00")),  # half a cent goes up, a quarter down
        ("33.33", 33, 67, False, ("11.00", "22.33", "7.37")),
        ("1000", 1, 2, True, ("10.00", "20.00", "15.00")),  # the mean of two odd percents is a half
        ("1000", 0, 100, False, ("0.00", "1000.00", "0.00")),
        ("9999999999999.99", 100, 100, False, ("9999999999999.99",) * 3),
    ],
)
def test_weighted_amounts(amount: str, launch: int, success: int, expected: tuple[str, ...], *, average: bool) -> None:
    found = weigh(Decimal(amount), launch, success, average=average)
    assert (str(found.launch), str(found.success), str(found.double)) == expected


def test_what_is_unknown_weighs_nothing() -> None:
    amount = Decimal(1000)
    assert weigh(None, 50, 50, average=False) == Weighted(None, None, None)
    assert weigh(amount, None, 50, average=True) == Weighted(None, Decimal(500), None)
    assert weigh(amount, 50, None, average=False) == Weighted(Decimal(500), None, None)


@given(
    st.decimals(min_value=0, max_value=10**12, places=2),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_the_double_weighting_stands_where_it_must(amount: Decimal, launch: int, success: int) -> None:
    cumulative = weigh(amount, launch, success, average=False)
    average = weigh(amount, launch, success, average=True)
    assert None not in {cumulative.launch, cumulative.success, cumulative.double, average.double}
    low, high = sorted((cumulative.launch or Decimal(0), cumulative.success or Decimal(0)))
    assert (cumulative.double or Decimal(0)) <= low <= (average.double or Decimal(0)) <= high <= amount


@pytest.mark.parametrize(
    ("price", "cost", "expected"),
    [
        ("1000", "750", Margin(Decimal(250), Decimal("25.0"))),
        ("1000", "1250", Margin(Decimal(-250), Decimal("-25.0"))),
        ("3", "1", Margin(Decimal(2), Decimal("66.7"))),
        ("0", "10", Margin(Decimal(-10), None)),
        (None, "10", None),
        ("10", None, None),
    ],
)
def test_margin(price: str | None, cost: str | None, expected: Margin | None) -> None:
    assert margin(Decimal(price) if price else None, Decimal(cost) if cost else None) == expected


@pytest.mark.parametrize(
    ("of_type", "given_stage", "expected"),
    [
        (["DET"], None, "DET"),
        (["ZED", "ALF", "MID"], None, "ALF"),
        (["DET"], "EVA", "EVA"),
        ([], "EVA", "EVA"),
        ([], None, None),
    ],
)
def test_where_an_offer_begins(of_type: list[str], given_stage: str | None, expected: str | None) -> None:
    assert first_stage(of_type, given_stage) == expected


def test_how_long_each_step_lasted() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 4), date(2026, 1, 4)]
    assert durations(days, date(2026, 2, 1)) == [3, 0, 28]
    assert durations(days, date(2026, 1, 3)) == [3, 0, 0]
    assert durations([], date(2026, 1, 3)) == []


@given(st.lists(st.integers(0, 400), min_size=1, max_size=9), st.integers(400, 500))
def test_the_durations_add_up_to_the_whole(offsets: list[int], end: int) -> None:
    days = [OPENED + timedelta(days=offset) for offset in sorted(offsets)]
    until = OPENED + timedelta(days=end)
    assert sum(durations(days, until)) == (until - days[0]).days


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (["DET", "SNT", "NEG", "LOS"], "NEG"),
        (["DET", "LOS", "DET", "ABN"], "DET"),
        (["GONE", "LOS"], "FIRST"),
        ([], "FIRST"),
    ],
)
def test_where_a_closed_offer_goes_on(history: list[str], expected: str) -> None:
    assert stage_to_reopen(history, {"DET", "SNT", "NEG"}, "FIRST") == expected
