"""The portal's store: what is published, what waits, and what happens to a tender."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.esa.tenders import Draft, Status

PORTAL_ZONE = ZoneInfo("Europe/Paris")
_FIRST_ID = 300_001
_CLOSING_HOUR = 13
_SATURDAY = 5


class NothingWaitsError(LookupError):
    """All drafts are published."""


@dataclass(slots=True)
class Published:
    """A tender on the portal: the item as the API shows it, and what the API sorts by but does not show."""

    item: dict[str, Any]
    is_esa: bool
    updated_at: datetime

    @property
    def id(self) -> int:
        """The portal's record number."""
        return int(self.item["id"])

    def sort_key(self, sort_by: str) -> tuple[str, int]:
        """Give what the portal orders by; the newer of two in the same second has the larger id."""
        if sort_by == "LastUpdateTime":
            return (naive_local(self.updated_at), self.id)
        return (self.item["firstPublicationDate"] or "", self.id)


class Listings:
    """Both listings and the queue of drafts. ``now`` gives aware UTC; what is shown is naive Europe/Paris."""

    def __init__(self, now: Callable[[], datetime], drafts: Iterable[Draft], *, started_at: datetime) -> None:
        """Publish what was published before ``started_at``; the rest waits in its order."""
        self._now = now
        self._next_id = _FIRST_ID
        self.tenders: dict[int, Published] = {}
        self.waiting: deque[Draft] = deque()
        for draft in drafts:
            if draft.published_days_ago is None:
                self.waiting.append(draft)
            else:
                self._add(draft, started_at, started_at - timedelta(days=draft.published_days_ago))

    def publish(self, draft: Draft | None = None) -> Published:
        """Publish a draft, by default the next waiting one.

        Raises:
            NothingWaitsError: there is no waiting draft.
        """
        if draft is None:
            if not self.waiting:
                raise NothingWaitsError
            draft = self.waiting.popleft()
        for earlier in self.tenders.values():
            if earlier.item["tanumber"] == draft.tanumber and not earlier.item["isReissued"]:
                earlier.item["isReissued"] = True
                earlier.updated_at = self._now()
        return self._add(draft, self._now(), self._now())

    def issue(self, tender_id: int, *, closes_in_days: int = 42) -> Published:
        """Turn an intended tender into an issued one with dates."""
        now = self._now()
        closing = closing_moment(now, closes_in_days)
        return self._change(
            tender_id,
            status={"id": int(Status.ISSUED)},
            openDate=naive_local(now),
            closingDate=naive_local(closing),
            clarificationRequestDeadline=naive_local(closing - timedelta(days=14)),
            extensionRequestDeadline=naive_local(closing - timedelta(days=14)),
        )

    def move_deadline(self, tender_id: int, *, days: int) -> Published:
        """Move the closing date and both deadlines by so many days; an intended tender gets its first closing date."""
        fields: dict[str, str] = {}
        for name in ("closingDate", "clarificationRequestDeadline", "extensionRequestDeadline"):
            shown = self.tenders[tender_id].item[name]
            if shown is not None:
                fields[name] = (datetime.fromisoformat(shown) + timedelta(days=days)).isoformat()
        if not fields:
            fields["closingDate"] = naive_local(closing_moment(self._now(), days))
        return self._change(tender_id, **fields)

    def cancel(self, tender_id: int) -> Published:
        """Cancel a tender; it stays in the listing with its flag."""
        return self._change(tender_id, isCancelled=True)

    def close(self, tender_id: int) -> Published:
        """End the tender period now: the tender goes into evaluation."""
        return self._change(tender_id, status={"id": int(Status.EVALUATION)}, closingDate=naive_local(self._now()))

    def reissue(self, tender_id: int) -> Published:
        """Publish a tender again: same ``tanumber``, new id, flag on the old record."""
        old = self._change(tender_id, isReissued=True)
        moment = naive_local(self._now())
        closing = closing_moment(self._now(), 42)
        item = old.item | {
            "id": self._take_id(),
            "title": f"{old.item['title']} - RE-ISSUE",
            "isReissued": False,
            "isCancelled": False,
            "status": {"id": int(Status.ISSUED)},
            "firstPublicationDate": moment,
            "openDate": moment,
            "closingDate": naive_local(closing),
            "clarificationRequestDeadline": naive_local(closing - timedelta(days=14)),
            "extensionRequestDeadline": naive_local(closing - timedelta(days=14)),
        }
        fresh = Published(item, old.is_esa, self._now())
        self.tenders[fresh.id] = fresh
        return fresh

    def _change(self, tender_id: int, **fields: object) -> Published:
        tender = self.tenders[tender_id]
        tender.item.update(fields)
        tender.updated_at = self._now()
        if "lastUpdateTime" in tender.item:
            tender.item["lastUpdateTime"] = naive_local(tender.updated_at)
        return tender

    def _add(self, draft: Draft, reference: datetime, published_at: datetime) -> Published:
        item = _item(draft, self._take_id(), reference, published_at)
        tender = Published(item, draft.entity is None, published_at)
        self.tenders[tender.id] = tender
        return tender

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def naive_local(moment: datetime) -> str:
    """Write a moment as the portal does: local, without an offset, whole seconds."""
    return moment.astimezone(PORTAL_ZONE).replace(tzinfo=None, microsecond=0).isoformat()


def closing_moment(reference: datetime, days: int) -> datetime:
    """Give 13:00 Paris time so many days after ``reference``, on Monday instead of the week-end."""
    local = (reference.astimezone(PORTAL_ZONE) + timedelta(days=days)).replace(tzinfo=None)
    local = local.replace(hour=_CLOSING_HOUR, minute=0, second=0, microsecond=0)
    if local.weekday() >= _SATURDAY:
        local += timedelta(days=7 - local.weekday())
    return local.replace(tzinfo=PORTAL_ZONE).astimezone(UTC)


def _item(draft: Draft, tender_id: int, reference: datetime, published_at: datetime) -> dict[str, Any]:
    closing = None if draft.closes_in_days is None else closing_moment(reference, draft.closes_in_days)
    before = draft.clarification_days_before
    deadline = None if closing is None or before is None else naive_local(closing - timedelta(days=before))
    shared = {
        "id": tender_id,
        "idEra": tender_id - 270_000,
        "tanumber": draft.tanumber,
        "title": draft.title,
        "firstPublicationDate": naive_local(published_at),
        "openDate": None if draft.status == Status.INTENDED else naive_local(published_at),
        "closingDate": None if closing is None else naive_local(closing),
        "clarificationRequestDeadline": deadline,
        "extensionRequestDeadline": deadline,
        "countries": [{"id": code} for code in draft.countries],
        "products": [{"id": code} for code in draft.products],
        "technologies": [{"id": code} for code in draft.technologies],
        "status": {"id": int(draft.status)},
        "tenderType": {"id": draft.tender_type},
        "isArchived": False,
        "isCancelled": draft.is_cancelled,
        "isReissued": False,
        "isToBeReissued": False,
    }
    if draft.entity is None:
        return shared | {
            "activityNumber": f"10000{tender_id % 100_000:05d}",
            "description": draft.text,
            "eraVersion": 1,
            "stageNumber": draft.stage_number,
            "isFavourite": False,
            "isNew": False,
            "isUpdated": False,
        }
    return shared | {
        "contractNumber": f"40001{tender_id % 100_000:05d}",
        "abstract": draft.text,
        "programmeReference": draft.programme,
        "priceRange": draft.price_range,
        "lastUpdateTime": naive_local(published_at),
        "updateReason": None,
        "externalEntity": {"entityName": draft.entity, "entityCode": "1000000001", "entityId": 7001},
    }
