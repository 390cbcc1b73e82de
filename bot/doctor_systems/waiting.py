"""How many records wait for each system, and what only a person can mend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.findings import Finding, State
from bot.sync.models import DEAL_RECORD, RECORD, SYSTEM_OF, LedgerRow, LedgerState, System
from bot.sync.reconciler import paused

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

FOR_A_PERSON = {
    LedgerState.MANUAL: "`offerdesk sync status` says why, `offerdesk sync retry --system {system}` tries again.",
    LedgerState.CONFLICT: "The owner of each offer chooses between the two values on the card in Teams.",
}


@dataclass(slots=True)
class _Open:
    """The records of one system that are not as they should be: how many by state, and since when the oldest is. Since
    its first attempt where it was never made, else since its last change or attempt.
    """

    counts: dict[LedgerState, int] = field(default_factory=dict)
    since: datetime | None = None


def waiting(session: Session) -> list[Finding]:
    """One line for each system that holds records, also where it is off."""
    found = _open_records(session)
    halted = paused(session)
    return [
        _line(system, found.get(system, _Open()), halted.get(system)) for system in dict.fromkeys(SYSTEM_OF.values())
    ]


def _open_records(session: Session) -> dict[System, _Open]:
    behind = LedgerRow.done_version < LedgerRow.wanted_version
    since = sa.func.min(sa.func.coalesce(LedgerRow.first_tried_at, LedgerRow.updated_at))
    statement = (
        sa.select(LedgerRow.system, LedgerRow.state, sa.func.count(), since)
        .where(LedgerRow.target.in_((RECORD, DEAL_RECORD)), sa.or_(behind, LedgerRow.state != LedgerState.OK))
        .group_by(LedgerRow.system, LedgerRow.state)
    )
    found: dict[System, _Open] = {}
    for system, state, count, oldest in session.execute(statement):
        there = found.setdefault(system, _Open())
        # What was fine until it became stale is due like a new one.
        shown = LedgerState.PENDING if state is LedgerState.OK else state
        there.counts[shown] = there.counts.get(shown, 0) + count
        there.since = min(there.since or oldest, oldest)
    return found


def _line(system: System, there: _Open, paused_since: datetime | None) -> Finding:
    what = f"records ({system.value})"
    counts = ", ".join(f"{there.counts[state]} {state.value}" for state in LedgerState if state in there.counts)
    total = sum(there.counts.values())
    since = there.since.isoformat(timespec="seconds") if there.since is not None else ""
    detail = f"{total} wait, the oldest since {since}: {counts}." if total else "None waits."
    if paused_since is not None:
        detail = f"Paused since {paused_since.isoformat(timespec='seconds')}. {detail}"
        remedy = f"`offerdesk sync pause --system {system.value} --off` lets it go on."
        return Finding(what, State.WARNING, detail, remedy)
    remedies = [remedy.format(system=system.value) for state, remedy in FOR_A_PERSON.items() if state in there.counts]
    return Finding(what, State.WARNING if remedies else State.OK, detail, " ".join(remedies))
