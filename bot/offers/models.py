"""The offer: one answer to one RFI/RFP, the aggregate everything hangs on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
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


class OriginKind(StrEnum):
    """Where the chance came from."""

    FAIR = "fair"
    CLIENT = "client"
    CONFERENCE = "conference"
    WORKSHOP = "workshop"
    ESA_PORTAL = "esa_portal"
    MAILING = "mailing"
    CALL_CAMPAIGN = "call_campaign"
    PRESS_CAMPAIGN = "press_campaign"
    SERVICE_REQUEST = "service_request"
    MANUAL = "manual"


class Weighting(StrEnum):
    """How the two probabilities make the double weighting."""

    CUMULATIVE = "cumulative"
    AVERAGE = "average"


class AssociationKind(StrEnum):
    """Why two offers belong together."""

    EXTENSION = "extension"
    ROLL_OUT = "roll_out"
    RELATED = "related"


AMOUNT = sa.Numeric(15, 2)
"""Money in the currency of the offer."""
HOURS = sa.Numeric(7, 2)
"""Planned hours: quarters of an hour."""


class Offer(Base):
    """One offer. ``chrono`` counts every offer from its creation; ``number`` (``S580``) is given at Go and never
    changes.
    """

    __tablename__ = "offer"
    # Of years of offers few are open: each list begins with those.
    __table_args__ = (sa.Index("ix_offer_outcome_stage", "outcome", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chrono: Mapped[int] = mapped_column(unique=True)
    number: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    project_number: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str] = mapped_column(sa.String(400))
    search_text: Mapped[str] = mapped_column(sa.Text)
    client_name: Mapped[str | None] = mapped_column(sa.String(200))
    external_reference: Mapped[str | None] = mapped_column(sa.String(100))
    tender_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tender.id"), unique=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    site: Mapped[str | None] = mapped_column(sa.String(40))
    """Code of a configured site."""
    client_id: Mapped[int | None] = mapped_column(sa.ForeignKey("client.id"), index=True)
    """The most precise node known: client, entity or department. ``client_name`` repeats its path, or what the tender
    says while no client was chosen.
    """
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """The sales lead of this offer."""
    project_manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    stage: Mapped[str] = mapped_column(sa.String(10), index=True)
    outcome: Mapped[Outcome] = mapped_column(closed_enum(Outcome), default=Outcome.OPEN)
    opened_at: Mapped[datetime]
    opened_on: Mapped[date | None]
    """The day in the company's time zone; steps stand on or after it."""
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    expected_closing_on: Mapped[date | None]
    submission_due_at: Mapped[datetime | None]
    clarification_at: Mapped[datetime | None]
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR", server_default="EUR")
    estimated_amount: Mapped[Decimal | None] = mapped_column(AMOUNT)
    cost_basis: Mapped[Decimal | None] = mapped_column(AMOUNT)
    launch_probability: Mapped[int | None]
    """Percent: will the client's project be launched at all?"""
    launch_by_hand: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    success_probability: Mapped[int | None]
    """Percent: will it be ours?"""
    success_by_hand: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Set by a person: no stage overwrites it."""
    weighting: Mapped[Weighting] = mapped_column(
        closed_enum(Weighting), default=Weighting.CUMULATIVE, server_default="cumulative"
    )
    origin: Mapped[OriginKind] = mapped_column(
        closed_enum(OriginKind, "origin_kind"), default=OriginKind.MANUAL, server_default="manual"
    )
    campaign: Mapped[str | None] = mapped_column(sa.String(100))
    operation: Mapped[str | None] = mapped_column(sa.String(100))
    signed_on: Mapped[date | None]
    first_order: Mapped[str | None] = mapped_column(sa.String(100))
    """The client's order or contract number."""
    kick_off_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(sa.String(40))
    """Code of the configured reason why it was lost or abandoned."""
    end_note: Mapped[str | None] = mapped_column(sa.Text)
    ended_on: Mapped[date | None]
    lessons_learned: Mapped[str | None] = mapped_column(sa.Text)
    debrief_due_on: Mapped[date | None]
    """Until when a debrief can be asked of the client."""
    debrief_done_on: Mapped[date | None]
    planned_hours: Mapped[Decimal | None] = mapped_column(HOURS)
    """To prepare the offer; None: what the evaluation estimated."""
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    @property
    def short_name(self) -> str:
        """Its number; before there is one the client's reference, else the title."""
        return self.number or self.external_reference or self.title

    @property
    def full_name(self) -> str:
        """Its number, or the client's reference, and the title."""
        return " ".join(part for part in (self.number or self.external_reference, self.title) if part)


class NumberSequence(Base):
    """A counter without gaps: its row is locked by the transaction that uses the number, so an abandoned
    transaction gives it back.
    """

    __tablename__ = "number_sequence"

    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    next_value: Mapped[int]


class TeamMember(Base):
    """A person on an offer from ``joined_on`` until ``left_on``, that day included (None: until further notice)."""

    __tablename__ = "team_member"
    __table_args__ = (sa.UniqueConstraint("offer_id", "person_id", "joined_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[TeamRole] = mapped_column(closed_enum(TeamRole))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    gone: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """True from the moment the person left: on ``left_on`` when somebody said so, else once that day is over."""
    planned_hours: Mapped[Decimal | None] = mapped_column(HOURS)
    """What this person is expected to spend on preparing the offer."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[datetime | None]


class StageStep(Base):
    """An offer entered a stage. ``cause``: ``person``, ``evaluation``, ``round``, ``quote``, ``activity``,
    ``signature`` or ``reopening``.

    ``entered_on`` is the day of the event, in the company's time zone; ``entered_at`` when it was recorded. A
    post-award step only informs: it never is the offer's stage.
    """

    __tablename__ = "stage_step"
    __table_args__ = (
        sa.CheckConstraint("done OR (reason_code IS NULL AND reason_note IS NULL)", name="reason_of_done"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    stage: Mapped[str] = mapped_column(sa.String(10))
    entered_at: Mapped[datetime]
    entered_on: Mapped[date | None]
    cause: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    post_award: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    done: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    reason_code: Mapped[str | None] = mapped_column(sa.String(40))
    reason_note: Mapped[str | None] = mapped_column(sa.Text)


class OfferCategory(Base):
    """The value of one analytic axis on one offer; both are codes of the configuration."""

    __tablename__ = "offer_category"

    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), primary_key=True)
    axis: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(40), index=True)


class Association(Base):
    """Two offers that belong together; the lower id stands first, so each pair exists once."""

    __tablename__ = "association"
    __table_args__ = (
        sa.UniqueConstraint("first_id", "second_id"),
        sa.CheckConstraint("first_id < second_id", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"))
    second_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    kind: Mapped[AssociationKind] = mapped_column(closed_enum(AssociationKind))
    note: Mapped[str | None] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
