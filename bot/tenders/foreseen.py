"""What other watch rules would make of the tenders that can still be answered. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.tenders.matching import match
from bot.tenders.models import Source, Tender

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config import Watch

MOST = 1000
"""Tenders looked at, the newest first: more than a portal has open."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A tender whose verdict would change. ``rules``: the codes of the rules that it would meet."""

    tender_id: int
    number: str
    title: str
    score: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchForeseen:
    """``looked``: how many tenders were held against both; ``kept`` match either way."""

    looked: int
    kept: int
    found: tuple[Affected, ...]
    lost: tuple[Affected, ...]


def foresee_watch(session: Session, before: Watch, after: Watch, now: datetime) -> WatchForeseen:
    """Hold both sets of rules against every tender of the portals that is still open."""
    statement = (
        sa.select(Tender)
        .where(
            Tender.source != Source.CLIENT,
            Tender.cancelled.is_(False),
            Tender.archived.is_(False),
            sa.or_(Tender.closes_at.is_(None), Tender.closes_at > now),
        )
        .order_by(Tender.id.desc())
        .limit(MOST)
    )
    tenders = session.scalars(statement).all()
    found, lost, kept = [], [], 0
    for tender in tenders:
        old, new = match(before, tender, tender.source.value), match(after, tender, tender.source.value)
        verdict = Affected(
            tender.id, tender.number or "", tender.title, new.score, tuple(one.rule for one in new.reasons)
        )
        if new.matched and not old.matched:
            found.append(verdict)
        elif old.matched and not new.matched:
            lost.append(verdict)
        else:
            kept += new.matched
    return WatchForeseen(len(tenders), kept, tuple(found), tuple(lost))
