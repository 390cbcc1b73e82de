"""A sandbox with Graph in it, a login that issues real tokens, and the client over a clock that moves when told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from integrations.entra import EntraTokens
from integrations.http import Transport, new_client
from integrations.microsoft_graph import GraphSettings, MicrosoftGraph
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.faults import Fault
from integrations.sandbox.graph import AUDIENCE, GraphSandbox
from integrations.sandbox.login import new_key
from tests.unit.integrations.doubles import VirtualTime

DRIVE = "b!sandbox-drive"
WEB_ROOT = "https://supplier.sharepoint.example/sites/Bids/Offers"
USER = "00000000-0000-4000-8000-000000000001"
CLIENT_ID, SECRET = "graph-client", "graph-secret"


@dataclass
class Stage:
    """Everything a test of Graph touches."""

    url: str
    sandbox: Sandbox
    http: httpx.AsyncClient
    time: VirtualTime
    tokens: EntraTokens
    graph: MicrosoftGraph
    refusals_left: list[int] = field(default_factory=lambda: [0])

    @property
    def stand_in(self) -> GraphSandbox:
        service = self.sandbox.services["graph"]
        assert isinstance(service, GraphSandbox)
        return service

    @property
    def paths(self) -> list[str]:
        return [line["path"] for line in self.stand_in.state()["tree"]]

    def fault(self, **kind: Any) -> None:  # noqa: ANN401 - whatever a fault may be
        self.sandbox.faults.add(Fault(service="graph", **kind))

    def asked(self, method: str, path: str = "") -> list[dict[str, Any]]:
        """The requests Graph received."""
        return [
            entry
            for entry in self.sandbox.log.of("graph")
            if entry["method"] == method and entry["path"].startswith(path)
        ]

    async def call(self, method: str, address: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - as httpx has it
        """One bare request with a good token."""
        headers = {**await self.tokens.header(), **more.pop("headers", {})}
        return await self.http.request(method, f"{self.url}/graph{address}", headers=headers, **more)


@cache
def _keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    return new_key(), new_key()


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    time, refusals_left = VirtualTime(), [0]
    sandbox = Sandbox(
        SandboxSettings(
            now=time.now,
            sleep=time.sleep,
            signing_key=_keys()[0],
            login_key=_keys()[1],
            clients={CLIENT_ID: SECRET},
        )
    )

    def verify(token: str) -> bool:
        if refusals_left[0]:
            refusals_left[0] -= 1
            return False
        return sandbox.login.verify(token, audience=AUDIENCE)

    sandbox.services["graph"] = GraphSandbox(time.now, verify=verify, drive_id=DRIVE, web_root=WEB_ROOT)
    async with TestServer(sandbox.application()) as server, new_client() as client:
        url = str(server.make_url("")).rstrip("/")
        settings = GraphSettings(DRIVE, f"{url}/graph/v1.0")
        tokens = EntraTokens(
            Transport("login", client, None, time.clock()),
            login_url=f"{url}/login",
            tenant_id=sandbox.settings.tenant_id,
            client_id=CLIENT_ID,
            secret=SECRET,
            scope=f"{AUDIENCE}/.default",
            now=time.now,
        )
        graph = MicrosoftGraph(Transport("graph", client, settings.policy(), time.clock()), settings, tokens)
        yield Stage(url, sandbox, client, time, tokens, graph, refusals_left)
