"""Finding tenders."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.config import Company
from bot.tenders import service
from bot.tenders.models import Source
from bot.tenders.service import ClientRequest
from tests.unit.tenders.portal import NOW, Record, somebody

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@pytest.fixture
def filled(session: Session, company: Company) -> Session:
    """A portal with a bit of everything."""
    records = [
        Record("1", tanumber="1-13692", closes_at=NOW + timedelta(days=30)),
        Record("2", tanumber="1-13700", raw_title="RÉSEAU D'ANTENNES RF", closes_at=NOW + timedelta(days=10)),
        Record("3", tanumber="1-13701", raw_title="THERMAL 100% MODEL", closes_at=None, clarification_at=None),
        Record("4", tanumber="1-13702", raw_title="THERMAL TEST", closes_at=NOW - timedelta(days=1)),
        Record("5", tanumber="1-13703", raw_title="CATERING", description=""),
        Record("6", tanumber="1-13704", raw_title="THERMAL SHIELD", is_cancelled=True),
        Record("7", tanumber="1-13705", raw_title="THERMAL WORK PLAN"),
        Record("8", tanumber="16.BAES.001", raw_title="THERMAL SEAL", entity_name="A prime", status_id=5),
    ]
    service.take_in(session, Source.ESA, records, now=NOW, company=company)
    return session


def found(session: Session, words: str) -> list[str]:
    """Native ids, in order."""
    return [tender.native_id for tender in service.search(session, words).tenders]


@pytest.mark.parametrize("words", ["1-13692", "AO/1-13692/26/NL/IB/ov", "ao 1-13692", " 1 - 13692 "])
def test_a_number_in_any_form_finds_its_tender_alone(filled: Session, words: str) -> None:
    assert found(filled, words) == ["1"]


def test_every_word_counts_and_accents_do_not(filled: Session) -> None:
    assert found(filled, "reseau antennes") == ["2"]
    assert found(filled, "RÉSEAU thermal") == []
    assert found(filled, "16.baes.001") == ["8"]
    assert found(filled, "a prime seal") == ["8"]
    assert found(filled, "13701") == ["3"]


def test_signs_of_the_database_are_only_signs(filled: Session) -> None:
    assert found(filled, "100%") == ["3"]
    assert found(filled, "%") == ["3"]
    assert found(filled, "_ \\ ' \x00") == []
    assert found(filled, "") == []
    assert found(filled, "x" * 5000) == []


def test_open_ones_come_first_and_pages_count(filled: Session) -> None:
    first = service.search(filled, "thermal", limit=2)
    assert (len(first.tenders), first.total) == (2, 6)
    everything = service.search(filled, "thermal", limit=20)
    shut = [tender.cancelled or tender.closed_at is not None for tender in everything.tenders]
    assert shut == sorted(shut)
    assert service.search(filled, "thermal", limit=2, offset=2).tenders[0] == everything.tenders[2]


def test_open_tenders_by_deadline(filled: Session) -> None:
    tenders = service.open_tenders(filled, NOW)
    assert [tender.native_id for tender in tenders.tenders] == ["2", "1", "3"]
    assert tenders.total == 3
    assert [tender.native_id for tender in service.open_tenders(filled, NOW, limit=1, offset=1).tenders] == ["1"]


def test_what_is_put_aside_or_ended_is_no_longer_open(filled: Session, company: Company) -> None:
    person = somebody(filled)
    second, first, third = service.open_tenders(filled, NOW).tenders
    service.dismiss(filled, second.id, person, "Prix", NOW)
    service.evaluate(filled, first.id, person, NOW, company)
    service.enter_rfp(filled, person, ClientRequest(title="Demande", client_name="A prime"), NOW)
    service.take_in(
        filled,
        Source.ESA,
        [Record("99", tanumber=third.number, published_at=NOW, closes_at=NOW + timedelta(days=5))],
        now=NOW,
        company=company,
    )
    assert [tender.native_id for tender in service.open_tenders(filled, NOW).tenders] == ["99", "1", "1"]
