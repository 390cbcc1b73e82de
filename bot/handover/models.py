"""After signature: the hand-over to the project manager, amendments, and the budget line."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum
from bot.quotes.models import AMOUNT
from bot.records.models import Entry


class HandoverState(StrEnum):
    """Where the hand-over stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    """The project manager asks for something first."""


class Handover(Base):
    """One offer's hand-over, from its sales lead to its project manager."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), unique=True)
    manager_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[HandoverState] = mapped_column(closed_enum(HandoverState))
    note: Mapped[str | None] = mapped_column(sa.Text)
    """What the sales lead adds to the sheet."""
    answer: Mapped[str | None] = mapped_column(sa.Text)
    """What the project manager asks for, when it was returned."""
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who gave the answer: the project manager, or a key user for them."""
    revision: Mapped[int] = mapped_column(default=1)


class ChecklistItem(Base):
    """One thing to be done before the project starts; copied from the configuration when the offer is won."""

    __tablename__ = "checklist_item"
    __table_args__ = (sa.UniqueConstraint("offer_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"))
    code: Mapped[str] = mapped_column(sa.String(40))
    label_fr: Mapped[str] = mapped_column(sa.String(80))
    label_en: Mapped[str] = mapped_column(sa.String(80))
    position: Mapped[int]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class AmendmentKind(StrEnum):
    """What an amendment changes."""

    PLANNING = "planning"
    PRICE = "price"
    TEAM = "team"
    SCOPE = "scope"


class AmendmentState(StrEnum):
    """An amendment is negotiated, then signed or given up."""

    NEGOTIATION = "negotiation"
    SIGNED = "signed"
    DROPPED = "dropped"


class Amendment(Entry):
    """A change of the signed contract; once signed it moves the budget line by ``price_change``."""

    __tablename__ = "amendment"

    kind: Mapped[AmendmentKind] = mapped_column(closed_enum(AmendmentKind))
    title: Mapped[str] = mapped_column(sa.String(200))
    text: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[AmendmentState] = mapped_column(closed_enum(AmendmentState))
    requested_on: Mapped[date]
    signed_on: Mapped[date | None]
    price_change: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """In the currency of the offer; negative for a reduction."""
    new_end_on: Mapped[date | None]
    """The new end of the project, when the planning changes."""
    document_url: Mapped[str | None] = mapped_column(sa.String(2000))


class BudgetLine(Base):
    """One movement of a project's budget; the budget is their sum. Never changed: a correction is one more movement."""

    __tablename__ = "budget_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    amendment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("amendment.id"))
    """None: the signature, or a correction of it."""
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    currency: Mapped[str] = mapped_column(sa.String(3))
    on: Mapped[date] = mapped_column("on_day")
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
