"""Unchanged records are cheap: CPU time, so a busy machine does not decide."""

from __future__ import annotations

import time

import orjson

from integrations.esa import EsaApi, TenderSource
from integrations.esa.answers import read_page
from integrations.esa.gathering import Gathering
from tests.unit.integrations.doubles import MakeItem


def cpu_seconds_unchanged(portal_item: MakeItem, count: int) -> float:
    api = EsaApi()
    listing = api.listings[TenderSource.ESA]
    countries = [{"id": number} for number in range(1, 29)]
    items = [portal_item(number, description="word " * 300, countries=countries) for number in range(count)]
    body = orjson.dumps({"total": count, "items": items})
    first = Gathering(api, listing, frozenset())
    first.take(read_page("esa", body, skip=0))
    known = frozenset((record.native_id, record.content_hash) for record in first.batch().records)
    best = 10.0
    for _ in range(3):
        started = time.process_time()
        again = Gathering(api, listing, known)
        assert again.take(read_page("esa", body, skip=0)) is False
        best = min(best, time.process_time() - started)
        assert len(again.batch().unchanged) == count
    return best


def test_ten_thousand_unchanged_records_within_a_second(portal_item: MakeItem) -> None:
    assert cpu_seconds_unchanged(portal_item, 10_000) < 1.0


def test_fifty_unchanged_records_within_five_milliseconds(portal_item: MakeItem) -> None:
    assert cpu_seconds_unchanged(portal_item, 50) < 0.005
