"""Walks through a listing, newest first, until it reaches known ground."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from integrations.errors import Drift, DriftReason
from integrations.esa.answers import Page, read_page
from integrations.esa.api import EsaApi, Listing, Order
from integrations.esa.gathering import Gathering
from integrations.esa.records import Batch, TenderSource
from integrations.http import Transport

_NOTHING: frozenset[tuple[str, str]] = frozenset()


class EsaSource:
    """One listing of the portal."""

    def __init__(self, transport: Transport, api: EsaApi, source: TenderSource) -> None:
        """Read ``source`` through ``transport`` (made with ``api.policy()``, which holds the politeness)."""
        self._transport = transport
        self._api = api
        self._listing: Listing = api.listings[source]
        self._headers = {"Accept": "application/json", "User-Agent": api.user_agent()}

    @property
    def source(self) -> TenderSource:
        """Which listing this is."""
        return self._listing.source

    async def fetch(self, known: AbstractSet[tuple[str, str]] = _NOTHING) -> Batch:
        """Give what is new or changed against ``known``, the pairs (native id, content hash) the caller holds.

        Two walks: newest by first publication finds new tenders, newest by last update finds changes. Each ends one
        page after the first page that holds nothing new (at once when that is its first page), at the end of the
        listing, or at the page cap.

        Raises:
            Drift: the answer is not what the portal is known to answer; the caller keeps its last good state.
            Transient, Permanent, Authentication, Configuration: see `integrations.http.Transport.send`.
        """
        gathering = Gathering(self._api, self._listing, known)
        for order in self._listing.orders:
            await self._walk(order, gathering)
        return gathering.batch()

    async def probe(self) -> int | None:
        """Ask for one record and give the portal's total: a harmless sign that it answers in the agreed shape."""
        return (await self._page(self._listing.orders[0], take=1, skip=0)).total

    async def _walk(self, order: Order, gathering: Gathering) -> None:
        gathering.start_walk()
        skip = quiet_pages = 0
        for number in range(self._api.page_cap):
            page = await self._page(order, take=self._api.page_size, skip=skip)
            if not page.items:
                if skip == 0 and gathering.knows_something:
                    raise Drift(self._transport.service, "the whole listing is gone", reason=DriftReason.EMPTY)
                return
            quiet = not gathering.take(page)
            quiet_pages += quiet
            skip += len(page.items)
            at_end = skip >= page.total if page.total is not None else len(page.items) < self._api.page_size
            if at_end or (quiet and number == 0) or quiet_pages > self._api.overlap_pages:
                return
        gathering.stopped_at_cap(order.name)

    async def _page(self, order: Order, *, take: int, skip: int) -> Page:
        url = f"{self._api.base_url.rstrip('/')}{self._listing.path}/{take}"
        if skip:
            url += f"/{skip}"
        answer = await self._transport.get(url, params=dict(order.params), headers=self._headers)
        return read_page(self._transport.service, answer.body, skip=skip)
