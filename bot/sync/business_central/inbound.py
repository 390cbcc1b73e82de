"""What comes in from Business Central: what it tells by itself, and every few minutes the contacts, customers and
salespeople that changed, so that a lost notification costs minutes and not the truth.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.sync import arrivals
from bot.sync.business_central import records as kept
from bot.sync.business_central.listings import LISTINGS, TOLD_OF, Summary, finished, reached, reading_of
from bot.sync.business_central.notices import Notice
from bot.sync.business_central.records import BC
from bot.sync.business_central.told import compare_anew, deleted_there, read_each
from bot.sync.reconciler import paused
from integrations.errors import Authentication, Configuration, Permanent, ServiceError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.sync.business_central.listings import Listing
    from bot.sync.business_central.records import Found, TheirKind
    from integrations.business_central import BusinessCentral

log = structlog.get_logger()

AT_ONCE = 500
"""Records in one transaction: clicks on SQLite wait for one of them, not for ten thousand records."""
ONE_BY_ONE = 20
"""So many records are read each by itself; where more changed, the listing is asked for what changed."""
MENDED_BY_TIME = (Transient, Authentication, Configuration)
"""Not the notification's fault: it is read again at the next look."""


class BusinessCentralInbound:
    """Reads what changed over there and matches it with what is ours. Everything may be read twice, late, or by two
    replicas at once; cut off in the middle of a listing, the next look goes on there.

    An outage is one line in the log and its end another; how far was read stays where it was.
    """

    def __init__(
        self, database: Database, central: BusinessCentral, now: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        """``now`` gives aware UTC; ``changed`` is called when something may have become due outside."""
        self._database = database
        self._central = central
        self._now = now
        self._changed = changed
        self._looking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._failing: set[TheirKind] = set()

    def wake(self) -> None:
        """A notification was stored."""
        self._wake.set()

    async def run(self) -> None:
        """Read notifications as they come, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.read_arrivals()

    async def read_arrivals(self) -> None:
        """Read again what waiting notifications are about, then match."""
        async with self._looking:
            if BC not in await self._database.read(paused) and await self._read_arrivals():
                await self._match()
                self._changed()

    async def look(self) -> bool:
        """Read what was told and each listing, then match; True when records that waited may go on. A second call waits
        for the first.

        Nothing is asked while Business Central is paused.
        """
        async with self._looking:
            if BC in await self._database.read(paused):
                return False
            told = await self._read_arrivals()
            for listing in LISTINGS:
                if not await self._may_go_on(listing):
                    break
            return await self._match() or told

    # What it tells

    async def _read_arrivals(self) -> bool:
        """True when some were read."""
        last, any_read = 0, False
        while part := await self._database.read(partial(_waiting, after=last)):
            last = part[-1].arrival_id
            for entity_set in sorted({notice.entity_set for notice in part}):
                same = [notice for notice in part if notice.entity_set == entity_set]
                if not await self._read_told(entity_set, same):
                    return any_read
                any_read = True
        if any_read:
            now = self._now()
            await self._database.write(lambda session: arrivals.forget(session, BC, now=now))
        return any_read

    async def _read_told(self, entity_set: str, notices: Sequence[Notice]) -> bool:
        """Read again what these are about; False when they must wait for the next look."""
        told, again = None, False
        try:
            await self._take(entity_set, notices)
        except ServiceError as error:
            told, again = f"{type(error).__name__}: {error}", isinstance(error, MENDED_BY_TIME)
            log.warning("business_central.untold", entity_set=entity_set, error=told, again=again)
        now, ids = self._now(), [notice.arrival_id for notice in notices]
        await self._database.write(lambda session: arrivals.note_each(session, ids, now=now, error=told, again=again))
        return not again

    async def _take(self, entity_set: str, notices: Sequence[Notice]) -> None:
        ids = {notice.record_id for notice in notices if notice.record_id is not None}
        listing = TOLD_OF.get(entity_set)
        if listing is None:
            gone = await deleted_there(self._central, entity_set, {one.record_id for one in notices if one.deleted})
            times: dict[UUID, datetime] = {}
            for one in sorted(notices, key=lambda one: one.changed_at):
                if one.record_id is not None:
                    times[one.record_id] = one.changed_at
            now = self._now()
            await self._database.write(lambda session: compare_anew(session, entity_set, times, gone, now))
            return
        if len(ids) > ONE_BY_ONE or any(notice.record_id is None for notice in notices):
            await self._read(listing)
            ids = {notice.record_id for notice in notices if notice.deleted and notice.record_id is not None}
        found = await read_each(self._central, listing, ids)
        now = self._now()
        await self._database.write(lambda session: kept.reread(session, listing.kind, found, now))

    # What changed since the last look

    async def _may_go_on(self, listing: Listing) -> bool:
        """Read one listing; False when the others would fare no better."""
        try:
            count = await self._read(listing)
        except ServiceError as error:
            if listing.kind not in self._failing:
                self._failing.add(listing.kind)
                log.warning("business_central.unread", listing=listing.kind, detail=str(error)[:200])
            # A page that this tenant lacks or withholds says nothing about the next one.
            return isinstance(error, Permanent) and not isinstance(error, Authentication)
        if listing.kind in self._failing:
            self._failing.discard(listing.kind)
            log.info("business_central.read_again", listing=listing.kind)
        if count:
            log.info("business_central.read", listing=listing.kind, changed=count)
        return True

    async def _read(self, listing: Listing) -> int:
        now = self._now()
        reading = await self._database.read(lambda session: reading_of(session, listing, now))
        read, whole = Summary(), reading.since is None and not listing.always_whole
        async for page in listing.pages(self._central, reading.since, reading.beyond):
            for start in range(0, len(page), AT_ONCE):
                some = page[start : start + AT_ONCE]
                now = self._now()

                def keep(session: Session, some: Sequence[Found] = some, now: datetime = now) -> int:
                    reached(session, listing, reading, some[-1].code, now)
                    return kept.keep(session, listing.kind, some, now, listed=whole)

                read.add(listing, some, await self._database.write(keep))
        now = self._now()
        return read.changed + await self._database.write(lambda s: finished(s, listing, reading, read, now))

    async def _match(self) -> bool:
        now = self._now()
        state = await self._database.read(kept.state_to_match)
        if await self._database.read(lambda session: kept.is_matched(session, state)):
            return False
        # Found beforehand: comparing everything takes a while, in which clicks would wait.
        found = await self._database.read(kept.matches)
        count = await self._database.write(lambda session: kept.match(session, found, state, now))
        if count:
            log.info("business_central.matched", count=count)
        return count > 0


def _waiting(session: Session, after: int) -> list[Notice]:
    return [Notice.of(arrival) for arrival in arrivals.waiting(session, BC, after)]
