"""Hours as they are kept: one row per person and week, and an append-only list of what was entered.

Hours are counted in quarters of an hour, as whole numbers, so that every sum is exact on every database. A week is
named by its Monday. A week that straddles two months has two parts, each named by its first day; what was entered
belongs to a part, because each locks on a day of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum
from bot.hours.rules import MOST_QUARTERS


class EntryKind(StrEnum):
    """How hours came in."""

    ENTRY = "entry"
    UNDO = "undo"
    """Takes one answer back, exactly."""
    CORRECTION = "correction"
    """After the lock, with a reason."""
    IMPORT = "import"


class HoursWeek(Base):
    """One person's ISO week, from the first question or the first entry on.

    ``quarters`` is the sum of its entries; the database keeps it between 0 and 80 hours. Locking this row makes
    changes of one person's week one after the other.
    """

    __tablename__ = "hours_week"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "week_on"),
        # What the entries' foreign key points at: an entry's person is its week's.
        sa.UniqueConstraint("id", "person_id"),
        sa.CheckConstraint(f"quarters BETWEEN 0 AND {MOST_QUARTERS}", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    week_on: Mapped[date] = mapped_column(index=True)
    """The Monday."""
    quarters: Mapped[int] = mapped_column(default=0)
    final: Mapped[bool] = mapped_column(default=False)
    """The person said that nothing is missing; without hours it means none."""
    was_final: Mapped[bool] = mapped_column(default=False)
    """``final`` before the newest revision, for its undo."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the answers; each entry names the one it belongs to."""
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    prompted_at: Mapped[datetime | None]
    """When the week's card was asked for; set once."""
    withheld: Mapped[list[Any]] = mapped_column(default=list, server_default=sa.text("'[]'"))
    """What was answered and fell into a locked part: ``[offer id, first day of the part, wanted quarters]`` each."""
    was_withheld: Mapped[list[Any]] = mapped_column(default=list, server_default=sa.text("'[]'"))
    """``withheld`` before the newest revision, for its undo."""


class HoursEntry(Base):
    """A change of the hours of one person on one offer in one part of a week. The list is append-only, held so by the
    database; how many hours there are is the sum.
    """

    __tablename__ = "hours_entry"
    __table_args__ = (
        sa.ForeignKeyConstraint(["week_id", "person_id"], ["hours_week.id", "hours_week.person_id"]),
        sa.UniqueConstraint("week_id", "revision", "offer_id", "part_on"),
        sa.CheckConstraint(f"quarters <> 0 AND quarters BETWEEN -{MOST_QUARTERS} AND {MOST_QUARTERS}", name="range"),
        sa.CheckConstraint("kind <> 'correction' OR reason IS NOT NULL", name="reason_of_correction"),
        # With all that the sums of the report need, so that it reads nothing but this index.
        sa.Index("ix_hours_entry_person_part", "person_id", "part_on", "offer_id", "quarters"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    week_id: Mapped[int]
    person_id: Mapped[int]
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offer.id"), index=True)
    part_on: Mapped[date]
    """First day of the part of the week: the Monday, or the first of a month."""
    quarters: Mapped[int]
    """Added (or, below 0, taken away) quarter hours."""
    kind: Mapped[EntryKind] = mapped_column(closed_enum(EntryKind, "hours_entry_kind"))
    reason: Mapped[str | None] = mapped_column(sa.String(400))
    revision: Mapped[int]
    entered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    entered_at: Mapped[datetime]


ASKED_FROM = 101
"""Reminders that somebody asked for are counted from here; those that come by themselves from 1."""


class HoursReminder(Base):
    """One private reminder about a week. The one about somebody's newest week names the older ones as well, whose own
    rows of the same moment have no message.
    """

    __tablename__ = "hours_reminder"
    __table_args__ = (sa.UniqueConstraint("week_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    week_id: Mapped[int] = mapped_column(sa.ForeignKey("hours_week.id"))
    step: Mapped[int]
    at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Who pressed "remind again", at steps from :data:`ASKED_FROM` on; None: the clock."""


class HoursDigest(Base):
    """Who is still missing after the last reminder, told once per week to each sales lead and key user."""

    __tablename__ = "hours_digest"
    __table_args__ = (sa.UniqueConstraint("week_on", "recipient_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    week_on: Mapped[date]
    recipient_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]


class HourlyRate(Base):
    """What an hour of somebody costs from ``valid_from`` to ``valid_to`` (None: until further notice), both included.

    Only key users see it. ``cents`` are hundredths of the company's currency.
    """

    __tablename__ = "hourly_rate"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "valid_from"),
        sa.CheckConstraint("cents > 0", name="positive"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    cents: Mapped[int]
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime]


SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER hours_entry_no_{verb.lower()} BEFORE {verb} ON hours_entry "
    "BEGIN SELECT RAISE(ABORT, 'hours are corrected by another entry, never changed'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRES_GUARDS = (
    """CREATE FUNCTION hours_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'hours are corrected by another entry, never changed'; END $$""",
    """CREATE TRIGGER hours_entry_no_change BEFORE UPDATE OR DELETE ON hours_entry
    FOR EACH ROW EXECUTE FUNCTION hours_entry_refuse()""",
    """CREATE TRIGGER hours_entry_no_truncate BEFORE TRUNCATE ON hours_entry
    FOR EACH STATEMENT EXECUTE FUNCTION hours_entry_refuse()""",
)


def guards(dialect: str) -> tuple[str, ...]:
    """The statements that make the entries append-only; ``dialect``: ``sqlite`` or ``postgresql``."""
    return SQLITE_GUARDS if dialect == "sqlite" else POSTGRES_GUARDS
