"""Which reminders were given: one card per person and morning, one line per thing and occasion."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum


class DueKind(StrEnum):
    """What is due. ``subject_id`` is a row of that kind; where nothing else is named, the offer."""

    SUBMISSION = "submission"
    QUESTIONS = "questions"
    """Until when the client takes questions."""
    CLOSING = "closing"
    CLARIFICATION = "clarification"
    POINT = "point"
    PARTNER_QUOTE = "partner_quote"
    APPOINTMENT = "appointment"
    CALL = "call"
    TASK = "task"
    REVIEW = "review"
    VALIDITY = "validity"
    """The last sent quote is no longer valid after that day (quote)."""
    DEBRIEF = "debrief"
    KICK_OFF = "kick_off"


class Occasion(StrEnum):
    """Why somebody is reminded."""

    COMING = "coming"
    """Due on the next working day."""
    OVERDUE = "overdue"


class Morning(Base):
    """The reminders one person got on one morning; ``on_day`` is the day there. Without lines nothing was due, and what
    is put down later that day waits for the next morning.
    """

    __tablename__ = "morning"
    __table_args__ = (sa.UniqueConstraint("person_id", "on_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    on_day: Mapped[date]
    at: Mapped[datetime]


class MorningLine(Base):
    """One reminded thing. The unique key says once: moving the date makes a new occasion."""

    __tablename__ = "morning_line"
    __table_args__ = (sa.UniqueConstraint("person_id", "kind", "subject_id", "due_on", "occasion"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    morning_id: Mapped[int] = mapped_column(sa.ForeignKey("morning.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    """A :class:`DueKind`."""
    subject_id: Mapped[int]
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"))
    due_on: Mapped[date]
    occasion: Mapped[Occasion] = mapped_column(closed_enum(Occasion))
