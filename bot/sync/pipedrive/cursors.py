"""How far each of Pipedrive's listings was read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.sync.models import Cursor, System

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OVERLAP = timedelta(minutes=2)
"""How far a look goes back behind the last one: their lists may lag behind their clock."""


def since(session: Session, listing: str) -> datetime | None:
    """After which change to ask; None for everything."""
    kept = session.get(Cursor, (System.PIPEDRIVE, listing))
    return datetime.fromisoformat(kept.position) - OVERLAP if kept is not None else None


def advance(session: Session, listing: str, position: datetime, now: datetime) -> None:
    """It was read up to ``position``; it never goes back."""
    cursor = session.get(Cursor, (System.PIPEDRIVE, listing), with_for_update=True)
    if cursor is None:
        session.add(Cursor(system=System.PIPEDRIVE, name=listing, position=position.isoformat(), updated_at=now))
    elif datetime.fromisoformat(cursor.position) < position:
        cursor.position, cursor.updated_at = position.isoformat(), now
