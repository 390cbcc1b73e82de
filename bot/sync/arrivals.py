"""Notices that other systems send: stored once before they are answered, read afterwards, forgotten in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.statements import insert_into
from bot.sync.models import Arrival, System

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

BATCH = 100
"""How many are read in one go."""
KEPT = timedelta(days=7)
"""A notice is repeated within minutes; a week is far on the safe side."""
LONGEST_ERROR = 500


def store(session: Session, system: System, key: str, body: dict[str, Any], *, now: datetime) -> bool:
    """Keep a notice. False when it is there already; then nothing changes. ``key`` has at most 200 characters."""
    insert = insert_into(Arrival, session.get_bind().dialect.name)
    statement = insert.on_conflict_do_nothing(index_elements=["system", "key"]).returning(Arrival.id)
    given = {"system": system, "key": key, "body": body, "at": now}
    return session.execute(statement, [given]).first() is not None


def store_each(session: Session, system: System, bodies: Mapping[str, dict[str, Any]], *, now: datetime) -> int:
    """:func:`store` for many notices by their keys, with one statement; gives how many are new."""
    if not bodies:
        return 0
    insert = insert_into(Arrival, session.get_bind().dialect.name)
    statement = insert.on_conflict_do_nothing(index_elements=["system", "key"]).returning(Arrival.id)
    given = [{"system": system, "key": key, "body": body, "at": now} for key, body in sorted(bodies.items())]
    return len(session.execute(statement, given).all())


def waiting(session: Session, system: System, after: int) -> Sequence[Arrival]:
    """The next notices nobody has read, oldest first, with ids above ``after``."""
    found = sa.select(Arrival).where(Arrival.system == system, Arrival.done_at.is_(None), Arrival.id > after)
    return session.scalars(found.order_by(Arrival.id).limit(BATCH)).all()


def note(session: Session, arrival_id: int, *, now: datetime, error: str | None, again: bool) -> None:
    """Write down how the reading went; ``again``: it waits for the next look."""
    told = error[:LONGEST_ERROR] if error is not None else None
    mark = sa.update(Arrival).where(Arrival.id == arrival_id)
    session.execute(mark.values(error=told, done_at=None if again else now))


def note_each(session: Session, ids: Sequence[int], *, now: datetime, error: str | None, again: bool) -> None:
    """:func:`note` for notices that were read together."""
    told = error[:LONGEST_ERROR] if error is not None else None
    marks = sa.update(Arrival).where(Arrival.id.in_(ids))
    session.execute(marks.values(error=told, done_at=None if again else now))


def forget(session: Session, system: System, *, now: datetime) -> None:
    """Drop what was read a week ago."""
    session.execute(sa.delete(Arrival).where(Arrival.system == system, Arrival.done_at < now - KEPT))
