"""The subscriptions by which Business Central tells Offerdesk of changes: made, found again, renewed, made anew.

They live there for three days, and an endpoint that refuses ends them, so they are looked at every few minutes. What
they tell is only a hint; whatever is missed, the look every ten minutes finds.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
import structlog
from pydantic import SecretStr

from bot.statements import insert_into
from bot.sync.facts import mappings, remember
from bot.sync.models import Cursor, System
from bot.sync.reconciler import paused
from integrations.business_central import RecordMissing
from integrations.errors import Authentication, Permanent, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.business_central import BusinessCentral, Capabilities, Subscription

log = structlog.get_logger()

BC = System.BUSINESS_CENTRAL
PATH = "/webhooks/business-central"
TOLD = ("contacts", "customers", "opportunities", "projects")
"""The kinds of records whose changes are told."""
RENEW_BEFORE = timedelta(days=2)
"""Of the three days that a subscription lives: it is renewed once a day, and has two days for further attempts."""
ONE_AT_A_TIME = timedelta(minutes=5)
"""For so long the other replicas leave the subscriptions to the one that looks at them."""
LOOKED = "subscriptions"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Where Business Central reaches us: ``public_url`` has no path and is None where it cannot. ``secret`` is known to
    nobody else; the client states are made of it.
    """

    public_url: str | None
    company_id: UUID
    secret: SecretStr = field(repr=False)

    @property
    def url(self) -> str:
        """The address of the notifications."""
        return f"{self.public_url or ''}{PATH}"

    def states(self) -> dict[str, str]:
        """By kind of records, the secret that each notification repeats; the same after every start."""
        key = self.secret.get_secret_value().encode()
        return {
            told: hmac.new(key, f"{self.company_id} {self.url} {told}".encode(), "sha256").hexdigest() for told in TOLD
        }


class BusinessCentralHooks:
    """Keeps one subscription for each kind of records that this tenant has."""

    def __init__(
        self, database: Database, client: BusinessCentral, subscriber: Subscriber, now: Callable[[], datetime]
    ) -> None:
        """``now`` gives aware UTC."""
        self._database = database
        self._client = client
        self._subscriber = subscriber
        self._now = now
        self._failing: set[str] = set()

    async def keep(self) -> None:
        """Make what is missing, renew what ends soon, end what is not ours any more. Nothing is done without a public
        address, while Business Central is paused, or while another replica is at it. An outage is one line in the log
        and its end another.
        """
        if self._subscriber.public_url is None:
            return
        if not await self._database.write(partial(_begins, url=self._subscriber.url, now=self._now())):
            return
        try:
            await self._keep()
        except ServiceError as error:
            self._failed("all", error)
        else:
            self._went("all")

    async def _keep(self) -> None:
        states, there = self._subscriber.states(), await self._client.subscriptions.all()
        before = await self._database.read(lambda session: mappings(session, BC))
        offered: Capabilities | None = None
        for told in TOLD:
            ours = [one for one in there if self._is_ours(one, told, before)]
            kept = next((one for one in ours if one.notification_url == self._subscriber.url), None)
            if kept is None:
                offered = offered or await self._client.capabilities()
            try:
                kept = await self._kept(told, kept, states[told], offered)
                for one in ours:
                    if kept is None or one.subscription_id != kept.subscription_id:
                        await self._end(one)
            except Authentication:
                raise
            except Permanent as error:
                # A kind that this tenant does not tell says nothing about the others.
                self._failed(told, error)
                continue
            if kept is not None:
                await self._remember(told, kept, before)
                self._went(told)

    def _is_ours(self, one: Subscription, told: str, before: Mapping[str, str]) -> bool:
        """Another Offerdesk may be told by the same environment: only what points here, or was made by us, is ours."""
        if self._client.subscriptions.watched(one) != told:
            return False
        return one.notification_url == self._subscriber.url or before.get(_name(told)) == one.subscription_id

    async def _kept(
        self, told: str, there: Subscription | None, state: str, offered: Capabilities | None
    ) -> Subscription | None:
        """The one that lives on; None for records that this tenant does not have."""
        if there is not None and not self._is_due(there, state):
            return there
        if there is not None:
            try:
                return await self._client.subscriptions.renew(there, state)
            except RecordMissing:
                log.info("business_central.subscription_ended", told=told)
        elif offered is not None and told not in offered.standard:
            return None
        made = await self._client.subscriptions.create(told, self._subscriber.url, state)
        log.info("business_central.subscribed", told=told, until=made.expiration_date_time.isoformat())
        return made

    def _is_due(self, one: Subscription, state: str) -> bool:
        changed = bool(one.client_state) and not hmac.compare_digest(one.client_state.encode(), state.encode())
        return changed or one.expiration_date_time - self._now() < RENEW_BEFORE

    async def _end(self, one: Subscription) -> None:
        try:
            await self._client.subscriptions.delete(one)
        except RecordMissing:
            log.debug("business_central.subscription_ended", id=one.subscription_id)

    async def _remember(self, told: str, kept: Subscription, before: Mapping[str, str]) -> None:
        if before.get(_name(told)) != kept.subscription_id:
            names, now = {_name(told): kept.subscription_id}, self._now()
            await self._database.write(lambda session: remember(session, BC, names, now=now))

    def _failed(self, told: str, error: ServiceError) -> None:
        if told not in self._failing:
            self._failing.add(told)
            log.warning("business_central.unsubscribed", told=told, url=self._subscriber.url, detail=str(error)[:200])

    def _went(self, told: str) -> None:
        if told in self._failing:
            self._failing.discard(told)
            log.info("business_central.subscribed_again", told=told)


def _name(told: str) -> str:
    return f"subscription:{told}"


def _begins(session: Session, *, url: str, now: datetime) -> bool:
    """Whether it is our turn to look: so that two replicas do not both make what is missing."""
    if BC in paused(session):
        return False
    insert = insert_into(Cursor, session.get_bind().dialect.name)
    free = sa.or_(
        Cursor.position != insert.excluded.position,
        Cursor.updated_at <= now - ONE_AT_A_TIME,
        Cursor.updated_at > now,
    )
    given = {"position": insert.excluded.position, "updated_at": insert.excluded.updated_at}
    statement = insert.on_conflict_do_update(index_elements=["system", "name"], set_=given, where=free)
    values = {"system": BC, "name": LOOKED, "position": url[:100], "updated_at": now}
    return session.execute(statement.returning(Cursor.name), [values]).first() is not None
