"""How the other systems stand, as an offer card shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.sync.models import Kind, LedgerRow, LedgerState
from cards import words
from cards.views.chat import SystemLine

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def teams_line(session: Session, kind: Kind, subject_id: int, target: str) -> tuple[SystemLine, ...]:
    """The line of one Teams message; nothing while none is wanted."""
    row = session.scalars(
        sa.select(LedgerRow).where(
            LedgerRow.kind == kind, LedgerRow.subject_id == subject_id, LedgerRow.target == target
        )
    ).one_or_none()
    if row is None:
        return ()
    fine = row.state is LedgerState.OK and row.done_version >= row.wanted_version
    state = words.SyncState.OK if fine else words.SyncState(row.state.value)
    if not fine and state is words.SyncState.OK:
        state = words.SyncState.PENDING
    return (SystemLine(system="Teams", state=state, detail=row.error or ""),)
