"""What a believed activity becomes: one turn, one answer, and no surprise when the turn fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum

import orjson
import pytest
from adaptive_cards import types as card_types
from adaptive_cards.card import AdaptiveCard, TextBlock
from botbuilder.core import CardFactory, MessageFactory, TurnContext

from bot.errors import DatabaseUnavailable
from bot.teams.adapter import activity_of
from bot.teams.inbound import Inbound, InboundKind
from bot.teams.reading import parse
from bot.teams.replies import CardReply, DialogClosed, DialogReply, Reply, SearchReply, TextReply
from tests.channel import APP_ID, CHAT_ID, THREAD_ID, Json, activity, open_channel

CARD: Json = {"type": "AdaptiveCard", "version": "1.5", "body": [], "fallbackText": "Vote attendu : S580"}


async def test_an_invoke_with_a_body_is_answered_200() -> None:
    """The stock adapter serialises the body twice and answers 500 to every one of them."""

    async def turn(_: Inbound) -> Reply:
        return CardReply(CARD)

    async with open_channel(turn) as channel:
        status, body = await channel.post(channel.press())
        assert status == 200
        assert body == {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": CARD}


async def test_a_turn_sees_what_was_pressed() -> None:
    seen: list[Inbound] = []

    async def turn(inbound: Inbound) -> Reply | None:
        seen.append(inbound)
        return None

    async with open_channel(turn) as channel:
        status, body = await channel.post(channel.press(data={"verb": "vote_go", "id": 7, "reason": "prix"}))
    assert (status, body["type"]) == (200, "application/vnd.microsoft.activity.message")
    assert [(each.kind, each.verb, dict(each.data)) for each in seen] == [
        (InboundKind.CARD_ACTION, "vote_go", {"id": 7, "reason": "prix"})
    ]


async def test_no_network_call_happens_in_a_click() -> None:
    async with open_channel() as channel:
        await channel.post(channel.press())
        before = dict(channel.login.state()["counts"])
        for _ in range(5):
            assert (await channel.post(channel.press()))[0] == 200
        assert channel.login.state()["counts"] == before
        assert channel.connector.received == []


async def test_an_automatic_refresh_is_answered_and_logs_no_unknown_attribute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The stock adapter drops `trigger` and writes a warning with every press."""
    triggers: list[str] = []

    async def turn(inbound: Inbound) -> Reply:
        triggers.append(inbound.trigger)
        return TextReply("ok")

    async with open_channel(turn) as channel:
        body = channel.press()
        body["value"]["trigger"] = "automatic"
        with caplog.at_level(logging.DEBUG, "msrest"):
            assert (await channel.post(body))[0] == 200
    assert triggers == ["automatic"]
    assert [record.message for record in caplog.records if record.name.startswith("msrest")] == []


@pytest.mark.parametrize(
    ("name", "reply", "expected"),
    [
        ("task/fetch", DialogReply("Évaluation", CARD), "continue"),
        ("task/submit", DialogClosed("Enregistré."), "message"),
    ],
)
async def test_dialogs_are_answered(name: str, reply: Reply, expected: str) -> None:
    async def turn(_: Inbound) -> Reply:
        return reply

    async with open_channel(turn) as channel:
        asked = activity("invoke", channel.service_url, name=name, value={"data": {"verb": "evaluate", "id": 3}})
        status, body = await channel.post(asked)
    assert (status, body["task"]["type"]) == (200, expected)


async def test_a_dialog_that_closes_in_silence_has_an_empty_body() -> None:
    async def turn(_: Inbound) -> Reply:
        return DialogClosed()

    async with open_channel(turn) as channel:
        asked = activity("invoke", channel.service_url, name="task/submit", value={"data": {"verb": "evaluate"}})
        assert await channel.post(asked) == (200, None)


async def test_a_search_is_answered() -> None:
    async def turn(inbound: Inbound) -> Reply:
        assert inbound.text == "laser"
        return SearchReply(())

    async with open_channel(turn) as channel:
        value = {
            "commandId": "find",
            "parameters": [{"name": "words", "value": "laser"}],
            "queryOptions": {"count": 25},
        }
        status, body = await channel.post(
            activity("invoke", channel.service_url, name="composeExtension/query", value=value)
        )
    assert (status, body["composeExtension"]["attachments"]) == (200, [])


async def test_an_unknown_invoke_is_501() -> None:
    async def turn(_: Inbound) -> Reply | None:
        return None

    async with open_channel(turn) as channel:
        asked = activity("invoke", channel.service_url, name="signin/verifyState", value={})
        assert await channel.post(asked) == (501, None)


async def test_a_message_is_answered_in_its_thread() -> None:
    async with open_channel() as channel:
        assert await channel.post(channel.said("aide")) == (200, None)
        (sent,) = channel.connector.received
    assert sent.method == "POST"
    assert sent.path.endswith("/activities/f%3A2efa7154-0000-4000-8000-000000000000")
    assert THREAD_ID.replace(":", "%3A").replace(";", "%3B").replace("=", "%3D").replace("@", "%40") in sent.path
    assert sent.body["text"] == "message:aide"
    assert sent.body["type"] == "message"


async def test_a_message_is_answered_with_a_card_that_notifies() -> None:
    async def turn(_: Inbound) -> Reply:
        return CardReply(CARD)

    async with open_channel(turn) as channel:
        assert await channel.post(channel.said("rfps", personal=True)) == (200, None)
        (sent,) = channel.connector.received
    assert CHAT_ID.replace(":", "%3A") in sent.path
    assert sent.body["summary"] == "Vote attendu : S580"
    assert sent.body["attachments"] == [{"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}]


async def test_silence_sends_nothing() -> None:
    async def turn(_: Inbound) -> Reply | None:
        return None

    async with open_channel(turn) as channel:
        assert await channel.post(channel.said("bonjour")) == (200, None)
        assert channel.connector.received == []


@pytest.mark.parametrize("kind", ["messageReaction", "typing"])
async def test_who_did_not_speak_to_the_bot_gets_no_message(kind: str) -> None:
    async with open_channel() as channel:
        renamed = activity("conversationUpdate", channel.service_url)
        renamed["channelData"]["eventType"] = "channelRenamed"
        assert await channel.post(renamed) == (200, None)
        assert await channel.post(activity(kind, channel.service_url)) == (200, None)
        assert channel.connector.received == []


async def test_an_answer_that_cannot_be_sent_ends_the_delivery() -> None:
    async with open_channel() as channel:
        blocked: tuple[int, Json, dict[str, str]] = (
            403,
            {"error": {"code": "Forbidden", "subCode": "MessageWritesBlocked"}},
            {},
        )
        channel.connector.script = [blocked]
        assert await channel.post(channel.said("aide")) == (200, None)
        assert len(channel.connector.received) == 1


class Failing:
    """A turn that meets an outage."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def __call__(self, _: Inbound) -> Reply | None:
        raise self.error


@pytest.mark.parametrize(
    ("locale", "words"),
    [("fr-FR", "Une erreur est survenue"), ("en-GB", "Something went wrong"), ("de-DE", "Something")],
)
async def test_a_failed_click_says_so_under_an_id(locale: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_channel(Failing(RuntimeError("secret detail"))) as channel:
        status, body = await channel.post(channel.press(locale=locale))
    assert status == 200
    assert (body["statusCode"], body["type"]) == (500, "application/vnd.microsoft.error")
    assert body["value"]["message"].startswith(words)
    assert "error-1" in body["value"]["message"]
    assert "secret detail" not in orjson.dumps(body).decode()
    assert "error-1" in "".join(capfd.readouterr())


async def test_a_failed_message_is_answered_with_an_apology() -> None:
    async with open_channel(Failing(DatabaseUnavailable())) as channel:
        assert await channel.post(channel.said("aide")) == (200, None)
        (sent,) = channel.connector.received
    assert "error-1" in sent.body["text"]


async def test_a_failed_install_may_be_delivered_again() -> None:
    async with open_channel(Failing(DatabaseUnavailable())) as channel:
        added = activity("installationUpdate", channel.service_url, action="add")
        assert await channel.post(added) == (503, None)
        assert channel.connector.received == []
        count = channel.registry.get_sample_value
        assert count("offerdesk_activities_total", {"kind": "install", "status": "503"}) == 1


async def test_a_reply_that_cannot_be_shown_is_an_error_not_a_500() -> None:
    async def turn(_: Inbound) -> Reply:
        return SearchReply(())

    async with open_channel(turn) as channel:
        status, body = await channel.post(channel.press())
    assert (status, body["statusCode"]) == (200, 500)


async def test_a_turn_has_a_deadline() -> None:
    cancelled = asyncio.Event()

    async def turn(_: Inbound) -> Reply | None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return None

    async with open_channel(turn, deadline_s=0.01) as channel:
        status, body = await channel.post(channel.press())
    assert (status, body["statusCode"]) == (200, 500)
    assert "trop de temps" in body["value"]["message"]
    assert cancelled.is_set()


async def test_nul_never_reaches_a_turn() -> None:
    seen: list[Inbound] = []

    async def turn(inbound: Inbound) -> Reply | None:
        seen.append(inbound)
        return None

    async with open_channel(turn) as channel:
        press = channel.press(data={"verb": "vote_go", "rea\x00son": "a\x00b", "id": "\x00"})
        press["from"]["name"] = press["channelData"]["team"]["name"] = "C\x00TO"
        await channel.post(press)
        await channel.post(channel.said("\x00find \x00heat"))
        await channel.post(channel.said(r"literally \u0000"))
    assert seen[0].data == {"reason": "ab", "id": ""}
    assert seen[0].name == seen[0].team_name == "CTO"
    assert seen[1].text == "find heat"
    assert seen[2].text == r"literally \u0000"


async def test_answers_are_counted_and_timed() -> None:
    async with open_channel() as channel:
        await channel.post(channel.press())
        count = channel.registry.get_sample_value
        assert count("offerdesk_activities_total", {"kind": "card_action", "status": "200"}) == 1
        assert count("offerdesk_activity_seconds_count", {"kind": "card_action"}) == 1


class Colour(Enum):
    """What a card library may leave in a card."""

    GOOD = "good"


async def test_enum_members_never_reach_the_wire() -> None:
    """The stock adapter writes them as `FontSize.LARGE`, and Teams draws the card broken."""
    block = TextBlock(text="S580", size=card_types.FontSize.LARGE)
    card: Json = AdaptiveCard.new().version("1.5").add_item(block).create().to_dict()
    card["body"].append({"type": "TextBlock", "text": "Go", "color": Colour.GOOD})

    async def turn(_: Inbound) -> Reply:
        return CardReply(card)

    async with open_channel(turn) as channel:
        _, answered = await channel.post(channel.press())
        await channel.post(channel.said("rfps"))
        (sent,) = channel.connector.received
    for body in (answered["value"], sent.body["attachments"][0]["content"]):
        assert body["body"][0]["size"] == "large"
        assert body["body"][1]["color"] == "good"


async def test_botbuilders_own_ways_to_send_use_our_connector() -> None:
    """What a middleware or a handler sends through the SDK takes the same road, updates and deletions included."""
    async with open_channel() as channel:
        inbound = parse(channel.said("aide"), APP_ID)
        adapter = channel.edge.adapter
        believed = await adapter._authenticator.check(
            f"Bearer {channel.signer.token(channel.service_url)}", channel.said("aide")
        )

        async def logic(context: TurnContext) -> None:
            await context.send_activity("bonjour")
            shown = MessageFactory.attachment(CardFactory.adaptive_card(CARD))
            shown.id = "1"
            await context.update_activity(shown)
            await context.delete_activity("1")

        await adapter.process_activity(believed, activity_of(inbound, "message"), logic)
        sent = [(each.method, each.path.rsplit("/", 1)[1], each.body) for each in channel.connector.received]
    assert [(method, end) for method, end, _ in sent] == [
        ("POST", "f%3A2efa7154-0000-4000-8000-000000000000"),
        ("PUT", "1"),
        ("DELETE", "1"),
    ]
    assert sent[0][2]["text"] == "bonjour"
    assert sent[1][2]["attachments"][0]["content"] == CARD


async def test_the_adapter_is_a_cloud_adapter_with_botbuilders_middleware() -> None:
    passed: list[str] = []

    class Seeing:
        async def on_turn(self, context: TurnContext, logic: Callable[[], Awaitable[None]]) -> None:
            passed.append(context.activity.name)
            await logic()

    async with open_channel() as channel:
        channel.edge.adapter.use(Seeing())
        assert (await channel.post(channel.press()))[0] == 200
    assert passed == ["adaptiveCard/action"]
