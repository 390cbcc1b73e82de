"""What people do with a tender."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.config import Company
from bot.errors import Invalid, NotAllowed, NotFound, Stale
from bot.offers.models import Offer
from bot.sync.models import Kind, LedgerRow
from bot.tenders import service
from bot.tenders.models import Source, Tender
from bot.tenders.service import ClientRequest
from bot.tenders.words import TenderState
from tests.unit.tenders.portal import NOW, Record, somebody

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@pytest.fixture
def tender(session: Session, company: Company) -> Tender:
    """A tender that the channel has seen."""
    service.take_in(session, Source.ESA, [], now=NOW, company=company)
    intake = service.take_in(session, Source.ESA, [Record("1")], now=NOW, company=company)
    return service.current(session, intake.announced[0])


def shared_card_version(session: Session, tender: Tender) -> int | None:
    """How often the tender's message was wanted."""
    return session.scalar(
        sa.select(LedgerRow.wanted_version).where(LedgerRow.kind == Kind.SHARED_CARD, LedgerRow.subject_id == tender.id)
    )


def actions(session: Session) -> list[str]:
    """The audit trail of tenders."""
    statement = sa.select(AuditEvent.action).where(AuditEvent.subject == "tender").order_by(AuditEvent.id)
    return list(session.scalars(statement))


def test_evaluate_makes_one_offer_whoever_clicks(session: Session, tender: Tender, company: Company) -> None:
    first, second = somebody(session, "engineer"), somebody(session, "sales lead")
    offer = service.evaluate(session, tender.id, first, NOW, company)
    again = service.evaluate(session, tender.id, second, NOW, company)
    assert again.id == offer.id
    assert (offer.owner_id, offer.stage, offer.submission_due_at) == (first.id, "DET", tender.closes_at)
    assert session.scalar(sa.select(sa.func.count(Offer.id))) == 1
    assert (tender.state, tender.state_by_id) == (TenderState.EVALUATING, first.id)
    assert shared_card_version(session, tender) == 2
    assert actions(session) == ["tender.evaluating"]


def test_a_tender_found_by_search_gets_its_message_when_picked_up(session: Session, company: Company) -> None:
    service.take_in(session, Source.ESA, [Record("1")], now=NOW, company=company)
    (found,) = service.search(session, "1-20001").tenders
    service.evaluate(session, found.id, somebody(session), NOW, company)
    assert shared_card_version(session, found) == 1
    assert found.announced


def test_a_cancelled_tender_is_not_picked_up(session: Session, tender: Tender, company: Company) -> None:
    service.take_in(session, Source.ESA, [Record("1", is_cancelled=True)], now=NOW, company=company)
    with pytest.raises(Stale):
        service.evaluate(session, tender.id, somebody(session), NOW, company)


def test_dismissing_needs_a_reason(session: Session, tender: Tender) -> None:
    person = somebody(session)
    for reason, key in ((" \x00 ", "errors.required"), ("x" * 1001, "errors.too_long")):
        with pytest.raises(Invalid) as refused:
            service.dismiss(session, tender.id, person, reason, NOW)
        assert refused.value.fields["reason"][0] == key


def test_dismiss_and_restore(session: Session, tender: Tender) -> None:
    person, other = somebody(session), somebody(session, "sales lead")
    service.dismiss(session, tender.id, person, "Délai trop court", NOW)
    assert (tender.state, tender.dismiss_reason, tender.state_at) == (TenderState.DISMISSED, "Délai trop court", NOW)
    service.dismiss(session, tender.id, person, "Délai trop court", NOW)
    with pytest.raises(Stale):
        service.dismiss(session, tender.id, other, "Prix", NOW)
    restored = service.restore(session, tender.id, other, NOW + timedelta(days=9))
    assert (restored.state, restored.dismiss_reason, restored.state_by_id) == (TenderState.NEW, None, other.id)
    service.restore(session, tender.id, other, NOW)
    assert actions(session) == ["tender.dismissed", "tender.restored"]
    assert shared_card_version(session, tender) == 3


def test_what_is_being_evaluated_cannot_be_put_aside(session: Session, tender: Tender, company: Company) -> None:
    person = somebody(session)
    service.evaluate(session, tender.id, person, NOW, company)
    with pytest.raises(Stale):
        service.dismiss(session, tender.id, person, "Prix", NOW)


def test_a_dismissed_tender_may_be_picked_up_after_all(session: Session, tender: Tender, company: Company) -> None:
    person = somebody(session)
    service.dismiss(session, tender.id, person, "Prix", NOW)
    service.evaluate(session, tender.id, person, NOW, company)
    assert (tender.state, tender.dismiss_reason) == (TenderState.EVALUATING, None)


def test_guests_decide_nothing(session: Session, tender: Tender, company: Company) -> None:
    guest = somebody(session, "visitor", guest=True)
    with pytest.raises(NotAllowed):
        service.evaluate(session, tender.id, guest, NOW, company)
    with pytest.raises(NotAllowed):
        service.dismiss(session, tender.id, guest, "Prix", NOW)
    with pytest.raises(NotAllowed):
        service.enter_rfp(session, guest, ClientRequest(title="A", client_name="B"), NOW)


def test_what_does_not_exist(session: Session, company: Company) -> None:
    person = somebody(session)
    with pytest.raises(NotFound):
        service.current(session, 4711)
    with pytest.raises(NotFound):
        service.evaluate(session, 4711, person, NOW, company)


def test_a_clients_request_is_a_tender_with_a_card(session: Session, company: Company) -> None:
    person = somebody(session)
    request = ClientRequest(
        title="Radiateur  déployable",
        client_name="A prime",
        reference="RFP-7",
        description="Premier jet\nProcurement Policy: C3",
        closes_at=NOW + timedelta(days=20),
        clarification_at=NOW + timedelta(days=10),
        kind="rfq",
        link="https://portal.example/rfp-7",
    )
    tender = service.enter_rfp(session, person, request, NOW)
    assert (tender.source, tender.native_id, tender.number, tender.title) == (
        Source.CLIENT,
        "1",
        "RFP-7",
        "Radiateur déployable",
    )
    assert (tender.entity, tender.clause, tender.raw, tender.announced) == ("A prime", "C3", {"type": "rfq"}, True)
    assert shared_card_version(session, tender) == 1
    assert [found.id for found in service.search(session, "RADIATEUR deployable").tenders] == [tender.id]
    offer = service.evaluate(session, tender.id, person, NOW, company)
    assert (offer.client_name, offer.external_reference) == ("A prime", "RFP-7")
    with pytest.raises(Invalid) as refused:
        service.enter_rfp(session, person, ClientRequest(title="x", client_name="a PRIME", reference="rfp-7"), NOW)
    assert refused.value.fields == {"reference": ("errors.rfp_exists", {"reference": "rfp-7"})}


def test_every_wrong_field_is_named(session: Session) -> None:
    request = ClientRequest(
        title=" ",
        client_name="c" * 201,
        link="javascript:alert(1)",
        closes_at=NOW - timedelta(days=1),
        clarification_at=NOW,
    )
    with pytest.raises(Invalid) as refused:
        service.enter_rfp(session, somebody(session), request, NOW)
    assert {name: key for name, (key, _) in refused.value.fields.items()} == {
        "title": "errors.required",
        "client": "errors.too_long",
        "link": "errors.link",
        "closes_on": "errors.date_past",
        "clarification_on": "errors.date_order",
    }
