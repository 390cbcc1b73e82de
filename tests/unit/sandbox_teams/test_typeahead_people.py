"""Typing into an input that looks through the bot's data: what Teams asks, and what it takes for an answer."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_teams.stage import Json, Stage, carrying, dialog_answer

SEARCH_ANSWER = "application/vnd.microsoft.search.searchResponse"


def picker(field: str, dataset: str) -> Json:
    return {
        "type": "Input.ChoiceSet",
        "id": field,
        "style": "filtered",
        "choices": [],
        "choices.data": {"type": "Data.Query", "dataset": dataset},
    }


def form() -> Json:
    return {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [
            {"type": "Container", "items": [picker("client_id", "clients")]},
            picker("person", "graph.microsoft.com/users"),
            {"type": "Input.Text", "id": "name"},
        ],
        "actions": [
            {"type": "Action.Submit", "title": "Ouvrir", "data": {"msteams": {"type": "task/fetch"}, "verb": "open"}},
            {"type": "Action.Submit", "title": "Enregistrer", "data": {"verb": "save"}},
        ],
    }


def answer(*titles: str) -> Json:
    results = [{"value": str(number), "title": title} for number, title in enumerate(titles, start=1)]
    return {"statusCode": 200, "type": SEARCH_ANSWER, "value": {"results": results}}


async def opened(stage: Stage) -> tuple[str, str]:
    """A card in a chat, and the dialog it opened."""
    stage.bot.answers["task/fetch"] = dialog_answer(form())
    message = await stage.send(stage.chat("cto"), carrying(form()))
    outcome = await stage.post("cto/click", {"message": message, "action": "Ouvrir"})
    return message, outcome["dialog"]["id"]


async def test_a_dialog_asks_for_what_was_typed(stage: Stage) -> None:
    message, dialog = await opened(stage)
    stage.bot.answers["application/search"] = answer("Groupe › Filiale", "Groupe 🚀")
    found = await stage.post("cto/suggest", {"dialog": dialog, "input": "client_id", "text": "gro"})
    assert found == {
        "outcome": "choices",
        "choices": [{"value": "1", "title": "Groupe › Filiale"}, {"value": "2", "title": "Groupe 🚀"}],
    }
    (asked,) = stage.bot.named("application/search")
    assert asked["type"] == "invoke"
    assert asked["value"] == {"queryText": "gro", "queryOptions": {"skip": 0, "top": 15}, "dataset": "clients"}
    assert asked["replyToId"] == message
    assert asked["from"]["aadObjectId"] == stage.simulator.world.personas["cto"].aad_object_id


async def test_a_card_asks_too_and_shows_no_more_than_teams_does(stage: Stage) -> None:
    message, _dialog = await opened(stage)
    stage.bot.answers["application/search"] = answer(*(f"Client {number}" for number in range(40)))
    found = await stage.post("cto/suggest", {"message": message, "input": "client_id"})
    assert len(found["choices"]) == 15


async def test_what_was_found_can_be_submitted(stage: Stage) -> None:
    _message, dialog = await opened(stage)
    await stage.post("cto/dialog/submit", {"dialog": dialog, "action": "Enregistrer", "inputs": {"client_id": "12"}})
    (submitted,) = stage.bot.named("task/submit")
    assert submitted["value"]["data"]["client_id"] == "12"


@pytest.mark.parametrize("field", ["person", "name", "nothing"])
async def test_other_inputs_do_not_ask_the_bot(stage: Stage, field: str) -> None:
    _message, dialog = await opened(stage)
    refused = await stage.post("cto/suggest", {"dialog": dialog, "input": field, "text": "x"}, expect=422)
    assert refused["error"]["code"] == "InputNotSearched"
    assert stage.bot.named("application/search") == []


async def test_nobody_types_into_somebody_elses_dialog(stage: Stage) -> None:
    _message, dialog = await opened(stage)
    refused = await stage.post("cpo/suggest", {"dialog": dialog, "input": "client_id", "text": "x"}, expect=404)
    assert refused["error"]["code"] == "DialogNotFound"


async def test_a_message_without_a_card_has_no_inputs(stage: Stage) -> None:
    message = await stage.send(stage.chat("cto"), {"type": "message", "text": "Bonjour"})
    await stage.post("cto/suggest", {"message": message, "input": "client_id"}, expect=422)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        500,
        {"type": SEARCH_ANSWER},
        {"type": SEARCH_ANSWER, "value": {"results": {}}},
        {"type": SEARCH_ANSWER, "value": {"results": [{"value": 1, "title": "Un"}]}},
        {"type": SEARCH_ANSWER, "value": {"results": [{"value": "1", "title": ""}]}},
        {"type": "application/vnd.microsoft.error", "value": {"code": "500", "message": "…"}},
    ],
)
async def test_what_is_no_answer_is_an_error(stage: Stage, wrong: Json | int) -> None:
    _message, dialog = await opened(stage)
    stage.bot.answers["application/search"] = wrong
    outcome = await stage.post("cto/suggest", {"dialog": dialog, "input": "client_id", "text": "x"})
    assert outcome["outcome"] == "error"
