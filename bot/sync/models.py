"""The ledger: one row per thing that must be true outside, with what is wanted, what is done, and how it goes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum, only_where


class System(StrEnum):
    """The other side. A Teams message is one more system."""

    TEAMS = "teams"
    PIPEDRIVE = "pipedrive"
    BUSINESS_CENTRAL = "business_central"
    SHAREPOINT = "sharepoint"
    CALENDAR = "calendar"


class Kind(StrEnum):
    """What a row keeps true, and the table its ``subject_id`` points into."""

    SHARED_CARD = "shared_card"
    """The one message of a tender in the tender channel, edited in place for its whole life (tender)."""
    CHANGE_REPLY = "change_reply"
    """A reply in that thread: deadline moved, cancelled, re-issued … (tender_change)."""
    DECISION_REPLY = "decision_reply"
    """A reply in that thread: the result of a round (round)."""
    DIGEST_CARD = "digest_card"
    """More than five new tenders (tender_digest)."""
    VOTE_CARD = "vote_card"
    """An approver's own card, edited in place (round); target ``person:ID``."""
    VOTE_REMINDER = "vote_reminder"
    """A private reminder or the escalation to the CEO (round_reminder); target ``person:ID``."""
    QUESTION = "question"
    """A need-info ballot, told to the owner of the offer (ballot); target ``person:ID``."""
    OUTCOME_CARD = "outcome_card"
    """The result, told to the owner, with the team picker at Go (round); target ``person:ID``."""
    ADMIN_NOTICE = "admin_notice"
    """A source that fails or is back, a record that cannot be read (notice); target ``person:ID``."""
    REVIEW_CARD = "review_card"
    """A reviewer's own card, edited in place (review); target ``person:ID``."""
    REVIEW_RESULT = "review_result"
    """What the reviewers said, told to whoever asked (review); target ``person:ID``."""
    MORNING_CARD = "morning_card"
    """What is due soon or overdue (morning); target ``person:ID``."""
    HANDOVER_CARD = "handover_card"
    """The hand-over sheet, with the buttons to accept it (handover); target ``person:ID`` of the project manager."""
    HANDOVER_RESULT = "handover_result"
    """The project manager's answer, told to the sales lead (handover); target ``person:ID``."""
    END_REPLY = "end_reply"
    """Won, lost, abandoned or open again, in the tender's thread (stage_step)."""
    HOURS_CARD = "hours_card"
    """A person's week, edited in place (hours_week); target ``person:ID``."""
    HOURS_REMINDER = "hours_reminder"
    """What is missing in that week (hours_reminder); target ``person:ID``."""
    HOURS_DIGEST = "hours_digest"
    """Who is still missing after the last reminder (hours_digest); target ``person:ID``."""
    MONTHLY_DIGEST = "monthly_digest"
    """What a month brought (no table: the month, 202610); target ``person:ID``."""
    WEEKLY_DIGEST = "weekly_digest"
    """What waits for whom, in the tender channel (no table: the Monday of the week, 20261123)."""
    TEAM_NOTICE = "team_notice"
    """Somebody joined or left a team, told to them (team_member); target ``person:ID``."""
    CONFLICT_CARD = "conflict_card"
    """A value that somebody changed in another system, with both values (sync_conflict); target ``person:ID``."""
    DEAL = "deal"
    """Pipedrive's deal, with its pinned note (offer)."""
    ACTIVITIES = "activities"
    """The activities of Pipedrive's deal (offer)."""
    OPPORTUNITY = "opportunity"
    """Business Central's opportunity (offer)."""
    PROJECT = "project"
    """Business Central's project, with its link files (offer)."""
    FOLDER = "folder"
    """SharePoint's folder tree, with the sheets filed in it (offer)."""
    REVIEW_MEETING = "review_meeting"
    """The meeting of the newest review, in a calendar (offer)."""
    KICK_OFF_MEETING = "kick_off_meeting"
    """The kick-off of a won offer, in a calendar (offer)."""
    LEAD = "lead"
    """Pipedrive's lead, as long as no offer came of it (lead)."""
    LEAD_CARD = "lead_card"
    """A lead, edited in place (lead): in the tender channel when it was made in Pipedrive, else with whoever entered it
    (target ``person:ID``).
    """


ONE_SHOT = frozenset(
    {
        Kind.CHANGE_REPLY,
        Kind.DECISION_REPLY,
        Kind.VOTE_REMINDER,
        Kind.QUESTION,
        Kind.ADMIN_NOTICE,
        Kind.END_REPLY,
        Kind.MONTHLY_DIGEST,
        Kind.WEEKLY_DIGEST,
    }
)
"""Sent once and never edited."""

IN_THREAD = frozenset({Kind.CHANGE_REPLY, Kind.DECISION_REPLY, Kind.END_REPLY})
"""Posted as a reply in the tender's thread, once its card stands."""

SYSTEM_OF: dict[Kind, System] = {
    Kind.DEAL: System.PIPEDRIVE,
    Kind.ACTIVITIES: System.PIPEDRIVE,
    Kind.OPPORTUNITY: System.BUSINESS_CENTRAL,
    Kind.PROJECT: System.BUSINESS_CENTRAL,
    Kind.FOLDER: System.SHAREPOINT,
    Kind.REVIEW_MEETING: System.CALENDAR,
    Kind.KICK_OFF_MEETING: System.CALENDAR,
    Kind.LEAD: System.PIPEDRIVE,
}
"""What is written to another system than Teams."""


def system_of(kind: Kind) -> System:
    """Where a row of this kind is made true."""
    return SYSTEM_OF.get(kind, System.TEAMS)


CHANNEL = "channel"
RECORD = "record"
"""The target of a record in another system."""
DEAL_RECORD = "deal"
"""The target of a record that is of a deal somebody made in Pipedrive by hand; its subject is that deal's number."""


def person_target(person_id: int) -> str:
    """The target of a personal message."""
    return f"person:{person_id}"


class LedgerState(StrEnum):
    """How a row is doing."""

    OK = "ok"
    PENDING = "pending"
    RETRYING = "retrying"
    CONFLICT = "conflict"
    INCOMPLETE = "incomplete"
    """Something is missing on our side: no tender channel yet, the person never opened the bot.

    Tried again when that changes.
    """
    MANUAL = "manual"
    """A person must look: a permanent refusal, or a post whose outcome is unknown."""


class LedgerRow(Base):
    """One wanted state.

    ``wanted_version`` is raised inside the transaction of the change; the row is due while ``done_version`` is lower.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        sa.UniqueConstraint("system", "kind", "subject_id", "target"),
        sa.Index(
            "ix_ledger_due",
            "not_before",
            **only_where("done_version < wanted_version"),
        ),
        sa.CheckConstraint("done_version <= wanted_version", name="versions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[System] = mapped_column(closed_enum(System))
    kind: Mapped[Kind] = mapped_column(closed_enum(Kind))
    subject_id: Mapped[int]
    target: Mapped[str] = mapped_column(sa.String(40))
    wanted_version: Mapped[int]
    done_version: Mapped[int] = mapped_column(default=0)
    remote: Mapped[dict[str, Any] | None]
    """Where it stands over there: ``{"conversation": …, "activity": …}`` for a message."""
    state: Mapped[LedgerState] = mapped_column(closed_enum(LedgerState))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    in_flight_since: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    """Since when something may stand over there that we do not know of: set by the first attempt to create it, gone
    once its id is stored.
    """
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(60))
    error_class: Mapped[str | None] = mapped_column(sa.String(60))
    error: Mapped[str | None] = mapped_column(sa.Text)
    updated_at: Mapped[datetime]


class Conflict(Base):
    """A value that somebody changed in another system while we want another one there. Nothing is written to that
    field until a person chose; values are texts as people read them.
    """

    __tablename__ = "sync_conflict"
    __table_args__ = (
        sa.Index(
            "uq_sync_conflict_open",
            "row_id",
            "field",
            unique=True,
            **only_where("resolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(sa.ForeignKey("ledger.id"), index=True)
    field: Mapped[str] = mapped_column(sa.String(60))
    ours: Mapped[dict[str, Any]]
    """``{"value": …, "shown": "…"}``: as it would be sent, and as people read it."""
    theirs: Mapped[dict[str, Any]]
    their_name: Mapped[str | None] = mapped_column(sa.String(200))
    """Who changed it over there, as far as that system tells."""
    their_at: Mapped[datetime | None]
    found_at: Mapped[datetime]
    keep_ours: Mapped[bool | None]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class Mapping(Base):
    """What something of ours is called in another system: ``field:offer_number``, ``stage:SNT``, ``person:7``."""

    __tablename__ = "sync_mapping"

    system: Mapped[System] = mapped_column(closed_enum(System, "mapped_system"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    remote: Mapped[str] = mapped_column(sa.String(200))
    updated_at: Mapped[datetime]


class Arrival(Base):
    """A notice another system sent, stored before it was answered and read afterwards. ``key`` is unique per system:
    the same notice sent twice is one arrival.
    """

    __tablename__ = "sync_arrival"
    __table_args__ = (
        sa.UniqueConstraint("system", "key"),
        sa.Index(
            "ix_sync_arrival_waiting",
            "id",
            **only_where("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[System] = mapped_column(closed_enum(System, "arrival_system"))
    key: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)


class TheirRecord(Base):
    """What another system holds and we only read: organisations, persons, leads, contacts, customers, salespeople."""

    __tablename__ = "sync_their_record"

    system: Mapped[System] = mapped_column(closed_enum(System, "their_system"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    """``organization``, ``person``, ``lead``, ``deal`` (made by hand), ``contact``, ``customer``, ``salesperson``."""
    remote_id: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    """What it is named by there: an id, or in Business Central its number or code."""
    name: Mapped[str] = mapped_column(sa.String(300))
    search_text: Mapped[str] = mapped_column(sa.Text)
    """Folded, for finding it while typing."""
    data: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime | None]
    """When it was changed over there, as far as that system tells."""
    seen_at: Mapped[datetime]
    listed_at: Mapped[datetime | None]
    """When a reading of the whole listing last held it, or it was last written; None where nothing is read as a whole.
    """
    gone: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    ours: Mapped[str | None] = mapped_column(sa.String(60), index=True)
    """What of ours it is: ``client:7``, ``contact:3``, ``lead:2``; None while nobody matched it."""


class Cursor(Base):
    """How far a listing of another system was read: ``name`` is the listing, ``position`` what the next look asks
    after.
    """

    __tablename__ = "sync_cursor"

    system: Mapped[System] = mapped_column(closed_enum(System, "cursor_system"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    position: Mapped[str] = mapped_column(sa.String(100))
    updated_at: Mapped[datetime]


class Pause(Base):
    """A system nothing is sent to until a person lets it go on. What is wanted meanwhile waits in the ledger."""

    __tablename__ = "sync_pause"

    system: Mapped[System] = mapped_column(closed_enum(System, "paused_system"), primary_key=True)
    since: Mapped[datetime]


class Notice(Base):
    """Something the admins are told once. ``kind`` names its text, ``params`` its values."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    params: Mapped[dict[str, Any]]
    at: Mapped[datetime]
