"""A reconciler on a virtual clock, and the other side as a list of what reached it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, LedgerRow, Notice, System
from bot.sync.reconciler import Claim, Reconciler

if TYPE_CHECKING:
    from bot.database import Database

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Stands until it is moved."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class OtherSide:
    """Takes every message, or fails as scripted (one error per call; None: works)."""

    script: list[Exception | None] = field(default_factory=list)
    seen: list[Claim] = field(default_factory=list)

    async def apply(self, claim: Claim) -> dict[str, Any]:
        self.seen.append(claim)
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        return claim.remote or {"conversation": "19:c", "activity": f"m{claim.id}"}


@dataclass
class Shop:
    """A database, a clock, the other side, and reconcilers."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    other: OtherSide = field(default_factory=OtherSide)
    jitter: float = 0.0

    def reconciler(self, owner: str = "one") -> Reconciler:
        return Reconciler(
            self.database, {System.TEAMS: self.other}, now=self.clock, jitter=lambda: self.jitter, owner=owner
        )

    def want(self, kind: Kind = Kind.SHARED_CARD, subject: int = 1, target: str = "channel") -> None:
        self.database.write_now(lambda session: want(session, kind, subject, now=self.clock(), target=target))

    def redraw(self, kind: Kind = Kind.SHARED_CARD, subject: int = 1) -> None:
        self.database.write_now(lambda session: redraw(session, kind, subject, now=self.clock()))

    def rows(self) -> list[LedgerRow]:
        return list(self.database.read_now(lambda s: s.scalars(sa.select(LedgerRow).order_by(LedgerRow.id)).all()))

    def row(self, kind: Kind = Kind.SHARED_CARD) -> LedgerRow:
        return next(row for row in self.rows() if row.kind is kind)

    def notices(self) -> list[str]:
        return list(self.database.read_now(lambda s: s.scalars(sa.select(Notice.kind).order_by(Notice.id)).all()))
