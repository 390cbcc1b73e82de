"""The opportunity of a deal that somebody made in Pipedrive by hand. What somebody changes on it in Business Central
stays: there is no owner of an offer to choose between two values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sync import hand_deals
from bot.sync.attempts import Attempt
from bot.sync.business_central.numbered import made, written
from bot.sync.differences import Memory, nothing_to_do
from bot.sync.facts import mappings
from bot.sync.marks import wants_look
from bot.sync.models import System
from bot.sync.reconciler import Incomplete
from integrations.business_central import OpportunityWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.business_central.numbered import Page
    from bot.sync.differences import Value
    from bot.sync.reconciler import Claim
    from integrations.business_central import BusinessCentral, Opportunity


class DealOpportunities:
    """Makes them, found by their number."""

    def __init__(
        self, database: Database, client: BusinessCentral, company: Company, now: Callable[[], datetime]
    ) -> None:
        """``now`` gives aware UTC."""
        self._database = database
        self._client = client
        self._company = company
        self._now = now

    async def apply(
        self,
        claim: Claim,
        page_of: Callable[[str], Page[Opportunity]],
        sendable: Callable[[Mapping[str, Value]], dict[str, Any]],
        url_of: Callable[[str], str],
    ) -> dict[str, Any]:
        """Make it true; an offer's deal, and one that is over, keep what they have.

        Raises:
            Incomplete: the rule is off, the deal is unknown, or ``bc: `` and what is missing.
            ServiceError: what the client raises.
        """
        facts, mapped = await self._database.read(
            lambda session: (
                hand_deals.facts_of(session, claim.subject_id),
                mappings(session, System.BUSINESS_CENTRAL),
            )
        )
        if facts is None:
            raise Incomplete("gone")
        if facts.settled or not self._company.rules.deals.opportunity:
            return claim.remote or {}
        lacking = hand_deals.lacking(facts, self._company)
        if lacking:
            raise Incomplete(lacking)
        wanted, memory = sendable(hand_deals.opportunity(facts, self._company)), Memory.of(claim.remote)
        number, fields = wanted["number"], {name: value for name, value in wanted.items() if name != "number"}
        if memory is not None and not wants_look(memory) and nothing_to_do(fields, memory):
            return memory.as_remote()
        page, attempt = page_of(number), Attempt(self._database, claim, mapped, self._now)
        record = await page.read()
        if record is None:
            await attempt.sending(fields, {})
            record = await made(lambda: self._client.create_opportunity(OpportunityWrite(**wanted)), page.read)
        url = url_of(number)
        if memory is None or memory.id != str(record.id):
            memory = Memory(str(record.id), url)
        memory, differences = await written(page, record, fields, replace(memory, url=url), frozenset(), attempt)
        yielded = {one.field: one.ours for one in differences}
        return replace(memory, given_way={**memory.given_way, **yielded}).as_remote()
