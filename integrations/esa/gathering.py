"""What a fetch has brought together so far: records without repeats, what could not be read, and the drift rule over
all of it.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from integrations.errors import Drift, DriftReason
from integrations.esa.answers import Page
from integrations.esa.api import EsaApi, Listing
from integrations.esa.reader import RecordReader, content_hash_of, native_id_of
from integrations.esa.records import Batch, Diagnostic, TenderRecord, Unreadable


class Gathering:
    """Collects the items of one fetch."""

    def __init__(self, api: EsaApi, listing: Listing, known: AbstractSet[tuple[str, str]]) -> None:
        """Collect for ``listing``; ``known`` holds pairs of native id and content hash."""
        self._api = api
        self._source = listing.source
        self._reader = RecordReader(api, listing)
        self._known = known
        self._records: dict[str, TenderRecord] = {}
        self._unchanged: dict[str, None] = {}
        self._unreadable: dict[str, Unreadable] = {}
        self._notes: list[Diagnostic] = []
        self._raw_count = 0
        self._total: int | None = None
        self._complete = True
        self._walk_ids: set[str] = set()
        self._walk_count = self._walk_unreadable = 0

    @property
    def knows_something(self) -> bool:
        """Whether the caller holds records already, so that an empty listing cannot be true."""
        return bool(self._known)

    def start_walk(self) -> None:
        """Begin a walk: repeats inside a walk are no news, repeats of the walk before are."""
        self._walk_ids = set()
        self._walk_count = self._walk_unreadable = 0

    def take(self, page: Page, *, check_drift: bool = True) -> bool:
        """Take a page in and say whether it held news.

        Raises:
            Drift: so many items of this walk lack id or title that the shape must have changed.
        """
        if page.total is None and not any(note.field == "total" for note in self._notes):
            self._notes.append(Diagnostic("", "total", "missing or not a number"))
        self._total = page.total if page.total is not None else self._total
        self._raw_count += len(page.items)
        self._walk_count += len(page.items)
        news = False
        for item in page.items:
            news = self._take_item(item) or news
        if check_drift and self._walk_unreadable > self._api.largest_unreadable_share * self._walk_count:
            raise Drift(
                "esa",
                f"{self._walk_unreadable} of {self._walk_count} items have no usable id or title",
                reason=DriftReason.KEYS_GONE,
            )
        return news

    def stopped_at_cap(self, order_name: str) -> None:
        """Note that a walk ended before it reached known ground."""
        self._complete = False
        self._notes.append(Diagnostic("", "walk", f"the walk by {order_name} stopped at the page cap"))

    def batch(self) -> Batch:
        """Give what was gathered."""
        return Batch(
            source=self._source,
            records=tuple(self._records.values()),
            unreadable=tuple(self._unreadable.values()),
            diagnostics=(*self._notes, *self._reader.diagnostics),
            unchanged=tuple(self._unchanged),
            raw_count=self._raw_count,
            total=self._total,
            complete=self._complete,
        )

    def _take_item(self, item: object) -> bool:
        native_id = native_id_of(item)
        content_hash = content_hash_of(item)
        if native_id is not None and content_hash is not None:
            if (native_id, content_hash) in self._known:
                if native_id not in self._records:
                    self._unchanged[native_id] = None
                return False
            earlier = self._records.get(native_id)
            if earlier is not None and earlier.content_hash == content_hash:
                return self._first_in_walk(native_id)
        result = self._reader.read(item, content_hash)
        if isinstance(result, Unreadable):
            self._walk_unreadable += 1
            self._unreadable.setdefault(content_hash or str(id(item)), result)
            return False
        # Seen twice with different content: it changed between two requests, and the later answer is the truer one.
        self._records[result.native_id] = result
        self._unchanged.pop(result.native_id, None)
        return self._first_in_walk(result.native_id)

    def _first_in_walk(self, native_id: str) -> bool:
        first = native_id not in self._walk_ids
        self._walk_ids.add(native_id)
        return first
