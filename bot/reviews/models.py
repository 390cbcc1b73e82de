"""A review: is the offer ready to be sent, or the contract to be signed?"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum, only_where
from bot.people.models import Role


class ReviewKind(StrEnum):
    """What the review stands before."""

    SENDING = "sending"
    SIGNATURE = "signature"


class ReviewState(StrEnum):
    """Where it stands. ``waived``: somebody went on without it and said why."""

    OPEN = "open"
    READY = "ready"
    CHANGES = "changes"
    WAIVED = "waived"
    REPLACED = "replaced"
    """A newer review took its place."""


class Opinion(StrEnum):
    """What a reviewer says."""

    READY = "ready"
    CHANGES = "changes"


class Review(Base):
    """One request for review; asking again after changes makes a new one. At most one of a kind is open per offer."""

    __tablename__ = "review"
    __table_args__ = (
        sa.Index(
            "uq_review_one_open",
            "offer_id",
            "kind",
            unique=True,
            **only_where("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    kind: Mapped[ReviewKind] = mapped_column(closed_enum(ReviewKind))
    seats: Mapped[list[Any]]
    """The roles that are asked, ``["cto", "ceo"]``, as configured when it was opened."""
    state: Mapped[ReviewState] = mapped_column(closed_enum(ReviewState), default=ReviewState.OPEN)
    quote_id: Mapped[int | None] = mapped_column(sa.ForeignKey("quote.id"))
    """The version under review, if one was prepared."""
    question: Mapped[str | None] = mapped_column(sa.Text)
    """What the reviewers should look at."""
    meeting_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    waiver: Mapped[str | None] = mapped_column(sa.Text)
    """Why the offer went on without it."""
    revision: Mapped[int] = mapped_column(default=1)


class ReviewAnswer(Base):
    """What one seat said, never changed; the last one per seat stands. ``actor_id`` differs when a deputy answered."""

    __tablename__ = "review_answer"
    __table_args__ = (sa.UniqueConstraint("review_id", "request_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), index=True)
    seat: Mapped[Role] = mapped_column(closed_enum(Role, "review_seat"))
    principal_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    opinion: Mapped[Opinion] = mapped_column(closed_enum(Opinion))
    note: Mapped[str | None] = mapped_column(sa.Text)
    at: Mapped[datetime]
    request_key: Mapped[str] = mapped_column(sa.String(300))
