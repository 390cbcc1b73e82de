"""Tenders as the sources publish them, what changed, and how each source is doing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Base, closed_enum
from bot.tenders.words import ChangeKind, Source, TenderState

__all__ = [
    "ChangeKind",
    "Source",
    "SourceHealth",
    "Tender",
    "TenderChange",
    "TenderDigest",
    "TenderState",
    "UnreadableRecord",
]


class Tender(Base):
    """One tender action, or a client's RFP. Identity is (source, native_id).

    ``number`` (``1-13692``) is not unique: a re-issue keeps it under a new id.
    """

    __tablename__ = "tender"
    __table_args__ = (sa.UniqueConstraint("source", "native_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = mapped_column(closed_enum(Source))
    native_id: Mapped[str] = mapped_column(sa.String(64))
    number: Mapped[str | None] = mapped_column(sa.String(60), index=True)
    raw_title: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    """In readable case, portal codes removed."""
    tags: Mapped[list[Any]]
    """The removed codes: ``EXPRO+``, ``RE-ISSUE``, ``ARTES 4.0`` …"""
    description: Mapped[str] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text)
    """Number, title, entity and description folded (lower case, no accents), for ``find``."""
    type_id: Mapped[int | None]
    status_id: Mapped[int | None]
    published_at: Mapped[datetime | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None] = mapped_column(index=True)
    clarification_at: Mapped[datetime | None]
    extension_at: Mapped[datetime | None]
    countries: Mapped[list[Any]]
    products: Mapped[list[Any]]
    technologies: Mapped[list[Any]]
    clause: Mapped[str | None] = mapped_column(sa.String(4))
    """Procurement policy clause ``C1`` … ``C4`` when the text has one."""
    price_range: Mapped[str | None] = mapped_column(sa.String(60))
    entity: Mapped[str | None] = mapped_column(sa.String(200))
    url: Mapped[str | None] = mapped_column(sa.String(400))
    cancelled: Mapped[bool] = mapped_column(default=False)
    archived: Mapped[bool] = mapped_column(default=False)
    raw: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    reissue_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tender.id"), index=True)
    matched: Mapped[bool] = mapped_column(default=False)
    match_score: Mapped[int] = mapped_column(default=0)
    match_reasons: Mapped[list[Any]]
    """Why it matched: ``{"rule": …, "kind": …, "found": …, "weight": …}`` each."""
    announced: Mapped[bool] = mapped_column(default=False)
    """True when it was posted, alone or in a digest."""
    state: Mapped[TenderState] = mapped_column(closed_enum(TenderState), default=TenderState.NEW)
    state_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    state_at: Mapped[datetime | None]
    dismiss_reason: Mapped[str | None] = mapped_column(sa.Text)
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When the source last showed another content."""
    closed_at: Mapped[datetime | None]
    """When it was noted that nobody can bid any more; None again when the deadline moves into the future."""
    revision: Mapped[int] = mapped_column(default=1)
    """Rises with every change; a button of an older card carries an older one."""


class TenderChange(Base):
    """One thing that happened to a tender. ``before`` and ``after`` are ISO times or texts."""

    __tablename__ = "tender_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    tender_id: Mapped[int] = mapped_column(sa.ForeignKey("tender.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(closed_enum(ChangeKind))
    before: Mapped[str | None] = mapped_column(sa.Text)
    after: Mapped[str | None] = mapped_column(sa.Text)
    at: Mapped[datetime]


class SourceHealth(Base):
    """How reading a source goes. An outage or drift is told to the admins once and once more when it is over."""

    __tablename__ = "source_health"

    source: Mapped[Source] = mapped_column(closed_enum(Source), primary_key=True)
    baseline_at: Mapped[datetime | None]
    """When the silent first run was complete; before that nothing is announced."""
    last_success_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    told: Mapped[bool] = mapped_column(default=False)
    """True while the admins know about the current outage."""
    error_class: Mapped[str | None] = mapped_column(sa.String(60))
    error: Mapped[str | None] = mapped_column(sa.Text)
    records: Mapped[int] = mapped_column(default=0)


class UnreadableRecord(Base):
    """A portal record that could not be read: kept whole, so that nothing is lost, and shown to the admins."""

    __tablename__ = "unreadable_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Source] = mapped_column(closed_enum(Source))
    raw: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    problem: Mapped[str] = mapped_column(sa.Text)
    seen_at: Mapped[datetime]


class TenderDigest(Base):
    """One card for more than five new tenders found in one poll."""

    __tablename__ = "tender_digest"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    tender_ids: Mapped[list[Any]]
