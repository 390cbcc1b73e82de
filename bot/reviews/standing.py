"""The read side of a review: who was asked, who said what, and which reviews wait for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.decisions import seats as places
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.quotes.models import Quote
from bot.reviews.models import Opinion, Review, ReviewAnswer, ReviewState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.decisions.seats import Holder


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What stands for one seat. ``actor`` clicked; ``principal`` is empty unless a deputy did."""

    opinion: Opinion
    actor: str
    principal: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat: who holds it today (nobody: vacant), and the answer that stands."""

    role: Role
    holders: tuple[Holder, ...]
    answer: AnswerLine | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a review stands. ``quote`` is the version under review, if one was prepared and is still there.

    ``asked_by`` is empty when nobody asked: the offer went on without a review.
    """

    review: Review
    offer: Offer
    seats: tuple[SeatLine, ...]
    quote: Quote | None
    asked_by: str
    closed_by: str
    replaced_by: int | None

    @property
    def waiting(self) -> tuple[Role, ...]:
        """The seats that have not answered."""
        return tuple(line.role for line in self.seats if line.answer is None)


@dataclass(frozen=True, slots=True)
class Pending:
    """A review that waits for somebody. ``acting_for``: the principal's name when they are the deputy."""

    review_id: int
    offer_id: int
    number: str | None
    title: str
    due_at: datetime | None
    seat: Role
    acting_for: str | None


def standing_answers(session: Session, review_id: int) -> dict[Role, ReviewAnswer]:
    """The last answer of each seat."""
    statement = sa.select(ReviewAnswer).where(ReviewAnswer.review_id == review_id).order_by(ReviewAnswer.id)
    return {answer.seat: answer for answer in session.scalars(statement)}


def waiting_seats(session: Session, review: Review) -> tuple[Role, ...]:
    """The seats of a review that have not answered."""
    answered = standing_answers(session, review.id)
    return tuple(role for role in map(Role, review.seats) if role not in answered)


def newest(session: Session, offer_id: int, kind: str) -> Review | None:
    """The review of a kind that counts: the last one that no newer one replaced."""
    statement = (
        sa.select(Review)
        .where(Review.offer_id == offer_id, Review.kind == kind, Review.state != ReviewState.REPLACED)
        .order_by(Review.id.desc())
        .limit(1)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def reviews_of(session: Session, offer_id: int) -> list[Review]:
    """Every review of an offer, newest first."""
    return list(session.scalars(sa.select(Review).where(Review.offer_id == offer_id).order_by(Review.id.desc())))


def standing(session: Session, review_id: int, now: datetime) -> Standing:
    """Everything about a review; ``now`` says who holds the seats and stands in. Raises :class:`NotFound`."""
    session.flush()
    review = session.get(Review, review_id, populate_existing=True)
    if review is None:
        raise NotFound
    offer = session.get_one(Offer, review.offer_id)
    quote = session.get(Quote, review.quote_id) if review.quote_id is not None else None
    later = sa.select(Review.id).where(
        Review.offer_id == review.offer_id, Review.kind == review.kind, Review.id > review.id
    )
    return Standing(
        review=review,
        offer=offer,
        seats=_seats(session, review, now),
        quote=quote if quote is not None and quote.removed_at is None else None,
        # A waiver of a review that nobody asked for has no day on which answers are due.
        asked_by=_name(session, review.opened_by_id) if review.due_at is not None else "",
        closed_by=_name(session, review.closed_by_id),
        replaced_by=session.scalar(later.order_by(Review.id.desc()).limit(1)),
    )


def _seats(session: Session, review: Review, now: datetime) -> tuple[SeatLine, ...]:
    answers = standing_answers(session, review.id)
    held: dict[Role, list[Holder]] = {}
    for holder in places.holders(session, review.seats, now):
        held.setdefault(holder.seat, []).append(holder)
    return tuple(
        SeatLine(role, tuple(held.get(role, ())), _answer(session, answers.get(role)))
        for role in map(Role, review.seats)
    )


def _answer(session: Session, answer: ReviewAnswer | None) -> AnswerLine | None:
    if answer is None:
        return None
    return AnswerLine(
        opinion=answer.opinion,
        actor=_name(session, answer.actor_id),
        principal=_name(session, answer.principal_id) if answer.principal_id != answer.actor_id else "",
        note=answer.note or "",
        at=answer.at,
    )


def _name(session: Session, person_id: int | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""


def pending_for(session: Session, person: Person, now: datetime) -> tuple[Pending, ...]:
    """The open reviews that wait for this person's word, their own seat's or a principal's, soonest due first."""
    mine = places.places_of(session, person, [*Role], now)
    if not mine:
        return ()
    return tuple(
        Pending(
            review_id=review.id,
            offer_id=offer.id,
            number=offer.number,
            title=offer.title,
            due_at=review.due_at,
            seat=place.seat,
            acting_for=None if place.own else _name(session, place.principal_id),
        )
        for review, offer, waiting in _open(session)
        for place in mine
        if place.seat in waiting
    )


def waiting_for(session: Session, seats: Collection[Role]) -> tuple[tuple[Review, Offer], ...]:
    """The open reviews in which at least one of these seats has not answered, soonest due first, whoever holds it."""
    return tuple((review, offer) for review, offer, waiting in _open(session) if not waiting.isdisjoint(seats))


def _open(session: Session) -> list[tuple[Review, Offer, frozenset[Role]]]:
    """The open reviews, soonest due first, each with its offer and the seats that have not answered."""
    statement = sa.select(Review, Offer).join(Offer, Offer.id == Review.offer_id)
    rows = session.execute(statement.where(Review.state == ReviewState.OPEN).order_by(Review.due_at, Review.id)).all()
    answers = sa.select(ReviewAnswer.review_id, ReviewAnswer.seat).where(
        ReviewAnswer.review_id.in_([review.id for review, _offer in rows])
    )
    answered = {(review_id, seat) for review_id, seat in session.execute(answers)}
    return [
        (review, offer, frozenset(seat for seat in map(Role, review.seats) if (review.id, seat) not in answered))
        for review, offer in rows
    ]
