"""Sign-off evaluations, rounds, ballots and conditions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum, only_where
from bot.decisions.words import Choice, RiskLevel, RoundOutcome, RoundState, RuleKind, Why
from bot.people.models import Role

__all__ = [
    "Ballot",
    "BallotCondition",
    "Choice",
    "Evaluation",
    "RiskLevel",
    "Round",
    "RoundOutcome",
    "RoundReminder",
    "RoundState",
    "RuleKind",
    "Why",
]


class Evaluation(Base):
    """One version of the sign-off evaluation of an offer. ``version`` 0 is the owner's draft; versions count from
    1 and never change.
    """

    __tablename__ = "evaluation"
    __table_args__ = (sa.UniqueConstraint("offer_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"))
    version: Mapped[int]
    summary: Mapped[str] = mapped_column(sa.Text)
    budget: Mapped[Decimal | None] = mapped_column(sa.Numeric(15, 2))
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    technical_risk: Mapped[RiskLevel | None] = mapped_column(closed_enum(RiskLevel, "technical_risk"))
    technical_text: Mapped[str] = mapped_column(sa.Text, default="")
    commercial_risk: Mapped[RiskLevel | None] = mapped_column(closed_enum(RiskLevel, "commercial_risk"))
    commercial_text: Mapped[str] = mapped_column(sa.Text, default="")
    financial_risk: Mapped[RiskLevel | None] = mapped_column(closed_enum(RiskLevel, "financial_risk"))
    financial_text: Mapped[str] = mapped_column(sa.Text, default="")
    resources: Mapped[str] = mapped_column(sa.Text, default="")
    effort_hours: Mapped[Decimal | None] = mapped_column(sa.Numeric(7, 2))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    saved_at: Mapped[datetime]


class Round(Base):
    """One Go/No-Go vote on an offer. What the rules say is copied in when it opens, so a later edit of the rules
    never changes a running round.
    """

    __tablename__ = "round"
    __table_args__ = (
        sa.UniqueConstraint("offer_id", "sequence"),
        sa.Index(
            "uq_round_one_open",
            "offer_id",
            unique=True,
            **only_where("state <> 'closed'"),
        ),
        sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    sequence: Mapped[int]
    """1 for the first round of an offer, then 2 …"""
    rule: Mapped[RuleKind] = mapped_column(closed_enum(RuleKind))
    seats: Mapped[list[Any]]
    """The eligible roles, ``["cto", "cpo", "ceo"]``."""
    veto_seats: Mapped[list[Any]]
    quorum: Mapped[int]
    state: Mapped[RoundState] = mapped_column(closed_enum(RoundState), default=RoundState.OPEN)
    outcome: Mapped[RoundOutcome | None] = mapped_column(closed_enum(RoundOutcome))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    closes_at: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    why: Mapped[Why | None] = mapped_column(closed_enum(Why))
    """What decided it; None while it has not ended."""
    evaluation_version: Mapped[int]
    """The version the approvers had in front of them when the round opened; a newer one is shown as edited after
    the opening.
    """
    reopens_id: Mapped[int | None] = mapped_column(sa.ForeignKey("round.id"), index=True)
    reopen_reason: Mapped[str | None] = mapped_column(sa.Text)
    revision: Mapped[int] = mapped_column(default=1)


class Ballot(Base):
    """One cast vote, never changed. The last counted one per role stands. ``actor_id`` differs from
    ``principal_id`` when a deputy voted.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "request_key"),
        # The last counted ballot of each seat is found in the index alone, however often minds were changed.
        sa.Index("ix_ballot_standing", "round_id", "counted", "seat", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    seat: Mapped[Role] = mapped_column(closed_enum(Role))
    principal_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    choice: Mapped[Choice] = mapped_column(closed_enum(Choice))
    reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why No-Go; the question of a need-info ballot."""
    counted: Mapped[bool] = mapped_column(default=True)
    """False for a late vote: kept, answered "closed, not counted"."""
    cast_at: Mapped[datetime]
    request_key: Mapped[str] = mapped_column(sa.String(300))
    """Conversation and activity id of the click: a repeated delivery hits the unique key."""


class BallotCondition(Base):
    """One condition of a "Go with conditions"."""

    __tablename__ = "ballot_condition"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(sa.ForeignKey("ballot.id"), index=True)
    text: Mapped[str] = mapped_column(sa.Text)
    owner: Mapped[str] = mapped_column(sa.String(200))
    due_on: Mapped[date | None]


class RoundReminder(Base):
    """A reminder that is due once: (round, step, person) is its key, whoever ticks first sends it."""

    __tablename__ = "round_reminder"
    __table_args__ = (sa.UniqueConstraint("round_id", "step", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    step: Mapped[str] = mapped_column(sa.String(20))
    """``half_time``, ``hours_before_24``, ``escalated``."""
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]
