"""Makes the outside hold what the ledger wants: claims due rows, has them applied, writes down how it went.

Any number of replicas may run one: a claim is a lease, taken with ``FOR UPDATE SKIP LOCKED`` on PostgreSQL and by the
one writer thread on SQLite. A dead replica's rows come free when its lease ends; a post that was under way then has an
unknown outcome and is shown to a person instead of being sent twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
import structlog

from bot import crash
from bot.errors import DatabaseUnavailable
from bot.sync.ledger import tell_admins
from bot.sync.models import ONE_SHOT, Kind, LedgerRow, LedgerState, Pause, System
from integrations.errors import OutcomeUnknown, ServiceError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database

log = structlog.get_logger()

LEASE = timedelta(minutes=3)
"""How long a claim holds; longer than the two calls of a first personal message (open the chat, post) may take."""

SPACING = timedelta(seconds=2)
"""Least time between two edits of one message: ten quick votes make two edits, the first and the last."""

LONGEST_WAIT = timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=2)
LONGEST_ASKED_WAIT = 86_400.0
"""Seconds; a service that asks for a longer pause is asked again after a day."""
TRANSIENT_LIMIT = 40
"""About a day and a half of hourly attempts; then a person is asked."""

BATCH = 16
IDLE_SECONDS = 15.0
"""How often an idle reconciler looks for rows that another replica or a waiting time made due."""


_NOT_PAUSED = LedgerRow.system.not_in(sa.select(Pause.system))


class Incomplete(Exception):
    """Something is missing on our side: a state of the row, not a fault. ``reason`` says what, for the sync page."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Claim:
    """A due row as the gateway gets it. ``remote`` is what was stored after the last success, None before the first."""

    id: int
    system: System
    kind: Kind
    subject_id: int
    target: str
    wanted_version: int
    remote: dict[str, Any] | None
    attempts: int


class Gateway(Protocol):
    """One other side."""

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make the row true over there and return what to remember.

        Raises:
            Incomplete: something is missing on our side.
            ServiceError: the other side failed; the class decides what happens next.
        """


def claim_due(session: Session, *, now: datetime, owner: str, limit: int = BATCH) -> list[Claim]:
    """Lease up to ``limit`` due rows. Rows whose post was under way when its owner died become a person's matter."""
    _give_up_lost_posts(session, now)
    due = (
        sa.select(LedgerRow)
        .where(
            LedgerRow.done_version < LedgerRow.wanted_version,
            LedgerRow.state.in_((LedgerState.OK, LedgerState.PENDING, LedgerState.RETRYING)),
            LedgerRow.not_before <= now,
            sa.or_(LedgerRow.lease_until.is_(None), LedgerRow.lease_until < now),
            _NOT_PAUSED,
        )
        .order_by(LedgerRow.not_before, LedgerRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(due))
    for row in rows:
        row.lease_owner, row.lease_until, row.in_flight_since = owner, now + LEASE, now
    return [
        Claim(row.id, row.system, row.kind, row.subject_id, row.target, row.wanted_version, row.remote, row.attempts)
        for row in rows
    ]


def _give_up_lost_posts(session: Session, now: datetime) -> None:
    lost = session.scalars(
        sa.select(LedgerRow)
        .where(LedgerRow.in_flight_since.is_not(None), LedgerRow.lease_until < now, LedgerRow.done_version == 0)
        .with_for_update(skip_locked=True)
    )
    for row in lost:
        _hand_to_person(session, row, OutcomeUnknown.__name__, "The program ended while this was being posted.", now)


def _hand_to_person(session: Session, row: LedgerRow, error_class: str, error: str, now: datetime) -> None:
    row.state, row.error_class, row.error = LedgerState.MANUAL, error_class, error
    row.lease_owner = row.lease_until = row.in_flight_since = None
    row.updated_at = now
    if row.kind is not Kind.ADMIN_NOTICE:
        kind = "delivery_unknown" if error_class == OutcomeUnknown.__name__ else "delivery_failed"
        tell_admins(session, kind, {"row": row.id, "kind": row.kind, "error": error_class}, now=now)


def succeed(session: Session, claim: Claim, remote: dict[str, Any], now: datetime) -> None:
    """The row is true over there, as of the claimed version; a newer wish stays due."""
    row = session.get(LedgerRow, claim.id, with_for_update=True)
    if row is None:
        return
    row.done_version = max(row.done_version, claim.wanted_version)
    if row.kind in ONE_SHOT:
        row.done_version = row.wanted_version
    row.remote, row.state, row.attempts = remote, LedgerState.OK, 0
    row.error_class = row.error = None
    row.lease_owner = row.lease_until = row.in_flight_since = None
    row.not_before, row.updated_at = now + SPACING, now
    if row.kind is Kind.SHARED_CARD and claim.remote is None:
        # Replies in its thread may have waited for it.
        session.execute(
            sa.update(LedgerRow)
            .where(
                LedgerRow.state == LedgerState.INCOMPLETE, LedgerRow.kind.in_((Kind.CHANGE_REPLY, Kind.DECISION_REPLY))
            )
            .values(state=LedgerState.PENDING, not_before=now)
        )


def fail(session: Session, claim: Claim, error: Exception, *, now: datetime, jitter: float) -> LedgerState:
    """Write down a failure and when to try again. ``jitter`` is in [0, 1). Returns the new state."""
    row = session.get(LedgerRow, claim.id, with_for_update=True)
    if row is None:
        return LedgerState.OK
    row.lease_owner = row.lease_until = row.in_flight_since = None
    row.error_class, row.error, row.updated_at = type(error).__name__, str(error)[:500], now
    if isinstance(error, Incomplete):
        # Once more at first: what was missing may have come between the look and this line, and woken nobody.
        again = row.state is not LedgerState.RETRYING
        row.state, row.attempts = LedgerState.RETRYING if again else LedgerState.INCOMPLETE, 0
        row.not_before = now + FIRST_WAIT
        return row.state
    row.attempts += 1
    if isinstance(error, Transient) and row.attempts < TRANSIENT_LIMIT:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.attempts - 1, 12)) * (0.5 + jitter / 2)
        row.not_before = now + max(wait, timedelta(seconds=min(error.retry_after or 0, LONGEST_ASKED_WAIT)))
        row.state = LedgerState.RETRYING
        return row.state
    if isinstance(error, OutcomeUnknown) and claim.remote is not None:
        # An edit may be repeated: it has the same effect twice.
        row.not_before, row.state = now + FIRST_WAIT, LedgerState.RETRYING
        return row.state
    _hand_to_person(session, row, type(error).__name__, str(error)[:500], now)
    return row.state


def retry(session: Session, row_id: int, now: datetime) -> bool:
    """A person asks for another attempt. False when the row is fine or gone."""
    row = session.get(LedgerRow, row_id, with_for_update=True)
    if row is None or row.done_version >= row.wanted_version:
        return False
    row.state, row.not_before, row.attempts, row.updated_at = LedgerState.PENDING, now, 0, now
    return True


class Reconciler:
    """The loop. ``now`` gives aware UTC; ``jitter`` gives numbers in [0, 1); ``owner`` is unique per process."""

    def __init__(
        self,
        database: Database,
        gateways: Mapping[System, Gateway],
        *,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        owner: str,
    ) -> None:
        """Keep the collaborators; nothing runs before :meth:`run`."""
        self._database = database
        self._gateways = gateways
        self._now = now
        self._jitter = jitter
        self._owner = owner
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something was committed that may have made rows due."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled. A database that does not answer is tried again after the idle time."""
        while True:
            self._wake.clear()
            try:
                worked = await self.run_once()
                wait = 0.0 if worked else await self._until_next()
            except DatabaseUnavailable:
                log.exception("reconciler.database_unavailable")
                wait = IDLE_SECONDS
            if wait > 0:
                await self._sleep(wait)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def _until_next(self) -> float:
        """Seconds until the next row is due, at most the idle time."""
        next_due = await self._database.read(_next_due)
        if next_due is None:
            return IDLE_SECONDS
        return min(max((next_due - self._now()).total_seconds(), 0.05), IDLE_SECONDS)

    async def run_once(self) -> int:
        """Apply what is due now; returns how many rows were claimed."""
        now = self._now()
        if not await self._database.read(lambda session: _anything_due(session, now)):
            return 0
        claims = await self._database.write(lambda session: claim_due(session, now=now, owner=self._owner))
        await asyncio.gather(*(self._apply(claim) for claim in claims))
        return len(claims)

    async def _apply(self, claim: Claim) -> None:
        try:
            crash.reach("sync.before_send")
            remote = await self._gateways[claim.system].apply(claim)
            crash.reach("sync.after_send")
        except (ServiceError, Incomplete) as error:
            await self._write_failure(claim, error)
            return
        except DatabaseUnavailable as error:
            # It could not be drawn, so nothing was sent.
            await self._write_failure(claim, Transient("database", str(error.__cause__ or error)))
            return
        except Exception as error:
            # A defect of ours in drawing one message: a person sees it on the row, the other rows go on.
            await self._write_failure(claim, error)
            log.exception("delivery.defect", row=claim.id, kind=claim.kind)
            return
        await self._database.write(lambda session: succeed(session, claim, remote, self._now()))

    async def _write_failure(self, claim: Claim, error: Exception) -> None:
        now, jitter = self._now(), self._jitter()
        state = await self._database.write(lambda session: fail(session, claim, error, now=now, jitter=jitter))
        if not isinstance(error, Incomplete):
            log.warning(
                "delivery.failed",
                row=claim.id,
                kind=claim.kind,
                state=state,
                error=type(error).__name__,
                detail=str(error)[:200],
            )


def _next_due(session: Session) -> datetime | None:
    return session.scalar(
        sa.select(LedgerRow.not_before)
        .where(
            LedgerRow.done_version < LedgerRow.wanted_version,
            LedgerRow.state.in_((LedgerState.OK, LedgerState.PENDING, LedgerState.RETRYING)),
            LedgerRow.lease_until.is_(None),
            _NOT_PAUSED,
        )
        .order_by(LedgerRow.not_before)
        .limit(1)
    )


def _anything_due(session: Session, now: datetime) -> bool:
    waiting = sa.select(LedgerRow.id).where(
        LedgerRow.done_version < LedgerRow.wanted_version,
        LedgerRow.state.in_((LedgerState.OK, LedgerState.PENDING, LedgerState.RETRYING)),
        LedgerRow.not_before <= now,
        sa.or_(LedgerRow.lease_until.is_(None), LedgerRow.lease_until < now),
        _NOT_PAUSED,
    )
    return session.scalar(waiting.limit(1)) is not None


def pause(session: Session, system: System, now: datetime) -> None:
    """Send nothing to this system any more, in all replicas; what is under way is finished."""
    if session.get(Pause, system) is None:
        session.add(Pause(system=system, since=now))


def resume(session: Session, system: System) -> None:
    """Let a paused system go on; its rows are picked up within seconds."""
    session.execute(sa.delete(Pause).where(Pause.system == system))


def paused(session: Session) -> dict[System, datetime]:
    """The paused systems, and since when."""
    return {row.system: row.since for row in session.scalars(sa.select(Pause))}


def not_fine(session: Session, limit: int = 100) -> Sequence[LedgerRow]:
    """Every row that is not as it should be, for ``sync status``."""
    return session.scalars(
        sa.select(LedgerRow)
        .where(sa.or_(LedgerRow.done_version < LedgerRow.wanted_version, LedgerRow.state != LedgerState.OK))
        .order_by(LedgerRow.updated_at.desc())
        .limit(limit)
    ).all()
