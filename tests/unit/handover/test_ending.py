"""Offers that are won, lost, abandoned and opened again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.errors import Invalid, NotAllowed
from bot.handover import ending
from bot.handover import service as handover
from bot.handover.errors import AlreadyEnded, StillOpen
from bot.handover.models import HandoverState
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.offers.stages import EndedInNoGo, NotEnded
from bot.quotes.competitors import competitors_of
from bot.reviews import service as reviews
from bot.reviews.models import ReviewKind, ReviewState
from bot.sync.models import LedgerRow
from tests.unit.decisions.conftest import MONDAY
from tests.unit.handover.conftest import TODAY, Firm, later

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.handover.models import ChecklistItem
    from bot.quotes.models import Competitor


def checklist(firm: Firm, offer_id: int) -> list[ChecklistItem]:
    """What is to be done."""
    return firm.database.read_now(lambda session: handover.checklist(session, offer_id))


def competitors(firm: Firm, offer_id: int) -> list[Competitor]:
    """Who bids too."""
    return firm.database.read_now(lambda session: competitors_of(session, offer_id))


def replies(firm: Firm) -> int:
    """How many replies say how an offer ended."""
    return sum(kind == "end_reply" for kind, _subject, _target in firm.ledger())


# Won


def test_a_signature_wins_the_offer_and_starts_its_project(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.win(offer_id, project_manager_id="project manager")
    offer = firm.read(offer_id)
    assert (offer.outcome, offer.stage) == (Outcome.WON, "WON")
    assert offer.project_number == f"{offer.number}P"
    assert (offer.signed_on, offer.ended_on, offer.kick_off_on) == (TODAY, TODAY, date(2026, 12, 7))
    assert offer.first_order == "PO-4711"
    assert offer.project_manager_id == firm.people["project manager"]
    assert firm.movements(offer_id) == ["120000.00"]
    assert [item.code for item in checklist(firm, offer_id)] == [item.code for item in firm.company.checklist.item]
    assert firm.company.checklist.item
    assert firm.handed(offer_id).state is HandoverState.PROPOSED
    assert ("handover_card", firm.handed(offer_id).id, "project manager") in firm.ledger()
    assert replies(firm) == 1


def test_without_a_project_manager_the_hand_over_waits(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.win(offer_id)
    assert firm.read(offer_id).outcome is Outcome.WON
    assert firm.database.read_now(lambda session: handover.of_offer(session, offer_id)) is None


@pytest.mark.parametrize("outcome", [Outcome.LOST, Outcome.ABANDONED])
def test_a_signature_on_an_ended_offer_opens_it_again_first(firm: Firm, outcome: Outcome) -> None:
    offer_id = firm.sent()
    firm.end(offer_id, outcome)
    before = replies(firm)
    firm.win(offer_id)
    offer = firm.read(offer_id)
    assert (offer.outcome, offer.stage) == (Outcome.WON, "WON")
    assert [cause for _stage, cause in firm.causes(offer_id)][-2:] == ["reopening", "signature"]
    assert (offer.end_reason, offer.end_note, offer.debrief_due_on) == (None, None, None)
    assert replies(firm) == before + 1


def test_the_same_signature_twice_is_one(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    firm.win(offer_id, base=base, project_manager_id="project manager")
    number = firm.read(offer_id).project_number
    firm.win(offer_id, base=base, project_manager_id="project manager")
    assert firm.read(offer_id).project_number == number
    assert firm.movements(offer_id) == ["120000.00"]
    assert len(checklist(firm, offer_id)) == len(firm.company.checklist.item)
    assert firm.handed(offer_id).revision == 1
    assert replies(firm) == 1


def test_two_signatures_at_once_the_second_reads_what_differs_and_decides(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    firm.win(offer_id, by="sales lead", base=base)
    with pytest.raises(Invalid) as refusal:
        firm.win(offer_id, base=base, first_order="PO-1", price="90 000")
    assert set(refusal.value.fields) == {"first_order", "price"}
    assert refusal.value.fields["price"][1]["value"] == "120000.00"
    assert refusal.value.fields["price"][1]["name"] == "The sales lead"
    assert firm.read(offer_id).first_order == "PO-4711"
    assert firm.movements(offer_id) == ["120000.00"]

    firm.win(offer_id, base=int(refusal.value.shown["rev"]), first_order="PO-1", price="90 000")
    assert firm.read(offer_id).first_order == "PO-1"
    assert firm.movements(offer_id) == ["120000.00", "-30000.00"]
    assert firm.budget(offer_id) == "90000.00"


def test_a_price_that_only_they_changed_is_kept(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.win(offer_id)
    base = firm.read(offer_id).revision
    firm.win(offer_id, by="sales lead", base=base, price="130 000")
    firm.win(offer_id, base=base, first_order="PO-4711 rev. 2")
    assert firm.budget(offer_id) == "130000.00"
    assert firm.read(offer_id).first_order == "PO-4711 rev. 2"


def test_a_clash_at_the_price_alone_shows_their_other_fields(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.win(offer_id)
    base = firm.read(offer_id).revision
    firm.win(offer_id, by="sales lead", base=base, price="130 000", first_order="PO-5")
    with pytest.raises(Invalid) as refusal:
        firm.win(offer_id, base=base, price="140 000")
    assert set(refusal.value.fields) == {"price"}
    assert refusal.value.shown["first_order"] == "PO-5"
    assert int(refusal.value.shown["rev"]) == firm.read(offer_id).revision
    assert firm.budget(offer_id) == "130000.00"


def test_a_loss_recorded_meanwhile_is_not_signed_over_silently(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    firm.end(offer_id, by="sales lead", base=base)
    with pytest.raises(Invalid) as refusal:
        firm.win(offer_id, base=base)
    assert refusal.value.fields["signed_on"][0] == "ending.ended_decide"
    assert firm.read(offer_id).outcome is Outcome.LOST
    firm.win(offer_id, base=int(refusal.value.shown["rev"]))
    assert firm.read(offer_id).outcome is Outcome.WON


def test_won_reopened_and_won_again_has_one_price_and_one_number(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.win(offer_id, project_manager_id="project manager")
    number = firm.read(offer_id).project_number
    firm.accept(firm.handed(offer_id).id)
    firm.reopen(offer_id)
    assert firm.read(offer_id).outcome is Outcome.OPEN
    assert firm.read(offer_id).signed_on is None
    firm.win(offer_id, project_manager_id="project manager", price="125 000,50")
    assert firm.read(offer_id).project_number == number
    assert firm.movements(offer_id) == ["120000.00", "5000.50"]
    assert firm.handed(offer_id).state is HandoverState.ACCEPTED
    assert len(checklist(firm, offer_id)) == len(firm.company.checklist.item)


def test_every_project_number_is_given_once(firm: Firm) -> None:
    ids = [firm.sent(number=f"1-2000{number}") for number in range(4)]
    for offer_id in ids:
        firm.win(offer_id)
    numbers = [firm.read(offer_id).project_number for offer_id in ids]
    assert numbers == ["S580P", "S581P", "S582P", "S583P"]


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("signed_on", "", "errors.required"),
        ("signed_on", "2026-11-24", "ending.future"),
        ("signed_on", "2026-11-22", "ending.before_opening"),
        ("first_order", " ", "errors.required"),
        ("price", "", "errors.required"),
        ("price", "-5", "errors.negative"),
        ("project_manager_id", "nobody", "errors.unknown_person"),
    ],
)
def test_what_a_signature_must_say(firm: Firm, field: str, value: str, key: str) -> None:
    offer_id = firm.sent()
    with pytest.raises(Invalid) as refusal:
        firm.win(offer_id, {field: value})
    assert refusal.value.fields[field][0] == key
    assert firm.read(offer_id).outcome is Outcome.OPEN
    assert firm.movements(offer_id) == []


def test_only_those_who_steer_the_offer_end_it(firm: Firm) -> None:
    offer_id = firm.sent()
    for by in ("project manager", "key user", "admin"):
        with pytest.raises(NotAllowed):
            firm.win(offer_id, by=by)
        with pytest.raises(NotAllowed):
            firm.end(offer_id, by=by)
    firm.end(offer_id, by="sales lead")
    with pytest.raises(NotAllowed):
        firm.reopen(offer_id, by="project manager")


def test_the_review_before_signature_stands_in_the_way_until_it_is_waived(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.configure(review=firm.company.rules.review.model_copy(update={"before_signature": True}))
    with pytest.raises(Invalid) as refusal:
        firm.win(offer_id)
    assert refusal.value.fields["waiver"][0] == "reviews.gate_missing"
    assert firm.read(offer_id).outcome is Outcome.OPEN
    firm.win(offer_id, waiver="The client signs today")
    assert firm.read(offer_id).outcome is Outcome.WON

    def waived(session: Session) -> tuple[ReviewState, str | None]:
        review = reviews.newest(session, offer_id, ReviewKind.SIGNATURE)
        assert review is not None
        return review.state, review.waiver

    assert firm.database.read_now(waived) == (ReviewState.WAIVED, "The client signs today")


# Lost and abandoned


def test_a_loss_keeps_why_who_won_and_when_to_ask_for_a_debrief(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.with_reasons(Outcome.LOST, "price", "schedule")
    more = {"winner": "A larger house", "winner_price": "99 000", "lessons_learned": "Ask earlier", "debrief": "true"}
    firm.end(offer_id, Outcome.LOST, more, end_reason="schedule")
    offer = firm.read(offer_id)
    assert (offer.outcome, offer.stage) == (Outcome.LOST, "LOS")
    assert (offer.end_reason, offer.end_note, offer.ended_on) == ("schedule", "The price", TODAY)
    assert offer.lessons_learned == "Ask earlier"
    assert offer.debrief_due_on == TODAY + timedelta(days=firm.company.rules.debrief.days)
    (winner,) = competitors(firm, offer_id)
    assert (winner.name, winner.winner, winner.amount) == ("A larger house", True, Decimal("99000.00"))
    assert replies(firm) == 1


def test_the_winner_is_a_competitor_who_was_known(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.end(offer_id, winner="First house", winner_price="90 000")
    firm.end(offer_id, winner="SECOND house")
    firm.end(offer_id, winner="first HOUSE")
    found = {one.name: (one.winner, one.amount) for one in competitors(firm, offer_id)}
    assert found == {"First house": (True, Decimal("90000.00")), "SECOND house": (False, None)}


def test_one_configured_reason_selects_itself_and_none_is_not_asked_for(firm: Firm) -> None:
    first, second = firm.sent(), firm.sent(number="1-10002")
    firm.with_reasons(Outcome.LOST, "price")
    firm.end(first, end_reason="")
    assert firm.read(first).end_reason == "price"
    firm.with_reasons(Outcome.LOST)
    specs = ending.fields_of_end(firm.company, Outcome.LOST, "en")
    assert "end_reason" not in {spec.name for spec in specs}
    firm.end(second)
    assert firm.read(second).end_reason is None


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("end_note", " ", "errors.required"),
        ("ended_on", "2026-11-24", "ending.future"),
        ("ended_on", "2026-01-01", "ending.before_opening"),
        ("end_reason", "", "errors.required"),
        ("end_reason", "weather", "errors.choice"),
        ("winner", "", "ending.whose_price"),
    ],
)
def test_what_a_loss_must_say(firm: Firm, field: str, value: str, key: str) -> None:
    offer_id = firm.sent()
    firm.with_reasons(Outcome.LOST, "price", "schedule")
    with pytest.raises(Invalid) as refusal:
        firm.end(
            offer_id, Outcome.LOST, {"end_reason": "price", "winner": "A house", "winner_price": "1", field: value}
        )
    assert refusal.value.fields[field][0] == key
    assert firm.read(offer_id).outcome is Outcome.OPEN


def test_two_losses_at_once_the_second_reads_what_differs_and_decides(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    firm.end(offer_id, by="sales lead", base=base, winner="A house")
    with pytest.raises(Invalid) as refusal:
        firm.end(
            offer_id, base=base, end_note="The schedule", winner="Another house", now=later(1), ended_on="2026-11-24"
        )
    assert set(refusal.value.fields) == {"end_note", "winner", "ended_on"}
    assert firm.read(offer_id).end_note == "The price"
    firm.end(offer_id, base=int(refusal.value.shown["rev"]), end_note="The schedule", winner="Another house")
    assert firm.read(offer_id).end_note == "The schedule"
    assert [one.name for one in competitors(firm, offer_id) if one.winner] == ["Another house"]
    assert replies(firm) == 1


def test_a_corrected_reason_stands_in_the_history_too(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.with_reasons(Outcome.LOST, "price", "schedule")
    firm.end(offer_id, end_reason="price")
    firm.end(offer_id, end_reason="schedule", debrief="true")
    from bot.offers.stages import last_step  # noqa: PLC0415

    step = firm.database.read_now(lambda session: last_step(session, offer_id))
    assert (step.reason_code, step.reason_note) == ("schedule", "The price")
    assert firm.read(offer_id).debrief_due_on is not None
    firm.end(offer_id, end_reason="schedule")
    assert firm.read(offer_id).debrief_due_on is None


def test_an_offer_ends_in_one_way(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    firm.win(offer_id, by="sales lead", base=base)
    with pytest.raises(Invalid) as refusal:
        firm.end(offer_id, base=base)
    assert refusal.value.fields["end_note"][0] == "ending.ended_meanwhile"
    with pytest.raises(AlreadyEnded):
        firm.end(offer_id)
    with pytest.raises(AlreadyEnded):
        firm.end(offer_id, Outcome.ABANDONED)
    assert firm.read(offer_id).outcome is Outcome.WON


def test_what_a_round_refused_only_its_round_opens(firm: Firm) -> None:
    offer_id = firm.sent()

    def refuse(session: Session) -> None:
        offers.set_outcome(session, offers.by_id(session, offer_id), Outcome.NO_GO, now=MONDAY, actor_id=None)

    firm.write(refuse)
    for attempt in (firm.win, firm.end, firm.reopen):
        with pytest.raises(EndedInNoGo):
            attempt(offer_id)


def test_an_abandoned_offer_asks_nothing_about_competitors(firm: Firm) -> None:
    offer_id = firm.sent()
    names = {spec.name for spec in ending.fields_of_end(firm.company, Outcome.ABANDONED, "fr")}
    assert names.isdisjoint({"winner", "winner_price", "debrief"})
    firm.end(offer_id, Outcome.ABANDONED)
    assert firm.read(offer_id).outcome is Outcome.ABANDONED
    assert firm.read(offer_id).stage == "ABN"


# Open again, and what is learned


def test_reopening_needs_a_reason_and_keeps_numbers(firm: Firm) -> None:
    offer_id = firm.sent()
    with pytest.raises(NotEnded):
        firm.reopen(offer_id)
    firm.end(offer_id)
    with pytest.raises(Invalid) as refusal:
        firm.reopen(offer_id, " ")
    assert refusal.value.fields["reason"][0] == "errors.required"
    firm.reopen(offer_id)
    offer = firm.read(offer_id)
    assert (offer.outcome, offer.stage) == (Outcome.OPEN, "SNT")
    assert (offer.ended_on, offer.end_note) == (None, None)
    assert replies(firm) == 2


def test_lessons_are_written_after_the_end_by_whoever_worked_on_it(firm: Firm) -> None:
    offer_id = firm.sent()

    def learn(by: str, base: int, **typed: str) -> None:
        firm.write(
            lambda session: ending.learn(
                session, offer_id, typed, base=base, actor=firm.person(session, by), now=later(3)
            )
        )

    with pytest.raises(StillOpen):
        learn("engineer", 0, lessons_learned="Ask earlier")
    firm.end(offer_id, debrief="true")
    base = firm.read(offer_id).revision
    with pytest.raises(NotAllowed):
        learn("admin", base, lessons_learned="Ask earlier")
    with pytest.raises(Invalid) as refusal:
        learn("engineer", base, debrief_done_on="2026-11-27")
    assert refusal.value.fields["debrief_done_on"][0] == "ending.future"
    learn("engineer", base, lessons_learned="Ask earlier", debrief_done_on="2026-11-26")
    learn("sales lead", base, debrief_done_on="")
    offer = firm.read(offer_id)
    assert (offer.lessons_learned, offer.debrief_done_on) == ("Ask earlier", date(2026, 11, 26))


def test_a_debrief_is_noted_once(firm: Firm) -> None:
    offer_id = firm.sent()

    def done(days: int) -> None:
        firm.write(
            lambda session: ending.debriefed(session, offer_id, actor=firm.person(session, "engineer"), now=later(days))
        )

    with pytest.raises(StillOpen):
        done(1)
    firm.end(offer_id, debrief="true")
    done(1)
    done(2)
    assert firm.read(offer_id).debrief_done_on == TODAY + timedelta(days=1)


def test_each_step_stands_in_the_trail(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.end(offer_id)
    firm.win(offer_id)
    statement = sa.select(AuditEvent.action).where(AuditEvent.subject == "offer", AuditEvent.subject_id == offer_id)
    actions = firm.database.read_now(lambda session: set(session.scalars(statement)))
    assert {"offer.outcome", "offer.reopened", "offer.project_numbered", "offer.edited", "budget.moved"} <= actions


def test_an_offer_without_a_tender_has_no_thread_to_tell(firm: Firm) -> None:
    offer_id = firm.sent()

    def alone(session: Session) -> None:
        offers.by_id(session, offer_id).tender_id = None

    firm.write(alone)
    firm.end(offer_id)
    count = sa.select(sa.func.count()).select_from(LedgerRow).where(LedgerRow.kind == "end_reply")
    assert firm.database.read_now(lambda session: session.scalar(count)) == 0
