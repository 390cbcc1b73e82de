"""What a webhook of Pipedrive says, as far as it matters: which record was changed, by whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.sync import arrivals
from bot.sync.models import Arrival, System
from integrations.errors import Drift
from integrations.pipedrive import parse_webhook

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LONGEST_KEY = 200
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Notice:
    """One event. ``entity_id`` is a number, for leads a UUID; ``at`` is aware UTC."""

    id: str
    entity: str
    entity_id: str
    deleted: bool
    user_id: int | None
    by_program: bool
    at: datetime

    def made_by(self, user_id: int) -> bool:
        """Whether a program did it with this user's token. Other programs have tokens of other users."""
        return self.by_program and self.user_id == user_id

    def as_body(self) -> dict[str, Any]:
        """As it is stored: what the record holds is read from Pipedrive, so nothing of it is kept here."""
        return {
            "entity": self.entity,
            "entity_id": self.entity_id,
            "deleted": self.deleted,
            "user_id": self.user_id,
            "by_program": self.by_program,
            "at": self.at.isoformat(),
        }

    @classmethod
    def of(cls, arrival: Arrival) -> Notice:
        """Read what was stored."""
        body = arrival.body
        return cls(
            arrival.key,
            body["entity"],
            body["entity_id"],
            body["deleted"],
            body["user_id"],
            body["by_program"],
            datetime.fromisoformat(body["at"]),
        )


def read_notice(body: bytes) -> Notice | None:
    """The event in a delivery; None when it is none."""
    try:
        event = parse_webhook(body)
    except (Drift, OverflowError):
        # A time at the edge of the calendar cannot be brought to UTC.
        return None
    notice = Notice(
        id=event.id,
        entity=event.entity,
        entity_id=str(event.entity_id),
        deleted=event.action == "delete",
        user_id=event.user_id,
        by_program=event.change_source == "api",
        at=event.timestamp,
    )
    return notice if _sound(notice) else None


def _sound(notice: Notice) -> bool:
    names = (notice.entity, notice.entity_id)
    return (
        _plain(notice.id, LONGEST_KEY)
        and all(_plain(name, LONGEST_NAME) for name in names)
        and (notice.user_id is None or 0 <= notice.user_id < 2**53)
    )


def _plain(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isascii() and text.isprintable()


def keep_notice(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Store it; False when it came before."""
    return arrivals.store(session, System.PIPEDRIVE, notice.id, notice.as_body(), now=now)
