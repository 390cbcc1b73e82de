"""The day's tokens: every call costs some, and the whole company shares one budget with every other integration."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from integrations.pipedrive.errors import BudgetExhausted
from integrations.pipedrive.settings import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_LIMIT = "x-daily-ratelimit-token-limit"
_REMAINING = "x-daily-ratelimit-token-remaining"
_NEXT_LOOK = timedelta(hours=1)


class Budget:
    """What is known of the budget.

    The headers are not documented and may be missing, so nothing depends on them but the early stop. The budget is
    renewed at midnight of a time zone the documentation does not name: UTC is assumed, and when the service still
    refuses after that it is asked again every hour.
    """

    def __init__(self, wall: Callable[[], datetime]) -> None:
        """``wall`` gives aware UTC."""
        self._wall = wall
        self.spent = 0
        self.limit: int | None = None
        self.remaining: int | None = None
        self._closed_until: datetime | None = None
        self._known_until: datetime | None = None

    def check(self, cost: int) -> None:
        """Raise `BudgetExhausted` when a call of this cost would be refused anyway."""
        now = self._wall()
        if self._known_until is not None and now >= self._known_until:
            self.remaining = self._known_until = None
        if self._closed_until is not None and now < self._closed_until:
            raise self._exhausted((self._closed_until - now).total_seconds())
        if self._known_until is not None and self.remaining is not None and self.remaining < cost:
            raise self._exhausted((self._known_until - now).total_seconds())

    def spend(self, cost: int) -> None:
        """Count the documented cost of a call that is made."""
        self.spent += cost

    def answered(self, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer that was given."""
        self._closed_until = None
        self._learn(headers)

    def refused(self, headers: Mapping[str, str]) -> BudgetExhausted | None:
        """Learn from a 429; give the error to raise when it is the day's budget and not the burst limit."""
        self._learn(headers)
        if self.remaining is None or self.remaining > 0:
            return None
        now = self._wall()
        still_closed = self._closed_until is not None
        self._closed_until = now + _NEXT_LOOK if still_closed else _next_midnight(now)
        self.remaining = self._known_until = None
        return self._exhausted((self._closed_until - now).total_seconds())

    def _learn(self, headers: Mapping[str, str]) -> None:
        limit, remaining = _whole(headers.get(_LIMIT)), _whole(headers.get(_REMAINING))
        self.limit = self.limit if limit is None else limit
        self.remaining = remaining
        self._known_until = None if remaining is None else _next_midnight(self._wall())

    def _exhausted(self, seconds: float) -> BudgetExhausted:
        return BudgetExhausted(SERVICE, "the day's budget of tokens is used up", status=429, retry_after=seconds)


def _next_midnight(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _whole(text: str | None) -> int | None:
    digits = (text or "").strip()
    if not digits.removeprefix("-").isdecimal():
        return None
    return max(0, int(digits))
