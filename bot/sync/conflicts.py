"""Values that somebody changed in another system: noted, shown to whoever is responsible, and settled by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.sync.differences import Memory, settled
from bot.sync.ledger import redraw, want
from bot.sync.models import RECORD, Conflict, Kind, LedgerRow, LedgerState, person_target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.sync.differences import Difference


def note(session: Session, row: LedgerRow, differences: Sequence[Difference], *, now: datetime) -> bool:
    """Write the differences down and have them put to the owner of the offer, once each. True while any is open."""
    waiting = {one.field: one for one in open_on(session, row.id)}
    for found in differences:
        known = waiting.get(found.field)
        if known is None:
            _put(session, row, found, now)
        elif known.theirs.get("value") != found.theirs or known.ours.get("value") != found.ours:
            known.ours, known.theirs = {"value": found.ours}, {"value": found.theirs}
            known.their_name, known.their_at = found.by, found.at
            redraw(session, Kind.CONFLICT_CARD, known.id, now=now)
    return bool(waiting or differences)


def _put(session: Session, row: LedgerRow, found: Difference, now: datetime) -> None:
    conflict = Conflict(
        row_id=row.id,
        field=found.field,
        ours={"value": found.ours},
        theirs={"value": found.theirs},
        their_name=found.by,
        their_at=found.at,
        found_at=now,
    )
    session.add(conflict)
    session.flush()
    owner_id = session.scalar(sa.select(Offer.owner_id).where(Offer.id == row.subject_id))
    if owner_id is not None:
        want(session, Kind.CONFLICT_CARD, conflict.id, now=now, target=person_target(owner_id))


def open_on(session: Session, row_id: int) -> Sequence[Conflict]:
    """What waits for a person on one row, oldest first."""
    statement = sa.select(Conflict).where(Conflict.row_id == row_id, Conflict.resolved_at.is_(None))
    return session.scalars(statement.order_by(Conflict.id)).all()


def waiting_for(session: Session, person_id: int, limit: int) -> Sequence[int]:
    """The ids of what waits for somebody to choose, on offers they own, oldest first."""
    statement = (
        sa.select(Conflict.id)
        .join(LedgerRow, LedgerRow.id == Conflict.row_id)
        .join(Offer, Offer.id == LedgerRow.subject_id)
        .where(Conflict.resolved_at.is_(None), LedgerRow.target == RECORD, Offer.owner_id == person_id)
    )
    return session.scalars(statement.order_by(Conflict.id).limit(limit)).all()


def settle(session: Session, conflict_id: int, *, keep_ours: bool, actor: Person, now: datetime) -> Conflict:
    """A person chose: our value is written over there, or theirs stays. A second choice finds the first and changes
    nothing. Raises :class:`NotFound`.

    The caller has checked that ``actor`` may decide for this offer.
    """
    # The row first, as the reconciler does that notes what it found: no two wait for each other.
    row_id = session.scalar(sa.select(Conflict.row_id).where(Conflict.id == conflict_id))
    row = session.get(LedgerRow, row_id, with_for_update=True) if row_id is not None else None
    conflict = session.get(Conflict, conflict_id, with_for_update=True, populate_existing=True)
    if conflict is None or row is None:
        raise NotFound
    if conflict.resolved_at is not None:
        return conflict
    conflict.keep_ours, conflict.resolved_at, conflict.resolved_by_id = keep_ours, now, actor.id
    ours, theirs = conflict.ours["value"], conflict.theirs["value"]
    memory = Memory.of(row.remote)
    if memory is not None:
        row.remote = settled(memory, conflict.field, ours=ours, theirs=theirs, keep_ours=keep_ours).as_remote()
    session.flush()
    if not open_on(session, row.id):
        row.state = LedgerState.PENDING
    row.wanted_version, row.not_before, row.updated_at = row.wanted_version + 1, now, now
    redraw(session, Kind.CONFLICT_CARD, conflict.id, now=now)
    audit.record(
        session,
        now=now,
        action="sync.settled",
        subject="offer",
        subject_id=row.subject_id,
        actor_id=actor.id,
        before={"field": conflict.field, "system": row.system.value, "ours": ours, "theirs": theirs},
        after={"kept": "ours" if keep_ours else "theirs"},
    )
    return conflict
