"""The ledger: one row per thing that must be true outside, with what is wanted, what is done, and how it goes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum


class System(StrEnum):
    """The other side. A Teams message is one more system."""

    TEAMS = "teams"


class Kind(StrEnum):
    """What a row keeps true, and the table its ``subject_id`` points into."""

    SHARED_CARD = "shared_card"
    """The one message of a tender in the tender channel, edited in place for its whole life (tender)."""
    CHANGE_REPLY = "change_reply"
    """A reply in that thread: deadline moved, cancelled, re-issued … (tender_change)."""
    DECISION_REPLY = "decision_reply"
    """A reply in that thread: the result of a round (round)."""
    DIGEST_CARD = "digest_card"
    """More than five new tenders (tender_digest)."""
    VOTE_CARD = "vote_card"
    """An approver's own card, edited in place (round); target ``person:ID``."""
    VOTE_REMINDER = "vote_reminder"
    """A private reminder or the escalation to the CEO (round_reminder); target ``person:ID``."""
    QUESTION = "question"
    """A need-info ballot, told to the owner of the offer (ballot); target ``person:ID``."""
    OUTCOME_CARD = "outcome_card"
    """The result, told to the owner, with the team picker at Go (round); target ``person:ID``."""
    ADMIN_NOTICE = "admin_notice"
    """A source that fails or is back, a record that cannot be read (notice); target ``person:ID``."""


ONE_SHOT = frozenset({Kind.CHANGE_REPLY, Kind.DECISION_REPLY, Kind.VOTE_REMINDER, Kind.QUESTION, Kind.ADMIN_NOTICE})
"""Sent once and never edited."""

CHANNEL = "channel"


def person_target(person_id: int) -> str:
    """The target of a personal message."""
    return f"person:{person_id}"


class LedgerState(StrEnum):
    """How a row is doing."""

    OK = "ok"
    PENDING = "pending"
    RETRYING = "retrying"
    CONFLICT = "conflict"
    INCOMPLETE = "incomplete"
    """Something is missing on our side: no tender channel yet, the person never opened the bot.

    Tried again when that changes.
    """
    MANUAL = "manual"
    """A person must look: a permanent refusal, or a post whose outcome is unknown."""


class LedgerRow(Base):
    """One wanted state.

    ``wanted_version`` is raised inside the transaction of the change; the row is due while ``done_version`` is lower.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        sa.UniqueConstraint("system", "kind", "subject_id", "target"),
        sa.Index(
            "ix_ledger_due",
            "not_before",
            sqlite_where=sa.text("done_version < wanted_version"),
            postgresql_where=sa.text("done_version < wanted_version"),
        ),
        sa.CheckConstraint("done_version <= wanted_version", name="versions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[System] = mapped_column(closed_enum(System))
    kind: Mapped[Kind] = mapped_column(closed_enum(Kind))
    subject_id: Mapped[int]
    target: Mapped[str] = mapped_column(sa.String(40))
    wanted_version: Mapped[int]
    done_version: Mapped[int] = mapped_column(default=0)
    remote: Mapped[dict[str, Any] | None]
    """Where it stands over there: ``{"conversation": …, "activity": …}`` for a message."""
    state: Mapped[LedgerState] = mapped_column(closed_enum(LedgerState))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    in_flight_since: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(60))
    error_class: Mapped[str | None] = mapped_column(sa.String(60))
    error: Mapped[str | None] = mapped_column(sa.Text)
    updated_at: Mapped[datetime]


class Pause(Base):
    """A system nothing is sent to until a person lets it go on. What is wanted meanwhile waits in the ledger."""

    __tablename__ = "sync_pause"

    system: Mapped[System] = mapped_column(closed_enum(System, "paused_system"), primary_key=True)
    since: Mapped[datetime]


class Notice(Base):
    """Something the admins are told once. ``kind`` names its text, ``params`` its values."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    params: Mapped[dict[str, Any]]
    at: Mapped[datetime]
