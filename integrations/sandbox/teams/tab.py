"""What Teams is to a personal tab: a frame around the bot's page that says who is there and gives tokens.

The Teams library believes only Microsoft's hosts and the page's own address. So the frame and the bot's pages stand at
one address here: what begins with ``/tab`` is passed on to the bot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp import web
from yarl import URL

from integrations.sandbox.teams.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.sandbox.teams.delivery import Delivery
    from integrations.sandbox.teams.personas import Persona
    from integrations.sandbox.teams.world import World

PASSED_ON: Final = ("Authorization", "Content-Type", "Accept", "Accept-Language", "If-None-Match", "If-Modified-Since")
"""Of a request; the rest is between a browser and this address."""
KEPT_BACK: Final = frozenset(
    {"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server"}
)
"""Of an answer: what belongs to one connection."""


class Tab:
    """The token that a client gets for the person in front of it, and the way to the bot's pages."""

    def __init__(self, world: World, delivery: Delivery, token: Callable[[Persona], str] | None) -> None:
        """``token`` signs as the tenant's login does; without it there is no sign-in."""
        self._world = world
        self._delivery = delivery
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """What the frame asks for."""
        return [web.post("/api/{persona}/tab-token", self._sign_in)]

    async def _sign_in(self, request: web.Request) -> web.Response:
        persona = self._world.persona(request.match_info["persona"])
        if self._token is None:
            raise RefusedError(404, "NoSignIn", "This simulator has no login.")
        return web.json_response({"token": self._token(persona)})

    async def forward(self, request: web.Request) -> web.Response:
        """Ask the bot for what stands at the same path, and give its answer as it is."""
        session = self._delivery.session
        if session is None:
            raise web.HTTPServiceUnavailable
        address = URL(self._delivery.bot_url).origin().join(request.rel_url)
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        try:
            async with session.request(
                request.method, address, headers=headers, data=await request.read(), allow_redirects=False
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in KEPT_BACK}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except aiohttp.ClientError:
            raise web.HTTPBadGateway(text="The bot does not answer.") from None
