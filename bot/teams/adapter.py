"""botbuilder's `CloudAdapter` with its HTTP half repaired; its pipeline (middleware, `TurnContext`) stays in use.

Stock `process` answers 500 to every invoke that has a body, parses before it authenticates, turns bad tokens into
tracebacks, and spends most of a turn in msrest. Here a request is bounded, authenticated and read once by
`bot.teams.reading`; what botbuilder needs of it is copied into its `Activity` field by field.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import hdrs, web
from botbuilder.core import Bot, InvokeResponse, Middleware, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity, ActivityTypes, Attachment, ChannelAccount, ConversationAccount

from bot.teams.authentication import CHANNEL, Authenticator
from bot.teams.inbound import BadActivity, Inbound
from bot.teams.reading import parse
from bot.tokens.bearer import Refused

MOST_BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
"""How long a body may trickle in."""
MOST_DEPTH = 64
"""Of nested JSON; Teams' own activities stay below ten."""

_JSON = "application/json"
_JSON_HEADERS = {hdrs.CONTENT_TYPE: _JSON}
InvokeAnswer = tuple[int, dict[str, Any] | None]
"""The HTTP status and the JSON body an invoke is answered with."""


class TeamsActivity(Activity):
    """botbuilder's activity, carrying what we read ourselves."""

    inbound: Inbound


class Outgoing(Activity):
    """What a turn answers. botbuilder copies deeply whatever it sends; this one is sent once, so it need not be."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Outgoing:
        """Itself: a copy costs more than verifying the token."""
        return self


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request was answered. ``refused`` is why it was turned away, a fixed word."""

    response: web.Response
    inbound: Inbound | None = None
    refused: str | None = None


class Adapter(CloudAdapter):
    """Turns a request into a turn and the turn's result into an answer."""

    def __init__(self, authenticator: Authenticator, app_id: str) -> None:
        """``app_id`` is the bot's; mentions and memberships are recognised by it."""
        super().__init__(authenticator)
        self._authenticator = authenticator
        self._app_id = app_id
        self._has_middleware = False

    def use(self, *middleware: Middleware) -> Adapter:
        """Add middleware; from then on every turn runs through the pipeline."""
        self._has_middleware = True
        super().use(*middleware)
        return self

    async def process(self, request: web.Request, bot: Any, ws_response: Any = None) -> web.Response:  # noqa: ANN401, ARG002  botbuilder's signature
        """Answer one POST; see `run`."""
        return (await self.run(request, bot)).response

    async def run(
        self,
        request: web.Request,
        bot: Bot,
        answer: Callable[[Inbound], Awaitable[InvokeAnswer]] | None = None,
    ) -> Outcome:
        """Answer one POST. The activity that ``bot.on_turn`` sees is a `TeamsActivity`.

        An invoke needs nothing of a `TurnContext`: it is answered in the HTTP answer and sends nothing. ``answer``,
        where given, therefore answers it directly, unless there is middleware that wants to see it.
        Bad requests are answered 400, 401, 408, 413, 415 or 503 without a body.
        """
        inbound = None
        try:
            body = _decoded(await _body_of(request))
            claims = await self._authenticator.verify(request.headers.get(hdrs.AUTHORIZATION), body)
            inbound = parse(body, self._app_id)
            if inbound.is_invoke and answer is not None and not self._has_middleware:
                return Outcome(_response(*await answer(inbound)), inbound)
            believed = self._authenticator.believed(claims, inbound.tenant_id)
            activity = activity_of(inbound, str(body["type"]))
            result = await self.process_activity(believed, activity, bot.on_turn)
        except Refused as refusal:
            return Outcome(web.Response(status=refusal.status), inbound, refusal.reason)
        except BadActivity:
            return Outcome(web.Response(status=400), None, "activity")
        return Outcome(_response(200, None) if result is None else _response(result.status, result.body), inbound)


def _response(status: int, body: object) -> web.Response:
    if body is None:
        return web.Response(status=status)
    return web.Response(body=orjson.dumps(body), status=status, headers=_JSON_HEADERS)


async def answer_invoke(context: TurnContext, status: int, body: dict[str, Any] | None) -> None:
    """Set what the running invoke is answered with."""
    answer = InvokeResponse(status=status, body=body)
    await context.send_activity(Outgoing(type=ActivityTypes.invoke_response, value=answer))


async def send_message(context: TurnContext, message: dict[str, Any]) -> None:
    """Post a message where the running turn came from; raises the errors of `Connector`."""
    attachments = [
        Attachment(content_type=each["contentType"], content=each["content"]) for each in message.get("attachments", ())
    ]
    await context.send_activity(
        Outgoing(
            type=ActivityTypes.message,
            text=message.get("text"),
            text_format=message.get("textFormat"),
            summary=message.get("summary"),
            attachments=attachments or None,
        ),
    )


def activity_of(inbound: Inbound, activity_type: str) -> TeamsActivity:
    """What botbuilder needs to know of an activity to run a turn and to answer it."""
    activity = TeamsActivity(
        type=activity_type,
        id=inbound.activity_id,
        name=inbound.invoke_name or None,
        channel_id=CHANNEL,
        service_url=inbound.service_url,
        text=inbound.text,
        locale=inbound.locale or None,
        reply_to_id=inbound.reply_to_id,
        from_property=ChannelAccount(
            id=inbound.teams_user_id, name=inbound.name, aad_object_id=inbound.entra_object_id
        ),
        recipient=ChannelAccount(id=inbound.bot_id),
        conversation=ConversationAccount(
            id=inbound.conversation_id,
            conversation_type=inbound.conversation_kind.value,
            tenant_id=inbound.tenant_id,
        ),
    )
    activity.inbound = inbound
    return activity


async def _body_of(request: web.Request) -> bytes:
    """Read the body, never much more than the limit, whatever the request claims about its length."""
    if request.content_length is not None and request.content_length > MOST_BODY_BYTES:
        raise Refused(413, "too_large")
    if request.content_type != _JSON:
        raise Refused(415, "content_type")
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        # Teams packs nothing, and a small packed body may hold a very large one.
        raise Refused(415, "content_encoding")
    try:
        body = await _whole_body(request)
    except TimeoutError:
        raise Refused(408, "too_slow") from None
    except (web.RequestPayloadError, ConnectionError) as error:
        request.content.feed_eof()  # or aiohttp reads on and logs a traceback for a stranger's broken chunk
        raise Refused(400, "body") from error
    if len(body) > MOST_BODY_BYTES:
        raise Refused(413, "too_large")
    return body


async def _whole_body(request: web.Request) -> bytes:
    """The body, or a little more than the limit of it."""
    content = request.content
    if content.is_eof():
        # What Teams sends is small: as a rule it is here in full with the headers, and nothing has to be waited for.
        return content.read_nowait()
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in content.iter_any():
            body += chunk
            if len(body) > MOST_BODY_BYTES:
                break
    return bytes(body)


def _decoded(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Refused(400, "json") from None
    if not isinstance(body, dict) or not isinstance(body.get("type"), str) or not body["type"]:
        raise Refused(400, "activity")
    return _without_nul(body) if rb"\u0000" in raw else body


def _without_nul(value: Any, depth: int = 0) -> Any:  # noqa: ANN401  JSON of a stranger
    """PostgreSQL stores no NUL and nobody types one."""
    if depth > MOST_DEPTH:
        raise Refused(400, "too_deep")
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {name.replace("\x00", ""): _without_nul(each, depth + 1) for name, each in value.items()}
    return value
