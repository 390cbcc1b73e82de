"""Closing dates that pass while the portal says nothing."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.sync.ledger import redraw
from bot.sync.models import Kind
from bot.tenders.models import Tender, TenderChange
from bot.tenders.words import ChangeKind

AT_ONCE = 200
"""Tenders closed in one transaction, so that nobody's click waits long; the next tick takes the rest."""


def close_due(session: Session, now: datetime) -> int:
    """Note once for each tender that its closing date passed, and redraw its card. Returns how many there were."""
    due = (
        sa.select(Tender)
        .where(Tender.closed_at.is_(None), Tender.closes_at <= now)
        .order_by(Tender.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    closed = session.scalars(due.execution_options(populate_existing=True)).all()
    for tender in closed:
        tender.closed_at = now
        tender.revision += 1
        after = tender.closes_at.isoformat() if tender.closes_at else None
        session.add(TenderChange(tender_id=tender.id, kind=ChangeKind.CLOSED, after=after, at=now))
        redraw(session, Kind.SHARED_CARD, tender.id, now=now)
    session.flush()
    return len(closed)
