"""Telling the sales leads and the key users, once a week, who still misses hours after the last reminder.

What stands in a digest is looked up when it is drawn: a key user sees everybody, a sales lead their own offers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit
from bot.errors import NotAllowed, NotFound
from bot.hours.missing import at_work, missing_as_told, missing_offers
from bot.hours.models import ASKED_FROM, HoursDigest, HoursReminder, HoursWeek
from bot.hours.moments import first_reminder_at, is_reminding_time
from bot.hours.reminders import asked_weeks, lock_weeks, weeks_over
from bot.hours.workdays import workers
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.people.service import holders, roles_of
from bot.statements import insert_into
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, person_target

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

AGAIN_AFTER = timedelta(hours=1)
"""Nobody is reminded by hand more often."""


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """Somebody is to be told who misses that week."""

    week_on: date
    recipient_id: int


@dataclass(frozen=True, slots=True)
class OfferName:
    """An offer as a line names it."""

    id: int
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Absentee:
    """Somebody whose hours are missing, with the offers concerned. ``last_at``: the newest reminder; ``away``: they do
    not work today.
    """

    person_id: int
    name: str
    offers: tuple[OfferName, ...]
    last_at: datetime | None
    away: bool


@dataclass(frozen=True, slots=True)
class Reminded:
    """What "remind again" did: how many got a card, how many are away today, and, when everybody else had one within
    the hour, from when on it is possible again.
    """

    count: int
    away: int
    again_at: datetime | None


def digests_due(session: Session, now: datetime, company: Company) -> tuple[Digest, ...]:
    """The digests to be sent now. Only reads; :func:`give` writes them down."""
    weeks = weeks_over(now, company)
    exhausted = _exhausted(session, weeks, now, company) if weeks else {}
    due: list[Digest] = []
    for week_on, people in sorted(exhausted.items()):
        missing = at_work(session, week_on, missing_offers(session, week_on, people), company)
        recipients = _recipients(session, missing, now) - _told(session, week_on) if missing else set()
        due += [Digest(week_on, one) for one in sorted(_reachable(session, recipients, now, company))]
    return tuple(due)


def _exhausted(session: Session, weeks: Collection[date], now: datetime, company: Company) -> dict[date, set[int]]:
    """Whose reminders of which week are used up, for long enough."""
    rules = company.rules.hours
    asked = [one for one in asked_weeks(session, weeks) if one.automatic >= rules.reminders]
    people = {one.person_id for one in asked}
    known = workers(session, people, min(weeks), max(weeks), company.holidays)
    found: dict[date, set[int]] = {}
    for one in asked:
        zone = known[one.person_id].zone
        last = one.last_at or first_reminder_at(one.week_on, one.asked_at, zone, rules)
        if last + timedelta(hours=rules.reminder_hours) <= now:
            found.setdefault(one.week_on, set()).add(one.person_id)
    return found


def _recipients(session: Session, missing: dict[int, list[int]], now: datetime) -> set[int]:
    """The sales leads of the offers concerned and the key users."""
    concerned = {offer_id for offers in missing.values() for offer_id in offers}
    owners = session.scalars(sa.select(Offer.owner_id).where(Offer.id.in_(concerned)).distinct())
    return {*owners, *(person.id for person in holders(session, Role.KEY_USER, now))}


def _told(session: Session, week_on: date) -> set[int]:
    return set(session.scalars(sa.select(HoursDigest.recipient_id).where(HoursDigest.week_on == week_on)))


def _reachable(session: Session, people: Collection[int], now: datetime, company: Company) -> list[int]:
    """Those who work today and may be written to at this hour."""
    near = timedelta(days=1)
    known = workers(session, people, (now - near).date(), (now + near).date(), company.holidays)
    rules = company.rules.hours
    return [
        one.id
        for one in known.values()
        if one.works(one.there(now).date()) and is_reminding_time(one.there(now), rules)
    ]


def give(session: Session, due: Sequence[Digest], now: datetime, company: Company) -> int:
    """Note these digests and have their cards sent; returns how many.

    It is looked once more who misses something; what another replica noted first is left to it.
    """
    still = sorted(set(digests_due(session, now, company)).intersection(due)) if due else []
    if not still:
        return 0
    insert = insert_into(HoursDigest, session.get_bind().dialect.name)
    statement = insert.on_conflict_do_nothing(index_elements=["week_on", "recipient_id"])
    noted = session.execute(
        statement.returning(HoursDigest.id, HoursDigest.recipient_id),
        [{"week_on": one.week_on, "recipient_id": one.recipient_id, "at": now} for one in still],
    ).all()
    for digest_id, recipient_id in noted:
        want(session, Kind.HOURS_DIGEST, digest_id, now=now, target=person_target(recipient_id))
    return len(noted)


def by_id(session: Session, digest_id: int) -> HoursDigest:
    """The digest with this id; raises :class:`NotFound`."""
    row = session.get(HoursDigest, digest_id)
    if row is None:
        raise NotFound
    return row


def absentees(session: Session, digest: HoursDigest, now: datetime, company: Company) -> tuple[Absentee, ...]:
    """Who still misses hours of the digest's week, by name, as far as its recipient may know. None once locked."""
    missing = _missing_for(session, digest, now, company)
    if not missing:
        return ()
    offers = _named(session, {offer_id for ids in missing.values() for offer_id in ids})
    names = dict(session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(missing))).all())
    last = _last_reminders(session, digest.week_on, missing)
    near = timedelta(days=1)
    known = workers(session, missing, (now - near).date(), (now + near).date(), company.holidays)
    found = [
        Absentee(
            person_id=person_id,
            name=names[person_id],
            offers=tuple(offers[offer_id] for offer_id in ids),
            last_at=last.get(person_id),
            away=not known[person_id].works(known[person_id].there(now).date()),
        )
        for person_id, ids in missing.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.person_id)))


def _missing_for(session: Session, digest: HoursDigest, now: datetime, company: Company) -> dict[int, list[int]]:
    return missing_as_told(session, digest.week_on, session.get_one(Person, digest.recipient_id), now, company)


def _named(session: Session, ids: Collection[int]) -> dict[int, OfferName]:
    columns = (Offer.id, Offer.number, Offer.external_reference, Offer.title)
    return {
        row.id: OfferName(row.id, row.number or row.external_reference or "", row.title)
        for row in session.execute(sa.select(*columns).where(Offer.id.in_(ids)))
    }


def _last_reminders(
    session: Session, week_on: date, people: Collection[int], *, by_hand: bool = False
) -> dict[int, datetime]:
    """When each of these people was last reminded of that week."""
    statement = (
        sa.select(HoursWeek.person_id, sa.func.max(HoursReminder.at))
        .join(HoursReminder, HoursReminder.week_id == HoursWeek.id)
        .where(HoursWeek.week_on == week_on)
        .group_by(HoursWeek.person_id)
    )
    if by_hand:
        statement = statement.where(HoursReminder.asked_by_id.is_not(None))
    return {person_id: at for person_id, at in session.execute(statement) if person_id in people}


def remind_again(session: Session, digest_id: int, actor: Person, now: datetime, company: Company) -> Reminded:
    """Remind everybody on a digest once more, now, except who is away today or was reminded by hand within the hour.

    The digest's own recipient may, and whoever is sales lead or key user. Raises :class:`NotAllowed`,
    :class:`NotFound`.
    """
    digest = by_id(session, digest_id)
    require_part(session, digest, actor, now)
    listed = absentees(session, digest, now, company)
    present = {one.person_id for one in listed if not one.away}
    weeks = _locked_weeks(session, digest.week_on, present)
    lately = {
        person_id: at
        for person_id, at in _last_reminders(session, digest.week_on, present, by_hand=True).items()
        if at > now - AGAIN_AFTER
    }
    reminded = sorted(present - set(lately))
    for person_id in reminded:
        _remind(session, weeks[person_id], person_id, actor, now)
    if reminded:
        _audit(session, digest, reminded, actor, now)
        for stale in session.scalars(sa.select(HoursDigest.id).where(HoursDigest.week_on == digest.week_on)):
            redraw(session, Kind.HOURS_DIGEST, stale, now=now)
    again_at = max(lately.values()) + AGAIN_AFTER if lately and not reminded else None
    return Reminded(len(reminded), sum(one.away for one in listed), again_at)


def require_part(session: Session, digest: HoursDigest, actor: Person, now: datetime) -> None:
    """Raise :class:`NotAllowed` unless the digest is the actor's, or the actor is sales lead or key user."""
    allowed = (Role.SALES_LEAD, Role.KEY_USER)
    if actor.guest or (actor.id != digest.recipient_id and not roles_of(session, actor, now).intersection(allowed)):
        raise NotAllowed(roles=allowed)


def _locked_weeks(session: Session, week_on: date, people: Collection[int]) -> dict[int, int]:
    """The weeks of these people by person, made where they are missing, and nobody else's until this transaction
    ends.
    """
    if not people:
        return {}
    insert = insert_into(HoursWeek, session.get_bind().dialect.name)
    session.execute(
        insert.on_conflict_do_nothing(index_elements=["person_id", "week_on"]),
        [{"person_id": person_id, "week_on": week_on} for person_id in sorted(people)],
    )
    statement = sa.select(HoursWeek.person_id, HoursWeek.id).where(HoursWeek.week_on == week_on)
    found = {person_id: week_id for person_id, week_id in session.execute(statement) if person_id in people}
    lock_weeks(session, found.values())
    return found


def _remind(session: Session, week_id: int, person_id: int, actor: Person, now: datetime) -> None:
    newest = session.scalar(sa.select(sa.func.max(HoursReminder.step)).where(HoursReminder.week_id == week_id)) or 0
    row = HoursReminder(week_id=week_id, step=max(newest + 1, ASKED_FROM), at=now, asked_by_id=actor.id)
    session.add(row)
    session.flush()
    want(session, Kind.HOURS_REMINDER, row.id, now=now, target=person_target(person_id))


def _audit(session: Session, digest: HoursDigest, reminded: Sequence[int], actor: Person, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        action="hours.reminded",
        subject="hours_digest",
        subject_id=digest.id,
        actor_id=actor.id,
        after={"week": digest.week_on.isoformat(), "people": list(reminded)},
    )
