"""Unchanged records are cheap: only their hash is looked at. The benchmarks measure what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from integrations.esa import EsaApi, TenderSource
from integrations.esa.answers import read_page
from integrations.esa.gathering import Gathering
from integrations.esa.reader import RecordReader

if TYPE_CHECKING:
    import pytest

    from tests.unit.integrations.doubles import MakeItem

COUNT = 1_000


def test_only_new_and_changed_records_are_read(portal_item: MakeItem, monkeypatch: pytest.MonkeyPatch) -> None:
    api = EsaApi()
    listing = api.listings[TenderSource.ESA]
    items = [portal_item(number) for number in range(COUNT)]
    first = Gathering(api, listing, frozenset())
    first.take(read_page("esa", orjson.dumps({"total": COUNT, "items": items}), skip=0))
    known = frozenset((record.native_id, record.content_hash) for record in first.batch().records)
    assert len(known) == COUNT
    read: list[str] = []

    def reading(reader: RecordReader, item: object, content_hash: str | None) -> object:
        found = whole(reader, item, content_hash)
        read.append(getattr(found, "native_id", "unreadable"))
        return found

    whole = RecordReader.read
    monkeypatch.setattr(RecordReader, "read", reading)
    changed = portal_item(7, description="Changed.")
    again = Gathering(api, listing, known)
    body = orjson.dumps({"total": COUNT, "items": [*items[:7], changed, *items[8:]]})
    assert again.take(read_page("esa", body, skip=0)) is True
    batch = again.batch()
    assert read == [record.native_id for record in batch.records]
    assert len(read) == 1
    assert len(batch.unchanged) == COUNT - 1
