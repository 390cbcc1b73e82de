"""Business Central and its login on a real loopback port, with a client for them and a notebook of what was said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from uuid import UUID

import httpx
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from integrations.business_central import SCOPE, SERVICE, BusinessCentral, BusinessCentralSettings, policy
from integrations.entra import EntraTokens
from integrations.http import Policy, Transport, new_client
from integrations.sandbox.business_central import AUDIENCE, COMPANY_ID, ENVIRONMENT, BusinessCentralSandbox, Edit
from integrations.sandbox.login import LoginSandbox, TokenSigner, new_key
from tests.unit.integrations.doubles import VirtualTime

TENANT = "00000000-0000-4000-8000-0000000007e0"
CLIENT_ID = "00000000-0000-4000-8000-00000000bc01"
SECRET = "sandbox-bc-secret"  # pragma: allowlist secret
CONTACT = "CT000010"
SALESPERSON = "LEAD1"


@dataclass
class Hook:
    """Our webhook endpoint: repeats the token and remembers the posts, or answers what a test says."""

    posts: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    token: str | None = None

    async def __call__(self, url: str, body: bytes | None) -> tuple[int, str]:
        if body is None:
            token = httpx.URL(url).params["validationToken"]
            return 200, token if self.token is None else self.token
        self.posts.append(body)
        return (self.statuses.pop(0) if self.statuses else 202), ""


@dataclass
class Said:
    """One request and its answer."""

    method: str
    path: str
    request: bytes
    status: int
    answer: bytes
    headers: dict[str, str]


@dataclass
class Stage:
    """Everything a test talks to."""

    sandbox: BusinessCentralSandbox
    login: LoginSandbox
    http: httpx.AsyncClient
    url: str
    bc: BusinessCentral
    hook: Hook
    time: VirtualTime
    said: list[Said]

    @property
    def api(self) -> str:
        return f"{self.url}/business_central/v2.0/{TENANT}/{ENVIRONMENT}/api/v2.0"

    @property
    def company(self) -> str:
        return f"{self.api}/companies({COMPANY_ID})"

    async def raw(
        self, method: str, url: str, payload: object = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send what the client would never send."""
        token = await self.tokens().header()
        return await self.http.request(method, url, json=payload, headers={**token, **(headers or {})})

    async def refusal(
        self, method: str, url: str, payload: object = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        answer = await self.raw(method, url, payload, headers=headers)
        return answer.status_code, answer.json()["error"]["code"]

    def edit(self, entity_set: Any, number: str, **values: object) -> None:  # noqa: ANN401 - also unknown ones
        self.sandbox.controls.edit(Edit(entity_set=entity_set, number=number, values=values))

    def tokens(self) -> EntraTokens:
        return EntraTokens(
            Transport("entra", self.http, Policy(attempts=1), self.time.clock()),
            login_url=f"{self.url}/login",
            tenant_id=TENANT,
            client_id=CLIENT_ID,
            secret=SECRET,
            scope=SCOPE,
            now=self.time.now,
        )


@cache
def _key() -> RSAPrivateKey:
    return new_key()


@asynccontextmanager
async def on_stage(*, presales_pages: bool = False, company_id: str = COMPANY_ID) -> AsyncIterator[Stage]:
    time, hook, said = VirtualTime(), Hook(), list[Said]()
    signer = TokenSigner(time.now, app_id="bot", key=_key())
    login = LoginSandbox(signer, time.now, tenant_id=TENANT, clients={CLIENT_ID: SECRET}, key=_key())
    sandbox = BusinessCentralSandbox(
        time.now,
        verify=partial(login.verify, audience=AUDIENCE),
        tenant_id=TENANT,
        sleep=time.sleep,
        send=hook,
        presales_pages=presales_pages,
    )
    app = web.Application()
    app.add_subapp("/business_central", sandbox.application())
    app.add_subapp("/login", login.application())
    async with TestServer(app) as server, new_client() as client:
        client.event_hooks = {"response": [partial(_note, said)]}
        url = str(server.make_url("")).rstrip("/")
        settings = BusinessCentralSettings(
            TENANT, ENVIRONMENT, UUID(company_id), base_url=f"{url}/business_central/v2.0"
        )
        transport = Transport(SERVICE, client, policy(), time.clock())
        stage = Stage(sandbox, login, client, url, None, hook, time, said)  # type: ignore[arg-type]
        stage.bc = BusinessCentral(transport, settings, stage.tokens())
        yield stage


async def _note(said: list[Said], response: httpx.Response) -> None:
    request = response.request
    said.append(
        Said(
            request.method,
            request.url.path,
            request.content,
            response.status_code,
            await response.aread(),
            dict(request.headers),
        )
    )
