"""What botbuilder asks of us besides HTTP: proactive turns, its own way to authenticate, no streaming."""

from __future__ import annotations

import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference, Entity

from bot.teams.adapter import activity_of
from bot.teams.authentication import Refused
from bot.teams.inbound import Inbound
from bot.teams.reading import parse
from bot.teams.turn_connector import wire_of
from tests.channel import APP_ID, CHAT_ID, Channel, open_channel


def _inbound(channel: Channel) -> Inbound:
    return parse(channel.said("aide"), APP_ID)


async def test_a_proactive_turn_sends_with_our_connector() -> None:
    async with open_channel() as channel:
        reference = ConversationReference(
            channel_id="msteams",
            service_url=channel.service_url,
            bot=ChannelAccount(id=f"28:{APP_ID}"),
            conversation=ConversationAccount(id=CHAT_ID),
        )

        async def remind(context: TurnContext) -> None:
            await context.send_activity("Votez avant jeudi.")

        await channel.edge.adapter.continue_conversation(reference, remind, APP_ID)
        (sent,) = channel.connector.received
    assert sent.body["text"] == "Votez avant jeudi."
    assert sent.body["from"] == {"id": f"28:{APP_ID}"}


async def test_botbuilders_own_authentication_is_ours() -> None:
    async with open_channel() as channel:
        adapter = channel.edge.adapter
        activity = activity_of(_inbound(channel), "message")
        activity.channel_data = {"tenant": {"id": _inbound(channel).tenant_id}}
        ran: list[str] = []

        async def logic(context: TurnContext) -> None:
            ran.append(context.activity.text)

        await adapter.process_activity(f"Bearer {channel.signer.token(channel.service_url)}", activity, logic)
        with pytest.raises(Refused):
            await adapter.process_activity("Bearer garbage", activity, logic)
        activity.channel_data = None
        with pytest.raises(Refused, match="tenant"):
            await adapter.process_activity(f"Bearer {channel.signer.token(channel.service_url)}", activity, logic)
    assert ran == ["aide"]


async def test_nobody_may_stream() -> None:
    async with open_channel() as channel:
        with pytest.raises(Refused, match="streaming"):
            await channel.edge.adapter._authenticator.authenticate_streaming_request("Bearer x", "msteams")


async def test_entities_are_kept() -> None:
    async with open_channel() as channel:
        activity = activity_of(_inbound(channel), "message")
    activity.entities = [{"type": "mention"}, Entity(type="clientInfo")]
    assert wire_of(activity)["entities"] == [{"type": "mention"}, {"type": "clientInfo"}]


async def test_stock_process_is_ours() -> None:
    """Whoever calls `process`, as the SDK's samples do, gets the repaired one."""
    async with open_channel() as channel:
        adapter = channel.edge.adapter
        assert type(adapter).process.__module__ == "bot.teams.adapter"
