"""Never faster than Teams allows, whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.limits import PATIENCE_SECONDS, READING, SENDING, TENANT, Limits
from integrations.errors import Transient
from integrations.pacing import Rate, Time
from tests.channel import SkippingClock


def _keeps(starts: Sequence[float], rates: Sequence[Rate]) -> bool:
    """Whether no window of any rate holds more starts than it may."""
    return all(
        starts[at + rate.count] - starts[at] >= rate.seconds - 1e-9
        for rate in rates
        for at in range(len(starts) - rate.count)
    )


async def _starts(clock: SkippingClock, limits: Limits, count: int, *, reading: bool = False) -> list[float]:
    starts = []
    for _ in range(count):
        await limits.turn("19:tenders", "tenant", reading=reading)
        starts.append(clock.now)
    return starts


async def test_a_conversation_hears_seven_in_a_second_and_eight_in_two() -> None:
    clock = SkippingClock()
    starts = await _starts(clock, Limits(clock.time()), 9)
    assert [start - starts[0] for start in starts] == [0, 0, 0, 0, 0, 0, 0, 1, 2]


async def test_a_conversation_hears_sixty_in_half_a_minute() -> None:
    clock = SkippingClock()
    limits = Limits(clock.time())
    starts = await _starts(clock, limits, 60)
    assert _keeps(starts, SENDING)
    with pytest.raises(Transient) as caught:
        await limits.turn("19:tenders", "tenant")
    assert caught.value.retry_after == pytest.approx(starts[0] + 30 - clock.now)


async def test_reading_has_its_own_figures() -> None:
    clock = SkippingClock()
    limits = Limits(clock.time())
    starts = await _starts(clock, limits, 100, reading=True)
    assert _keeps(starts, (*READING, *TENANT))
    assert starts[13] == starts[0] < starts[14]


async def test_conversations_do_not_hold_each_other_up() -> None:
    clock = SkippingClock()
    limits = Limits(clock.time())
    for number in range(25):
        await limits.turn(f"19:{number}", "tenant")
    assert clock.slept == []


async def test_a_tenant_hears_twenty_five_in_a_second() -> None:
    clock = SkippingClock()
    limits = Limits(clock.time())
    starts = []
    for number in range(60):
        await limits.turn(f"19:{number}", "tenant")
        starts.append(clock.now)
    assert _keeps(starts, TENANT)
    assert starts[59] - starts[0] == 2
    await limits.turn("19:other", "another tenant")
    assert clock.now == starts[59]


async def test_a_turn_far_away_is_refused_with_the_time_to_come_back() -> None:
    limits = Limits(Time(monotonic=lambda: 1000.0, sleep=_no_sleep))  # everything is asked for at one moment
    waits = [await _refused_for(limits) for _ in range(60)]
    refused = [wait for wait in waits if wait is not None]
    assert refused
    assert waits[: len(waits) - len(refused)] == [None] * (60 - len(refused))
    assert all(wait > PATIENCE_SECONDS for wait in refused)


async def _no_sleep(_: float) -> None:
    return None


async def _refused_for(limits: Limits) -> float | None:
    try:
        await limits.turn("19:tenders", "tenant")
    except Transient as error:
        return error.retry_after
    return None


async def test_an_hour_is_remembered() -> None:
    clock = SkippingClock()
    limits = Limits(clock.time())
    starts = []
    while clock.now < 1000 + 3000:
        wait = await _refused_for(limits)
        if wait is None:
            starts.append(clock.now)
        else:
            clock.now += wait
    assert len(starts) == 1800
    assert _keeps(starts, SENDING)


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.teams.limits._MOST_LANES", 10)
    clock = SkippingClock()
    limits = Limits(clock.time())
    for number in range(100):
        await limits.turn(f"19:{number}", "tenant")
    assert len(limits._lanes) <= 10


@given(waits=st.lists(st.floats(0, 5), min_size=1, max_size=80))
def test_no_window_ever_holds_too_many(waits: list[float]) -> None:
    async def run() -> list[float]:
        clock = SkippingClock()
        limits = Limits(clock.time())
        starts = []
        for wait in waits:
            clock.now += wait
            await limits.turn("19:tenders", "tenant")
            starts.append(clock.now)
        return starts

    assert _keeps(asyncio.run(run()), (*SENDING, *TENANT))
