"""Automatic refresh: who is asked about, when, and how often."""

from __future__ import annotations

from collections import Counter

from integrations.sandbox.teams.personas import Persona
from integrations.sandbox.teams.refresh import MOST_MEMBERS
from tests.unit.sandbox_teams.stage import Stage, card_answer, carrying, vote_card


def _text(card: dict[str, object]) -> object:
    body = card["body"]
    assert isinstance(body, list)
    return body[0]["text"]


def _refreshed(stage: Stage) -> Counter[str]:
    return Counter(activity["from"]["name"] for activity in stage.bot.named("adaptiveCard/action"))


async def test_a_listed_person_gets_an_own_view_when_the_card_is_shown(stage: Stage) -> None:
    cto = stage.simulator.world.personas["cto"]
    stage.bot.answers["adaptiveCard/action"] = card_answer(vote_card("pour vous"))
    message = await stage.send(stage.tenders, carrying(vote_card("tous", users=[cto.mri], refresh=True)))
    assert _refreshed(stage) == {}
    (mine,) = await stage.seen_by("cto")
    (other,) = await stage.seen_by("cpo")
    assert (_text(mine["card"]), mine["own_view"]) == ("pour vous", True)
    assert (_text(other["card"]), other["own_view"]) == ("tous", False)
    (activity,) = stage.bot.named("adaptiveCard/action")
    assert (activity["value"]["trigger"], activity["replyToId"]) == ("automatic", message)
    assert activity["value"]["action"]["data"] == {"verb": "refresh.round", "id": 7}


async def test_an_edit_drops_the_views_and_asks_again(stage: Stage) -> None:
    cto = stage.simulator.world.personas["cto"]
    stage.bot.answers["adaptiveCard/action"] = card_answer(vote_card("pour vous"))
    card = vote_card("tous", users=[cto.mri], refresh=True)
    message = await stage.send(stage.tenders, carrying(card))
    await stage.seen_by("cto")
    await stage.edit(stage.tenders, message, carrying(card))
    assert stage.simulator.world.messages[message].views == {}
    await stage.seen_by("cto")
    assert _refreshed(stage) == {"CTO": 2}
    await stage.edit(stage.tenders, message, carrying(vote_card("décidé")))
    (shown,) = await stage.seen_by("cto")
    assert _text(shown["card"]) == "décidé"


async def test_a_result_younger_than_a_minute_is_not_asked_for_again(stage: Stage) -> None:
    cto = stage.simulator.world.personas["cto"]
    card = vote_card("tous", users=[cto.mri], refresh=True)
    stage.bot.answers["adaptiveCard/action"] = card_answer(card)
    await stage.send(stage.tenders, carrying(card))
    await stage.seen_by("cto")
    stage.clock.forward(seconds=59)
    await stage.seen_by("cto")
    assert _refreshed(stage) == {"CTO": 1}
    stage.clock.forward(seconds=1)
    await stage.seen_by("cto")
    assert _refreshed(stage) == {"CTO": 2}


async def test_without_a_list_everybody_is_refreshed_and_with_an_empty_one_nobody(stage: Stage) -> None:
    await stage.send(stage.tenders, carrying(vote_card(users=[], refresh=True)))
    for key in ("cto", "cpo"):
        await stage.seen_by(key)
    assert _refreshed(stage) == {}
    await stage.send(stage.tenders, carrying(vote_card(refresh=True)))
    for key in ("cto", "cpo"):
        await stage.seen_by(key)
    assert _refreshed(stage) == {"CTO": 1, "CPO": 1}


async def test_without_a_list_a_large_conversation_is_left_alone(stage: Stage) -> None:
    world = stage.simulator.world
    crowd = [Persona(f"p{number}", "P", "P", "P", f"id-{number}") for number in range(MOST_MEMBERS)]
    world.personas |= {person.key: person for person in crowd}
    world.conversations[stage.tenders].members = tuple(world.personas)
    await stage.send(stage.tenders, carrying(vote_card(refresh=True)))
    await stage.seen_by("cto")
    assert _refreshed(stage) == {}


async def test_a_refresh_that_fails_leaves_the_shared_card_without_a_word(stage: Stage) -> None:
    stage.bot.answers["adaptiveCard/action"] = 500
    await stage.send(stage.tenders, carrying(vote_card("tous", refresh=True)))
    (shown,) = await stage.seen_by("cto")
    assert (_text(shown["card"]), shown["note"]) == ("tous", None)


async def test_peeking_refreshes_nothing_and_reads_nothing(stage: Stage) -> None:
    await stage.send(stage.tenders, carrying(vote_card(refresh=True)))
    await stage.seen_by("cto", peek=1)
    assert _refreshed(stage) == {}
    places = {place["id"]: place["unread"] for place in await stage.get("cto/conversations")}
    assert places[stage.tenders] == 1


async def test_the_menu_refreshes_by_hand(stage: Stage) -> None:
    stage.bot.answers["adaptiveCard/action"] = card_answer(vote_card("à jour"))
    message = await stage.send(stage.tenders, carrying(vote_card(users=[], refresh=True)))
    await stage.post("cto/refresh", {"message": message})
    assert stage.bot.activities[-1]["value"]["trigger"] == "manual"
    plain = await stage.send(stage.tenders, carrying(vote_card()))
    await stage.post("cto/refresh", {"message": plain}, expect=422)
