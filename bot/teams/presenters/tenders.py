"""From the database to the views of tenders. Reads only; everything is computed from what stands there now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.decisions import evaluations
from bot.decisions.models import Round, RoundOutcome, RoundState
from bot.offers.models import Offer, Outcome
from bot.people.models import Person
from bot.tenders.models import ChangeKind, Tender, TenderChange, TenderState
from cards import words
from cards.views.reader import Change, sentence
from cards.views.tenders import TenderLine, TenderView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.teams.context import Surroundings

PORTAL_TYPES = {5: words.TenderType.OPEN_COMPETITION, 7: words.TenderType.CALL_FOR_PROPOSALS}
"""The portal's tender type ids that are known."""
PORTAL_STATUSES = {1: words.TenderStatus.INTENDED, 2: words.TenderStatus.ISSUED}
PORTAL_CLOSED = frozenset(range(3, 11)) - {4}
"""Status ids after the closing date: opening, evaluation, negotiation, awarded, completed. 4 was never seen."""
EXCERPT_LENGTH = 600
REASONS_SHOWN = 4


def latest_round(session: Session, offer_id: int) -> Round | None:
    """The newest round of an offer."""
    return session.scalars(
        sa.select(Round).where(Round.offer_id == offer_id).order_by(Round.sequence.desc()).limit(1)
    ).one_or_none()


def tender_view(session: Session, tender: Tender, around: Surroundings, now: datetime) -> TenderView:
    """One tender as its card shows it now."""
    offer = session.scalars(sa.select(Offer).where(Offer.tender_id == tender.id)).one_or_none()
    newest = latest_round(session, offer.id) if offer is not None else None
    successor = session.scalars(
        sa.select(Tender).where(Tender.reissue_of_id == tender.id).order_by(Tender.id.desc()).limit(1)
    ).one_or_none()
    actor = session.get(Person, offer.owner_id if offer is not None else tender.state_by_id or 0)
    undo_until = (
        tender.state_at + timedelta(minutes=around.company.rules.tenders.undo_minutes) if tender.state_at else None
    )
    return TenderView(
        tender_id=tender.id,
        revision=tender.revision,
        number=tender.number or "",
        title=tender.title,
        source=words.Source(tender.source.value),
        type=_type(tender),
        status=_status(tender, now),
        state=state_of(tender, offer, newest, successor, now),
        tags=tuple(str(tag) for tag in tender.tags),
        entity=tender.entity or "",
        published_at=tender.published_at,
        opens_at=tender.opens_at,
        clarification_at=tender.clarification_at,
        closes_at=tender.closes_at,
        countries=tuple(str(country) for country in tender.countries),
        clause=tender.clause or "",
        price_range=tender.price_range or "",
        excerpt=tender.description[:EXCERPT_LENGTH],
        why_matched=tuple(dict.fromkeys(str(reason["found"]) for reason in tender.match_reasons))[:REASONS_SHOWN],
        portal_url=tender.url or "",
        actor=actor.name if actor else "",
        since=offer.opened_at if offer is not None else tender.state_at,
        reasons=(tender.dismiss_reason,) if tender.dismiss_reason else (),
        undo_until=undo_until if tender.state is TenderState.DISMISSED and undo_until and undo_until > now else None,
        offer_id=offer.id if offer else None,
        offer_number=(offer.number or "") if offer else "",
        round_id=newest.id if newest else None,
        evaluation_required=_required(session, offer, around),
        evaluation_done=offer is not None and evaluations.latest(session, offer.id) is not None,
        reissued_as=(successor.number or "") if successor else "",
        reissued_id=successor.id if successor else None,
        last_change=_last_change(session, tender),
    )


def _required(session: Session, offer: Offer | None, around: Surroundings) -> bool:
    """Whether what is written so far makes the whole evaluation necessary."""
    stored = evaluations.load(session, offer.id) if offer is not None else None
    return stored is not None and bool(evaluations.as_fields(stored).required_because(around.rules.thresholds))


def state_of(
    tender: Tender, offer: Offer | None, newest: Round | None, successor: Tender | None, now: datetime
) -> words.TenderState:
    """Where a tender stands with us: what we decided comes before what the portal says."""
    if offer is not None:
        return _state_of_offer(offer, newest)
    if tender.state is TenderState.DISMISSED:
        return words.TenderState.DISMISSED
    if successor is not None:
        return words.TenderState.REISSUED
    if tender.cancelled:
        return words.TenderState.CANCELLED
    if tender.closes_at is not None and tender.closes_at <= now:
        return words.TenderState.CLOSED
    return words.TenderState.NEW


def _state_of_offer(offer: Offer, newest: Round | None) -> words.TenderState:
    if offer.outcome is Outcome.NO_GO:
        return words.TenderState.NO_GO
    if newest is None:
        return words.TenderState.EVALUATING
    if newest.state is not RoundState.CLOSED:
        return words.TenderState.VOTING
    return words.TenderState.GO if newest.outcome is RoundOutcome.GO else words.TenderState.NO_GO


def _type(tender: Tender) -> words.TenderType:
    chosen = tender.raw.get("type") if tender.source.value == "client" else None
    if isinstance(chosen, str) and chosen in set(words.TenderType):
        return words.TenderType(chosen)
    return PORTAL_TYPES.get(tender.type_id or 0, words.TenderType.UNKNOWN)


def _status(tender: Tender, now: datetime) -> words.TenderStatus:
    if tender.cancelled:
        return words.TenderStatus.CANCELLED
    if tender.status_id in PORTAL_CLOSED or (tender.closes_at is not None and tender.closes_at <= now):
        return words.TenderStatus.CLOSED
    if tender.source.value == "client":
        return words.TenderStatus.ISSUED
    return PORTAL_STATUSES.get(tender.status_id or 0, words.TenderStatus.UNKNOWN)


def _last_change(session: Session, tender: Tender) -> Change | None:
    """The newest thing the source changed, unless it is the publication itself."""
    change = session.scalars(
        sa.select(TenderChange).where(TenderChange.tender_id == tender.id).order_by(TenderChange.id.desc()).limit(1)
    ).one_or_none()
    if change is None or change.kind is ChangeKind.PUBLISHED:
        return None
    return Change(what=sentence(f"changes.{change.kind.value}"), at=change.at)


def tender_lines(session: Session, tenders: Sequence[Tender], now: datetime) -> tuple[TenderLine, ...]:
    """Tenders as lines of a list, in the order given; two queries, however many there are."""
    ids = [tender.id for tender in tenders]
    offers = {offer.tender_id: offer for offer in session.scalars(sa.select(Offer).where(Offer.tender_id.in_(ids)))}
    rounds: dict[int, Round] = {}
    chosen = [offer.id for offer in offers.values()]
    for found in session.scalars(sa.select(Round).where(Round.offer_id.in_(chosen)).order_by(Round.sequence)):
        rounds[found.offer_id] = found
    lines = []
    for tender in tenders:
        offer = offers.get(tender.id)
        newest = rounds.get(offer.id) if offer else None
        lines.append(
            TenderLine(
                tender_id=tender.id,
                number=tender.number or "",
                title=tender.title,
                state=state_of(tender, offer, newest, None, now),
                closes_at=tender.closes_at,
                entity=tender.entity or "",
                why_matched=tuple(dict.fromkeys(str(reason["found"]) for reason in tender.match_reasons))[
                    :REASONS_SHOWN
                ],
            )
        )
    return tuple(lines)
