"""Our connector in the shape botbuilder expects, for what is sent during a turn."""

from __future__ import annotations

from typing import Any

from botbuilder.schema import Activity, ResourceResponse
from botframework.connector.auth import ConnectorFactory

from bot.teams.connector import Connector, Place

_FIELDS = (
    ("type", "type"),
    ("text", "text"),
    ("text_format", "textFormat"),
    ("summary", "summary"),
    ("locale", "locale"),
    ("attachment_layout", "attachmentLayout"),
    ("channel_data", "channelData"),
    ("reply_to_id", "replyToId"),
)


class TurnConnectorFactory(ConnectorFactory):
    """Makes a connector per turn: two small objects over the one client, instead of two new HTTP clients."""

    def __init__(self, connector: Connector, tenant_id: str) -> None:
        """``tenant_id`` is whose rate limit counts."""
        self._connector = connector
        self._tenant_id = tenant_id

    async def create(self, service_url: str, audience: str) -> TurnConnector:  # noqa: ARG002  botbuilder's signature
        """Give a connector for that service URL."""
        return TurnConnector(self._connector, service_url, self._tenant_id)


class TurnConnector:
    """What botbuilder calls a connector client: only its ``conversations`` are ever used."""

    __slots__ = ("_connector", "_service_url", "_tenant_id")

    def __init__(self, connector: Connector, service_url: str, tenant_id: str) -> None:
        """Bind the client to one service URL."""
        self._connector = connector
        self._service_url = service_url
        self._tenant_id = tenant_id

    @property
    def conversations(self) -> TurnConnector:
        """The operations."""
        return self

    async def send_to_conversation(self, conversation_id: str, activity: Activity) -> ResourceResponse:
        """Post a message."""
        sent = await self._connector.send_to_conversation(self._place(conversation_id), wire_of(activity))
        return ResourceResponse(id=sent)

    async def reply_to_activity(self, conversation_id: str, activity_id: str, activity: Activity) -> ResourceResponse:
        """Answer a message."""
        sent = await self._connector.reply(self._place(conversation_id), activity_id, wire_of(activity))
        return ResourceResponse(id=sent)

    async def update_activity(self, conversation_id: str, activity_id: str, activity: Activity) -> ResourceResponse:
        """Replace a message."""
        await self._connector.update(self._place(conversation_id), activity_id, wire_of(activity))
        return ResourceResponse(id=activity_id)

    async def delete_activity(self, conversation_id: str, activity_id: str) -> None:
        """Delete a message."""
        await self._connector.delete(self._place(conversation_id), activity_id)

    def _place(self, conversation_id: str) -> Place:
        return Place(self._service_url, self._tenant_id, conversation_id)


def wire_of(activity: Activity) -> dict[str, Any]:
    """The JSON of an activity. msrest would write an enum member in a card as `FontSize.LARGE`, orjson its value."""
    wire = {name: value for attribute, name in _FIELDS if (value := getattr(activity, attribute)) is not None}
    if activity.attachments:
        wire["attachments"] = [
            {"contentType": each.content_type, "content": each.content} for each in activity.attachments
        ]
    if activity.entities:
        wire["entities"] = [each if isinstance(each, dict) else each.serialize() for each in activity.entities]
    if activity.from_property is not None and activity.from_property.id:
        wire["from"] = {"id": activity.from_property.id}
    return wire
