"""What waits for somebody: votes, and questions about their own offers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.decisions.models import Ballot, Choice, Round, RoundState
from bot.decisions.rules import DECIDING_SEAT
from bot.decisions.seats import places_of
from bot.decisions.standing import standing
from bot.decisions.views import BallotLine, OfferLine
from bot.offers.models import Offer
from bot.people.models import Person, Role


@dataclass(frozen=True, slots=True)
class Pending:
    """A round that waits for somebody. ``acting_for``: the principal's name when they are the deputy."""

    round_id: int
    offer_id: int
    tender_id: int | None
    number: str | None
    title: str
    state: RoundState
    closes_at: datetime
    seat: Role
    acting_for: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A need-info ballot that stands: what an approver wants to know from the owner."""

    round_id: int
    ballot: BallotLine
    offer: OfferLine
    closes_at: datetime


def pending_for(session: Session, person: Person, now: datetime) -> tuple[Pending, ...]:
    """The rounds that wait for this person's vote, their own seat's or a principal's, soonest first. Need-info is
    not an answer yet.
    """
    places = {(place.seat, place.own): place for place in places_of(session, person, [*Role], now)}
    if not places:
        return ()
    principals = sa.select(Person.id, Person.name).where(
        Person.id.in_({place.principal_id for place in places.values()})
    )
    names = {row.id: row.name for row in session.execute(principals)}
    rows = session.execute(
        sa.select(Round, Offer)
        .join(Offer, Offer.id == Round.offer_id)
        .where(Round.state != RoundState.CLOSED)
        .order_by(Round.closes_at, Round.id),
        execution_options={"populate_existing": True},
    ).all()
    answered = _answered(session, [row.id for row, _offer in rows])
    return tuple(
        Pending(
            round_id=row.id,
            offer_id=offer.id,
            tender_id=offer.tender_id,
            number=offer.number,
            title=offer.title,
            state=row.state,
            closes_at=row.closes_at,
            seat=place.seat,
            acting_for=None if place.own else names[place.principal_id],
        )
        for row, offer in rows
        for place in places.values()
        if _waits_for(row, place.seat, answered)
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A round that waits for a seat, and its offer's name."""

    round_id: int
    offer_id: int
    name: str
    closes_at: datetime


def rounds_waiting_for(session: Session, seats: Collection[Role]) -> tuple[Waiting, ...]:
    """The rounds in which at least one of these seats has not answered, soonest first, whoever holds the seat."""
    open_rounds = (
        sa.select(Round, Offer).join(Offer, Offer.id == Round.offer_id).where(Round.state != RoundState.CLOSED)
    )
    rows = session.execute(
        open_rounds.order_by(Round.closes_at, Round.id), execution_options={"populate_existing": True}
    ).all()
    answered = _answered(session, [row.id for row, _offer in rows])
    return tuple(
        Waiting(
            round_id=row.id,
            offer_id=offer.id,
            name=offer.full_name,
            closes_at=row.closes_at,
        )
        for row, offer in rows
        if any(_waits_for(row, seat, answered) for seat in seats)
    )


def _waits_for(row: Round, seat: Role, answered: dict[tuple[int, Role], Choice]) -> bool:
    if row.state is RoundState.ESCALATED:
        return seat == DECIDING_SEAT
    return seat in row.seats and answered.get((row.id, seat), Choice.NEED_INFO) is Choice.NEED_INFO


def _answered(session: Session, rounds: list[int]) -> dict[tuple[int, Role], Choice]:
    statement = sa.select(Ballot.round_id, Ballot.seat, Ballot.choice).where(
        Ballot.round_id.in_(rounds), Ballot.counted.is_(True)
    )
    return {(row.round_id, row.seat): row.choice for row in session.execute(statement.order_by(Ballot.id))}


def questions_for(session: Session, person: Person, now: datetime) -> tuple[Question, ...]:
    """The unanswered questions about a person's own offers, in rounds that are not closed."""
    asked = sa.exists().where(Ballot.round_id == Round.id, Ballot.counted.is_(True), Ballot.choice == Choice.NEED_INFO)
    rounds = (
        sa.select(Round.id)
        .join(Offer, Offer.id == Round.offer_id)
        .where(Round.state != RoundState.CLOSED, Offer.owner_id == person.id, asked)
        .order_by(Round.closes_at, Round.id)
    )
    found = [standing(session, round_id, now) for round_id in session.scalars(rounds).all()]
    return tuple(
        Question(line.round_id, ballot, line.offer, line.closes_at)
        for line in found
        for ballot in line.ballots
        if ballot.stands and ballot.choice is Choice.NEED_INFO
    )
