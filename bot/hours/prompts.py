"""The weekly question: whose week is asked about now, and asking it once.

The clock on the person's wall counts, on days they work. Who was not reached on the day (the bot was down, they joined
later, they were in the air over the date line) is asked when that is possible again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.hours.expected import on_team_in, open_in
from bot.hours.missing import WEEK, is_open
from bot.hours.models import HoursWeek
from bot.hours.moments import is_asked, is_asking_time
from bot.hours.rules import DAYS, monday_of
from bot.hours.workdays import workers, zones_where
from bot.offers.models import Offer, TeamMember
from bot.people.models import Person
from bot.statements import insert_into
from bot.sync.ledger import want_each
from bot.sync.models import Kind, person_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company


@dataclass(frozen=True, slots=True, order=True)
class Prompt:
    """Somebody is to be asked about the week that began on that Monday."""

    week_on: date
    person_id: int


def prompts_due(session: Session, now: datetime, company: Company) -> tuple[Prompt, ...]:
    """Everybody to be asked now, about this week and those missed before; oldest week first.

    Only reads; :func:`give` writes it down. At night and on the weekend it reads no more than the time zones.
    """
    rules, calendar = company.rules.hours, company.holidays
    zones = zones_where(session, now, partial(is_asking_time, rules=rules, calendar=calendar))
    if not zones:
        return ()
    # Two days of the calendar at any moment, so one or two weeks are the newest; each person's own is looked at below.
    newest = monday_of((now + timedelta(days=1)).date())
    asked_about = [newest - WEEK * number for number in range(rules.catch_up_weeks + 2)]
    unasked = {
        week_on: people
        for week_on in asked_about
        if is_open(week_on, now, company) and (people := _unasked(session, week_on, zones))
    }
    if not unasked:
        return ()
    everybody = {person_id for people in unasked.values() for person_id in people}
    known = workers(session, everybody, min(unasked), newest + timedelta(days=DAYS), calendar)
    due = []
    for week_on, people in unasked.items():
        for person_id in people:
            person = known[person_id]
            there = person.there(now)
            this_week = monday_of(there.date())
            near = this_week - WEEK * rules.catch_up_weeks <= week_on <= this_week
            if near and is_asked(there, week_on, rules, person.works):
                due.append(Prompt(week_on, person_id))
    return tuple(sorted(due))


def _unasked(session: Session, week_on: date, zones: Sequence[str]) -> list[int]:
    """Who is expected to say something about that week, and neither was asked nor has finished it."""
    done = sa.or_(HoursWeek.prompted_at.is_not(None), HoursWeek.final)
    statement = (
        sa.select(TeamMember.person_id)
        .join(Offer, Offer.id == TeamMember.offer_id)
        .join(Person, Person.id == TeamMember.person_id)
        .outerjoin(HoursWeek, sa.and_(HoursWeek.person_id == TeamMember.person_id, HoursWeek.week_on == week_on))
        .where(
            on_team_in(week_on),
            open_in(week_on),
            Person.guest.is_(False),
            Person.time_zone.in_(zones),
            sa.or_(HoursWeek.id.is_(None), sa.not_(done)),
        )
        .distinct()
    )
    return list(session.scalars(statement))


def give(session: Session, prompts: Sequence[Prompt], now: datetime) -> int:
    """Note that these people were asked, and have their cards sent; returns how many.

    What another replica noted first is left to it, and so is a week that was finished meanwhile.
    """
    if not prompts:
        return 0
    insert = insert_into(HoursWeek, session.get_bind().dialect.name)
    statement = insert.on_conflict_do_update(
        index_elements=["person_id", "week_on"],
        set_={"prompted_at": insert.excluded.prompted_at},
        where=sa.and_(HoursWeek.prompted_at.is_(None), HoursWeek.final.is_(False)),
    )
    asked = session.execute(
        statement.returning(HoursWeek.id, HoursWeek.person_id),
        [{"person_id": one.person_id, "week_on": one.week_on, "prompted_at": now} for one in sorted(prompts)],
    ).all()
    messages = [(week_id, person_target(person_id)) for week_id, person_id in asked]
    want_each(session, Kind.HOURS_CARD, messages, now=now)
    return len(asked)
