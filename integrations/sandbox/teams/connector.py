"""The Bot Connector: the REST service a bot writes to (`{serviceUrl}v3/…`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from integrations.sandbox.teams.errors import RefusedError
from integrations.sandbox.teams.rates import RateLimiter
from integrations.sandbox.teams.shapes import message_activity, parsed
from integrations.sandbox.teams.world import BOT, Conversation, Json, Message, World, join_thread, split_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integrations.sandbox.teams.personas import Persona

_SMALLEST_PAGE, _LARGEST_PAGE = 50, 500
_CREATED = 201


@dataclass(slots=True)
class Connector:
    """Answers the bot. `verify` says whether a bearer token was issued to it; `limited` switches the rate limit."""

    world: World
    verify: Callable[[str], bool]
    limited: bool = True
    rates: RateLimiter = field(default_factory=RateLimiter)

    def routes(self) -> list[web.RouteDef]:
        """The routes below the service URL."""
        one = "/v3/conversations/{conversation}"
        return [
            web.post("/v3/conversations", self._counted("create", self._create)),
            web.post(one + "/activities", self._counted("send", self._send)),
            web.post(one + "/activities/{activity}", self._counted("reply", self._send)),
            web.put(one + "/activities/{activity}", self._counted("update", self._update)),
            web.delete(one + "/activities/{activity}", self._counted("delete", self._delete)),
            web.get(one + "/members", self._counted("members", self._members)),
            web.get(one + "/pagedmembers", self._counted("members", self._paged_members)),
            web.get(one + "/members/{member}", self._counted("member", self._member)),
            web.get("/v3/teams/{team}", self._counted("team", self._team)),
            web.get("/v3/teams/{team}/conversations", self._counted("channels", self._channels)),
        ]

    def _counted(
        self,
        name: str,
        handler: Callable[[web.Request], Awaitable[web.Response]],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def counted(request: web.Request) -> web.Response:
            entry: Json = {"call": name, "path": request.path, "status": 0}
            self.world.connector.append(entry)
            try:
                self._authorised(request)
                response = await handler(request)
            except RefusedError as refused:
                entry["status"] = refused.status
                raise
            entry["status"] = response.status
            return response

        return counted

    def _authorised(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token or not self.verify(token):
            raise RefusedError(401, "Unauthorized", "Authorization has been denied for this request.")

    def _writable(self, conversation: Conversation, thread: str) -> None:
        if conversation.blocked:
            raise RefusedError(403, "MessageWritesBlocked", "The user has blocked the bot.")
        if not conversation.installed:
            raise RefusedError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        wait = self.rates.retry_after(thread, self.world.now()) if self.limited else None
        if wait is not None:
            seconds = str(max(1, round(wait)))
            raise RefusedError(429, "TooManyRequests", "Too many requests.", {"Retry-After": seconds})

    async def _create(self, request: web.Request) -> web.Response:
        wanted = parsed(await request.read())
        if wanted.get("isGroup"):
            return self._create_thread(wanted)
        members = wanted.get("members")
        if not isinstance(members, list) or len(members) != 1 or not isinstance(members[0], dict):
            raise RefusedError(400, "BadSyntax", "Incorrect conversation creation parameters: one member is needed.")
        persona = self._by_mri(members[0].get("id"))
        bot = wanted.get("bot")
        if isinstance(bot, dict) and bot.get("id") not in {None, self.world.bot_id}:
            raise RefusedError(403, "BotNotAllowed", "The bot id is not the one of the token.")
        conversation = self.world.personal(persona)
        team_installed = self.world.conversations[self.world.team_id].installed
        if not conversation.installed and not team_installed:
            raise RefusedError(403, "BotNotInConversationRoster", "The app is not installed for this user.")
        if conversation.blocked:
            raise RefusedError(403, "MessageWritesBlocked", "The user has blocked the bot.")
        if not conversation.installed:
            # A member of a team that has the app can be written to without an own installation.
            conversation.installed = True
            self.world.changed()
        return web.json_response({"id": conversation.id}, status=_CREATED)

    def _create_thread(self, wanted: Json) -> web.Response:
        channel = (wanted.get("channelData") or {}).get("channel") or {}
        if not isinstance(channel.get("id"), str) or wanted.get("activity") is None:
            raise RefusedError(400, "BadSyntax", "Incorrect conversation creation parameters.")
        conversation = self._channel(channel["id"])
        activity = message_activity(wanted["activity"])
        self._writable(conversation, conversation.id)
        message = self.world.post(conversation, BOT, activity, None)
        thread = join_thread(conversation.id, message.id)
        return web.json_response({"id": thread, "activityId": message.id}, status=_CREATED)

    async def _send(self, request: web.Request) -> web.Response:
        thread = request.match_info["conversation"]
        conversation = self.world.conversation(thread)
        activity = message_activity(parsed(await request.read()))
        root = split_thread(thread)[1]
        if conversation.kind == "channel":
            if root is None and (parent := request.match_info.get("activity")) is not None:
                parent_message = self._of(conversation, parent)
                root = parent_message.root or parent_message.id
            if root is not None:
                self._of(conversation, root)
        self._writable(conversation, join_thread(conversation.id, root))
        if activity["type"] == "typing":
            return web.json_response({"id": self.world.next_id()}, status=_CREATED)
        message = self.world.post(conversation, BOT, activity, root)
        return web.json_response({"id": message.id}, status=_CREATED)

    async def _update(self, request: web.Request) -> web.Response:
        message, conversation = self._own(request)
        activity = message_activity(parsed(await request.read()))
        self._writable(conversation, _thread_of(conversation, message))
        self.world.edit(message, activity)
        return web.json_response({"id": message.id})

    async def _delete(self, request: web.Request) -> web.Response:
        message, conversation = self._own(request)
        self._writable(conversation, _thread_of(conversation, message))
        self.world.delete(message)
        return web.Response()

    def _own(self, request: web.Request) -> tuple[Message, Conversation]:
        conversation = self.world.conversation(request.match_info["conversation"])
        message = self._of(conversation, request.match_info["activity"])
        if message.author != BOT:
            raise RefusedError(403, "BadArgument", "Only the bot's own activities can be changed.")
        return message, conversation

    def _of(self, conversation: Conversation, identifier: str) -> Message:
        message = self.world.message(identifier)
        if message.conversation != conversation.id:
            raise RefusedError(404, "ActivityNotFoundInConversation", "The activity is not in this conversation.")
        return message

    def _channel(self, identifier: str) -> Conversation:
        conversation = self.world.conversation(identifier)
        if conversation.kind != "channel":
            raise RefusedError(400, "BadSyntax", "Incorrect conversation creation parameters.")
        return conversation

    def _by_mri(self, identifier: Any) -> Persona:  # noqa: ANN401 (whatever a bot may have sent)
        if not isinstance(identifier, str) or not identifier.startswith("29:"):
            raise RefusedError(400, "BadSyntax", "Bad format of conversation member: an MRI is required.")
        persona = self.world.persona_of(identifier)
        if persona is None:
            raise RefusedError(403, "ForbiddenOperation", "The user is not known to this bot.")
        return persona

    async def _members(self, request: web.Request) -> web.Response:
        return web.json_response([self._account(persona) for persona in self._roster(request)])

    async def _paged_members(self, request: web.Request) -> web.Response:
        try:
            size = int(request.query.get("pageSize", str(_LARGEST_PAGE)))
            start = int(request.query.get("continuationToken", "0"))
        except ValueError as wrong:
            raise RefusedError(400, "BadArgument", "pageSize and continuationToken must be valid.") from wrong
        size = min(max(size, _SMALLEST_PAGE), _LARGEST_PAGE)
        roster = self._roster(request)
        page: Json = {"members": [self._account(persona) for persona in roster[start : start + size]]}
        if start + size < len(roster):
            page["continuationToken"] = str(start + size)
        return web.json_response(page)

    async def _member(self, request: web.Request) -> web.Response:
        persona = self.world.persona_of(request.match_info["member"])
        if persona is None or persona not in self._roster(request):
            raise RefusedError(404, "MemberNotFoundInConversation", "Member not found in the conversation roster.")
        return web.json_response(self._account(persona))

    def _roster(self, request: web.Request) -> list[Persona]:
        conversation = self.world.conversation(request.match_info["conversation"])
        if not conversation.installed:
            raise RefusedError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return [self.world.personas[key] for key in conversation.members]

    def _account(self, persona: Persona) -> Json:
        given, _, family = persona.name.partition(" ")
        return {
            "id": persona.mri,
            "name": persona.name,
            "givenName": given,
            "surname": family,
            "objectId": persona.aad_object_id,
            "aadObjectId": persona.aad_object_id,
            "email": persona.user_principal_name,
            "userPrincipalName": persona.user_principal_name,
            "tenantId": self.world.tenant_of(persona),
            "userRole": "user" if persona.tenant_id is None else "guest",
        }

    async def _team(self, request: web.Request) -> web.Response:
        self._known_team(request)
        return web.json_response(
            {"id": self.world.team_id, "name": self.world.team_name, "tenantId": self.world.tenant_id}
        )

    async def _channels(self, request: web.Request) -> web.Response:
        self._known_team(request)
        channels = [
            # The General channel has no name of its own, as in Teams.
            {"id": known.id} if known.id == self.world.team_id else {"id": known.id, "name": known.name}
            for known in self.world.conversations.values()
            if known.kind == "channel"
        ]
        return web.json_response({"conversations": channels})

    def _known_team(self, request: web.Request) -> None:
        if request.match_info["team"] != self.world.team_id:
            raise RefusedError(404, "NotFound", "Team not found.")


def _thread_of(conversation: Conversation, message: Message) -> str:
    # A channel is limited thread by thread, a personal chat as a whole.
    if conversation.kind == "personal":
        return conversation.id
    return join_thread(conversation.id, message.root or message.id)
