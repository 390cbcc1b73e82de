"""What the tests of the integrations share: a clock that only moves when told, and a sandbox that listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from integrations.pacing import Time
from integrations.sandbox.app import Sandbox

MakeItem = Callable[..., dict[str, Any]]

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@dataclass
class VirtualTime:
    """Time passes only by sleeping or by `pass_by`."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def clock(self) -> Time:
        return Time(monotonic=lambda: self.seconds, sleep=self.sleep, jitter=lambda: 1.0, wall=self.now)


@dataclass
class RunningSandbox:
    """A sandbox that listens, and a client for it."""

    url: str
    sandbox: Sandbox
    client: httpx.AsyncClient

    async def control(self, path: str, **payload: object) -> dict[str, Any]:
        answer = await self.client.post(f"{self.url}{path}", json=payload)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result
