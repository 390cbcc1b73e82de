"""Subscriptions from both sides: handshake, three days, merged notifications, patience with a broken endpoint."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.business_central import (
    ChangedMeanwhile,
    ChangeType,
    Notification,
    OpportunityWrite,
    ProjectWrite,
    RecordMissing,
    Refused,
    parse_notifications,
)
from integrations.sandbox.business_central import COMPANY_ID
from integrations.sandbox.business_central.delivery import send_to_this_machine
from tests.unit.sandbox_business_central.stage import CONTACT, Stage

URL = "http://127.0.0.1:3978/webhooks/business-central"
STATE = "client-state-secret"
STATES = dict.fromkeys(("opportunities", "projects", "contacts", "customers"), STATE)


def heard(stage: Stage) -> list[Notification]:
    return [found for body in stage.hook.posts for found in parse_notifications(body, STATES).accepted]


async def test_a_subscription_lives_three_days_and_is_renewed(stage: Stage) -> None:
    made = await stage.bc.subscriptions.create("opportunities", URL, STATE)
    assert made.resource == f"api/v2.0/companies({COMPANY_ID})/opportunities"
    assert made.expiration_date_time == stage.time.now() + timedelta(days=3)
    assert STATE not in repr(made)
    stage.time.pass_by(2 * 86400)
    renewed = await stage.bc.subscriptions.renew(made, STATE)
    assert renewed.expiration_date_time == stage.time.now() + timedelta(days=3)
    with pytest.raises(ChangedMeanwhile):
        await stage.bc.subscriptions.renew(made, STATE)
    assert await stage.bc.subscriptions.all() == [renewed]
    stage.time.pass_by(3 * 86400)
    assert await stage.bc.subscriptions.all() == []
    with pytest.raises(RecordMissing):
        await stage.bc.subscriptions.renew(renewed, STATE)


async def test_a_deleted_subscription_is_gone(stage: Stage) -> None:
    made = await stage.bc.subscriptions.create("projects", URL, STATE)
    url = f"{stage.api}/subscriptions('{made.subscription_id}')"
    assert (await stage.raw("GET", url)).json()["subscriptionId"] == made.subscription_id
    await stage.bc.subscriptions.delete(made)
    assert await stage.bc.subscriptions.all() == []
    with pytest.raises(RecordMissing):
        await stage.bc.subscriptions.delete(made)


async def test_without_the_handshake_there_is_no_subscription(stage: Stage) -> None:
    stage.hook.token = "something else"
    with pytest.raises(Refused) as caught:
        await stage.bc.subscriptions.create("opportunities", URL, STATE)
    assert caught.value.status == 400
    assert await stage.bc.subscriptions.all() == []


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/x", "http://[broken"])
async def test_an_unusable_address_is_refused(stage: Stage, url: str) -> None:
    with pytest.raises(Refused):
        await stage.bc.subscriptions.create("opportunities", url, STATE)


async def test_files_cannot_be_watched(stage: Stage) -> None:
    with pytest.raises(Refused):
        await stage.bc.subscriptions.create("documentAttachments", URL, STATE)


@pytest.mark.parametrize("state", ["", "s" * 2049])
async def test_a_client_state_has_its_length(stage: Stage, state: str) -> None:
    with pytest.raises(ValueError, match="client state"):
        await stage.bc.subscriptions.create("opportunities", URL, state)
    assert stage.said == []


async def test_two_hundred_are_enough(stage: Stage) -> None:
    for _ in range(200):
        await stage.sandbox.webhooks.create(
            {"notificationUrl": URL, "resource": f"/api/v2.0/companies({COMPANY_ID})/projects", "clientState": STATE}
        )
    with pytest.raises(Refused):
        await stage.bc.subscriptions.create("opportunities", URL, STATE)


async def test_changes_of_one_record_come_as_one_notification(stage: Stage) -> None:
    await stage.bc.subscriptions.create("opportunities", URL, STATE)
    await stage.bc.subscriptions.create("contacts", URL, STATE)
    began = stage.time.seconds
    made = await stage.bc.create_opportunity(OpportunityWrite(number="S580"))
    await stage.sandbox.webhooks.settled()
    assert stage.time.seconds - began >= 30
    stage.edit("opportunities", "S580", description="a")
    stage.edit("opportunities", "S580", description="b")
    stage.edit("contacts", CONTACT, city="Kiel")
    await stage.bc.create_project(ProjectWrite(number="S580P"))
    await stage.sandbox.webhooks.settled()
    found = [(known.entity_set, known.record_id, known.change) for known in heard(stage)]
    contact = (await anext(stage.bc.contacts()))[0].id
    assert found == [
        ("opportunities", made.id, ChangeType.CREATED),
        ("opportunities", made.id, ChangeType.UPDATED),
        ("contacts", contact, ChangeType.UPDATED),
    ]
    assert {known.company_id for known in heard(stage)} == {UUID(COMPANY_ID)}
    assert [entry["status"] for entry in stage.sandbox.state()["notifications"]] == [202, 202]


async def test_a_new_value_tells_nobody(stage: Stage) -> None:
    await stage.bc.create_opportunity(OpportunityWrite(number="S580"))
    await stage.bc.subscriptions.create("opportunities", URL, STATE)
    stage.edit("opportunities", "S580", estimatedValue=5)
    await stage.sandbox.webhooks.settled()
    assert stage.hook.posts == []


async def test_a_deletion_is_told(stage: Stage) -> None:
    made = await stage.bc.create_project(ProjectWrite(number="S580P"))
    await stage.bc.subscriptions.create("projects", URL, STATE)
    await stage.raw("DELETE", f"{stage.company}/projects({made.id})")
    await stage.sandbox.webhooks.settled()
    assert [(known.record_id, known.change) for known in heard(stage)] == [(made.id, ChangeType.DELETED)]


async def test_more_than_a_thousand_changes_come_as_a_collection(stage: Stage) -> None:
    await stage.bc.subscriptions.create("projects", URL, STATE)
    for number in range(1001):
        stage.sandbox.store.insert("projects", {"number": f"S{number}P"})
    await stage.sandbox.webhooks.settled()
    (found,) = heard(stage)
    assert (found.change, found.record_id) == (ChangeType.COLLECTION, None)


async def test_a_busy_endpoint_is_tried_five_times_and_then_dropped(stage: Stage) -> None:
    await stage.bc.subscriptions.create("projects", URL, STATE)
    stage.hook.statuses = [503, 429, 408, 0, 202]
    await stage.bc.create_project(ProjectWrite(number="S580P"))
    await stage.sandbox.webhooks.settled()
    assert len(stage.hook.posts) == 5
    assert stage.time.slept[-4:] == [60.0, 60.0, 60.0, 600.0]
    assert len(await stage.bc.subscriptions.all()) == 1
    stage.hook.statuses = [500] * 5
    stage.edit("projects", "S580P", displayName="x")
    await stage.sandbox.webhooks.settled()
    assert await stage.bc.subscriptions.all() == []


async def test_an_endpoint_that_refuses_loses_its_subscription_at_once(stage: Stage) -> None:
    await stage.bc.subscriptions.create("projects", URL, STATE)
    stage.hook.statuses = [404]
    await stage.bc.create_project(ProjectWrite(number="S580P"))
    await stage.sandbox.webhooks.settled()
    assert len(stage.hook.posts) == 1
    assert await stage.bc.subscriptions.all() == []


async def test_notifications_really_travel_and_only_on_this_machine() -> None:
    async def hook(request: web.Request) -> web.Response:
        return web.Response(text=request.query.get("validationToken") or (await request.text()), status=200)

    app = web.Application()
    app.router.add_post("/hook", hook)
    async with TestServer(app) as server:
        url = str(server.make_url("/hook"))
        assert await send_to_this_machine(f"{url}?validationToken=a%20b", None) == (200, "a b")
        assert await send_to_this_machine(url, b'{"value":[]}') == (200, '{"value":[]}')
    assert await send_to_this_machine(url, None) == (0, "")
    assert await send_to_this_machine("http://bot.example/hook", None) == (403, "")


async def test_a_notification_tells_when_its_record_changed_and_may_be_repeated(stage: Stage) -> None:
    await stage.bc.subscriptions.create("contacts", URL, STATE)
    assert await stage.sandbox.webhooks.repeat() == 0
    stage.edit("contacts", CONTACT, city="Kiel")
    row = stage.sandbox.store.find("contacts", "number", CONTACT)
    await stage.sandbox.webhooks.settled()
    assert row is not None
    assert [known.changed_at for known in heard(stage)] == [row.modified_at]
    assert await stage.sandbox.webhooks.repeat() == 202
    assert stage.hook.posts[0] == stage.hook.posts[1]
