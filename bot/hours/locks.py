"""When a month's hours can no longer be changed, and who is told then."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.config.calendar import is_working_day
from bot.hours.models import HoursEntry
from bot.hours.rules import Part, last_open_day
from bot.sync.models import Kind, LedgerRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config.models import Company


def last_lock(now: datetime, company: Company) -> datetime:
    """The last moment at which a month was locked: midnight, in the company's time zone, after its last open day."""
    zone = ZoneInfo(company.holidays.time_zone)
    working = partial(is_working_day, calendar=company.holidays)
    first = now.astimezone(zone).date().replace(day=1)
    while True:
        first = (first - timedelta(days=1)).replace(day=1)
        until = last_open_day(Part(first, first, 1), company.rules.hours.lock_working_day, working)
        moment = datetime.combine(until + timedelta(days=1), time(), zone)
        if moment <= now:
            return moment


def told_lock(now: datetime, company: Company) -> datetime:
    """The last lock whose hours have waited long enough for another change: ``wait_days``."""
    return last_lock(now - _wait(company), company)


def _wait(company: Company) -> timedelta:
    return timedelta(days=company.systems.pipedrive.wait_days)


def tell_systems(session: Session, now: datetime, company: Company) -> int:
    """The hours of a month are final and have waited long enough for another change: the deals of the offers they were
    spent on are stale, once. Returns how many.
    """
    spent = sa.select(HoursEntry.offer_id)
    stale = (
        sa.update(LedgerRow)
        .where(
            LedgerRow.kind == Kind.DEAL,
            LedgerRow.updated_at < told_lock(now, company) + _wait(company),
            LedgerRow.subject_id.in_(spent),
        )
        .values(wanted_version=LedgerRow.wanted_version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    result: sa.CursorResult[Any] = session.connection().execute(stale)
    return result.rowcount
