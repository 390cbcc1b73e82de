"""Stand-ins in bad weather: a tenth of all requests fails in one way or another, and every notice may come twice."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.faults import Fault, FaultBoard, RandomFaults
from integrations.sandbox.pipedrive.deliveries import post_over_http
from integrations.sandbox.request_log import RequestLog
from tests.whole import signing_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web
    from aiohttp.typedefs import Handler

    from integrations.sandbox.clock import ShiftedClock

SERVICES = ("pipedrive", "business_central", "graph", "login", "teams", "esa")
SHARE = 0.1
STALL_SECONDS = 1.4
"""Longer than the bots of this test wait."""
TWICE = 0.3
UNHEARD = 0.1
QUICKER = 20.0
"""How much faster Pipedrive repeats a notice than it says."""


class Stalling(FaultBoard):
    """A slow answer is one whose effect is there at once and whose sender does not wait for it."""

    async def apply(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request under a fault."""
        if fault.kind != "delay":
            return await super().apply(fault, request, handler)
        response = await handler(request)
        await self._sleep(fault.delay_s)
        return response


class Counted(RequestLog):
    """A log that says how much has happened."""

    count = 0

    async def begin(self, service: str, path: str, request: web.Request) -> dict[str, Any]:
        """One more."""
        self.count += 1
        return await super().begin(service, path, request)


class Weather:
    """The stand-ins of one run."""

    def __init__(self, base_url: str, bot_url: str, clock: ShiftedClock, seed: int) -> None:
        """``bot_url`` is the address in front of all replicas."""
        self.sandbox = Sandbox(
            SandboxSettings(
                base_url=base_url,
                bot_url=f"{bot_url}/api/messages",
                signing_key=signing_key(0),
                login_key=signing_key(1),
                now=clock,
            )
        )
        self.log = Counted(clock)
        self.sandbox.log, self.sandbox.faults = self.log, Stalling()
        self.sandbox.teams.connector.limited = False
        courier = self.sandbox.pipedrive.courier
        courier._send, courier._sleep = self._tell, _soon
        self._seed = seed
        self._dice = random.Random(seed + 1)
        self.notices = self.doubled = 0

    def worsens(self) -> None:
        """From now on a tenth of all requests goes wrong."""
        self.sandbox.faults.add(
            *(
                RandomFaults(service=name, share=SHARE, seed=self._seed * 10 + place, delay_s=STALL_SECONDS)
                for place, name in enumerate(SERVICES)
            )
        )

    def clears(self) -> None:
        """From now on everything works."""
        self.sandbox.faults.clear()

    def struck(self) -> int:
        """How many requests went wrong."""
        return sum(entry["fault"] is not None for name in SERVICES for entry in self.sandbox.log.of(name))

    async def _tell(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Deliver a notice, now and then twice, or with an answer that is not heard."""
        status = await post_over_http(url, headers, body)
        self.notices += 1
        if self._dice.random() < TWICE:
            self.doubled += 1
            status = await post_over_http(url, headers, body)
        return 0 if self._dice.random() < UNHEARD else status


async def _soon(seconds: float) -> None:
    await asyncio.sleep(seconds / QUICKER)
