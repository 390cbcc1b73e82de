"""What follows in the other rooms when a tender's dates move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.decisions.models import Round, RoundState
from bot.offers.models import Offer
from bot.sync.ledger import redraw
from bot.sync.models import Kind
from bot.tenders.models import Tender


def move_offer_dates(session: Session, tenders: Sequence[Tender], *, now: datetime) -> None:
    """Give the offers made on these tenders their new deadlines, and redraw the vote cards that show them.

    A running round keeps the deadline it was opened with: what the rules said then stands.
    """
    if not tenders:
        return
    by_id = {tender.id: tender for tender in tenders}
    offers = session.scalars(sa.select(Offer).where(Offer.tender_id.in_(by_id)).with_for_update()).all()
    for offer in offers:
        tender = by_id[offer.tender_id or 0]
        offer.submission_due_at, offer.clarification_at = tender.closes_at, tender.clarification_at
        offer.revision += 1
        offer.updated_at, offer.updated_by_id = now, None
    if offers:
        open_rounds = sa.select(Round.id).where(
            Round.offer_id.in_([offer.id for offer in offers]), Round.state != RoundState.CLOSED
        )
        for round_id in session.scalars(open_rounds):
            redraw(session, Kind.VOTE_CARD, round_id, now=now)
