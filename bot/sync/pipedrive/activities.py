"""Keeps the activities of a deal true in Pipedrive: each made once, then only what changed, deleted when removed here.

One that somebody deleted over there is left alone: it is not made a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.sync.attempts import Attempt
from bot.sync.differences import Memory, compare, nothing_to_do
from bot.sync.pipedrive.activity_facts import activities_of
from bot.sync.pipedrive.activity_values import (
    field_of,
    loses_its_time,
    marked,
    marker_of,
    number_of,
    theirs_of,
    values_of,
    wanted_of,
    writing_of,
)
from bot.sync.pipedrive.names import NOT_FOUND
from bot.sync.pipedrive.values import their
from bot.sync.reconciler import Differs, Incomplete
from integrations.errors import Permanent
from integrations.pipedrive import ActivityChanges, ActivityWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.differences import Difference, Value
    from bot.sync.pipedrive.activity_facts import ActivityFacts, OfferActivities
    from bot.sync.pipedrive.names import Account
    from bot.sync.pipedrive.values import Names
    from bot.sync.reconciler import Claim
    from integrations.pipedrive import Activity, Pipedrive

IDS, GONE = "ids", "gone"
"""What is remembered beside the values: the id of each activity over there by its number; the numbers of those that
somebody deleted there.
"""
MADE = "made"


@dataclass(slots=True)
class _Work:
    """The activities of one offer while they are kept. ``stray``: what an earlier attempt made unheard."""

    offer: OfferActivities
    names: Names
    wanted: dict[str, Value]
    deal_id: int
    held: frozenset[str]
    memory: Memory
    attempt: Attempt
    stray: dict[int, list[Activity]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def tried(self) -> set[int]:
        """The activities that an earlier attempt wrote to, or may have."""
        return {number_of(name) for name in self.attempt.sent}

    @property
    def ids(self) -> dict[int, int]:
        """The activities over there that are remembered, by the numbers of ours."""
        return {int(number): remote for number, remote in (self.memory.more.get(IDS) or {}).items()}

    def remember(self, number: int, remote_id: int | None, values: Mapping[str, Value], *, gone: bool = False) -> None:
        """Keep what was agreed on about one activity; None: it stands there no more."""
        ids = {str(one): remote for one, remote in self.ids.items() if one != number}
        others = {name: value for name, value in self.memory.agreed.items() if number_of(name) != number}
        missing = set(self.memory.more.get(GONE) or ()) - {number} | ({number} if gone else set())
        more = {IDS: ids | ({str(number): remote_id} if remote_id is not None else {}), GONE: sorted(missing)}
        given_way = self.memory.given_way
        if remote_id is None:
            given_way = {name: value for name, value in given_way.items() if number_of(name) != number}
        self.memory = replace(self.memory, agreed={**others, **values}, given_way=given_way, more=more)


class ActivityKeeper:
    """The activities of offers (`Kind.ACTIVITIES`), one row of the ledger for all of an offer."""

    def __init__(
        self,
        database: Database,
        client: Pipedrive,
        account: Account,
        company: Company,
        now: Callable[[], datetime],
    ) -> None:
        """``now`` gives aware UTC."""
        self._database = database
        self._client = client
        self._account = account
        self._company = company
        self._now = now

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make, change and delete what is not as it should be; without a change it makes no call.

        Raises:
            Incomplete: the offer is gone, or has no deal yet.
            Differs: somebody changed values over there; the rest was written.
            Permanent: what we want is refused, such as a type of activity that the account does not have.
        """
        offer = await self._database.read(lambda session: activities_of(session, claim.subject_id))
        if offer is None:
            raise Incomplete("gone")
        memory = Memory.of(claim.remote)
        if memory is None and not offer.activities and claim.tried_since is None:
            return claim.remote or {}
        if offer.deal is None:
            raise Incomplete("deal")
        names = await self._account.names_for(offer) if offer.activities else await self._account.names()
        work = self._work(offer, offer.deal, names, claim, memory)
        if _stands(work):
            return work.memory.as_remote()
        await self._keep(work)
        if work.differences:
            raise Differs(work.memory.as_remote(), work.differences)
        return work.memory.as_remote()

    def _work(self, offer: OfferActivities, deal: Memory, names: Names, claim: Claim, memory: Memory | None) -> _Work:
        fresh = Memory(deal.id, deal.url)
        known = memory if memory is not None and memory.id == deal.id else fresh
        wanted = wanted_of(offer, self._company, names)
        given_way = {name: value for name, value in known.given_way.items() if wanted.get(name, value) == value}
        known = replace(known, url=deal.url, given_way=given_way)
        attempt = Attempt(self._database, claim, names.mapped, self._now)
        return _Work(offer, names, wanted, int(deal.id), claim.held, known, attempt)

    async def _keep(self, work: _Work) -> None:
        ours, tried = {one.number: one for one in work.offer.activities}, work.tried
        made = {number_of(name) for name in work.attempt.sent if name.endswith(f".{MADE}")}
        if made:
            work.stray = await self._listed(work, made)
        for number in sorted((work.ids.keys() | work.stray.keys()) - ours.keys()):
            await self._delete(work, number)
        gone = set(work.memory.more.get(GONE) or ())
        for number, facts in ours.items():
            if number not in gone:
                await self._keep_one(work, facts, looked_at=number in tried)
        # Restored here after somebody deleted it over there or here, it may be made again.
        forgotten = gone - ours.keys()
        if forgotten:
            more = {**work.memory.more, GONE: sorted(gone & ours.keys())}
            work.memory = replace(work.memory, more=more)

    async def _listed(self, work: _Work, tried: set[int]) -> dict[int, list[Activity]]:
        """What stands there with a mark of ours and is not remembered, the newest last."""
        known = set(work.ids.values())
        found: dict[int, list[Activity]] = {}
        async for activity in self._client.activities(work.deal_id):
            for number in tried:
                if activity.id not in known and marked(activity.note, marker_of(work.offer, number)):
                    found.setdefault(number, []).append(activity)
        return found

    async def _delete(self, work: _Work, number: int) -> None:
        for remote_id in (work.ids.get(number), *(one.id for one in work.stray.get(number, ()))):
            if remote_id is not None:
                await self._client.delete_activity(remote_id)
        work.remember(number, None, {})

    async def _keep_one(self, work: _Work, facts: ActivityFacts, *, looked_at: bool) -> None:
        number, strays = facts.number, work.stray.get(facts.number, [])
        wanted = values_of(work.wanted, number)
        known = work.ids.get(number)
        if strays and known is not None:
            # What was made last takes the place of what it was to replace.
            await self._client.delete_activity(known)
            await self._update(work, facts, strays[-1])
        elif strays:
            await self._update(work, facts, strays[0])
        elif known is None:
            await self._create(work, facts)
        elif looked_at or not nothing_to_do(wanted, work.memory, work.held):
            activity = await self._there(known)
            if activity is None:
                work.remember(number, None, {}, gone=True)
            else:
                await self._update(work, facts, activity)

    async def _there(self, activity_id: int) -> Activity | None:
        try:
            found = await self._client.get_activity(activity_id)
        except Permanent as error:
            if error.status != NOT_FOUND:
                raise
            return None
        return None if found.is_deleted else found

    async def _create(self, work: _Work, facts: ActivityFacts) -> None:
        wanted = values_of(work.wanted, facts.number)
        await work.attempt.sending({**wanted, field_of(facts.number, MADE): True}, {})
        given = {name: value for name, value in wanted.items() if value is not None}
        body = writing_of(given, facts, work.offer, work.names)
        made = await self._client.create_activity(ActivityWrite(deal_id=work.deal_id, **body))
        # Without a seat of ours it belongs to the token's user, who is nobody's choice.
        theirs = theirs_of(made, facts.number, await self._with_owner(work, made))
        owner = field_of(facts.number, "owner")
        work.remember(facts.number, made.id, {owner: theirs[owner], **wanted})

    async def _update(self, work: _Work, facts: ActivityFacts, activity: Activity) -> None:
        number, wanted = facts.number, values_of(work.wanted, facts.number)
        theirs = theirs_of(activity, number, await self._with_owner(work, activity))
        believed = work.attempt.believed(work.memory, theirs)
        found = compare(wanted, believed, theirs, work.held)
        work.differences += found.differences
        changes, agreed, due = found.changes, values_of(found.agreed, number), field_of(number, "due")
        if due in changes and loses_its_time(changes[due], theirs[due]):
            if not found.differences:
                await self._create(work, facts)
                await self._client.delete_activity(activity.id)
                return
            # Another one would lose what somebody changed; it waits until that is settled.
            changes = {name: value for name, value in changes.items() if name != due}
            agreed = {**agreed, due: theirs[due]}
        if changes:
            await work.attempt.sending(changes, theirs)
            body = writing_of(changes, facts, work.offer, work.names)
            await self._client.update_activity(activity.id, ActivityChanges(**body))
        work.remember(number, activity.id, agreed)

    async def _with_owner(self, work: _Work, activity: Activity) -> Names:
        """Whoever has it over there is called by name."""
        if activity.owner_id is None or their("owner", activity.owner_id) in work.names.mapped:
            return work.names
        return await self._account.names_with_users({activity.owner_id})


def _stands(work: _Work) -> bool:
    gone = set(work.memory.more.get(GONE) or ())
    numbers = {one.number for one in work.offer.activities}
    wanted = {name: value for name, value in work.wanted.items() if number_of(name) not in gone}
    return (
        not work.attempt.sent
        and numbers - gone == set(work.ids)
        and gone <= numbers
        and nothing_to_do(wanted, work.memory, work.held)
    )
