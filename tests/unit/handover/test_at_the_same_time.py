"""Several people at one moment, on real threads: one effect each, no number twice and none left out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clarifications import service as clarifications
from bot.clarifications.models import Clarification
from bot.errors import Invalid, Refused
from bot.handover.errors import AlreadyEnded
from bot.handover.models import BudgetLine, ChecklistItem, Handover
from bot.negotiations import service as negotiations
from bot.negotiations.models import NegotiationPoint
from bot.offers.models import NumberSequence, Offer, Outcome
from bot.quotes import service as quotes
from bot.quotes.models import Quote
from bot.reviews import service as reviews
from bot.reviews.models import Opinion, Review, ReviewAnswer, ReviewKind, ReviewState
from tests.unit.decisions.conftest import MONDAY
from tests.unit.handover.conftest import TODAY, Firm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

CROWD = 20
QUESTIONS = 30
QUESTION = {"question": "Which margin?", "asked_on": TODAY.isoformat(), "owner_id": "engineer"}
POINT = {"clause": "Liability", "position": "Ours", "state": "open", "next_move": "us", "since": TODAY.isoformat()}
PRICE = {"price": "120 000", "currency": "EUR"}


def at_once(works: Sequence[Callable[[], object]]) -> list[object]:
    """Start all of them at one moment; gives what each returned or was refused with. Anything else is a defect."""
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        ready.wait(30)
        try:
            return work()
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def every(firm: Firm, model: type[Any], **where: object) -> list[Any]:
    """The rows of a table."""
    return firm.database.read_now(lambda session: list(session.scalars(sa.select(model).filter_by(**where))))


def next_number(firm: Firm) -> int | None:
    """What the next offer would be called."""
    statement = sa.select(NumberSequence.next_value).where(NumberSequence.name == "offer_number")
    return firm.database.read_now(lambda session: session.scalar(statement))


def test_twenty_people_record_the_signature_at_once(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    done = at_once([lambda: firm.win(offer_id, base=base, project_manager_id="project manager")] * CROWD)
    assert {type(one) for one in done} <= {Offer, Invalid}
    assert sum(isinstance(one, Offer) for one in done) >= 1
    offer = firm.read(offer_id)
    assert (offer.outcome, offer.number, offer.project_number) == (Outcome.WON, "S580", "S580P")
    assert next_number(firm) == 581
    assert firm.movements(offer_id) == ["120000.00"]
    assert len(every(firm, BudgetLine)) == len(every(firm, Handover)) == 1
    assert len(every(firm, ChecklistItem)) == len(firm.company.checklist.item)
    assert [stage for stage, _ in firm.causes(offer_id)].count("WON") == 1
    wanted = {kind: version for (kind, _subject, _target), version in firm.ledger().items()}
    assert wanted["end_reply"] == 1


def test_many_signatures_give_each_offer_its_own_number(firm: Firm) -> None:
    ids = [firm.sent(number=f"1-1{number:04}") for number in range(CROWD)]
    done = at_once([partial(firm.win, offer_id) for offer_id in ids])
    assert all(isinstance(one, Offer) for one in done), done
    numbers = sorted(str(firm.read(offer_id).project_number) for offer_id in ids)
    assert numbers == [f"S{number}P" for number in range(580, 580 + CROWD)]
    assert next_number(firm) == 580 + CROWD


def test_won_and_lost_at_once(firm: Firm) -> None:
    offer_id = firm.sent()
    base = firm.read(offer_id).revision
    works = [lambda: firm.win(offer_id, base=base), lambda: firm.end(offer_id, base=base)] * 5
    done = at_once(works)
    assert any(isinstance(one, Offer) for one in done)
    assert {type(one) for one in done} <= {Offer, Invalid, AlreadyEnded}
    offer = firm.read(offer_id)
    stage, _ = firm.causes(offer_id)[-1]
    if offer.outcome is Outcome.WON:
        assert (stage, offer.project_number, offer.end_note) == ("WON", "S580P", None)
        assert firm.movements(offer_id) == ["120000.00"]
    else:
        assert (offer.outcome, stage, offer.project_number) == (Outcome.LOST, "LOS", None)
        assert firm.movements(offer_id) == []
    assert [stage for stage, _ in firm.causes(offer_id) if stage in {"WON", "LOS"}] == [stage]


def test_thirty_clarifications_at_once(firm: Firm) -> None:
    offer_id = firm.sent()

    def ask() -> object:
        return firm.write(
            lambda session: clarifications.ask(
                session, offer_id, QUESTION, actor=firm.person(session, "engineer"), now=MONDAY
            )
        )

    assert all(isinstance(one, Clarification) for one in at_once([ask] * QUESTIONS))
    assert sorted(one.number for one in every(firm, Clarification)) == list(range(1, QUESTIONS + 1))


def test_two_editors_of_one_negotiation_point(firm: Firm) -> None:
    offer_id = firm.sent()

    def add(session: Session) -> int:
        engineer = firm.person(session, "engineer")
        return negotiations.add(session, offer_id, POINT | {"owner_id": "engineer"}, actor=engineer, now=MONDAY).id

    point_id = firm.write(add)

    def edit(position: str) -> Callable[[], object]:
        def work(session: Session) -> object:
            typed = POINT | {"owner_id": "engineer", "position": position}
            engineer = firm.person(session, "engineer")
            return negotiations.edit(session, point_id, typed, base=1, actor=engineer, now=MONDAY)

        return lambda: firm.write(work)

    done = at_once([edit("First"), edit("Second")])
    clashes = [one for one in done if isinstance(one, Invalid)]
    assert len(clashes) == 1, "the second sees the first and decides"
    assert set(clashes[0].fields) == {"position"}
    (point,) = every(firm, NegotiationPoint)
    assert (point.position in {"First", "Second"}, point.revision) == (True, 2)


def test_both_seats_are_ready_while_a_new_version_is_made(firm: Firm) -> None:
    offer_id = firm.offer()
    first = firm.write(
        lambda session: quotes.add(session, offer_id, PRICE, actor=firm.person(session, "engineer"), now=MONDAY).id
    )
    asked = {"version": str(first), "due_on": TODAY.isoformat()}
    review_id = firm.write(
        lambda session: (
            reviews.ask(
                session, offer_id, asked, company=firm.company, actor=firm.person(session, "engineer"), now=MONDAY
            ).id
        )
    )

    def ready(name: str) -> Callable[[], object]:
        def work(session: Session) -> object:
            who = firm.person(session, name)
            return reviews.answer(session, review_id, who, Opinion.READY, request_key=name, now=MONDAY)

        return lambda: firm.write(work)

    def another(session: Session) -> Quote:
        return quotes.add(session, offer_id, PRICE, actor=firm.person(session, "engineer"), now=MONDAY)

    done = at_once([ready("CTO"), ready("CEO"), ready("CTO"), ready("CEO"), lambda: firm.write(another)])
    assert not [one for one in done if isinstance(one, Refused)]
    (review,) = every(firm, Review)
    assert review.state is ReviewState.READY
    assert len(every(firm, ReviewAnswer)) == 2
    assert sorted(quote.number for quote in every(firm, Quote)) == [1, 2]
    newer = next(quote for quote in every(firm, Quote) if quote.number == 2)

    def closed(session: Session) -> object:
        offer = session.get_one(Offer, offer_id)
        quote = session.get_one(Quote, newer.id)
        return reviews.gate(session, offer, ReviewKind.SENDING, firm.company, quote=quote)

    assert firm.database.read_now(closed) == "outdated", "what was said ready to is the first version"
