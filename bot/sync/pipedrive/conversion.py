"""Makes the deal of an offer out of the lead it came of. Pipedrive does it in its own time, so it is asked again and
again; killed anywhere, the next attempt finds how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sync import plans
from bot.sync.differences import Memory
from bot.sync.facts import remember
from bot.sync.models import System
from bot.sync.pipedrive.lead_facts import source_of
from bot.sync.pipedrive.leads import CLOCKS_APART, lead_or_none
from bot.sync.pipedrive.names import NOT_FOUND, SERVICE
from bot.sync.pipedrive.values import LINKS
from integrations.errors import Permanent, Transient
from integrations.pipedrive import ConversionStatus, LeadChanges

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.database import Database
    from bot.sync.pipedrive.lead_facts import Source
    from bot.sync.pipedrive.values import Names
    from integrations.pipedrive import Conversion, Deal, Pipedrive

ASK_AGAIN = 3.0
"""Seconds until a conversion that runs is asked after again."""
DEAL = "deal"
"""What is remembered beside a lead that a person made a deal: the deal's id."""
REFUSED = (ConversionStatus.FAILED, ConversionStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class Converted:
    """A deal that was a lead, and what was agreed on while it was one."""

    deal: Deal
    memory: Memory


class Conversions:
    """Leads that become deals."""

    def __init__(self, database: Database, client: Pipedrive, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._database = database
        self._client = client
        self._now = now

    async def deal_of(
        self, offer_id: int, names: Names, stage_id: int | None, tried_since: datetime | None
    ) -> Converted | None:
        """The deal that the offer's lead became or becomes; None for an offer without a lead over there.

        Raises:
            Transient: it is not done yet.
            Permanent: Pipedrive made no deal of it; the next attempt begins anew.
        """
        source = await self._database.read(lambda session: source_of(session, offer_id))
        if source is None:
            return None
        if source.memory is None:
            if source.under_way:
                raise Transient(SERVICE, "the offer's lead is being made", retry_after=ASK_AGAIN)
            return None
        deal = await self._deal(source, source.memory.id, names, stage_id, tried_since)
        return (
            Converted(deal, _as_deal(deal, source.memory, made_there=source.made_there)) if deal is not None else None
        )

    async def _deal(
        self, source: Source, lead_id: str, names: Names, stage_id: int | None, tried_since: datetime | None
    ) -> Deal | None:
        codes, started = names.field_codes(), names.mapped.get(_name(source))
        if started:
            deal_id = await self._done(source, lead_id, started)
            if deal_id is not None:
                return await self._client.get_deal(deal_id, codes)
        lead = await lead_or_none(self._client, lead_id)
        if lead is None:
            return await self._made(source, names, tried_since)
        if lead.is_archived:
            await self._client.update_lead(lead_id, LeadChanges(is_archived=False))
        started = await self._client.convert_lead(lead_id, stage_id)
        await self._keep(source, started)
        deal_id = await self._done(source, lead_id, started)
        return await self._client.get_deal(deal_id, codes) if deal_id is not None else None

    async def _done(self, source: Source, lead_id: str, started: str) -> int | None:
        """The deal's id; None when Pipedrive no longer knows of this conversion."""
        found = await self._asked(lead_id, started)
        if found is None:
            return None
        if found.status in REFUSED:
            await self._keep(source, "")
            raise Permanent(SERVICE, "Pipedrive made no deal of the lead")
        if found.status is not ConversionStatus.COMPLETED or found.deal_id is None:
            raise Transient(SERVICE, "the lead is being made a deal", retry_after=ASK_AGAIN)
        return found.deal_id

    async def _asked(self, lead_id: str, started: str) -> Conversion | None:
        try:
            return await self._client.conversion(lead_id, started)
        except Permanent as error:
            if error.status != NOT_FOUND:
                raise
            return None

    async def _made(self, source: Source, names: Names, tried_since: datetime | None) -> Deal | None:
        """The deal of a conversion whose answer we never had, or that a person began: known already, or found by the
        lead's key or by the lead it came of.
        """
        if source.memory is not None and DEAL in source.memory.more:
            return await self._client.get_deal(int(source.memory.more[DEAL]), names.field_codes())
        code, wanted, codes = names.field_code("bid_ref"), plans.lead_ref(source.lead_id), names.field_codes()
        found: list[Deal] = []
        if tried_since is not None:
            listed = self._client.deals(tried_since - CLOCKS_APART, custom_fields=codes)
            found = [deal async for deal in listed if deal.custom_fields.get(code) == wanted]
            if not found and source.memory is not None:
                found = list(await self._client.deals_of_lead(source.memory.id, tried_since - CLOCKS_APART, codes))
        found = found or list(await self._client.find_deals(code, wanted, codes))
        return min(found, key=lambda deal: deal.id, default=None)

    async def _keep(self, source: Source, started: str) -> None:
        names, now = {_name(source): started}, self._now()
        await self._database.write(lambda session: remember(session, System.PIPEDRIVE, names, now=now))


def _name(source: Source) -> str:
    return f"conversion:{source.lead_id}"


def _as_deal(deal: Deal, lead: Memory, *, made_there: bool) -> Memory:
    """What was agreed on the lead holds for the deal; what gave way to theirs is now put to a person. Of a lead that
    was made over there only whom it is linked to stays as it was.
    """
    if made_there:
        agreed, given_way = lead.agreed, {name: value for name, value in lead.given_way.items() if name in LINKS}
    else:
        agreed, given_way = {**lead.agreed, **lead.given_way}, {}
    return Memory(
        str(deal.id), agreed={name: value for name, value in agreed.items() if name != "archived"}, given_way=given_way
    )
