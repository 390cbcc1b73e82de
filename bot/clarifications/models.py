"""A question of the client after sending, and its answer."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import closed_enum
from bot.records.models import Entry


class AnsweredBy(StrEnum):
    """How an answer was given."""

    WRITING = "writing"
    CALL = "call"


class Clarification(Entry):
    """One question; it is open while ``answered_on`` is empty."""

    __tablename__ = "clarification"
    __table_args__ = (sa.CheckConstraint("(answered_on IS NULL) = (answered_how IS NULL)", name="answered_has_how"),)

    question: Mapped[str] = mapped_column(sa.Text)
    asked_on: Mapped[date]
    due_on: Mapped[date | None]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    """Who sees to the answer and is reminded."""
    answered_on: Mapped[date | None]
    answered_how: Mapped[AnsweredBy | None] = mapped_column(closed_enum(AnsweredBy))
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(sa.Text)
    link: Mapped[str | None] = mapped_column(sa.String(2000))
