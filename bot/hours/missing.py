"""Who has said nothing about which offer in which week; for many people at once. Weeks are named by their Monday."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.hours.expected import MANY, on_team_in, open_in
from bot.hours.models import HoursEntry, HoursWeek
from bot.hours.moments import last_week, prompt_day_of
from bot.hours.rules import DAYS
from bot.hours.sheets import part_states
from bot.hours.workdays import workers
from bot.offers.models import Offer, TeamMember
from bot.people.models import Person, Role
from bot.people.service import roles_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from bot.config.models import Company

WEEK = timedelta(days=DAYS)


def missing_offers(session: Session, week_on: date, people: Collection[int] | None = None) -> dict[int, list[int]]:
    """The offers of each person about which they were expected to say something in that week and did not, oldest first.

    A week that is final misses nothing. ``people``: only these; None: everybody who is no guest.
    """
    said = (
        sa.select(sa.func.sum(HoursEntry.quarters))
        .where(
            HoursEntry.person_id == TeamMember.person_id,
            HoursEntry.offer_id == TeamMember.offer_id,
            HoursEntry.part_on >= week_on,
            HoursEntry.part_on < week_on + WEEK,
        )
        .correlate(TeamMember)
        .scalar_subquery()
    )
    statement = (
        sa.select(TeamMember.person_id, Offer.id)
        .join(Offer, Offer.id == TeamMember.offer_id)
        .join(Person, Person.id == TeamMember.person_id)
        .outerjoin(HoursWeek, sa.and_(HoursWeek.person_id == TeamMember.person_id, HoursWeek.week_on == week_on))
        .where(
            on_team_in(week_on),
            open_in(week_on),
            Person.guest.is_(False),
            sa.or_(HoursWeek.id.is_(None), HoursWeek.final.is_(False)),
            sa.func.coalesce(said, 0) == 0,
        )
        .distinct()
        .order_by(TeamMember.person_id, Offer.id)
    )
    if people is not None and len(people) <= MANY:
        statement = statement.where(TeamMember.person_id.in_(people))
    found: dict[int, list[int]] = defaultdict(list)
    for person_id, offer_id in session.execute(statement):
        if people is None or person_id in people:
            found[person_id].append(offer_id)
    return dict(found)


def is_open(week_on: date, now: datetime, company: Company) -> bool:
    """Whether some part of the week can still be changed without a reason."""
    return any(not state.locked for state in part_states(week_on, now, company))


def open_weeks(newest: date, now: datetime, company: Company) -> tuple[date, ...]:
    """The week ``newest`` and those before it that are not locked yet, newest first."""
    found = []
    week_on = newest
    while is_open(week_on, now, company):
        found.append(week_on)
        week_on -= WEEK
    return tuple(found)


def missing_weeks(
    session: Session, person: Person, now: datetime, company: Company, until: date | None = None
) -> dict[date, list[int]]:
    """What somebody misses in the open weeks that are over, newest first; ``until``: in none that is newer.

    With ``until`` None also in this week, once it was asked about. Weeks they were away are not missed.
    """
    calendar, rules = company.holidays, company.rules.hours
    me = workers(session, (person.id,), date.min, date.max, calendar).get(person.id)
    if me is None:
        return {}
    over = last_week(me.there(now))
    weeks = open_weeks(min(over, until) if until is not None else over, now, company)
    if until is None and _was_asked(session, person.id, over + WEEK):
        weeks = (over + WEEK, *weeks)
    found: dict[date, list[int]] = {}
    for week_on in weeks:
        offers = missing_offers(session, week_on, (person.id,)).get(person.id)
        if offers and prompt_day_of(week_on, rules.prompt_day, me.works) is not None:
            found[week_on] = offers
    return found


def _was_asked(session: Session, person_id: int, week_on: date) -> bool:
    asked = sa.select(HoursWeek.prompted_at).where(HoursWeek.person_id == person_id, HoursWeek.week_on == week_on)
    return session.scalar(asked) is not None


def at_work(session: Session, week_on: date, missing: dict[int, list[int]], company: Company) -> dict[int, list[int]]:
    """The same without those who were away the whole week until the day they would have been asked."""
    rules = company.rules.hours
    people = workers(session, missing, week_on, week_on + WEEK, company.holidays)
    return {
        person_id: offers
        for person_id, offers in missing.items()
        if person_id in people and prompt_day_of(week_on, rules.prompt_day, people[person_id].works) is not None
    }


def missing_as_told(
    session: Session, week_on: date, told: Person, now: datetime, company: Company
) -> dict[int, list[int]]:
    """Who misses which offers of a week, as far as ``told`` may know: key users everything, others their own offers,
    guests nothing. Nothing once the week is locked.
    """
    if told.guest or not is_open(week_on, now, company):
        return {}
    missing = missing_offers(session, week_on)
    if Role.KEY_USER not in roles_of(session, told, now):
        concerned = {offer_id for ids in missing.values() for offer_id in ids}
        mine = sa.select(Offer.id).where(Offer.id.in_(concerned), Offer.owner_id == told.id)
        own = set(session.scalars(mine))
        missing = {
            person_id: kept for person_id, ids in missing.items() if (kept := [one for one in ids if one in own])
        }
    return at_work(session, week_on, missing, company)
