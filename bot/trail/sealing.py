"""Sealing: every event of the trail gets its link, some time after it was written.

A click only appends its event, so that it waits for nobody; the tick ``audit.seal`` makes the links. On PostgreSQL an
event with a lower id may become visible after one with a higher id, whose transaction ended first: it gets its link
later, none is left out. One replica at a time seals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.trail.models import AuditLink
from bot.trail.rules import Event, Head, digest

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database

AT_ONCE = 2000
LOOK_BACK = 20_000
"""So many ids behind the newest one the tick looks for late events; the daily look, and every verification, look at
all.
"""
LOCK = 5_801_873
"""The advisory lock of PostgreSQL that one replica holds while it seals."""
COLUMNS = tuple(getattr(AuditEvent, name) for name in Event._fields)


def head(session: Session) -> Head:
    """Where the chain ends."""
    last = sa.select(AuditLink.position, AuditLink.digest).order_by(AuditLink.position.desc()).limit(1)
    found = session.execute(last).one_or_none()
    return Head(*found) if found is not None else Head()


def seal(session: Session, now: datetime, *, everything: bool = False, limit: int = AT_ONCE) -> int:
    """Seal at most ``limit`` events that have no link yet; returns how many. 0 also while another replica does it.

    ``everything`` looks for late events among all, not only the newest.
    """
    if session.get_bind().dialect.name == "postgresql":
        locked = sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))
        if not session.scalar(locked):
            return 0
    last = head(session)
    position, before = last.position, last.digest
    links = []
    for row in session.execute(_waiting(session, everything=everything).limit(limit)):
        event = Event._make(row)
        position += 1
        before = digest(before, position, now, event)
        links.append({"position": position, "event_id": event.id, "sealed_at": now, "digest": before})
    if links:
        # Past the mapper: nobody needs the links as objects.
        table: Any = AuditLink.__table__
        session.execute(sa.insert(table), links)
    return len(links)


def seal_all(database: Database, now: datetime) -> int:
    """Seal whatever waits, late events included; returns how many. For callers outside an event loop."""
    whole = 0
    while sealed := database.write_now(lambda session: seal(session, now, everything=True)):
        whole += sealed
    return whole


def _waiting(session: Session, *, everything: bool) -> sa.Select[Any]:
    """The events without a link, oldest id first."""
    statement = sa.select(*COLUMNS).order_by(AuditEvent.id)
    unsealed = ~sa.exists().where(AuditLink.event_id == AuditEvent.id)
    if everything:
        return statement.where(unsealed)
    newest = session.scalar(sa.select(sa.func.max(AuditLink.event_id))) or 0
    # SQLite has one writer at a time: there no event is ever late.
    floor = newest - LOOK_BACK if session.get_bind().dialect.name == "postgresql" else newest
    return statement.where(unsealed, AuditEvent.id > floor)


def unsealed(session: Session) -> int:
    """How many events have no link yet."""
    waiting = sa.select(sa.func.count()).select_from(AuditEvent)
    return session.scalar(waiting.where(~sa.exists().where(AuditLink.event_id == AuditEvent.id))) or 0


def is_first_of_day(session: Session, now: datetime) -> bool:
    """Whether nothing was sealed yet on this day (UTC): then the tick looks at all events and logs the head."""
    last = session.scalar(sa.select(AuditLink.sealed_at).order_by(AuditLink.position.desc()).limit(1))
    return last is None or last.date() < now.date()
