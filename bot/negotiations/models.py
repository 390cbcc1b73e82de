"""One contract clause under negotiation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import closed_enum
from bot.records.models import Entry


class PointState(StrEnum):
    """Where a point stands."""

    OPEN = "open"
    AGREED = "agreed"
    BLOCKED = "blocked"
    DROPPED = "dropped"


class NextMove(StrEnum):
    """Who has to act next."""

    US = "us"
    CLIENT = "client"


class NegotiationPoint(Entry):
    """A clause, what we and the client want, and who moves next; under negotiation while open or blocked."""

    __tablename__ = "negotiation_point"

    clause: Mapped[str] = mapped_column(sa.String(200))
    position: Mapped[str] = mapped_column(sa.Text)
    """What we ask for."""
    client_position: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[PointState] = mapped_column(closed_enum(PointState, "point_state"))
    next_move: Mapped[NextMove] = mapped_column(closed_enum(NextMove))
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    since: Mapped[date]
    """Under negotiation since this day."""
    due_on: Mapped[date | None]
    settled_on: Mapped[date | None]
    agreed_text: Mapped[str | None] = mapped_column(sa.Text)
    """What was agreed, for the hand-over."""
    link: Mapped[str | None] = mapped_column(sa.String(2000))
