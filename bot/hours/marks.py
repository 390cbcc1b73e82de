"""Which messages no longer show the truth once hours changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from bot.hours.models import HoursDigest, HoursReminder, HoursWeek
from bot.offers.models import Offer
from bot.sync.models import Kind, LedgerRow, System

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

T = TypeVar("T")
CHUNK = 500
"""So many values are named in one statement."""
NAMED_FOR = timedelta(weeks=10)
"""So long after a week reminders may still name it: until it is locked."""


def mark_weeks(session: Session, weeks: Mapping[int, date], offers: Collection[int], *, now: datetime) -> None:
    """Every message that shows one of these weeks (Monday by id) or offers is drawn again; none is made."""
    session.flush()
    for some in chunks(weeks):
        _stale(session, Kind.HOURS_CARD, some, now)
    by_monday: dict[date, list[int]] = defaultdict(list)
    for week_id, week_on in weeks.items():
        by_monday[week_on].append(week_id)
    for week_on, ids in by_monday.items():
        for some in chunks(ids):
            _stale(session, Kind.HOURS_REMINDER, _reminders_naming(week_on, some), now)
    for mondays in chunks(by_monday):
        _stale(session, Kind.HOURS_DIGEST, sa.select(HoursDigest.id).where(HoursDigest.week_on.in_(mondays)), now)
    for some in chunks(offers):
        tenders = sa.select(Offer.tender_id).where(Offer.id.in_(some), Offer.tender_id.is_not(None))
        _stale(session, Kind.SHARED_CARD, tenders, now)


def _reminders_naming(week_on: date, weeks: Collection[int]) -> sa.Select[int]:
    """The reminders of these weeks, all of one Monday, and those of the same people's next weeks, which name them."""
    people = sa.select(HoursWeek.person_id).where(HoursWeek.id.in_(weeks))
    return (
        sa.select(HoursReminder.id)
        .join(HoursWeek, HoursWeek.id == HoursReminder.week_id)
        .where(HoursWeek.person_id.in_(people), HoursWeek.week_on.between(week_on, week_on + NAMED_FOR))
    )


def chunks(values: Collection[T]) -> Iterator[list[T]]:
    """The values, in lists that fit into one statement each."""
    every = list(values)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


def _stale(session: Session, kind: Kind, subjects: Any, now: datetime) -> None:  # noqa: ANN401  ids, or their select
    session.execute(
        sa.update(LedgerRow)
        .where(LedgerRow.system == System.TEAMS, LedgerRow.kind == kind, LedgerRow.subject_id.in_(subjects))
        .values(wanted_version=LedgerRow.wanted_version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
