"""The shapes Teams is documented and was seen to send, read by the edge; and the simulator sends the same shapes."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bot.teams.inbound import ConversationKind, Inbound, InboundKind, Trigger
from bot.teams.reading import parse
from bot.teams.replies import Reply, TextReply
from integrations.sandbox.teams import activities
from integrations.sandbox.teams.personas import BOT_NAME, DEFAULT_PERSONAS
from integrations.sandbox.teams.world import World
from tests.channel import APP_ID, TENANT_ID, Json, activity, card_action, open_channel

SERVICE_URL = "https://smba.trafficmanager.net/emea/"
NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
CTO = DEFAULT_PERSONAS[0]
BOT_ID = f"28:{APP_ID}"

EXECUTE: Json = {
    "type": "invoke",
    "name": "adaptiveCard/action",
    "id": "f:11111111-2222-4333-8444-555555555555",
    "channelId": "msteams",
    "serviceUrl": SERVICE_URL,
    "timestamp": "2026-11-22T10:59:31.990Z",
    "localTimestamp": "2026-11-22T11:59:31.990+01:00",
    "locale": "fr-FR",
    "from": {"id": "29:1made-up", "name": "CTO", "aadObjectId": "00000000-0000-4000-8000-000000000001"},
    "recipient": {"id": BOT_ID, "name": "Offerdesk"},
    "conversation": {
        "isGroup": True,
        "conversationType": "channel",
        "tenantId": TENANT_ID,
        "id": "19:made-up@thread.tacv2;messageid=1795345169705",
    },
    "channelData": {
        "source": {"name": "message"},
        "tenant": {"id": TENANT_ID},
        "team": {"id": "19:made-up-team@thread.tacv2"},
        "channel": {"id": "19:made-up@thread.tacv2"},
        "legacy": {"replyToId": "1:made-up"},
    },
    "entities": [
        {"type": "clientInfo", "locale": "fr-FR", "country": "FR", "platform": "Web", "timezone": "Europe/Paris"},
    ],
    "replyToId": "1795345169747",
    "value": {
        "action": {
            "type": "Action.Execute",
            "id": "go",
            "title": "Go",
            "verb": "vote_go",
            "data": {"verb": "vote_go", "id": 7, "comment": "délai tenable"},
        },
        "trigger": "manual",
    },
}
"""A press on Action.Execute in a channel."""


def _changed(**more: object) -> Json:
    return copy.deepcopy(EXECUTE) | more


def _read(body: Json) -> Inbound:
    return parse(orjson.loads(orjson.dumps(body)), APP_ID)


def test_a_press_on_execute() -> None:
    read = _read(EXECUTE)
    assert (read.kind, read.verb, read.trigger) == (InboundKind.CARD_ACTION, "vote_go", Trigger.MANUAL)
    assert dict(read.data) == {"id": 7, "comment": "délai tenable"}
    assert read.reply_to_id == "1795345169747"


def test_a_press_on_submit_has_texts_only() -> None:
    body = _changed(type="message", value={"verb": "vote_go", "title": "DB", "sev": "2", "page": "false"})
    del body["name"]
    read = _read(body)
    assert (read.kind, read.verb, read.text) == (InboundKind.CARD_SUBMIT, "vote_go", "")
    assert dict(read.data) == {"title": "DB", "sev": "2", "page": "false"}


@pytest.mark.parametrize("name", ["task/fetch", "task/submit"])
def test_a_dialog(name: str) -> None:
    data = {"msteams": {"type": "task/fetch"}, "verb": "evaluate", "id": 3}
    read = _read(_changed(name=name, value={"data": data, "context": {"theme": "default"}}))
    assert (read.verb, dict(read.data)) == ("evaluate", {"id": 3})


def test_a_channel_message_says_everything_twice() -> None:
    body = _changed(
        type="message",
        text="<at>Offerdesk</at> offer S580\n",
        textFormat="plain",
        attachments=[{"contentType": "text/html", "content": "<div><span itemscope>Offerdesk</span> offer S580</div>"}],
        entities=[
            {"type": "mention", "text": "<at>Offerdesk</at>", "mentioned": {"id": BOT_ID, "name": "Offerdesk"}},
            *EXECUTE["entities"],
        ],
    )
    del body["value"]
    read = _read(body)
    assert (read.kind, read.text, read.time_zone) == (InboundKind.MESSAGE, "offer S580", "Europe/Paris")


def _world() -> World:
    return World(DEFAULT_PERSONAS, TENANT_ID, APP_ID, lambda: NOW)


def _of_simulator(make: Callable[[activities.Envelope, World], Json]) -> Inbound:
    world = _world()
    return _read(make(activities.Envelope(world, SERVICE_URL), world))


def test_the_simulators_message_is_one_of_teams() -> None:
    def make(envelope: activities.Envelope, world: World) -> Json:
        channel = world.conversations[world.tenders_id]
        return activities.said(envelope, CTO, channel, f"@{BOT_NAME} rfps", "1795")

    read = _of_simulator(make)
    assert (read.kind, read.text, read.thread_id) == (InboundKind.MESSAGE, "rfps", "1795")
    assert (read.conversation_kind, read.tenant_id) == (ConversationKind.CHANNEL, TENANT_ID)
    assert (read.entra_object_id, read.teams_user_id) == (CTO.aad_object_id, CTO.mri)
    assert (read.locale, read.time_zone, read.bot_id) == (CTO.locale, CTO.time_zone, BOT_ID)
    assert (read.channel_name, read.team_name is not None) == ("Tenders", True)


def test_the_simulators_press_is_one_of_teams() -> None:
    def make(envelope: activities.Envelope, world: World) -> Json:
        value = activities.execute_value({"type": "Action.Execute", "verb": "vote_go"}, {"id": 7}, "automatic")
        channel = world.conversations[world.tenders_id]
        return activities.invoke(envelope, "adaptiveCard/action", CTO, channel, value, root="1", reply_to="2")

    read = _of_simulator(make)
    assert (read.kind, read.verb, read.trigger) == (InboundKind.CARD_ACTION, "vote_go", Trigger.AUTOMATIC)
    assert (dict(read.data), read.reply_to_id) == ({"id": 7}, "2")


def test_the_simulators_search_is_one_of_teams() -> None:
    def make(envelope: activities.Envelope, world: World) -> Json:
        value = activities.query_value("find", "words", "laser")
        channel = world.conversations[world.tenders_id]
        return activities.invoke(envelope, "composeExtension/query", CTO, channel, value)

    read = _of_simulator(make)
    assert (read.kind, read.verb, read.text) == (InboundKind.SEARCH, "find", "laser")


@pytest.mark.parametrize(
    ("added", "kinds"),
    [(True, [InboundKind.MEMBERS_ADDED, InboundKind.INSTALL]), (False, [InboundKind.UNINSTALL])],
)
def test_the_simulators_installation_is_one_of_teams(added: bool, kinds: list[InboundKind]) -> None:  # noqa: FBT001
    world = _world()
    channel = world.conversations[world.tenders_id]
    sent = activities.membership(activities.Envelope(world, SERVICE_URL), CTO, channel, added=added)
    assert [_read(each).kind for each in sent] == kinds


def test_the_simulators_renaming_is_one_of_teams() -> None:
    def make(envelope: activities.Envelope, world: World) -> Json:
        return activities.renamed(envelope, CTO, world.conversations[world.tenders_id], team=False)

    read = _of_simulator(make)
    assert (read.kind, read.event) == (InboundKind.RENAMED, "channelRenamed")


ODDITIES: tuple[object, ...] = (
    None,
    True,
    -1,
    2**63,
    1e308,
    "",
    "\x00",
    "\u202e<script>",
    "x" * 5_000,
    [],
    [[[]]],
    {},
    {"id": {"id": {}}},
    ";messageid=",
    "<at></at>",
)
ACTIVITIES = 10_000
FORM: Json = {"verb": "form.save", "id": 7, "rev": 3, "q": "money", "estimated_amount": 125000.5, "currency": "EUR"}
SUGGESTING = activities.typeahead_value("clients", "esa")


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for name, child in children for each in _paths(child, (*path, name)))]


def _mutated(sample: Json, chance: random.Random) -> Any:  # noqa: ANN401  anything that is JSON
    body: Any = copy.deepcopy(sample)
    for _ in range(chance.randint(1, 4)):
        paths = [path for path in _paths(body) if path]
        if not paths:
            break
        path = chance.choice(paths)
        parent = body
        for name in path[:-1]:
            parent = parent[name]
        if chance.random() < 0.3:
            del parent[path[-1]]
        else:
            parent[path[-1]] = chance.choice(ODDITIES)
    return body


@pytest.mark.slow
async def test_ten_thousand_mutated_activities_are_answered_or_refused() -> None:
    """No 500, no answer that is no answer, nothing that ends the process."""

    async def turn(inbound: Inbound) -> Reply | None:
        return TextReply(inbound.verb) if inbound.is_invoke else None

    chance = random.Random(580)  # the same ten thousand in every run
    counted: dict[int, int] = {}
    async with open_channel(turn) as channel:
        samples = (
            card_action(channel.service_url),
            activity("message", channel.service_url, text="<at>Offerdesk</at> aide", entities=EXECUTE["entities"]),
            activity("invoke", channel.service_url, name="task/submit", value={"data": {"verb": "evaluate"}}),
            activity("invoke", channel.service_url, name="task/fetch", value=activities.task_value(FORM, "light")),
            activity("invoke", channel.service_url, name="task/submit", value=activities.task_value(FORM, "dark")),
            activity("invoke", channel.service_url, name="application/search", value=SUGGESTING),
            activity("conversationUpdate", channel.service_url, membersAdded=[{"id": BOT_ID}]),
        )
        token = channel.signer.token(channel.service_url)
        for _ in range(ACTIVITIES):
            status, body = await channel.post(_mutated(chance.choice(samples), chance), token=token)
            counted[status] = counted.get(status, 0) + 1
            assert "Traceback" not in str(body)
    assert set(counted) <= {200, 400, 401, 501}
    assert counted[200] > ACTIVITIES / 4
    assert counted[400] > 0
    assert counted[401] > 0
