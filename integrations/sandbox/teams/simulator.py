"""The simulator put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from integrations.sandbox.teams.api import PersonApi
from integrations.sandbox.teams.connector import Connector
from integrations.sandbox.teams.delivery import Delivery, Patience, Signer
from integrations.sandbox.teams.errors import refusals
from integrations.sandbox.teams.pages import Pages
from integrations.sandbox.teams.people import People
from integrations.sandbox.teams.personas import DEFAULT_PERSONAS, Persona
from integrations.sandbox.teams.refresh import Refresher
from integrations.sandbox.teams.tab import Tab
from integrations.sandbox.teams.world import Json, Message, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from datetime import datetime


class TeamsSimulator:
    """A tenant with one team, its people, and the Bot Connector in front of them.

    `bot_url` is the bot's messaging endpoint (`http://127.0.0.1:3978/api/messages`), `service_url` where this
    application is mounted, with a slash at the end. Both may be set until the first activity is sent, because a port
    is sometimes only known once the server listens. `now` gives aware UTC. `verify` says whether a bearer token was
    issued to the bot.
    """

    def __init__(  # noqa: PLR0913 (the outside of a whole service)
        self,
        bot_url: str,
        service_url: str,
        app_id: str,
        tenant_id: str,
        signer: Signer,
        now: Callable[[], datetime],
        personas: Iterable[Persona] = DEFAULT_PERSONAS,
        *,
        verify: Callable[[str], bool],
        rate_limited: bool = True,
        patience: Patience | None = None,
        tab_token: Callable[[Persona], str] | None = None,
    ) -> None:
        """Build the tenant; nothing is sent before the application runs. ``tab_token`` signs people in to the tab."""
        self.world = World(personas, tenant_id, app_id, now)
        self.delivery = Delivery(self.world, bot_url, service_url, signer, patience or Patience())
        self.people = People(self.world, self.delivery)
        self.refresher = Refresher(self.world, self.people)
        self.connector = Connector(self.world, verify, rate_limited)
        self.tab = Tab(self.world, self.delivery, tab_token)

    def application(self) -> web.Application:
        """The web application to mount; it opens and closes its own connections."""
        application = web.Application(middlewares=[refusals])
        application.add_routes(self.connector.routes())
        application.add_routes(PersonApi(self.world, self.people, self.refresher).routes())
        application.add_routes(Pages().routes())
        application.add_routes(self.tab.routes())
        application.cleanup_ctx.append(self._connections)
        application.on_shutdown.append(self._shutdown)
        return application

    async def _connections(self, _application: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            self.delivery.session = session
            yield
            await self.refresher.stop()
            self.delivery.session = None

    async def _shutdown(self, _application: web.Application) -> None:
        self.world.close()

    def state(self) -> Json:
        """What the tenant holds and everything that passed, for `GET /_state/teams`."""
        return {
            "personas": [persona.key for persona in self.world.personas.values()],
            "team": {"id": self.world.team_id, "name": self.world.team_name},
            "conversations": [
                {"id": known.id, "kind": known.kind, "name": known.name, "installed": known.installed}
                for known in self.world.conversations.values()
            ],
            "messages": [_message_state(message) for message in self.world.messages.values()],
            "activities": list(self.world.deliveries),
            "connector": list(self.world.connector),
            "edits": sum(len(message.edited_at) for message in self.world.messages.values()),
        }


def _message_state(message: Message) -> Json:
    return {
        "id": message.id,
        "conversation": message.conversation,
        "root": message.root,
        "author": message.author,
        "text": message.activity.get("text", ""),
        "card": message.card,
        "edits": len(message.edited_at),
        "edited_at": [at.isoformat() for at in message.edited_at],
        "deleted": message.deleted,
        "own_views": sorted(message.views),
        "created_at": message.created_at.isoformat(),
    }
