"""Everything about the portal that may move: paths, parameters, code tables, sizes. A move of the API is a change of
this data.

The values are what independent readers of the portal use and what recorded answers hold; the API itself is not
documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from integrations.esa.records import TenderSource
from integrations.http import Policy

_COUNTRY_NAMES = "AT BE BG CY CZ DE DK EE GR ES FI FR GB HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
COUNTRIES: Mapping[int, str] = MappingProxyType(
    dict(enumerate(_COUNTRY_NAMES.split(), start=1)) | {62: "CA", 67: "CH", 168: "NO"}
)
"""Country ids, inferred from records that name their states. 117 and 118 occur and are not resolved."""

STATUSES: Mapping[int, str] = MappingProxyType(
    {
        1: "Intended",
        2: "Issued",
        3: "Tender opening in progress",
        5: "Evaluation",
        6: "Negotiation",
        7: "Awarded",
        8: "Tender opening completed",
        9: "Completed",
        10: "Finalised - stage 1 completed",
    }
)
"""Status ids, as other readers label them; 4 is not known."""

TENDER_TYPES: Mapping[int, str] = MappingProxyType({5: "Open competition", 7: "Call for proposals"})


@dataclass(frozen=True, slots=True)
class Order:
    """One way to walk a listing, newest first."""

    name: str
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing: its path below the base URL, the page a person opens, the keys that differ, and the walks through
    it.
    """

    source: TenderSource
    path: str
    details_path: str
    orders: tuple[Order, ...]
    description_key: str = "description"


def _orders(*fixed: tuple[str, str]) -> tuple[Order, ...]:
    return tuple(
        Order(name, (*fixed, ("sortBy", sort_key), ("sortDir", "1")))
        for name, sort_key in (("published", "FirstPublicationDate"), ("updated", "LastUpdateTime"))
    )


def default_listings() -> Mapping[TenderSource, Listing]:
    """Give the two listings as the portal has them today."""
    return MappingProxyType(
        {
            TenderSource.ESA: Listing(
                source=TenderSource.ESA,
                path="/api/tenderAction/filter",
                details_path="/ESATenderActions/details",
                orders=_orders(("all", "true")),
            ),
            TenderSource.ESA_NON_ESA: Listing(
                source=TenderSource.ESA_NON_ESA,
                path="/api/nonESATA/filter",
                details_path="/nonEsaTenderActions/details",
                orders=_orders(("tType", "5"), ("isF", "false"), ("isA", "false")),
                description_key="abstract",
            ),
        }
    )


@dataclass(frozen=True, slots=True)
class EsaApi:
    """The portal as this client sees it.

    ``contact`` (an address or a page) goes into the User-Agent, so the portal's operators know whom to ask.
    ``spacing_s`` is the least time between two requests. ``overlap_pages``: how far a walk goes on beyond the first
    page that holds nothing new, once there was news. ``largest_unreadable_share``: above it the answer counts as
    drift.
    """

    base_url: str = "https://esastar-publication-ext.sso.esa.int"
    contact: str = ""
    time_zone: str = "Europe/Paris"
    page_size: int = 50
    page_cap: int = 20
    overlap_pages: int = 1
    spacing_s: float = 1.0
    largest_body: int = 8 * 1024 * 1024
    largest_unreadable_share: float = 0.2
    listings: Mapping[TenderSource, Listing] = field(default_factory=default_listings)
    countries: Mapping[int, str] = field(default_factory=lambda: COUNTRIES)
    statuses: Mapping[int, str] = field(default_factory=lambda: STATUSES)
    tender_types: Mapping[int, str] = field(default_factory=lambda: TENDER_TYPES)

    def policy(self) -> Policy:
        """Give the transport policy this portal deserves: one request at a time, a second apart, backing off on 403
        too.
        """
        return Policy(
            max_bytes=self.largest_body,
            spacing_s=self.spacing_s,
            first_wait_s=2.0,
            longest_wait_s=60.0,
            transient_statuses=frozenset({403, 408, 425, 429, 500, 502, 503, 504}),
        )

    def user_agent(self) -> str:
        """Name ourselves and whom to ask."""
        contact = " ".join(self.contact.split()).encode("ascii", "ignore").decode()
        return f"Offerdesk tender reader (contact: {contact})" if contact else "Offerdesk tender reader"
