"""Reading what Teams sends, each trap of it by name; whatever else arrives is refused, never a crash."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.teams.adapter import activity_of
from bot.teams.inbound import BadActivity, ConversationKind, Inbound, InboundKind, Trigger
from bot.teams.reading import MOST_ID_CHARACTERS, parse, tenant_of
from tests.channel import APP_ID, CHANNEL_ID, CHAT_ID, OBJECT_ID, TENANT_ID, THREAD_ID, Json, activity, card_action

SERVICE_URL = "https://smba.trafficmanager.net/emea/"
BOT_ID = f"28:{APP_ID}"
MENTION = {"type": "mention", "text": "<at>ChatOps</at>", "mentioned": {"id": BOT_ID, "name": "ChatOps"}}


def _read(kind: str, *, personal: bool = False, **more: object) -> Inbound:
    return parse(activity(kind, SERVICE_URL, personal=personal, **more), APP_ID)


def _typed(text: str, *entities: Json) -> str:
    return _read("message", text=text, entities=list(entities)).text


def test_conversation_tenant_id_is_read_from_channel_data() -> None:
    """The SDK maps `tenantID`, Teams sends `tenantId`: its `conversation.tenant_id` is always None."""
    body = card_action(SERVICE_URL)
    body["channelData"]["tenant"]["id"] = "from-channel-data"
    assert parse(body, APP_ID).tenant_id == "from-channel-data"
    del body["channelData"]["tenant"]
    assert parse(body, APP_ID).tenant_id == TENANT_ID
    assert tenant_of({}) == ""


def test_the_sdk_activity_carries_the_tenant_it_loses_itself() -> None:
    read = activity_of(parse(card_action(SERVICE_URL), APP_ID), "invoke")
    assert read.conversation.tenant_id == TENANT_ID
    assert read.recipient.id == BOT_ID


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("<at>ChatOps</at> restart ChatOps-api", [MENTION], "restart ChatOps-api"),
        ('<at id="0">ChatOps</at> aide', [MENTION], "aide"),
        ("<at>ChatOps</at> aide", [], "<at>ChatOps</at> aide"),
        ("aide <at>ChatOps</at>", [MENTION], "aide"),
        ("<at>ChatOps</at> <at>ChatOps</at> aide", [MENTION], "<at>ChatOps</at> aide"),
        ("<at>ChatOps</at> <at>ChatOps</at> aide", [MENTION, MENTION], "aide"),
        ("ChatOps", [MENTION], "ChatOps"),
    ],
)
def test_mentions_are_stripped_only_where_the_entity_says(text: str, entities: list[Json], expected: str) -> None:
    """The SDK removes the bot's name everywhere, also from the middle of a command."""
    assert _typed(text, *entities) == expected


def test_other_peoples_mentions_become_their_names() -> None:
    other = {"type": "mention", "text": "<at>Sales lead</at>", "mentioned": {"id": "29:lead", "name": "Sales lead"}}
    assert _typed('<at id="0">ChatOps</at> who is <at id="1">Sales lead</at>', MENTION, other) == "who is Sales lead"


def test_a_mention_entity_without_text_goes_by_its_name() -> None:
    entity = {"type": "mention", "mentioned": {"id": BOT_ID, "name": "ChatOps"}}
    assert _typed("<at>ChatOps</at> aide", entity) == "aide"


@pytest.mark.parametrize("entity", [{"type": "mention"}, {"type": "mention", "text": 7, "mentioned": []}, {}])
def test_an_odd_mention_entity_changes_nothing(entity: Json) -> None:
    assert _typed("aide", entity) == "aide"


def test_a_mention_is_no_pattern() -> None:
    entity = {"type": "mention", "text": "<at>(.*)</at>", "mentioned": {"id": BOT_ID}}
    assert _typed('<at id="0">(.*)</at> (aide)', entity) == "(aide)"


def test_html_entities_and_hard_spaces_are_undone() -> None:
    assert _typed("find R&amp;D &lt;laser&gt;\xa0&nbsp;") == "find R&D <laser>"


def test_trigger_is_kept() -> None:
    """The SDK drops it."""
    body = card_action(SERVICE_URL)
    assert parse(body, APP_ID).trigger is Trigger.MANUAL
    body["value"]["trigger"] = "automatic"
    assert parse(body, APP_ID).trigger is Trigger.AUTOMATIC
    body["value"]["trigger"] = "whatever"
    assert parse(body, APP_ID).trigger is Trigger.MANUAL
    del body["value"]["trigger"]
    assert parse(body, APP_ID).trigger is Trigger.MANUAL


def test_a_press_in_a_channel() -> None:
    read = parse(
        card_action(SERVICE_URL, {"verb": "vote_go", "id": 7, "msteams": {}, "nested": {"role": "CEO"}}), APP_ID
    )
    assert (read.kind, read.verb, dict(read.data)) == (InboundKind.CARD_ACTION, "vote_go", {"id": 7})
    assert (read.conversation_id, read.conversation_key, read.thread_id) == (THREAD_ID, CHANNEL_ID, "1795345169705")
    assert (read.conversation_kind, read.channel_id, read.channel_name) == (
        ConversationKind.CHANNEL,
        CHANNEL_ID,
        "Tenders",
    )
    assert (read.team_id, read.team_name) == ("19:team@thread.tacv2", "Sales")
    assert (read.entra_object_id, read.teams_user_id, read.name) == (OBJECT_ID, "29:cto", "CTO")
    assert (read.locale, read.time_zone, read.language) == ("fr-FR", "Europe/Paris", "fr")
    assert (read.reply_to_id, read.bot_id, read.service_url) == ("1795345169747", BOT_ID, SERVICE_URL)
    assert read.is_invoke


def test_a_press_in_a_chat() -> None:
    read = parse(card_action(SERVICE_URL, personal=True), APP_ID)
    assert (read.conversation_kind, read.conversation_key, read.thread_id) == (ConversationKind.PERSONAL, CHAT_ID, None)
    assert (read.team_id, read.channel_id) == (None, None)


def test_identity_comes_from_the_sender_alone() -> None:
    forged = {"verb": "vote_go", "aadObjectId": "forged", "role": "CEO", "from": {"aadObjectId": "forged"}}
    assert parse(card_action(SERVICE_URL, forged), APP_ID).entra_object_id == OBJECT_ID


@pytest.mark.parametrize("object_id", [None, "", "not-a-guid", 7, f"{OBJECT_ID} ", ["x"]])
def test_an_odd_object_id_is_nobody(object_id: object) -> None:
    body = card_action(SERVICE_URL)
    body["from"]["aadObjectId"] = object_id
    assert parse(body, APP_ID).entra_object_id is None


def test_object_ids_are_compared_in_lower_case() -> None:
    body = card_action(SERVICE_URL)
    body["from"]["aadObjectId"] = "ABCDEF00-0000-4000-8000-000000000001"
    assert parse(body, APP_ID).entra_object_id == "abcdef00-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("task/fetch", InboundKind.DIALOG_OPEN), ("task/submit", InboundKind.DIALOG_SUBMIT)],
)
def test_dialogs(name: str, kind: InboundKind) -> None:
    data = {"msteams": {"type": "task/fetch"}, "verb": "evaluate", "id": 3, "summary": "Résumé"}
    read = _read("invoke", name=name, value={"data": data, "context": {"theme": "default"}})
    assert (read.kind, read.verb, dict(read.data)) == (kind, "evaluate", {"id": 3, "summary": "Résumé"})


def test_a_submit_outside_a_dialog_is_a_message_with_a_value() -> None:
    read = _read("message", value={"verb": "vote_go", "id": 7, "page": "false"}, replyToId="17")
    assert (read.kind, read.verb, dict(read.data)) == (InboundKind.CARD_SUBMIT, "vote_go", {"id": 7, "page": "false"})
    assert not read.is_invoke


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ([{"name": "words", "value": " laser "}], "laser"),
        ([{"name": "initialRun", "value": "true"}], ""),
        ([], ""),
        ("laser", ""),
        ([{"name": "words", "value": 7}], ""),
    ],
)
def test_a_search(parameters: object, words: str) -> None:
    value = {"commandId": "find", "parameters": parameters, "queryOptions": {"skip": 0, "count": 25}}
    read = _read("invoke", name="composeExtension/query", value=value)
    assert (read.kind, read.verb, read.text) == (InboundKind.SEARCH, "find", words)
    assert dict(read.data) == {"skip": 0, "count": 25}


@pytest.mark.parametrize(
    ("kind", "more", "expected", "event"),
    [
        ("installationUpdate", {"action": "add"}, InboundKind.INSTALL, "add"),
        ("installationUpdate", {"action": "add-upgrade"}, InboundKind.INSTALL, "add-upgrade"),
        ("installationUpdate", {"action": "remove"}, InboundKind.UNINSTALL, "remove"),
        ("installationUpdate", {"action": "other"}, InboundKind.OTHER, "other"),
        ("conversationUpdate", {"membersAdded": [{"id": BOT_ID}]}, InboundKind.MEMBERS_ADDED, ""),
        ("conversationUpdate", {"membersRemoved": [{"id": BOT_ID}]}, InboundKind.UNINSTALL, ""),
        ("conversationUpdate", {"membersRemoved": [{"id": "29:cto"}]}, InboundKind.OTHER, ""),
        ("conversationUpdate", {}, InboundKind.OTHER, ""),
        ("messageReaction", {"reactionsAdded": [{"type": "like"}]}, InboundKind.OTHER, ""),
        ("typing", {}, InboundKind.OTHER, ""),
        ("invoke", {"name": "signin/verifyState"}, InboundKind.OTHER, ""),
        ("invoke", {}, InboundKind.OTHER, ""),
        ("message", {"text": "aide"}, InboundKind.MESSAGE, ""),
        ("message", {"text": "aide", "value": None}, InboundKind.MESSAGE, ""),
    ],
)
def test_what_happened(kind: str, more: Json, expected: InboundKind, event: str) -> None:
    read = _read(kind, **more)
    assert (read.kind, read.event) == (expected, event)
    assert read.is_invoke == (kind == "invoke")


def test_who_was_added_is_named() -> None:
    assert _read("conversationUpdate", membersAdded=[{"id": BOT_ID}, {"id": 7}, "x"]).members_added == (BOT_ID,)


@pytest.mark.parametrize("event", ["channelRenamed", "teamRenamed", "channelDeleted", "channelCreated", "teamArchived"])
def test_renamings(event: str) -> None:
    body = activity("conversationUpdate", SERVICE_URL)
    body["channelData"]["eventType"] = event
    read = parse(body, APP_ID)
    assert (read.kind, read.event, read.channel_name) == (InboundKind.RENAMED, event, "Tenders")


def test_the_channel_of_an_installation_is_the_selected_one() -> None:
    body = activity("installationUpdate", SERVICE_URL, action="add")
    del body["channelData"]["channel"]
    body["channelData"]["settings"] = {"selectedChannel": {"id": "19:selected"}}
    assert parse(body, APP_ID).channel_id == "19:selected"
    del body["channelData"]["settings"]
    assert parse(body, APP_ID).channel_id == CHANNEL_ID


@pytest.mark.parametrize(
    ("conversation", "channel_data", "expected"),
    [
        ({"conversationType": "groupChat"}, {}, ConversationKind.GROUP_CHAT),
        ({"isGroup": True}, {}, ConversationKind.GROUP_CHAT),
        ({}, {"team": {"id": "19:x"}}, ConversationKind.CHANNEL),
        ({}, {}, ConversationKind.PERSONAL),
        ({"conversationType": "other"}, {}, ConversationKind.PERSONAL),
    ],
)
def test_where_it_happened(conversation: Json, channel_data: Json, expected: ConversationKind) -> None:
    read = _read("message", conversation={"id": "19:x", **conversation}, channelData=channel_data)
    assert read.conversation_kind is expected


@pytest.mark.parametrize(
    ("locale", "client", "expected", "language"),
    [
        ("fr-FR", {}, "fr-FR", "fr"),
        ("FR", {}, "FR", "fr"),
        (None, {"locale": "en-GB"}, "en-GB", "en"),
        ("de-DE", {}, "de-DE", "en"),
        ("<script>", {"locale": 7}, "", None),
    ],
)
def test_language(locale: object, client: Json, expected: str, language: str | None) -> None:
    read = _read("message", locale=locale, entities=[{"type": "clientInfo", **client}])
    assert (read.locale, read.language) == (expected, language)


@pytest.mark.parametrize(
    ("client", "local", "expected"),
    [
        ("Europe/Brussels", "Europe/Paris", "Europe/Brussels"),
        ("Mars/Olympus", "Europe/Paris", "Europe/Paris"),
        ("../etc/passwd", None, None),
        (None, 7, None),
    ],
)
def test_time_zone(client: object, local: object, expected: str | None) -> None:
    read = _read("message", entities=[{"type": "clientInfo", "timezone": client}], localTimezone=local)
    assert read.time_zone == expected


def test_names_are_one_line_without_control_characters() -> None:
    body = card_action(SERVICE_URL)
    body["from"]["name"] = "  C\nT\u202eO\x1b  " + "x" * 500
    read = parse(body, APP_ID)
    assert read.name.startswith("CTO")
    assert len(read.name) <= 200


def test_data_is_flat_and_bounded() -> None:
    data = {str(number): "x" * 100_000 for number in range(300)} | {"deep": [1], "n" * 300: 1}
    read = parse(card_action(SERVICE_URL, data), APP_ID)
    assert len(read.data) == 200
    assert all(isinstance(value, str) and len(value) <= 20_000 for value in read.data.values())


def test_a_targeted_message_is_known() -> None:
    body = activity("message", SERVICE_URL, text="aide")
    assert not parse(body, APP_ID).is_targeted
    body["recipient"]["isTargeted"] = True
    assert parse(body, APP_ID).is_targeted


def test_without_recipient_the_bot_is_itself() -> None:
    assert _read("message", text="aide", recipient=None).bot_id == BOT_ID


def test_inbound_cannot_be_changed() -> None:
    read = _read("message", text="aide")
    with pytest.raises(AttributeError):
        read.tenant_id = "another"  # type: ignore[misc]


@pytest.mark.parametrize("body", [None, [], "text", 7, {}, {"type": "message"}, {"type": "message", "id": "1"}])
def test_what_is_no_activity_is_refused(body: object) -> None:
    with pytest.raises(BadActivity):
        parse(body, APP_ID)


@pytest.mark.parametrize("path", [("id",), ("conversation", "id"), ("from", "id"), ("replyToId",), ("recipient", "id")])
def test_absurdly_long_ids_are_refused(path: tuple[str, ...]) -> None:
    body = card_action(SERVICE_URL)
    parent = body
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = "x" * (MOST_ID_CHARACTERS + 1)
    with pytest.raises(BadActivity):
        parse(body, APP_ID)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SAMPLES = (
    card_action(SERVICE_URL),
    activity("message", SERVICE_URL, text="<at>ChatOps</at> aide", entities=[MENTION]),
    activity("message", SERVICE_URL, value={"verb": "vote_go"}),
    activity("invoke", SERVICE_URL, name="task/submit", value={"data": {"verb": "evaluate"}}),
    activity("invoke", SERVICE_URL, name="composeExtension/query", value={"parameters": [{"name": "w", "value": "x"}]}),
    activity("installationUpdate", SERVICE_URL, action="add"),
    activity("conversationUpdate", SERVICE_URL, membersAdded=[{"id": BOT_ID}]),
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(each for name, child in children for each in _paths(child, (*path, name)))]


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """An activity of which up to three places hold something else, or are gone."""
    body: Any = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([each for each in _paths(body) if each]))
        parent = body
        for name in path[:-1]:
            parent = parent[name]
        if draw(st.booleans()):
            parent[path[-1]] = draw(JSON)
        else:
            del parent[path[-1]]
        if not body:
            break
    return body


@settings(max_examples=400, deadline=None)
@given(body=mutated() | JSON)
def test_whatever_arrives_is_read_or_refused(body: object) -> None:
    try:
        read = parse(body, APP_ID)
    except BadActivity:
        return
    assert read.activity_id
    assert read.conversation_key is not None
    assert read.kind in InboundKind
    orjson.dumps(dict(read.data))
    assert activity_of(read, "message").inbound is read
