"""What the page and the headless story call: one address per thing a person does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from aiohttp import WSCloseCode, web
from pydantic import BaseModel, ValidationError
from yarl import URL

from integrations.sandbox.teams.deeds import (
    Asked,
    Click,
    Close,
    OfMessage,
    Place,
    Rename,
    Say,
    Search,
    Share,
    Submit,
    Suggest,
)
from integrations.sandbox.teams.errors import RefusedError
from integrations.sandbox.teams.people import People, Press, Source
from integrations.sandbox.teams.personas import BOT_NAME
from integrations.sandbox.teams.world import Conversation, Json, Message, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integrations.sandbox.teams.personas import Persona
    from integrations.sandbox.teams.refresh import Refresher

_LONGEST_WAIT = 60.0
_HEARTBEAT = timedelta(seconds=15)
_Body = TypeVar("_Body", bound=BaseModel)


@dataclass(slots=True)
class PersonApi:
    """The routes below `/api`."""

    world: World
    people: People
    refresher: Refresher

    def routes(self) -> list[web.RouteDef]:
        """Reads are GET, deeds are POST with a JSON object."""
        own = "/api/{persona}"
        return [
            web.get("/api/personas", self._personas),
            web.post("/api/install", self._install_everywhere),
            web.get(own + "/conversations", self._conversations),
            web.get(own + "/messages", self._messages),
            web.get(own + "/events", self._events),
            web.post(own + "/say", self._say),
            web.post(own + "/click", self._click),
            web.post(own + "/refresh", self._refresh),
            web.post(own + "/dialog/submit", self._submit),
            web.post(own + "/dialog/close", self._close),
            web.post(own + "/search", self._search),
            web.post(own + "/suggest", self._suggest),
            web.post(own + "/share", self._share),
            web.post(own + "/install", self._installing(installed=True)),
            web.post(own + "/uninstall", self._installing(installed=False)),
            web.post(own + "/block", self._blocking(blocked=True)),
            web.post(own + "/unblock", self._blocking(blocked=False)),
            web.post(own + "/rename", self._rename),
        ]

    def _persona(self, request: web.Request) -> Persona:
        return self.world.persona(request.match_info["persona"])

    async def _personas(self, _request: web.Request) -> web.Response:
        return web.json_response([self._described(persona) for persona in self.world.personas.values()])

    def _described(self, persona: Persona) -> Json:
        return {
            "key": persona.key,
            "name": persona.name,
            "title": {"fr": persona.title_fr, "en": persona.title_en},
            "aadObjectId": persona.aad_object_id,
            "mri": persona.mri,
            "language": persona.language,
            "timeZone": persona.time_zone,
            "theme": persona.theme,
            "tenantId": self.world.tenant_of(persona),
            "personal": self.world.personal(persona).id,
            "tenders": self.world.tenders_id,
        }

    async def _conversations(self, request: web.Request) -> web.Response:
        persona = self._persona(request)
        mine = [known for known in self.world.conversations.values() if persona.key in known.members]
        return web.json_response([self._listed(persona, known) for known in mine])

    def _listed(self, persona: Persona, conversation: Conversation) -> Json:
        seen = self.world.read.get((persona.key, conversation.id), 0)
        messages = [found for found in self._in(conversation.id) if not found.deleted]
        unread = sum(1 for found in messages if found.created_seq > seen and found.author != persona.key)
        last = messages[-1] if messages else None
        return {
            "id": conversation.id,
            "kind": conversation.kind,
            "name": conversation.name,
            "team": self.world.team_name if conversation.kind == "channel" else None,
            "installed": conversation.installed,
            "unread": unread,
            "last": None if last is None else {"at": last.created_at.isoformat(), "summary": _summary(last)},
        }

    def _in(self, conversation: str) -> list[Message]:
        return [found for found in self.world.messages.values() if found.conversation == conversation]

    async def _messages(self, request: web.Request) -> web.Response:
        """`?conversation=&since=&wait=&settle=1`: what changed after `since` for this person, and the new cursor.

        `wait` (seconds, at most 60) holds the answer until there is something; `settle` holds it until no refresh is
        under way; `peek` neither marks as read nor refreshes.
        """
        persona = self._persona(request)
        conversation = self.world.conversation(request.query.get("conversation") or self.world.personal(persona).id)
        if persona.key not in conversation.members:
            raise RefusedError(403, "NotAMember", "This person is not in the conversation.")
        since, wait = _number(request, "since"), min(_number(request, "wait"), _LONGEST_WAIT)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while not (changed := self._changed(persona, conversation.id, since)):
            left = until - loop.time()
            if left <= 0 or self.world.closing:
                break
            await self.world.wait(self.world.seq, timedelta(seconds=left))
        if not request.query.get("peek"):
            self.world.read[persona.key, conversation.id] = self.world.seq
            self.refresher.shown(persona, self._in(conversation.id))
        if request.query.get("settle"):
            await self.refresher.settle()
            changed = self._changed(persona, conversation.id, since)
        shown = [self._shown(persona, found) for found in changed]
        return web.json_response({"messages": shown, "cursor": self.world.seq})

    def _changed(self, persona: Persona, conversation: str, since: float) -> list[Message]:
        # Somebody who starts has no use for messages that are gone; somebody who looks on must learn that they went.
        return [
            found
            for found in self._in(conversation)
            if found.changed_since(persona, int(since)) and not (found.deleted and not since)
        ]

    def _shown(self, persona: Persona, message: Message) -> Json:
        card = None if message.deleted else message.card_for(persona)
        note = message.notes.get(persona.key)
        author = self.world.personas.get(message.author)
        return {
            "id": message.id,
            "root": message.root,
            "author": message.author,
            "name": author.name if author else BOT_NAME,
            "at": message.created_at.isoformat(),
            "text": "" if message.deleted else message.activity.get("text") or "",
            "summary": _summary(message),
            "card": card,
            "own_view": persona.key in message.views,
            "edits": len(message.edited_at),
            "deleted": message.deleted,
            "note": None if note is None else {"kind": note.kind, "text": note.text},
        }

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        """A WebSocket that says `{"cursor": n}` whenever anything changed.

        Not server-sent events: a browser keeps at most six of those per host, and there are more personas than that.
        """
        self._persona(request)
        origin = request.headers.get("Origin")
        if origin and URL(origin).authority != request.host:
            raise RefusedError(403, "ForeignOrigin", "Only the page itself may listen.")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT.total_seconds(), max_msg_size=1024)
        await socket.prepare(request)
        telling = asyncio.get_running_loop().create_task(self._tell(socket))
        async for _ in socket:
            """What a page says is ignored; the loop ends when the page goes."""
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        return socket

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        seen = -1
        while not self.world.closing:
            if self.world.seq > seen:
                seen = self.world.seq
                await socket.send_json({"cursor": seen})
            await self.world.wait(seen, _HEARTBEAT)
        await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _say(self, request: web.Request) -> web.Response:
        asked = await _body(request, Say)
        return web.json_response(
            await self.people.say(self._persona(request), asked.conversation, asked.text, asked.repetition())
        )

    async def _click(self, request: web.Request) -> web.Response:
        asked = await _body(request, Click)
        pressed = Press(asked.action, asked.inputs, asked.repetition(), asked.old_client)
        return web.json_response(await self.people.click(self._persona(request), asked.message, pressed))

    async def _refresh(self, request: web.Request) -> web.Response:
        asked = await _body(request, OfMessage)
        persona = self._persona(request)
        message = self.world.message_for(persona, asked.message)
        return web.json_response(await self.refresher.by_hand(persona, message))

    async def _submit(self, request: web.Request) -> web.Response:
        asked = await _body(request, Submit)
        pressed = Press(asked.action, asked.inputs, asked.repetition())
        return web.json_response(await self.people.submit_dialog(self._persona(request), asked.dialog, pressed))

    async def _close(self, request: web.Request) -> web.Response:
        asked = await _body(request, Close)
        return web.json_response(self.people.close_dialog(self._persona(request), asked.dialog))

    async def _search(self, request: web.Request) -> web.Response:
        asked = await _body(request, Search)
        persona = self._persona(request)
        where = asked.conversation or self.world.personal(persona).id
        found = await self.people.search(persona, where, asked.command, asked.parameter, asked.text)
        return web.json_response(found)

    async def _suggest(self, request: web.Request) -> web.Response:
        asked = await _body(request, Suggest)
        source = Source(asked.dialog, asked.message)
        return web.json_response(await self.people.suggest(self._persona(request), source, asked.input, asked.text))

    async def _share(self, request: web.Request) -> web.Response:
        asked = await _body(request, Share)
        return web.json_response(await self.people.share(self._persona(request), asked.conversation, asked.attachment))

    async def _install_everywhere(self, _request: web.Request) -> web.Response:
        """Add the app to the team and to every personal chat of the tenant: the state a demo starts from."""
        own = [persona for persona in self.world.personas.values() if persona.tenant_id is None]
        done = [await self.people.set_installed(own[0], self.world.team_id, installed=True)]
        done += [
            await self.people.set_installed(persona, self.world.personal(persona).id, installed=True) for persona in own
        ]
        failed = [outcome for outcome in done if outcome["outcome"] == "error"]
        return web.json_response({"outcome": "error" if failed else "sent", "failed": len(failed)})

    def _installing(self, *, installed: bool) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            asked = await _body(request, Place)
            persona = self._persona(request)
            where = asked.conversation or self.world.personal(persona).id
            return web.json_response(await self.people.set_installed(persona, where, installed=installed))

        return handler

    def _blocking(self, *, blocked: bool) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            await _body(request, Asked)
            self.world.personal(self._persona(request)).blocked = blocked
            return web.json_response({"outcome": "sent"})

        return handler

    async def _rename(self, request: web.Request) -> web.Response:
        asked = await _body(request, Rename)
        persona = self._persona(request)
        return web.json_response(await self.people.rename(persona, asked.conversation, asked.name, team=asked.team))


def _summary(message: Message) -> str:
    activity, card = message.activity, message.card
    text = activity.get("summary") or activity.get("text") or (card or {}).get("fallbackText") or ""
    return "" if message.deleted else str(text)


def _number(request: web.Request, name: str) -> float:
    try:
        return max(0.0, float(request.query.get(name) or 0))
    except ValueError as wrong:
        raise RefusedError(400, "BadRequest", f"{name} must be a number.") from wrong


async def _body(request: web.Request, kind: type[_Body]) -> _Body:
    # Asking for this content type keeps other web pages from posting here: a browser would have to ask us first.
    if request.content_type != "application/json":
        raise RefusedError(415, "UnsupportedMediaType", "Send application/json.")
    try:
        return kind.model_validate_json(await request.read() or b"{}")
    except ValidationError as wrong:
        raise RefusedError(400, "BadRequest", str(wrong.errors(include_url=False, include_context=False))) from wrong
