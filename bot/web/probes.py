"""What machines ask: alive? ready? how is it going? Never behind Teams' authentication, never with anything secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from bot.database import Database
from bot.errors import DatabaseUnavailable
from bot.revision import is_current
from bot.sync.models import LedgerRow, LedgerState
from bot.web.bearer import bears

READY_SECONDS = 3.0
"""How long a probe waits for the database."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


@dataclass(slots=True)
class Probes:
    """``GET /healthz``, ``/readyz`` and ``/metrics``.

    ``/metrics`` answers on loopback, elsewhere only with ``Authorization: Bearer`` and the configured token.
    """

    database: Database
    now: Callable[[], datetime]
    registry: CollectorRegistry
    token: SecretStr | None = None
    _rows: Gauge = field(init=False)
    _oldest: Gauge = field(init=False)
    _current: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Make the gauges; they are read when somebody asks."""
        self._rows = Gauge("offerdesk_ledger_rows", "Outside effects by state", ["state"], registry=self.registry)
        self._oldest = Gauge(
            "offerdesk_ledger_oldest_due_seconds", "Age of the oldest effect that is due", registry=self.registry
        )

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        return [
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _ready(self, _: web.Request) -> web.Response:
        problem = await self.problem()
        if problem is not None:
            return web.json_response({"status": "not ready", "problem": problem}, status=503)
        return web.json_response({"status": "ready"})

    async def problem(self) -> str | None:
        """Why the bot cannot work now; None when it can."""
        try:
            current = await asyncio.wait_for(self.database.read(self._look), READY_SECONDS)
        except (DatabaseUnavailable, TimeoutError):
            return "The database does not answer."
        return None if current else "The database is not at the newest revision. Run: offerdesk migrate"

    def _look(self, session: Session) -> bool:
        # A database that was current stays so while this program runs: nothing migrates backwards.
        if self._current:
            session.execute(sa.text("SELECT 1"))
        else:
            self._current = is_current(session.connection())
        return self._current

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._may_read(request):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        try:
            await self.database.read(self._measure)
        except DatabaseUnavailable:
            self._rows.clear()
        body = await asyncio.get_running_loop().run_in_executor(None, generate_latest, self.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    def _may_read(self, request: web.Request) -> bool:
        # Behind a reverse proxy everybody seems to come from loopback; a proxy says so, and then the token is needed.
        forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
        if request.remote in LOOPBACK and not forwarded:
            return True
        return bears(request, self.token)

    def _measure(self, session: Session) -> None:
        counted = session.execute(sa.select(LedgerRow.state, sa.func.count()).group_by(LedgerRow.state)).all()
        counts = dict(counted)
        for state in LedgerState:
            self._rows.labels(state.value).set(counts.get(state, 0))
        oldest = session.scalar(
            sa.select(sa.func.min(LedgerRow.not_before)).where(
                LedgerRow.done_version < LedgerRow.wanted_version,
                LedgerRow.state.in_((LedgerState.OK, LedgerState.PENDING, LedgerState.RETRYING)),
            )
        )
        self._oldest.set(max(0.0, (self.now() - oldest).total_seconds()) if oldest is not None else 0.0)
