"""Rounds: opened on an evaluated offer, and reopened as a new round after a decision."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import audit
from bot.decisions import evaluations, seats
from bot.decisions.errors import EvaluationMissing, NoApprovers, NothingToReopen, OfferEnded, RoundRunning
from bot.decisions.models import Round, RoundState
from bot.decisions.results import lock
from bot.decisions.rules import DECIDING_SEAT, DecisionRules, closes_at
from bot.errors import Invalid
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.people.models import Person
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, person_target

REASON_LIMIT = 1000


def open_round(session: Session, offer_id: int, actor: Person, now: datetime, rules: DecisionRules) -> Round:
    """Ask the approvers to decide on an offer, by the rules of this moment.

    The owner and those who steer offers may. Raises :class:`EvaluationMissing`, :class:`RoundRunning`,
    :class:`OfferEnded`, :class:`NoApprovers`, :class:`NotAllowed`, :class:`NotFound`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    last = _last(session, offer_id)
    if last is not None and last.state is not RoundState.CLOSED:
        raise RoundRunning
    if offer.outcome is not Outcome.OPEN or last is not None:
        # After a decision only a reopening, which has a reason, makes the next round.
        raise OfferEnded
    return _open(session, offer, actor, now, rules)


def _last(session: Session, offer_id: int) -> Round | None:
    statement = sa.select(Round).where(Round.offer_id == offer_id).order_by(Round.sequence.desc()).limit(1)
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def _open(
    session: Session,
    offer: Offer,
    actor: Person,
    now: datetime,
    rules: DecisionRules,
    *,
    after: Round | None = None,
    reason: str | None = None,
) -> Round:
    evaluation = evaluations.latest(session, offer.id)
    if evaluation is None or not evaluations.is_complete(evaluation, rules.thresholds):
        raise EvaluationMissing(offer=offer.id)
    places = seats.holders(session, rules.voting.seats, now)
    if not places:
        raise NoApprovers
    row = Round(
        offer_id=offer.id,
        sequence=after.sequence + 1 if after else 1,
        rule=rules.voting.kind,
        seats=list(rules.voting.seats),
        veto_seats=sorted(rules.voting.veto_seats),
        quorum=rules.voting.quorum,
        state=RoundState.OPEN,
        opened_at=now,
        opened_by_id=actor.id,
        closes_at=closes_at(now, offer.clarification_at, rules),
        evaluation_version=evaluation.version,
        reopens_id=after.id if after else None,
        reopen_reason=reason,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        now=now,
        action="round.reopened" if after else "round.opened",
        subject="round",
        subject_id=row.id,
        actor_id=actor.id,
        after={
            "offer": offer.id,
            "rule": row.rule.value,
            "quorum": row.quorum,
            "closes_at": row.closes_at.isoformat(),
            "reason": reason,
        },
    )
    for person_id in seats.people_behind(places):
        want(session, Kind.VOTE_CARD, row.id, now=now, target=person_target(person_id))
    offers.mark_shared(session, offer, now=now)
    return row


def ask_anew(session: Session, now: datetime) -> int:
    """A role or a deputy changed: whoever may act in an open round now is asked, and its cards show who that is.

    Returns how many rounds are open.
    """
    statement = sa.select(Round, Offer).join(Offer, Offer.id == Round.offer_id).where(Round.state != RoundState.CLOSED)
    found = session.execute(statement.order_by(Round.id)).all()
    for row, offer in found:
        # Also the cards of those who may not vote any more.
        redraw(session, Kind.VOTE_CARD, row.id, now=now)
        asked = (DECIDING_SEAT,) if row.state is RoundState.ESCALATED else tuple(row.seats)
        for person_id in seats.people_behind(seats.holders(session, asked, now)):
            want(session, Kind.VOTE_CARD, row.id, now=now, target=person_target(person_id))
        offers.mark_shared(session, offer, now=now)
    return len(found)


def reopen(session: Session, round_id: int, actor: Person, reason: str, now: datetime, rules: DecisionRules) -> Round:
    """Vote again on a decided offer: a new round linked to the old one. A number given by a Go stays; the offer is
    under evaluation again.

    The owner and those who steer offers may, with a reason (:class:`Invalid` at ``reason``), as long as the offer
    is open or ended in No-Go and the round is its last (:class:`NothingToReopen`).
    """
    facts = lock(session, round_id)
    offer = offers.locked(session, facts.offer_id)
    offers.require_part(session, offer, actor, now)
    reason = reason.strip()
    if not reason:
        raise Invalid({"reason": ("errors.required", {})})
    if len(reason) > REASON_LIMIT:
        raise Invalid({"reason": ("errors.too_long", {"limit": REASON_LIMIT})})
    last = _last(session, offer.id)
    if last is None or last.state is not RoundState.CLOSED:
        raise RoundRunning
    if last.id != round_id or offer.outcome not in {Outcome.OPEN, Outcome.NO_GO}:
        raise NothingToReopen
    offers.set_outcome(session, offer, Outcome.OPEN, now=now, actor_id=actor.id)
    if rules.evaluation_stage:
        offers.enter_stage(
            session,
            offer,
            rules.evaluation_stage,
            now=now,
            cause="round",
            actor_id=actor.id,
            on=rules.today(now),
            defaults=rules.defaults_of(rules.evaluation_stage),
        )
    row = _open(session, offer, actor, now, rules, after=last, reason=reason)
    redraw(session, Kind.VOTE_CARD, last.id, now=now)
    redraw(session, Kind.OUTCOME_CARD, last.id, now=now)
    return row
