"""The days that people work, for many people at once: weekends, public holidays where they live, absences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.config.calendar import is_day_off
from bot.people.absences import absences_between
from bot.people.models import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy.orm import Session

    from bot.config.models import Holidays

MANY = 500
"""Of more people than this everybody's row is read: naming them would fill the statement."""
Absences = tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class Worker:
    """A person as the calendar sees them. ``absences``: first and last days."""

    id: int
    zone: ZoneInfo
    country: str
    absences: Absences
    calendar: Holidays

    def there(self, now: datetime) -> datetime:
        """The moment on their own clock."""
        return now.astimezone(self.zone)

    def works(self, day: date) -> bool:
        """Whether they work on a day."""
        if any(first <= day <= last for first, last in self.absences):
            return False
        return not is_day_off(day, self.country, self.calendar)


def workers(
    session: Session, people: Collection[int], first: date, last: date, calendar: Holidays
) -> dict[int, Worker]:
    """These people by id, without guests, with their absences from ``first`` to ``last``; two queries."""
    if not people:
        return {}
    statement = sa.select(Person.id, Person.time_zone, Person.country).where(Person.guest.is_(False))
    if len(people) <= MANY:
        statement = statement.where(Person.id.in_(people))
    away = absences_between(session, first, last, people)
    return {
        row.id: Worker(row.id, ZoneInfo(row.time_zone), row.country, tuple(away.get(row.id, ())), calendar)
        for row in session.execute(statement)
        if row.id in people
    }


def zones_where(session: Session, now: datetime, holds: Callable[[datetime], bool]) -> tuple[str, ...]:
    """The time zones of people in which something holds for the clock on the wall."""
    zones = session.scalars(sa.select(Person.time_zone).where(Person.guest.is_(False)).distinct())
    return tuple(sorted(zone for zone in zones if holds(now.astimezone(ZoneInfo(zone)))))
