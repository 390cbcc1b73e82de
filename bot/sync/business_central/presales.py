"""What only the presales pages of Business Central take: value, closing date, and how an opportunity ended.

Without them a person enters it by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sync import plans
from bot.sync.business_central.numbered import Page
from integrations.business_central import Outcome, PresalesOpportunityChanges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.models import Company
    from bot.sync.differences import Value
    from bot.sync.facts import OfferFacts
    from integrations.business_central import BusinessCentral, Capabilities, PresalesOpportunity

PROPERTY = {
    "Estimated Value": "estimatedValue",
    "Estimated Closing Date": "estimatedClosingDate",
    "Status": "outcome",
    "Date Closed": "dateClosed",
}
"""What the caption of each field on the opportunity's card is called on the page."""
WORTH = frozenset({"estimatedValue", "estimatedClosingDate"})
END = frozenset({"outcome", "dateClosed"})


def values(facts: OfferFacts, mapped: Mapping[str, str], company: Company) -> dict[str, Value]:
    """What the page could be told: an amount only in the company's own currency (the first of its list), the end only
    with the code that Business Central asks for, and no win without a value.
    """
    found: dict[str, Value] = {PROPERTY[caption]: value for caption, value in plans.by_hand(facts).items()}
    found.pop("estimatedValue", None)
    if facts.amount and facts.currency == company.lists.currencies[0]:
        found["estimatedValue"] = float(facts.amount)
    won_for_nothing = found.get("outcome") == Outcome.WON and "estimatedValue" not in found
    refused = END if won_for_nothing or _close_code(facts, mapped) is None else frozenset()
    return {name: value for name, value in found.items() if name not in refused}


def offered(found: Mapping[str, Value], capabilities: Capabilities) -> dict[str, Value]:
    """The part of the values that this tenant's page takes."""
    worth = WORTH if capabilities.opportunity_value else frozenset()
    end = END if capabilities.opportunity_close else frozenset()
    return {name: value for name, value in found.items() if name in worth | end}


def page(
    client: BusinessCentral, facts: OfferFacts, mapped: Mapping[str, str], capabilities: Capabilities
) -> Page[PresalesOpportunity]:
    """The row of an offer's opportunity on the page."""

    async def change(row: PresalesOpportunity, changes: dict[str, Value]) -> object:
        close = {"closeOpportunityCode": _close_code(facts, mapped)} if "outcome" in changes else {}
        body = PresalesOpportunityChanges.model_validate({**changes, **close})
        return await client.write_presales(row.id, row.etag, body, capabilities)

    return Page(lambda: client.presales_opportunity(facts.number), change, _shown)


def _close_code(facts: OfferFacts, mapped: Mapping[str, str]) -> str | None:
    """Business Central's close opportunity code: mapped from the reason (``reason:CODE``), else from how the offer
    ended (``outcome:lost``).
    """
    return mapped.get(f"reason:{facts.end_reason}") or mapped.get(f"outcome:{facts.outcome.value}")


def _shown(row: PresalesOpportunity) -> dict[str, Value]:
    return {
        "estimatedValue": float(row.estimated_value),
        "estimatedClosingDate": row.estimated_closing_date.isoformat() if row.estimated_closing_date else None,
        "outcome": row.outcome,
        "dateClosed": row.date_closed.isoformat() if row.date_closed else None,
    }
