"""How fast Teams lets a bot speak: per conversation and per tenant. Time is injected, so tests wait for nothing.

The figures are Microsoft's ("Rate limiting for bots"); the tenant's is kept a little under the documented 30 a second,
because retries are not booked here.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from integrations.errors import Transient
from integrations.pacing import Rate, Time

SENDING = (Rate(7, 1), Rate(8, 2), Rate(60, 30), Rate(1800, 3600))
READING = (Rate(14, 1), Rate(16, 2), Rate(120, 30), Rate(3600, 3600))
TENANT = (Rate(25, 1),)
PATIENCE_SECONDS = 10.0
"""The longest wait for a turn; beyond it the caller is told when to come back, so that its lease never runs out."""

_MOST_LANES = 10_000


class _Lane:
    """The starts of one conversation or tenant, oldest first; as many as the widest rate looks back on."""

    __slots__ = ("_rates", "_starts")

    def __init__(self, rates: tuple[Rate, ...]) -> None:
        self._rates = rates
        self._starts: deque[float] = deque(maxlen=max(rate.count for rate in rates))

    def earliest(self, now: float) -> float:
        start = now
        for rate in self._rates:
            if len(self._starts) >= rate.count:
                start = max(start, self._starts[-rate.count] + rate.seconds)
        return start

    def book(self, start: float) -> None:
        self._starts.append(start)


class Limits:
    """Gives every call its turn. Lanes do not hold each other up."""

    def __init__(self, clock: Time | None = None) -> None:
        """``clock`` gives the time and the sleep."""
        self._clock = clock or Time()
        self._lanes: OrderedDict[tuple[str, str], _Lane] = OrderedDict()

    async def turn(self, conversation: str, tenant: str, *, reading: bool = False) -> None:
        """Wait until a call may start. Turns are booked before waiting, so nobody overtakes.

        Raises:
            Transient: the turn is more than `PATIENCE_SECONDS` away; ``retry_after`` says how far.
        """
        # The tenant first: its margin forgives a wait for the conversation afterwards; the other way round would not.
        await self._pass(self._lane("tenant", tenant, TENANT))
        kind, rates = ("reading", READING) if reading else ("sending", SENDING)
        await self._pass(self._lane(kind, conversation, rates))

    async def _pass(self, lane: _Lane) -> None:
        now = self._clock.monotonic()
        start = lane.earliest(now)
        if start - now > PATIENCE_SECONDS:
            raise Transient("teams", "our own rate limit is used up", retry_after=start - now)
        lane.book(start)
        if start > now:
            await self._clock.sleep(start - now)

    def _lane(self, kind: str, name: str, rates: tuple[Rate, ...]) -> _Lane:
        key = (kind, name)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(rates)
            if len(self._lanes) > _MOST_LANES:
                self._lanes.popitem(last=False)
        self._lanes.move_to_end(key)
        return lane
