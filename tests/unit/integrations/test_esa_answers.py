"""The envelope, the files people save, and the ways an answer drifts."""

from __future__ import annotations

import json

import orjson
import pytest

from integrations.errors import Drift, DriftReason
from integrations.esa import TenderSource, read_saved
from integrations.esa.answers import read_page
from tests.unit.integrations.doubles import MakeItem


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", DriftReason.NOT_JSON),
        (b"Service unavailable", DriftReason.NOT_JSON),
        (b"\xff\xfe", DriftReason.NOT_JSON),
        (b"[" * 100_000, DriftReason.NOT_JSON),
        (b"<!doctype html><app-root></app-root>", DriftReason.HTML),
        (b"\xef\xbb\xbf <html><body>maintenance</body></html>", DriftReason.HTML),
        (b"<html><form><input type='password'></form></html>", DriftReason.LOGIN),
        (b"<html><title>Log-in</title></html>", DriftReason.LOGIN),
        (b"{}", DriftReason.NO_ITEMS),
        (b"null", DriftReason.NO_ITEMS),
        (b'"items"', DriftReason.NO_ITEMS),
        (b"[]", DriftReason.NO_ITEMS),
        (b'{"total": 3, "items": null}', DriftReason.NO_ITEMS),
        (b'{"total": 3, "items": {"0": {}}}', DriftReason.NO_ITEMS),
        (b'{"total": 3, "items": []}', DriftReason.EMPTY),
        (b'{"items": []}', DriftReason.EMPTY),
        (b'{"total": "3", "items": []}', DriftReason.EMPTY),
    ],
)
def test_drift_is_never_an_empty_listing(body: bytes, reason: DriftReason) -> None:
    with pytest.raises(Drift) as caught:
        read_page("esa", body, skip=0)
    assert caught.value.reason is reason


def test_the_page_after_the_last_may_be_empty() -> None:
    assert read_page("esa", b'{"total": 50, "items": []}', skip=50).items == []
    assert read_page("esa", b'{"total": 0, "items": []}', skip=0).total == 0


@pytest.mark.parametrize("total", ["41", None, True, -1, 1.5])
def test_a_strange_total_is_no_total(total: object) -> None:
    assert read_page("esa", orjson.dumps({"total": total, "items": [{}]}), skip=0).total is None


def test_a_bad_character_costs_only_itself(portal_item: MakeItem) -> None:
    first, second = portal_item(1, title="BROKEN PIECE"), portal_item(2)
    body = json.dumps({"total": 2, "items": [first, second]}).replace("BROKEN", "BROKEN \\ud83d")
    batch = read_saved(body.encode())
    assert [r.native_id for r in batch.records] == ["1", "2"]
    assert batch.records[0].raw_title == "BROKEN ? PIECE"
    assert len(read_saved(body.replace("\\ud83d", "\udcff").encode("utf-8", "surrogateescape")).records) == 2


def test_not_a_number_is_null(portal_item: MakeItem) -> None:
    body = json.dumps({"total": 1, "items": [portal_item(stageNumber=float("nan"))]})
    assert read_saved(body.encode()).records[0].stage_number is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("envelope", [True, False])
def test_a_saved_file_in_any_usual_form(portal_item: MakeItem, encoding: str, *, envelope: bool) -> None:
    items = [portal_item(1), portal_item(2), "not a tender", portal_item(3)]
    text = json.dumps({"total": 4, "items": items} if envelope else items)
    batch = read_saved(text.encode(encoding))
    assert [r.native_id for r in batch.records] == ["1", "2", "3"]
    assert [u.raw for u in batch.unreadable] == ["not a tender"]
    assert (batch.raw_count, batch.total, batch.source) == (4, 4, TenderSource.ESA)


def test_a_saved_file_tells_its_listing(portal_item: MakeItem) -> None:
    item = portal_item(7, abstract="Text")
    assert read_saved(orjson.dumps([item])).source is TenderSource.ESA_NON_ESA
    assert read_saved(orjson.dumps([item]), TenderSource.ESA).source is TenderSource.ESA


def test_a_saved_file_keeps_a_repeat_once_and_its_latest_content(portal_item: MakeItem) -> None:
    batch = read_saved(orjson.dumps([portal_item(1), portal_item(1, title="LATER"), portal_item(1, title="LATER")]))
    assert [r.raw_title for r in batch.records] == ["LATER"]
    assert batch.raw_count == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'[{"a": 1}]', DriftReason.KEYS_GONE), (b"hello", DriftReason.NOT_JSON), (b"[]", None)],
)
def test_a_file_that_is_no_answer(body: bytes, reason: DriftReason | None) -> None:
    if reason is None:
        assert read_saved(body).records == ()
        return
    with pytest.raises(Drift) as caught:
        read_saved(body)
    assert caught.value.reason is reason


def test_a_file_has_a_largest_size() -> None:
    with pytest.raises(Drift) as caught:
        read_saved(b" " * (64 * 1024 * 1024 + 1))
    assert caught.value.reason is DriftReason.TOO_LARGE
