"""Priced versions of an offer, what partners ask for their part, and who else bids."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import closed_enum
from bot.records.models import Entry

AMOUNT = sa.Numeric(15, 2)
"""Money: up to 9 999 999 999 999.99 in the currency beside it."""


class Quote(Entry):
    """A priced version of the offer; ``number`` is its version, 1, 2 … It is sent when ``sent_at`` is set."""

    __tablename__ = "quote"
    __table_args__ = (sa.UniqueConstraint("offer_id", "number"),)

    title: Mapped[str | None] = mapped_column(sa.String(200))
    price: Mapped[Decimal] = mapped_column(AMOUNT)
    currency: Mapped[str] = mapped_column(sa.String(3))
    valid_until: Mapped[date | None]
    document_url: Mapped[str | None] = mapped_column(sa.String(2000))
    note: Mapped[str | None] = mapped_column(sa.Text)
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quote.id"))
    sent_on: Mapped[date | None]
    """The day of submission, in the company's time zone."""
    sent_at: Mapped[datetime | None]
    """When the sending was recorded."""
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class PartnerQuote(Entry):
    """A subcontractor's price for a part that is not made in-house."""

    __tablename__ = "partner_quote"

    partner: Mapped[str] = mapped_column(sa.String(200))
    scope: Mapped[str] = mapped_column(sa.Text)
    requested_on: Mapped[date | None]
    due_on: Mapped[date | None]
    received_on: Mapped[date | None]
    amount: Mapped[Decimal | None] = mapped_column(AMOUNT)
    currency: Mapped[str] = mapped_column(sa.String(3))
    valid_until: Mapped[date | None]
    chosen: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """Who asked for it and is reminded."""
    document_url: Mapped[str | None] = mapped_column(sa.String(2000))
    note: Mapped[str | None] = mapped_column(sa.Text)


class Certainty(StrEnum):
    """Whether a competitor surely bids."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


class Competitor(Entry):
    """Somebody else who bids for the same work."""

    __tablename__ = "competitor"

    name: Mapped[str] = mapped_column(sa.String(200))
    amount: Mapped[Decimal | None] = mapped_column(AMOUNT)
    """Their price at equal scope, in the currency of the offer."""
    strengths: Mapped[str | None] = mapped_column(sa.Text)
    weaknesses: Mapped[str | None] = mapped_column(sa.Text)
    certainty: Mapped[Certainty] = mapped_column(closed_enum(Certainty))
    winner: Mapped[bool] = mapped_column(default=False)
