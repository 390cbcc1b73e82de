"""The sandbox process: every service below its own prefix, with faults, a request log and a view of the state.

GET    /                     what is here
GET    /_state/{service}     what a service holds and every request it received
POST   /_faults              [{"service": "esa", "status": 429, "headers": {"Retry-After": "1"}, "times": 3}]
GET    /_faults              what still waits;  DELETE forgets it
GET    /_clock               what time it is here;  POST {"to": "2026-11-27T14:00+01:00"} puts it forward
*      /esa/…  /login/…  /teams/…
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from yarl import URL

from integrations.sandbox import business_central, graph
from integrations.sandbox.business_central import BusinessCentralSandbox
from integrations.sandbox.clock import ShiftedClock
from integrations.sandbox.esa import EsaPortal
from integrations.sandbox.faults import FaultBoard
from integrations.sandbox.graph import GraphSandbox
from integrations.sandbox.login import LoginSandbox, TokenSigner
from integrations.sandbox.pipedrive import PipedriveSandbox
from integrations.sandbox.request_log import RequestLog
from integrations.sandbox.teams import TeamsSimulator
from integrations.sandbox.teams.personas import Persona

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class Service(Protocol):
    """One stand-in."""

    def application(self) -> web.Application:
        """Give its routes."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Give what it holds, ready for JSON."""
        ...


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What the stand-ins need to know of each other and of the bot.

    ``base_url`` is where this process listens (no slash at the end), ``bot_url`` the bot's messaging endpoint.
    ``clients`` are further client ids and secrets for the login, beside the bot's. ``release_every_s`` publishes the
    next made-up tender every so many seconds; 0 waits for the control call. ``signing_key`` and ``login_key`` spare
    tests the making of keys. ``now`` may be a :class:`ShiftedClock`: then the stand-ins live in its time, while tokens
    keep the real one, because whoever checks them does.
    """

    base_url: str = "http://127.0.0.1:8099"
    bot_url: str = "http://127.0.0.1:3978/api/messages"
    app_id: str = "00000000-0000-4000-8000-00000000b071"
    app_password: str = field(default="sandbox-bot-password", repr=False)
    tenant_id: str = "00000000-0000-4000-8000-0000000007e0"
    clients: Mapping[str, str] = field(default_factory=dict, repr=False)
    pipedrive_token: str = field(default="sandbox-pipedrive-token", repr=False)
    drive_id: str = "b!offers"
    release_every_s: float = 0.0
    now: Callable[[], datetime] = field(default_factory=ShiftedClock)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    signing_key: RSAPrivateKey | None = field(default=None, repr=False)
    login_key: RSAPrivateKey | None = field(default=None, repr=False)


class Sandbox:
    """All stand-ins and what they share. Tests reach into ``esa``, ``login``, ``teams`` and ``faults`` directly."""

    def __init__(self, settings: SandboxSettings) -> None:
        """Make the stand-ins; nothing runs before `application` is served."""
        self.settings = settings
        real = settings.now.real if isinstance(settings.now, ShiftedClock) else settings.now
        self.signer = TokenSigner(real, app_id=settings.app_id, key=settings.signing_key)
        self.login = LoginSandbox(
            self.signer,
            real,
            tenant_id=settings.tenant_id,
            clients={settings.app_id: settings.app_password, **settings.clients},
            key=settings.login_key,
        )
        self.esa = EsaPortal(
            settings.now, started_at=settings.now(), release_every_s=settings.release_every_s, sleep=settings.sleep
        )
        self.teams = TeamsSimulator(
            bot_url=settings.bot_url,
            service_url=f"{settings.base_url}/teams/",
            app_id=settings.app_id,
            tenant_id=settings.tenant_id,
            signer=self.signer,
            now=settings.now,
            verify=self.login.verify,
            tab_token=self._tab_token,
        )
        self.pipedrive = PipedriveSandbox(settings.now, api_token=settings.pipedrive_token, sleep=settings.sleep)
        self.business_central = BusinessCentralSandbox(
            settings.now,
            verify=partial(self.login.verify, audience=business_central.AUDIENCE),
            tenant_id=settings.tenant_id,
            sleep=settings.sleep,
        )
        self.graph = GraphSandbox(
            settings.now,
            verify=partial(self.login.verify, audience=graph.AUDIENCE),
            drive_id=settings.drive_id,
            web_root=f"{settings.base_url}/graph/library",
        )
        self.services: dict[str, Service] = {
            "esa": self.esa,
            "login": self.login,
            "teams": self.teams,
            "pipedrive": self.pipedrive,
            "business_central": self.business_central,
            "graph": self.graph,
        }
        self.faults = FaultBoard(settings.sleep)
        self.log = RequestLog(settings.now)

    def application(self) -> web.Application:
        """Give the whole process as one aiohttp application."""
        app = web.Application(middlewares=[self._only_loopback, self._watch], client_max_size=4 * 1024 * 1024)
        app[SANDBOX] = self
        app.router.add_get("/", self._index)
        app.router.add_get("/_state/{service}", self._state)
        self.faults.add_routes(app)
        if isinstance(self.settings.now, ShiftedClock):
            self.settings.now.add_routes(app)
        app.router.add_route("*", "/tab{rest:.*}", self.teams.tab.forward)
        for name, service in self.services.items():
            app.add_subapp(f"/{name}", service.application())
        return app

    def _tab_token(self, persona: Persona) -> str:
        """What Teams gets from the login for this person, for the bot at its own address."""
        audience = f"api://{URL(self.settings.bot_url).authority}/{self.settings.app_id}"
        return self.login.person_token(persona.aad_object_id, audience=audience, tenant_id=persona.tenant_id)

    @web.middleware
    async def _only_loopback(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other host names and other sites' pages: nothing on the web may reach the controls."""
        origin = request.headers.get("Origin")
        if request.url.host not in _LOOPBACK_NAMES or (origin and URL(origin).host not in _LOOPBACK_NAMES):
            raise web.HTTPForbidden(text="The sandbox answers on loopback only.")
        return await handler(request)

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Log the request and let a waiting fault have it; controls are exempt, so a broken service can be mended."""
        _, service, *rest = request.path.split("/", 2)
        path = "/" + "".join(rest)
        if service not in self.services or path.startswith("/_control"):
            return await handler(request)
        entry = await self.log.begin(service, path, request)
        fault = self.faults.take(service, path, request.method)
        try:
            if fault is None:
                response = await handler(request)
            else:
                entry["fault"] = fault.kind
                response = await self.faults.apply(fault, request, handler)
        except web.HTTPException as error:
            entry["status"] = error.status
            raise
        entry["status"] = response.status
        return response

    async def _index(self, _: web.Request) -> web.Response:
        base = self.settings.base_url
        return web.json_response({name: f"{base}/{name}/" for name in self.services})

    async def _state(self, request: web.Request) -> web.Response:
        name = request.match_info["service"]
        service = self.services.get(name)
        if service is None:
            raise web.HTTPNotFound(text=f"There is no service of this name. There are: {', '.join(self.services)}.")
        return web.json_response({"service": name, "state": service.state(), "requests": self.log.of(name)})


SANDBOX = web.AppKey("sandbox", Sandbox)


def build_sandbox(settings: SandboxSettings | None = None) -> web.Application:
    """Build the sandbox; ``app[SANDBOX]`` gives the `Sandbox` with its stand-ins."""
    return Sandbox(settings or SandboxSettings()).application()
