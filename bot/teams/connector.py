"""Speaking to Teams: the Bot Connector over one keep-alive client, at the pace it allows, with typed errors.

A post is repeated only when it was surely not processed (no connection, 429, 412); when its answer is lost the caller
gets `OutcomeUnknown`, because Teams may have shown the message. Edits and deletions are repeated freely.

One call takes at most about 55 seconds, waits included; then it fails with a `ServiceError` (`integrations.errors`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson

from bot.teams.credentials import Credentials
from bot.teams.hosts import ServiceHosts
from bot.teams.limits import Limits
from integrations.errors import Authentication, Configuration, Drift, DriftReason, OutcomeUnknown, Permanent
from integrations.http import Answer, Call, Policy, Transport
from integrations.pacing import Time

SERVICE = "teams"
MOST_UTF16_BYTES = 80 * 1024
"""Teams refuses messages over 100 KB counted as UTF-16 and asks bots to stay below 80."""
PAGE_SIZE = 200
MOST_PAGES = 50

POLICY = Policy(
    connect_s=3,
    read_s=8,
    total_s=8,
    max_bytes=4 * 1024 * 1024,
    attempts=3,
    first_wait_s=0.5,
    longest_wait_s=6,
    transient_statuses=frozenset({408, 412, 425, 429, 500, 502, 503, 504}),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to speak. ``conversation_id`` is a chat, a channel, or with `;messageid=…` a thread of a channel."""

    service_url: str
    tenant_id: str
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A new thread of a channel."""

    conversation_id: str
    """With `;messageid=…`: what is sent here answers in the thread."""
    activity_id: str
    """The root message."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a conversation, as Teams' roster has them."""

    teams_user_id: str
    entra_object_id: str | None
    """Lower case."""
    name: str
    email: str | None
    tenant_id: str | None
    user_role: str | None
    """`user`, `guest`, `anonymous`; None when Teams does not say."""


class Connector:
    """The client. Every method raises `ServiceError`s, `Configuration` for a service URL that is not on the list."""

    def __init__(
        self,
        credentials: Credentials,
        service_hosts: ServiceHosts,
        client: httpx.AsyncClient,
        clock: Time | None = None,
    ) -> None:
        """``client`` stays open; ``clock`` gives the time, the sleep and the jitter."""
        self._credentials = credentials
        self._service_hosts = service_hosts
        self._transport = Transport(SERVICE, client, POLICY, clock)
        self._limits = Limits(clock)

    async def send_to_conversation(self, place: Place, activity: Mapping[str, Any]) -> str:
        """Post a message and give its id."""
        return _id_of(await self._post(place, _activities(place), activity))

    async def reply(self, place: Place, activity_id: str, activity: Mapping[str, Any]) -> str:
        """Post a message that answers another one and give its id."""
        path = f"{_activities(place)}/{_quoted(activity_id)}"
        return _id_of(await self._post(place, path, {**activity, "replyToId": activity_id}))

    async def update(self, place: Place, activity_id: str, activity: Mapping[str, Any]) -> None:
        """Replace a message."""
        path = f"{_activities(place)}/{_quoted(activity_id)}"
        await self._send(place, "PUT", path, {**activity, "id": activity_id})

    async def delete(self, place: Place, activity_id: str) -> None:
        """Delete a message; one that is gone already raises `Permanent` with status 404."""
        await self._send(place, "DELETE", f"{_activities(place)}/{_quoted(activity_id)}", None)

    async def create_channel_thread(self, place: Place, activity: Mapping[str, Any], *, bot_id: str) -> Thread:
        """Begin a thread; ``place.conversation_id`` is the channel."""
        # The tenant stands twice because botbuilder's spelling (`tenantID`) left doubt which one the service reads.
        payload = {
            "isGroup": True,
            "bot": {"id": bot_id},
            "channelData": {"channel": {"id": place.conversation_id}, "tenant": {"id": place.tenant_id}},
            "activity": activity,
            "tenantId": place.tenant_id,
        }
        answer = await self._post(place, "v3/conversations", payload)
        made = _made(answer)
        conversation_id, activity_id = made.get("id"), made.get("activityId")
        if not isinstance(conversation_id, str) or not isinstance(activity_id, str):
            raise _unreadable(answer)
        return Thread(conversation_id, activity_id)

    async def create_personal(self, service_url: str, tenant_id: str, *, teams_user_id: str, bot_id: str) -> str:
        """Open the chat with one person (or find it: asking twice gives the same) and give its conversation id."""
        payload = {
            "isGroup": False,
            "bot": {"id": bot_id},
            "members": [{"id": teams_user_id}],
            "channelData": {"tenant": {"id": tenant_id}},
            "tenantId": tenant_id,
        }
        place = Place(service_url, tenant_id, f"personal:{teams_user_id}")
        # Documented as idempotent, so a lost answer is no reason to leave the outcome open.
        return _id_of(await self._send(place, "POST", "v3/conversations", payload, repeatable=True))

    async def member(self, place: Place, user_id: str) -> Member:
        """One member, by Teams user id, Entra object id or user principal name; `Permanent` 404 when there is none."""
        path = f"v3/conversations/{_quoted(place.conversation_id)}/members/{_quoted(user_id)}"
        answer = await self._read(place, path)
        found = _member(_object(answer))
        if found is None:
            raise Drift(SERVICE, "the member has no id", reason=DriftReason.KEYS_GONE, status=answer.status)
        return found

    async def members(self, place: Place) -> tuple[Member, ...]:
        """Everybody in a conversation, page by page, at most `PAGE_SIZE` x `MOST_PAGES` people."""
        found: list[Member] = []
        query = {"pageSize": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            path = f"v3/conversations/{_quoted(place.conversation_id)}/pagedmembers?{urlencode(query)}"
            page = _object(await self._read(place, path))
            listed = page.get("members")
            people = listed if isinstance(listed, list) else []
            found += [member for each in people if isinstance(each, dict) and (member := _member(each)) is not None]
            token = page.get("continuationToken")
            if not isinstance(token, str) or not token:
                break
            query["continuationToken"] = token
        return tuple(found)

    async def _post(self, place: Place, path: str, payload: Mapping[str, Any]) -> Answer:
        try:
            return await self._send(place, "POST", path, payload)
        except Drift as error:
            if error.reason is DriftReason.REDIRECT:
                raise
            raise OutcomeUnknown(SERVICE, "the answer to a post cannot be read", status=error.status) from error

    async def _read(self, place: Place, path: str) -> Answer:
        await self._limits.turn(place.conversation_id, place.tenant_id, reading=True)
        return await self._authorized(Call("GET", self._url(place, path), lane=place.conversation_id))

    async def _send(
        self,
        place: Place,
        method: str,
        path: str,
        payload: Mapping[str, Any] | None,
        *,
        repeatable: bool | None = None,
    ) -> Answer:
        url = self._url(place, path)
        content = None if payload is None else _serialised(payload)
        await self._limits.turn(place.conversation_id, place.tenant_id)
        call = Call(method, url, content=content, repeatable=repeatable, lane=place.conversation_id)
        return await self._authorized(call)

    async def _authorized(self, call: Call) -> Answer:
        token = await self._credentials.token()
        try:
            return await self._transport.send(_with_token(call, token.get_secret_value()))
        except Authentication:
            # 401 says it was not processed. A token may be withdrawn before its time; a second one settles it.
            self._credentials.forget(token)
            fresh = await self._credentials.token()
            return await self._transport.send(_with_token(call, fresh.get_secret_value()))

    def _url(self, place: Place, path: str) -> str:
        if not self._service_hosts.allow(place.service_url):
            raise Configuration(SERVICE, "the service URL is not on the list of hosts (OFFERDESK_SERVICE_HOSTS)")
        return f"{place.service_url.rstrip('/')}/{path}"


def refusal_code(error: Permanent) -> str:
    """Teams' own word for a refusal (`MessageWritesBlocked`, `BotNotInConversationRoster`, …), or an empty string."""
    try:
        body = orjson.loads(error.body)
    except orjson.JSONDecodeError:
        return ""
    inner = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return ""
    return next((str(inner[name]) for name in ("subCode", "code") if isinstance(inner.get(name), str)), "")[:100]


def _serialised(payload: Mapping[str, Any]) -> bytes:
    content = orjson.dumps(payload)
    if len(content.decode().encode("utf-16-le")) > MOST_UTF16_BYTES:
        raise Permanent(SERVICE, f"the message is larger than {MOST_UTF16_BYTES} bytes; nothing was sent", status=413)
    return content


def _with_token(call: Call, token: str) -> Call:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return Call(
        call.method, call.url, headers=headers, content=call.content, repeatable=call.repeatable, lane=call.lane
    )


def _quoted(identifier: str) -> str:
    return quote(identifier, safe="")


def _activities(place: Place) -> str:
    return f"v3/conversations/{_quoted(place.conversation_id)}/activities"


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise Drift(SERVICE, "the answer is no object", reason=DriftReason.KEYS_GONE, status=answer.status)
    return body


def _made(answer: Answer) -> dict[str, Any]:
    """What a post made. It was accepted, so an answer that cannot be read leaves the outcome open."""
    try:
        return _object(answer)
    except Drift:
        raise _unreadable(answer) from None


def _id_of(answer: Answer) -> str:
    made = _made(answer).get("id")
    if not isinstance(made, str) or not made:
        raise _unreadable(answer)
    return made


def _unreadable(answer: Answer) -> OutcomeUnknown:
    return OutcomeUnknown(SERVICE, "the answer lacks what it should name", status=answer.status)


def _member(body: Mapping[str, Any]) -> Member | None:
    def word(name: str) -> str | None:
        value = body.get(name)
        return value if isinstance(value, str) and value else None

    user_id = word("id")
    if user_id is None:
        return None
    object_id = word("aadObjectId") or word("objectId")
    return Member(
        teams_user_id=user_id,
        entra_object_id=object_id.lower() if object_id else None,
        name=word("name") or "",
        email=word("email") or word("userPrincipalName"),
        tenant_id=word("tenantId"),
        user_role=word("userRole"),
    )
