"""Reads Pipedrive's leads: one that a notice tells of, what changed since the last look, and once a day all of them,
because an archived, deleted or converted lead is in no list.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers.models import Offer
from bot.people.models import Person
from bot.sync.facts import mappings, remember
from bot.sync.models import Cursor, System, TheirRecord
from bot.sync.pipedrive import cursors
from bot.sync.pipedrive.contacts import ORGANIZATION, PERSON, is_known
from bot.sync.pipedrive.lead_values import Owner, Reading
from bot.sync.pipedrive.leads import lead_or_none
from bot.sync.pipedrive.names import LONGEST_NAME, user_names
from bot.sync.pipedrive.shapes import lead_of
from bot.sync.pipedrive.their_leads import LEAD, Deal, lead_gone, our_lead, take_leads, unseen
from bot.sync.pipedrive.values import their

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.pipedrive import Lead, Pipedrive

LISTING, WHOLE, FIRST = "leads", "leads.whole", "leads.first"
WHOLE_EVERY = timedelta(days=1)
USERS_EVERY = timedelta(days=1)
"""How often an owner whom nobody here is gets looked for among the users again."""
CHUNK = 100
"""Leads in one transaction."""
ENTITIES = {ORGANIZATION: "organization_id", PERSON: "person_id"}


class LeadReading:
    """The leads of one account. Everything may be read twice, or late, or by two replicas at once."""

    def __init__(
        self,
        database: Database,
        client: Pipedrive,
        now: Callable[[], datetime],
        learn: Callable[[str, int], Awaitable[None]],
        *,
        currency: str,
    ) -> None:
        """``now`` gives aware UTC; ``learn`` reads an organization or a person (kind, id); ``currency`` is that of a
        lead without an amount.
        """
        self._database = database
        self._client = client
        self._now = now
        self._learn = learn
        self._currency = currency
        self._users_read: datetime | None = None

    async def look(self) -> None:
        """Read what changed since the last look; once a day everything, and what is gone from the list.

        Raises:
            ServiceError: Pipedrive does not answer; the next look asks for the same again.
        """
        began = self._now()
        since = await self._database.read(lambda session: _since(session, began))
        seen: set[str] = set()
        part: list[Lead] = []
        async for lead in self._client.leads(since):
            part.append(lead)
            seen.add(lead.id)
            if len(part) == CHUNK:
                await self._take(part, listed=True)
                part = []
        await self._take(part, listed=True)
        if since is None:
            for lead_id in await self._database.read(lambda session: unseen(session, seen)):
                await self.read(lead_id, began)
            await self._database.write(lambda session: cursors.advance(session, WHOLE, began, began))

    async def read(self, lead_id: str, at: datetime) -> None:
        """Read one lead, which was changed at ``at``."""
        lead = await lead_or_none(self._client, lead_id)
        if lead is None:
            await self.gone(lead_id, at)
        else:
            await self._take([lead])

    async def gone(self, lead_id: str, at: datetime) -> None:
        """It was deleted at ``at``, or made a deal: that is told by the deal."""
        known_at = await self._database.read(lambda session: _known_at(session, lead_id))
        if known_at is None:
            return
        listed = await self._client.deals_of_lead(lead_id, min(at, known_at) - cursors.OVERLAP)
        made = min(listed, key=lambda deal: deal.id, default=None)
        deal = Deal(made.id, f"{self._client.base_url}/deal/{made.id}") if made is not None else None
        now = self._now()
        await self._database.write(lambda session: lead_gone(session, lead_id, deal, at=at, now=now))

    async def _take(self, part: Sequence[Lead], *, listed: bool = False) -> None:
        """Take some leads over; where they were ``listed``, the next look asks for what changed after them."""
        now, first = self._now(), await self._first()
        if not part:
            return
        for kind, key in ENTITIES.items():
            numbers = {number for lead in part if (number := getattr(lead, key)) is not None}
            for number in await self._database.read(partial(_unknown, kind=kind, numbers=numbers)):
                await self._learn(kind, number)
        owners = await self._owners({lead.owner_id for lead in part if lead.owner_id is not None})
        reading = Reading(owners, self._client.base_url, first, self._currency, now)
        times = [lead.update_time for lead in part if lead.update_time is not None]

        def work(session: Session) -> None:
            known = mappings(session, System.PIPEDRIVE)
            codes = {"ref_code": known.get("field:bid_ref", ""), "origin_code": known.get("field:origin", "")}
            take_leads(session, [lead_of(lead, **codes) for lead in part], reading)
            if listed and times:
                cursors.advance(session, LISTING, max(times), now)

        await self._database.write(work)

    async def _first(self) -> datetime:
        """Since when leads are announced: the first look, or the first notice."""
        first = await self._database.read(lambda session: cursors.since(session, FIRST))
        if first is not None:
            return first
        now = self._now()
        await self._database.write(lambda session: cursors.advance(session, FIRST, now, now))
        return now - cursors.OVERLAP

    async def _owners(self, user_ids: Collection[int]) -> dict[int, Owner]:
        """Whom of ours each user is, else what they are called."""
        names, people = await self._database.read(_known_owners)
        unnamed = [user_id for user_id in user_ids if their("owner", user_id) not in names]
        stale = self._users_read is None or self._now() - self._users_read >= USERS_EVERY
        if unnamed or (stale and not all(user_id in people for user_id in user_ids)):
            await self._read_users(unnamed)
            names, people = await self._database.read(_known_owners)
        return {
            user_id: Owner(people[user_id]) if user_id in people else Owner(name=names.get(their("owner", user_id)))
            for user_id in user_ids
        }

    async def _read_users(self, unnamed: Collection[int]) -> None:
        users, now = await self._client.users(), self._now()

        def work(session: Session) -> None:
            addresses = sa.select(Person.id, Person.email).where(Person.email.is_not(None))
            people = {row.id: row.email for row in session.execute(addresses)}
            found = {name: remote for name, remote in user_names(people, users).items() if remote}
            # Who is not among the users gets a name too, so that it is not asked for again.
            names = {their("owner", user_id): f"#{user_id}" for user_id in unnamed} | found
            short = {name: remote[:LONGEST_NAME] for name, remote in names.items()}
            remember(session, System.PIPEDRIVE, short, now=now)

        await self._database.write(work)
        self._users_read = now


def _since(session: Session, now: datetime) -> datetime | None:
    """After which change to ask; None for all of them."""
    whole = session.get(Cursor, (System.PIPEDRIVE, WHOLE))
    if whole is None or now - datetime.fromisoformat(whole.position) >= WHOLE_EVERY:
        return None
    return cursors.since(session, LISTING)


def _unknown(session: Session, kind: str, numbers: Collection[int]) -> list[int]:
    return [number for number in sorted(numbers) if not is_known(session, kind, number)]


def _known_at(session: Session, lead_id: str) -> datetime | None:
    """When a lead of ours was last seen changed over there; None for others, and where we made a deal of it."""
    lead = our_lead(session, lead_id)
    offer = session.get(Offer, lead.offer_id) if lead is not None and lead.offer_id is not None else None
    if lead is None or (offer is not None and offer.number is not None):
        return None
    record = session.get(TheirRecord, (System.PIPEDRIVE, LEAD, lead_id))
    return record.changed_at or lead.created_at if record is not None else lead.created_at


def _known_owners(session: Session) -> tuple[dict[str, str], dict[int, int]]:
    """What is remembered, and our people by their user's id."""
    known = mappings(session, System.PIPEDRIVE)
    people = {
        int(remote): int(name.removeprefix("person:"))
        for name, remote in known.items()
        if name.startswith("person:") and remote.isdecimal()
    }
    return known, people
