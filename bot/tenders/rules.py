"""What happened to a tender, and what may be announced. Pure: the facts and the time come in as arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.tenders.words import ChangeKind

INTENDED, ISSUED = 1, 2
"""The portal's status ids before its deadline (as seen in its data; there is no official list)."""

OVER = frozenset({3, 5, 6, 7, 8, 9, 10})
"""Opening of the bids, evaluation, negotiation, award and what follows. What 4 means is not known."""

REPLIED = (
    ChangeKind.CANCELLED,
    ChangeKind.REISSUED,
    ChangeKind.ISSUED,
    ChangeKind.DEADLINE_MOVED,
    ChangeKind.CLARIFICATION_MOVED,
)
"""Real changes, told in the thread; the first of them that happened speaks for the others of the same poll."""

_WORK_PLAN = ("work plan", "workplan", "procurement plan")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a source says about a tender, as far as changes and announcements depend on it. All times are aware."""

    title: str
    status_id: int | None = None
    published_at: datetime | None = None
    closes_at: datetime | None = None
    clarification_at: datetime | None = None
    cancelled: bool = False
    archived: bool = False
    rest: tuple[object, ...] = ()
    """Everything else that a card shows; compared, never read."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened. Times are ISO 8601 in UTC."""

    kind: ChangeKind
    before: str | None = None
    after: str | None = None


def changes(old: Facts | None, new: Facts, now: datetime, *, closed: bool = False) -> tuple[Change, ...]:
    """What happened between two looks at a tender; ``old`` is None for one never seen before.

    ``closed``: that nobody can bid any more was noted before, so it is not said again. A re-issue is not seen here: it
    is another record.
    """
    if old is None:
        return (Change(ChangeKind.PUBLISHED, None, _iso(new.published_at)),)
    found: list[Change] = []
    if new.cancelled and not old.cancelled:
        found.append(Change(ChangeKind.CANCELLED))
    issued = new.status_id == ISSUED and old.status_id in {None, INTENDED}
    if issued:
        found.append(Change(ChangeKind.ISSUED, None, _iso(new.closes_at)))
    if new.closes_at != old.closes_at and not (issued and old.closes_at is None):
        found.append(Change(ChangeKind.DEADLINE_MOVED, _iso(old.closes_at), _iso(new.closes_at)))
    if new.clarification_at != old.clarification_at and not (issued and old.clarification_at is None):
        found.append(Change(ChangeKind.CLARIFICATION_MOVED, _iso(old.clarification_at), _iso(new.clarification_at)))
    if is_over(new, now) and not closed:
        found.append(Change(ChangeKind.CLOSED, None, _iso(new.closes_at)))
    if not found and new != old:
        found.append(Change(ChangeKind.EDITED, *_edited(old, new)))
    return tuple(found)


def is_over(facts: Facts, now: datetime) -> bool:
    """Nobody can bid any more: the closing date passed, or the portal went on to the opening of the bids.

    The status alone is not enough, because records of other entities keep the status "issued" for years.
    """
    return (facts.closes_at is not None and facts.closes_at <= now) or facts.status_id in OVER


def announceable(facts: Facts, now: datetime, backfill: timedelta) -> bool:
    """May it be posted as new: still open, no plan of a programme, and not an old record that came late."""
    if facts.cancelled or facts.archived or is_over(facts, now):
        return False
    if any(words in facts.title.casefold() for words in _WORK_PLAN):
        return False
    return facts.published_at is None or facts.published_at >= now - backfill


def told(happened: tuple[Change, ...]) -> Change | None:
    """The change that deserves a reply in the thread; None when the card alone is redrawn."""
    return next((change for kind in REPLIED for change in happened if change.kind is kind), None)


def _edited(old: Facts, new: Facts) -> tuple[str | None, str | None]:
    if old.status_id != new.status_id:
        return f"status {old.status_id}", f"status {new.status_id}"
    if old.title != new.title:
        return old.title, new.title
    return None, None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
