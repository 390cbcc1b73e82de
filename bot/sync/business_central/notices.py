"""What a notification of Business Central says: that a record, or many, should be read again. Nothing else of it is
believed or kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot.sync import arrivals
from bot.sync.models import System
from integrations.business_central import MOST_BYTES, ChangeType, Notifications, parse_notifications
from integrations.errors import Drift

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from bot.sync.models import Arrival
    from integrations.business_central import Notification


__all__ = ["MOST_BYTES", "Notice", "keep_notices", "read_notices"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A record of an entity set, or with ``record_id`` None so many that all changes should be asked for."""

    arrival_id: int
    entity_set: str
    record_id: UUID | None
    deleted: bool
    changed_at: datetime

    @classmethod
    def of(cls, arrival: Arrival) -> Notice:
        """Read what was stored."""
        body = arrival.body
        record_id = UUID(body["record_id"]) if body["record_id"] else None
        deleted = body["change"] == ChangeType.DELETED
        return cls(arrival.id, body["entity_set"], record_id, deleted, datetime.fromisoformat(body["at"]))


def read_notices(body: bytes, states: Mapping[str, str], company_id: UUID) -> Notifications | None:
    """What a POST tells, of which only what concerns this company is accepted; None when it is no notification.
    ``states``: by entity set, the client state.
    """
    try:
        told = parse_notifications(body, states)
    except Drift:
        return None
    ours = tuple(one for one in told.accepted if one.company_id == company_id)
    return Notifications(ours, told.refused + len(told.accepted) - len(ours))


def keep_notices(session: Session, told: Iterable[Notification], *, now: datetime) -> int:
    """Store them; gives how many had not come before."""
    return arrivals.store_each(
        session, System.BUSINESS_CENTRAL, {_key(one, now): _body(one, now) for one in told}, now=now
    )


def _body(one: Notification, now: datetime) -> dict[str, Any]:
    record_id = str(one.record_id) if one.record_id is not None else None
    at = (one.changed_at or now).isoformat()
    return {"entity_set": one.entity_set, "record_id": record_id, "change": one.change.value, "at": at}


def _key(one: Notification, now: datetime) -> str:
    """Notifications have no id: one that is repeated says the same. Without a time it is taken for a new one."""
    at = one.changed_at or now
    said = (one.subscription_id, one.entity_set, str(one.record_id), one.change.value, at.isoformat())
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
