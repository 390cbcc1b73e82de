"""What people do: the activities the bot gets, and what its answers change on the screen of one person."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_teams.stage import HANG, Stage, card_answer, carrying, dialog_answer, vote_card


async def test_a_message_carries_who_where_and_the_zone(stage: Stage) -> None:
    await stage.post("engineer/say", {"conversation": stage.chat("engineer"), "text": "help"})
    (activity,) = stage.bot.activities
    engineer = stage.simulator.world.personas["engineer"]
    assert activity["from"] == {"id": engineer.mri, "name": "Engineer", "aadObjectId": engineer.aad_object_id}
    assert activity["recipient"] == {"id": "28:app-1", "name": "Offerdesk"}
    assert activity["conversation"] == {
        "conversationType": "personal", "tenantId": "tenant-1", "id": stage.chat("engineer"),
    }  # fmt: skip
    assert activity["channelData"] == {"tenant": {"id": "tenant-1"}}
    assert activity["entities"] == [
        {"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web", "timezone": "Europe/London"}
    ]
    assert activity["timestamp"] == "2026-11-23T09:00:00.000Z"
    assert activity["serviceUrl"] == stage.simulator.delivery.service_url
    assert activity["text"] == "help"
    assert stage.bot.authorizations == [f"Bearer signed for {activity['serviceUrl']}"]


async def test_a_guest_chats_from_the_own_tenant_and_writes_in_the_tenant_of_the_team(stage: Stage) -> None:
    await stage.post("guest/install")
    await stage.post("guest/say", {"conversation": stage.tenders, "text": "@Offerdesk rfps"})
    tenants = [activity["channelData"]["tenant"]["id"] for activity in stage.bot.activities]
    assert tenants[0] == stage.simulator.world.tenant_of(stage.simulator.world.personas["guest"]) != "tenant-1"
    assert tenants[-1] == "tenant-1"


async def test_a_channel_message_reaches_the_bot_only_by_mention(stage: Stage) -> None:
    quiet = await stage.post("cto/say", {"conversation": stage.tenders, "text": "bonjour à tous"})
    assert quiet["reached_bot"] is False
    assert stage.bot.activities == []
    said = await stage.post("cto/say", {"conversation": stage.tenders, "text": "@offerdesk <find> Offerdesk"})
    (activity,) = stage.bot.activities
    assert activity["text"] == "<at>Offerdesk</at> <find> Offerdesk"
    assert activity["entities"][1] == {
        "type": "mention", "text": "<at>Offerdesk</at>", "mentioned": {"id": "28:app-1", "name": "Offerdesk"},
    }  # fmt: skip
    assert "&lt;find&gt;" in activity["attachments"][0]["content"]
    assert activity["conversation"]["id"] == f"{stage.tenders};messageid={said['message']}"
    assert activity["id"] == said["message"]
    assert activity["channelData"]["channel"] == {"id": stage.tenders, "name": "Tenders"}


async def test_an_answer_in_a_thread_names_its_root(stage: Stage) -> None:
    root = await stage.send(stage.tenders, carrying(vote_card()))
    where = f"{stage.tenders};messageid={root}"
    await stage.post("cto/say", {"conversation": where, "text": "@Offerdesk who"})
    assert stage.bot.activities[0]["conversation"]["id"] == where
    await stage.post("cto/say", {"conversation": f"{stage.tenders};messageid=1", "text": "x"}, expect=404)


async def test_a_message_the_bot_refuses_shows_an_error_to_its_author_alone(stage: Stage) -> None:
    stage.bot.answers["message"] = 500
    said = await stage.post("cto/say", {"conversation": stage.tenders, "text": "@Offerdesk x"})
    assert said == {"outcome": "error", "status": 500, "text": "HTTP 500"}
    assert (await stage.seen_by("cto"))[0]["note"] == {"kind": "error", "text": "HTTP 500"}
    assert (await stage.seen_by("cpo"))[0]["note"] is None


async def test_a_press_sends_the_action_with_its_inputs_and_changes_the_own_view_only(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card("tous")))
    stage.bot.answers["adaptiveCard/action"] = card_answer(vote_card("moi"))
    outcome = await stage.post("cto/click", {"message": message, "action": "Go", "inputs": {"comment": "oui"}})
    assert outcome["outcome"] == "card"
    (activity,) = stage.bot.activities
    assert activity["name"] == "adaptiveCard/action"
    assert activity["id"].startswith("f:")
    assert activity["replyToId"] == message
    assert activity["conversation"]["id"] == f"{stage.tenders};messageid={message}"
    assert activity["value"] == {
        "action": {
            "type": "Action.Execute", "title": "Go", "verb": "round.go",
            "data": {"verb": "round.go", "id": 7, "comment": "oui"},
        },
        "trigger": "manual",
    }  # fmt: skip
    assert [(await stage.seen_by(key))[0]["card"]["body"][0]["text"] for key in ("cto", "cpo")] == ["moi", "tous"]
    await stage.edit(stage.tenders, message, carrying(vote_card("après")))
    assert (await stage.seen_by("cto"))[0]["card"]["body"][0]["text"] == "après"


async def test_a_press_without_typing_sends_the_defaults(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    await stage.post("cto/click", {"message": message, "action": {"data": {"verb": "round.go"}}})
    assert stage.bot.activities[0]["value"]["action"]["data"]["comment"] == "d'accord"


async def test_a_press_can_be_forged_and_repeated(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    forged = {"type": "Action.Execute", "verb": "round.go", "data": {"id": 8, "role": "CEO"}}
    wanted = {"message": message, "action": forged, "inputs": {"n": 3, "yes": True}, "copies": 3, "new_id": True}
    await stage.post("engineer/click", wanted)
    assert len({activity["id"] for activity in stage.bot.activities}) == 3
    assert stage.bot.activities[2]["value"]["action"]["data"] == {"id": 8, "role": "CEO", "n": "3", "yes": "true"}
    await stage.post("engineer/click", wanted | {"new_id": False})
    assert len({activity["id"] for activity in stage.bot.activities[3:]}) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        ({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Noté"}, "message", "Noté"),
        (
            {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": {"code": "B", "message": "Non"}},
            "error",
            "Non",
        ),
        ({"statusCode": 403, "type": "application/vnd.microsoft.error", "value": {}}, "error", "statusCode must be"),
        ({"statusCode": 200, "type": "text/html", "value": "<p>"}, "error", "unknown type"),
        (card_answer({"type": "AdaptiveCard"}), "error", "version"),
        ("not an object", "error", "statusCode must be"),
        (500, "error", "HTTP 500"),
        (401, "error", "HTTP 401"),
    ],
)
async def test_every_answer_to_a_press_is_shown(stage: Stage, answer: object, kind: str, text: str) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    stage.bot.answers["adaptiveCard/action"] = answer
    outcome = await stage.post("cto/click", {"message": message, "action": "Go"})
    assert outcome["outcome"] == kind
    note = (await stage.seen_by("cto"))[0]["note"]
    assert note["kind"] == kind
    assert text in note["text"]
    stage.bot.answers["adaptiveCard/action"] = card_answer(vote_card("bon"))
    await stage.post("cto/click", {"message": message, "action": "Go"})
    assert (await stage.seen_by("cto"))[0]["note"] is None


async def test_a_bot_that_is_away_is_shown(stage: Stage) -> None:
    stage.simulator.delivery.bot_url = "http://127.0.0.1:9/api/messages"
    message = await stage.send(stage.tenders, carrying(vote_card()))
    outcome = await stage.post("cto/click", {"message": message, "action": "Go"})
    assert (outcome["outcome"], outcome["status"]) == ("error", 0)
    assert "Connector" in outcome["text"]


async def test_a_plain_submit_arrives_as_a_message_without_text(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    outcome = await stage.post("cto/click", {"message": message, "action": "Envoyer"})
    assert (outcome["outcome"], outcome["feedback"]) == ("sent", True)
    (activity,) = stage.bot.activities
    assert activity["type"] == "message"
    assert activity["value"] == {"verb": "plain", "id": 7, "comment": "d'accord"}
    assert activity["replyToId"] == message
    assert "text" not in activity


async def test_an_old_client_presses_the_fallback(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    await stage.post("cto/click", {"message": message, "action": "Go", "old_client": True})
    (activity,) = stage.bot.activities
    assert (activity["type"], activity["value"]) == ("message", {"verb": "round.go", "id": 7, "comment": "d'accord"})


async def test_teams_own_submits(stage: Stage) -> None:
    card = vote_card()
    card["actions"] = [
        {"type": "Action.Submit", "title": "Dire", "data": {"msteams": {"type": "imBack", "value": "aide"}}},
        {
            "type": "Action.Submit", "title": "Rappeler",
            "data": {"msteams": {"type": "messageBack", "text": "back", "value": {"id": 1}}},
        },
        {"type": "Action.Submit", "title": "Taire", "data": {"msteams": {"feedback": {"hide": True}}}},
    ]  # fmt: skip
    message = await stage.send(stage.chat("cto"), carrying(card))
    for title in ("Dire", "Rappeler"):
        await stage.post("cto/click", {"message": message, "action": title})
    assert stage.bot.activities[0]["text"] == "aide"
    assert (stage.bot.activities[1]["text"], stage.bot.activities[1]["value"]) == ("back", {"id": 1})
    assert (await stage.post("cto/click", {"message": message, "action": "Taire"}))["feedback"] is False


async def test_what_a_client_would_not_let_one_press(stage: Stage) -> None:
    card = vote_card()
    card["body"][1] |= {"isRequired": True, "value": "", "errorMessage": "Écrivez."}
    message = await stage.send(stage.tenders, carrying(card))
    refused = await stage.post("cto/click", {"message": message, "action": "Go"}, expect=422)
    assert refused["error"] == {"code": "InputRequired", "message": "Écrivez."}
    await stage.post("cto/click", {"message": message, "action": "Absent"}, expect=422)
    await stage.post("cto/click", {"message": message, "action": "Go", "inputs": {"other": "x"}}, expect=422)
    await stage.post("cto/click", {"message": message, "action": {"type": "Action.ShowCard"}}, expect=422)
    text = await stage.send(stage.tenders, {"type": "message", "text": "sans carte"})
    await stage.post("cto/click", {"message": text, "action": "Go"}, expect=422)
    private = await stage.send(stage.chat("ceo"), carrying(vote_card()))
    await stage.post("cto/click", {"message": private, "action": "Go"}, expect=403)
    assert stage.bot.activities == []


async def test_a_link_stays_in_the_client(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    opened = await stage.post("cto/click", {"message": message, "action": "Portail"})
    assert opened == {"outcome": "open", "url": "https://example.org/1"}
    assert stage.bot.activities == []


async def test_a_button_inside_a_shown_card_takes_its_inputs_and_those_around_it(stage: Stage) -> None:
    card = vote_card()
    inner = [{"type": "Input.Toggle", "id": "sure", "title": "Sûr"}, {"type": "Input.Number", "id": "hours"}]
    no_go = {"type": "Action.Execute", "title": "No-Go", "verb": "round.no_go", "data": {"id": 7}}
    nested = {"type": "AdaptiveCard", "body": inner, "actions": [no_go]}
    card["actions"].append({"type": "Action.ShowCard", "title": "Plus", "card": nested})
    message = await stage.send(stage.tenders, carrying(card))
    await stage.post("cto/click", {"message": message, "action": "No-Go", "inputs": {"sure": True}})
    await stage.post("cto/click", {"message": message, "action": "Go"})
    sent = [activity["value"]["action"]["data"] for activity in stage.bot.activities]
    assert sent[0] == {"id": 7, "comment": "d'accord", "sure": "true"}
    assert "sure" not in sent[1]


async def test_a_dialog_opens_goes_on_and_ends(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    stage.bot.answers["task/fetch"] = dialog_answer(vote_card("fiche"))
    opened = await stage.post("cto/click", {"message": message, "action": "Évaluer"})
    assert (opened["outcome"], opened["dialog"]["title"], opened["dialog"]["height"]) == ("dialog", "Fiche", 400)
    fetched = stage.bot.named("task/fetch")[0]["value"]
    assert fetched == {
        "data": {"msteams": {"type": "task/fetch"}, "verb": "evaluation.open", "id": 7},
        "context": {"theme": "default"},
    }
    stage.bot.answers["task/submit"] = dialog_answer(vote_card("encore"), "Suite")
    first = {"dialog": opened["dialog"]["id"], "action": "Envoyer", "inputs": {"comment": "a"}}
    further = await stage.post("cto/dialog/submit", first)
    assert further["dialog"]["title"] == "Suite"
    assert stage.bot.named("task/submit")[0]["value"]["data"] == {"verb": "plain", "id": 7, "comment": "a"}
    await stage.post("cto/dialog/submit", first, expect=404)
    await stage.post("cpo/dialog/submit", first | {"dialog": further["dialog"]["id"]}, expect=404)
    stage.bot.answers["task/submit"] = {"task": {"type": "message", "value": "Enregistré"}}
    ended = await stage.post("cto/dialog/submit", first | {"dialog": further["dialog"]["id"]})
    assert ended == {"outcome": "message", "text": "Enregistré"}


async def test_a_dialog_that_fails_stays_open(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    stage.bot.answers["task/fetch"] = dialog_answer(vote_card("fiche"))
    dialog = (await stage.post("cpo/click", {"message": message, "action": "Évaluer"}))["dialog"]
    assert stage.bot.activities[-1]["value"]["context"] == {"theme": "dark"}
    stage.bot.answers["task/submit"] = 500
    submit = {"dialog": dialog["id"], "action": "Envoyer"}
    assert (await stage.post("cpo/dialog/submit", submit))["outcome"] == "error"
    await stage.post("cpo/dialog/submit", submit | {"action": "Go"}, expect=422)
    stage.bot.answers["task/submit"] = {}
    assert await stage.post("cpo/dialog/submit", submit) == {"outcome": "closed"}


async def test_a_dialog_is_closed_without_telling_the_bot(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    stage.bot.answers["task/fetch"] = dialog_answer(vote_card("fiche"))
    dialog = (await stage.post("cto/click", {"message": message, "action": "Évaluer"}))["dialog"]
    assert await stage.post("cto/dialog/close", {"dialog": dialog["id"]}) == {"outcome": "closed"}
    assert await stage.post("cto/dialog/close", {"dialog": dialog["id"]}) == {"outcome": "closed"}
    await stage.post("cto/dialog/submit", {"dialog": dialog["id"], "action": "Envoyer"}, expect=404)
    assert stage.bot.named("task/submit") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"task": {"type": "other"}},
        {"task": {"type": "continue", "value": {"card": {}}}},
        {"task": 3},
        dialog_answer({"type": "AdaptiveCard"}),
        {"task": {"type": "continue", "value": dialog_answer(vote_card())["task"]["value"] | {"width": "huge"}}},
        500,
    ],
)
async def test_a_dialog_that_cannot_open_leaves_an_error(stage: Stage, answer: object) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card()))
    stage.bot.answers["task/fetch"] = answer
    assert (await stage.post("cto/click", {"message": message, "action": "Évaluer"}))["outcome"] == "error"
    assert (await stage.seen_by("cto"))[0]["note"]["kind"] == "error"


async def test_search_gives_results_that_can_be_shared(stage: Stage) -> None:
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive", "content": vote_card("S577"),
        "preview": {"contentType": "application/vnd.microsoft.card.thumbnail", "content": {"title": "S577"}},
    }  # fmt: skip
    stage.bot.answers["composeExtension/query"] = {
        "composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [attachment]}
    }
    found = await stage.post("cto/search", {"text": "S577"})
    assert found == {"outcome": "results", "results": [attachment]}
    asked = stage.bot.activities[0]["value"]
    assert asked["parameters"] == [{"name": "query", "value": "S577"}]
    await stage.post("cto/search", {})
    assert stage.bot.activities[1]["value"]["parameters"] == [{"name": "initialRun", "value": "true"}]
    await stage.post("cto/share", {"conversation": stage.tenders, "attachment": attachment})
    shown = await stage.seen_by("cpo")
    assert (shown[0]["author"], shown[0]["card"]["body"][0]["text"]) == ("cto", "S577")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"composeExtension": {"type": "message", "text": "rien"}}, "results"),
        ({"composeExtension": {"type": "result"}}, "error"),
        ({"composeExtension": {"type": "result", "attachments": [{}]}}, "error"),
        ({"composeExtension": {"type": "result", "attachments": carrying(vote_card())["attachments"]}}, "error"),
        (
            {"composeExtension": {"type": "result", "attachments": carrying({"type": "AdaptiveCard"})["attachments"]}},
            "error",
        ),
        ({}, "error"),
        (503, "error"),
    ],
)
async def test_every_answer_to_a_search_is_judged(stage: Stage, answer: object, outcome: str) -> None:
    stage.bot.answers["composeExtension/query"] = answer
    assert (await stage.post("cto/search", {"text": "x"}))["outcome"] == outcome


async def test_time_outs_are_tried_again_as_teams_does(stage: Stage) -> None:
    stage.simulator.delivery.patience = type(stage.simulator.delivery.patience)(0.05, 0.05, 0.05)
    stage.bot.answers |= {"composeExtension/query": HANG, "message": HANG}
    await stage.post("cto/search", {"text": "x"})
    await stage.post("cto/say", {"conversation": stage.chat("cto"), "text": "x", "retry": True})
    await stage.post("cto/say", {"conversation": stage.chat("cto"), "text": "x"})
    tried = [
        (entry["name"], entry["attempt"], entry["failure"]) for entry in stage.simulator.state()["activities"][-6:]
    ]
    query = "composeExtension/query"
    timed_out = [(query, 1), (query, 2), (query, 3), (None, 1), (None, 2), (None, 1)]
    assert tried == [(name, attempt, "timeout") for name, attempt in timed_out]


async def test_installing_tells_the_bot_and_opens_the_doors(bare_stage: Stage) -> None:
    stage = bare_stage
    quiet = await stage.post("cto/say", {"conversation": stage.chat("cto"), "text": "aide"})
    assert quiet["reached_bot"] is False
    await stage.post("sales_lead/install", {"conversation": stage.tenders})
    update, installation = stage.bot.activities
    assert update["membersAdded"] == [{"id": "28:app-1"}]
    assert update["channelData"]["eventType"] == "teamMemberAdded"
    assert update["conversation"]["id"] == stage.simulator.world.team_id
    assert (installation["type"], installation["action"]) == ("installationUpdate", "add")
    await stage.send(stage.tenders, carrying(vote_card()))
    await stage.post("sales_lead/uninstall", {"conversation": stage.tenders})
    assert (stage.bot.activities[-1]["type"], stage.bot.activities[-1]["action"]) == ("installationUpdate", "remove")
    assert (await stage.call("POST", f"conversations/{stage.tenders}/activities", carrying(vote_card())))[0] == 403
    message = next(iter(stage.simulator.world.messages.values()))
    shown = [found for found in await stage.seen_by("cto") if found["card"]]
    await stage.post("cto/click", {"message": shown[0]["id"], "action": "Go"}, expect=403)
    assert message.conversation == stage.chat("cto")


async def test_a_bot_that_refuses_the_installation_is_reported(bare_stage: Stage) -> None:
    bare_stage.bot.answers |= {"installationUpdate": 500}
    assert await bare_stage.post("install") == {"outcome": "error", "failed": 8}


async def test_renaming_tells_the_bot(stage: Stage) -> None:
    await stage.post("cto/rename", {"conversation": stage.tenders, "name": "RFP"})
    await stage.post("cto/rename", {"conversation": stage.tenders, "name": "Ventes", "team": True})
    channel, team = (activity["channelData"] for activity in stage.bot.activities)
    assert (channel["eventType"], channel["channel"]["name"]) == ("channelRenamed", "RFP")
    assert (team["eventType"], team["team"]["name"]) == ("teamRenamed", "Ventes")
    await stage.post("cto/rename", {"conversation": stage.chat("cto"), "name": "x"}, expect=422)
    stage.bot.answers["conversationUpdate"] = HANG
    failed = await stage.post("cto/rename", {"conversation": stage.tenders, "name": "AO"})
    assert failed["outcome"] == "error"
