"""Real answers of the portal go through the reader without loss."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import orjson
import pytest

from integrations.esa import EsaApi, TenderSource, read_saved
from integrations.esa.answers import read_page
from integrations.esa.gathering import Gathering
from integrations.sandbox.esa import EsaPortal
from tests.unit.integrations.doubles import START


@pytest.fixture
def recorded(shared_data: Path) -> bytes:
    return (shared_data / "esastar_tender_actions.json").read_bytes()


def test_every_recorded_record_is_read_with_nothing_to_complain_about(recorded: bytes) -> None:
    items = orjson.loads(recorded)["items"]
    batch = read_saved(recorded)
    assert (batch.unreadable, batch.diagnostics) == ((), ())
    assert [record.native_id for record in batch.records] == [str(item["id"]) for item in items]
    assert [record.raw for record in batch.records] == items
    for record, item in zip(batch.records, items, strict=True):
        assert record.tanumber == item["tanumber"]
        assert len(record.countries) == len(item["countries"])
        assert (record.closes_at is None) == (item["closingDate"] is None)
        assert record.published_at is not None
        assert record.published_at.tzinfo is UTC
        assert record.status_id in EsaApi().statuses
        assert record.type_id in EsaApi().tender_types


def test_a_recorded_closing_time_is_one_o_clock_in_paris(recorded: bytes) -> None:
    closing = [record.closes_at for record in read_saved(recorded).records if record.closes_at is not None]
    assert {moment.hour for moment in closing} == {11, 12}


def test_what_is_known_is_recognised(recorded: bytes) -> None:
    first = read_saved(recorded)
    known = frozenset((record.native_id, record.content_hash) for record in first.records)
    api = EsaApi()
    gathering = Gathering(api, api.listings[TenderSource.ESA], known)
    assert gathering.take(read_page("esa", recorded, skip=0)) is False
    assert gathering.batch().records == ()


def test_the_made_up_tenders_have_the_recorded_shape(recorded: bytes) -> None:
    real = orjson.loads(recorded)["items"][0]
    portal = EsaPortal(lambda: START, started_at=START)
    while portal.listings.waiting:
        portal.listings.publish()
    made_up = [tender.item for tender in portal.listings.tenders.values() if tender.is_esa]
    assert len(made_up) >= 13
    for item in made_up:
        assert item.keys() == real.keys()


def test_no_made_up_tender_is_a_real_one(recorded: bytes) -> None:
    real = {record.raw_title for record in read_saved(recorded).records}
    portal = EsaPortal(lambda: START, started_at=START)
    titles = [tender.item["title"] for tender in portal.listings.tenders.values()]
    titles += [draft.title for draft in portal.listings.waiting]
    assert not real & set(titles)
