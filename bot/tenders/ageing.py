"""Shared cards say how many days are left; a card drawn on an earlier day says it wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.offers.models import Offer, Outcome
from bot.sync.models import Kind, LedgerRow, LedgerState, System
from bot.tenders.models import Tender, TenderState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

AT_ONCE = 30
"""Cards per look: together with the time between two looks it keeps a morning's edits far below what Teams takes."""


def redraw_aged(session: Session, now: datetime, time_zone: str, *, limit: int = AT_ONCE) -> int:
    """Have up to ``limit`` shared cards drawn again that were drawn before today in ``time_zone``, nearest deadline
    first: of offers that are open, and of tenders that can still be answered or closed yesterday. Returns how many.

    A card drawn today is left alone, so looking again, or from another replica, does nothing.
    """
    day = now.astimezone(ZoneInfo(time_zone)).date()
    midnight = datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)
    aged = sa.and_(
        LedgerRow.system == System.TEAMS,
        LedgerRow.kind == Kind.SHARED_CARD,
        LedgerRow.state == LedgerState.OK,
        LedgerRow.done_version == LedgerRow.wanted_version,
        LedgerRow.updated_at < midnight,
    )
    unanswered = sa.and_(
        Offer.id.is_(None),
        Tender.state == TenderState.NEW,
        Tender.cancelled.is_(False),
        Tender.closes_at >= midnight - timedelta(days=1),
    )
    chosen = (
        sa.select(LedgerRow.id)
        .join(Tender, Tender.id == LedgerRow.subject_id)
        .outerjoin(Offer, Offer.tender_id == Tender.id)
        .where(aged, sa.or_(Offer.outcome == Outcome.OPEN, unanswered))
        .order_by(Tender.closes_at, LedgerRow.id)
        .limit(limit)
    )
    ids = list(session.scalars(chosen))
    if not ids:
        return 0
    table: Any = LedgerRow.__table__
    # The condition once more: another replica may have taken the same rows meanwhile.
    stale = sa.update(table).where(table.c.id.in_(ids), aged)
    changed: Any = session.execute(stale.values(wanted_version=table.c.wanted_version + 1, updated_at=now))
    return int(changed.rowcount)
