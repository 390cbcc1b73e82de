"""From an offer to its card and its line in a list."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clarifications.models import Clarification
from bot.clients.models import Contact
from bot.config.models import StageType
from bot.decisions import evaluations
from bot.decisions.models import Ballot, BallotCondition, RoundOutcome, RoundState
from bot.errors import NotAllowed
from bot.handover.models import Handover as HandoverRow
from bot.hours.amounts import hours_of
from bot.hours.effort import planned_for
from bot.hours.rules import QUARTERS_PER_HOUR
from bot.negotiations import service as negotiations
from bot.negotiations.models import NextMove
from bot.offers import listing, rules
from bot.offers import service as offers
from bot.offers.models import Outcome, Weighting
from bot.offers.overview import Overview, overview
from bot.offers.team import members_of
from bot.people.models import Person
from bot.quotes import service as quotes
from bot.reviews import service as reviews
from bot.reviews.models import Review as ReviewRow
from bot.reviews.models import ReviewKind, ReviewState
from bot.reviews.standing import waiting_seats
from bot.teams.presenters.ledger import system_lines
from bot.teams.presenters.tenders import latest_round
from bot.tenders.models import Tender
from cards import words
from cards.formats import local
from cards.views.offers import (
    Counts,
    Handover,
    Missing,
    OfferLine,
    OfferView,
    Review,
    TeamMember,
)
from cards.views.reader import Change, Money, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.decisions.models import Evaluation, Round
    from bot.offers.models import Offer, TeamRole
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

TONES = {
    words.Outcome.WON: words.Tone.GOOD,
    words.Outcome.LOST: words.Tone.ATTENTION,
    words.Outcome.ABANDONED: words.Tone.DEFAULT,
    words.Outcome.NO_GO: words.Tone.ATTENTION,
    words.Outcome.OPEN: words.Tone.ACCENT,
}
REVIEWS = {
    ReviewState.OPEN: Review.OPEN,
    ReviewState.CHANGES: Review.CHANGES,
    ReviewState.READY: Review.PASSED,
    ReviewState.WAIVED: Review.PASSED,
}
ENDS = {Outcome.LOST: StageType.LOST, Outcome.ABANDONED: StageType.ABANDONED}
NOTE_SHOWN = 160
CONDITIONS_SHOWN = 8


def stage_label(around: Surroundings, code: str, reader: Reader) -> str:
    """A stage's name; its bare code when the company removed it since."""
    stage = around.company.stages.by_code(code)
    return stage.label.of(reader.language) if stage is not None else code


def offer_view(
    session: Session, offer: Offer, around: Surroundings, reader: Reader, *, person: Person | None = None
) -> OfferView:
    """One offer as its card shows it; ``person`` decides which buttons make sense, None shows them all."""
    newest = latest_round(session, offer.id)
    evaluation = evaluations.latest(session, offer.id)
    found = overview(session, offer.id)
    members = [one for one in members_of(session, offer.id) if not one[0].gone]
    team = [(person, stay.role) for stay, person in members]
    planned = planned_for(stay for stay, _person in members)
    steers, works = _rights(session, offer, person, reader, team)
    changer = session.get(Person, offer.updated_by_id) if offer.updated_by_id else None
    tender = session.get(Tender, offer.tender_id) if offer.tender_id else None
    outcome = words.Outcome(offer.outcome.value)
    stage = around.company.stages.by_code(offer.stage)
    in_go = stage is not None and stage.type is StageType.GO
    return OfferView(
        offer_id=offer.id,
        revision=offer.revision,
        title=offer.title,
        stage=stage_label(around, offer.stage, reader),
        stage_tone=words.Tone.GOOD if in_go and outcome is words.Outcome.OPEN else TONES[outcome],
        outcome=outcome,
        number=offer.number or "",
        project_number=offer.project_number or "",
        reference=offer.external_reference or "",
        client=offer.client_name or "",
        contact=_contact(session, offer),
        client_id=offer.client_id,
        contact_id=offer.contact_id,
        owner=_name(session, offer.owner_id),
        manager=_name(session, offer.project_manager_id),
        **_decided(newest),
        evaluation_done=evaluation is not None,
        can_open_round=newest is None and evaluation is not None and steers,
        **_hours(offer, evaluation, found),
        clarification_at=offer.clarification_at,
        closes_at=offer.submission_due_at,
        expected_closing_on=offer.expected_closing_on,
        **_money(session, offer, evaluation, found),
        **_review(session, offer, around, found),
        **_clarification(session, offer, found),
        **_negotiation(session, offer, around, reader, found),
        **_end(session, offer, around, reader),
        counts=Counts(**{one.name: getattr(found, one.name) for one in fields(Counts)}),
        missing=_missing(offer, around, found, team),
        works=works,
        steers=steers,
        conditions=_conditions(session, newest),
        team=tuple(TeamMember(name=member.name, role=words.TeamRole(role.value)) for member, role in team),
        team_hours=Decimal(planned) / QUARTERS_PER_HOUR if planned is not None else None,
        systems=system_lines(session, offer, around, reader, person),
        portal_url=(tender.url or "") if tender else "",
        last_change=Change(
            what=sentence("changes.offer_edited"), at=offer.updated_at, by=changer.name if changer else ""
        ),
    )


def _rights(
    session: Session, offer: Offer, person: Person | None, reader: Reader, team: Sequence[tuple[Person, TeamRole]]
) -> tuple[bool, bool]:
    """Whether the reader steers this offer, and whether they work on it; everybody does on a shared card."""
    if person is None:
        return True, True
    try:
        offers.require_part(session, offer, person, reader.now)
    except NotAllowed:
        here = {member.id for member, _role in team} | {offer.project_manager_id}
        return False, person.id in here and not person.guest
    return True, True


def _name(session: Session, person_id: int | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""


def _contact(session: Session, offer: Offer) -> str:
    contact = session.get(Contact, offer.contact_id) if offer.contact_id is not None else None
    return contact.name if contact is not None else ""


def _decided(newest: Round | None) -> dict[str, Any]:
    if newest is None:
        return {}
    return {
        "decision": words.RoundOutcome(newest.outcome.value) if newest.outcome else None,
        "decided_at": newest.decided_at,
        "round_id": newest.id,
        "round_open": newest.state is not RoundState.CLOSED,
    }


def _conditions(session: Session, newest: Round | None) -> tuple[str, ...]:
    """What the approvers made their Go depend on."""
    if newest is None or newest.outcome is not RoundOutcome.GO:
        return ()
    last = (
        sa.select(sa.func.max(Ballot.id))
        .where(Ballot.round_id == newest.id, Ballot.counted.is_(True))
        .group_by(Ballot.seat)
    )
    statement = sa.select(BallotCondition).where(BallotCondition.ballot_id.in_(last)).order_by(BallotCondition.id)
    found = session.scalars(statement.limit(CONDITIONS_SHOWN))
    return tuple(" · ".join(part for part in (one.text, one.owner) if part) for one in found)


def _money(session: Session, offer: Offer, evaluation: Evaluation | None, found: Overview) -> dict[str, Any]:
    sent = quotes.submitted(session, offer.id) if found.sent else None
    average = offer.weighting is Weighting.AVERAGE
    weighed = rules.weigh(offer.estimated_amount, offer.launch_probability, offer.success_probability, average=average)
    # A price in another currency than the offer's costs cannot be compared with them.
    same = sent is not None and sent.currency == offer.currency
    left = rules.margin(sent.price, offer.cost_basis) if sent is not None and same else None
    return {
        "budget": Money(evaluation.budget, evaluation.currency)
        if evaluation and evaluation.budget is not None
        else None,
        "estimated": _amount(offer.estimated_amount, offer),
        "weighted": _amount(weighed.double, offer),
        "weighted_launch": _amount(weighed.launch, offer),
        "weighted_success": _amount(weighed.success, offer),
        "price": Money(sent.price, sent.currency) if sent is not None else None,
        "margin": left.percent if left is not None else None,
        "launch": offer.launch_probability,
        "success": offer.success_probability,
        "sent": sent is not None,
        "sent_quotes": found.sent,
        "sent_on": sent.sent_on if sent is not None else None,
    }


def _amount(amount: Decimal | None, offer: Offer) -> Money | None:
    return Money(amount, offer.currency) if amount is not None else None


def _hours(offer: Offer, evaluation: Evaluation | None, found: Overview) -> dict[str, Any]:
    """What it was estimated and planned to take, and what it took so far."""
    estimated = evaluation.effort_hours if evaluation is not None else None
    return {
        "effort_hours": estimated,
        "planned_hours": offer.planned_hours if offer.planned_hours is not None else estimated,
        "spent_hours": hours_of(found.quarters),
    }


def _review(session: Session, offer: Offer, around: Surroundings, found: Overview) -> dict[str, Any]:
    """The newest review, and whether one must still pass before the offer is sent."""
    if offer.outcome is not Outcome.OPEN or offer.number is None:
        return {}
    wanted = not found.sent and reviews.gate(session, offer, ReviewKind.SENDING, around.company) is not None
    if not found.reviews:
        return {"review_wanted": wanted}
    statement = (
        sa.select(ReviewRow)
        .where(ReviewRow.offer_id == offer.id, ReviewRow.state != ReviewState.REPLACED)
        .order_by(ReviewRow.id.desc())
        .limit(1)
    )
    review = session.scalars(statement).one_or_none()
    if review is None:
        return {"review_wanted": wanted}
    waiting = waiting_seats(session, review) if review.state is ReviewState.OPEN else ()
    state = REVIEWS[review.state]
    return {
        # One that passed and counts no longer, because the price changed since, is no news.
        "review": None if wanted and state is Review.PASSED else state,
        "review_id": review.id,
        "review_waits_for": tuple(words.Role(seat.value) for seat in waiting),
        "review_wanted": wanted,
    }


def _clarification(session: Session, offer: Offer, found: Overview) -> dict[str, Any]:
    """The open question that is due first."""
    if not found.open_clarifications:
        return {}
    undated = sa.case((Clarification.due_on.is_(None), 1), else_=0)
    statement = (
        sa.select(Clarification.number, Clarification.due_on)
        .where(
            Clarification.offer_id == offer.id,
            Clarification.removed_at.is_(None),
            Clarification.answered_on.is_(None),
        )
        .order_by(undated, Clarification.due_on, Clarification.number)
        .limit(1)
    )
    number, due_on = session.execute(statement).one()
    return {"next_clarification": number, "next_clarification_on": due_on}


def _negotiation(
    session: Session, offer: Offer, around: Surroundings, reader: Reader, found: Overview
) -> dict[str, Any]:
    stage = around.company.stages.by_code(offer.stage)
    negotiating = bool(found.open_points) or (stage is not None and stage.type is StageType.NEGOTIATION)
    if offer.outcome is not Outcome.OPEN or not negotiating:
        return {}
    today = local(reader.now, reader).date()
    where = negotiations.summary(session, offer.id, today, stages=around.company.stages)
    return {
        "negotiating": True,
        "negotiation_days": where.days,
        "our_move": where.next_move is NextMove.US,
    }


def _end(session: Session, offer: Offer, around: Surroundings, reader: Reader) -> dict[str, Any]:
    if offer.outcome is Outcome.OPEN:
        return {}
    stage = around.company.stages.of_type(ENDS[offer.outcome]) if offer.outcome in ENDS else None
    labels = {reason.code: reason.label.of(reader.language) for reason in stage.reasons} if stage is not None else {}
    reason = labels.get(offer.end_reason or "", offer.end_reason or "")
    note = (offer.end_note or "")[:NOTE_SHOWN]
    handover = Handover.NONE
    if offer.outcome is Outcome.WON:
        state = session.scalar(sa.select(HandoverRow.state).where(HandoverRow.offer_id == offer.id))
        handover = Handover(state.value) if state is not None else Handover.NONE
    return {
        "signed_on": offer.signed_on,
        "ended_on": offer.ended_on,
        "debrief_due_on": offer.debrief_due_on if offer.debrief_done_on is None else None,
        "end_reason": " – ".join(part for part in (reason, note) if part),
        "handover": handover,
    }


def _missing(
    offer: Offer, around: Surroundings, found: Overview, team: Sequence[tuple[Person, TeamRole]]
) -> tuple[Missing, ...]:
    """What an offer under way still lacks; before the Go the evaluation is what is missing."""
    if offer.number is None or offer.outcome not in {Outcome.OPEN, Outcome.WON}:
        return ()
    absent = {
        Missing.CLIENT: offer.client_id is None,
        Missing.CONTACT: offer.contact_id is None,
        Missing.CATEGORY: found.axes < len(around.company.lists.axes),
        Missing.TEAM: not team,
        Missing.AMOUNT: offer.estimated_amount is None and not found.sent,
        Missing.DUE: offer.submission_due_at is None and not found.sent,
    }
    return tuple(one for one, is_absent in absent.items() if is_absent)


def offer_lines(
    session: Session, found: Sequence[Offer], around: Surroundings, reader: Reader
) -> tuple[OfferLine, ...]:
    """Offers as lines of a list, in the order given; two queries, however many there are."""
    prices = listing.submitted(session, [offer.id for offer in found])
    owners = sa.select(Person.id, Person.name).where(Person.id.in_({offer.owner_id for offer in found}))
    names = {row.id: row.name for row in session.execute(owners)}
    lines = []
    for offer in found:
        price = Money(*prices[offer.id]) if offer.id in prices else _amount(offer.estimated_amount, offer)
        lines.append(
            OfferLine(
                offer_id=offer.id,
                title=offer.title,
                stage=stage_label(around, offer.stage, reader),
                outcome=words.Outcome(offer.outcome.value),
                number=offer.number or "",
                reference=offer.external_reference or "",
                owner=names.get(offer.owner_id, ""),
                client=offer.client_name or "",
                amount=price,
                due_at=offer.submission_due_at if offer.id not in prices else None,
            )
        )
    return tuple(lines)
