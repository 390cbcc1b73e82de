"""The gateway to Business Central: the opportunity of every offer with a number, the project of every won one.

Both are found by their number, so none is made twice. What the standard web service cannot write waits for a person
(``more["by_hand"]`` of the memory), unless the tenant has the presales pages.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.sync import plans
from bot.sync.attempts import Attempt
from bot.sync.business_central import presales
from bot.sync.business_central.deal_opportunities import DealOpportunities
from bot.sync.business_central.numbered import Page, made, written
from bot.sync.differences import Memory, nothing_to_do
from bot.sync.facts import facts_of, mappings
from bot.sync.marks import wants_look
from bot.sync.models import DEAL_RECORD, Kind, System
from bot.sync.reconciler import Differs, Incomplete
from integrations.business_central import (
    DESCRIPTION_LENGTH,
    Opportunity,
    OpportunityChanges,
    OpportunityStatus,
    OpportunityWrite,
    Project,
    ProjectChanges,
    ProjectWrite,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.business_central.numbered import Written
    from bot.sync.differences import Value
    from bot.sync.facts import OfferFacts
    from bot.sync.reconciler import Claim
    from integrations.business_central import (
        BusinessCentral,
        Capabilities,
    )

CAPABILITIES_KEPT = timedelta(hours=1)
OPPORTUNITY_CARD = 5124
PROJECT_CARD = 88
"""The pages of Business Central's web client that show one record."""
LINK_FILES = {"Folder.url": Kind.FOLDER, "Pipedrive deal.url": Kind.DEAL}
"""The files on a project that open its other records."""
CODES = frozenset({"number", "contactNumber", "salespersonCode"})
ENDED = frozenset({OpportunityStatus.WON, OpportunityStatus.LOST})
FIXED_AT_THE_END = frozenset({"contactNumber", "salespersonCode"})
"""Business Central lets nobody change these on a won or lost opportunity."""
IN_ADDRESSES = "%/:?#[]@!$&'()*+,;=~"


class BusinessCentralGateway:
    """Keeps one company in Business Central. ``web_url`` opens it in a browser, with ``?company=NAME`` where people
    work in several; ``now`` gives aware UTC.
    """

    def __init__(
        self,
        database: Database,
        client: BusinessCentral,
        company: Company,
        now: Callable[[], datetime],
        *,
        web_url: str,
    ) -> None:
        """Keep the collaborators; nothing is read before the first row."""
        self._database = database
        self._client = client
        self._company = company
        self._now = now
        self._web_url = web_url
        self._known: tuple[datetime, Capabilities] | None = None
        self._looking = asyncio.Lock()
        self._deals = DealOpportunities(database, client, company, now)

    @property
    def client(self) -> BusinessCentral:
        """The client, for whatever reads beside the gateway: both share its limits."""
        return self._client

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make the opportunity or the project of an offer true.

        Raises:
            Incomplete: ``gone``, or ``bc: `` and what is missing: ``contact, salesperson`` …
            Differs: somebody changed values in Business Central; the rest was written.
            ServiceError: what the client raises.
        """
        if claim.target == DEAL_RECORD:
            return await self._deals.apply(claim, self._opportunity_page, _sendable, self._opportunity_url)
        facts, mapped = await self._database.read(
            lambda session: (facts_of(session, claim.subject_id), mappings(session, System.BUSINESS_CENTRAL))
        )
        if facts is None:
            raise Incomplete("gone")
        lacking = plans.missing(facts, mapped, self._company)
        if claim.kind is Kind.PROJECT and facts.project_number is None:
            lacking = (*lacking, "project_number")
        if lacking:
            raise Incomplete(f"bc: {', '.join(lacking)}")
        if claim.kind is Kind.PROJECT:
            memory, differences = await self._project(claim, facts, mapped)
        else:
            memory, differences = await self._opportunity(claim, facts, mapped)
        if differences:
            raise Differs(memory.as_remote(), differences)
        return memory.as_remote()

    async def _opportunity(self, claim: Claim, facts: OfferFacts, mapped: Mapping[str, str]) -> Written:
        wanted, memory = _sendable(plans.opportunity(facts, mapped)), Memory.of(claim.remote)
        by_hand, fields = plans.by_hand(facts), _fields(wanted)
        more = presales.values(facts, mapped, self._company)
        if memory is not None and _stands(fields, memory, claim.held):
            if self._nothing_new(by_hand, more, memory, claim):
                return memory, ()
            more = presales.offered(more, await self._capabilities())
            if nothing_to_do(more, memory, claim.held):
                return _waiting(memory, by_hand, more), ()
        # Before anything is made: a tenant that cannot be asked now is asked again, and nothing is half remembered.
        capabilities = await self._capabilities()
        more = presales.offered(more, capabilities)
        page, attempt = self._opportunity_page(facts.number), Attempt(self._database, claim, mapped, self._now)
        record = await page.read()
        if record is None:
            await attempt.sending(fields, {})
            record = await made(lambda: self._client.create_opportunity(OpportunityWrite(**wanted)), page.read)
        memory = self._memory(memory, record.id, OPPORTUNITY_CARD, facts.number)
        memory, differences = await written(page, record, fields, memory, claim.held, attempt)
        if more:
            beyond = presales.page(self._client, facts, mapped, capabilities)
            row = await beyond.read()
            if row is None:
                more = {}
            else:
                memory, further = await written(beyond, row, more, memory, claim.held, attempt)
                differences += further
        return _waiting(memory, by_hand, more), differences

    def _opportunity_page(self, number: str) -> Page[Opportunity]:
        return Page(
            lambda: self._client.opportunity(number),
            lambda record, changes: self._client.update_opportunity(
                record.id, record.etag, OpportunityChanges(**changes)
            ),
            lambda record: record.model_dump(mode="json", by_alias=True),
            lambda record: FIXED_AT_THE_END if record.status in ENDED else frozenset(),
            _changed_at,
        )

    def _nothing_new(self, by_hand: Mapping[str, str], more: Mapping[str, Value], memory: Memory, claim: Claim) -> bool:
        """Whether each value beyond the standard stands over there, or waits for a person and must go on waiting."""
        waits: dict[str, str] = memory.more.get("by_hand") or {}
        could = presales.offered(more, self._known[1]) if self._known is not None else {}
        return waits.keys() <= by_hand.keys() and all(
            (waits[caption] == value and presales.PROPERTY[caption] not in could)
            if caption in waits
            else presales.PROPERTY[caption] in more
            and nothing_to_do({presales.PROPERTY[caption]: more[presales.PROPERTY[caption]]}, memory, claim.held)
            for caption, value in by_hand.items()
        )

    async def _capabilities(self) -> Capabilities:
        async with self._looking:
            now = self._now()
            if self._known is None or now - self._known[0] >= CAPABILITIES_KEPT:
                self._known = now, await self._client.capabilities()
            return self._known[1]

    async def _project(self, claim: Claim, facts: OfferFacts, mapped: Mapping[str, str]) -> Written:
        wanted, memory = _sendable(plans.project(facts)), Memory.of(claim.remote)
        number, fields = wanted["number"], _fields(wanted)
        links = {
            name: quote(facts.urls[kind], safe=IN_ADDRESSES) for name, kind in LINK_FILES.items() if kind in facts.urls
        }
        if memory is not None and _stands(fields, memory, claim.held) and not _stale(links, memory):
            return memory, ()
        page, attempt = self._project_page(number), Attempt(self._database, claim, mapped, self._now)
        record = await page.read()
        if record is None:
            await attempt.sending(fields, {})
            record = await made(lambda: self._client.create_project(ProjectWrite(**wanted)), page.read)
        memory = self._memory(memory, record.id, PROJECT_CARD, number)
        memory, differences = await written(page, record, fields, memory, claim.held, attempt)
        known = dict(memory.more.get("links") or {})
        for name in _stale(links, memory):
            file = await self._client.add_link_file(record.id, name, links[name])
            known[name] = {"id": str(file.id), "target": links[name]}
        return replace(memory, more={**memory.more, "links": known}), differences

    def _project_page(self, number: str) -> Page[Project]:
        return Page(
            lambda: self._client.project(number),
            lambda record, changes: self._client.update_project(record.id, record.etag, ProjectChanges(**changes)),
            lambda record: record.model_dump(mode="json", by_alias=True),
            changed_at=_changed_at,
        )

    def _opportunity_url(self, number: str) -> str:
        return self._url(OPPORTUNITY_CARD, number)

    def _url(self, page: int, number: str) -> str:
        which = quote(f"'No.' IS '{number}'", safe="'")
        return f"{self._web_url}{'&' if '?' in self._web_url else '?'}page={page}&filter={which}"

    def _memory(self, memory: Memory | None, record_id: object, page: int, number: str) -> Memory:
        """What is remembered of this record; of another one, deleted or renumbered over there, nothing."""
        url = self._url(page, number)
        if memory is None or memory.id != str(record_id):
            return Memory(str(record_id), url)
        return replace(memory, url=url)


def _stands(fields: Mapping[str, Value], memory: Memory, held: frozenset[str]) -> bool:
    return not wants_look(memory) and nothing_to_do(fields, memory, held)


def _changed_at(record: object) -> datetime | None:
    return record.last_modified_date_time if isinstance(record, (Opportunity, Project)) else None


def _sendable(wanted: Mapping[str, Value]) -> dict[str, Any]:
    """The values as Business Central stores them, so that they compare equal; what we do not know is left out."""
    values = {name: value.strip().upper() if name in CODES else _text(value) for name, value in wanted.items() if value}
    return {name: value for name, value in values.items() if value}


def _text(value: str) -> str:
    """At most as long as Business Central counts, in UTF-16 units, and without half a character at the end."""
    visible = "".join(character for character in value if character >= " ")
    return visible.encode("utf-16-le")[: 2 * DESCRIPTION_LENGTH].decode("utf-16-le", "ignore").strip()


def _fields(wanted: Mapping[str, Value]) -> dict[str, Value]:
    """What is compared and changed: all but the number, which the record is found by."""
    return {name: value for name, value in wanted.items() if name != "number"}


def _stale(links: Mapping[str, str], memory: Memory) -> list[str]:
    known = memory.more.get("links") or {}
    return [name for name, target in links.items() if known.get(name, {}).get("target") != target]


def _waiting(memory: Memory, by_hand: Mapping[str, str], written: Mapping[str, Value]) -> Memory:
    """Remember what a person must enter: all that was not written."""
    left = {caption: value for caption, value in by_hand.items() if presales.PROPERTY[caption] not in written}
    done = memory.more.get("done_by_hand") or {}
    kept = {caption: value for caption, value in done.items() if caption in left}
    return replace(memory, more={**memory.more, "by_hand": left, "done_by_hand": kept})
