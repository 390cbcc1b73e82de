"""Loops that must not die: a crash is logged with its traceback and the loop is begun again after a pause."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger()

PAUSE_SECONDS = 5.0
"""Between a crash and the next attempt, so that a loop that crashes at once does not fill the log."""


class Supervisor:
    """Runs loops in the background until it is stopped."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """``sleep`` waits out the pause after a crash."""
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, loop: Callable[[], Awaitable[object]], *, forever: bool = True) -> None:
        """Begin a loop; one that is not ``forever`` ends when it returns, and is begun again only after a crash."""
        task = asyncio.create_task(self._run(name, loop, forever=forever), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Cancel every loop and wait until it has ended."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self, name: str, loop: Callable[[], Awaitable[object]], *, forever: bool) -> None:
        while True:
            try:
                await loop()
                if not forever:
                    return
                log.warning("loop.ended", loop=name)
            except Exception:
                log.exception("loop.crashed", loop=name)
            await self._sleep(PAUSE_SECONDS)
