"""One-time tickets: Teams opens a link in a browser that knows nobody, so the link itself carries the leave to fetch
one sheet once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.database import Base, closed_enum

VALID = timedelta(minutes=10)
PATH = "/sheets/"
STREAMED = "export/"
"""What the name of a file begins with that is sent while it is being read."""
LONGEST_TOKEN = 200


class SheetKind(StrEnum):
    """What a ticket fetches, and the table its subject stands in."""

    DECISION = "decision"
    """The sheet of a round."""
    HANDOVER = "handover"
    """The hand-over sheet of an offer."""
    HOURS_TABLE = "hours_table"
    """Hours and cost as a workbook; the subject is a year, 0 stands for all."""
    HOURS_PICTURE = "hours_picture"
    """The same as a picture."""
    EXPORT = "export"
    """A file of the star schema or of a report; its name says which."""


class DownloadTicket(Base):
    """Leave to fetch one sheet once. Only the hash of the ticket is stored, so reading the table opens
    nothing.
    """

    __tablename__ = "download_ticket"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """SHA-256 of the ticket, in hexadecimal."""
    kind: Mapped[SheetKind] = mapped_column(closed_enum(SheetKind))
    subject_id: Mapped[int]
    language: Mapped[str] = mapped_column(sa.String(2))
    name: Mapped[str | None] = mapped_column(sa.String(80))
    """Of the exported file, such as ``bi_v1_fact_hours.csv`` or ``pipeline.y2026.xlsx``."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Leave:
    """What a ticket was for."""

    kind: SheetKind
    subject_id: int
    language: str
    name: str = ""


def issue_ticket(
    session: Session, kind: SheetKind, subject_id: int, language: str, now: datetime, token: str, *, name: str = ""
) -> str:
    """Give the path that fetches a sheet once, within ten minutes. ``token`` is 32 random bytes in URL-safe letters;
    ``name``: of an exported file.
    """
    session.execute(sa.delete(DownloadTicket).where(DownloadTicket.expires_at <= now))
    ticket = DownloadTicket(
        digest=_digest(token),
        kind=kind,
        subject_id=subject_id,
        language=language,
        name=name or None,
        expires_at=now + VALID,
    )
    session.add(ticket)
    session.flush()
    return PATH + token


def redeem(session: Session, token: str, now: datetime) -> Leave | None:
    """Take a ticket back; None when it is unknown, used or too old."""
    if len(token) > LONGEST_TOKEN:
        return None
    taken = session.execute(
        sa.delete(DownloadTicket)
        .where(DownloadTicket.digest == _digest(token), DownloadTicket.expires_at > now)
        .returning(DownloadTicket.kind, DownloadTicket.subject_id, DownloadTicket.language, DownloadTicket.name)
    ).one_or_none()
    return None if taken is None else Leave(taken.kind, taken.subject_id, taken.language, taken.name or "")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
