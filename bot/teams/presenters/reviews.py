"""From a review's standing to what its cards show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.decisions import seats as places
from bot.decisions import service as decisions
from bot.errors import NotAllowed
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.reviews import service as reviews
from bot.reviews.models import ReviewKind, ReviewState
from bot.sync.calendar.meetings import KEY
from bot.sync.differences import Memory
from bot.sync.models import RECORD, Kind, LedgerRow, System
from cards import words
from cards.reviews import review_card as draw
from cards.verbs import FormCode, Verb
from cards.views import reviews as views
from cards.views.reader import Money
from cards.views.records import Press
from cards.views.rounds import Condition

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.decisions.seats import Place
    from bot.offers.models import Offer
    from bot.people.models import Person
    from bot.quotes.models import Quote
    from bot.reviews.models import Review
    from bot.reviews.standing import SeatLine, Standing
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

Card = dict[str, Any]


def review_card(session: Session, review_id: int, person: Person | None, reader: Reader, _around: Surroundings) -> Card:
    """A reviewer's own card."""
    return draw(review_view(session, review_id, reader.now, person=person), reader)


def review_result(
    session: Session, review_id: int, person: Person | None, reader: Reader, _around: Surroundings
) -> Card:
    """What the reviewers said, for whoever asked, with the next step. Who also reviewed has the other card for that."""
    return draw(review_view(session, review_id, reader.now, person=person, reviewing=False), reader)


def review_view(
    session: Session,
    review_id: int,
    now: datetime,
    *,
    person: Person | None,
    late: bool = False,
    reviewing: bool = True,
) -> views.ReviewView:
    """One review with what ``person`` may do. Raises :class:`~bot.errors.NotFound`."""
    standing = reviews.standing(session, review_id, now)
    review, offer, quote = standing.review, standing.offer, standing.quote
    price = Money(quote.price, quote.currency) if quote is not None else None
    return views.ReviewView(
        review_id=review.id,
        revision=review.revision,
        offer_id=offer.id,
        offer=offer.number or offer.external_reference or "",
        title=offer.title,
        kind=views.ReviewKind(review.kind.value),
        state=views.ReviewState(review.state.value),
        asked_by=standing.asked_by,
        opened_at=review.opened_at,
        seats=tuple(_seat(line) for line in standing.seats),
        client=offer.client_name or "",
        question=review.question or "",
        version=quote.number if quote is not None else 0,
        price=price,
        estimated=Money(offer.estimated_amount, offer.currency) if offer.estimated_amount is not None else None,
        margin=_margin(offer, quote),
        document_url=(quote.document_url or "") if quote is not None else "",
        submission_due_at=offer.submission_due_at if review.kind is ReviewKind.SENDING else None,
        due_at=review.due_at,
        meeting_at=review.meeting_at,
        meeting_url=_meeting_url(session, review),
        conditions=_conditions(session, offer.id, now),
        waiver=review.waiver or "",
        closed_by=standing.closed_by,
        closed_at=review.closed_at,
        replaced_by=standing.replaced_by or 0,
        mine=_mine(session, standing, person, now, late=late) if person is not None and reviewing else None,
        steps=_steps(session, standing, person, now) if person is not None else (),
    )


def _meeting_url(session: Session, review: Review) -> str:
    """Where the meeting of this very review is joined."""
    row = session.scalars(
        sa.select(LedgerRow).where(
            LedgerRow.system == System.CALENDAR,
            LedgerRow.kind == Kind.REVIEW_MEETING,
            LedgerRow.subject_id == review.offer_id,
            LedgerRow.target == RECORD,
        )
    ).one_or_none()
    memory = Memory.of(row.remote) if row is not None and review.meeting_at is not None else None
    return (memory.url or "") if memory is not None and memory.more.get(KEY) == str(review.id) else ""


def _margin(offer: Offer, quote: Quote | None) -> Money | None:
    """What the price leaves over the costs, where both are known in one currency."""
    if quote is None or offer.cost_basis is None or quote.currency != offer.currency:
        return None
    return Money(quote.price - offer.cost_basis, offer.currency)


def _conditions(session: Session, offer_id: int, now: datetime) -> tuple[Condition, ...]:
    """The conditions of the Go that stands."""
    round_id = decisions.round_of(session, offer_id)
    if round_id is None:
        return ()
    ballots = decisions.standing(session, round_id, now, every_ballot=False).ballots
    return tuple(
        Condition(text=one.text, owner=one.owner, due=one.due_on)
        for ballot in ballots
        if ballot.stands
        for one in ballot.conditions
    )


def _seat(line: SeatLine) -> views.ReviewSeat:
    holder = line.holders[0] if line.holders else None
    answer = line.answer
    return views.ReviewSeat(
        role=words.Role(line.role.value),
        principal=holder.principal.name if holder else "",
        deputy=", ".join(person.name for one in line.holders for person in one.deputies),
        opinion=views.Opinion(answer.opinion.value) if answer else None,
        by=answer.actor if answer else "",
        for_principal=answer.principal if answer else "",
        note=answer.note if answer else "",
    )


def _mine(
    session: Session, standing: Standing, person: Person, now: datetime, *, late: bool
) -> views.ReviewMine | None:
    """What this person may answer; None for somebody without a seat. Of several seats the first that waits."""
    mine = places.places_of(session, person, standing.review.seats, now)
    if not mine:
        return None
    answered = {line.role: line.answer for line in standing.seats if line.answer is not None}
    place = next((one for one in mine if one.seat not in answered), mine[0])
    answer = answered.get(place.seat)
    return views.ReviewMine(
        role=words.Role(place.seat.value),
        acting_for="" if place.own else _principal(standing, place),
        opinion=views.Opinion(answer.opinion.value) if answer is not None else None,
        late=late,
    )


def _principal(standing: Standing, place: Place) -> str:
    return next(
        (
            holder.principal.name
            for line in standing.seats
            for holder in line.holders
            if holder.principal.id == place.principal_id
        ),
        "",
    )


def _steps(session: Session, standing: Standing, person: Person, now: datetime) -> tuple[Press, ...]:
    """What whoever works on the offer does next, the likely one first."""
    offer, review = standing.offer, standing.review
    if offer.outcome is not Outcome.OPEN or standing.replaced_by or not _part(session, offer, person, now, team=True):
        return ()
    leads = _part(session, offer, person, now, team=False)
    again = _form("reviews.button_ask", FormCode.REVIEW_ASK, offer.id)
    waive = _form("reviews.button_waive", FormCode.REVIEW_WAIVE, offer.id)
    if review.state is ReviewState.OPEN:
        return (waive, again) if leads else ()
    if review.state is ReviewState.CHANGES:
        return (*_corrections(standing), *((again, waive) if leads else ()))
    if review.kind is ReviewKind.SIGNATURE:
        return (_form("reviews.button_won", FormCode.WON, offer.id, main=True),) if leads else ()
    return (_form("reviews.button_sent", FormCode.QUOTE_SENT, offer.id, main=True),)


def _corrections(standing: Standing) -> tuple[Press, ...]:
    """Where the changes are made: in the version under review while it can be changed."""
    quote = standing.quote
    if quote is None or quote.sent_at is not None:
        return (_form("reviews.button_version", FormCode.QUOTE_ADD, standing.offer.id, main=True),)
    return (_form("reviews.button_edit", FormCode.QUOTE_EDIT, quote.id, main=True),)


def _form(label: str, code: FormCode, number: int, *, main: bool = False) -> Press:
    return Press(label=label, verb=Verb.FORM_OPEN, id=number, q=code.value, main=main)


def _part(session: Session, offer: Offer, person: Person, now: datetime, *, team: bool) -> bool:
    try:
        offers.require_part(session, offer, person, now, team=team)
    except NotAllowed:
        return False
    return True
