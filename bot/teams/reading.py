"""Reading an activity. The only module that knows how Teams spells things.

Sources: Microsoft's documentation of bot activities, and what the service was seen to send. botbuilder's own models are
not used for reading: they lose the tenant of a conversation, who is mentioned where, and why a card refreshed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from bot.teams.inbound import BadActivity, ConversationKind, Inbound, InboundKind, Scalar, Trigger
from bot.time_zones import time_zones

MOST_ID_CHARACTERS = 400
"""Longer identifiers are refused: none of Teams' comes near, and they become database keys."""
MOST_NAME_CHARACTERS = 200
MOST_TEXT_CHARACTERS = 8_000
MOST_DATA_ENTRIES = 200
MOST_MENTIONS = 50
MOST_DATA_CHARACTERS = 20_000

_OBJECT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_THREAD = ";messageid="
_EMPTY: Mapping[str, Any] = {}

_INVOKES = {
    "adaptiveCard/action": InboundKind.CARD_ACTION,
    "task/fetch": InboundKind.DIALOG_OPEN,
    "task/submit": InboundKind.DIALOG_SUBMIT,
    "composeExtension/query": InboundKind.SEARCH,
    "application/search": InboundKind.TYPEAHEAD,
}
_INSTALLATIONS = {
    "add": InboundKind.INSTALL,
    "add-upgrade": InboundKind.INSTALL,
    "remove": InboundKind.UNINSTALL,
    "remove-upgrade": InboundKind.UNINSTALL,
}
_RENAMES = frozenset(
    f"{thing}{event}"
    for thing in ("channel", "team")
    for event in ("Created", "Renamed", "Deleted", "HardDeleted", "Restored", "Archived", "Unarchived")
)


def tenant_of(body: Mapping[str, Any]) -> str:
    """The tenant of an activity, or an empty string: from `channelData`, else from `conversation.tenantId`."""
    return _tenant(_map(body, "conversation"), _map(body, "channelData"))


def _tenant(conversation: Mapping[str, Any], channel_data: Mapping[str, Any]) -> str:
    return _text(_map(channel_data, "tenant"), "id") or _text(conversation, "tenantId")


def parse(body: object, app_id: str) -> Inbound:
    """Read the JSON of an activity.

    Raises:
        BadActivity: no object, no type, no id, no conversation, nobody who sent it, or an identifier of absurd length.
    """
    if not isinstance(body, dict):
        raise BadActivity("the body is no object")
    activity_type = _text(body, "type")
    if not activity_type:
        raise BadActivity("type is missing")
    conversation, channel_data = _map(body, "conversation"), _map(body, "channelData")
    team, channel = _map(channel_data, "team"), _map(channel_data, "channel")
    sender, recipient, value = _map(body, "from"), _map(body, "recipient"), _map(body, "value")
    client = _client_info(body)
    conversation_id = _identifier(conversation, "id", "conversation.id")
    key, _, thread = conversation_id.partition(_THREAD)
    kind, invoke_name, event = _kind(body, activity_type, channel_data, app_id)
    verb, data = _action(value, kind)
    bot_id = _optional_identifier(recipient, "id") or f"28:{app_id}"
    place = _conversation_kind(conversation, team, channel)
    return Inbound(
        kind=kind,
        activity_id=_identifier(body, "id", "id"),
        tenant_id=_tenant(conversation, channel_data),
        service_url=_text(body, "serviceUrl"),
        bot_id=bot_id,
        teams_user_id=_identifier(sender, "id", "from.id"),
        entra_object_id=_object_id(sender),
        name=_name(sender, "name") or "",
        locale=_locale(body, client),
        time_zone=_time_zone(body, client),
        conversation_id=conversation_id,
        conversation_key=key,
        thread_id=thread or None,
        conversation_kind=place,
        team_id=_optional_identifier(team, "id"),
        team_name=_name(team, "name"),
        channel_id=_channel_id(channel, channel_data) or (key if place is ConversationKind.CHANNEL else None),
        channel_name=_name(channel, "name"),
        reply_to_id=_optional_identifier(body, "replyToId"),
        invoke_name=invoke_name,
        event=event,
        text=_words(body, kind, bot_id),
        verb=verb,
        data=data,
        trigger=Trigger.AUTOMATIC if value.get("trigger") == Trigger.AUTOMATIC else Trigger.MANUAL,
        is_targeted=recipient.get("isTargeted") is True,
        members_added=_member_ids(body, "membersAdded") if kind is InboundKind.MEMBERS_ADDED else (),
    )


def _kind(
    body: Mapping[str, Any],
    activity_type: str,
    channel_data: Mapping[str, Any],
    app_id: str,
) -> tuple[InboundKind, str, str]:
    """Give kind, name of the invoke and name of the event."""
    if activity_type == "invoke":
        name = _text(body, "name")[:MOST_NAME_CHARACTERS] or "invoke"
        return _INVOKES.get(name, InboundKind.OTHER), name, ""
    if activity_type == "message":
        return (InboundKind.CARD_SUBMIT if _map(body, "value") else InboundKind.MESSAGE), "", ""
    if activity_type == "installationUpdate":
        action = _text(body, "action")
        return _INSTALLATIONS.get(action, InboundKind.OTHER), "", action[:MOST_NAME_CHARACTERS]
    if activity_type == "conversationUpdate":
        return _membership(body, channel_data, app_id)
    return InboundKind.OTHER, "", ""


def _membership(
    body: Mapping[str, Any],
    channel_data: Mapping[str, Any],
    app_id: str,
) -> tuple[InboundKind, str, str]:
    """Tell apart what all comes as `conversationUpdate`."""
    event = _text(channel_data, "eventType")
    if event in _RENAMES:
        return InboundKind.RENAMED, "", event
    if _member_ids(body, "membersAdded"):
        return InboundKind.MEMBERS_ADDED, "", ""
    bots = {_text(_map(body, "recipient"), "id"), f"28:{app_id}"}
    removed = bots.intersection(_member_ids(body, "membersRemoved"))
    return (InboundKind.UNINSTALL if removed else InboundKind.OTHER), "", ""


def _action(value: Mapping[str, Any], kind: InboundKind) -> tuple[str, dict[str, Scalar]]:
    """Give the verb and the flat data of a pressed button, wherever this kind of press puts them."""
    if kind is InboundKind.CARD_ACTION:
        action = _map(value, "action")
        data = _map(action, "data")
        return _text(action, "verb") or _text(data, "verb"), _flat(data)
    if kind in {InboundKind.DIALOG_OPEN, InboundKind.DIALOG_SUBMIT}:
        data = _map(value, "data")
        return _text(data, "verb"), _flat(data)
    if kind is InboundKind.CARD_SUBMIT:
        return _text(value, "verb"), _flat(value)
    if kind is InboundKind.SEARCH:
        return _text(value, "commandId"), _flat(_map(value, "queryOptions"))
    if kind is InboundKind.TYPEAHEAD:
        return _text(value, "dataset")[:MOST_NAME_CHARACTERS], _flat(_map(value, "queryOptions"))
    return "", {}


def _flat(data: Mapping[str, Any]) -> dict[str, Scalar]:
    """Keep the scalars: our buttons and every input of a card have no others, so nesting is somebody's invention."""
    flat: dict[str, Scalar] = {}
    for name, value in data.items():
        if name in {"verb", "msteams"} or len(name) > MOST_NAME_CHARACTERS:
            continue
        if isinstance(value, str):
            flat[name] = value[:MOST_DATA_CHARACTERS]
        elif value is None or isinstance(value, int | float):
            flat[name] = value
        if len(flat) >= MOST_DATA_ENTRIES:
            break
    return flat


def _words(body: Mapping[str, Any], kind: InboundKind, bot_id: str) -> str:
    """What was typed, wherever this kind of activity puts it."""
    if kind is InboundKind.SEARCH:
        return _search_words(body)
    if kind is InboundKind.TYPEAHEAD:
        return _text(_map(body, "value"), "queryText")[:MOST_TEXT_CHARACTERS].strip()
    return _typed_text(body, bot_id)


def _search_words(body: Mapping[str, Any]) -> str:
    for parameter in _maps(_map(body, "value"), "parameters"):
        if parameter.get("name") != "initialRun":
            return _text(parameter, "value")[:MOST_TEXT_CHARACTERS].strip()
    return ""


def _typed_text(body: Mapping[str, Any], bot_id: str) -> str:
    """What was typed. A mention goes only where an entity says it is one, so a command may hold the bot's own name."""
    text = _text(body, "text")[:MOST_TEXT_CHARACTERS]
    if not text:
        return ""
    mentions = [entity for entity in _maps(body, "entities") if entity.get("type") == "mention"]
    for entity in mentions[:MOST_MENTIONS]:
        mentioned = _map(entity, "mentioned")
        mention = _text(entity, "text") or f"<at>{_text(mentioned, 'name')}</at>"
        replacement = "" if mentioned.get("id") == bot_id else _plain(mention)
        text = _replace_mention(text, mention, replacement)
    return html.unescape(text).replace("\xa0", " ").strip()


def _replace_mention(text: str, mention: str, replacement: str) -> str:
    if mention in text:
        return text.replace(mention, replacement, 1)
    # Teams numbers the mentions of a message in its text (`<at id="0">`) and sometimes not in the entity.
    name = re.escape(_plain(mention))
    return re.sub(rf"<at\b[^<>]{{0,40}}>{name}</at>", lambda _: replacement, text, count=1) if name else text


def _plain(mention: str) -> str:
    return re.sub(r"</?at\b[^<>]{0,40}>", "", mention)


def _conversation_kind(
    conversation: Mapping[str, Any], team: Mapping[str, Any], channel: Mapping[str, Any]
) -> ConversationKind:
    named = _CONVERSATION_KINDS.get(_text(conversation, "conversationType"))
    if named is not None:
        return named
    if team or channel:
        return ConversationKind.CHANNEL
    return ConversationKind.GROUP_CHAT if conversation.get("isGroup") is True else ConversationKind.PERSONAL


_CONVERSATION_KINDS = {kind.value: kind for kind in ConversationKind}


def _channel_id(channel: Mapping[str, Any], channel_data: Mapping[str, Any]) -> str | None:
    """The channel that an activity names; a command box names the one that is looked at."""
    return _optional_identifier(channel, "id") or _optional_identifier(
        _map(_map(channel_data, "settings"), "selectedChannel"), "id"
    )


def _client_info(body: Mapping[str, Any]) -> Mapping[str, Any]:
    for entity in _maps(body, "entities"):
        if entity.get("type") == "clientInfo":
            return entity
    return _EMPTY


def _locale(body: Mapping[str, Any], client: Mapping[str, Any]) -> str:
    for source in (body, client):
        if _LOCALE.fullmatch(locale := _text(source, "locale")):
            return locale
    return ""


def _time_zone(body: Mapping[str, Any], client: Mapping[str, Any]) -> str | None:
    known = time_zones()
    for source, name in ((client, "timezone"), (body, "localTimezone")):
        if (zone := _text(source, name)) in known:
            return zone
    return None


def _object_id(sender: Mapping[str, Any]) -> str | None:
    given = _text(sender, "aadObjectId").lower()
    return given if _OBJECT_ID.fullmatch(given) else None


def _member_ids(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    ids = (_text(member, "id") for member in _maps(body, name))
    return tuple(each for each in ids if each and len(each) <= MOST_ID_CHARACTERS)


def _map(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else _EMPTY


def _maps(parent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = parent.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(parent: Mapping[str, Any], name: str) -> str:
    value = parent.get(name)
    return value if isinstance(value, str) else ""


def _name(parent: Mapping[str, Any], name: str) -> str | None:
    """A name as one line without control characters; None when there is none."""
    given = _text(parent, name)[:MOST_NAME_CHARACTERS]
    if not given:
        return None
    if not given.isprintable():
        given = "".join(each for each in given if each.isprintable())
    return given.strip() or None


def _optional_identifier(parent: Mapping[str, Any], name: str) -> str | None:
    value = parent.get(name)
    if not value or not isinstance(value, str):
        return None
    if len(value) > MOST_ID_CHARACTERS:
        raise BadActivity(f"{name} is too long")
    return value


def _identifier(parent: Mapping[str, Any], name: str, called: str) -> str:
    value = _optional_identifier(parent, name)
    if value is None:
        raise BadActivity(f"{called} is missing")
    return value
