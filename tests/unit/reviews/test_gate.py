"""The gate: what may be sent or signed, and what is kept when somebody goes on without a review."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.errors import Invalid, NotAllowed
from bot.offers import service as offers
from bot.offers.models import TeamRole
from bot.offers.team import set_team
from bot.people.models import Role
from bot.reviews import service as reviews
from bot.reviews.errors import NothingToWaive
from bot.reviews.models import Opinion, Review, ReviewKind, ReviewState
from bot.reviews.service import Closed
from bot.sync.models import Kind
from tests.unit.decisions.conftest import MONDAY
from tests.unit.quotes.office import Office

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def gate(office: Office, offer_id: int, kind: ReviewKind = ReviewKind.SENDING) -> Closed | None:
    return office.database.read_now(
        lambda session: reviews.gate(session, offers.by_id(session, offer_id), kind, office.company)
    )


def refused(office: Office, offer_id: int, **typed: str) -> tuple[str, dict[str, object]]:
    """The problem at the waiver of a sending that is refused."""
    with pytest.raises(Invalid) as refusal:
        office.send(offer_id, **typed)
    assert list(refusal.value.fields) == ["waiver"]
    return refusal.value.fields["waiver"]


def newest(office: Office, offer_id: int, kind: ReviewKind = ReviewKind.SENDING) -> Review:
    found = office.database.read_now(lambda session: reviews.newest(session, offer_id, kind))
    assert found is not None
    return found


def test_nothing_is_sent_without_a_review_and_nothing_is_lost(office: Office) -> None:
    offer_id = office.offer()
    assert gate(office, offer_id) is Closed.MISSING
    assert refused(office, offer_id, price="100", currency="EUR")[0] == "reviews.gate_missing"
    assert office.the_offer(offer_id).stage == "DET"
    assert office.database.read_now(lambda session: reviews.reviews_of(session, offer_id)) == []


def test_the_gate_says_whom_it_waits_for(office: Office) -> None:
    offer_id = office.offer()
    review = office.ask(offer_id)
    assert refused(office, offer_id, price="1", currency="EUR") == (
        "reviews.gate_open",
        {"roles": (Role.CTO, Role.CEO)},
    )
    office.say(review.id, "CTO")
    assert refused(office, offer_id, price="1", currency="EUR")[1] == {"roles": (Role.CEO,)}


def test_a_ready_review_lets_the_reviewed_version_pass_once(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    office.ready(offer_id, version=str(quote.id))
    assert gate(office, offer_id) is None
    assert office.send(offer_id, version=str(quote.id)).sent_on is not None
    assert gate(office, offer_id) is Closed.OUTDATED
    assert refused(office, offer_id, price="1", currency="EUR")[0] == "reviews.gate_outdated"


def test_changes_close_the_gate(office: Office) -> None:
    offer_id = office.offer()
    review = office.ask(offer_id)
    office.say(review.id, "CEO", Opinion.CHANGES)
    assert gate(office, offer_id) is Closed.CHANGES


def test_another_price_or_version_than_the_reviewed_one_does_not_pass(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    other = office.quote(offer_id, "90 000")
    office.ready(offer_id, version=str(quote.id))
    assert refused(office, offer_id, version=str(quote.id), price="90 000")[0] == "reviews.gate_outdated"
    assert refused(office, offer_id, version=str(quote.id), currency="USD")[0] == "reviews.gate_outdated"
    assert refused(office, offer_id, version=str(other.id))[0] == "reviews.gate_outdated"
    assert refused(office, offer_id, version="new", price="1", currency="EUR")[0] == "reviews.gate_outdated"
    same = office.send(offer_id, version=str(quote.id), price="125 000,00", document_url="https://share.example/q")
    assert same.price == Decimal(125000), "the same price, typed again"


def test_a_price_edited_after_the_answers_does_not_pass(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    office.ready(offer_id, version=str(quote.id))
    quote = office.edit(quote, title="Full scope")
    assert gate(office, offer_id) is None, "the title is no price"
    office.edit(quote, price="130 000")
    assert gate(office, offer_id) is Closed.OUTDATED


def test_a_price_edited_before_anybody_answered_passes(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    review = office.ask(offer_id, version=str(quote.id))
    office.edit(quote, price="130 000")
    office.say(review.id, "CTO")
    office.say(review.id, "CEO")
    assert gate(office, offer_id) is None


def test_a_seat_that_answers_again_has_seen_the_new_price(office: Office) -> None:
    offer_id = office.offer()
    quote = office.quote(offer_id)
    review = office.ask(offer_id, version=str(quote.id))
    office.say(review.id, "CTO")
    office.edit(quote, price="130 000")
    office.say(review.id, "CTO")
    office.say(review.id, "CEO")
    assert gate(office, offer_id) is None


def test_a_review_without_a_version_lets_any_first_price_pass(office: Office) -> None:
    offer_id = office.offer()
    office.ready(offer_id)
    assert office.send(offer_id, price="77", currency="EUR").price == Decimal(77)


def test_a_reason_lets_it_pass_and_is_kept(office: Office) -> None:
    offer_id = office.offer()
    review = office.ask(offer_id)
    office.send(offer_id, price="1", currency="EUR", waiver="The portal closes at noon")
    waived = newest(office, offer_id)
    assert (waived.id, waived.state, waived.waiver) == (review.id, ReviewState.WAIVED, "The portal closes at noon")
    assert waived.closed_by_id == office.people["engineer"]
    assert office.trail("review", review.id) == ["review.asked", "review.closed"]
    assert office.ledger()[Kind.REVIEW_CARD.value, review.id, "CEO"] > 1, "the reviewers' cards say so"
    assert office.say(review.id, "CEO").late


def test_a_waiver_leaves_what_was_said_as_it_was(office: Office) -> None:
    offer_id = office.offer()
    review = office.ask(offer_id)
    office.say(review.id, "CEO", Opinion.CHANGES)
    waived = office.waive(offer_id)
    assert waived.id != review.id
    assert (waived.state, newest(office, offer_id).id) == (ReviewState.WAIVED, waived.id)
    assert gate(office, offer_id) is None
    office.send(offer_id, price="1", currency="EUR")
    assert gate(office, offer_id) is Closed.OUTDATED, "a waiver counts once"


def test_a_waiver_needs_a_reason_and_something_to_waive(office: Office) -> None:
    offer_id = office.offer()
    with pytest.raises(Invalid) as refusal:
        office.waive(offer_id, " ")
    assert refusal.value.fields == {"waiver": ("errors.required", {})}
    office.ready(offer_id)
    with pytest.raises(NothingToWaive):
        office.waive(offer_id)


def test_the_team_sends_but_does_not_waive(office: Office) -> None:
    offer_id = office.offer()

    def join(session: Session) -> None:
        members = [(office.person(session, "project manager"), TeamRole.PROJECT_MANAGER)]
        set_team(session, offer_id, office.person(session, "engineer"), members, MONDAY)

    office.write(join)
    with pytest.raises(NotAllowed):
        office.waive(offer_id, by="project manager")
    key, params = refused(office, offer_id, by="project manager", price="1", currency="EUR", waiver="I want to")
    assert key == "errors.not_allowed"
    assert "owner" in str(params["roles"])
    office.ready(offer_id)
    assert office.send(offer_id, by="project manager", price="1", currency="EUR").number == 1


def test_a_company_that_wants_no_review_has_no_gate(office: Office) -> None:
    office.configure(before_sending=False)
    offer_id = office.offer()
    assert gate(office, offer_id) is None
    assert gate(office, offer_id, ReviewKind.SIGNATURE) is None
    review = office.ask(offer_id)
    assert office.waive(offer_id).id == review.id, "one that was asked for can be ended"


def test_the_gate_before_signature_is_its_own(office: Office) -> None:
    office.configure(before_signature=True)
    offer_id = office.offer()
    office.ready(offer_id, kind="sending")
    assert gate(office, offer_id, ReviewKind.SIGNATURE) is Closed.MISSING
    office.send(offer_id, price="1", currency="EUR")
    office.ready(offer_id, kind="signature")
    assert gate(office, offer_id, ReviewKind.SIGNATURE) is None
    office.send(offer_id, price="2", currency="EUR", waiver="A last rebate")
    assert gate(office, offer_id, ReviewKind.SIGNATURE) is Closed.OUTDATED, "another price than the reviewed contract"


def test_a_closed_gate_lets_through_for_a_reason_at_any_field(office: Office) -> None:
    office.configure(before_signature=True)
    offer_id = office.offer()

    def sign(session: Session, reason: str) -> None:
        offer = offers.locked(session, offer_id)
        reviews.pass_gate(
            session,
            offer,
            ReviewKind.SIGNATURE,
            reason,
            company=office.company,
            actor=office.person(session, "engineer"),
            now=MONDAY,
            field="why",
        )

    with pytest.raises(Invalid) as refusal:
        office.write(lambda session: sign(session, ""))
    assert refusal.value.fields == {"why": ("reviews.gate_missing", {})}
    with pytest.raises(Invalid) as refusal:
        office.write(lambda session: sign(session, "x" * 1001))
    assert list(refusal.value.fields) == ["why"]
    office.write(lambda session: sign(session, "Signed on the spot"))
    assert newest(office, offer_id, ReviewKind.SIGNATURE).waiver == "Signed on the spot"
