"""The walks through a listing, against a portal of 100 lines that counts what it is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest

from integrations.errors import Drift, DriftReason, Transient
from integrations.esa import Batch, EsaApi, EsaSource, TenderSource
from integrations.http import Transport
from tests.unit.integrations.doubles import MakeItem, VirtualTime


class Portal:
    """Holds items newest first, per order; ``before_answer`` may move them while somebody reads."""

    def __init__(self) -> None:
        self.published: list[Any] = []
        self.updated: list[Any] | None = None
        self.requests: list[httpx.Request] = []
        self.before_answer: Callable[[int], None] = lambda _: None
        self.total: Any = "count"
        self.answer: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.before_answer(len(self.requests))
        if self.answer is not None:
            return self.answer
        items = self.published
        if request.url.params["sortBy"] == "LastUpdateTime" and self.updated is not None:
            items = self.updated
        take, *skip = (int(part) for part in request.url.path.split("/filter/")[1].split("/"))
        start = skip[0] if skip else 0
        payload: dict[str, Any] = {"items": items[start : start + take]}
        if self.total is not None:
            payload["total"] = len(items) if self.total == "count" else self.total
        return httpx.Response(200, content=orjson.dumps(payload))

    def asked(self) -> list[tuple[str, str]]:
        return [(r.url.path.rsplit("/filter/", 1)[1], r.url.params["sortBy"][:5]) for r in self.requests]


Reach = Callable[..., EsaSource]


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
async def reach(portal: Portal, virtual_time: VirtualTime) -> AsyncIterator[Reach]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(portal)) as client:

        def source(which: TenderSource = TenderSource.ESA, **settings: Any) -> EsaSource:  # noqa: ANN401
            api = EsaApi(base_url="https://portal.test/", **({"page_size": 10} | settings))
            return EsaSource(Transport("esa", client, api.policy(), virtual_time.clock()), api, which)

        yield source


def known_of(batch: Batch) -> frozenset[tuple[str, str]]:
    return frozenset((record.native_id, record.content_hash) for record in batch.records)


async def test_the_first_fetch_reads_everything_once(reach: Reach, portal: Portal, portal_item: MakeItem) -> None:
    portal.published = [portal_item(number) for number in range(25, 0, -1)]
    batch = await reach().fetch()
    assert [r.native_id for r in batch.records] == [str(n) for n in range(25, 0, -1)]
    assert portal.asked() == [
        ("10", "First"),
        ("10/10", "First"),
        ("10/20", "First"),
        ("10", "LastU"),
        ("10/10", "LastU"),
        ("10/20", "LastU"),
    ]
    assert (batch.raw_count, batch.total, batch.complete, batch.unchanged) == (50, 25, True, ())
    assert batch.diagnostics == ()


async def test_nothing_new_costs_one_request_per_walk(reach: Reach, portal: Portal, portal_item: MakeItem) -> None:
    portal.published = [portal_item(number) for number in range(100, 0, -1)]
    known = known_of(await reach().fetch())
    portal.requests.clear()
    batch = await reach().fetch(known)
    assert portal.asked() == [("10", "First"), ("10", "LastU")]
    assert batch.records == ()
    assert batch.unchanged == tuple(str(n) for n in range(100, 90, -1))


async def test_news_is_followed_until_known_ground_and_one_page_on(
    reach: Reach, portal: Portal, portal_item: MakeItem
) -> None:
    portal.published = [portal_item(number) for number in range(100, 0, -1)]
    known = known_of(await reach().fetch())
    portal.requests.clear()
    portal.updated = list(portal.published)
    portal.published = [portal_item(number) for number in range(112, 100, -1)] + portal.published
    batch = await reach().fetch(known)
    assert [r.native_id for r in batch.records] == [str(n) for n in range(112, 100, -1)]
    assert [asked for asked, order in portal.asked() if order == "First"] == ["10", "10/10", "10/20", "10/30"]


async def test_a_change_deep_in_the_listing_is_found_by_the_second_walk(
    reach: Reach, portal: Portal, portal_item: MakeItem
) -> None:
    portal.published = [portal_item(number) for number in range(60, 0, -1)]
    known = known_of(await reach().fetch())
    moved = portal_item(3, closingDate="2027-01-15T13:00:00")
    portal.updated = [moved, *(item for item in portal.published if item["id"] != 3)]
    batch = await reach().fetch(known)
    assert [(r.native_id, r.closes_at is not None and r.closes_at.year) for r in batch.records] == [("3", 2027)]
    assert "3" not in batch.unchanged


async def test_records_inserted_while_reading_are_neither_lost_nor_doubled(
    reach: Reach, portal: Portal, portal_item: MakeItem
) -> None:
    portal.published = [portal_item(number) for number in range(40, 0, -1)]

    def insert(request_number: int) -> None:
        if request_number in {2, 3}:
            portal.published.insert(0, portal_item(100 + request_number))

    portal.before_answer = insert
    batch = await reach().fetch()
    ids = [record.native_id for record in batch.records]
    assert len(ids) == len(set(ids))
    assert set(ids) == {str(n) for n in [*range(1, 41), 102, 103]}


async def test_a_record_that_changes_between_the_walks_counts_as_it_is_last(
    reach: Reach, portal: Portal, portal_item: MakeItem
) -> None:
    portal.published = [portal_item(1)]
    portal.updated = [portal_item(1, title="LATER")]
    assert [r.raw_title for r in (await reach().fetch()).records] == ["LATER"]


async def test_the_page_cap_ends_a_walk_and_is_said(reach: Reach, portal: Portal, portal_item: MakeItem) -> None:
    portal.published = [portal_item(number) for number in range(100, 0, -1)]
    batch = await reach(page_cap=3).fetch()
    assert (len(batch.records), batch.complete) == (30, False)
    assert [d.why for d in batch.diagnostics] == [
        "the walk by published stopped at the page cap",
        "the walk by updated stopped at the page cap",
    ]


async def test_a_portal_that_gives_smaller_pages_is_read_whole(
    reach: Reach, portal: Portal, portal_item: MakeItem, virtual_time: VirtualTime
) -> None:
    everything = [portal_item(number) for number in range(12, 0, -1)]

    def four_at_most(request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/filter/")[1].split("/")
        start = int(parts[1]) if len(parts) > 1 else 0
        return httpx.Response(200, json={"total": 12, "items": everything[start : start + 4]})

    api = EsaApi(base_url="https://portal.test", page_size=10)
    async with httpx.AsyncClient(transport=httpx.MockTransport(four_at_most)) as client:
        transport = Transport("esa", client, api.policy(), virtual_time.clock())
        batch = await EsaSource(transport, api, TenderSource.ESA).fetch()
    assert len(batch.records) == 12


async def test_a_portal_that_no_longer_says_its_total(reach: Reach, portal: Portal, portal_item: MakeItem) -> None:
    portal.total = None
    portal.published = [portal_item(number) for number in range(15, 0, -1)]
    batch = await reach().fetch()
    assert (len(batch.records), batch.total) == (15, None)
    assert [(d.field, d.why) for d in batch.diagnostics] == [("total", "missing or not a number")]


async def test_requests_are_polite(
    reach: Reach, portal: Portal, portal_item: MakeItem, virtual_time: VirtualTime
) -> None:
    portal.published = [portal_item(1)]
    await reach(contact="desk@supplier.example\r\nX-Evil: 1").fetch()
    assert virtual_time.slept == [1.0]
    sent = portal.requests[0]
    assert sent.headers["User-Agent"] == "Offerdesk tender reader (contact: desk@supplier.example X-Evil: 1)"
    assert sent.headers["Accept"] == "application/json"
    assert "X-Evil" not in sent.headers
    assert str(sent.url) == (
        "https://portal.test/api/tenderAction/filter/10?all=true&sortBy=FirstPublicationDate&sortDir=1"
    )


async def test_a_busy_portal_gets_more_time(
    reach: Reach, portal: Portal, portal_item: MakeItem, virtual_time: VirtualTime
) -> None:
    portal.published = [portal_item(1)]
    portal.answer = httpx.Response(403)

    def recover(request_number: int) -> None:
        if request_number == 3:
            portal.answer = None

    portal.before_answer = recover
    assert len((await reach().fetch()).records) == 1
    assert virtual_time.slept[:2] == [2.0, 4.0]


async def test_a_portal_that_stays_down_is_transient(reach: Reach, portal: Portal) -> None:
    portal.answer = httpx.Response(503)
    with pytest.raises(Transient):
        await reach().fetch()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(302, headers={"Location": "https://login.test/"}), DriftReason.REDIRECT),
        (httpx.Response(200, html="<app-root></app-root>"), DriftReason.HTML),
        (httpx.Response(200, html="<form>Sign in</form>"), DriftReason.LOGIN),
        (httpx.Response(200, json={"total": 5, "items": []}), DriftReason.EMPTY),
        (httpx.Response(200, json={"total": 0, "items": []}), DriftReason.EMPTY),
        (httpx.Response(200, json={"data": []}), DriftReason.NO_ITEMS),
        (httpx.Response(200, content=b" " * 200_000), DriftReason.TOO_LARGE),
    ],
)
async def test_every_drift_is_a_failure(
    reach: Reach, portal: Portal, answer: httpx.Response, reason: DriftReason
) -> None:
    portal.answer = answer
    with pytest.raises(Drift) as caught:
        await reach(largest_body=100_000).fetch(frozenset({("1", "hash")}))
    assert caught.value.reason is reason


async def test_an_empty_listing_is_possible_only_for_who_knows_nothing(reach: Reach, portal: Portal) -> None:
    assert (await reach().fetch()).records == ()


async def test_required_keys_gone_from_more_than_a_fifth_is_drift(
    reach: Reach, portal: Portal, portal_item: MakeItem
) -> None:
    portal.published = [portal_item(number) for number in range(20, 4, -1)] + [{"name": "x"}] * 4
    batch = await reach(page_size=50).fetch()
    assert (len(batch.records), len(batch.unreadable)) == (16, 1)
    portal.published.append({"id": 5})
    with pytest.raises(Drift) as caught:
        await reach(page_size=50).fetch()
    assert caught.value.reason is DriftReason.KEYS_GONE


async def test_one_unreadable_item_does_not_keep_a_walk_going(
    reach: Reach, portal: Portal, portal_item: MakeItem
) -> None:
    portal.published = [{"id": 1000}, *(portal_item(number) for number in range(50, 0, -1))]
    first = await reach().fetch()
    assert [u.raw for u in first.unreadable] == [{"id": 1000}]
    portal.requests.clear()
    await reach().fetch(known_of(first))
    assert len(portal.requests) == 2


async def test_the_other_listing_has_its_own_path(reach: Reach, portal: Portal, portal_item: MakeItem) -> None:
    portal.published = [portal_item(1, abstract="Text")]
    source = reach(TenderSource.ESA_NON_ESA)
    assert source.source is TenderSource.ESA_NON_ESA
    batch = await source.fetch()
    assert batch.records[0].description == "Text"
    assert portal.requests[0].url.path == "/api/nonESATA/filter/10"
    assert dict(portal.requests[0].url.params)["tType"] == "5"


async def test_the_probe_asks_for_one_record(reach: Reach, portal: Portal, portal_item: MakeItem) -> None:
    portal.published = [portal_item(1), portal_item(2)]
    assert await reach().probe() == 2
    assert [asked for asked, _ in portal.asked()] == ["1"]
