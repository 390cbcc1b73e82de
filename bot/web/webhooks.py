"""``POST /webhooks/pipedrive``: what Pipedrive tells by itself is stored before it is answered, and read afterwards."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from pydantic import SecretStr

from bot.database import Database
from bot.errors import DatabaseUnavailable
from bot.sync.pipedrive.hooks import PATH
from bot.sync.pipedrive.notices import keep_notice, read_notice
from bot.web.bodies import bounded_body

MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class PipedriveWebhook:
    """The route. It answers 401 without the right user and password, 413 above 256 KB, 400 to what is no event, 503
    while the database does not answer, so that Pipedrive sends it again; else 200.

    ``arrived`` is called when something new was stored.
    """

    database: Database
    now: Callable[[], datetime]
    arrived: Callable[[], None]
    user: str
    password: SecretStr = field(repr=False)

    def routes(self) -> list[web.RouteDef]:
        """The one route."""
        return [web.post(PATH, self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        if not self._is_pipedrive(request):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="Offerdesk"'})
        notice = read_notice(await bounded_body(request, MOST_BYTES))
        if notice is None:
            raise web.HTTPBadRequest(text="This is no event.")
        now = self.now()
        try:
            new = await self.database.write(lambda session: keep_notice(session, notice, now=now))
        except DatabaseUnavailable:
            raise web.HTTPServiceUnavailable from None
        if new:
            self.arrived()
        return web.Response()

    def _is_pipedrive(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            said = base64.b64decode(given.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(said, f"{self.user}:{self.password.get_secret_value()}".encode())
