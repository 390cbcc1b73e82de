"""The webhooks by which Pipedrive tells Offerdesk of changes: found, made, and replaced where they are wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import SecretStr

from bot.sync.pipedrive.parts import Part, PartState
from integrations.errors import Authentication, Permanent
from integrations.pipedrive import WebhookWrite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integrations.pipedrive import Pipedrive, Webhook

PATH = "/webhooks/pipedrive"
Told: TypeAlias = Literal["deal", "organization", "person", "lead"]
TOLD: tuple[Told, ...] = ("deal", "organization", "person", "lead")
"""The kinds of records whose changes are told."""
UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Where Pipedrive reaches us, and what it authenticates with. ``public_url`` has no path."""

    public_url: str
    user: str
    password: SecretStr = field(repr=False)

    @property
    def url(self) -> str:
        """The address of the deliveries."""
        return self.public_url + PATH


async def subscribe(
    client: Pipedrive, subscriber: Subscriber, before: Mapping[str, str]
) -> tuple[list[Part], dict[str, str]]:
    """One subscription for each kind of record. ``before``: the mappings, which know those made for an address that was
    ours then. Gives the parts, and the mappings to remember.

    Raises:
        ServiceError: Pipedrive does not answer, or not us.
    """
    there = await client.webhooks()
    parts, found = [], {}
    for told in TOLD:
        part, number = await _subscribe(client, subscriber, told, _ours(there, subscriber, told, before))
        parts.append(part)
        if number is not None:
            found[_name(told)] = str(number)
    return parts, found


def _name(told: Told) -> str:
    return f"webhook:{told}"


def _ours(
    there: Sequence[Webhook], subscriber: Subscriber, told: Told, before: Mapping[str, str]
) -> tuple[Webhook, ...]:
    """Another Offerdesk may be told by the same account: only what points here, or was made by us, is ours."""
    made = before.get(_name(told))
    return tuple(
        hook
        for hook in there
        if hook.event_object == told and (hook.subscription_url == subscriber.url or str(hook.id) == made)
    )


def _right(hook: Webhook, subscriber: Subscriber) -> bool:
    return (
        hook.subscription_url == subscriber.url
        and hook.event_action == "*"
        and hook.version in {"", "2.0"}
        and hook.is_active
        and hook.last_http_status != UNAUTHORIZED
    )


async def _subscribe(
    client: Pipedrive, subscriber: Subscriber, told: Told, ours: Sequence[Webhook]
) -> tuple[Part, int | None]:
    kept = next((hook.id for hook in ours if _right(hook, subscriber)), None)
    state = PartState.FOUND if kept is not None else PartState.REPLACED if ours else PartState.MADE
    if kept is None:
        try:
            kept = await _make(client, subscriber, told)
        except Authentication:
            raise
        except Permanent:
            remedy = f"Pipedrive refused it: use an administrator's token, and let {subscriber.url} be reached."
            return Part("webhook", told, PartState.MISSING, remedy), None
    for hook in ours:
        if hook.id != kept:
            await client.delete_webhook(hook.id)
    return Part("webhook", told, state), kept


async def _make(client: Pipedrive, subscriber: Subscriber, told: Told) -> int:
    wanted = WebhookWrite(
        subscription_url=subscriber.url,
        event_action="*",
        event_object=told,
        name=f"Offerdesk: {told}",
        http_auth_user=subscriber.user,
        http_auth_password=subscriber.password,
    )
    return (await client.create_webhook(wanted)).id
