"""When a request may go out: spacing, rate limits, back-off. Time is injected, so tests wait for nothing."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

_MOST_LANES = 10_000


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Time:
    """The clocks and the sleep a transport uses.

    ``monotonic`` is in seconds, ``sleep`` takes seconds, ``jitter`` gives a number in [0, 1), ``wall`` gives aware UTC
    (needed only for ``Retry-After`` headers that hold a date).
    """

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.SystemRandom().random
    wall: Callable[[], datetime] = _utc_now


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` requests in any ``seconds`` seconds."""

    count: int
    seconds: float


@dataclass(slots=True)
class _Lane:
    free_at: float = 0.0
    starts: deque[float] = field(default_factory=deque)


class Pacer:
    """Gives every request its earliest start. Lanes (for example one per conversation) do not hold each other up."""

    def __init__(self, spacing_s: float, rates: tuple[Rate, ...], clock: Time) -> None:
        """``spacing_s`` is the least time between two starts in one lane; every rate counts per lane."""
        self._spacing_s = spacing_s
        self._rates = rates
        self._clock = clock
        self._memory = max((rate.count for rate in rates), default=0)
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()

    async def turn(self, lane_name: str = "") -> None:
        """Wait until a request may start in this lane; the start is booked before waiting, so nobody overtakes."""
        lane = self._lane(lane_name)
        now = self._clock.monotonic()
        start = max(now, lane.free_at)
        for rate in self._rates:
            if len(lane.starts) >= rate.count:
                start = max(start, lane.starts[-rate.count] + rate.seconds)
        lane.free_at = start + self._spacing_s
        if self._memory:
            lane.starts.append(start)
            while len(lane.starts) > self._memory:
                lane.starts.popleft()
        if start > now:
            await self._clock.sleep(start - now)

    def hold(self, lane_name: str, seconds: float) -> None:
        """Keep a lane quiet: the service asked for it."""
        lane = self._lane(lane_name)
        lane.free_at = max(lane.free_at, self._clock.monotonic() + seconds)

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane()
            while len(self._lanes) > _MOST_LANES:
                self._lanes.popitem(last=False)
        self._lanes.move_to_end(name)
        return lane
