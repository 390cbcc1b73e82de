"""The stand-in for Pipedrive: strict where the real one is, with a memory, a history, limits and subscribers."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Literal

import pytest

from integrations.errors import Permanent
from integrations.pipedrive import (
    BudgetExhausted,
    Deal,
    DealChanges,
    DealStatus,
    DealWrite,
    LeadWrite,
    WebhookWrite,
    parse_webhook,
    read_refusal,
)
from integrations.sandbox.pipedrive import Limits
from integrations.sandbox.pipedrive.world import API_USER, STAGES
from tests.unit.sandbox_pipedrive.account import TOKEN, Account, open_account

PASSWORD = "made-up-password"  # pragma: allowlist secret


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    async with open_account() as opened:
        yield opened


async def new_deal(account: Account, **more: Any) -> Deal:  # noqa: ANN401 - the keys of the model, which checks them
    return await account.pipedrive.create_deal(DealWrite(title="S580", value=Decimal(10), currency="EUR", **more))


async def subscribe(account: Account, action: Literal["create", "*"] = "*") -> int:
    webhook = await account.pipedrive.create_webhook(
        WebhookWrite(
            subscription_url="http://127.0.0.1:3978/webhooks/pipedrive", event_action=action, event_object="deal",
            name="Offerdesk", http_auth_user="pipedrive", http_auth_password=PASSWORD,
        )
    )  # fmt: skip
    return webhook.id


async def test_it_starts_with_the_stages_of_pre_sales(account: Account) -> None:
    (pipeline,) = await account.pipedrive.pipelines()
    assert tuple(stage.name for stage in await account.pipedrive.stages(pipeline.id)) == STAGES
    assert [user.email for user in await account.pipedrive.users()][:2] == [
        "offerdesk@offerdesk.example",
        "cto@offerdesk.example",
    ]
    assert len(account.sandbox.state()["organizations"]) == 4


@pytest.mark.parametrize("token", [None, "", "another"])
async def test_without_the_token_there_is_nothing(account: Account, token: str | None) -> None:
    answer = await account.raw("GET", "/v1/users/me", token=token)
    assert (answer.status_code, answer.json()["errorCode"]) == (401, 401)
    assert (await account.raw("GET", f"/v1/users/me?api_token={TOKEN}", token=None)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v2/deals", {"title": "S580", "46f0c1" * 6 + "abcd": "S580"}),
        ("POST", "/api/v2/deals", {"title": "S580", "custom_fields": {"0" * 40: "S580"}}),
        ("POST", "/api/v2/deals", {"title": 5}),
        ("POST", "/api/v2/deals", {"title": "S580", "label_ids": "4"}),
        ("PATCH", "/api/v2/deals/1", {"is_archived": 1}),
        ("PATCH", "/api/v2/deals/1", {"origin_id": "offerdesk"}),
        ("PATCH", "/api/v2/deals/1", {"probability": 101}),
        ("PATCH", "/api/v2/deals/1", {"lost_reason": "Price"}),
        ("PATCH", "/api/v2/deals/1", {"stage_id": 99}),
        ("PATCH", "/api/v2/deals/1", {"org_id": 99}),
        ("GET", "/api/v2/deals?limit=501", None),
        ("GET", "/api/v2/deals?cursor=x", None),
        ("GET", "/api/v2/deals?status=foo", None),
        ("GET", "/api/v2/deals?updated_since=yesterday", None),
        ("GET", "/api/v2/activities?type=call", None),
        ("GET", "/api/v2/persons/search?term=a", None),
        ("POST", "/api/v2/dealFields", {"field_name": "Site", "field_type": "enum"}),
        ("POST", "/api/v2/dealFields", {"field_name": "Link", "field_type": "url"}),
        ("POST", "/v1/leads", {"title": "Met at a fair"}),
        ("POST", "/v1/leads", {"title": "Met at a fair", "organization_id": 1, "visible_to": 3}),
        ("POST", "/v1/leads", {"title": "Met at a fair", "organization_id": 1, "value": 125000}),
        ("POST", "/v1/leads", {"title": "Met at a fair", "organization_id": 1, "custom_fields": {}}),
        ("POST", "/v1/notes", {"content": "<p>x</p>"}),
        ("POST", "/v1/notes", {"content": "<p>x</p>", "deal_id": 1, "pinned_to_deal_flag": True}),
        ("POST", "/v1/webhooks", {"subscription_url": "offerdesk", "event_action": "*", "event_object": "deal",
                                  "name": "x"}),
        ("POST", "/v1/webhooks", {"subscription_url": "https://offerdesk.example", "event_action": "updated",
                                  "event_object": "deal", "name": "x"}),
    ],
)  # fmt: skip
async def test_what_the_real_one_refuses(account: Account, method: str, path: str, body: object) -> None:
    await new_deal(account)
    before = account.sandbox.state()
    answer = await account.raw(method, path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["success"] is False
    after = account.sandbox.state()
    assert before | {"tokens": 0} == after | {"tokens": 0}


async def test_there_is_nothing_left_of_the_old_deals(account: Account) -> None:
    assert (await account.raw("GET", "/v1/deals")).status_code == 404
    assert (await account.raw("GET", "/api/v2/deals/99")).status_code == 404
    assert (await account.raw("GET", "/api/v1/users/me")).status_code == 200


async def test_custom_fields_hold_what_their_type_holds(account: Account) -> None:
    site = await account.pipedrive.create_deal_field("Site", "set", ["North", "South"])
    assert site.options
    deal = await new_deal(account, custom_fields={site.field_code: [site.options[1].id]})
    assert deal.custom_fields == {site.field_code: [site.options[1].id]}
    with pytest.raises(Permanent) as refused:
        await account.pipedrive.update_deal(deal.id, DealChanges(custom_fields={site.field_code: [99]}))
    refusal = read_refusal(refused.value)
    assert refusal is not None
    assert site.field_code in refusal.text
    cleared = await account.pipedrive.update_deal(deal.id, DealChanges(custom_fields={site.field_code: None}))
    assert cleared.custom_fields == {site.field_code: None}


async def test_what_another_person_changes_stands_in_the_history(account: Account) -> None:
    deal = await new_deal(account)
    account.time.pass_by(60)
    assert (await account.edit(deal.id, 104, value=99, stage_id=5)).status_code == 200
    changed = await account.pipedrive.get_deal(deal.id)
    assert (changed.value, changed.stage_id) == (Decimal(99), 5)
    assert deal.update_time is not None
    assert changed.update_time is not None
    assert (changed.update_time - deal.update_time).total_seconds() == 60
    lines = [line async for line in account.pipedrive.deal_changes(deal.id)]
    assert {(line.field_key, line.old_value, line.new_value) for line in lines} >= {("value", "10.0", "99")}
    assert {(line.actor_user_id, line.change_source) for line in lines} == {(104, "app")}
    assert (await account.edit(deal.id, 999, value=1)).status_code == 400
    assert (await account.edit(deal.id, 104, price=1)).status_code == 400
    assert (await account.http.post(f"{account.url}/_control/edit", json={})).status_code == 400


async def test_deleted_and_archived_deals_cannot_be_changed(account: Account) -> None:
    gone, put_away = await new_deal(account), await new_deal(account)
    await account.raw("DELETE", f"/api/v2/deals/{gone.id}")
    await account.edit(put_away.id, 104, is_archived=True)
    assert (await account.pipedrive.get_deal(gone.id)).is_deleted
    assert [row async for row in account.pipedrive.deals()] == []
    assert [row.id async for row in account.pipedrive.deals(status=DealStatus.DELETED)] == [gone.id]
    for deal in (gone, put_away):
        with pytest.raises(Permanent):
            await account.pipedrive.update_deal(deal.id, DealChanges(title="S581"))


async def test_status_moves_its_times(account: Account) -> None:
    deal = await new_deal(account)
    await account.pipedrive.update_deal(deal.id, DealChanges(status="lost", lost_reason="Price"))
    (row,) = account.sandbox.state()["deals"]
    assert (row["lost_time"], row["close_time"], row["lost_reason"]) == (row["update_time"],) * 2 + ("Price",)
    reopened = await account.pipedrive.update_deal(deal.id, DealChanges(status="open"))
    assert reopened.lost_reason is None


async def test_lists_come_in_pages_by_a_cursor_nobody_can_read(account: Account) -> None:
    for _ in range(3):
        await new_deal(account)
    first = (await account.raw("GET", "/api/v2/deals?limit=2")).json()
    cursor = first["additional_data"]["next_cursor"]
    rest = (await account.raw("GET", f"/api/v2/deals?limit=2&cursor={cursor}")).json()
    assert [row["id"] for row in first["data"] + rest["data"]] == [1, 2, 3]
    assert rest["additional_data"] == {"next_cursor": None}


async def test_the_search_stays_behind(account: Account) -> None:
    field = await account.pipedrive.create_deal_field("Offer number", "varchar")
    deal = await new_deal(account, custom_fields={field.field_code: "S580"})
    assert await account.pipedrive.find_deals(field.field_code, "S580") == ()
    account.time.pass_by(2)
    assert [row.id for row in await account.pipedrive.find_deals(field.field_code, "S580")] == [deal.id]
    assert await account.pipedrive.find_deals(field.field_code, "s580") == ()
    await account.pipedrive.update_deal(deal.id, DealChanges(custom_fields={field.field_code: "S581"}))
    # The index still says S580; the client looks at the deal itself and does not believe it.
    assert await account.pipedrive.find_deals(field.field_code, "S580") == ()


async def test_bursts_are_refused_until_the_window_has_passed(account: Account) -> None:
    headers = {"x-api-token": TOKEN}
    statuses = [(await account.http.get(f"{account.url}/v1/users/me", headers=headers)).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert (await account.raw("GET", "/v1/users/me")).status_code == 200


async def test_a_day_has_so_many_tokens_and_the_next_day_new_ones() -> None:
    async with open_account(Limits(daily_tokens=12)) as account:
        await new_deal(account)
        await new_deal(account)
        assert (account.pipedrive.tokens_remaining, account.pipedrive.tokens_spent) == (2, 10)
        answer = await account.raw("GET", "/api/v2/deals")
        assert (answer.status_code, answer.headers["x-daily-ratelimit-token-remaining"]) == (429, "0")
        with pytest.raises(BudgetExhausted) as over:
            await new_deal(account)
        account.time.pass_by(over.value.retry_after or 0)
        assert (await new_deal(account)).id == 3


async def test_a_lead_becomes_a_deal_with_everything(account: Account) -> None:
    field = await account.pipedrive.create_deal_field("Offer number", "varchar")
    lead = await account.pipedrive.create_lead(
        LeadWrite(title="Met at a fair", organization_id=1, custom_fields={field.field_code: "S580"})
    )
    assert lead.custom_fields == {field.field_code: "S580"}
    await account.raw("POST", "/v1/notes", {"content": "<p>x</p>", "lead_id": lead.id})
    await account.pipedrive.convert_lead(lead.id, 3)
    (deal,) = account.sandbox.state()["deals"]
    assert (deal["org_id"], deal["stage_id"], deal["source_lead_id"]) == (1, 3, lead.id)
    assert deal["custom_fields"] == {field.field_code: "S580"}
    assert [note["deal_id"] for note in account.sandbox.state()["notes"]] == [deal["id"]]
    with pytest.raises(Permanent):
        await account.pipedrive.get_lead(lead.id)


async def test_subscribers_hear_what_happened_in_the_shape_of_webhooks(account: Account) -> None:
    field = await account.pipedrive.create_deal_field("Offer hours", "double")
    webhook = await subscribe(account)
    deal = await new_deal(account, custom_fields={field.field_code: Decimal("37.5")})
    await account.edit(deal.id, 104, status="lost", lost_reason="Price", custom_fields={field.field_code: 40})
    await account.raw("DELETE", f"/api/v2/deals/{deal.id}")
    await account.sandbox.settle()
    made, changed, gone = (parse_webhook(body) for _, _, body in account.subscriber.got)
    assert (made.action, made.user_id, made.change_source, made.previous) == ("create", API_USER, "api", None)
    assert made.data is not None
    assert made.data["custom_fields"] == {field.field_code: 37.5}
    assert (changed.action, changed.user_id, changed.change_source) == ("change", 104, "app")
    assert changed.previous is not None
    assert changed.previous["custom_fields"] == {field.field_code: 37.5}
    assert changed.previous["status"] == "open"
    assert (gone.action, gone.data, gone.entity_id, gone.webhook_id) == ("delete", None, deal.id, webhook)
    raw = account.subscriber.events()[0]
    assert raw["data"]["custom_fields"][field.field_code] == {"type": "double", "value": 37.5}
    assert (raw["data"]["visible_to"], raw["meta"]["entity_id"]) == ("3", "1")
    _, headers, _ = account.subscriber.got[0]
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == f"pipedrive:{PASSWORD}".encode()


async def test_a_failed_delivery_is_repeated_three_times_then_lost(account: Account) -> None:
    await subscribe(account, "create")
    account.subscriber.statuses = [500, 500, 500, 500]
    await new_deal(account)
    await account.sandbox.settle()
    assert [event["meta"]["attempt"] for event in account.subscriber.events()] == [1, 2, 3, 4]
    assert account.time.slept == [3.0, 30.0, 150.0]
    assert len({event["meta"]["id"] for event in account.subscriber.events()}) == 1
    await account.pipedrive.update_deal(1, DealChanges(title="S581"))
    await account.sandbox.settle()
    assert len(account.subscriber.got) == 4


async def test_ten_failures_ban_a_subscriber_and_three_days_end_it(account: Account) -> None:
    webhook = await subscribe(account)
    account.subscriber.statuses = [500, 200] * 10
    for _ in range(12):
        await new_deal(account)
        await account.sandbox.settle()
    assert {event["meta"]["entity_id"] for event in account.subscriber.events()} == {str(n) for n in range(1, 11)}
    account.time.pass_by(30 * 60)
    await new_deal(account)
    await account.sandbox.settle()
    assert account.subscriber.events()[-1]["meta"]["entity_id"] == "13"
    account.time.pass_by(3 * 86_400)
    account.subscriber.statuses = [500]
    await new_deal(account)
    await account.sandbox.settle()
    assert webhook not in [row.id for row in await account.pipedrive.webhooks()]


async def test_the_state_shows_neither_token_nor_password(account: Account) -> None:
    await subscribe(account)
    shown = str(account.sandbox.state())
    assert "webhooks/pipedrive" in shown
    assert TOKEN not in shown
    assert PASSWORD not in shown
