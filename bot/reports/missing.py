"""Who has not answered for which week, for many weeks at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.hours.models import HoursEntry, HoursWeek
from bot.hours.rules import DAYS, monday_of
from bot.hours.sheets import part_states
from bot.hours.workdays import workers
from bot.offers.models import Offer, Outcome, TeamMember
from bot.people.models import Person
from bot.reports.hours import ALL_YEARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

MOST_WEEKS = 53


@dataclass(frozen=True, slots=True)
class MissingWeek:
    """A person said nothing about ``offers`` offers in that week; ``locked``: only a correction can tell it now."""

    person_id: int
    person: str
    week_on: date
    offers: int
    locked: bool


def missing_weeks(session: Session, year: int, now: datetime, company: Company) -> tuple[MissingWeek, ...]:
    """Of the weeks that begin in ``year`` (0: of the newest ones) and are over: who is missing, by name and week.

    Nobody is missing in a week without a working day of theirs: absences, public holidays where they live.
    """
    weeks = _weeks(session, year, now, company)
    if not weeks:
        return ()
    silent = _silent(session, weeks)
    people = {person_id for person_id, _name, _week_on, _offers in silent}
    working = workers(session, people, weeks[0], weeks[-1] + timedelta(days=DAYS), company.holidays)
    locked = {week_on: all(part.locked for part in part_states(week_on, now, company)) for week_on in weeks}
    found = (
        MissingWeek(person_id, name, week_on, offers, locked[week_on])
        for person_id, name, week_on, offers in silent
        if any(working[person_id].works(week_on + timedelta(days=number)) for number in range(DAYS))
    )
    return tuple(sorted(found, key=lambda one: (one.person.casefold(), one.person_id, one.week_on)))


def _weeks(session: Session, year: int, now: datetime, company: Company) -> list[date]:
    """The Mondays that are looked at, at most a year of them."""
    asked = sa.or_(HoursWeek.prompted_at.is_not(None), HoursWeek.answered_by_id == HoursWeek.person_id)
    first = session.scalar(sa.select(sa.func.min(HoursWeek.week_on)).where(asked))
    if first is None:
        return []
    today = now.astimezone(ZoneInfo(company.holidays.time_zone)).date()
    last = monday_of(today) - timedelta(days=DAYS)
    if year != ALL_YEARS:
        first, last = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        first = first if first == monday_of(first) else monday_of(first) + timedelta(days=DAYS)
        last = monday_of(last)
    count = min((last - first).days // DAYS + 1, MOST_WEEKS)
    return [last - timedelta(days=DAYS * number) for number in reversed(range(max(count, 0)))]


def _silent(session: Session, weeks: Sequence[date]) -> list[tuple[int, str, date, int]]:
    """Person, name, week and number of offers, in one statement over all weeks."""
    asked = _asked(weeks)
    said = (
        sa.select(sa.func.sum(HoursEntry.quarters))
        .where(
            HoursEntry.person_id == asked.c.person_id,
            HoursEntry.offer_id == asked.c.offer_id,
            HoursEntry.part_on >= asked.c.first,
            HoursEntry.part_on < asked.c.after,
        )
        .correlate(asked)
        .scalar_subquery()
    )
    statement = (
        sa.select(Person.id, Person.name, asked.c.first, sa.func.count(sa.distinct(asked.c.offer_id)))
        .join(Person, sa.and_(Person.id == asked.c.person_id, Person.guest.is_(False)))
        .where(sa.func.coalesce(said, 0) == 0)
        .group_by(Person.id, Person.name, asked.c.first)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]


def _asked(weeks: Sequence[date]) -> sa.CTE:
    """Who was on which team in which week, without the weeks that are final. Most are: their entries are not added up,
    so this stands by itself (else PostgreSQL adds up those of every week).
    """
    week = _named(weeks)
    first, after = week.c.first, week.c.after
    member_then = sa.and_(
        TeamMember.joined_on < after, sa.or_(TeamMember.left_on.is_(None), TeamMember.left_on >= first)
    )
    open_then = sa.and_(
        Offer.id == TeamMember.offer_id,
        sa.or_(Offer.opened_on.is_(None), Offer.opened_on < after),
        sa.or_(Offer.outcome == Outcome.OPEN, Offer.ended_on >= first),
    )
    # Not joined: PostgreSQL would read the whole week for each of its people.
    final = (
        sa.select(HoursWeek.id)
        .where(HoursWeek.person_id == TeamMember.person_id, HoursWeek.week_on == first, HoursWeek.final.is_(True))
        .where(HoursWeek.week_on.between(weeks[0], weeks[-1]))  # else those of all years are read
        .exists()
    )
    return (
        sa.select(TeamMember.person_id, TeamMember.offer_id, first, after)
        .select_from(week)
        .join(TeamMember, member_then)
        .join(Offer, open_then)
        .where(~final)
        .cte("asked")
        .prefix_with("MATERIALIZED")
    )


def _named(weeks: Sequence[date]) -> sa.CTE:
    """The weeks as rows: their first day, and the first day after."""
    rows = [(monday, monday + timedelta(days=DAYS)) for monday in weeks]
    return sa.values(sa.column("first", sa.Date), sa.column("after", sa.Date)).data(rows).cte("week")
