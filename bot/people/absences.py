"""Who is away when: declared by themselves, or for them by a key user or an admin.

Days are the person's own, both ends included. The absences in force of one person never overlap.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotAllowed, NotFound
from bot.people.models import Absence, Person, Role
from bot.people.service import roles_of, today_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

DAYS_BACK = 28
"""So many days ago an absence may still begin when it is declared; earlier weeks were answered or asked about."""
DAYS_AHEAD = 730
"""An absence that ends later than this is taken for a mistyped year."""

MANY = 500
"""Of more people than this everybody's absences are read: naming them would fill the statement."""
FOR_OTHERS = (Role.KEY_USER, Role.ADMIN)


def declare(session: Session, person_id: int, starts_on: date, ends_on: date, actor: Person, now: datetime) -> Absence:
    """Note that a person does not work from ``starts_on`` to ``ends_on``, both included, in their own time zone.

    It merges with the absences it overlaps: the returned row covers them all. Declared twice, it stands once. One's own
    by oneself; anybody's by a key user or an admin. Raises :class:`Invalid` at ``starts_on`` or ``ends_on``,
    :class:`NotAllowed`, :class:`NotFound`.
    """
    person = _locked_person(session, person_id, actor, now)
    today = today_of(person, now)
    if starts_on < today - timedelta(days=DAYS_BACK):
        raise Invalid({"starts_on": ("absences.error_past", {"first": today - timedelta(days=DAYS_BACK)})})
    if ends_on < starts_on:
        raise Invalid({"ends_on": ("absences.error_order", {})})
    if ends_on > today + timedelta(days=DAYS_AHEAD):
        raise Invalid({"ends_on": ("absences.error_far", {"last": today + timedelta(days=DAYS_AHEAD)})})
    overlapped = _overlapped(session, person_id, starts_on, ends_on)
    for row in overlapped:
        if row.starts_on <= starts_on and ends_on <= row.ends_on:
            return row
    merged = Absence(
        person_id=person_id,
        starts_on=min(starts_on, *(row.starts_on for row in overlapped)) if overlapped else starts_on,
        ends_on=max(ends_on, *(row.ends_on for row in overlapped)) if overlapped else ends_on,
        declared_by_id=actor.id,
        declared_at=now,
    )
    for row in overlapped:
        row.revoked_at = now
    session.add(merged)
    session.flush()
    _audit(session, "absence.declared", merged, actor, now)
    return merged


def withdraw(session: Session, absence_id: int, actor: Person, now: datetime) -> Absence:
    """The person works on those days after all. Withdrawing twice changes nothing.

    Who may declare it may withdraw it. Raises :class:`NotAllowed`, :class:`NotFound`.
    """
    row = _locked_absence(session, absence_id, actor, now)
    if row.revoked_at is None:
        row.revoked_at = now
        session.flush()
        _audit(session, "absence.withdrawn", row, actor, now)
    return row


def restore(session: Session, absence_id: int, actor: Person, now: datetime) -> Absence:
    """Take a withdrawal back; what was declared since is kept and merged. Raises as :func:`declare` does."""
    row = _locked_absence(session, absence_id, actor, now)
    if row.revoked_at is None:
        return row
    return declare(session, row.person_id, row.starts_on, row.ends_on, actor, now)


def by_id(session: Session, absence_id: int) -> Absence:
    """The absence with this id, also a withdrawn one; raises :class:`NotFound`."""
    found = session.get(Absence, absence_id)
    if found is None:
        raise NotFound
    return found


def coming(session: Session, person: Person, now: datetime, *, everybody: bool = False) -> list[tuple[Absence, Person]]:
    """The absences that are not over for this person's today, the earliest first: their own, or ``everybody``'s of
    their tenant.
    """
    statement = (
        sa.select(Absence, Person)
        .join(Person, Person.id == Absence.person_id)
        .where(
            Person.tenant_id == person.tenant_id,
            Person.guest.is_(False),
            Absence.revoked_at.is_(None),
            Absence.ends_on >= today_of(person, now),
        )
    )
    if not everybody:
        statement = statement.where(Absence.person_id == person.id)
    found = session.execute(statement.order_by(Absence.starts_on, Absence.id))
    return [(row[0], row[1]) for row in found]


def absences_between(
    session: Session, first: date, last: date, people: Collection[int]
) -> dict[int, list[tuple[date, date]]]:
    """When these people (ids) are away between ``first`` and ``last``, both included; one query.

    Whole absences as (first day, last day), not cut to the asked days, in order; who is not away is not in it.
    """
    if not people:
        return {}
    statement = (
        sa.select(Absence.person_id, Absence.starts_on, Absence.ends_on)
        .where(Absence.revoked_at.is_(None), Absence.starts_on <= last, Absence.ends_on >= first)
        .order_by(Absence.person_id, Absence.starts_on)
    )
    if len(people) <= MANY:
        statement = statement.where(Absence.person_id.in_(people))
    found: dict[int, list[tuple[date, date]]] = {}
    for person_id, starts_on, ends_on in session.execute(statement):
        if person_id in people:
            found.setdefault(person_id, []).append((starts_on, ends_on))
    return found


def require_absences_of(session: Session, person_id: int, actor: Person, now: datetime) -> None:
    """Raise :class:`NotAllowed` unless it is the actor themselves, a key user or an admin."""
    if actor.guest or not (actor.id == person_id or may_for_others(session, actor, now)):
        raise NotAllowed(roles=FOR_OTHERS)


def may_for_others(session: Session, actor: Person, now: datetime) -> bool:
    """Whether this person declares and withdraws anybody's absences."""
    return not roles_of(session, actor, now).isdisjoint(FOR_OTHERS)


def _locked_person(session: Session, person_id: int, actor: Person, now: datetime) -> Person:
    """The person, whose absences nobody else changes until this transaction ends."""
    require_absences_of(session, person_id, actor, now)
    person = session.get(Person, person_id, populate_existing=True, with_for_update=True)
    if person is None or person.guest:
        raise NotFound
    return person


def _locked_absence(session: Session, absence_id: int, actor: Person, now: datetime) -> Absence:
    row = by_id(session, absence_id)
    _locked_person(session, row.person_id, actor, now)
    session.refresh(row)
    return row


def _overlapped(session: Session, person_id: int, first: date, last: date) -> list[Absence]:
    """The absences in force that share a day with these."""
    statement = sa.select(Absence).where(
        Absence.person_id == person_id,
        Absence.revoked_at.is_(None),
        Absence.starts_on <= last,
        Absence.ends_on >= first,
    )
    return list(session.scalars(statement))


def _audit(session: Session, action: str, row: Absence, actor: Person, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        action=action,
        subject="absence",
        subject_id=row.id,
        actor_id=actor.id,
        on_behalf_of_id=row.person_id if row.person_id != actor.id else None,
        after={"starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()},
    )
