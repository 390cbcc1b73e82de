"""What is due, for whom, and the one reminder each morning.

A day is the company's: what is due at a moment counts on the day it has in the company's time zone, so that everybody
speaks of the same day. The morning is the person's own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.deadlines import branches
from bot.deadlines.days import morning_of, next_working_day, occasion_of
from bot.deadlines.models import DueKind, Morning, MorningLine, Occasion
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.people.models import Person
from bot.statements import insert_into
from bot.sync.ledger import want
from bot.sync.models import Kind, person_target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

MANY = 500
"""Of more people than this everybody's lines are read: naming them would fill the statement."""
FAR = 3660
"""Days; what lies further away is nobody's next deadline."""


@dataclass(frozen=True, slots=True)
class DueLine:
    """Something that is due. ``title`` is its own (a question, a clause), empty where the offer itself is meant;
    ``due_at`` the moment, where there is one; ``time`` (``14:30``) the owner's, of a planned activity.
    """

    kind: DueKind
    subject_id: int
    title: str
    offer_id: int
    number: str
    offer_title: str
    owner_id: int
    owner: str
    due_on: date
    due_at: datetime | None
    time: str


@dataclass(frozen=True, slots=True)
class Only:
    """What is left out: what was due before ``since``, and offers that do not meet every condition of ``offers``."""

    since: date | None = None
    offers: tuple[branches.Condition, ...] = ()


ALL = Only()


@dataclass(frozen=True, slots=True)
class Coming:
    """One page of what is due, the nearest first, and how many there are in all."""

    lines: tuple[DueLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing that somebody is reminded of."""

    kind: DueKind
    subject_id: int
    offer_id: int
    due_on: date
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class DueMorning:
    """A person whose morning it is, on their day, with what they have to hear; often nothing."""

    person_id: int
    on_day: date
    reminders: tuple[Reminder, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line as the database gives it, before names are looked up."""

    kind: DueKind
    subject_id: int
    title: str
    time: str
    offer_id: int
    owner_id: int
    due_on: date
    due_at: datetime | None
    over: bool

    @property
    def order(self) -> tuple[Any, ...]:
        """The nearest first; on one day first what has a moment."""
        moment = self.due_at or datetime.max.replace(tzinfo=UTC)
        return self.due_on, moment, self.kind.value, self.subject_id


def coming(
    session: Session,
    *,
    today: date,
    days: int,
    limit: int,
    time_zone: str,
    offset: int = 0,
    person_id: int | None = None,
    only: Only = ALL,
) -> Coming:
    """What is overdue or due within ``days`` days after ``today``, on open offers and their records, the kick-offs of
    won ones and the debriefs of others. ``person_id`` None: everybody's. ``time_zone``: the company's.
    """
    owners = None if person_id is None else (person_id,)
    end = today + timedelta(days=days + 1)
    rows: list[_Row] = []
    total = 0
    for kinds in (branches.DAYS, branches.MOMENTS):
        lines = _union(kinds, today, end, owners, time_zone, only=only)
        found, count = _page(session, lines, time_zone, limit + offset)
        rows += found
        total += count
    rows.sort(key=lambda row: row.order)
    return Coming(_named(session, rows[offset : offset + limit]), total)


def next_of(session: Session, *, person_id: int | None, today: date, time_zone: str) -> DueLine | None:
    """What is due next, however far away."""
    found = coming(session, person_id=person_id, today=today, days=FAR, limit=1, time_zone=time_zone)
    return found.lines[0] if found.lines else None


def _page(session: Session, lines: sa.Subquery, time_zone: str, limit: int) -> tuple[list[_Row], int]:
    """The first ``limit`` of these lines, and how many there are."""
    order = (lines.c.due, lines.c.kind, lines.c.subject_id)
    counted = sa.select(lines, sa.func.count().over().label("total")).order_by(*order).limit(limit)
    found = session.execute(counted).all()
    return [_row(row, time_zone) for row in found], found[0].total if found else 0


def _union(
    kinds: Sequence[branches.Branch],
    today: date,
    end: date,
    owners: Collection[int] | None,
    time_zone: str,
    *,
    unreminded: bool = False,
    only: Only = ALL,
) -> sa.Subquery:
    if kinds is branches.DAYS:
        return branches.union(
            kinds, today=today, before=end, since=only.since, owners=owners, offers=only.offers, unreminded=unreminded
        )
    return branches.union(
        kinds,
        today=_midnight(today, time_zone),
        before=_midnight(end, time_zone),
        since=_midnight(only.since, time_zone) if only.since is not None else None,
        owners=owners,
        offers=only.offers,
    )


def _midnight(day: date, time_zone: str) -> datetime:
    """When a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def _row(row: Any, time_zone: str) -> _Row:  # noqa: ANN401  a row of the union
    due = row.due
    moment = isinstance(due, datetime)
    return _Row(
        kind=DueKind(row.kind),
        subject_id=row.subject_id,
        title=row.title,
        time=row.time,
        offer_id=row.offer_id,
        owner_id=row.owner_id,
        due_on=due.astimezone(ZoneInfo(time_zone)).date() if moment else due,
        due_at=due if moment else None,
        over=bool(row.over),
    )


def _named(session: Session, rows: Iterable[_Row]) -> tuple[DueLine, ...]:
    """The same with the names of offers and people."""
    rows = tuple(rows)
    offers = {
        row.id: row
        for row in session.execute(
            sa.select(Offer.id, Offer.number, Offer.external_reference, Offer.title).where(
                Offer.id.in_({row.offer_id for row in rows})
            )
        )
    }
    people = {
        row.id: row.name
        for row in session.execute(
            sa.select(Person.id, Person.name).where(Person.id.in_({row.owner_id for row in rows}))
        )
    }
    return tuple(
        DueLine(
            kind=row.kind,
            subject_id=row.subject_id,
            title=row.title,
            offer_id=row.offer_id,
            number=offers[row.offer_id].number or offers[row.offer_id].external_reference or "",
            offer_title=offers[row.offer_id].title,
            owner_id=row.owner_id,
            owner=people[row.owner_id],
            due_on=row.due_on,
            due_at=row.due_at,
            time=row.time,
        )
        for row in rows
    )


def mornings_due(session: Session, now: datetime, company: Company) -> tuple[DueMorning, ...]:
    """Everybody whose morning has begun and was not looked at yet, with what is due by the next working day or overdue
    and was not said before. Only reads; :func:`give` writes it down.
    """
    calendar, time_zone = company.holidays, company.holidays.time_zone
    days = _unseen(session, now, company)
    if not days:
        return ()
    next_days = {day: next_working_day(day, calendar) for day in set(days.values())}
    first, end = min(next_days), max(next_days.values()) + timedelta(days=1)
    owners = sorted(days) if len(days) <= MANY else None
    by_day = _union(branches.DAYS, first, end, owners, time_zone, unreminded=True)
    by_moment = _union(branches.MOMENTS, first, end, owners, time_zone)
    found: dict[int, list[Reminder]] = defaultdict(list)
    for lines in (by_day, by_moment):
        for row in (_row(one, time_zone) for one in session.execute(sa.select(lines))):
            day = days.get(row.owner_id)
            occasion = occasion_of(row.due_on, day, next_days[day]) if day is not None else None
            if occasion is None or (occasion is Occasion.OVERDUE and row.over):
                continue
            found[row.owner_id].append(
                Reminder(row.kind, row.subject_id, row.offer_id, row.due_on, occasion),
            )
    said = _said(session, found)
    return tuple(
        DueMorning(
            person_id,
            day,
            tuple(
                one
                for one in sorted(found[person_id], key=lambda one: (one.due_on, one.kind.value, one.subject_id))
                if (person_id, one.kind.value, one.subject_id, one.due_on, one.occasion) not in said
            ),
        )
        for person_id, day in sorted(days.items())
    )


def _unseen(session: Session, now: datetime, company: Company) -> dict[int, date]:
    """Whose morning it is: the day there by person, without the mornings that were looked at."""
    mornings: dict[str, date | None] = {}
    days: dict[int, date] = {}
    for person in session.execute(sa.select(Person.id, Person.time_zone).where(Person.guest.is_(False))):
        if person.time_zone not in mornings:
            mornings[person.time_zone] = morning_of(
                now, person.time_zone, company.rules.deadlines.morning, company.holidays
            )
        day = mornings[person.time_zone]
        if day is not None:
            days[person.id] = day
    seen = sa.select(Morning.person_id, Morning.on_day).where(Morning.on_day.in_(set(days.values())))
    for person_id, on_day in session.execute(seen):
        if days.get(person_id) == on_day:
            del days[person_id]
    return days


def _said(session: Session, found: dict[int, list[Reminder]]) -> set[tuple[Any, ...]]:
    """What was said before, of everything that is due on one of these days."""
    due_days = {one.due_on for reminders in found.values() for one in reminders}
    if not due_days:
        return set()
    people = list(found) if len(found) <= MANY else None
    statement = sa.select(
        MorningLine.person_id, MorningLine.kind, MorningLine.subject_id, MorningLine.due_on, MorningLine.occasion
    ).where(MorningLine.due_on >= min(due_days))
    if people is not None:
        statement = statement.where(MorningLine.person_id.in_(people))
    return {tuple(row) for row in session.execute(statement)}


def give(session: Session, mornings: Sequence[DueMorning], now: datetime) -> int:
    """Write mornings down and ask for their cards; returns how many cards.

    What another replica wrote down first is left to it; a morning without reminders only counts as looked at.
    """
    if not mornings:
        return 0
    dialect = session.get_bind().dialect.name
    statement = insert_into(Morning, dialect).on_conflict_do_nothing(index_elements=["person_id", "on_day"])
    ids = {
        row.person_id: row.id
        for row in session.execute(
            statement.returning(Morning.person_id, Morning.id),
            [{"person_id": one.person_id, "on_day": one.on_day, "at": now} for one in mornings],
        )
    }
    lines = [
        {
            "morning_id": ids[morning.person_id],
            "person_id": morning.person_id,
            "kind": one.kind.value,
            "subject_id": one.subject_id,
            "offer_id": one.offer_id,
            "due_on": one.due_on,
            "occasion": one.occasion,
        }
        for morning in mornings
        if morning.person_id in ids
        for one in morning.reminders
    ]
    if not lines:
        return 0
    written = insert_into(MorningLine, dialect).on_conflict_do_nothing(
        index_elements=["person_id", "kind", "subject_id", "due_on", "occasion"]
    )
    told = {
        (row.morning_id, row.person_id)
        for row in session.execute(written.returning(MorningLine.morning_id, MorningLine.person_id), lines)
    }
    for morning_id, person_id in sorted(told):
        want(session, Kind.MORNING_CARD, morning_id, now=now, target=person_target(person_id))
    return len(told)


def of_morning(session: Session, morning_id: int, *, time_zone: str) -> dict[Occasion, tuple[DueLine, ...]]:
    """What a morning's reminders say now: without what was done, moved or given to somebody else meanwhile.

    Raises :class:`NotFound`. ``time_zone``: the company's.
    """
    morning = session.get(Morning, morning_id)
    if morning is None:
        raise NotFound
    said = {
        (row.kind, row.subject_id, row.due_on): row.occasion
        for row in session.scalars(sa.select(MorningLine).where(MorningLine.morning_id == morning_id))
    }
    if not said:
        return {}
    end = max(due_on for _kind, _subject, due_on in said) + timedelta(days=1)
    rows: list[_Row] = []
    for kinds in (branches.DAYS, branches.MOMENTS):
        lines = _union(kinds, morning.on_day, end, (morning.person_id,), time_zone)
        rows += [_row(row, time_zone) for row in session.execute(sa.select(lines))]
    kept = [row for row in rows if (row.kind.value, row.subject_id, row.due_on) in said]
    kept.sort(key=lambda row: row.order)
    found: dict[Occasion, list[DueLine]] = defaultdict(list)
    for line in _named(session, kept):
        found[said[line.kind.value, line.subject_id, line.due_on]].append(line)
    return {occasion: tuple(lines) for occasion, lines in found.items()}
