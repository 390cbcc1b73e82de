"""One-time tickets: Teams opens a link in a browser that knows nobody, so the link itself carries the leave to fetch
one sheet once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.database import Base

VALID = timedelta(minutes=10)
PATH = "/sheets/"
LONGEST_TOKEN = 200


class DownloadTicket(Base):
    """Leave to fetch one decision sheet once. Only the hash of the ticket is stored, so reading the table opens
    nothing.
    """

    __tablename__ = "download_ticket"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """SHA-256 of the ticket, in hexadecimal."""
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    language: Mapped[str] = mapped_column(sa.String(2))
    expires_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Leave:
    """What a ticket was for."""

    round_id: int
    language: str


def issue_ticket(session: Session, round_id: int, language: str, now: datetime, token: str) -> str:
    """Give the path that fetches the sheet of a round once, within ten minutes. ``token`` is 32 random bytes in
    URL-safe letters.
    """
    session.execute(sa.delete(DownloadTicket).where(DownloadTicket.expires_at <= now))
    session.add(DownloadTicket(digest=_digest(token), round_id=round_id, language=language, expires_at=now + VALID))
    session.flush()
    return PATH + token


def redeem(session: Session, token: str, now: datetime) -> Leave | None:
    """Take a ticket back; None when it is unknown, used or too old."""
    if len(token) > LONGEST_TOKEN:
        return None
    taken = session.execute(
        sa.delete(DownloadTicket)
        .where(DownloadTicket.digest == _digest(token), DownloadTicket.expires_at > now)
        .returning(DownloadTicket.round_id, DownloadTicket.language)
    ).one_or_none()
    return None if taken is None else Leave(taken.round_id, taken.language)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
