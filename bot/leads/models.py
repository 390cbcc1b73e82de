"""A possible sale, before anyone works on it. An offer may come of it; then the lead points there."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum
from bot.offers.models import AMOUNT


class Over(StrEnum):
    """How a lead stands in Pipedrive, as far as somebody decided it over there."""

    OPEN = "open"
    ARCHIVED = "archived"
    DELETED = "deleted"
    CONVERTED = "converted"
    """It was made a deal, not by us."""


class Lead(Base):
    """One lead. ``made_there``: somebody made it in Pipedrive. ``announced``: its card is in the tender channel, which
    those that stood there before Offerdesk was connected never are.
    """

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(255))
    client_id: Mapped[int | None] = mapped_column(sa.ForeignKey("client.id"))
    client_name: Mapped[str | None] = mapped_column(sa.String(200))
    """The path of the client, or what somebody typed while no client was chosen."""
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    origin: Mapped[str] = mapped_column(sa.String(40))
    """A value of :class:`~bot.offers.models.OriginKind`."""
    campaign: Mapped[str | None] = mapped_column(sa.String(100))
    amount: Mapped[Decimal | None] = mapped_column(AMOUNT)
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")
    note: Mapped[str | None] = mapped_column(sa.Text)
    expected_closing_on: Mapped[date | None]
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """None: it belongs to somebody in Pipedrive whom Offerdesk does not know."""
    owner_name: Mapped[str | None] = mapped_column(sa.String(200))
    """What that somebody is called over there."""
    made_there: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    announced: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    over: Mapped[Over] = mapped_column(closed_enum(Over, "lead_over"), default=Over.OPEN, server_default="open")
    over_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who picked it up or dropped it."""
    picked_up_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    dropped_why: Mapped[str | None] = mapped_column(sa.Text)
    offer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("offer.id"), unique=True)
    """The offer that came of it."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """None: it came from Pipedrive."""
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
