"""Keeps the deal of an offer true in Pipedrive: made once, then only what changed, and nobody's value overwritten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from bot.hours.locks import told_lock
from bot.offers.models import Outcome
from bot.sync.attempts import Attempt
from bot.sync.differences import Memory, compare, nothing_to_do
from bot.sync.facts import facts_of
from bot.sync.marks import looked, wants_look
from bot.sync.models import Kind
from bot.sync.pipedrive.activities import ActivityKeeper
from bot.sync.pipedrive.beside import Beside
from bot.sync.pipedrive.conversion import Conversions
from bot.sync.pipedrive.leads import LeadKeeper
from bot.sync.pipedrive.names import NOT_FOUND, SERVICE, Account
from bot.sync.pipedrive.values import history_keys, theirs_of, wanted_of, writing_of
from bot.sync.plans import bid_ref
from bot.sync.reconciler import Differs, Incomplete, Later
from integrations.errors import Permanent, ServiceError
from integrations.pipedrive import DealChanges, DealWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.differences import Comparison, Difference, Value
    from bot.sync.facts import OfferFacts
    from bot.sync.pipedrive.conversion import Converted
    from bot.sync.pipedrive.values import Names, Wanted
    from bot.sync.reconciler import Claim
    from integrations.pipedrive import Deal, DealChange, Pipedrive

HOURS = "offer_hours"
QUIET = frozenset({"folder", "offer_team", HOURS})
"""Values that nobody waits for: they are collected, and while the offer is open the next change takes them along."""
WAITING = "waiting_since"
"""What is remembered beside a deal: since when something is collected for it."""
WRITTEN = "written"
"""What is remembered beside a deal: when its own fields were last written, hours among them."""
CLOCKS_APART = timedelta(minutes=2)
"""How much earlier than our first attempt a deal may seem to have been made."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One offer to be kept."""

    facts: OfferFacts
    names: Names
    wanted: Wanted
    held: frozenset[str]


class PipedriveGateway:
    """The deals (`Kind.DEAL`), their activities (`Kind.ACTIVITIES`) and the leads (`Kind.LEAD`). What Pipedrive calls
    our fields, stages and people is learned once and remembered.
    """

    def __init__(self, database: Database, client: Pipedrive, company: Company, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._database = database
        self._client = client
        self._company = company
        self._now = now
        self._account = Account(database, client, company, now)
        archives = company.systems.pipedrive.archive_dropped_leads
        self._leads = LeadKeeper(database, client, self._account, now, archives=archives)
        self._activities = ActivityKeeper(database, client, self._account, company, now)
        self._conversions = Conversions(database, client, now)

    @property
    def client(self) -> Pipedrive:
        """The client, for whatever reads beside the gateway: both share its limits."""
        return self._client

    @property
    def company(self) -> Company:
        """What the company configured."""
        return self._company

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make or change the deal, its note and its followers; an offer that did not change costs no call. A lead is
        kept by `LeadKeeper`, activities by `ActivityKeeper`.

        Raises:
            Incomplete: the offer is gone.
            Differs: somebody changed values over there; the rest was written.
            Later: note, followers, or what waits no longer of team, hours and link are collected.
            Configuration: a custom field or a stage is missing over there.
            Permanent: the deal was deleted or archived over there, or what we want is refused.
        """
        if claim.kind is Kind.LEAD:
            return await self._leads.apply(claim)
        if claim.kind is Kind.ACTIVITIES:
            return await self._activities.apply(claim)
        facts = await self._database.read(lambda session: facts_of(session, claim.subject_id))
        if facts is None:
            raise Incomplete("gone")
        names = await self._account.names_for(facts)
        wanted = wanted_of(facts, self._company, names)
        beside = Beside.of(facts, wanted.values, names, self._company, self._now())
        memory = Memory.of(claim.remote)
        if memory is not None and claim.remote is not None and _stands(wanted, beside, memory, claim.held):
            return claim.remote
        task = _Task(facts, names, wanted, claim.held)
        attempt = Attempt(self._database, claim, names.mapped, self._now)
        if memory is not None and _only_quiet(wanted, memory, claim.held):
            if nothing_to_do(wanted.values, memory, claim.held) or self._waits(task, memory):
                return await self._keep_beside(beside, memory, attempt)
            if self._collects(memory):
                self._collect(memory, ())
        return await self._keep(task, beside, memory, claim.tried_since, attempt)

    async def _keep(
        self, task: _Task, beside: Beside, memory: Memory | None, tried_since: datetime | None, attempt: Attempt
    ) -> dict[str, Any]:
        differences: tuple[Difference, ...] = ()
        converted = await self._converted(task, tried_since) if memory is None else None
        deal = converted.deal if converted is not None else await self._find(task, memory, tried_since)
        if deal is None:
            deal = await self._create(task)
            memory = looked(Memory(str(deal.id), self._url(deal.id), dict(task.wanted.values)), deal.update_time)
        else:
            known = converted.memory if converted is not None else memory
            memory, differences = await self._update(task, deal, known, adopted=memory is None)
        memory = replace(memory, more={**memory.more, WRITTEN: self._now().isoformat()})
        if not beside.stands(memory.more) and self._collects(memory):
            self._collect(memory, differences)
        remote = await self._written_beside(beside, memory, attempt)
        if differences:
            raise Differs(remote, differences)
        return remote

    async def _keep_beside(self, beside: Beside, memory: Memory, attempt: Attempt) -> dict[str, Any]:
        """What stands beside the deal; its own fields are as they should be, or wait, so it need not be read."""
        if beside.stands(memory.more):
            return memory.as_remote()
        if self._collects(memory):
            self._collect(memory, ())
        with _Gone():
            return await self._written_beside(beside, memory, attempt)

    async def _written_beside(self, beside: Beside, memory: Memory, attempt: Attempt) -> dict[str, Any]:
        more = await beside.write(self._client, int(memory.id), memory.more, attempt)
        more.pop(WAITING, None)
        return replace(memory, more=more).as_remote()

    def _waits(self, task: _Task, memory: Memory) -> bool:
        """Whether what is new goes along with the next change; hours do until some days after a month's lock."""
        if task.facts.outcome is not Outcome.OPEN or not self._company.systems.pipedrive.wait_days:
            return False
        hours = {name: value for name, value in task.wanted.values.items() if name == HOURS}
        since = memory.more.get(WRITTEN)
        known = since is not None and datetime.fromisoformat(since) >= told_lock(self._now(), self._company)
        return known or nothing_to_do(hours, memory, task.held)

    def _collects(self, memory: Memory) -> bool:
        """Whether there is still time to wait for more."""
        return self._now() < self._collected_at(memory)

    def _collected_at(self, memory: Memory) -> datetime:
        since = memory.more.get(WAITING)
        began = datetime.fromisoformat(since) if since is not None else self._now()
        return began + timedelta(minutes=self._company.systems.pipedrive.collect_minutes)

    def _collect(self, memory: Memory, differences: tuple[Difference, ...]) -> NoReturn:
        more = {WAITING: self._now().isoformat(), **memory.more}
        raise Later(replace(memory, more=more).as_remote(), self._collected_at(memory), differences)

    async def _converted(self, task: _Task, tried_since: datetime | None) -> Converted | None:
        """The deal that the offer's lead became; None without a lead over there."""
        stage_id = task.names.number(f"stage:{task.wanted.values.get('stage')}")
        found = await self._conversions.deal_of(task.facts.id, task.names, stage_id, tried_since)
        return replace(found, deal=_alive(found.deal)) if found is not None else None

    async def _find(self, task: _Task, memory: Memory | None, tried_since: datetime | None) -> Deal | None:
        """The deal as it stands; None when there is none yet."""
        if memory is not None:
            with _Gone():
                return _alive(await self._client.get_deal(int(memory.id), task.names.field_codes()))
        return await self._look(task, tried_since) if tried_since is not None else None

    async def _look(self, task: _Task, tried_since: datetime) -> Deal | None:
        """The deal of an earlier attempt whose answer we never had. Lists show at once what the search shows later;
        the search also knows what is older.
        """
        code, wanted = task.names.field_code("bid_ref"), bid_ref(task.facts)
        codes = task.names.field_codes()
        since = tried_since - CLOCKS_APART
        found = {
            deal.id: deal
            async for deal in self._client.deals(since, custom_fields=codes)
            if deal.custom_fields.get(code) == wanted
        }
        if not found:
            found = {deal.id: deal for deal in await self._client.find_deals(code, wanted, codes)}
        return found[min(found)] if found else None

    async def _create(self, task: _Task) -> Deal:
        given = {name: value for name, value in task.wanted.values.items() if value is not None}
        # Without an amount Pipedrive would take the currency of the token's user.
        given.setdefault("value", None)
        return await self._client.create_deal(DealWrite(**writing_of(given, task.wanted, task.facts, task.names)))

    async def _update(
        self, task: _Task, deal: Deal, known: Memory | None, *, adopted: bool
    ) -> tuple[Memory, tuple[Difference, ...]]:
        memory = _without_stale(known or Memory(str(deal.id)), task.wanted)
        names = await self._account.names_of(deal, task.names)
        theirs = theirs_of(deal, task.wanted, memory.agreed, names, self._company)
        found = compare(task.wanted.values, memory, theirs, task.held)
        if found.differences:
            changes = await self._history(deal.id, names, found)
            memory = await self._believing_ourselves(memory, found, changes, names, adopted=adopted)
            found = compare(task.wanted.values, memory, theirs, task.held)
            found = replace(found, differences=await self._explained(found, changes or {}))
        found = _writable(found, memory, deal)
        if found.changes:
            body = DealChanges(**writing_of(found.changes, task.wanted, task.facts, task.names))
            with _Gone():
                await self._client.update_deal(deal.id, body)
        kept = Memory(str(deal.id), self._url(deal.id), found.agreed, memory.given_way, memory.more)
        # As it was read: what somebody changed between reading and writing is looked at once more.
        return looked(kept, deal.update_time), found.differences

    async def _history(self, deal_id: int, names: Names, found: Comparison) -> dict[str, DealChange] | None:
        """The last change of each field that differs; None when Pipedrive does not tell."""
        open_keys = {key: one.field for one in found.differences for key in history_keys(one.field, names)}
        last: dict[str, DealChange] = {}
        try:
            async for change in self._client.deal_changes(deal_id):
                field = open_keys.get(change.field_key)
                if field is not None and (field not in last or last[field].time < change.time):
                    last[field] = change
        except ServiceError:
            # Who it was is good to know, but the difference is there without it.
            return None
        return last

    async def _believing_ourselves(
        self,
        memory: Memory,
        found: Comparison,
        changes: Mapping[str, DealChange] | None,
        names: Names,
        *,
        adopted: bool,
    ) -> Memory:
        """What we wrote ourselves and could not remember is nobody's change; nor is what still stands as it was made,
        in a deal that an earlier attempt of ours made, nor that a deal belongs to the token's user because its owner
        had no seat yet. What was agreed on its lead and differs now is somebody's.
        """
        if changes is None:
            return memory
        me = await self._account.me(names)
        by_default = ("owner", names.shown("owner", me))
        ours = {
            one.field: one.theirs
            for one in found.differences
            if (
                changes[one.field].actor_user_id == me
                if one.field in changes
                else one.field not in memory.agreed and (adopted or (one.field, one.theirs) == by_default)
            )
        }
        return replace(memory, agreed={**memory.agreed, **ours})

    async def _explained(self, found: Comparison, changes: Mapping[str, DealChange]) -> tuple[Difference, ...]:
        """The differences with who made them and when."""
        who = {one.field: changes[one.field].actor_user_id for one in found.differences if one.field in changes}
        names = await self._account.names_with_users({user_id for user_id in who.values() if user_id is not None})
        return tuple(
            replace(one, by=_named(who.get(one.field), names), at=change.time if change is not None else None)
            for one in found.differences
            for change in (changes.get(one.field),)
        )

    def _url(self, deal_id: int) -> str:
        return f"{self._client.base_url}/deal/{deal_id}"


class _Gone:
    """Says in words what "not found" means for a deal that we know."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Permanent) and error.status == NOT_FOUND:
            raise _deleted() from error


def _deleted() -> Permanent:
    return Permanent(SERVICE, "the deal was deleted in Pipedrive", status=NOT_FOUND)


def _alive(deal: Deal) -> Deal:
    if deal.is_deleted or deal.status == "deleted":
        raise _deleted()
    if deal.is_archived:
        raise Permanent(SERVICE, "the deal was archived in Pipedrive, so it cannot be changed")
    return deal


def _stands(wanted: Wanted, beside: Beside, memory: Memory, held: frozenset[str]) -> bool:
    return (
        not wants_look(memory)
        and nothing_to_do(wanted.values, memory, held)
        and beside.stands(memory.more)
        and _without_stale(memory, wanted) == memory
    )


def _only_quiet(wanted: Wanted, memory: Memory, held: frozenset[str]) -> bool:
    """Whether nothing changed that somebody waits for."""
    urgent = {name: value for name, value in wanted.values.items() if name not in QUIET}
    return not wants_look(memory) and nothing_to_do(urgent, memory, held) and _without_stale(memory, wanted) == memory


def _without_stale(memory: Memory, wanted: Wanted) -> Memory:
    """A value of ours that gave way and was then changed gives way no more; the reason of a loss ends with the loss."""
    values = wanted.values
    given_way = {name: value for name, value in memory.given_way.items() if values.get(name, value) == value}
    agreed = {name: value for name, value in memory.agreed.items() if name in values or name != "lost_reason"}
    return replace(memory, given_way=given_way, agreed=agreed)


def _writable(found: Comparison, memory: Memory, deal: Deal) -> Comparison:
    """Only an open deal is moved to another stage, and only a lost one has a reason for it."""
    status = found.changes.get("status", deal.status.value)
    barred = {name for name, needs in (("stage", "open"), ("lost_reason", "lost")) if status != needs}
    return replace(
        found,
        changes={name: value for name, value in found.changes.items() if name not in barred},
        agreed=_restored(found, memory, barred),
    )


def _restored(found: Comparison, memory: Memory, barred: set[str]) -> dict[str, Value]:
    agreed = {name: value for name, value in found.agreed.items() if name not in barred or name not in found.changes}
    kept = {name: memory.agreed[name] for name in barred & found.changes.keys() if name in memory.agreed}
    return {**agreed, **kept}


def _named(user_id: int | None, names: Names) -> str | None:
    return names.shown("owner", user_id) if user_id is not None else None
