"""What somebody asks of the trail in words: ``S580``, a person, ``2026-11``, ``2026-11..2026-12``, and any of these
together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.offers import service as offers
from bot.offers.rules import fold
from bot.offers.trail import about
from bot.people.models import Person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

YEARS = range(1900, 3000)
MOST_OFFERS = 50
"""Offers that one search in words may mean."""
_DAY = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_PERIOD = re.compile(rf"({_DAY})(?:\.\.({_DAY}))?")


@dataclass(frozen=True, slots=True)
class Question:
    """Which events are meant; None: whatever it is. Days are the company's, ``last`` included."""

    offers: tuple[int, ...] | None = None
    people: tuple[int, ...] | None = None
    first: date | None = None
    last: date | None = None

    def conditions(self, time_zone: str) -> list[sa.ColumnElement[bool]]:
        """The same for a statement over the trail."""
        found: list[sa.ColumnElement[bool]] = []
        if self.offers is not None:
            found.append(about(self.offers))
        if self.people is not None:
            themselves = sa.and_(AuditEvent.subject == "person", AuditEvent.subject_id.in_(self.people))
            acted = AuditEvent.actor_id.in_(self.people), AuditEvent.on_behalf_of_id.in_(self.people)
            found.append(sa.or_(*acted, themselves))
        if self.first is not None:
            found.append(AuditEvent.at >= _midnight(self.first, time_zone))
        if self.last is not None:
            found.append(AuditEvent.at < _midnight(self.last + timedelta(days=1), time_zone))
        return found


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone))


def understood(session: Session, text: str) -> Question | None:
    """What the words mean: periods first; of the rest an offer's number, else people who have all the words in their
    names, else offers that have them. None when nothing is found.
    """
    first, last, rest = None, None, []
    for token in text.split():
        period = _period(token)
        if period is None:
            rest.append(token)
        else:
            first, last = period
    words = " ".join(rest)
    if not words:
        return Question(first=first, last=last)
    offer = offers.find_by_number(session, words)
    if offer is not None:
        return Question(offers=(offer.id,), first=first, last=last)
    people = _people(session, words)
    if people:
        return Question(people=people, first=first, last=last)
    found = offers.search(session, words, limit=MOST_OFFERS)
    return Question(offers=tuple(one.id for one in found), first=first, last=last) if found else None


def _people(session: Session, words: str) -> tuple[int, ...]:
    said = fold(words).split()
    known = session.execute(sa.select(Person.id, Person.name).order_by(Person.id))
    return tuple(person_id for person_id, name in known if set(said) <= set(fold(name).split()))


def _period(token: str) -> tuple[date, date] | None:
    """The first and last day of ``2026``, ``2026-11``, ``2026-11-23`` or from one to another; None for other words."""
    found = _PERIOD.fullmatch(token)
    if found is None:
        return None
    begin, end = _days(found[1]), _days(found[2] or found[1])
    return (begin[0], end[1]) if begin is not None and end is not None and begin[0] <= end[1] else None


def _days(text: str) -> tuple[date, date] | None:
    numbers = [int(part) for part in text.split("-")]
    year, (month, day) = numbers[0], [*numbers[1:], None, None][:2]
    if year not in YEARS:
        return None
    try:
        first = date(year, month or 1, day or 1)
        if day is not None:
            return first, first
        following = date(first.year + (month in {None, 12}), 1 if month in {None, 12} else first.month + 1, 1)
    except ValueError:
        return None
    return first, following - timedelta(days=1)
