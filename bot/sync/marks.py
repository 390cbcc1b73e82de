"""What is remembered beside a record about its changes over there: up to when we know it, and that it must be looked
at. Pure: no database, no network.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sync.differences import Memory

_LOOK, _SEEN = "look", "seen"


def look_asked(memory: Memory, at: datetime) -> Memory | None:
    """The memory with the wish to compare, because the record was changed at ``at``; None when that is known already,
    or the wish is there.
    """
    if any(mark in memory.more and datetime.fromisoformat(memory.more[mark]) >= at for mark in (_LOOK, _SEEN)):
        return None
    return replace(memory, more={**memory.more, _LOOK: at.isoformat()})


def wants_look(memory: Memory) -> bool:
    """Whether the record must be compared although nothing of ours changed."""
    return _LOOK in memory.more


def looked(memory: Memory, changed_at: datetime | None) -> Memory:
    """The memory once the record was read or written, as it was last changed at ``changed_at``."""
    more = {name: value for name, value in memory.more.items() if name != _LOOK}
    return replace(memory, more=more | ({_SEEN: changed_at.isoformat()} if changed_at is not None else {}))
