"""Appointments, calls and tasks, planned or recorded, and linked documents."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from bot.database import closed_enum
from bot.records.models import Entry


class ActivityKind(StrEnum):
    """What is planned or was done."""

    APPOINTMENT = "appointment"
    CALL = "call"
    TASK = "task"


class Activity(Entry):
    """Planned while ``done_on`` is empty, recorded once it is set."""

    __tablename__ = "activity"

    kind: Mapped[ActivityKind] = mapped_column(closed_enum(ActivityKind))
    subject: Mapped[str] = mapped_column(sa.String(200))
    planned_on: Mapped[date | None]
    planned_time: Mapped[str | None] = mapped_column(sa.String(5))
    """``14:30`` in the owner's time zone; None: the whole day."""
    minutes: Mapped[int | None]
    """How long it takes."""
    done_on: Mapped[date | None]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    place: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[str | None] = mapped_column(sa.Text)
    link: Mapped[str | None] = mapped_column(sa.String(2000))


class DocumentKind(StrEnum):
    """What a linked document is."""

    MINUTES = "minutes"
    LOOP = "loop"
    TEMPLATE = "template"
    PROPOSAL = "proposal"
    CONTRACT = "contract"
    OTHER = "other"


class Document(Entry):
    """A document that stands elsewhere (SharePoint, Loop), with its link."""

    __tablename__ = "document"

    kind: Mapped[DocumentKind] = mapped_column(closed_enum(DocumentKind))
    title: Mapped[str] = mapped_column(sa.String(200))
    url: Mapped[str] = mapped_column(sa.String(2000))
    dated_on: Mapped[date | None]
    activity_id: Mapped[int | None] = mapped_column(sa.ForeignKey("activity.id"))
    """The meeting or call these minutes are of."""

    @validates("activity_id")
    def _as_number(self, _name: str, value: int | str | None) -> int | None:
        """A dialog's choices are texts."""
        return None if value is None else int(value)
