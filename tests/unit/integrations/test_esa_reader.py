"""One item of the portal, well-formed or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.esa import EsaApi, TenderRecord, TenderSource, Unreadable
from integrations.esa.plain_text import LONGEST_LINE, LONGEST_TEXT, tidy_line, tidy_text
from integrations.esa.portal_time import NotAMomentError, read_moment
from integrations.esa.reader import RecordReader, content_hash_of
from tests.unit.integrations.doubles import MakeItem

API = EsaApi()
PARIS = "Europe/Paris"


def reader(source: TenderSource = TenderSource.ESA) -> RecordReader:
    return RecordReader(API, API.listings[source])


def read(item: object, source: TenderSource = TenderSource.ESA) -> tuple[TenderRecord | Unreadable, RecordReader]:
    used = reader(source)
    return used.read(item, content_hash_of(item)), used


def record(item: object, source: TenderSource = TenderSource.ESA) -> TenderRecord:
    result, used = read(item, source)
    assert isinstance(result, TenderRecord)
    assert used.diagnostics == []
    return result


def test_a_whole_item(portal_item: MakeItem) -> None:
    item = portal_item()
    got = record(item)
    assert (got.source, got.native_id, got.tanumber) == (TenderSource.ESA, "300500", "1-20500")
    assert got.raw_title == "READER TEST BENCH - EXPRO+"
    assert got.url == "https://esastar-publication-ext.sso.esa.int/ESATenderActions/details/300500"
    assert (got.type_id, got.status_id, got.stage_number) == (5, 2, None)
    assert got.opens_at == datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
    assert got.closes_at == datetime(2026, 12, 14, 12, 0, tzinfo=UTC)
    assert got.clarification_at == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    assert got.extension_at is None
    assert got.published_at == datetime(2026, 10, 1, 7, 54, 7, tzinfo=UTC)
    assert got.countries == ("BE", "FR")
    assert (got.products, got.technologies) == ((94,), (161, 199))
    assert (got.is_cancelled, got.is_archived, got.is_reissued, got.is_to_be_reissued) == (False,) * 4
    assert got.raw == item


def test_an_item_of_another_entity(portal_item: MakeItem) -> None:
    item = portal_item(
        abstract="Panels &amp; inserts",
        priceRange="> 500 KEURO",
        programmeReference="FutureEO",
        lastUpdateTime="2026-10-02T00:00:00",
        externalEntity={"entityName": "PRIME CONTRACTOR", "entityId": 1},
    )
    del item["description"]
    got = record(item, TenderSource.ESA_NON_ESA)
    assert got.description == "Panels & inserts"
    assert (got.price_range, got.entity_name, got.programme) == ("> 500 KEURO", "PRIME CONTRACTOR", "FutureEO")
    assert got.updated_at == datetime(2026, 10, 1, 22, 0, tzinfo=UTC)
    assert got.url.endswith("/nonEsaTenderActions/details/300500")


def test_id_and_title_are_enough() -> None:
    got = record({"id": 5, "title": "A"})
    assert (got.native_id, got.raw_title, got.countries, got.closes_at) == ("5", "A", (), None)


def test_unknown_codes_stay_visible(portal_item: MakeItem) -> None:
    got = record(portal_item(countries=[{"id": 118}, {"id": 12}, {"id": 117}], status={"id": 4}, tenderType={"id": 99}))
    assert got.countries == ("FR", "Unknown (117)", "Unknown (118)")
    assert (got.status_id, got.type_id) == (4, 99)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (None, "the item is null, not an object"),
        ("text", "the item is a text, not an object"),
        ([1], "the item is a list, not an object"),
        ({"title": "A"}, "no id"),
        ({"id": None, "title": "A"}, "no id"),
        ({"id": True, "title": "A"}, "the id is a flag that cannot be used"),
        ({"id": 1.5, "title": "A"}, "the id is a number that cannot be used"),
        ({"id": -1, "title": "A"}, "the id is a number that cannot be used"),
        ({"id": " ", "title": "A"}, "the id is a text that cannot be used"),
        ({"id": {"id": 1}, "title": "A"}, "the id is an object that cannot be used"),
        ({"id": 1}, "no title"),
        ({"id": 1, "title": " \n"}, "the title is a text that cannot be used"),
        ({"id": 1, "title": ["A"]}, "the title is a list that cannot be used"),
    ],
)
def test_what_has_no_id_or_title_is_kept_with_the_reason(item: object, why: str) -> None:
    result, _ = read(item)
    assert isinstance(result, Unreadable)
    assert (result.raw, result.why) == (item, why)


def test_an_item_nested_too_deeply_is_reported() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    result, _ = read({"id": 1, "title": "A", "extra": deep})
    assert isinstance(result, Unreadable)
    assert result.why == "nested too deeply"


@pytest.mark.parametrize(
    ("key", "value", "attribute", "expected"),
    [
        ("closingDate", 12, "closes_at", None),
        ("closingDate", "14/12/2026", "closes_at", None),
        ("closingDate", "0001-01-01T00:00:00", "closes_at", None),
        ("tanumber", 5, "tanumber", None),
        ("description", ["a"], "description", ""),
        ("status", 2, "status_id", None),
        ("status", {"id": "2"}, "status_id", None),
        ("tenderType", {"id": 2**40}, "type_id", None),
        ("countries", "FR", "countries", ()),
        ("products", [{"id": 94}, {"name": "x"}], "products", (94,)),
        ("technologies", [{"id": True}], "technologies", ()),
        ("isCancelled", "yes", "is_cancelled", False),
        ("stageNumber", "1", "stage_number", None),
        ("externalEntity", "PRIME", "entity_name", None),
        ("externalEntity", {"entityName": 5}, "entity_name", None),
        ("products", [{"id": n} for n in range(1_001)], "products", tuple(range(1_000))),
    ],
)
def test_an_optional_field_of_another_type_costs_only_itself(
    portal_item: MakeItem, key: str, value: object, attribute: str, expected: object
) -> None:
    result, used = read(portal_item(**{key: value}))
    assert isinstance(result, TenderRecord)
    assert getattr(result, attribute) == expected
    assert [(d.native_id, d.why != "") for d in used.diagnostics] == [("300500", True)]
    assert used.diagnostics[0].field in {key, "entityName"}


def test_the_hash_ignores_key_order_and_who_looks_but_no_content(portal_item: MakeItem) -> None:
    item = portal_item()
    backwards = dict(reversed(item.items()))
    assert content_hash_of(item) == content_hash_of(backwards | {"isNew": True, "isFavourite": True})
    assert content_hash_of(item) != content_hash_of(item | {"closingDate": "2026-12-15T13:00:00"})
    assert content_hash_of(item) != content_hash_of(item | {"somethingNew": 1})


def test_an_id_that_is_text_cannot_leave_its_place_in_the_url(portal_item: MakeItem) -> None:
    assert record(portal_item(id="../x?y#z")).url.endswith("/details/..%2Fx%3Fy%23z")


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-07-01T13:00:00", "2026-07-01T11:00:00"),
        ("2026-12-01T13:00:00", "2026-12-01T12:00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00"),  # occurs twice: the first one
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00"),  # does not occur: 03:30 summer time
        ("2026-12-01T13:00:00Z", "2026-12-01T13:00:00"),
        ("2026-12-01T13:00:00+05:00", "2026-12-01T08:00:00"),
        ("2026-12-01T13:00:00.123", "2026-12-01T12:00:00.123000"),
        (" 2026-12-01 ", "2026-11-30T23:00:00"),
    ],
)
def test_portal_times(local: str, utc: str) -> None:
    assert read_moment(local, PARIS) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T00:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_no_portal_times(text: str) -> None:
    with pytest.raises(NotAMomentError):
        read_moment(text, PARIS)


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        ("plain", "plain"),
        ("a\r\n\r\n\r\n\r\nb\tc  d", "a\n\nb c d"),
        ("<p>one</p><p>two &amp; three</p>", "one\n\ntwo & three"),
        ("a<br/>b<b>c</b>", "a\nbc"),
        ("mass < 5 kg and length > 3 m", "mass < 5 kg and length > 3 m"),
        ("&lt;p&gt;twice&lt;/p&gt;", "twice"),
        ("<script>alert(1)</script>after<!-- hidden -->", "after"),
        ("zero\x00 width\ufeff \ud800", "zero width"),
        ("", ""),
    ],
)
def test_tidy_text(given: str, tidy: str) -> None:
    assert tidy_text(given) == tidy


def test_a_title_of_nothing_but_tags_stays(portal_item: MakeItem) -> None:
    assert record(portal_item(title=" <SCRIPT>\n ")).raw_title == "<SCRIPT>"


def test_texts_have_an_end() -> None:
    assert len(tidy_text("a" * 10**6)) == LONGEST_TEXT
    assert len(tidy_line("a b\n" * 10**5)) <= LONGEST_LINE
    assert tidy_text("<" * 200_000) == "<" * LONGEST_TEXT
    assert tidy_text("<script>" * 10_000) == ""
