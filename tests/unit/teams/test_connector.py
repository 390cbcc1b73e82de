"""Speaking to Teams: what goes over the wire, and what happens when it does not go well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.teams.connector import MOST_UTF16_BYTES, POLICY, Connector, Member, Place, Thread, refusal_code
from integrations.errors import Authentication, Configuration, Drift, OutcomeUnknown, Permanent, ServiceError, Transient
from tests.channel import APP_ID, CHANNEL_ID, TENANT_ID, THREAD_ID, Channel, Json, SkippingClock, open_channel

BOT_ID = f"28:{APP_ID}"
MESSAGE: Json = {"type": "message", "text": "S580"}
IN_THREAD = "/v3/conversations/19%3Atenders%40thread.tacv2%3Bmessageid%3D1795345169705/activities"

Answer = tuple[int, Json, dict[str, str]]


@asynccontextmanager
async def _speaking(*script: Answer | None) -> AsyncIterator[tuple[Channel, Connector, Place]]:
    """A channel whose waits take no time, its connector, and the thread of a tender."""
    async with open_channel() as channel:
        clock = SkippingClock().time()
        edge = channel.edge
        connector = Connector(edge.credentials, edge.connector._service_hosts, edge._client, clock)
        channel.connector.script = list(script)
        yield channel, connector, Place(channel.service_url, TENANT_ID, THREAD_ID)


def _refusal(status: int, **headers: str) -> Answer:
    return status, {"error": {"code": "Refused"}}, {name.replace("_", "-"): value for name, value in headers.items()}


async def test_a_message_is_posted_into_its_thread_with_our_token() -> None:
    async with _speaking() as (channel, connector, place):
        assert await connector.send_to_conversation(place, MESSAGE) == "made-1"
        (sent,) = channel.connector.received
        assert (sent.method, sent.path, sent.body) == ("POST", IN_THREAD, MESSAGE)
        assert channel.login.client_of(channel.connector.tokens[0]) == APP_ID


async def test_a_reply_names_what_it_answers() -> None:
    async with _speaking() as (channel, connector, place):
        assert await connector.reply(place, "17/95", MESSAGE) == "made-1"
        (sent,) = channel.connector.received
        assert (sent.path, sent.body) == (f"{IN_THREAD}/17%2F95", {**MESSAGE, "replyToId": "17/95"})


async def test_a_message_is_replaced_and_deleted() -> None:
    async with _speaking() as (channel, connector, place):
        await connector.update(place, "1795", MESSAGE)
        await connector.delete(place, "1795")
        put, delete = channel.connector.received
        assert (put.method, put.path, put.body) == ("PUT", f"{IN_THREAD}/1795", {**MESSAGE, "id": "1795"})
        assert (delete.method, delete.path, delete.body) == ("DELETE", f"{IN_THREAD}/1795", None)


async def test_a_thread_of_a_channel_begins_with_its_message() -> None:
    async with _speaking() as (channel, connector, place):
        at = Place(place.service_url, TENANT_ID, CHANNEL_ID)
        assert await connector.create_channel_thread(at, MESSAGE, bot_id=BOT_ID) == Thread("made-1", "root-1")
        (sent,) = channel.connector.received
        assert (sent.path, sent.body) == (
            "/v3/conversations",
            {
                "isGroup": True,
                "bot": {"id": BOT_ID},
                "channelData": {"channel": {"id": CHANNEL_ID}, "tenant": {"id": TENANT_ID}},
                "activity": MESSAGE,
                "tenantId": TENANT_ID,
            },
        )


async def test_a_chat_has_exactly_one_member() -> None:
    async with _speaking() as (channel, connector, place):
        made = await connector.create_personal(place.service_url, TENANT_ID, teams_user_id="29:cto", bot_id=BOT_ID)
        (sent,) = channel.connector.received
        assert made == "made-1"
        assert (sent.body["isGroup"], sent.body["members"], sent.body["tenantId"]) == (
            False,
            [{"id": "29:cto"}],
            TENANT_ID,
        )


async def test_one_member_is_looked_up() -> None:
    found = {
        "id": "29:cto",
        "aadObjectId": "ABC",
        "name": "CTO",
        "email": "",
        "tenantId": TENANT_ID,
        "userRole": "user",
    }
    async with _speaking((200, found, {})) as (channel, connector, place):
        assert await connector.member(place, "abc") == Member("29:cto", "abc", "CTO", None, TENANT_ID, "user")
        assert channel.connector.received[0].path.endswith("/members/abc")


async def test_members_come_page_by_page() -> None:
    pages: tuple[Answer, ...] = (
        (200, {"members": [{"id": "29:1"}, {"name": "no id"}, 7], "continuationToken": "n&x"}, {}),
        (200, {"members": [{"id": "29:2", "objectId": "AB", "userPrincipalName": "a@b.example"}]}, {}),
    )
    async with _speaking(*pages) as (channel, connector, place):
        members = await connector.members(place)
        queries = [each.query for each in channel.connector.received]
    assert [each.teams_user_id for each in members] == ["29:1", "29:2"]
    assert (members[1].entra_object_id, members[1].email) == ("ab", "a@b.example")
    assert queries == [{"pageSize": "200"}, {"pageSize": "200", "continuationToken": "n&x"}]


async def test_members_without_a_list_are_none() -> None:
    async with _speaking((200, {"members": None}, {})) as (_, connector, place):
        assert await connector.members(place) == ()


@pytest.mark.parametrize("status", [429, 412])
async def test_a_post_is_repeated_when_it_was_surely_not_processed(status: int) -> None:
    """The SDK gives up at 429, and the message is lost."""
    async with _speaking(_refusal(status, Retry_After="1")) as (channel, connector, place):
        assert await connector.send_to_conversation(place, MESSAGE) == "made-2"
        assert len(channel.connector.received) == 2


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_post_is_not_repeated_when_it_may_have_been_processed(status: int) -> None:
    async with _speaking(_refusal(status)) as (channel, connector, place):
        with pytest.raises(OutcomeUnknown):
            await connector.send_to_conversation(place, MESSAGE)
        assert len(channel.connector.received) == 1


async def test_a_post_whose_answer_is_lost_has_an_unknown_outcome() -> None:
    async with _speaking(None) as (channel, connector, place):
        with pytest.raises(OutcomeUnknown):
            await connector.create_channel_thread(place, MESSAGE, bot_id=BOT_ID)
        assert len(channel.connector.received) == 1


@pytest.mark.parametrize("body", [{}, {"id": 7}, {"id": ""}])
async def test_a_post_whose_answer_names_nothing_has_an_unknown_outcome(body: Json) -> None:
    async with _speaking((201, body, {}), (201, body, {})) as (_, connector, place):
        with pytest.raises(OutcomeUnknown):
            await connector.send_to_conversation(place, MESSAGE)
        with pytest.raises(OutcomeUnknown):
            await connector.create_channel_thread(place, MESSAGE, bot_id=BOT_ID)


async def test_a_post_whose_answer_is_no_object_has_an_unknown_outcome() -> None:
    async with _speaking((201, [], {})) as (_, connector, place):  # type: ignore[arg-type]
        with pytest.raises(OutcomeUnknown):
            await connector.send_to_conversation(place, MESSAGE)


async def test_a_post_whose_answer_is_too_large_has_an_unknown_outcome() -> None:
    async with _speaking((201, {"id": "x" * POLICY.max_bytes}, {})) as (_, connector, place):
        with pytest.raises(OutcomeUnknown):
            await connector.send_to_conversation(place, MESSAGE)


async def test_a_member_that_is_no_object_is_drift() -> None:
    async with _speaking((200, [], {})) as (_, connector, place):  # type: ignore[arg-type]
        with pytest.raises(Drift):
            await connector.member(place, "29:1")


@pytest.mark.parametrize("status", [408, 412, 429, 500, 502, 503, 504])
async def test_an_edit_is_repeated_freely(status: int) -> None:
    async with _speaking(_refusal(status), None) as (channel, connector, place):
        await connector.update(place, "1795", MESSAGE)
        assert len(channel.connector.received) == 3


async def test_opening_a_chat_is_repeated_freely() -> None:
    async with _speaking(_refusal(502)) as (_, connector, place):
        assert (
            await connector.create_personal(place.service_url, TENANT_ID, teams_user_id="29:1", bot_id=BOT_ID)
            == "made-2"
        )


async def test_a_service_that_stays_down_is_transient() -> None:
    async with _speaking(*[_refusal(503)] * 3) as (channel, connector, place):
        with pytest.raises(Transient):
            await connector.update(place, "1795", MESSAGE)
        assert len(channel.connector.received) == 3


async def test_a_long_retry_after_is_told_instead_of_waited_for() -> None:
    async with _speaking(_refusal(429, Retry_After="120")) as (channel, connector, place):
        with pytest.raises(Transient) as caught:
            await connector.send_to_conversation(place, MESSAGE)
        assert caught.value.retry_after == 120
        assert len(channel.connector.received) == 1


async def test_a_withdrawn_token_is_replaced_once() -> None:
    async with _speaking(_refusal(401)) as (channel, connector, place):
        assert await connector.send_to_conversation(place, MESSAGE) == "made-2"
        assert channel.login.state()["counts"]["token"] == 2


async def test_a_token_refused_twice_is_an_authentication_error() -> None:
    async with _speaking(_refusal(401), _refusal(401)) as (_, connector, place):
        with pytest.raises(Authentication):
            await connector.send_to_conversation(place, MESSAGE)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, {"error": {"code": "Forbidden", "subCode": "MessageWritesBlocked"}}, "MessageWritesBlocked"),
        (403, {"error": {"code": "BotNotInConversationRoster"}}, "BotNotInConversationRoster"),
        (404, {"code": "ConversationNotFound"}, "ConversationNotFound"),
        (400, {"error": "text"}, ""),
        (413, {"error": {"code": 7}}, ""),
    ],
)
async def test_a_refusal_is_permanent_and_keeps_teams_word(status: int, body: Json, code: str) -> None:
    async with _speaking((status, body, {})) as (channel, connector, place):
        with pytest.raises(Permanent) as caught:
            await connector.send_to_conversation(place, MESSAGE)
        assert (caught.value.status, refusal_code(caught.value)) == (status, code)
        assert len(channel.connector.received) == 1


def test_a_refusal_without_json_has_no_code() -> None:
    assert refusal_code(Permanent("teams", "no", body=b"<html>")) == ""
    assert refusal_code(Permanent("teams", "no", body=b"[]")) == ""


async def test_a_redirect_is_not_followed_with_our_token() -> None:
    async with _speaking((307, {}, {"Location": "http://127.0.0.1:9/"})) as (_, connector, place):
        with pytest.raises(Drift):
            await connector.send_to_conversation(place, MESSAGE)


async def test_a_member_without_an_id_is_drift() -> None:
    async with _speaking((200, {}, {}), (200, {"id": None}, {})) as (_, connector, place):
        for _ in range(2):
            with pytest.raises(Drift):
                await connector.member(place, "29:1")


async def test_a_message_over_80_kb_of_utf16_is_not_sent() -> None:
    async with _speaking() as (channel, connector, place):
        fits = {"type": "message", "text": "é" * (MOST_UTF16_BYTES // 2 - 100)}
        await connector.send_to_conversation(place, fits)
        with pytest.raises(Permanent) as caught:
            await connector.send_to_conversation(place, {"type": "message", "text": "é" * (MOST_UTF16_BYTES // 2)})
        assert caught.value.status == 413
        assert len(channel.connector.received) == 1


@pytest.mark.parametrize("url", ["https://example.com/", "http://smba.trafficmanager.net/", ""])
async def test_no_token_goes_to_a_host_off_the_list(url: str) -> None:
    async with _speaking() as (channel, connector, _):
        with pytest.raises(Configuration):
            await connector.send_to_conversation(Place(url, TENANT_ID, THREAD_ID), MESSAGE)
        assert channel.connector.received == []


async def test_no_error_shows_the_token() -> None:
    async with _speaking(_refusal(403), _refusal(502)) as (channel, connector, place):
        for _ in range(2):
            with pytest.raises(ServiceError) as caught:
                await connector.send_to_conversation(place, MESSAGE)
            shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
            assert channel.connector.tokens[0] not in shown
            assert "S580" not in shown
