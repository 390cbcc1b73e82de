"""The clock: APScheduler only ticks. What is due stands in tables, so a missed or doubled tick changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """Do ``work`` every ``seconds``; ``work`` finds out by itself what is due. ``id`` is unique."""

    id: str
    seconds: float
    work: Callable[[], Awaitable[object]]


class Clock:
    """Runs ticks on the running event loop. A tick that is late or overlaps is run once, as soon as possible."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        """Plan the ticks; nothing runs before :meth:`start`."""
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._scheduler.add_listener(_log_defect, EVENT_JOB_ERROR)
        for tick in ticks:
            self._scheduler.add_job(
                _run,
                IntervalTrigger(seconds=max(1, round(tick.seconds))),
                args=[tick],
                id=tick.id,
                name=tick.id,
                replace_existing=True,
            )

    def start(self) -> None:
        """Begin to tick; needs a running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; running work is not interrupted."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


async def _run(tick: Tick) -> None:
    try:
        await tick.work()
    except asyncio.CancelledError:
        # Only a stopping clock cancels; APScheduler would log it as an error. What was under way is rolled back.
        log.info("tick.cancelled", tick=tick.id)
    except DatabaseUnavailable as error:
        log.warning("tick.postponed", tick=tick.id, error=str(error.__cause__ or error)[:200])


def _log_defect(event: JobExecutionEvent) -> None:
    log.error("tick.defect", tick=event.job_id, exc_info=event.exception)
