"""The clock ticks; what a tick does may fail, be late, or be cut off by the end, and the clock goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from structlog.testing import capture_logs

from bot.clock import Clock, Tick
from bot.errors import DatabaseUnavailable


async def _ticked(work: Callable[[], Awaitable[object]], *, until: asyncio.Event) -> list[str]:
    clock = Clock([Tick("tests", 0.1, work)])
    with capture_logs() as logs:
        clock.start()
        await asyncio.wait_for(until.wait(), 10)
        await asyncio.sleep(0)
        clock.stop()
        clock.stop()
        await asyncio.sleep(0.05)
    return [entry["event"] for entry in logs if entry.get("tick") == "tests"]


async def test_a_tick_that_fails_is_logged_and_comes_again() -> None:
    again = asyncio.Event()
    runs: list[int] = []

    async def work() -> None:
        runs.append(1)
        if len(runs) == 2:
            again.set()
            return
        raise ValueError("broken")

    assert await _ticked(work, until=again) == ["tick.defect"]


async def test_a_database_that_is_away_postpones_a_tick() -> None:
    again = asyncio.Event()
    runs: list[int] = []

    async def work() -> None:
        runs.append(1)
        if len(runs) == 2:
            again.set()
            return
        raise DatabaseUnavailable

    assert await _ticked(work, until=again) == ["tick.postponed"]


async def test_a_tick_that_the_end_cuts_off_is_no_defect() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    assert await _ticked(work, until=begun) == ["tick.cancelled"]
