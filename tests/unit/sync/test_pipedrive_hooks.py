"""The webhooks of the account: made, found again, replaced where they are wrong; and a delivery from end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.sync.models import LedgerState
from bot.sync.pipedrive.hooks import PATH, TOLD, Subscriber
from bot.sync.pipedrive.inbound import PipedriveInbound
from bot.sync.pipedrive.parts import PartState
from bot.sync.pipedrive.setup import Setup, set_up
from bot.web.webhooks import PipedriveWebhook
from integrations.pipedrive import WebhookWrite
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from tests.unit.sync.pipedrive_desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from bot.database import Database

SUBSCRIBER = Subscriber("https://offers.example", "pipedrive", SecretStr("a long random text"))


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def desk(database: Database, key: RSAPrivateKey) -> AsyncIterator[Desk]:
    async with open_desk(database, key) as made:
        yield made


async def prepare(desk: Desk, subscriber: Subscriber | None = SUBSCRIBER) -> Setup:
    return await set_up(desk.client, desk.database, desk.company, desk.time.now, subscriber)


def states(setup: Setup) -> list[str]:
    return [part.state.value for part in setup.parts if part.what == "webhook"]


def hooks(desk: Desk) -> dict[int, Any]:
    """What the stand-in holds."""
    return desk.sandbox.pipedrive.courier.subscriptions


def told(desk: Desk) -> list[tuple[str, str, str]]:
    return [(row["event_object"], row["event_action"], row["subscription_url"]) for row in hooks(desk).values()]


async def test_they_are_made_once(desk: Desk) -> None:
    first = await prepare(desk)
    assert (states(first), first.complete) == (["made"] * 4, True)
    assert told(desk) == [(kind, "*", "https://offers.example/webhooks/pipedrive") for kind in TOLD]
    assert {row["auth"] for row in hooks(desk).values()} == {"pipedrive:a long random text"}
    before = set(hooks(desk))
    assert states(await prepare(desk)) == ["found"] * 4
    assert set(hooks(desk)) == before


async def test_without_a_subscriber_there_are_none(desk: Desk) -> None:
    assert (states(await prepare(desk, None)), hooks(desk)) == ([], {})
    assert "a long random text" not in repr(SUBSCRIBER)


async def test_the_wrong_ones_are_replaced_and_those_of_others_stay(desk: Desk) -> None:
    await prepare(desk)
    other = await desk.client.create_webhook(
        WebhookWrite(
            subscription_url="https://other.example/webhooks/pipedrive",
            event_action="*",
            event_object="deal",
            name="Offerdesk: deal",
            http_auth_user="x",
            http_auth_password=SecretStr("y"),
        )
    )
    deal, organization, person, lead = (number for number in hooks(desk) if number != other.id)
    hooks(desk)[deal]["last_http_status"] = 401
    hooks(desk)[organization]["event_action"] = "create"
    hooks(desk)[person]["is_active"] = 0
    assert states(await prepare(desk)) == ["replaced", "replaced", "replaced", "found"]
    assert {lead, other.id} < set(hooks(desk))
    assert not {deal, organization, person} & set(hooks(desk))
    moved = Subscriber("https://new.example", "pipedrive", SUBSCRIBER.password)
    assert states(await prepare(desk, moved)) == ["replaced"] * 4
    assert {url for _, _, url in told(desk)} == {f"https://new.example{PATH}", other.subscription_url}
    assert len(hooks(desk)) == len(TOLD) + 1


async def test_one_that_was_dropped_or_doubled_is_mended(desk: Desk) -> None:
    await prepare(desk)
    first, second, *_ = hooks(desk)
    del hooks(desk)[first]
    hooks(desk)[99] = {**hooks(desk)[second], "id": 99}
    assert states(await prepare(desk)) == ["made", "found", "found", "found"]
    assert sorted(kind for kind, _, _ in told(desk)) == sorted(TOLD)


async def test_a_refusal_says_what_to_do(desk: Desk) -> None:
    refusal = {"success": False, "error": "not allowed"}
    desk.sandbox.faults.add(Fault(service="pipedrive", path="/v1/webhooks", method="POST", status=403, body=refusal))
    result = await prepare(desk)
    (part,) = [part for part in result.parts if part.state is PartState.MISSING]
    assert (part.name, "administrator" in part.remedy, "https://offers.example" in part.remedy) == ("deal", True, True)
    assert not result.complete
    assert states(await prepare(desk)) == ["made", "found", "found", "found"]


async def test_a_change_over_there_arrives(desk: Desk) -> None:
    inbound = PipedriveInbound(desk.database, desk.client, desk.time.now, lambda: None)
    app = web.Application()
    app.add_routes(
        PipedriveWebhook(desk.database, desk.time.now, inbound.wake, SUBSCRIBER.user, SUBSCRIBER.password).routes()
    )
    async with TestServer(app) as server:
        address = str(server.make_url("")).rstrip("/")
        await prepare(desk, Subscriber(address, SUBSCRIBER.user, SUBSCRIBER.password))
        await desk.fine()
        desk.edit(title="Another title")
        await desk.sandbox.pipedrive.settle()
    assert {line["status"] for line in desk.sandbox.pipedrive.courier.log} == {200}
    await inbound.read_arrivals()
    assert (await desk.run()).state is LedgerState.CONFLICT
    assert [one.field for one in desk.conflicts()] == ["title"]
