"""The Pipedrive client against answers made by hand: what goes out, what it costs, and what may go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest
from pydantic import ValidationError

from integrations.errors import Authentication, Configuration, Drift, OutcomeUnknown, Permanent, Transient
from integrations.http import new_client
from integrations.pipedrive import (
    Blocked,
    BudgetExhausted,
    DealChanges,
    DealStatus,
    DealWrite,
    LeadAmount,
    LeadWrite,
    Pipedrive,
    PipedriveSettings,
    WebhookWrite,
    read_refusal,
)
from tests.unit.integrations.doubles import VirtualTime

TOKEN = "made-up-token"
SOMEBODY = "user:pw"
CODE = "ab" * 20
Reply = Callable[[httpx.Request], httpx.Response]
Asked = list[httpx.Request]
Make = Callable[..., tuple[Pipedrive, Asked]]


def deal(number: int = 7, **more: object) -> dict[str, Any]:
    return {"id": number, "title": "S580", "status": "open", "custom_fields": {}} | more


def success(data: object, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "data": data, **more})


@pytest.fixture
async def make(virtual_time: VirtualTime) -> AsyncIterator[Make]:
    """Makes a client whose calls are answered in turn, the last answer again and again."""
    clients: list[httpx.AsyncClient] = []

    def build(*replies: httpx.Response | Reply, **settings: object) -> tuple[Pipedrive, Asked]:
        asked: Asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            reply = replies[min(len(asked), len(replies)) - 1]
            return reply(request) if callable(reply) else reply

        client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        clients.append(client)
        account = PipedriveSettings("https://company.pipedrive.com", TOKEN, **settings)  # type: ignore[arg-type]
        return Pipedrive(account, client, virtual_time.clock()), asked

    yield build
    for client in clients:
        await client.aclose()


async def test_the_token_goes_in_its_header_and_nowhere_else(make: Make) -> None:
    pipedrive, asked = make(success(deal()))
    await pipedrive.get_deal(7)
    assert asked[0].headers["x-api-token"] == TOKEN
    assert TOKEN not in str(asked[0].url)
    assert TOKEN not in repr(PipedriveSettings("https://company.pipedrive.com", TOKEN))


@pytest.mark.parametrize(
    "base_url",
    [
        "http://company.pipedrive.com", "https://pipedrive.com.attacker.example", "https://attackerpipedrive.com", "",
        "https://company.pipedrive.com?x=1", f"https://{SOMEBODY}@company.pipedrive.com", "ftp://127.0.0.1", "https://[",
    ],
)  # fmt: skip
def test_an_address_the_token_must_not_reach_is_refused(base_url: str) -> None:
    with pytest.raises(Configuration):
        PipedriveSettings(base_url, TOKEN)


@pytest.mark.parametrize("token", ["", "töken", "line\nbreak"])
def test_a_token_no_header_can_hold_is_refused(token: str) -> None:
    with pytest.raises(Configuration) as refused:
        PipedriveSettings("http://127.0.0.1:8099/pipedrive", token)
    assert not token or token not in str(refused.value)


async def test_money_days_and_custom_fields_go_out_as_the_service_wants_them(make: Make) -> None:
    pipedrive, asked = make(success(deal(value=125000.5, currency="EUR", expected_close_date="2026-12-15")))
    given = await pipedrive.create_deal(
        DealWrite(
            title=" S580 ",
            value=Decimal("125000.50"),
            currency="EUR",
            expected_close_date=date(2026, 12, 15),
            custom_fields={CODE: Decimal("37.25")},
        )
    )
    assert orjson.loads(asked[0].content) == {
        "title": "S580", "value": 125000.5, "currency": "EUR", "expected_close_date": "2026-12-15",
        "custom_fields": {CODE: 37.25},
    }  # fmt: skip
    assert (str(given.value), given.expected_close_date) == ("125000.50", date(2026, 12, 15))


async def test_a_change_holds_only_what_was_given(make: Make) -> None:
    pipedrive, asked = make(success(deal()))
    await pipedrive.update_deal(7, DealChanges(status="lost", lost_reason="Price"))
    await pipedrive.update_deal(7, DealChanges(custom_fields={CODE: None}))
    assert [orjson.loads(request.content) for request in asked] == [
        {"status": "lost", "lost_reason": "Price"},
        {"custom_fields": {CODE: None}},
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"offer_number": "S580"},
        {"title": ""},
        {"title": "x" * 256},
        {"title": None},
        {"status": "deleted"},
        {"value": Decimal(1)},
        {"value": Decimal("1.001"), "currency": "EUR"},
        {"value": Decimal("NaN"), "currency": "EUR"},
        {"value": Decimal(-1), "currency": "EUR"},
        {"value": Decimal(10) ** 12, "currency": "EUR"},
        {"value": Decimal(1), "currency": "euro"},
        {"lost_reason": "Price"},
        {"probability": 101},
        {"expected_close_date": None},
        {"org_id": 0},
        {"stage_id": "3"},
        {"custom_fields": {"Offer number": "S580"}},
        {"custom_fields": {CODE: []}},
        {"custom_fields": {CODE: float("nan")}},
        {"custom_fields": {CODE: Decimal("Infinity")}},
        {"custom_fields": {CODE: object()}},
        {"custom_fields": {CODE: "x" * 65_001}},
    ],
)
def test_what_the_service_would_refuse_or_misread_is_never_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DealChanges(**wrong)


def test_a_lead_needs_somebody_and_spreads_its_amounts() -> None:
    with pytest.raises(ValidationError, match="organization or a person"):
        LeadWrite(title="Met at a fair")
    lead = LeadWrite(
        title="Met at a fair",
        person_id=3,
        value=LeadAmount(amount=Decimal(9), currency="EUR"),
        custom_fields={CODE: {"value": Decimal("2.5"), "currency": "USD"}},
    )
    assert lead.body() == {
        "title": "Met at a fair", "person_id": 3, "value": {"amount": 9.0, "currency": "EUR"},
        CODE: 2.5, f"{CODE}_currency": "USD",
    }  # fmt: skip


def test_a_subscription_does_not_show_its_password() -> None:
    webhook = WebhookWrite(
        subscription_url="https://offerdesk.example/hook", event_action="*", event_object="deal", name="Offerdesk",
        http_auth_user="pipedrive", http_auth_password="made-up-password",  # pragma: allowlist secret
    )  # fmt: skip
    assert "made-up-password" not in repr(webhook)
    assert webhook.body()["http_auth_password"] == "made-up-password"  # pragma: allowlist secret


async def test_more_custom_fields_than_can_be_asked_for(make: Make) -> None:
    pipedrive, asked = make(success(deal()))
    with pytest.raises(Configuration, match="at most 15"):
        await pipedrive.get_deal(7, [f"{number:040x}" for number in range(16)])
    assert not asked


async def test_pages_are_walked_to_the_end(make: Make) -> None:
    pipedrive, asked = make(
        success([deal(1), deal(2)], additional_data={"next_cursor": "abc"}),
        success([deal(3)], additional_data={"next_cursor": None}),
    )
    since = datetime(2026, 11, 23, 9, 0, 0, 700_000, tzinfo=UTC)
    found = [row.id async for row in pipedrive.deals(since, status=DealStatus.LOST)]
    assert found == [1, 2, 3]
    assert asked[0].url.params["updated_since"] == "2026-11-23T09:00:00Z"
    assert asked[0].url.params["limit"] == "500"
    assert "cursor" not in asked[0].url.params
    assert asked[1].url.params["cursor"] == "abc"
    assert pipedrive.tokens_spent == 20


async def test_pages_that_go_in_circles_end(make: Make) -> None:
    pipedrive, _ = make(success([deal(1)], additional_data={"next_cursor": "abc"}))
    with pytest.raises(Drift, match="circles"):
        assert [row async for row in pipedrive.deals()]


@pytest.mark.parametrize(
    "pages",
    [
        [{"pagination": {"more_items_in_collection": True, "next_start": 2}}, {"pagination": {}}],
        [{"start": 0, "limit": 500, "more_items_in_collection": True}, {}],
    ],
)
async def test_both_ways_of_v1_to_say_that_there_is_more(make: Make, pages: list[dict[str, Any]]) -> None:
    rows = [{"id": number, "content": "x"} for number in (1, 2)]
    pipedrive, asked = make(success(rows, additional_data=pages[0]), success([], additional_data=pages[1]))
    assert [note.id async for note in pipedrive.notes(7)] == [1, 2]
    assert [request.url.params["start"] for request in asked] == ["0", "2"]


@pytest.mark.parametrize("row", [{"id": 7, "name": "S580"}, {"result_score": 1.2, "item": {"id": 7}}])
async def test_a_search_row_is_read_in_both_shapes_and_believed_only_after_a_look(
    make: Make, row: dict[str, Any]
) -> None:
    pipedrive, _ = make(success([row, row]), success(deal(custom_fields={CODE: "S580"})))
    assert [found.id for found in await pipedrive.find_deals(CODE, "S580")] == [7]
    pipedrive, _ = make(success([row]), success(deal(custom_fields={CODE: "s580"})))
    assert await pipedrive.find_deals(CODE, "S580") == ()


async def test_a_hit_that_is_gone_meanwhile_is_no_hit(make: Make) -> None:
    pipedrive, _ = make(success([{"id": 7}, {"id": 8}]), httpx.Response(404, json={"success": False}),
                        success(deal(8, custom_fields={CODE: 37.0})))  # fmt: skip
    assert [found.id for found in await pipedrive.find_deals(CODE, "37")] == [8]


async def test_a_creation_whose_answer_is_lost_is_not_sent_again(make: Make) -> None:
    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    pipedrive, asked = make(cut)
    with pytest.raises(OutcomeUnknown):
        await pipedrive.create_deal(DealWrite(title="S580"))
    assert len(asked) == 1
    with pytest.raises(OutcomeUnknown):
        await pipedrive.create_note(7, "<p>x</p>")
    with pytest.raises(Transient):
        await pipedrive.update_deal(7, DealChanges(title="S580"))
    assert len(asked) == 5


async def test_a_burst_waits_at_least_two_seconds_and_at_most_ten(make: Make, virtual_time: VirtualTime) -> None:
    busy = httpx.Response(429, headers={"retry-after": "1", "x-daily-ratelimit-token-remaining": "900"})
    pipedrive, _ = make(busy, success(deal()))
    await pipedrive.create_deal(DealWrite(title="S580"))
    assert virtual_time.slept == [2.0]
    pipedrive, _ = make(httpx.Response(429, headers={"x-ratelimit-reset": "60"}), success(deal()))
    await pipedrive.get_deal(7)
    assert virtual_time.slept == [2.0, 10.0]


async def test_a_used_up_day_is_over_until_midnight_and_then_asked_hourly(
    make: Make, virtual_time: VirtualTime
) -> None:
    empty = httpx.Response(429, headers={"retry-after": "3", "x-daily-ratelimit-token-remaining": "0"})
    pipedrive, asked = make(empty)
    with pytest.raises(BudgetExhausted) as over:
        await pipedrive.get_deal(7)
    assert over.value.retry_after == 16 * 3600
    with pytest.raises(BudgetExhausted):
        await pipedrive.me()
    assert len(asked) == 1
    virtual_time.pass_by(16 * 3600)
    with pytest.raises(BudgetExhausted) as still:
        await pipedrive.get_deal(7)
    assert still.value.retry_after == 3600
    assert len(asked) == 2


async def test_a_call_dearer_than_what_is_left_is_not_made(make: Make, virtual_time: VirtualTime) -> None:
    headers = {"x-daily-ratelimit-token-remaining": "7", "x-daily-ratelimit-token-limit": "30000"}
    pipedrive, asked = make(httpx.Response(200, json={"data": deal()}, headers=headers))
    await pipedrive.get_deal(7)
    assert (pipedrive.tokens_remaining, pipedrive.tokens_limit, pipedrive.tokens_spent) == (7, 30000, 1)
    with pytest.raises(BudgetExhausted):
        await pipedrive.users()
    await pipedrive.get_deal(7)
    assert len(asked) == 2
    virtual_time.pass_by(16 * 3600)
    with pytest.raises(Drift):
        await pipedrive.users()
    assert len(asked) == 3


async def test_behind_the_firewall_nothing_is_sent_for_a_while(make: Make, virtual_time: VirtualTime) -> None:
    page = httpx.Response(403, html="<html>Attention Required</html>")
    pipedrive, asked = make(page, success(deal()))
    with pytest.raises(Blocked) as blocked:
        await pipedrive.get_deal(7)
    assert blocked.value.retry_after == 900
    with pytest.raises(Blocked):
        await pipedrive.get_deal(7)
    assert len(asked) == 1
    virtual_time.pass_by(900)
    assert (await pipedrive.get_deal(7)).id == 7


async def test_bursts_and_searches_keep_to_half_of_what_is_allowed(make: Make, virtual_time: VirtualTime) -> None:
    pipedrive, _ = make(success(deal()), requests_per_window=20)
    for _ in range(10):
        await pipedrive.get_deal(7)
    assert virtual_time.seconds == 0
    await pipedrive.get_deal(7)
    assert virtual_time.seconds == 2
    searching, _ = make(success([]))
    for _ in range(6):
        await searching.find_deals(CODE, "S580")
    assert virtual_time.seconds == 4


async def test_why_the_service_refused_can_be_read(make: Make) -> None:
    body = {"success": False, "error": "Validation failed: value", "code": "ERR_SCHEMA_VALIDATION_FAILED"}
    pipedrive, _ = make(httpx.Response(400, json=body))
    with pytest.raises(Permanent) as refused:
        await pipedrive.update_deal(7, DealChanges(title="S580"))
    refusal = read_refusal(refused.value)
    assert refusal is not None
    assert (refusal.code, refusal.text) == ("ERR_SCHEMA_VALIDATION_FAILED", "Validation failed: value")
    assert "Validation" not in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[1]"])
def test_a_refusal_in_another_shape_says_nothing(body: bytes) -> None:
    assert read_refusal(Permanent("pipedrive", "refused", status=400, body=body)) is None
    assert read_refusal(Transient("pipedrive", "down")) is None


async def test_an_unknown_token_is_an_authentication_error_without_the_token(make: Make) -> None:
    pipedrive, _ = make(httpx.Response(401, json={"success": False, "error": "unauthorized access"}))
    with pytest.raises(Authentication) as refused:
        await pipedrive.me()
    assert TOKEN not in f"{refused.value} {refused.value!r}"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=[]),
        httpx.Response(200, html="<html></html>"),
        success(None),
        success({"id": "seven"}),
        success(deal(status="half won")),
        httpx.Response(302, headers={"location": "https://elsewhere.example"}),
    ],
)
async def test_an_answer_in_another_shape_is_drift(make: Make, answer: httpx.Response) -> None:
    pipedrive, _ = make(answer)
    with pytest.raises(Drift):
        await pipedrive.get_deal(7)


async def test_an_answer_without_success_is_a_refusal(make: Make) -> None:
    pipedrive, _ = make(httpx.Response(200, json={"success": False, "error": "no", "code": "feature_capping"}))
    with pytest.raises(Permanent) as refused:
        await pipedrive.get_deal(7)
    refusal = read_refusal(refused.value)
    assert refusal is not None
    assert refusal.code == "feature_capping"


async def test_removing_a_follower_who_is_gone_is_done(make: Make) -> None:
    pipedrive, _ = make(httpx.Response(404, json={"success": False}))
    await pipedrive.remove_follower(7, 1)
    pipedrive, _ = make(httpx.Response(400, json={"success": False}))
    with pytest.raises(Permanent):
        await pipedrive.remove_follower(7, 1)


async def test_ids_cannot_leave_the_path() -> None:
    async with new_client() as client:
        pipedrive = Pipedrive(PipedriveSettings("http://127.0.0.1:9", TOKEN), client)
        with pytest.raises(ValueError, match="badly formed"):
            await pipedrive.get_lead("../users/me")
        assert pipedrive.tokens_spent == 0
