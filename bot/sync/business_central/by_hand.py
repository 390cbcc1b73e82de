"""What Business Central's web service cannot write, and a person enters there. Apart from the gateway, because people
see it and tick it off where Business Central is no longer set up, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import audit
from bot.errors import NotFound
from bot.sync.differences import Memory
from bot.sync.models import Kind, LedgerRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person


def left_by_hand(memory: Memory) -> dict[str, str]:
    """What a person has still to enter in Business Central: the English caption of each field, and the value."""
    done = memory.more.get("done_by_hand") or {}
    wanted: dict[str, str] = memory.more.get("by_hand") or {}
    return {caption: value for caption, value in wanted.items() if done.get(caption) != value}


def done_by_hand(session: Session, row_id: int, actor: Person, now: datetime) -> None:
    """Note that all of it was entered; again changes nothing. Raises :class:`~bot.errors.NotFound`.

    The caller has checked that ``actor`` may say so for this offer.
    """
    row = session.get(LedgerRow, row_id, with_for_update=True)
    memory = Memory.of(row.remote) if row is not None and row.kind is Kind.OPPORTUNITY else None
    if row is None or memory is None:
        raise NotFound
    left = left_by_hand(memory)
    if not left:
        return
    entered = {**(memory.more.get("done_by_hand") or {}), **left}
    row.remote = replace(memory, more={**memory.more, "done_by_hand": entered}).as_remote()
    row.updated_at = now
    audit.record(
        session,
        now=now,
        action="sync.done_by_hand",
        subject="offer",
        subject_id=row.subject_id,
        actor_id=actor.id,
        after=left,
    )
