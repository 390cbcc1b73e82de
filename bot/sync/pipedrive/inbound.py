"""What comes in from Pipedrive: the notices of its webhooks, and every ten minutes whatever changed since the last
look, so that a lost notice costs minutes and not the truth.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa
import structlog

from bot.errors import DatabaseUnavailable
from bot.sync import arrivals
from bot.sync.differences import Memory
from bot.sync.facts import mappings, remember
from bot.sync.marks import look_asked
from bot.sync.models import Kind, LedgerRow, System
from bot.sync.pipedrive import cursors
from bot.sync.pipedrive.contacts import ORGANIZATION, PERSON, gone, is_known, take_organizations, take_persons
from bot.sync.pipedrive.lead_reading import LeadReading
from bot.sync.pipedrive.names import NOT_FOUND
from bot.sync.pipedrive.notices import Notice
from bot.sync.pipedrive.shapes import Theirs, organization_of, person_of
from bot.sync.pipedrive.their_leads import LEAD
from bot.sync.pipedrive.values import ME
from bot.sync.reconciler import paused
from integrations.errors import Authentication, Configuration, Permanent, ServiceError, Transient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.pipedrive.hand_deals import HandDeals
    from integrations.pipedrive import Deal, Pipedrive

log = structlog.get_logger()

CHUNK = 200
"""Records in one transaction."""
PATIENCE = 3
"""Failed calls in a row before the other notices wait for the next look."""
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
MENDED_BY_TIME = (Transient, Authentication, Configuration)
"""Not the notice's fault: it is read again at the next look."""


class Take(Protocol):
    """Takes over what changed among some records, inside a transaction."""

    def __call__(self, session: Session, found: Sequence[Theirs], *, now: datetime) -> None:
        """Do it."""


class PipedriveInbound:
    """Reads what people change in Pipedrive. Everything may be read twice, or late, or by two replicas at once."""

    def __init__(
        self,
        database: Database,
        client: Pipedrive,
        now: Callable[[], datetime],
        changed: Callable[[], None],
        *,
        currency: str = "EUR",
        by_hand: HandDeals | None = None,
    ) -> None:
        """``now`` gives aware UTC; ``changed`` is called when something may have become due outside; ``currency`` is
        that of a lead without an amount; ``by_hand`` reads deals that are not ours, None where nothing comes of them.
        """
        self._by_hand = by_hand
        self._database = database
        self._client = client
        self._now = now
        self._changed = changed
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()
        self._away = False
        self._leads = LeadReading(database, client, now, self._learn, currency=currency)

    def wake(self) -> None:
        """A notice was stored."""
        self._wake.set()

    async def run(self) -> None:
        """Read notices as they come, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.read_arrivals()

    async def look(self) -> None:
        """Read the notices that wait, and what changed since the last look. While Pipedrive is away the next look asks
        for the same again.
        """
        await self.read_arrivals()
        if await self._is_paused():
            return
        try:
            await self._look()
        except ServiceError as error:
            if not self._away:
                log.warning("pipedrive.unread", system=System.PIPEDRIVE, error=type(error).__name__, detail=str(error))
            self._away = True
            return
        if self._away:
            log.info("pipedrive.read_again", system=System.PIPEDRIVE)
        self._away = False
        now = self._now()
        await self._database.write(lambda session: arrivals.forget(session, System.PIPEDRIVE, now=now))

    async def _look(self) -> None:
        organizations = self._client.organizations(await self._since("organizations"))
        await self._walk("organizations", (organization_of(row) async for row in organizations), take_organizations)
        persons = self._client.persons(await self._since("persons"))
        await self._walk("persons", (person_of(row) async for row in persons), take_persons)
        deals = self._client.deals(await self._since("deals"))
        await self._walk("deals", (_deal_of(row) async for row in deals), _look_at_deals)
        await self._leads.look()
        if self._by_hand is not None:
            await self._by_hand.look()
        self._changed()

    async def _since(self, listing: str) -> datetime | None:
        return await self._database.read(lambda session: cursors.since(session, listing))

    async def _walk(self, listing: str, rows: AsyncIterator[Theirs], take: Take) -> None:
        """Take a listing in parts, oldest change first, and remember after each how far it was read."""
        part: list[Theirs] = []
        async for row in rows:
            part.append(row)
            if len(part) == CHUNK:
                await self._take(listing, part, take)
                part = []
        if part:
            await self._take(listing, part, take)

    async def _take(self, listing: str, part: Sequence[Theirs], take: Take) -> None:
        now = self._now()
        times = [row.changed_at for row in part if row.changed_at is not None]

        def work(session: Session) -> None:
            take(session, part, now=now)
            if times:
                cursors.advance(session, listing, max(times), now)

        await self._database.write(work)
        self._changed()

    async def read_arrivals(self) -> None:
        """Read every notice that waits; each tells for itself how that went."""
        async with self._reading:
            if await self._is_paused():
                return
            last, failures = 0, 0
            while part := await self._database.read(partial(_waiting, after=last)):
                for last, notice in part:
                    failures = failures + 1 if await self._read(last, notice) else 0
                    if failures == PATIENCE:
                        return

    async def _read(self, arrival_id: int, notice: Notice) -> bool:
        """Take one notice in; True when Pipedrive failed, and it waits for the next look."""
        told, again = None, False
        try:
            if not notice.made_by(await self._me()):
                await self._take_in(notice)
        except DatabaseUnavailable:
            raise
        except ServiceError as error:
            told, again = f"{type(error).__name__}: {error}", isinstance(error, MENDED_BY_TIME)
            log.warning("arrival.failed", arrival=arrival_id, error=told, again=again)
        except Exception as error:
            # A defect of ours about one notice: the others go on.
            told = f"{type(error).__name__}: {error}"
            log.exception("arrival.defect", arrival=arrival_id)
        now = self._now()
        await self._database.write(lambda session: arrivals.note(session, arrival_id, now=now, error=told, again=again))
        self._changed()
        return again

    async def _take_in(self, notice: Notice) -> None:
        if notice.entity == LEAD and UUID.fullmatch(notice.entity_id):
            await (self._leads.gone if notice.deleted else self._leads.read)(notice.entity_id, notice.at)
        if not notice.entity_id.isdecimal():
            return
        now, number = self._now(), int(notice.entity_id)
        if notice.entity == "deal":
            deal = Theirs(number, "", notice.at, notice.deleted, {})
            await self._database.write(lambda session: _look_at_deals(session, [deal], now=now))
            if self._by_hand is not None:
                await self._by_hand.look()
        elif notice.entity in {ORGANIZATION, PERSON} and notice.deleted:
            await self._database.write(lambda session: gone(session, notice.entity, notice.entity_id, now=now))
        elif notice.entity == ORGANIZATION:
            await self._read_organization(number)
        elif notice.entity == PERSON:
            await self._read_person(number)

    async def _learn(self, kind: str, number: int) -> None:
        """Read what a lead points to, before the lead is taken."""
        await (self._read_organization if kind == ORGANIZATION else self._read_person)(number)

    async def _read_organization(self, number: int) -> None:
        now = self._now()
        try:
            theirs = organization_of(await self._client.get_organization(number))
        except Permanent as error:
            if error.status != NOT_FOUND:
                raise
            await self._database.write(lambda session: gone(session, ORGANIZATION, str(number), now=now))
            return
        await self._database.write(lambda session: take_organizations(session, [theirs], now=now))

    async def _read_person(self, number: int) -> None:
        now = self._now()
        try:
            theirs = person_of(await self._client.get_person(number))
        except Permanent as error:
            if error.status != NOT_FOUND:
                raise
            await self._database.write(lambda session: gone(session, PERSON, str(number), now=now))
            return
        of = theirs.organization_id
        if of is not None and not await self._database.read(lambda session: is_known(session, ORGANIZATION, of)):
            await self._read_organization(of)
        await self._database.write(lambda session: take_persons(session, [theirs], now=now))

    async def _me(self) -> int:
        """The user whose token is used."""
        known = (await self._database.read(lambda session: mappings(session, System.PIPEDRIVE))).get(ME)
        if known:
            return int(known)
        number, now = (await self._client.me()).id, self._now()
        await self._database.write(lambda session: remember(session, System.PIPEDRIVE, {ME: str(number)}, now=now))
        return number

    async def _is_paused(self) -> bool:
        return System.PIPEDRIVE in await self._database.read(paused)


def _waiting(session: Session, after: int) -> list[tuple[int, Notice]]:
    return [(arrival.id, Notice.of(arrival)) for arrival in arrivals.waiting(session, System.PIPEDRIVE, after)]


def _deal_of(deal: Deal) -> Theirs:
    return Theirs(deal.id, deal.title, deal.update_time, deal.is_deleted, {})


def _look_at_deals(session: Session, found: Sequence[Theirs], *, now: datetime) -> None:
    """Have the deals of ours among them compared, where they were changed after we last read them."""
    changed = {str(deal.id): deal.changed_at for deal in found if deal.changed_at is not None}
    remote_id = LedgerRow.remote["id"].as_string()
    rows = sa.select(LedgerRow).where(LedgerRow.kind == Kind.DEAL, remote_id.in_(changed))
    # Offer by offer, as whoever marks the records of several offers goes.
    rows = rows.order_by(LedgerRow.subject_id)
    for row in session.scalars(rows.with_for_update()):
        memory = Memory.of(row.remote)
        marked = look_asked(memory, changed[memory.id]) if memory is not None else None
        if marked is not None:
            row.remote, row.wanted_version, row.updated_at = marked.as_remote(), row.wanted_version + 1, now
