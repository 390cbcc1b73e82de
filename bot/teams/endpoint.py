"""`POST /api/messages`: everything Teams says to us comes through here, and nothing else does.

Order of work: size, content type, JSON, token, tenant and service URL, shape; then one turn with a deadline. Whatever
goes wrong in a turn is logged once under an id that the person is shown; no traceback ever leaves the process.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import httpx
import structlog
from aiohttp import web
from botbuilder.core import TurnContext
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from pydantic import SecretStr

from bot.teams.adapter import Adapter, InvokeAnswer, answer_invoke, send_message
from bot.teams.authentication import Authenticator
from bot.teams.connector import Connector
from bot.teams.credentials import Credentials
from bot.teams.hosts import ServiceHosts
from bot.teams.inbound import Inbound, InboundKind
from bot.teams.replies import ErrorReply, Reply, invoke_body, message_activity
from bot.tokens.bearer import Refused
from bot.tokens.keys import Keys
from cards.texts import texts
from integrations.errors import ServiceError
from integrations.http import new_client
from integrations.pacing import Time

log = structlog.get_logger()

PATH = "/api/messages"
Turn = Callable[[Inbound], Awaitable[Reply | None]]
"""What is done with an activity. Raises only for defects and outages; refusals are replies."""

DEADLINE_SECONDS = 4.0
"""How long a turn may take. Teams waits five seconds for a search; for a card's button it documents no figure."""

SENDING_SECONDS = 10.0
"""How long the answer to a typed message may take to be posted; Teams delivers the message again after 15 seconds."""
_APOLOGETIC = frozenset({InboundKind.MESSAGE, InboundKind.CARD_SUBMIT})
_SILENT = frozenset({InboundKind.RENAMED, InboundKind.UNINSTALL, InboundKind.OTHER})
"""Nobody spoke to the bot, so it says nothing."""
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4)


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the edge needs to know. ``language`` is for people whose client names none; ``deadline_s`` bounds a turn."""

    app_id: str
    secret: SecretStr
    tenant_ids: tuple[str, ...]
    """Whom we serve; the first is our own, whose login gives us our token."""
    service_hosts: tuple[str, ...]
    openid_metadata_url: str
    token_issuer: str
    login_url: str
    language: Literal["fr", "en"] = "fr"
    deadline_s: float = DEADLINE_SECONDS


@dataclass(slots=True)
class Metrics:
    """What `/metrics` tells about the edge. One per registry."""

    registry: CollectorRegistry = field(default_factory=lambda: REGISTRY)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    refused: Counter = field(init=False)

    _counting: dict[tuple[str, int], Counter] = field(init=False, default_factory=dict)
    _timing: dict[str, Histogram] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Register the three."""
        self.requests = Counter("offerdesk_activities", "Requests answered", ("kind", "status"), registry=self.registry)
        self.seconds = Histogram(
            "offerdesk_activity_seconds", "Time to answer", ("kind",), buckets=_BUCKETS, registry=self.registry
        )
        self.refused = Counter(
            "offerdesk_activities_refused", "Requests turned away", ("reason",), registry=self.registry
        )

    def answered(self, kind: str, status: int, seconds: float) -> None:
        """Count one answer. Kinds and statuses are few, so the line of each pair is looked up once and kept."""
        counting, timing = self._counting.get((kind, status)), self._timing.get(kind)
        if counting is None or timing is None:
            counting = self._counting[kind, status] = self.requests.labels(kind, status)
            timing = self._timing[kind] = self.seconds.labels(kind)
        counting.inc()
        timing.observe(seconds)


@cache
def _process_metrics() -> Metrics:
    """The metrics of the process's own registry, which takes each name once."""
    return Metrics()


class Edge:
    """The whole edge: keys, token, connector, adapter. `mount` ties it to an application's life."""

    def __init__(
        self,
        settings: EdgeSettings,
        turn: Turn,
        *,
        client: httpx.AsyncClient | None = None,
        clock: Time | None = None,
        new_error_id: Callable[[], str] = lambda: uuid.uuid4().hex[:8],
        metrics: Metrics | None = None,
    ) -> None:
        """A ``client`` that is given stays open; the own one is closed by `stop`.

        Raises:
            ConfigurationError: the OpenID or the login URL is neither https nor on this machine.
        """
        self._settings = settings
        self._turn = turn
        self._own_client = client is None
        self._client = client or new_client()
        self._new_error_id = new_error_id
        self._metrics = metrics or _process_metrics()
        hosts = ServiceHosts(settings.service_hosts)
        self.keys = Keys(settings.openid_metadata_url, self._client, clock)
        self.credentials = Credentials(
            settings.app_id,
            settings.secret,
            tenant_id=settings.tenant_ids[0],
            login_url=settings.login_url,
            client=self._client,
            clock=clock,
        )
        self.connector = Connector(self.credentials, hosts, self._client, clock)
        authenticator = Authenticator(
            app_id=settings.app_id,
            issuer=settings.token_issuer,
            tenant_ids=frozenset(settings.tenant_ids),
            service_hosts=hosts,
            keys=self.keys,
            connector=self.connector,
            clock=clock,
        )
        self.adapter = Adapter(authenticator, settings.app_id)
        self.adapter.on_turn_error = self._on_turn_error

    async def start(self) -> None:
        """Begin to fetch keys and token; returns at once, the first click waits for them if it must."""
        self.keys.start()
        self.credentials.start()

    async def stop(self) -> None:
        """Stop fetching; nothing may be sent afterwards."""
        await self.keys.stop()
        await self.credentials.stop()
        if self._own_client:
            await self._client.aclose()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request and count it."""
        begun = time.perf_counter()
        outcome = await self.adapter.run(request, self, self.answer)
        kind = "none" if outcome.inbound is None else outcome.inbound.kind
        self._metrics.answered(kind, outcome.response.status, time.perf_counter() - begun)
        if outcome.refused is not None:
            self._metrics.refused.labels(outcome.refused).inc()
            log.info("teams.refused", reason=outcome.refused, status=outcome.response.status)
        return outcome.response

    async def answer(self, inbound: Inbound) -> InvokeAnswer:
        """Run the turn of an invoke and give its answer; an invoke is always answered, whatever goes wrong."""
        try:
            return invoke_body(await self._in_time(inbound), inbound.kind)
        except Exception as error:  # noqa: BLE001  logged under an id that the person is shown
            return invoke_body(self._failure(inbound, error), inbound.kind)

    async def on_turn(self, context: TurnContext) -> None:
        """Run one turn inside botbuilder's pipeline."""
        inbound: Inbound = context.activity.inbound
        await _answer(context, inbound, await self._in_time(inbound))

    async def _in_time(self, inbound: Inbound) -> Reply | None:
        async with asyncio.timeout(self._settings.deadline_s):
            return await self._turn(inbound)

    async def _on_turn_error(self, context: TurnContext, error: Exception) -> None:
        inbound: Inbound = context.activity.inbound
        reply = self._failure(inbound, error)
        if not inbound.is_invoke and inbound.kind not in _APOLOGETIC:
            # Installs and renames: nobody waits for an answer, and a failed delivery may come again.
            raise Refused(503, "turn_failed") from error
        await _answer(context, inbound, reply)

    def _failure(self, inbound: Inbound, error: Exception) -> ErrorReply:
        """Log once under an id; the person is told the id, and nobody is told anything else."""
        error_id = self._new_error_id()
        late = isinstance(error, TimeoutError)
        log.error(
            "teams.turn_late" if late else "teams.turn_failed",
            error_id=error_id,
            kind=inbound.kind.value,
            verb=inbound.verb[:40],
            exc_info=None if late else error,
        )
        words = texts(inbound.language or self._settings.language)
        return ErrorReply(500, words("edge.slow", id=error_id) if late else words("edge.failed", id=error_id))


def mount(app: web.Application, edge: Edge) -> None:
    """Add the route, and start and stop the edge with the application."""

    async def life(_: web.Application) -> AsyncIterator[None]:
        await edge.start()
        yield
        await edge.stop()

    app.cleanup_ctx.append(life)
    app.router.add_post(PATH, edge.handle)


async def _answer(context: TurnContext, inbound: Inbound, reply: Reply | None) -> None:
    if inbound.is_invoke:
        await answer_invoke(context, *invoke_body(reply, inbound.kind))
        return
    message = None if reply is None else message_activity(reply)
    if message is None or inbound.kind in _SILENT:
        return
    try:
        async with asyncio.timeout(SENDING_SECONDS):
            await send_message(context, message)
    except (ServiceError, TimeoutError) as error:
        # The work is done; asking Teams to deliver again would bring the same answer to the same closed door.
        log.warning("teams.answer_not_sent", kind=inbound.kind.value, error=str(error) or type(error).__name__)
