"""Keeps a lead true in Pipedrive until its offer has its Go: made once, then only what changed, archived when dropped.

Leads are Pipedrive's own until an offer exists: what somebody changed there stays, until it is changed here again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.sync import plans
from bot.sync.differences import Memory, compare, nothing_to_do
from bot.sync.facts import remember
from bot.sync.models import System
from bot.sync.pipedrive.lead_facts import lead_facts
from bot.sync.pipedrive.names import LONGEST_NAME, NOT_FOUND, SERVICE
from bot.sync.pipedrive.values import LONGEST_TEXT, linked_to, money_text, their
from bot.sync.reconciler import Incomplete
from integrations.errors import Permanent
from integrations.pipedrive import LeadAmount, LeadChanges, LeadWrite, OrganizationWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.database import Database
    from bot.sync.differences import Comparison, Value
    from bot.sync.pipedrive.lead_facts import LeadFacts
    from bot.sync.pipedrive.names import Account
    from bot.sync.pipedrive.values import Names
    from bot.sync.reconciler import Claim
    from integrations.pipedrive import Lead, Organization, Pipedrive

CLOCKS_APART = timedelta(minutes=2)
"""How much earlier than our first attempt a lead may seem to have been made."""
SEARCH_LAGS = timedelta(hours=1)
"""What is younger may be missing in the search, and is looked for in the list as well."""
CUSTOM = ("origin", "bid_ref")
LINKS = {"owner": "owner_id", "organization": "organization_id", "person": "person_id"}


@dataclass(frozen=True, slots=True)
class _Task:
    """One lead to be kept. ``wanted`` in words; ``ids`` of the records that its links point to."""

    facts: LeadFacts
    names: Names
    wanted: dict[str, Value]
    ids: dict[str, int]


class LeadKeeper:
    """The leads (`Kind.LEAD`)."""

    def __init__(
        self,
        database: Database,
        client: Pipedrive,
        account: Account,
        now: Callable[[], datetime],
        *,
        archives: bool = True,
    ) -> None:
        """``now`` gives aware UTC. ``archives``: a lead of which nothing comes is archived over there."""
        self._archives = archives
        self._database = database
        self._client = client
        self._account = account
        self._now = now

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make or change the lead; one that did not change costs no call, nor does one whose offer had its Go.

        Raises:
            Incomplete: the lead is gone, or nobody is named whom Pipedrive could link it to.
            Configuration: a custom field is missing over there.
            Permanent: the lead was deleted over there or made a deal, or what we want is refused.
        """
        facts = await self._database.read(lambda session: lead_facts(session, claim.subject_id))
        if facts is None:
            raise Incomplete("gone")
        memory = Memory.of(claim.remote)
        # Once something is remembered without a lead, an earlier attempt may have made one.
        since = claim.tried_since or (facts.created_at if claim.remote is not None else None)
        if facts.gone and claim.remote is not None:
            return claim.remote
        if facts.numbered and (memory is not None or since is None):
            return claim.remote or {}
        if memory is None and claim.remote is None and since is None and facts.archived:
            return {}
        task = await self._task(facts)
        if memory is not None and claim.remote is not None and nothing_to_do(task.wanted, memory, claim.held):
            return claim.remote
        return (await self._keep(task, memory, since)).as_remote()

    async def _task(self, facts: LeadFacts) -> _Task:
        names = await self._account.names_for(facts)
        ids = linked_to(names, facts)
        if "organization" not in ids and facts.organization:
            ids["organization"] = await self._organization(facts, names, facts.organization)
            names = await self._account.names()
        if not ids.keys() & {"organization", "person"}:
            raise Incomplete("lead: client")
        wanted = wanted_of_lead(facts)
        if not self._archives:
            del wanted["archived"]
        return _Task(facts, names, wanted | {link: names.shown(link, number) for link, number in ids.items()}, ids)

    async def _organization(self, facts: LeadFacts, names: Names, called: str) -> int:
        """A lead cannot stand without one: by its exact name, else made."""
        name = f"client:{facts.client_path[0]}" if facts.client_path else _typed(called)
        known = names.number(name)
        if known is not None:
            return known
        found = await self._client.find_organizations(called) or await self._just_made(called)
        made = min(found, key=lambda one: one.id, default=None)
        if made is None:
            made = await self._client.create_organization(OrganizationWrite(name=called))
        kept, now = {name: str(made.id), their("organization", made.id): made.name[:LONGEST_NAME]}, self._now()
        await self._database.write(lambda session: remember(session, System.PIPEDRIVE, kept, now=now))
        return made.id

    async def _just_made(self, called: str) -> tuple[Organization, ...]:
        listed = self._client.organizations(self._now() - SEARCH_LAGS)
        return tuple([one async for one in listed if one.name.casefold() == called.casefold()])

    async def _keep(self, task: _Task, memory: Memory | None, since: datetime | None) -> Memory:
        lead = await self._find(task, memory, since)
        if lead is None and (task.facts.numbered or memory is not None):
            raise Permanent(SERVICE, "the lead was deleted in Pipedrive, or made a deal there", status=NOT_FOUND)
        if lead is not None:
            return await self._update(task, lead, memory or self._adopted(task, lead))
        lead = await self._create(task)
        made = Memory(lead.id, self._url(lead), {**task.wanted, "archived": False})
        return await self._update(task, lead, made) if task.wanted.get("archived") else made

    async def _find(self, task: _Task, memory: Memory | None, since: datetime | None) -> Lead | None:
        if memory is not None:
            return await lead_or_none(self._client, memory.id)
        if since is None:
            return None
        code, wanted = task.names.field_code("bid_ref"), plans.lead_ref(task.facts.id)
        listed = self._client.leads(since - CLOCKS_APART)
        return next(iter([lead async for lead in listed if lead.custom_fields.get(code) == wanted]), None)

    def _adopted(self, task: _Task, lead: Lead) -> Memory:
        """A lead of an earlier attempt of ours: as it was made, unless somebody touched it since."""
        untouched = lead.update_time == lead.add_time
        return Memory(lead.id, agreed=theirs_of_lead(task.names, lead) if untouched else {})

    async def _create(self, task: _Task) -> Lead:
        given = {name: value for name, value in task.wanted.items() if value is not None and name != "archived"}
        return await self._client.create_lead(LeadWrite(**_writing(given, task)))

    async def _update(self, task: _Task, lead: Lead, memory: Memory) -> Memory:
        theirs = theirs_of_lead(task.names, lead)
        found = _yielding(compare(task.wanted, memory, theirs))
        given_way = {
            name: value for name, value in memory.given_way.items() if task.wanted.get(name) == value
        } | _given_way(task, theirs, found)
        if lead.is_archived and found.changes.get("archived") is not False:
            # It takes no other change; what it holds stays as it was agreed on.
            kept = {**memory.agreed, "archived": True}
            return Memory(lead.id, self._url(lead), {**task.wanted, **kept}, given_way)
        await self._write(task, lead, found.changes)
        return Memory(lead.id, self._url(lead), found.agreed, given_way)

    async def _write(self, task: _Task, lead: Lead, changes: Mapping[str, Value]) -> None:
        if lead.is_archived:
            await self._client.update_lead(lead.id, LeadChanges(is_archived=False))
            changes = {name: value for name, value in changes.items() if name != "archived"}
        if changes:
            await self._client.update_lead(lead.id, LeadChanges(**_writing(changes, task)))

    def _url(self, lead: Lead) -> str:
        return lead_url(self._client, lead.id)


def lead_url(client: Pipedrive, lead_id: str) -> str:
    """Where people open a lead."""
    return f"{client.base_url}/leads/inbox/{lead_id}"


def wanted_of_lead(facts: LeadFacts) -> dict[str, Value]:
    """The lead we want, but for what it is linked to."""
    closing = facts.expected_closing_on
    return {
        "title": " ".join(facts.title.split())[:LONGEST_TEXT].rstrip(),
        "value": money_text(facts.amount, facts.currency),
        "expected_close_date": closing.isoformat() if closing is not None else None,
        "origin": plans.ORIGINS[facts.origin],
        "bid_ref": plans.lead_ref(facts.id),
        "archived": facts.archived,
    }


async def lead_or_none(client: Pipedrive, lead_id: str) -> Lead | None:
    """A lead over there; None when it was deleted or made a deal."""
    try:
        return await client.get_lead(lead_id)
    except Permanent as error:
        if error.status != NOT_FOUND:
            raise
        return None


def _typed(name: str) -> str:
    """The mapping that holds the organization of a client that was typed by hand."""
    return f"organization:{hashlib.sha256(name.casefold().encode()).hexdigest()[:40]}"


def theirs_of_lead(names: Names, lead: Lead) -> dict[str, Value]:
    """The lead as it stands over there, in our words."""
    value = lead.value
    ids = {link: getattr(lead, key) for link, key in LINKS.items()}
    return {
        "title": lead.title,
        "value": money_text(value.amount, value.currency) if value is not None else None,
        "expected_close_date": lead.expected_close_date.isoformat() if lead.expected_close_date else None,
        "archived": lead.is_archived,
        **{link: names.shown(link, number) if number is not None else None for link, number in ids.items()},
        **{name: lead.custom_fields.get(names.mapped.get(f"field:{name}", "")) or None for name in CUSTOM},
    }


def _yielding(found: Comparison) -> Comparison:
    """What somebody changed over there counts as agreed on, so that only a new value of ours is written there."""
    return replace(found, agreed={**found.agreed, **{one.field: one.theirs for one in found.differences}})


def _given_way(task: _Task, theirs: Mapping[str, Value], found: Comparison) -> dict[str, Value]:
    return {one.field: task.wanted[one.field] for one in found.differences if theirs[one.field] != one.ours}


def _writing(changes: Mapping[str, Value], task: _Task) -> dict[str, Any]:
    """The keys of a `LeadChanges` or `LeadWrite`."""
    body: dict[str, Any] = {}
    custom = {task.names.field_code(name): changes[name] for name in CUSTOM if name in changes}
    for name, value in changes.items():
        if name == "value":
            currency = task.facts.currency
            body[name] = LeadAmount(amount=Decimal(value.split()[0]), currency=currency) if value else None
        elif name == "expected_close_date":
            body[name] = date.fromisoformat(value) if value else None
        elif name == "archived":
            body["is_archived"] = value
        elif name in LINKS:
            body[LINKS[name]] = task.ids[name]
        elif name not in CUSTOM:
            body[name] = value
    return body | ({"custom_fields": custom} if custom else {})
