"""Loops that must not die."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from bot.supervision import PAUSE_SECONDS, Supervisor


async def test_a_crashed_loop_is_logged_and_begun_again_after_a_pause() -> None:
    runs: list[int] = []
    pauses: list[float] = []
    healthy = asyncio.Event()

    async def loop() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            raise ValueError("broken")
        healthy.set()
        await asyncio.Event().wait()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    supervisor = Supervisor(sleep)
    with capture_logs() as logs:
        supervisor.start("tests", loop)
        await asyncio.wait_for(healthy.wait(), 5)
        await supervisor.stop()
    assert runs == [0, 1, 2]
    assert pauses == [PAUSE_SECONDS, PAUSE_SECONDS]
    assert [(entry["event"], entry["loop"]) for entry in logs] == [("loop.crashed", "tests")] * 2


async def test_a_loop_that_returns_is_begun_again_because_it_should_not_have() -> None:
    runs: list[int] = []
    enough = asyncio.Event()

    async def loop() -> None:
        runs.append(1)

    async def sleep(_seconds: float) -> None:
        if len(runs) == 2:
            enough.set()
            await asyncio.Event().wait()

    supervisor = Supervisor(sleep)
    with capture_logs() as logs:
        supervisor.start("tests", loop)
        await asyncio.wait_for(enough.wait(), 5)
        await supervisor.stop()
    assert {entry["event"] for entry in logs} == {"loop.ended"}


async def test_work_that_is_done_once_is_not_repeated() -> None:
    runs: list[int] = []
    done = asyncio.Event()

    async def work() -> None:
        runs.append(1)
        done.set()

    supervisor = Supervisor()
    supervisor.start("once", work, forever=False)
    await asyncio.wait_for(done.wait(), 5)
    await asyncio.sleep(0)
    await supervisor.stop()
    assert runs == [1]


async def test_stopping_waits_until_a_loop_has_cleaned_up() -> None:
    started, cleaned = asyncio.Event(), []

    async def loop() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    supervisor = Supervisor()
    supervisor.start("tests", loop)
    await started.wait()
    await supervisor.stop()
    assert cleaned == [True]
