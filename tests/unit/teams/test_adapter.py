"""What botbuilder asks of us besides HTTP: proactive turns, its own way to authenticate, no streaming."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from botbuilder.core import Middleware, TurnContext
from botbuilder.schema import ChannelAccount, ConversationAccount, ConversationReference, Entity

from bot.teams.adapter import activity_of
from bot.teams.inbound import Inbound
from bot.teams.reading import parse
from bot.teams.turn_connector import wire_of
from bot.tokens.bearer import Refused
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


async def test_the_sdks_process_is_the_repaired_one() -> None:
    """A handler written as in the SDK's samples works, and refuses as the edge does."""
    async with open_channel() as channel:
        edge = channel.edge

        async def messages(request: web.Request) -> web.Response:
            return await edge.adapter.process(request, edge)

        app = web.Application()
        app.router.add_post("/sdk", messages)
        token = channel.signer.token(channel.service_url)
        async with TestClient(TestServer(app)) as client:
            for header, status in ((f"Bearer {token}", 200), ("Bearer garbage", 401)):
                async with client.post("/sdk", json=channel.press(), headers={"Authorization": header}) as answer:
                    assert answer.status == status


async def test_middleware_sees_invokes_too() -> None:
    """Without middleware an invoke is answered directly; with it, everything runs through botbuilder's pipeline."""
    async with open_channel() as channel:
        status, direct = await channel.post(channel.press())
        seen: list[str] = []

        class Watching(Middleware):
            async def on_turn(self, context: TurnContext, logic: Callable[[], Awaitable[None]]) -> None:
                seen.append(context.activity.name)
                await logic()

        channel.edge.adapter.use(Watching())
        assert await channel.post(channel.press()) == (status, direct)
    assert seen == ["adaptiveCard/action"]
