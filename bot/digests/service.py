"""Who is told of the month that ended, and whether the channel is told what waits for whom: each once.

What was given is a row of the ledger, whose unique key (what, of which month or week, to whom) makes two replicas and a
restart give one card. What the cards say is looked up when they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.config.calendar import is_working_day
from bot.digests import rules
from bot.hours.workdays import workers
from bot.people import conversations
from bot.people.models import APPROVERS, Role
from bot.people.service import held_since
from bot.sync.ledger import want_once
from bot.sync.models import CHANNEL, Kind, LedgerRow, person_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

READERS = (Role.KEY_USER, *APPROVERS)
"""Who is told of each month, and may ask for it."""
COST_READERS = frozenset({Role.KEY_USER})
"""Who of them may know what hours cost, as in the reports."""

LONGEST_MONTH = timedelta(days=32)
"""With a day more for who is ahead of or behind UTC."""


@dataclass(frozen=True, slots=True, order=True)
class MonthlyDigest:
    """Somebody is to be told of the month that began on that day."""

    month: date
    person_id: int


def ended_month(now: datetime, company: Company) -> date:
    """The first day of the newest month that has ended in the company's time zone."""
    return rules.month_before(now.astimezone(ZoneInfo(company.holidays.time_zone)).date())


def monthly_due(session: Session, now: datetime, company: Company) -> tuple[MonthlyDigest, ...]:
    """Everybody to be told now of the month that ended where they are. Only reads; :func:`give` writes it down.

    Who got the role after that was first due begins with the next month.
    """
    given = company.rules.digests
    if not given.monthly:
        return ()
    since = held_since(session, READERS, now)
    begun, ends = (now - LONGEST_MONTH).date(), (now + timedelta(days=1)).date()
    known = workers(session, since, begun, ends, company.holidays)
    due = []
    for person in known.values():
        there = person.there(now)
        first = rules.first_of_month(there.date())
        opening = rules.opening_of(there, first, time.fromisoformat(given.monthly_time), person.works)
        if opening is not None and since[person.id] <= opening:
            due.append(MonthlyDigest(rules.month_before(first), person.id))
    told = _told(session, {one.month for one in due}) if due else set()
    return tuple(
        sorted(one for one in due if (rules.month_number(one.month), person_target(one.person_id)) not in told)
    )


def _told(session: Session, months: set[date]) -> set[tuple[int, str]]:
    """Who was told of these months before, as the ledger names both."""
    numbers = [rules.month_number(month) for month in months]
    rows = sa.select(LedgerRow.subject_id, LedgerRow.target).where(
        LedgerRow.kind == Kind.MONTHLY_DIGEST, LedgerRow.subject_id.in_(numbers)
    )
    return {(row.subject_id, row.target) for row in session.execute(rows)}


def weekly_due(session: Session, now: datetime, company: Company) -> date | None:
    """The Monday of the week for which the tender channel is to be told now what waits for whom; None: not now.

    A channel that was chosen after it was first due begins with the next week.
    """
    given, calendar = company.rules.digests, company.holidays
    if not given.weekly:
        return None
    there = now.astimezone(ZoneInfo(calendar.time_zone))
    monday = rules.monday_of(there.date())
    begins = time.fromisoformat(given.weekly_time)
    opening = rules.opening_of(there, monday, begins, lambda day: is_working_day(day, calendar))
    channel = conversations.tender_channel(session) if opening is not None else None
    if opening is None or channel is None:
        return None
    chosen = conversations.chosen_at(session, channel)
    told = sa.select(LedgerRow.id).where(
        LedgerRow.kind == Kind.WEEKLY_DIGEST, LedgerRow.subject_id == rules.week_number(monday)
    )
    if (chosen is not None and chosen > opening) or session.scalar(told) is not None:
        return None
    return monday


def give(session: Session, monthly: Sequence[MonthlyDigest], weekly: date | None, now: datetime) -> int:
    """Write these digests down and have their cards sent; returns how many.

    What another replica wrote down first is left to it.
    """
    messages = [(rules.month_number(one.month), person_target(one.person_id)) for one in monthly]
    cards = want_once(session, Kind.MONTHLY_DIGEST, messages, now=now)
    if weekly is not None:
        cards += want_once(session, Kind.WEEKLY_DIGEST, [(rules.week_number(weekly), CHANNEL)], now=now)
    return cards
