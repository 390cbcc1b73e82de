"""``/webhooks/business-central``: what Business Central tells by itself is stored before it is answered, and read
afterwards.

An answer that is neither 2xx nor one of "later" (503) ends its subscription over there, so only a stranger gets one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from aiohttp import web

from bot.database import Database
from bot.errors import DatabaseUnavailable
from bot.sync.business_central.hooks import PATH
from bot.sync.business_central.notices import MOST_BYTES, keep_notices, read_notices
from bot.web.bodies import bounded_body

log = structlog.get_logger()

TOKEN = "validationToken"  # noqa: S105  the name of the query's parameter
LONGEST_TOKEN = 2048


@dataclass(frozen=True, slots=True)
class BusinessCentralWebhook:
    """The route. The handshake (``?validationToken=…``, POST or GET) is answered with the token as plain text. Of the
    notifications those with the right client state are stored, each once, and answered 202; when none has it, 401.
    413 above 2 MB, 400 to what is no notification, 503 while the database does not answer, so that they come again.

    ``states``: by kind of records, the client state; ``arrived`` is called when something new was stored.
    """

    database: Database
    now: Callable[[], datetime]
    arrived: Callable[[], None]
    company_id: UUID
    states: dict[str, str] = field(repr=False)

    def routes(self) -> list[web.RouteDef]:
        """Both ways the handshake may come, and the notifications."""
        return [web.get(PATH, self._greet), web.post(PATH, self._receive)]

    async def _greet(self, request: web.Request) -> web.Response:
        token = request.query.get(TOKEN, "")
        if not 0 < len(token) <= LONGEST_TOKEN:
            raise web.HTTPBadRequest(text="There is no validation token.")
        return web.Response(text=token)

    async def _receive(self, request: web.Request) -> web.Response:
        if TOKEN in request.query:
            return await self._greet(request)
        told = read_notices(await bounded_body(request, MOST_BYTES), self.states, self.company_id)
        if told is None:
            raise web.HTTPBadRequest(text="This is no notification.")
        if told.refused:
            log.warning("business_central.strange_notifications", refused=told.refused, accepted=len(told.accepted))
        if told.refused and not told.accepted:
            raise web.HTTPUnauthorized(text="The client state is not the one of our subscriptions.")
        now = self.now()
        try:
            new = await self.database.write(lambda session: keep_notices(session, told.accepted, now=now))
        except DatabaseUnavailable:
            raise web.HTTPServiceUnavailable from None
        if new:
            self.arrived()
        return web.Response(status=202)
