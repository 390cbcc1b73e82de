"""What was sent to another system and may stand there, although the answer or the program was lost before it could
be remembered. Found there later, it is our own value and nobody's change.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
import sqlalchemy as sa

from bot.sync.facts import remember
from bot.sync.models import Mapping as MappingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.differences import Memory, Value
    from bot.sync.models import System
    from bot.sync.reconciler import Claim


class Attempt:
    """The writes for one claimed row. Noted before they are sent, forgotten once the row is true."""

    def __init__(
        self, database: Database, claim: Claim, mapped: Mapping[str, str], now: Callable[[], datetime]
    ) -> None:
        """``mapped``: the mappings of the claim's system as they stand; ``now`` gives aware UTC."""
        self._database = database
        self._claim = claim
        self._now = now
        beginning = _beginning(claim.id)
        self._sent = {
            name.removeprefix(beginning): frozenset(prints.split(","))
            for name, prints in mapped.items()
            if name.startswith(beginning)
        }

    @property
    def sent(self) -> frozenset[str]:
        """The names of what was noted and not yet forgotten, by this attempt or an earlier one."""
        return frozenset(self._sent)

    def tried_at(self, name: str) -> datetime | None:
        """When an earlier attempt noted that it would try this; None when none did."""
        return min((datetime.fromisoformat(text) for text in self._sent.get(name, ())), default=None)

    def tried(self, name: str) -> str | None:
        """What was noted when this was tried; None when it never was."""
        return min(self._sent.get(name, ()), default=None)

    async def trying(self, name: str, text: str = "", *, anew: bool = False) -> None:
        """Note what is about to be tried, in a short text without commas, else when; the first time counts unless it
        is tried ``anew``.
        """
        now, beginning, system = self._now(), _beginning(self._claim.id), self._claim.system
        if anew or name not in self._sent:
            noted = text or now.isoformat()
            kept = {f"{beginning}{name}": noted}
            await self._database.write(lambda session: remember(session, system, kept, now=now))
            self._sent[name] = frozenset({noted})

    def believed(self, memory: Memory, there: Mapping[str, Value]) -> Memory:
        """The memory, as if what stands there were agreed on where an earlier attempt of ours left it."""
        ours = {name: value for name, value in there.items() if _print(value) in self._sent.get(name, ())}
        return replace(memory, agreed={**memory.agreed, **ours})

    async def sending(self, changes: Mapping[str, Value], there: Mapping[str, Value]) -> None:
        """Note what is about to take the place of what stands there; both are ours, whichever is found later."""
        found = {
            name: frozenset({_print(value), *([_print(there[name])] if name in there else [])})
            for name, value in changes.items()
        }
        now, beginning, system = self._now(), _beginning(self._claim.id), self._claim.system
        names = {f"{beginning}{name}": ",".join(sorted(prints)) for name, prints in found.items()}
        await self._database.write(lambda session: remember(session, system, names, now=now))
        self._sent.update(found)


def forget(session: Session, system: System, row_id: int) -> None:
    """The row is true, and what stands over there is remembered."""
    mine = MappingRow.name.startswith(_beginning(row_id))
    session.execute(sa.delete(MappingRow).where(MappingRow.system == system, mine))


def _beginning(row_id: int) -> str:
    return f"sent:{row_id}:"


def _print(value: Value) -> str:
    """Short, because a mapping holds few characters and a title may be long."""
    return hashlib.sha256(orjson.dumps(value)).hexdigest()[:16]
