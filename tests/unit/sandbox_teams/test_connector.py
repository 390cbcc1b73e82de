"""The Bot Connector: what a bot may write, and how it is told that it may not."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_teams.stage import Stage, carrying, vote_card


def with_body(*elements: dict[str, object]) -> dict[str, object]:
    """A card of these elements."""
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(elements)}


async def test_a_bot_posts_a_thread_in_a_channel_and_answers_in_it(stage: Stage) -> None:
    wanted = {"isGroup": True, "channelData": {"channel": {"id": stage.tenders}}, "activity": carrying(vote_card())}
    status, created = await stage.call("POST", "conversations", wanted)
    assert status == 201
    assert created["id"] == f"{stage.tenders};messageid={created['activityId']}"
    reply = await stage.send(created["id"], {"type": "message", "text": "Décidé"})
    path = f"conversations/{stage.tenders}/activities/{created['activityId']}"
    status, second = await stage.call("POST", path, {"type": "message", "text": "Encore"})
    assert status == 201
    messages = {message["id"]: message for message in await stage.seen_by("cto")}
    assert messages[created["activityId"]]["root"] is None
    assert messages[reply]["root"] == messages[second["id"]]["root"] == created["activityId"]


async def test_a_channel_thread_without_activity_is_bad_syntax(stage: Stage) -> None:
    wanted = {"isGroup": True, "channelData": {"channel": {"id": stage.tenders}}}
    status, answer = await stage.call("POST", "conversations", wanted)
    assert (status, answer["error"]["code"]) == (400, "BadSyntax")


async def test_a_personal_chat_is_created_once_for_one_mri(stage: Stage) -> None:
    cto = stage.simulator.world.personas["cto"]
    wanted = {"isGroup": False, "members": [{"id": cto.mri}], "bot": {"id": "28:app-1"}, "tenantId": "tenant-1"}
    first = await stage.call("POST", "conversations", wanted)
    assert first == await stage.call("POST", "conversations", wanted) == (201, {"id": stage.chat("cto")})


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([], "BadSyntax"),
        ([{"id": "29:a"}, {"id": "29:b"}], "BadSyntax"),
        ([{"id": "00000000-0000-4000-8000-000000000001"}], "BadSyntax"),
        ([{"id": "29:nobody"}], "ForbiddenOperation"),
        ("29:a", "BadSyntax"),
    ],
)
async def test_other_members_make_no_personal_chat(stage: Stage, members: object, code: str) -> None:
    status, answer = await stage.call("POST", "conversations", {"isGroup": False, "members": members})
    assert status in {400, 403}
    assert answer["error"]["code"] == code


async def test_another_bot_makes_no_personal_chat(stage: Stage) -> None:
    cto = stage.simulator.world.personas["cto"]
    status, _ = await stage.call("POST", "conversations", {"members": [{"id": cto.mri}], "bot": {"id": "28:other"}})
    assert status == 403


async def test_a_personal_chat_is_no_place_for_a_thread(stage: Stage) -> None:
    wanted = {"isGroup": True, "channelData": {"channel": {"id": stage.chat("cto")}}, "activity": carrying(vote_card())}
    assert (await stage.call("POST", "conversations", wanted))[0] == 400


@pytest.mark.parametrize("token", ["", "forged"])
async def test_a_token_that_was_not_issued_to_the_bot_is_refused(stage: Stage, token: str) -> None:
    status, _ = await stage.call("GET", f"conversations/{stage.tenders}/members", token=token)
    assert status == 401


async def test_an_edit_is_counted_and_a_deletion_leaves_its_place(stage: Stage) -> None:
    message = await stage.send(stage.tenders, carrying(vote_card("un")))
    cursor = (await stage.get("cto/messages", conversation=stage.tenders))["cursor"]
    await stage.edit(stage.tenders, message, carrying(vote_card("deux")))
    assert stage.simulator.state()["edits"] == 1
    shown = await stage.seen_by("cto", since=cursor)
    assert [(found["edits"], found["card"]["body"][0]["text"]) for found in shown] == [(1, "deux")]
    assert (await stage.call("DELETE", f"conversations/{stage.tenders}/activities/{message}"))[0] == 200
    assert (await stage.call("PUT", f"conversations/{stage.tenders}/activities/{message}", carrying(vote_card())))[
        0
    ] == 404
    assert await stage.seen_by("cto") == []
    assert [found["deleted"] for found in await stage.seen_by("cto", since=cursor)] == [True]


async def test_a_bot_changes_only_its_own_messages(stage: Stage) -> None:
    said = await stage.post("cto/say", {"conversation": stage.tenders, "text": "bonjour"})
    path = f"conversations/{stage.tenders}/activities/{said['message']}"
    assert (await stage.call("DELETE", path))[0] == 403


@pytest.mark.parametrize("path", ["19:nowhere@thread.tacv2/activities", "a:nobody/activities"])
async def test_an_unknown_conversation_is_not_found(stage: Stage, path: str) -> None:
    status, answer = await stage.call("POST", f"conversations/{path}", carrying(vote_card()))
    assert (status, answer["error"]["code"]) == (404, "ConversationNotFound")


async def test_a_thread_of_another_conversation_is_not_found(stage: Stage) -> None:
    elsewhere = await stage.send(stage.chat("cto"), {"type": "message", "text": "privé"})
    status, answer = await stage.call(
        "POST", f"conversations/{stage.tenders};messageid={elsewhere}/activities", carrying(vote_card())
    )
    assert (status, answer["error"]["code"]) == (404, "ActivityNotFoundInConversation")


@pytest.mark.parametrize(
    "activity",
    [
        [],
        {"type": "event"},
        {"type": "message"},
        {"type": "message", "text": 3},
        {"type": "message", "attachments": "card"},
        {"type": "message", "attachments": [{}]},
        carrying({"type": "AdaptiveCard"}),
        carrying({"type": "Card", "version": "1.5"}),
        carrying(with_body({"type": "TextBlock", "text": "a", "size": "FontSize.LARGE"})),
        carrying(with_body({"type": "Input.Text"})),
        carrying(with_body({"type": 3})),
        carrying(with_body({"type": "Input.Text", "id": "a"}, {"type": "Input.Date", "id": "a"})),
        carrying(vote_card() | {"refresh": {"action": {"type": "Action.Submit"}}}),
        carrying(vote_card(users=[f"29:{number}" for number in range(61)], refresh=True)),
    ],
)  # fmt: skip
async def test_a_message_teams_would_not_take_is_refused(stage: Stage, activity: object) -> None:
    status, answer = await stage.call("POST", f"conversations/{stage.tenders}/activities", activity)
    assert (status, answer["error"]["code"]) == (400, "BadSyntax")


async def test_a_body_that_is_no_json_is_refused(stage: Stage) -> None:
    url, headers = f"/teams/v3/conversations/{stage.tenders}/activities", {"Authorization": "Bearer issued to the bot"}
    async with stage.client.post(url, data=b"\xff", headers=headers) as response:
        assert response.status == 400


async def test_a_message_over_100_kb_as_utf_16_is_too_big(stage: Stage) -> None:
    status, answer = await stage.call(
        "POST", f"conversations/{stage.tenders}/activities", {"type": "message", "text": "x" * 52_000}
    )
    assert (status, answer["error"]["code"]) == (413, "MessageSizeTooBig")


async def test_the_eighth_message_in_a_second_is_too_many(stage: Stage) -> None:
    message = await stage.send(stage.chat("cto"), {"type": "message", "text": "0"})
    path = f"conversations/{stage.chat('cto')}/activities/{message}"
    answers = [await stage.call("PUT", path, {"type": "message", "text": str(n)}) for n in range(7)]
    assert [status for status, _ in answers] == [200] * 6 + [429]
    async with stage.client.put(
        f"/teams/v3/{path}",
        json={"type": "message", "text": "x"},
        headers={"Authorization": "Bearer issued to the bot"},
    ) as response:
        assert response.headers["Retry-After"] == "1"
    stage.clock.forward(seconds=2)
    await stage.send(stage.chat("cto"), {"type": "message", "text": "later"})
    stage.clock.forward(milliseconds=1)
    stage.simulator.connector.limited = False
    for number in range(20):
        await stage.send(stage.chat("cto"), {"type": "message", "text": str(number)})


async def test_typing_is_taken_and_shown_nowhere(stage: Stage) -> None:
    await stage.send(stage.chat("cto"), {"type": "typing"})
    assert await stage.seen_by("cto", stage.chat("cto")) == []


async def test_members_carry_the_home_tenant_of_a_guest(stage: Stage) -> None:
    status, members = await stage.call("GET", f"conversations/{stage.tenders}/members")
    assert status == 200
    by_role = {member["name"]: (member["userRole"], member["tenantId"] == "tenant-1") for member in members}
    assert by_role["CTO"] == ("user", True)
    assert by_role["Guest"] == ("guest", False)


async def test_paged_members_keep_to_the_smallest_page(stage: Stage) -> None:
    status, page = await stage.call("GET", f"conversations/{stage.tenders}/pagedmembers?pageSize=2")
    assert status == 200
    assert len(page["members"]) == 8
    assert "continuationToken" not in page
    _, rest = await stage.call("GET", f"conversations/{stage.tenders}/pagedmembers?continuationToken=6")
    assert [member["name"] for member in rest["members"]] == ["Key user", "Guest"]
    assert (await stage.call("GET", f"conversations/{stage.tenders}/pagedmembers?pageSize=many"))[0] == 400


async def test_one_member_is_found_by_every_id(stage: Stage) -> None:
    ceo = stage.simulator.world.personas["ceo"]
    for identifier in (ceo.mri, ceo.aad_object_id, ceo.user_principal_name):
        status, member = await stage.call("GET", f"conversations/{stage.tenders}/members/{identifier}")
        assert (status, member["id"], member["aadObjectId"]) == (200, ceo.mri, ceo.aad_object_id)
    path = f"conversations/{stage.chat('cto')}/members/{ceo.mri}"
    assert (await stage.call("GET", path))[0] == 404


async def test_the_team_names_its_channels_but_not_general(stage: Stage) -> None:
    team = stage.simulator.world.team_id
    assert (await stage.call("GET", f"teams/{team}"))[1]["name"] == "Offers"
    _, listed = await stage.call("GET", f"teams/{team}/conversations")
    assert listed == {"conversations": [{"id": team}, {"id": stage.tenders, "name": "Tenders"}]}
    assert (await stage.call("GET", "teams/other"))[0] == 404


async def test_nothing_works_where_the_app_is_not_installed(bare_stage: Stage) -> None:
    stage = bare_stage
    status, answer = await stage.call("POST", f"conversations/{stage.tenders}/activities", carrying(vote_card()))
    assert (status, answer["error"]["code"]) == (403, "BotNotInConversationRoster")
    assert (await stage.call("GET", f"conversations/{stage.tenders}/members"))[0] == 403
    wanted = {"members": [{"id": stage.simulator.world.personas["cto"].mri}]}
    assert (await stage.call("POST", "conversations", wanted))[0] == 403


async def test_a_member_of_the_team_can_be_written_to_first(bare_stage: Stage) -> None:
    stage = bare_stage
    await stage.post("cto/install", {"conversation": stage.tenders})
    wanted = {"members": [{"id": stage.simulator.world.personas["cpo"].mri}]}
    assert (await stage.call("POST", "conversations", wanted))[0] == 201
    await stage.send(stage.chat("cpo"), {"type": "message", "text": "Bonjour"})


async def test_a_blocked_bot_cannot_write(stage: Stage) -> None:
    await stage.post("cto/block")
    status, answer = await stage.call("POST", f"conversations/{stage.chat('cto')}/activities", carrying(vote_card()))
    assert (status, answer["error"]["code"]) == (403, "MessageWritesBlocked")
    wanted = {"members": [{"id": stage.simulator.world.personas["cto"].mri}]}
    assert (await stage.call("POST", "conversations", wanted))[0] == 403
    await stage.post("cto/unblock")
    await stage.send(stage.chat("cto"), carrying(vote_card()))
