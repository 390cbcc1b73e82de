"""A stand-in account on a real loopback port, in a time that only moves when told, and a client for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from aiohttp.test_utils import TestServer

from integrations.http import new_client
from integrations.pipedrive import Pipedrive, PipedriveSettings
from integrations.sandbox.pipedrive import Limits, PipedriveSandbox
from tests.unit.integrations.doubles import VirtualTime

TOKEN = "made-up-token-of-a-stand-in"


@dataclass
class Subscriber:
    """Whoever gets the deliveries: it answers with the next of its statuses, or 200."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((url, dict(headers), body))
        await asyncio.sleep(0)
        return self.statuses.pop(0) if self.statuses else 200

    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, _, body in self.got]


@dataclass
class Account:
    """Everything a test wants to hold."""

    url: str
    time: VirtualTime
    sandbox: PipedriveSandbox
    subscriber: Subscriber
    http: httpx.AsyncClient
    pipedrive: Pipedrive

    async def raw(self, method: str, path: str, body: object = None, token: str | None = TOKEN) -> httpx.Response:
        """A request past the client, after the burst limit has been slept out."""
        self.time.pass_by(2)
        headers = {} if token is None else {"x-api-token": token}
        return await self.http.request(method, self.url + path, json=body, headers=headers)

    async def edit(self, deal_id: int, user_id: int, **changes: object) -> httpx.Response:
        """Let somebody else change a deal."""
        body = {"deal": deal_id, "user_id": user_id, "changes": changes}
        return await self.http.post(f"{self.url}/_control/edit", json=body)


@asynccontextmanager
async def open_account(
    limits: Limits | None = None, hooks: dict[str, list[Any]] | None = None
) -> AsyncIterator[Account]:
    time, subscriber = VirtualTime(), Subscriber()
    sandbox = PipedriveSandbox(time.now, api_token=TOKEN, sleep=time.sleep, send=subscriber.send, limits=limits)
    async with TestServer(sandbox.application()) as server, new_client() as client:
        client.event_hooks = hooks or {}
        url = str(server.make_url("")).rstrip("/")
        settings = PipedriveSettings(url, TOKEN)
        yield Account(url, time, sandbox, subscriber, client, Pipedrive(settings, client, time.clock()))
