"""Webhooks: being told that something changed. Only a hint, about half a minute late: always read, and keep a poll."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from integrations.business_central.connection import Connection
from integrations.business_central.records import Subscription
from integrations.business_central.settings import SERVICE
from integrations.errors import Drift, DriftReason

LIFETIME = timedelta(days=3)
"""How long a subscription lives after it was made or renewed."""

CLIENT_STATE_LENGTH = 2048
MOST_BYTES = 2 * 1024 * 1024
"""Of one POST: a thousand changes of each of a few entity sets."""
_RESOURCE = re.compile(
    r"^/?(?:[^?]*/)?api/(?:[^?]*/)?companies\((?P<company>[0-9a-fA-F-]{36})\)/(?P<set>\w+)"
    r"(?:\((?P<id>[0-9a-fA-F-]{36})\))?(?:\?.*)?$"
)


class ChangeType(StrEnum):
    """What happened; ``COLLECTION`` means so much that the whole entity set should be read."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class Notification:
    """One change, at ``changed_at`` as far as it is told; ``record_id`` is ``None`` for a whole collection."""

    subscription_id: str
    company_id: UUID
    entity_set: str
    record_id: UUID | None
    change: ChangeType
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notifications:
    """What one POST held; ``refused`` counts entries with a wrong client state or an unreadable resource."""

    accepted: tuple[Notification, ...]
    refused: int


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    subscription_id: str
    resource: Annotated[str, Field(max_length=4096)]
    change_type: ChangeType
    client_state: str = Field(default="", repr=False)
    last_modified_date_time: AwareDatetime | None = None


class _Post(BaseModel):
    model_config = ConfigDict(extra="ignore")

    value: list[_Entry]


class Subscriptions:
    """The subscriptions of our app. At most 200 fit into one environment, so they are found again and renewed."""

    def __init__(self, connection: Connection) -> None:
        """Share the connection of the client."""
        self._connection = connection
        self._url = f"{connection.settings.api_url}/subscriptions"

    async def all(self) -> list[Subscription]:
        """The subscriptions that live now. One that is gone was refused by our endpoint, or ran out."""
        return await self._connection.read(Subscription, self._url)

    def watched(self, subscription: Subscription) -> str | None:
        """The entity set of our company that a subscription is for; None for another company's."""
        found = _RESOURCE.match(subscription.resource)
        ours = found is not None and found["company"].lower() == str(self._connection.settings.company_id)
        return found["set"] if found is not None and ours else None

    async def create(self, entity_set: str, notification_url: str, client_state: str) -> Subscription:
        """Subscribe to an entity set of the company.

        While this runs, Business Central calls ``notification_url?validationToken=…`` (GET or POST) and wants 200 with
        the token as the body. ``client_state`` is a secret of at most 2048 characters that every notification repeats.

        Raises:
            ValueError: the client state is empty or too long; nothing was sent.
        """
        if not 0 < len(client_state) <= CLIENT_STATE_LENGTH:
            raise ValueError(f"a client state has 1 to {CLIENT_STATE_LENGTH} characters")
        return await self._connection.create(
            Subscription, self._url, self._body(entity_set, notification_url, client_state)
        )

    async def renew(self, subscription: Subscription, client_state: str) -> Subscription:
        """Let it live three more days, with this client state from now on; there is a handshake as in `create`."""
        payload = {
            "notificationUrl": subscription.notification_url,
            "resource": subscription.resource,
            "clientState": client_state,
        }
        return await self._connection.change(Subscription, self._at(subscription), subscription.etag, payload)

    async def delete(self, subscription: Subscription) -> None:
        """End it; `RecordMissing` when it is gone already."""
        await self._connection.send("DELETE", self._at(subscription), headers={"If-Match": subscription.etag})

    def _at(self, subscription: Subscription) -> str:
        return f"{self._url}('{quote(subscription.subscription_id, safe='')}')"

    def _body(self, entity_set: str, notification_url: str, client_state: str) -> dict[str, str]:
        company = self._connection.settings.company_id
        return {
            "notificationUrl": notification_url,
            "resource": f"/api/v2.0/companies({company})/{entity_set}",
            "clientState": client_state,
        }


def parse_notifications(body: bytes, client_states: Mapping[str, str]) -> Notifications:
    """Read what Business Central posted to us. ``client_states``: by entity set, the secret each subscription was made
    with.

    Answer 2xx at once and read the records later: any answer but 2xx, 408, 429 and 5xx ends the subscription.

    Raises:
        Drift: the body is too large or has another shape.
    """
    if len(body) > MOST_BYTES:
        raise Drift(SERVICE, "a notification is too large", reason=DriftReason.TOO_LARGE)
    try:
        entries = _Post.model_validate_json(body).value
    except ValidationError:
        raise Drift(SERVICE, "a notification has another shape", reason=DriftReason.KEYS_GONE) from None
    read = [_notification(entry, client_states) for entry in entries]
    accepted = tuple(notification for notification in read if notification is not None)
    return Notifications(accepted, len(read) - len(accepted))


def _notification(entry: _Entry, client_states: Mapping[str, str]) -> Notification | None:
    found = _RESOURCE.match(entry.resource)
    if found is None:
        return None
    wanted = client_states.get(found["set"], "")
    if not hmac.compare_digest(entry.client_state.encode("utf-8", "replace"), wanted.encode()) or not wanted:
        return None
    try:
        company_id, record_id = UUID(found["company"]), UUID(found["id"]) if found["id"] else None
    except ValueError:
        return None
    return Notification(
        entry.subscription_id, company_id, found["set"], record_id, entry.change_type, entry.last_modified_date_time
    )
