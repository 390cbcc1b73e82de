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
from bot.sync import attempts, conflicts, outside
from bot.sync.differences import Memory, kept_choices
from bot.sync.ledger import look_again, tell_admins
from bot.sync.models import IN_THREAD, ONE_SHOT, Conflict, Kind, LedgerRow, LedgerState, Pause, System
from integrations.errors import Authentication, Configuration, OutcomeUnknown, ServiceError, Transient
from integrations.errors import Conflict as Overtaken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.differences import Difference

log = structlog.get_logger()

LEASE = timedelta(minutes=3)
"""How long a claim holds; longer than the two calls of a first personal message (open the chat, post) may take."""

RECORD_SECONDS = 120.0
"""The most that one record may take, which leaves its lease a minute."""

SPACING = timedelta(seconds=2)
"""Least time between two edits of one message: ten quick votes make two edits, the first and the last."""

LONGEST_WAIT = timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=2)
LONGEST_ASKED_WAIT = 86_400.0
"""Seconds; a service that asks for a longer pause is asked again after a day."""
TRANSIENT_LIMIT = 40
"""A message is given to a person after about a day and a half of hourly attempts. Records wait for their system as long
as it takes.
"""
DUE_STATES = (LedgerState.OK, LedgerState.PENDING, LedgerState.RETRYING, LedgerState.CONFLICT)
MENDED_BY_SETTINGS = (Authentication, Configuration)
"""Not this row's fault: when the settings are right again, the row goes on by itself."""

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


class Differs(Exception):
    """Everything was written but the fields in ``differences``, which somebody changed over there. ``remote`` is what
    to remember.
    """

    def __init__(self, remote: dict[str, Any], differences: Sequence[Difference]) -> None:
        """Keep both."""
        super().__init__(f"{len(differences)} fields differ")
        self.remote = remote
        self.differences = tuple(differences)


class Later(Exception):
    """What cannot wait was written; the rest is collected until ``at`` (aware UTC). ``remote`` is what to remember, and
    ``differences`` as in `Differs`.
    """

    def __init__(self, remote: dict[str, Any], at: datetime, differences: Sequence[Difference] = ()) -> None:
        """Keep all three."""
        super().__init__("the rest waits")
        self.remote = remote
        self.at = at
        self.differences = tuple(differences)


@dataclass(frozen=True, slots=True)
class Claim:
    """A due row as the gateway gets it. ``remote`` is what was stored after the last success, None before the first.

    ``tried_since``: None at the first attempt to create it; else something may stand over there since that moment, so
    the gateway looks before it creates. ``held``: fields that wait for a person's choice.
    """

    id: int
    system: System
    kind: Kind
    subject_id: int
    target: str
    wanted_version: int
    remote: dict[str, Any] | None
    attempts: int
    tried_since: datetime | None = None
    held: frozenset[str] = frozenset()


class Gateway(Protocol):
    """One other side."""

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make the row true over there and return what to remember.

        Raises:
            Incomplete: something is missing on our side.
            Differs: somebody changed values over there; the rest was written.
            Later: some of it is collected before it is written.
            ServiceError: the other side failed; the class decides what happens next.
        """


def claim_due(
    session: Session, *, now: datetime, owner: str, systems: Collection[System] = tuple(System), limit: int = BATCH
) -> list[Claim]:
    """Lease up to ``limit`` due rows of these systems. Messages whose post was under way when its owner died become a
    person's matter; a record is looked for over there instead.
    """
    _give_up_lost_posts(session, now)
    due = (
        sa.select(LedgerRow)
        .where(*_due(now, systems))
        .order_by(LedgerRow.not_before, LedgerRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(due))
    held = _held(session, [row.id for row in rows if row.state is LedgerState.CONFLICT])
    return [_claim(row, owner, now, held.get(row.id, frozenset())) for row in rows]


def _due(now: datetime, systems: Collection[System]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        LedgerRow.done_version < LedgerRow.wanted_version,
        LedgerRow.state.in_(DUE_STATES),
        LedgerRow.not_before <= now,
        sa.or_(LedgerRow.lease_until.is_(None), LedgerRow.lease_until < now),
        LedgerRow.system.in_(systems),
        _NOT_PAUSED,
    )


def _claim(row: LedgerRow, owner: str, now: datetime, held: frozenset[str]) -> Claim:
    tried = row.first_tried_at
    if row.remote is None and row.system is not System.TEAMS:
        row.first_tried_at = tried or now
    row.lease_owner, row.lease_until, row.in_flight_since = owner, now + LEASE, now
    return Claim(
        row.id,
        row.system,
        row.kind,
        row.subject_id,
        row.target,
        row.wanted_version,
        row.remote,
        row.attempts,
        tried_since=tried,
        held=held,
    )


def _held(session: Session, row_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    if not row_ids:
        return {}
    found: dict[int, set[str]] = {}
    waiting = sa.select(Conflict.row_id, Conflict.field).where(
        Conflict.row_id.in_(row_ids), Conflict.resolved_at.is_(None)
    )
    for row_id, field in session.execute(waiting):
        found.setdefault(row_id, set()).add(field)
    return {row_id: frozenset(fields) for row_id, fields in found.items()}


def _give_up_lost_posts(session: Session, now: datetime) -> None:
    lost = session.scalars(
        sa.select(LedgerRow)
        .where(
            LedgerRow.system == System.TEAMS,
            LedgerRow.in_flight_since.is_not(None),
            LedgerRow.lease_until < now,
            LedgerRow.done_version == 0,
        )
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


def succeed(
    session: Session,
    claim: Claim,
    remote: dict[str, Any],
    now: datetime,
    differences: Sequence[Difference] = (),
    again_at: datetime | None = None,
) -> None:
    """The row is true over there, as of the claimed version; a newer wish stays due. ``differences`` wait for a
    person. ``again_at``: when what was collected is written.
    """
    news = claim.remote is None or claim.remote.get("url") != remote.get("url")
    if news:
        outside.hold(session, claim.kind, claim.subject_id)
    row = session.get(LedgerRow, claim.id, with_for_update=True)
    if row is None:
        return
    row.done_version = max(row.done_version, claim.wanted_version)
    if row.kind in ONE_SHOT:
        row.done_version = row.wanted_version
    row.remote, row.state, row.attempts, row.first_tried_at = _to_remember(row, claim, remote), LedgerState.OK, 0, None
    if claim.system is not System.TEAMS:
        attempts.forget(session, row.system, row.id)
        if conflicts.note(session, row, differences, now=now):
            row.state = LedgerState.CONFLICT
        if news:
            outside.part_arrived(session, row, now=now)
    row.error_class = row.error = None
    row.lease_owner = row.lease_until = row.in_flight_since = None
    row.not_before, row.updated_at = now + SPACING, now
    if again_at is not None and row.done_version == row.wanted_version:
        row.wanted_version += 1
        row.not_before = max(row.not_before, again_at)
    if row.kind is Kind.SHARED_CARD and claim.remote is None:
        # Replies in its thread may have waited for it.
        look_again(session, LedgerRow.kind.in_(IN_THREAD), now=now)


def _to_remember(row: LedgerRow, claim: Claim, remote: dict[str, Any]) -> dict[str, Any]:
    memory = Memory.of(remote) if row.remote != claim.remote else None
    return (
        remote if memory is None else kept_choices(Memory.of(claim.remote), Memory.of(row.remote), memory).as_remote()
    )


def fail(session: Session, claim: Claim, error: Exception, *, now: datetime, jitter: float) -> LedgerState:
    """Write down a failure and when to try again. ``jitter`` is in [0, 1). Returns the new state."""
    row = session.get(LedgerRow, claim.id, with_for_update=True)
    if row is None:
        return LedgerState.OK
    row.lease_owner = row.lease_until = row.in_flight_since = None
    row.error_class, row.error, row.updated_at = type(error).__name__, str(error)[:500], now
    if isinstance(error, Incomplete):
        # What was missing may have come between the look and this line: whoever brings it raises the version of a row
        # under way, and what wakes nobody is found by looking once more at first.
        again = row.state is not LedgerState.RETRYING or row.wanted_version > claim.wanted_version
        row.state, row.attempts = LedgerState.RETRYING if again else LedgerState.INCOMPLETE, 0
        row.not_before = now + FIRST_WAIT
        return row.state
    row.attempts += 1
    if _goes_on_by_itself(row, error):
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.attempts - 1, 12)) * (0.5 + jitter / 2)
        asked = error.retry_after or 0 if isinstance(error, Transient) else 0
        row.not_before = now + max(wait, timedelta(seconds=min(asked, LONGEST_ASKED_WAIT)))
        row.state = LedgerState.RETRYING
        return row.state
    if isinstance(error, OutcomeUnknown) and claim.remote is not None:
        # An edit may be repeated: it has the same effect twice.
        row.not_before, row.state = now + FIRST_WAIT, LedgerState.RETRYING
        return row.state
    _hand_to_person(session, row, type(error).__name__, str(error)[:500], now)
    return row.state


def _goes_on_by_itself(row: LedgerRow, error: Exception) -> bool:
    """A record may be sent again after any lost answer, because its gateway looks first; a message may not."""
    if row.system is System.TEAMS:
        return isinstance(error, Transient) and row.attempts < TRANSIENT_LIMIT
    return isinstance(error, (Transient, OutcomeUnknown, Overtaken, *MENDED_BY_SETTINGS))


def bring_forward(session: Session, system: System, now: datetime) -> int:
    """A system answers again: what waits for it is due now. Returns how many rows."""
    waiting = sa.update(LedgerRow).where(
        LedgerRow.system == system, LedgerRow.state == LedgerState.RETRYING, LedgerRow.not_before > now
    )
    return session.execute(waiting.values(not_before=now)).rowcount  # type: ignore[attr-defined,no-any-return]


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
        self._away: set[System] = set()

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
        # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the wake-up, and a
        # stop then waits for ever.
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _until_next(self) -> float:
        """Seconds until the next row is due, at most the idle time."""
        systems = tuple(self._gateways)
        next_due = await self._database.read(lambda session: _next_due(session, systems))
        if next_due is None:
            return IDLE_SECONDS
        return min(max((next_due - self._now()).total_seconds(), 0.05), IDLE_SECONDS)

    async def run_once(self) -> int:
        """Apply what is due now; returns how many rows were claimed."""
        now, systems = self._now(), tuple(self._gateways)
        if not await self._database.read(lambda session: _anything_due(session, now, systems)):
            return 0
        claims = await self._database.write(
            lambda session: claim_due(session, now=now, owner=self._owner, systems=systems)
        )
        await asyncio.gather(*(self._apply(claim) for claim in claims))
        return len(claims)

    async def _apply_in_time(self, claim: Claim) -> dict[str, Any]:
        """A record is given up before its lease ends: another replica must not look for it while this one makes it."""
        gateway = self._gateways[claim.system]
        if claim.system is System.TEAMS:
            return await gateway.apply(claim)
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                return await gateway.apply(claim)
        except TimeoutError as error:
            raise OutcomeUnknown(claim.system, f"not finished after {RECORD_SECONDS:.0f} s") from error

    async def _apply(self, claim: Claim) -> None:
        differences: tuple[Difference, ...] = ()
        again_at: datetime | None = None
        try:
            what = "sync" if claim.system is System.TEAMS else "record"
            crash.reach(f"{what}.before_send")
            remote = await self._apply_in_time(claim)
            crash.reach(f"{what}.after_send")
        except Differs as found:
            remote, differences = found.remote, found.differences
        except Later as found:
            remote, differences, again_at = found.remote, found.differences, found.at
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
        # What needed no call tells nothing of the system; nor does what is only collected, often without one.
        called = again_at is None and remote != claim.remote
        now, back = self._now(), called and claim.system in self._away

        def write_down(session: Session) -> None:
            succeed(session, claim, remote, now, differences, again_at)
            if back:
                bring_forward(session, claim.system, now)

        await self._database.write(write_down)
        if back and claim.system in self._away:
            self._away.discard(claim.system)
            log.info("service.back", system=claim.system)

    async def _write_failure(self, claim: Claim, error: Exception) -> None:
        now, jitter = self._now(), self._jitter()
        state = await self._database.write(lambda session: fail(session, claim, error, now=now, jitter=jitter))
        if isinstance(error, Transient) and claim.system is not System.TEAMS:
            # One line when it goes away, one when it is back; between them each row tells for itself.
            if claim.system not in self._away:
                self._away.add(claim.system)
                log.warning("service.away", system=claim.system, detail=str(error)[:200])
        elif not isinstance(error, Incomplete):
            log.warning(
                "delivery.failed",
                row=claim.id,
                kind=claim.kind,
                state=state,
                error=type(error).__name__,
                detail=str(error)[:200],
            )


def _next_due(session: Session, systems: Collection[System]) -> datetime | None:
    return session.scalar(
        sa.select(LedgerRow.not_before)
        .where(
            LedgerRow.done_version < LedgerRow.wanted_version,
            LedgerRow.state.in_(DUE_STATES),
            LedgerRow.lease_until.is_(None),
            LedgerRow.system.in_(systems),
            _NOT_PAUSED,
        )
        .order_by(LedgerRow.not_before)
        .limit(1)
    )


def _anything_due(session: Session, now: datetime, systems: Collection[System]) -> bool:
    waiting = sa.select(LedgerRow.id).where(*_due(now, systems))
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


def not_fine(session: Session, limit: int = 100, systems: Collection[System] = tuple(System)) -> Sequence[LedgerRow]:
    """Every row of these systems that is not as it should be, newest first."""
    return session.scalars(
        sa.select(LedgerRow)
        .where(
            LedgerRow.system.in_(systems),
            sa.or_(LedgerRow.done_version < LedgerRow.wanted_version, LedgerRow.state != LedgerState.OK),
        )
        .order_by(LedgerRow.updated_at.desc())
        .limit(limit)
    ).all()
