"""Verification: every link computed anew from the rows, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.trail.models import AuditLink
from bot.trail.rules import Break, Chain, Event, Head, Link
from bot.trail.sealing import COLUMNS, unsealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

AT_ONCE = 1000
_LINK = (AuditLink.position, AuditLink.event_id, AuditLink.sealed_at, AuditLink.digest)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. ``waiting``: events that no link seals yet."""

    head: Head
    waiting: int
    broken: Break | None


def verify(session: Session, noted: Head | None = None, told: Callable[[int], None] | None = None) -> Verdict:
    """Follow the whole chain. ``noted``: a head that was written down earlier; ``told`` hears how far it came."""
    chain = Chain(noted)
    for link in _links(session):
        chain.take(link)
        if chain.broken is not None:
            break
        if told is not None and link.position % AT_ONCE == 0:
            told(link.position)
    chain.end()
    return Verdict(chain.head, unsealed(session), chain.broken)


def _links(session: Session) -> Iterator[Link]:
    """In their order, some at a time by their position: no cursor is held and no statement takes long."""
    statement = (
        sa.select(*_LINK, *COLUMNS)
        .outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id)
        .order_by(AuditLink.position)
        .limit(AT_ONCE)
    )
    position = -(2**31)
    while rows := session.execute(statement.where(AuditLink.position > position)).all():
        for row in rows:
            position, event_id, sealed_at, digest, *event = row
            yield Link(position, event_id, sealed_at, digest, Event._make(event) if event[0] is not None else None)
