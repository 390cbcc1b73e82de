"""Asking for a review, answering it for a seat or as deputy, and what closes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.people.models import Role
from bot.people.service import set_roles
from bot.reviews import service as reviews
from bot.reviews.errors import NoReviewers, OfferOver
from bot.reviews.models import Opinion, Review, ReviewAnswer, ReviewKind, ReviewState
from bot.sync.models import Kind
from tests.unit.decisions.conftest import MONDAY
from tests.unit.quotes.office import Office

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CARD, RESULT = Kind.REVIEW_CARD.value, Kind.REVIEW_RESULT.value


def state(office: Office, review_id: int) -> ReviewState:
    return office.database.read_now(lambda session: session.get_one(Review, review_id).state)


def answers(office: Office) -> list[ReviewAnswer]:
    statement = sa.select(ReviewAnswer).order_by(ReviewAnswer.id)
    return office.database.read_now(lambda session: list(session.scalars(statement)))


def problems(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: key for name, (key, _params) in refusal.value.fields.items()}


def test_asking_enters_the_stage_and_gives_each_seat_a_card(office: Office) -> None:
    offer_id = office.offer()
    review = office.ask(offer_id, question="The price")
    offer = office.the_offer(offer_id)
    assert (offer.stage, offer.outcome) == ("REV", Outcome.OPEN)
    assert (review.kind, review.state, review.seats) == (ReviewKind.SENDING, ReviewState.OPEN, ["cto", "ceo"])
    cards = {who for kind, subject, who in office.ledger() if (kind, subject) == (CARD, review.id)}
    assert cards == {"CTO", "CEO"}
    assert office.trail("review", review.id) == ["review.asked"]


def test_the_answer_is_due_at_the_end_of_the_next_working_day(office: Office) -> None:
    friday = MONDAY - timedelta(days=3)
    assert reviews.due_day(office.company, friday) == MONDAY.date()
    review = office.ask(office.offer(), due_on="2026-11-24", meeting_on="2026-11-24", meeting_time="9h30")
    assert review.due_at == datetime(2026, 11, 24, 17, tzinfo=UTC), "18:00 in Paris"
    assert review.meeting_at == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"due_on": ""}, {"due_on": "errors.required"}),
        ({"due_on": "2026-11-20"}, {"due_on": "errors.date_past"}),
        ({"meeting_on": "2026-11-24"}, {"meeting_time": "errors.required"}),
        ({"meeting_time": "10:00"}, {"meeting_on": "errors.required"}),
        ({"meeting_on": "2026-11-20", "meeting_time": "10:00"}, {"meeting_on": "errors.date_past"}),
        ({"question": "x" * 2001}, {"question": "errors.too_long"}),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(office: Office, typed: dict[str, str], wrong: dict[str, str]) -> None:
    offer_id = office.offer()
    with pytest.raises(Invalid) as refusal:
        office.ask(offer_id, **typed)
    assert problems(refusal) == wrong


def test_all_seats_ready_close_it_and_tell_who_asked(office: Office) -> None:
    review = office.ask(office.offer(), by="sales lead")
    first = office.say(review.id, "CTO")
    assert (first.state, first.seat) == (ReviewState.OPEN, Role.CTO)
    assert (RESULT, review.id, "sales lead") not in office.ledger()
    before = office.ledger()[CARD, review.id, "CTO"]
    last = office.say(review.id, "CEO")
    assert (last.state, last.late, last.duplicate) == (ReviewState.READY, False, False)
    ledger = office.ledger()
    assert ledger[RESULT, review.id, "sales lead"] == 1
    assert ledger[CARD, review.id, "CTO"] > before
    assert office.trail("review", review.id) == [
        "review.asked",
        "review.answered",
        "review.answered",
        "review.closed",
    ]


def test_one_who_asks_for_changes_closes_it(office: Office) -> None:
    review = office.ask(office.offer())
    result = office.say(review.id, "CEO", Opinion.CHANGES, note="Name the test bench")
    assert result.state is ReviewState.CHANGES
    assert [answer.note for answer in answers(office)] == ["Name the test bench"]
    assert (RESULT, review.id, "engineer") in office.ledger()


@pytest.mark.parametrize(("note", "wrong"), [("", "errors.required"), ("  \n ", "errors.required")])
def test_changes_need_words(office: Office, note: str, wrong: str) -> None:
    review = office.ask(office.offer())
    with pytest.raises(Invalid) as refusal:
        office.say(review.id, "CEO", Opinion.CHANGES, note=note)
    assert problems(refusal) == {"note": wrong}
    assert state(office, review.id) is ReviewState.OPEN


def test_a_seat_may_change_its_mind_while_it_is_open(office: Office) -> None:
    review = office.ask(office.offer())
    office.say(review.id, "CTO")
    assert office.say(review.id, "CTO", Opinion.CHANGES).state is ReviewState.CHANGES


def test_a_closed_review_never_changes(office: Office) -> None:
    review = office.ready(office.offer())
    before = office.trail("review", review.id)
    late = office.say(review.id, "CTO", Opinion.CHANGES)
    assert (late.late, late.state) == (True, ReviewState.READY)
    assert office.trail("review", review.id) == before
    assert len(answers(office)) == 2


def test_the_same_click_is_answered_the_same_and_counted_once(office: Office) -> None:
    review = office.ask(office.offer())
    first = office.say(review.id, "CTO", key="x" * 400)
    again = office.say(review.id, "CTO", key="x" * 400)
    assert (again.duplicate, again.seat, again.opinion) == (True, first.seat, first.opinion)
    assert len(answers(office)) == 1
    with pytest.raises(NotAllowed):
        office.say(review.id, "CEO", key="x" * 400)


def test_only_those_who_are_asked_answer(office: Office) -> None:
    review = office.ask(office.offer())
    for name in ("CPO", "engineer", "admin"):
        with pytest.raises(NotAllowed) as refusal:
            office.say(review.id, name)
        assert refusal.value.params["roles"] == (Role.CTO, Role.CEO)
    assert answers(office) == []
    with pytest.raises(NotFound):
        office.say(4711, "CTO")


def test_a_deputy_answers_and_both_names_are_kept(office: Office) -> None:
    office.deputise("CEO", "project manager", MONDAY, MONDAY + timedelta(days=4))
    review = office.ask(office.offer())
    assert (CARD, review.id, "project manager") in office.ledger()
    office.say(review.id, "CTO")
    assert office.say(review.id, "project manager").state is ReviewState.READY
    last = answers(office)[-1]
    assert (last.principal_id, last.actor_id) == (office.people["CEO"], office.people["project manager"])

    def lines(session: Session) -> list[tuple[str, str]]:
        found = reviews.standing(session, review.id, MONDAY)
        return [(line.answer.actor, line.answer.principal) for line in found.seats if line.answer]

    assert office.database.read_now(lines) == [("The CTO", ""), ("The project manager", "The CEO")]


def test_a_deputys_days_are_over(office: Office) -> None:
    office.deputise("CEO", "project manager", MONDAY, MONDAY)
    review = office.ask(office.offer())
    office.now = MONDAY + timedelta(days=1)
    with pytest.raises(NotAllowed):
        office.say(review.id, "project manager")


def test_somebody_with_two_seats_answers_for_each(office: Office) -> None:
    office.deputise("CEO", "CTO", MONDAY, MONDAY)
    review = office.ask(office.offer())
    assert office.say(review.id, "CTO", seat="ceo").seat is Role.CEO
    assert office.say(review.id, "CTO").state is ReviewState.READY, "their own seat is the first choice"


def test_what_waits_for_somebody(office: Office) -> None:
    office.deputise("CEO", "CTO", MONDAY, MONDAY)
    offer_id = office.offer()
    review = office.ask(offer_id)

    def pending(name: str) -> list[tuple[int, str, str | None]]:
        def work(session: Session) -> list[tuple[int, str, str | None]]:
            found = reviews.pending_for(session, office.person(session, name), MONDAY)
            return [(one.review_id, one.seat.value, one.acting_for) for one in found]

        return office.database.read_now(work)

    assert pending("CTO") == [(review.id, "cto", None), (review.id, "ceo", "The CEO")]
    assert pending("engineer") == []
    office.say(review.id, "CTO")
    assert pending("CTO") == [(review.id, "ceo", "The CEO")]
    office.say(review.id, "CEO")
    assert pending("CTO") == []


def test_asking_again_replaces_the_open_one(office: Office) -> None:
    offer_id = office.offer()
    first = office.ask(offer_id)
    second = office.ask(offer_id)
    assert (state(office, first.id), state(office, second.id)) == (ReviewState.REPLACED, ReviewState.OPEN)
    assert office.say(first.id, "CTO").late
    newer = office.database.read_now(lambda session: reviews.standing(session, first.id, MONDAY).replaced_by)
    assert newer == second.id


def test_asking_again_after_changes_keeps_what_was_said(office: Office) -> None:
    offer_id = office.offer()
    first = office.ask(offer_id)
    office.say(first.id, "CEO", Opinion.CHANGES)
    before = office.ledger()[RESULT, first.id, "engineer"]
    office.ask(offer_id)
    assert state(office, first.id) is ReviewState.CHANGES
    assert office.ledger()[RESULT, first.id, "engineer"] > before, "its card now leads to the newer one"


def test_who_may_ask(office: Office) -> None:
    offer_id = office.offer()
    for name in ("project manager", "key user"):
        with pytest.raises(NotAllowed):
            office.ask(offer_id, by=name)
    for name in ("engineer", "sales lead", "CEO"):
        office.ask(offer_id, by=name)


def test_nobody_to_ask_and_nothing_to_review(office: Office) -> None:
    offer_id = office.offer()

    def finish(session: Session) -> None:
        offer = offers.locked(session, offer_id)
        offers.set_outcome(session, offer, Outcome.NO_GO, now=MONDAY, actor_id=None)

    def leave(session: Session) -> None:
        for name in ("CTO", "CEO"):
            set_roles(session, person=office.person(session, name), roles=(), now=MONDAY, actor=None)

    other = office.offer(number="1-10002")
    office.write(leave)
    with pytest.raises(NoReviewers):
        office.ask(other)
    office.write(finish)
    with pytest.raises(OfferOver):
        office.ask(offer_id)


def test_a_company_without_the_stage_keeps_the_offers(office: Office) -> None:
    office.configure(stage="NONE")
    offer_id = office.offer()
    office.ask(offer_id)
    assert office.the_offer(offer_id).stage == "DET"


def test_a_review_before_signature_moves_nothing(office: Office) -> None:
    office.configure(before_signature=True, before_sending=False)
    offer_id = office.offer()
    office.send(offer_id, price="100", currency="EUR")
    offer = office.the_offer(offer_id)
    kind = office.database.read_now(lambda session: reviews.likely_kind(session, offer, office.company))
    assert kind is ReviewKind.SIGNATURE
    review = office.ask(offer_id, kind="signature")
    assert review.kind is ReviewKind.SIGNATURE
    assert office.the_offer(offer_id).stage == "SNT"


def test_both_seats_at_the_same_moment(office: Office) -> None:
    for number in range(5):
        review = office.ask(office.offer(number=f"1-2000{number}"))
        with ThreadPoolExecutor(2) as crowd:
            results = list(crowd.map(lambda name, review_id=review.id: office.say(review_id, name), ("CTO", "CEO")))
        assert sorted(result.state.value for result in results) == ["open", "ready"]
        assert state(office, review.id) is ReviewState.READY
        assert office.ledger()[RESULT, review.id, "engineer"] == 1


def test_ready_and_changes_at_the_same_moment(office: Office) -> None:
    review = office.ask(office.offer())

    def click(who: tuple[str, Opinion]) -> bool:
        return office.say(review.id, *who).late

    jobs = [("CEO", Opinion.CHANGES), ("CTO", Opinion.READY), ("CTO", Opinion.CHANGES), ("CEO", Opinion.READY)]
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(click, jobs))
    assert office.trail("review", review.id).count("review.closed") == 1
    assert office.ledger()[RESULT, review.id, "engineer"] == 1


def test_one_click_delivered_many_times_at_once(office: Office) -> None:
    review = office.ask(office.offer())
    with ThreadPoolExecutor(8) as crowd:
        results = list(crowd.map(lambda _number: office.say(review.id, "CTO", key="one"), range(8)))
    assert sum(not result.duplicate for result in results) == 1
    assert len(answers(office)) == 1


def test_many_ask_at_the_same_moment(office: Office) -> None:
    offer_id = office.offer()
    with ThreadPoolExecutor(4) as crowd:
        asked = list(crowd.map(lambda _number: office.ask(offer_id).id, range(4)))
    states = sorted(state(office, review_id).value for review_id in asked)
    assert states == ["open", "replaced", "replaced", "replaced"]
