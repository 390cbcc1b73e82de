"""The activities Teams sends to a bot, field by field as it sends them."""

from __future__ import annotations

import html
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from integrations.sandbox.teams.personas import BOT_NAME, Persona
from integrations.sandbox.teams.world import Conversation, Json, World, join_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

MENTION = f"<at>{BOT_NAME}</at>"
_PLATFORM = "Web"
MOST_CHOICES = 15
"""Teams shows no more choices than that."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Builds the part every activity shares. `service_url` ends with a slash."""

    world: World
    service_url: str

    def start(self, kind: str, persona: Persona, conversation: Conversation, root: str | None = None) -> Json:
        """An activity of `kind` from a person, with everything but its own content."""
        at = self.world.now()
        here = at.astimezone(ZoneInfo(persona.time_zone))
        return {
            "type": kind,
            "id": self.world.next_id(),
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "localTimestamp": here.isoformat(timespec="milliseconds"),
            "localTimezone": persona.time_zone,
            "locale": persona.locale,
            "from": {"id": persona.mri, "name": persona.name, "aadObjectId": persona.aad_object_id},
            "recipient": {"id": self.world.bot_id, "name": BOT_NAME},
            "conversation": self._conversation(persona, conversation, root),
            "channelData": self._channel_data(persona, conversation),
            "entities": [
                {
                    "type": "clientInfo",
                    "locale": persona.locale,
                    "country": persona.country,
                    "platform": _PLATFORM,
                    "timezone": persona.time_zone,
                },
            ],
        }

    def _tenant(self, persona: Persona, conversation: Conversation) -> str:
        # A guest writes in the tenant of the team, but chats with the bot from the own tenant.
        return self.world.tenant_id if conversation.kind == "channel" else self.world.tenant_of(persona)

    def _conversation(self, persona: Persona, conversation: Conversation, root: str | None) -> Json:
        account: Json = {
            "conversationType": conversation.kind,
            "tenantId": self._tenant(persona, conversation),
            "id": join_thread(conversation.id, root),
        }
        if conversation.kind == "channel":
            account |= {"isGroup": True, "name": conversation.name}
        return account

    def _channel_data(self, persona: Persona, conversation: Conversation) -> Json:
        data: Json = {"tenant": {"id": self._tenant(persona, conversation)}}
        if conversation.kind == "channel":
            data["team"] = {"id": self.world.team_id, "name": self.world.team_name}
            data["channel"] = {"id": conversation.id, "name": conversation.name}
            data["teamsTeamId"] = self.world.team_id
            data["teamsChannelId"] = conversation.id
        return data


def said(envelope: Envelope, persona: Persona, conversation: Conversation, text: str, root: str | None) -> Json:
    """A typed message. `@Offerdesk` in a channel becomes a mention; Teams adds the text a second time as HTML."""
    activity = envelope.start("message", persona, conversation, root)
    plain = text
    if conversation.kind == "channel":
        plain = _with_mention(text)
        if plain != text:
            activity["entities"].append(
                {"type": "mention", "text": MENTION, "mentioned": {"id": envelope.world.bot_id, "name": BOT_NAME}},
            )
    rich = html.escape(plain).replace(html.escape(MENTION), f'<span itemscope itemid="0">{BOT_NAME}</span>')
    return activity | {
        "textFormat": "plain",
        "text": plain,
        "attachments": [{"contentType": "text/html", "content": f"<p>{rich}</p>"}],
    }


def _with_mention(text: str) -> str:
    mark = f"@{BOT_NAME}"
    at = text.lower().find(mark.lower())
    return text if at < 0 else f"{text[:at]}{MENTION}{text[at + len(mark) :]}"


def mentions_bot(activity: Json) -> bool:
    """Whether a channel message reaches the bot at all."""
    return any(entity.get("type") == "mention" for entity in activity["entities"])


def submitted(
    envelope: Envelope,
    persona: Persona,
    conversation: Conversation,
    root: str | None,
    reply_to: str,
    value: Json,
) -> Json:
    """A pressed Action.Submit: a message with a value and no text."""
    activity = envelope.start("message", persona, conversation, root)
    activity["channelData"]["source"] = {"name": "message"}
    return activity | {"replyToId": reply_to, "value": value}


def invoke(
    envelope: Envelope,
    name: str,
    persona: Persona,
    conversation: Conversation,
    value: Json,
    *,
    root: str | None = None,
    reply_to: str | None = None,
) -> Json:
    """An invoke of this name; its id has the form Teams gives to invokes (`f:<uuid>`)."""
    activity = envelope.start("invoke", persona, conversation, root)
    activity["id"] = f"f:{uuid.uuid4()}"
    activity["channelData"]["source"] = {"name": "message" if reply_to else "compose"}
    activity |= {"name": name, "value": value}
    if reply_to:
        activity["replyToId"] = reply_to
    return activity


def execute_value(action: Json, data: Json, trigger: str) -> Json:
    """The value of `adaptiveCard/action`: the action with the inputs merged into its data."""
    kept: Json = {key: action[key] for key in ("type", "id", "title", "verb") if action.get(key) is not None}
    return {"action": kept | {"data": data}, "trigger": trigger}


def task_value(data: Json, theme: str) -> Json:
    """The value of `task/fetch` and `task/submit`."""
    return {"data": data, "context": {"theme": "default" if theme == "light" else theme}}


def query_value(command: str, parameter: str, text: str, *, skip: int = 0) -> Json:
    """The value of `composeExtension/query`; without text Teams asks for the initial list."""
    asked: Json = {"name": parameter, "value": text} if text else {"name": "initialRun", "value": "true"}
    return {"commandId": command, "parameters": [asked], "queryOptions": {"skip": skip, "count": 25}}


def typeahead_value(dataset: str, text: str, *, skip: int = 0, top: int = MOST_CHOICES) -> Json:
    """The value of `application/search`, which asks for the choices of an input."""
    return {"queryText": text, "queryOptions": {"skip": skip, "top": top}, "dataset": dataset}


def membership(envelope: Envelope, persona: Persona, conversation: Conversation, *, added: bool) -> list[Json]:
    """What arrives when the app is added or removed: the installation, and for the bot its membership."""
    installation = envelope.start("installationUpdate", persona, conversation)
    installation["action"] = "add" if added else "remove"
    members = envelope.start("conversationUpdate", persona, conversation)
    members["membersAdded" if added else "membersRemoved"] = [{"id": envelope.world.bot_id}]
    if conversation.kind == "channel":
        members["channelData"]["eventType"] = "teamMemberAdded" if added else "teamMemberRemoved"
    # Once removed, Teams says so only by the installation: the bot is no longer a member that could be told.
    return [members, installation] if added else [installation]


def renamed(envelope: Envelope, persona: Persona, conversation: Conversation, *, team: bool) -> Json:
    """A channel or the team got another name (the conversation already carries it)."""
    activity = envelope.start("conversationUpdate", persona, conversation)
    activity["channelData"]["eventType"] = "teamRenamed" if team else "channelRenamed"
    return activity


def text_and_cards(attachments: Sequence[Any], text: str = "") -> Json:
    """A message a person posts that did not go through the bot (a shared search result)."""
    return {"type": "message", "text": text, "attachments": list(attachments)}
