"""The offer: one answer to one RFI/RFP, the aggregate everything hangs on."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum


class Outcome(StrEnum):
    """How an offer ended; a second axis beside the stage, never mixed with it."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    ABANDONED = "abandoned"
    NO_GO = "no_go"


class TeamRole(StrEnum):
    """What a member does on one offer."""

    SALES_LEAD = "sales_lead"
    PROJECT_MANAGER = "project_manager"
    CONTRIBUTOR = "contributor"


class Offer(Base):
    """One offer. ``chrono`` counts every offer from its creation; ``number`` (``S580``) is given at Go and never
    changes.
    """

    __tablename__ = "offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    chrono: Mapped[int] = mapped_column(unique=True)
    number: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    project_number: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str] = mapped_column(sa.String(400))
    search_text: Mapped[str] = mapped_column(sa.Text)
    client_name: Mapped[str | None] = mapped_column(sa.String(200))
    external_reference: Mapped[str | None] = mapped_column(sa.String(100))
    tender_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tender.id"), unique=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    stage: Mapped[str] = mapped_column(sa.String(10))
    outcome: Mapped[Outcome] = mapped_column(closed_enum(Outcome), default=Outcome.OPEN)
    opened_at: Mapped[datetime]
    submission_due_at: Mapped[datetime | None]
    clarification_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class NumberSequence(Base):
    """A counter without gaps: its row is locked by the transaction that uses the number, so an abandoned
    transaction gives it back.
    """

    __tablename__ = "number_sequence"

    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    next_value: Mapped[int]


class TeamMember(Base):
    """A person on an offer from ``joined_on`` until ``left_on`` (None: still there)."""

    __tablename__ = "team_member"
    __table_args__ = (sa.UniqueConstraint("offer_id", "person_id", "joined_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[TeamRole] = mapped_column(closed_enum(TeamRole))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]


class StageStep(Base):
    """An offer entered a stage. ``cause``: ``person``, ``evaluation`` or ``round``."""

    __tablename__ = "stage_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    stage: Mapped[str] = mapped_column(sa.String(10))
    entered_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
