"""The portal sandbox: strict about what it is asked, and alive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from integrations.esa import Batch, EsaApi, EsaSource, TenderSource
from integrations.http import Transport
from integrations.sandbox.esa import EsaPortal, made_up_drafts
from integrations.sandbox.esa.listing import closing_moment
from tests.unit.integrations.doubles import START, RunningSandbox, VirtualTime

ESA = "/esa/api/tenderAction/filter/50?all=true&sortBy=FirstPublicationDate&sortDir=1"


async def listing(running: RunningSandbox, path: str = ESA) -> list[dict[str, Any]]:
    answer = await running.client.get(running.url + path)
    assert answer.status_code == 200, answer.text
    payload = answer.json()
    assert payload.keys() == {"total", "items"}
    items: list[dict[str, Any]] = payload["items"]
    return items


async def fetch(
    running: RunningSandbox, virtual_time: VirtualTime, source: TenderSource, known: Batch | None = None
) -> Batch:
    api = EsaApi(base_url=f"{running.url}/esa")
    transport = Transport("esa", running.client, api.policy(), virtual_time.clock())
    pairs = frozenset((r.native_id, r.content_hash) for r in known.records) if known else frozenset[tuple[str, str]]()
    return await EsaSource(transport, api, source).fetch(pairs)


@pytest.mark.parametrize("source", list(TenderSource))
async def test_the_client_reads_the_sandbox_without_complaint(
    running: RunningSandbox, virtual_time: VirtualTime, source: TenderSource
) -> None:
    while running.sandbox.esa.listings.waiting:
        running.sandbox.esa.listings.publish()
    batch = await fetch(running, virtual_time, source)
    assert (batch.unreadable, batch.diagnostics) == ((), ())
    assert len(batch.records) == (13 if source is TenderSource.ESA else 2)


async def test_newest_first_and_paged(running: RunningSandbox) -> None:
    items = await listing(running)
    published = [item["firstPublicationDate"] for item in items]
    assert published == sorted(published, reverse=True)
    assert await listing(running, ESA.replace("/50", "/2/3")) == items[3:5]
    assert await listing(running, ESA.replace("/50", "/2/99")) == []


@pytest.mark.parametrize(
    "path",
    [
        "/50?all=true&unknown=1",
        "/50?all=maybe",
        "/50?all=true&all=true",
        "/101?all=true",
        "/0?all=true",
        "/ten?all=true",
        "/10/x?all=true",
        "/10?sortBy=Title",
        "/10?sortDir=0",
        "/10?tType=x",
        "/10?pDateFrom=yesterday",
        "/10?s=text",
        "/10?cDateF=2026-01-01T00:00:05.000Z",
    ],
)
async def test_what_the_portal_is_not_known_to_understand_is_refused(running: RunningSandbox, path: str) -> None:
    answer = await running.client.get(f"{running.url}/esa/api/tenderAction/filter{path}")
    assert answer.status_code == 400
    assert answer.json()["message"]


async def test_all_belongs_to_one_listing_only(running: RunningSandbox) -> None:
    answer = await running.client.get(f"{running.url}/esa/api/nonESATA/filter/10?all=true")
    assert answer.status_code == 400


async def test_the_filters(running: RunningSandbox) -> None:
    everything = await listing(running)
    assert {item["status"]["id"] for item in await listing(running, "/esa/api/tenderAction/filter/50")} == {1, 2}
    calls = await listing(running, f"{ESA}&tType=7")
    assert [item["tenderType"]["id"] for item in calls] == [7]
    norway = await listing(running, f"{ESA}&c=168")
    assert 0 < len(norway) < len(everything)
    since = (START - timedelta(days=31)).strftime("%Y-%m-%dT00:00:05.000Z")
    recent = await listing(running, f"{ESA}&pDateFrom={since}")
    assert {item["tanumber"] for item in recent} == {"1-20101", "1-20097"}


async def test_a_tender_lives(running: RunningSandbox, virtual_time: VirtualTime) -> None:
    known = await fetch(running, virtual_time, TenderSource.ESA)
    fresh = await running.control("/esa/_control/publish")
    assert fresh["waiting"] == 6
    number = fresh["id"]

    async def seen() -> Any:  # noqa: ANN401 - a record, whose optional fields the test knows to be there
        records = (await fetch(running, virtual_time, TenderSource.ESA, known)).records
        return next(record for record in records if record.native_id == str(number))

    first = await seen()
    assert first.published_at == virtual_time.now().replace(microsecond=0) - timedelta(seconds=1)
    await running.control("/esa/_control/deadline", id=number, days=14)
    moved = await seen()
    assert (moved.closes_at - first.closes_at).days in {13, 14}
    assert moved.clarification_at > first.clarification_at
    await running.control("/esa/_control/cancel", id=number)
    assert (await seen()).is_cancelled
    await running.control("/esa/_control/close", id=number)
    closed = await seen()
    assert (closed.status_id, closed.closes_at <= virtual_time.now()) == (5, True)


async def test_a_change_moves_a_tender_to_the_top_of_the_updated_ones(
    running: RunningSandbox, virtual_time: VirtualTime
) -> None:
    by_update = ESA.replace("FirstPublicationDate", "LastUpdateTime")
    last = (await listing(running, by_update))[-1]
    virtual_time.pass_by(60)
    await running.control("/esa/_control/deadline", id=last["id"], days=3)
    assert (await listing(running, by_update))[0]["id"] == last["id"]
    assert (await listing(running))[0]["id"] != last["id"]


async def test_a_change_of_another_entity_s_tender_is_dated(running: RunningSandbox, virtual_time: VirtualTime) -> None:
    path = "/esa/api/nonESATA/filter/10?tType=5&isF=false&isA=false&sortBy=LastUpdateTime&sortDir=1"
    before = (await listing(running, path))[0]
    await running.control("/esa/_control/deadline", id=before["id"], days=3)
    after = (await listing(running, path))[0]
    assert after["lastUpdateTime"] > before["lastUpdateTime"]


async def test_an_intended_tender_is_issued(running: RunningSandbox) -> None:
    intended = next(item for item in await listing(running) if item["status"]["id"] == 1)
    assert intended["closingDate"] is None
    issued = await running.control("/esa/_control/issue", id=intended["id"], closes_in_days=30)
    assert issued["status"] == {"id": 2}
    assert issued["closingDate"].endswith("T13:00:00")


async def test_an_intended_tender_can_get_a_first_closing_date(running: RunningSandbox) -> None:
    intended = next(item for item in await listing(running) if item["status"]["id"] == 1)
    assert (await running.control("/esa/_control/deadline", id=intended["id"], days=20))["closingDate"] is not None


async def test_a_re_issue_keeps_the_number_and_marks_the_old_one(running: RunningSandbox) -> None:
    old = (await listing(running))[0]
    new = await running.control("/esa/_control/reissue", id=old["id"])
    assert new["id"] != old["id"]
    assert (new["tanumber"], new["isReissued"]) == (old["tanumber"], False)
    assert new["title"].endswith("RE-ISSUE")
    items = {item["id"]: item for item in await listing(running)}
    assert items[old["id"]]["isReissued"] is True


async def test_a_waiting_re_issue_marks_the_old_one_too(running: RunningSandbox) -> None:
    while running.sandbox.esa.listings.waiting:
        running.sandbox.esa.listings.publish()
    boom = [item for item in await listing(running) if item["tanumber"] == "1-20088"]
    assert [item["isReissued"] for item in boom] == [False, True]


async def test_a_tender_of_one_s_own(running: RunningSandbox) -> None:
    made = await running.control(
        "/esa/_control/publish", title="OWN TENDER", text="Text", status=1, closes_in_days=None, technologies=[5]
    )
    assert (made["title"], made["closingDate"], made["waiting"]) == ("OWN TENDER", None, 7)
    other = await running.control("/esa/_control/publish", title="OWN", entity="PRIME", price_range="> 500 KEURO")
    assert other["externalEntity"]["entityName"] == "PRIME"


async def test_nothing_left_to_publish_is_said(running: RunningSandbox) -> None:
    running.sandbox.esa.listings.waiting.clear()
    answer = await running.client.post(f"{running.url}/esa/_control/publish")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("control", "body", "status"),
    [
        ("cancel", {"id": 1}, 404),
        ("cancel", {}, 400),
        ("cancel", {"id": 300_001, "extra": 1}, 400),
        ("deadline", {"id": 300_001}, 400),
        ("publish", {"titel": "x"}, 400),
    ],
)
async def test_controls_refuse_what_makes_no_sense(
    running: RunningSandbox, control: str, body: dict[str, Any], status: int
) -> None:
    answer = await running.client.post(f"{running.url}/esa/_control/{control}", json=body)
    assert answer.status_code == status


async def test_a_control_s_body_must_be_json(running: RunningSandbox) -> None:
    answer = await running.client.post(f"{running.url}/esa/_control/cancel", content=b"\xff{")
    assert answer.status_code == 400


async def test_the_pages_a_person_opens(running: RunningSandbox) -> None:
    running.sandbox.esa.listings.publish()
    number = max(running.sandbox.esa.listings.tenders)
    page = await running.client.get(f"{running.url}/esa/ESATenderActions/details/{number}")
    assert "THERMAL PROTECTION" in page.text
    assert page.headers["Content-Security-Policy"] == "default-src 'none'"
    made = await running.control("/esa/_control/publish", title="<img src=x>", entity="PRIME")
    page = await running.client.get(f"{running.url}/esa/nonEsaTenderActions/details/{made['id']}")
    assert "<img" not in page.text
    for missing in ("1", "x"):
        gone = await running.client.get(f"{running.url}/esa/ESATenderActions/details/{missing}")
        assert gone.status_code == 404
    shell = await running.client.get(f"{running.url}/esa/ESATenderActions/filter/open")
    assert "<app-root>" in shell.text


async def test_tenders_can_release_themselves(virtual_time: VirtualTime) -> None:
    released = asyncio.Event()
    count = 0

    async def sleep(seconds: float) -> None:
        nonlocal count
        assert seconds == 20.0
        count += 1
        if count > 2:
            released.set()
            await asyncio.Event().wait()

    portal = EsaPortal(virtual_time.now, started_at=START, release_every_s=20.0, sleep=sleep)
    waiting = len(portal.listings.waiting)
    async with TestServer(portal.application()):
        await asyncio.wait_for(released.wait(), 5)
        assert len(portal.listings.waiting) == waiting - 2


async def test_releasing_ends_by_itself(virtual_time: VirtualTime) -> None:
    portal = EsaPortal(virtual_time.now, started_at=START, release_every_s=1.0, sleep=virtual_time.sleep)
    async with TestServer(portal.application()):
        for _ in range(100):
            await asyncio.sleep(0)
        assert portal.listings.waiting.maxlen is None
        assert len(portal.listings.waiting) == 0


def test_a_closing_never_falls_on_a_week_end() -> None:
    for days in range(14):
        closing = closing_moment(datetime(2026, 10, 20, 10, 0, tzinfo=UTC), days)
        assert closing.weekday() < 5
        assert closing.hour in {11, 12}


def test_the_made_up_tenders_show_the_portal_s_habits() -> None:
    drafts = made_up_drafts()
    titles = " | ".join(draft.title for draft in drafts)
    for habit in ("EXPRO+", "EXPRO PLUS", "RE-ISSUE", "ARTES AT", "STAGE 1", "🛰"):
        assert habit in titles
    assert any("C(1)" in draft.text for draft in drafts)
    assert any(draft.is_cancelled for draft in drafts)
    assert any(draft.closes_in_days is None for draft in drafts)
    assert sum(draft.entity is not None and draft.price_range is not None for draft in drafts) == 2
