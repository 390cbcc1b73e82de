"""The Teams side of the edge on loopback: a login that signs for real, a Bot Connector that remembers, and a bot."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot.teams.endpoint import PATH, Edge, EdgeSettings, Metrics, mount
from bot.teams.inbound import Inbound
from bot.teams.replies import Reply, TextReply
from integrations.pacing import Time
from integrations.sandbox.login import LoginSandbox, TokenSigner, new_key

APP_ID = "00000000-0000-4000-8000-0000000000a1"
TENANT_ID = "00000000-0000-4000-8000-0000000000b1"
OBJECT_ID = "00000000-0000-4000-8000-000000000001"
SECRET = "made-up-secret"  # pragma: allowlist secret
CHANNEL_ID = "19:tenders@thread.tacv2"
THREAD_ID = f"{CHANNEL_ID};messageid=1795345169705"
CHAT_ID = "a:chat-with-cto"

Json = dict[str, Any]
Turn = Callable[[Inbound], Awaitable[Reply | None]]


@cache
def signing_key(number: int = 0) -> RSAPrivateKey:
    """A key made once per run, because making one takes a tenth of a second."""
    return new_key()


def utc_now() -> datetime:
    return datetime.now(UTC)


def activity(kind: str, service_url: str, *, personal: bool = False, **more: object) -> Json:
    """An activity as Teams sends it, from the CTO, in the tender channel or in the chat with the bot."""
    channel = {
        "team": {"id": "19:team@thread.tacv2", "name": "Sales"},
        "channel": {"id": CHANNEL_ID, "name": "Tenders"},
    }
    conversation = (
        {"conversationType": "personal", "tenantId": TENANT_ID, "id": CHAT_ID}
        if personal
        else {"isGroup": True, "conversationType": "channel", "tenantId": TENANT_ID, "id": THREAD_ID}
    )
    return {
        "type": kind,
        "id": "f:2efa7154-0000-4000-8000-000000000000",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "timestamp": "2026-11-22T10:59:31.990Z",
        "locale": "fr-FR",
        "from": {"id": "29:cto", "name": "CTO", "aadObjectId": OBJECT_ID},
        "recipient": {"id": f"28:{APP_ID}", "name": "Offerdesk"},
        "conversation": conversation,
        "channelData": {"tenant": {"id": TENANT_ID}, **({} if personal else channel)},
        "entities": [
            {"type": "clientInfo", "locale": "fr-FR", "country": "FR", "platform": "Web", "timezone": "Europe/Paris"},
        ],
        **more,
    }


def card_action(service_url: str, data: Json | None = None, *, personal: bool = False, **more: object) -> Json:
    """A pressed Action.Execute."""
    action = {"type": "Action.Execute", "title": "Go", "verb": "vote_go", "data": data or {"id": 7, "verb": "vote_go"}}
    value = {"action": action, "trigger": "manual"}
    return activity(
        "invoke",
        service_url,
        name="adaptiveCard/action",
        replyToId="1795345169747",
        value=value,
        personal=personal,
        **more,
    )


@dataclass
class Received:
    """A request the Bot Connector got."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class FakeConnector:
    """Takes what Teams takes; answers by the script first. ``None`` in the script drops the connection."""

    login: LoginSandbox
    script: list[tuple[int, Json, dict[str, str]] | None] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        path = request.raw_path.split("?")[0].removeprefix("/connector")
        self.received.append(Received(request.method, path, dict(request.query), orjson.loads(raw) if raw else None))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.tokens.append(token)
        if self.script:
            answer = self.script.pop(0)
            if answer is None:
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            status, body, headers = answer
            return web.json_response(body, status=status, headers=headers)
        if not self.login.verify(token):
            return web.json_response({"error": {"code": "Unauthorized"}}, status=401)
        number = str(len(self.received))
        made = {"id": f"made-{number}", "activityId": f"root-{number}"}
        return web.json_response(made, status=201 if request.method == "POST" else 200)

    def bodies(self) -> list[Any]:
        return [each.body for each in self.received]


@dataclass
class Channel:
    """Everything a test needs to speak as Teams."""

    edge: Edge
    registry: CollectorRegistry
    signer: TokenSigner
    login: LoginSandbox
    connector: FakeConnector
    service_url: str
    client: TestClient[web.Request, web.Application]

    async def post(self, body: object, *, token: str | None = None, **headers: str) -> tuple[int, Any]:
        """Deliver an activity with a fresh token (or the given one); gives status and JSON."""
        sent = token if token is not None else self.signer.token(self.service_url)
        given = {"Authorization": f"Bearer {sent}", "Content-Type": "application/json", **headers}
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        async with self.client.post(PATH, data=data, headers=given) as answer:
            raw = await answer.read()
            return answer.status, orjson.loads(raw) if raw else None

    def press(self, data: Json | None = None, **more: object) -> Json:
        return card_action(self.service_url, data) | more

    def said(self, text: str, *, personal: bool = False, **more: object) -> Json:
        return activity("message", self.service_url, personal=personal, text=text, **more)


async def echo(inbound: Inbound) -> Reply | None:
    """The plainest turn."""
    return TextReply(f"{inbound.kind.value}:{inbound.verb}{inbound.text}")


@asynccontextmanager
async def open_channel(
    turn: Turn = echo,
    *,
    clock: Time | None = None,
    endorsements: tuple[str, ...] = ("msteams",),
    secret: str = SECRET,
    **changed: object,
) -> AsyncIterator[Channel]:
    """Start the outside and the bot; ``changed`` replaces single fields of the bot's settings."""
    signer = TokenSigner(utc_now, app_id=APP_ID, endorsements=endorsements, key=signing_key())
    login = LoginSandbox(signer, utc_now, tenant_id=TENANT_ID, clients={APP_ID: SECRET}, key=signing_key(1))
    connector = FakeConnector(login)
    outside = web.Application(client_max_size=1 << 22)
    outside.add_subapp("/login", login.application())
    outside.router.add_route("*", "/connector/{rest:.*}", connector.handle)
    async with TestServer(outside) as server:
        base = f"http://127.0.0.1:{server.port}"
        fields: dict[str, Any] = {
            "app_id": APP_ID,
            "secret": SecretStr(secret),
            "tenant_ids": (TENANT_ID,),
            "service_hosts": ("127.0.0.1",),
            "openid_metadata_url": f"{base}/login/v1/.well-known/openidconfiguration",
            "token_issuer": signer.issuer,
            "login_url": f"{base}/login",
        }
        registry = CollectorRegistry()
        edge = Edge(
            EdgeSettings(**(fields | changed)),
            turn,
            clock=clock,
            new_error_id=lambda: "error-1",
            metrics=Metrics(registry),
        )
        app = web.Application()
        mount(app, edge)
        async with TestClient(TestServer(app)) as client:
            yield Channel(edge, registry, signer, login, connector, f"{base}/connector/", client)


class SkippingClock:
    """A clock whose sleeps take no time: they move it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def time(self) -> Time:
        return Time(monotonic=self.monotonic, sleep=self.sleep, jitter=lambda: 0.0, wall=utc_now)


class HandClock:
    """A clock that stands until a test moves it; sleepers wake when their time has come."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [each for each in self._sleepers if each[0] <= self.now]
        self._sleepers = [each for each in self._sleepers if each[0] > self.now]
        for _, woken in due:
            woken.set()

    def next_wake(self) -> float:
        """Seconds until the first sleeper wakes."""
        return min(at for at, _ in self._sleepers) - self.now

    def time(self) -> Time:
        return Time(monotonic=self.monotonic, sleep=self.sleep, jitter=lambda: 0.0, wall=utc_now)


async def until(reached: Callable[[], bool]) -> None:
    """Let everything else run until something is so."""
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110  what is waited for tells nobody when it is done
            await asyncio.sleep(0)


def without(body: Json, *path: str) -> Json:
    """A copy that lacks one field."""
    changed = copy.deepcopy(body)
    parent = changed
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return changed
