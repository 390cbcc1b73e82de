"""What calls cost and how many may come: the day's tokens, the burst limit, the limit of searches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from integrations.sandbox.pipedrive.answers import Refused

_WINDOW = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a Lite plan with one seat; ``search_lag_s`` is how long the search index stays behind."""

    daily_tokens: int = 30_000
    burst: int = 20
    searches: int = 10
    search_lag_s: float = 2.0


class Meter:
    """Counts. The day changes at midnight UTC."""

    def __init__(self, now: Callable[[], datetime], limits: Limits) -> None:
        """``now`` gives aware UTC."""
        self._now = now
        self._limits = limits
        self._day: date | None = None
        self._requests: deque[datetime] = deque()
        self._searches: deque[datetime] = deque()
        self.spent = 0

    def charge(self, cost: int, *, is_search: bool) -> dict[str, str]:
        """Take the cost of a call and give the headers of its answer.

        Raises:
            Refused: 429, for the day (the remaining tokens are then 0) or for the moment.
        """
        now = self._now()
        if now.date() != self._day:
            self._day, self.spent = now.date(), 0
        lists = [(self._requests, self._limits.burst), *([(self._searches, self._limits.searches)] * is_search)]
        for starts, most in lists:
            while starts and now - starts[0] >= _WINDOW:
                starts.popleft()
            if len(starts) >= most:
                raise self._over(most, 0, wait=2)
        left = self._limits.daily_tokens - self.spent
        if cost > left:
            self.spent = self._limits.daily_tokens
            raise self._over(self._limits.burst, self._limits.burst - len(self._requests), wait=3)
        for starts, _ in lists:
            starts.append(now)
        self.spent += cost
        return self._headers(self._limits.burst, self._limits.burst - len(self._requests))

    def _over(self, limit: int, remaining: int, *, wait: int) -> Refused:
        headers = self._headers(limit, remaining) | {"retry-after": str(wait)}
        return Refused(429, "request over limit", headers=headers)

    def _headers(self, limit: int, remaining: int) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": "2",
            "x-daily-ratelimit-token-limit": str(self._limits.daily_tokens),
            "x-daily-ratelimit-token-remaining": str(self._limits.daily_tokens - self.spent),
        }
