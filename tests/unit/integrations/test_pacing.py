"""When a request may start."""

from __future__ import annotations

import asyncio
from datetime import UTC

from integrations.pacing import Pacer, Rate, Time
from tests.unit.integrations.doubles import VirtualTime


async def starts(pacer: Pacer, time: VirtualTime, count: int, lane: str = "") -> list[float]:
    moments = []
    for _ in range(count):
        await pacer.turn(lane)
        moments.append(time.seconds)
    return moments


async def test_spacing_counts_from_start_to_start(virtual_time: VirtualTime) -> None:
    pacer = Pacer(1.0, (), virtual_time.clock())
    assert await starts(pacer, virtual_time, 2) == [0.0, 1.0]
    virtual_time.pass_by(0.4)
    assert await starts(pacer, virtual_time, 1) == [2.0]
    virtual_time.pass_by(5)
    assert await starts(pacer, virtual_time, 1) == [7.0]


async def test_every_rate_holds_at_once(virtual_time: VirtualTime) -> None:
    rates = (Rate(7, 1.0), Rate(8, 2.0), Rate(20, 30.0))
    moments = await starts(Pacer(0.0, rates, virtual_time.clock()), virtual_time, 45)
    for rate in rates:
        for first, beyond in zip(moments, moments[rate.count :], strict=False):
            assert beyond - first >= rate.seconds
    assert moments[6] == 0.0
    assert moments[7] == 1.0


async def test_lanes_do_not_hold_each_other_up(virtual_time: VirtualTime) -> None:
    pacer = Pacer(0.0, (Rate(1, 10.0),), virtual_time.clock())
    assert await starts(pacer, virtual_time, 1, "a") == [0.0]
    assert await starts(pacer, virtual_time, 1, "b") == [0.0]
    assert await starts(pacer, virtual_time, 1, "a") == [10.0]


async def test_a_held_lane_is_quiet_for_that_long(virtual_time: VirtualTime) -> None:
    pacer = Pacer(0.0, (), virtual_time.clock())
    pacer.hold("a", 3.0)
    pacer.hold("a", 1.0)
    assert await starts(pacer, virtual_time, 1, "b") == [0.0]
    assert await starts(pacer, virtual_time, 1, "a") == [3.0]


async def test_waiting_together_does_not_shorten_the_distance() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    pacer = Pacer(1.0, (), Time(monotonic=lambda: 0.0, sleep=sleep))
    await asyncio.gather(*(pacer.turn() for _ in range(4)))
    assert waits == [1.0, 2.0, 3.0]


async def test_lanes_do_not_pile_up(virtual_time: VirtualTime) -> None:
    pacer = Pacer(0.0, (), virtual_time.clock())
    for number in range(10_050):
        await pacer.turn(str(number))
    assert len(pacer._lanes) == 10_000


def test_the_wall_clock_is_aware() -> None:
    assert Time().wall().tzinfo is UTC
