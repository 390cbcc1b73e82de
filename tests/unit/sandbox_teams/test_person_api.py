"""Reading: conversations, unread counts, waiting for news, the stream of events, and bad requests."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from tests.unit.sandbox_teams.stage import Stage, carrying, vote_card


async def test_personas_are_listed_with_all_a_story_needs(stage: Stage) -> None:
    people = await stage.get("personas")
    keys = [person["key"] for person in people]
    assert keys == ["cto", "cpo", "ceo", "sales_lead", "project_manager", "engineer", "key_user", "guest"]
    assert len({person["mri"] for person in people}) == len({person["aadObjectId"] for person in people}) == 8
    assert people[0]["title"] == {"fr": "Directeur technique", "en": "Chief technical officer"}
    assert people[0]["tenders"] == stage.tenders
    assert {person["language"] for person in people} == {"fr", "en"}


async def test_unread_messages_are_counted_until_they_are_shown(stage: Stage) -> None:
    await stage.send(stage.tenders, carrying(vote_card()))
    await stage.post("cpo/say", {"conversation": stage.tenders, "text": "vu"})

    async def unread(persona: str) -> int:
        places = await stage.get(f"{persona}/conversations")
        return next(int(place["unread"]) for place in places if place["id"] == stage.tenders)

    assert (await unread("cto"), await unread("cpo")) == (2, 1)
    await stage.seen_by("cto")
    assert await unread("cto") == 0


async def test_the_list_shows_the_latest_summary(stage: Stage) -> None:
    await stage.send(stage.tenders, carrying(vote_card()))
    places = {place["id"]: place for place in await stage.get("cto/conversations")}
    assert places[stage.tenders]["last"]["summary"] == "Vote attendu"
    assert (places[stage.tenders]["team"], places[stage.chat("cto")]["team"]) == ("Offers", None)
    assert places[stage.chat("cto")]["last"] is None
    assert stage.chat("cpo") not in places


async def test_waiting_ends_with_the_first_news(stage: Stage) -> None:
    cursor = (await stage.get("cto/messages", conversation=stage.tenders))["cursor"]
    waiting = asyncio.ensure_future(stage.get("cto/messages", conversation=stage.tenders, since=cursor, wait=30))
    await asyncio.sleep(0)
    await stage.send(stage.chat("cpo"), {"type": "message", "text": "ailleurs"})
    assert not waiting.done()
    message = await stage.send(stage.tenders, carrying(vote_card()))
    answer = await asyncio.wait_for(waiting, 5)
    assert [found["id"] for found in answer["messages"]] == [message]
    assert answer["cursor"] > cursor


async def test_waiting_ends_without_news(stage: Stage) -> None:
    answer = await stage.get("cto/messages", wait="0.01", since=1)
    assert answer["messages"] == []


async def test_the_socket_tells_every_change_and_closes_with_the_simulator(stage: Stage) -> None:
    async with stage.client.ws_connect("/teams/api/cto/events") as socket:
        before = (await socket.receive_json(timeout=5))["cursor"]
        await stage.send(stage.tenders, carrying(vote_card()))
        assert (await socket.receive_json(timeout=5))["cursor"] > before
        stage.simulator.world.close()
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE


async def test_a_page_that_goes_ends_its_socket(stage: Stage) -> None:
    async with stage.client.ws_connect("/teams/api/cto/events") as socket:
        await socket.receive_json(timeout=5)
        await socket.send_str("ignored")
    await stage.send(stage.tenders, carrying(vote_card()))
    async with stage.client.ws_connect("/teams/api/cto/events") as again:
        assert (await again.receive_json(timeout=5))["cursor"] > 0


async def test_another_site_may_not_listen(stage: Stage) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await stage.client.ws_connect("/teams/api/cto/events", origin="https://elsewhere.example")
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nobody/say", {"conversation": "x", "text": "y"}, 404),
        ("cto/say", {"conversation": "x"}, 400),
        ("cto/say", {"conversation": "x", "text": "y", "more": 1}, 400),
        ("cto/say", {"conversation": "x", "text": "y"}, 404),
        ("cto/click", {"message": "1", "action": "Go"}, 404),
        ("cto/dialog/submit", {"dialog": "1", "action": "Go"}, 404),
    ],
)
async def test_a_bad_request_is_refused_with_a_reason(
    stage: Stage, path: str, body: dict[str, object], status: int
) -> None:
    answer = await stage.post(path, body, expect=status)
    assert set(answer["error"]) == {"code", "message"}


async def test_only_json_is_taken_and_numbers_must_be_numbers(stage: Stage) -> None:
    async with stage.client.post("/teams/api/cto/say", data={"text": "x"}) as response:
        assert response.status == 415
    async with stage.client.get("/teams/api/cto/messages?since=x") as response:
        assert response.status == 400


async def test_another_persons_chat_is_closed(stage: Stage) -> None:
    async with stage.client.get("/teams/api/cto/messages", params={"conversation": stage.chat("ceo")}) as response:
        assert response.status == 403
    await stage.post("cto/say", {"conversation": stage.chat("ceo"), "text": "x"}, expect=403)


async def test_the_state_shows_messages_calls_and_activities(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    await stage.post("cto/click", {"message": message, "action": "Go"})
    state = stage.simulator.state()
    assert [found["id"] for found in state["messages"]] == [message]
    assert state["connector"] == [
        {"call": "send", "path": f"/teams/v3/conversations/{stage.tenders}/activities", "status": 201}
    ]
    last = state["activities"][-1]
    assert (last["name"], last["persona"], last["trigger"], last["status"]) == (
        "adaptiveCard/action", "cto", "manual", 200,
    )  # fmt: skip
    json.dumps(state)
