"""How often a bot may write to one thread."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta

# Seconds and how many writes fit in them, per bot and thread (Microsoft's "Optimize your bot with rate limiting").
WINDOWS: tuple[tuple[int, int], ...] = ((1, 7), (2, 8), (30, 60), (3600, 1800))


class RateLimiter:
    """Sliding windows per thread, on the clock of the caller."""

    def __init__(self) -> None:
        """Start with nothing written."""
        self._writes: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=WINDOWS[-1][1]))

    def retry_after(self, thread: str, at: datetime) -> float | None:
        """Record a write at `at` and return None, or return the seconds to wait when the thread is full."""
        writes = self._writes[thread]
        for seconds, most in WINDOWS:
            if len(writes) < most:
                continue
            free_at = writes[-most] + timedelta(seconds=seconds)
            if free_at > at:
                return (free_at - at).total_seconds()
        writes.append(at)
        return None
