"""A portal answer that somebody saved to a file."""

from __future__ import annotations

from integrations.errors import Drift, DriftReason
from integrations.esa.answers import Page, read_page
from integrations.esa.api import EsaApi
from integrations.esa.gathering import Gathering
from integrations.esa.records import Batch, TenderSource

_LARGEST_FILE = 64 * 1024 * 1024


def read_saved(body: bytes, source: TenderSource | None = None, api: EsaApi | None = None) -> Batch:
    """Read a saved answer, an envelope or a bare list, with the reader of the live portal.

    Without ``source`` the file itself tells: items of other entities have ``abstract`` or ``externalEntity``, ESA's
    have ``description``. Single items that cannot be read are kept in ``Batch.unreadable``.

    Raises:
        Drift: the file is no portal answer, or not one of its items can be read.
    """
    if len(body) > _LARGEST_FILE:
        raise Drift("esa", f"the file is larger than {_LARGEST_FILE} bytes", reason=DriftReason.TOO_LARGE)
    api = api or EsaApi()
    page = read_page("esa", body, skip=0, bare_list_allowed=True)
    gathering = Gathering(api, api.listings[source or _source_of(page)], frozenset())
    gathering.take(page, check_drift=False)
    batch = gathering.batch()
    if page.items and not batch.records:
        raise Drift("esa", "no item has a usable id and title", reason=DriftReason.KEYS_GONE)
    return batch


def _source_of(page: Page) -> TenderSource:
    for item in page.items:
        if isinstance(item, dict) and ("abstract" in item or "externalEntity" in item):
            return TenderSource.ESA_NON_ESA
    return TenderSource.ESA
