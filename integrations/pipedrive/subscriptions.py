"""Webhook subscriptions: what Pipedrive tells us by itself. What arrives is read by `integrations.pipedrive.events`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import SecretStr, StringConstraints, TypeAdapter

from integrations.pipedrive.channel import Channel, Operation
from integrations.pipedrive.values import Id, Moment, Record, Writing

LIST_WEBHOOKS = Operation("GET", "/v1/webhooks", 10)
CREATE_WEBHOOK = Operation("POST", "/v1/webhooks", 10)
DELETE_WEBHOOK = Operation("DELETE", "/v1/webhooks/{id}", 6)


class Webhook(Record):
    """A subscription. The service deletes it after three days without a successful delivery: look once a day."""

    id: int
    event_action: str
    event_object: str
    subscription_url: str
    name: str = ""
    user_id: int | None = None
    is_active: bool = True
    version: str = ""
    last_delivery_time: Moment | None = None
    last_http_status: int | None = None
    remove_reason: str | None = None


class WebhookWrite(Writing):
    """A new subscription. ``subscription_url`` must be public and must not redirect.

    There is no signature: ``http_auth_user`` and ``http_auth_password`` come back as HTTP Basic with every delivery.
    ``user_id`` is whose rights decide what is told (none: the token's user).
    """

    subscription_url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=2000)]
    event_action: Literal["create", "change", "delete", "*"]
    event_object: Literal["activity", "deal", "lead", "note", "organization", "person", "user", "*"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    user_id: Id | None = None
    http_auth_user: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    http_auth_password: SecretStr

    def body(self) -> dict[str, Any]:
        """Give the JSON object to send, the password in clear."""
        shown = self.model_dump(mode="json", exclude_none=True, exclude={"http_auth_password"})
        return shown | {"version": "2.0", "http_auth_password": self.http_auth_password.get_secret_value()}


_WEBHOOK = TypeAdapter(Webhook)
_WEBHOOKS = TypeAdapter(tuple[Webhook, ...])


class WebhookCalls(Channel):
    """Webhook subscriptions; they cannot be changed, only deleted and made again."""

    async def webhooks(self) -> tuple[Webhook, ...]:
        """All subscriptions of the token's user (10 tokens)."""
        return await self._data(_WEBHOOKS, LIST_WEBHOOKS)

    async def create_webhook(self, webhook: WebhookWrite) -> Webhook:
        """Subscribe (10 tokens); needs an administrator's token. At most 40 per user. Never sent twice."""
        return await self._data(_WEBHOOK, CREATE_WEBHOOK, payload=webhook.body())

    async def delete_webhook(self, webhook_id: int) -> None:
        """Unsubscribe (6 tokens)."""
        await self._ask(DELETE_WEBHOOK, webhook_id)
