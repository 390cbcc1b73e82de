"""Reminding those who miss hours, privately and a few times at most; by the clock, or because somebody asks for it.

One card tells somebody everything they miss, so a reminder of the newest week counts for the older ones it names.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.hours.missing import WEEK, missing_offers, open_weeks
from bot.hours.models import HoursReminder, HoursWeek
from bot.hours.moments import anybody_works, first_reminder_at, is_reminding_time, last_week, prompt_day_of
from bot.hours.rules import monday_of
from bot.hours.workdays import workers, zones_where
from bot.people.models import Person
from bot.sync.ledger import want_each
from bot.sync.models import Kind, person_target

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company, HoursRules
    from bot.hours.workdays import Worker


@dataclass(frozen=True, slots=True)
class Asked:
    """A week that somebody was asked about and has not finished, with its reminders so far.

    ``automatic``: how many came by themselves; ``last_at``: of those and of the others.
    """

    week_id: int
    person_id: int
    week_on: date
    asked_at: datetime
    automatic: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody is to be reminded of these weeks, with one card about the newest; newest first."""

    person_id: int
    weeks: tuple[Asked, ...]


def reminders_due(
    session: Session, now: datetime, company: Company, people: Collection[int] | None = None
) -> tuple[Reminder, ...]:
    """Everybody to be reminded now: of weeks that are over, open, asked about, and lack something.

    Only reads; :func:`give` writes it down. ``people``: only these.
    """
    rules = company.rules.hours
    zones = zones_where(session, now, partial(_may_be, company=company))
    if not zones or not rules.reminders:
        return ()
    weeks = weeks_over(now, company)
    if not weeks:
        return ()
    asked = [one for one in asked_weeks(session, weeks, zones, people) if one.automatic < rules.reminders]
    if not asked:
        return ()
    known = workers(session, {one.person_id for one in asked}, min(weeks), max(weeks) + 2 * WEEK, company.holidays)
    recent = _reminded_since(session, min(weeks) - 2 * WEEK, now - timedelta(hours=rules.reminder_hours))
    due = [one for one in asked if one.person_id not in recent and _is_due(one, known.get(one.person_id), now, rules)]
    return _lacking(session, due)


def _may_be(there: datetime, company: Company) -> bool:
    return anybody_works(there.date(), company.holidays) and is_reminding_time(there, company.rules.hours)


def weeks_over(now: datetime, company: Company) -> tuple[date, ...]:
    """The open weeks that are over somewhere on earth, newest first."""
    newest = monday_of((now + timedelta(days=1)).date()) - WEEK
    return open_weeks(newest, now, company)


def asked_weeks(
    session: Session, weeks: Collection[date], zones: Sequence[str] | None = None, people: Collection[int] | None = None
) -> list[Asked]:
    """The weeks of these Mondays that were asked about and are not final, newest first. ``zones``: of the people."""
    automatic = sa.func.count(sa.case((HoursReminder.asked_by_id.is_(None), HoursReminder.id)))
    statement = (
        sa.select(
            HoursWeek.id,
            HoursWeek.person_id,
            HoursWeek.week_on,
            HoursWeek.prompted_at,
            automatic.label("automatic"),
            sa.func.max(HoursReminder.at).label("last_at"),
        )
        .join(Person, Person.id == HoursWeek.person_id)
        .outerjoin(HoursReminder, HoursReminder.week_id == HoursWeek.id)
        .where(
            HoursWeek.week_on.in_(weeks),
            HoursWeek.final.is_(False),
            HoursWeek.prompted_at.is_not(None),
            Person.guest.is_(False),
        )
        .group_by(HoursWeek.id, HoursWeek.person_id, HoursWeek.week_on, HoursWeek.prompted_at)
        .order_by(HoursWeek.week_on.desc(), HoursWeek.person_id)
    )
    if zones is not None:
        statement = statement.where(Person.time_zone.in_(zones))
    if people is not None:
        statement = statement.where(HoursWeek.person_id.in_(people))
    return [
        Asked(row.id, row.person_id, row.week_on, row.prompted_at, row.automatic, row.last_at)
        for row in session.execute(statement)
        if row.prompted_at is not None
    ]


def _reminded_since(session: Session, oldest: date, moment: datetime) -> set[int]:
    """Who got a reminder after ``moment``, of whatever week from ``oldest`` on."""
    statement = (
        sa.select(HoursWeek.person_id)
        .join(HoursReminder, HoursReminder.week_id == HoursWeek.id)
        .where(HoursWeek.week_on >= oldest, HoursReminder.at > moment)
        .distinct()
    )
    return set(session.scalars(statement))


def _is_due(one: Asked, person: Worker | None, now: datetime, rules: HoursRules) -> bool:
    if person is None:
        return False
    there = person.there(now)
    return (
        one.week_on <= last_week(there)
        and person.works(there.date())
        and is_reminding_time(there, rules)
        and now >= first_reminder_at(one.week_on, one.asked_at, person.zone, rules)
        and prompt_day_of(one.week_on, rules.prompt_day, person.works) is not None
    )


def _lacking(session: Session, due: Sequence[Asked]) -> tuple[Reminder, ...]:
    """Those that really lack something, one card for each person."""
    by_week: dict[date, list[Asked]] = defaultdict(list)
    for one in due:
        by_week[one.week_on].append(one)
    found: dict[int, list[Asked]] = defaultdict(list)
    for week_on in sorted(by_week, reverse=True):
        missing = missing_offers(session, week_on, {one.person_id for one in by_week[week_on]})
        for one in by_week[week_on]:
            if one.person_id in missing:
                found[one.person_id].append(one)
    return tuple(Reminder(person_id, tuple(weeks)) for person_id, weeks in sorted(found.items()))


def give(session: Session, due: Sequence[Reminder], now: datetime, company: Company) -> int:
    """Note these reminders and have their cards sent; returns how many.

    The people's weeks are locked first and looked at once more: whoever answered meanwhile, or was reminded by another
    replica, is left in peace.
    """
    if not due:
        return 0
    lock_weeks(session, [one.week_id for reminder in due for one in reminder.weeks])
    still = reminders_due(session, now, company, {reminder.person_id for reminder in due})
    noted = [
        {"week_id": one.week_id, "step": one.automatic + 1, "at": now} for reminder in still for one in reminder.weeks
    ]
    if noted:
        statement = sa.insert(HoursReminder).returning(HoursReminder.week_id, HoursReminder.id)
        ids = {row.week_id: row.id for row in session.execute(statement, noted)}
        messages = [(ids[one.weeks[0].week_id], person_target(one.person_id)) for one in still]
        want_each(session, Kind.HOURS_REMINDER, messages, now=now)
    return len(still)


def lock_weeks(session: Session, ids: Collection[int]) -> None:
    """Make these weeks nobody else's until the transaction ends: who answers or reminds waits."""
    statement = sa.select(HoursWeek.id).where(HoursWeek.id.in_(set(ids))).order_by(HoursWeek.id).with_for_update()
    session.execute(statement).all()
