"""From missing hours to what the reminder, the digest and the list of pending things show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.errors import NotFound
from bot.hours import digests
from bot.hours.amounts import hours_of
from bot.hours.missing import is_open, missing_weeks
from bot.hours.models import HoursReminder, HoursWeek
from bot.hours.sheets import part_states, sheet
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.people.service import roles_of
from bot.sync.models import Kind, LedgerRow
from cards.hours_notices import digest_card as draw_digest
from cards.hours_notices import reminder_card as draw_reminder
from cards.verbs import Verb
from cards.views.chat import PendingItem
from cards.views.hours_notices import AbsenteeLine, HoursDigestView, HoursReminderView, LastWeek, MissingWeek
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.hours.digests import Absentee, OfferName
    from bot.hours.models import HoursDigest
    from bot.hours.sheets import WeekSheet
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader, Sentence

WEEKS = 4
"""Missing weeks that a reminder shows one by one."""
OFFERS = 4
"""Offers shown of one week, or of one person."""
PEOPLE = 8
"""People shown in a digest."""
Card = dict[str, Any]


def hours_reminder(
    session: Session, reminder_id: int, person: Person | None, reader: Reader, around: Surroundings
) -> Card | None:
    """A private reminder: what is missing now; that it is done, once it was sent; nothing when there is no need."""
    reminder = session.get(HoursReminder, reminder_id)
    if reminder is None:
        raise NotFound
    if person is None or person.guest:
        return None
    view = reminder_view(session, reminder, person, reader.now, around.company)
    if not view.missing and not _is_sent(session, Kind.HOURS_REMINDER, reminder_id):
        return None
    return draw_reminder(view, reader)


def _is_sent(session: Session, kind: Kind, subject_id: int) -> bool:
    """Whether a message stands in Teams, to be edited."""
    remote = sa.select(LedgerRow.remote).where(LedgerRow.kind == kind, LedgerRow.subject_id == subject_id)
    return bool((session.scalar(remote) or {}).get("activity"))


def reminder_view(
    session: Session, reminder: HoursReminder, person: Person, now: datetime, company: Company
) -> HoursReminderView:
    """What somebody misses in the reminder's week and in those before it."""
    week_on = session.get_one(HoursWeek, reminder.week_id).week_on
    missing = missing_weeks(session, person, now, company, until=week_on)
    weeks = _weeks(session, missing)
    asked_by = session.get(Person, reminder.asked_by_id) if reminder.asked_by_id is not None else None
    main = next(iter(missing), week_on)
    shown = sheet(session, person, main, now, company)
    untouched = not any(row.quarters for row in shown.rows)
    return HoursReminderView(
        person_id=person.id,
        week_on=week_on,
        missing=weeks[:WEEKS],
        hidden=len(weeks[WEEKS:]),
        step=reminder.step,
        steps=company.rules.hours.reminders,
        asked_by=asked_by.name if asked_by is not None else "",
        until=_open_until(main, now, company),
        same=_same(shown) if untouched else (),
        none=untouched,
        entered=hours_of(shown.total),
        total=hours_of(shown.total),
        locked=not weeks and not shown.final and not is_open(week_on, now, company),
    )


def _same(shown: WeekSheet) -> tuple[LastWeek, ...]:
    return tuple(
        LastWeek(offer=row.number or row.title, hours=hours_of(row.last_week)) for row in shown.rows if row.last_week
    )


def _open_until(week_on: date, now: datetime, company: Company) -> date | None:
    """The last day on which something of the week can be changed without a reason before it is locked."""
    return min((state.open_until for state in part_states(week_on, now, company) if not state.locked), default=None)


def _weeks(session: Session, missing: dict[date, list[int]]) -> tuple[MissingWeek, ...]:
    names = _names(session, {offer_id for offers in missing.values() for offer_id in offers})
    return tuple(
        MissingWeek(
            week_on=week_on,
            offers=tuple(" ".join(names[offer_id]).strip() for offer_id in offers[:OFFERS]),
            hidden=len(offers[OFFERS:]),
        )
        for week_on, offers in missing.items()
    )


def _names(session: Session, offers: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number, or the client's reference, and title of each offer."""
    columns = (Offer.id, Offer.number, Offer.external_reference, Offer.title)
    rows = session.execute(sa.select(*columns).where(Offer.id.in_(offers))) if offers else ()
    return {row.id: (row.number or row.external_reference or "", row.title) for row in rows}


def hours_digest(
    session: Session, digest_id: int, person: Person | None, reader: Reader, around: Surroundings
) -> Card | None:
    """Who is missing, for a sales lead or a key user; nothing when nobody was missing at the moment of sending."""
    view = digest_view(session, digests.by_id(session, digest_id), person, reader.now, around.company)
    if not view.lines and not _is_sent(session, Kind.HOURS_DIGEST, digest_id):
        return None
    return draw_digest(view, reader)


def digest_view(
    session: Session,
    digest: HoursDigest,
    person: Person | None,
    now: datetime,
    company: Company,
    *,
    said: Sentence | None = None,
) -> HoursDigestView:
    """A digest as ``person`` sees it."""
    found = digests.absentees(session, digest, now, company)
    return HoursDigestView(
        digest_id=digest.id,
        week_on=digest.week_on,
        lines=tuple(_absentee(one) for one in found[:PEOPLE]),
        hidden=len(found[PEOPLE:]),
        may_enter=person is not None and Role.KEY_USER in roles_of(session, person, now),
        said=said,
        locked=not is_open(digest.week_on, now, company),
    )


def _absentee(one: Absentee) -> AbsenteeLine:
    return AbsenteeLine(
        person_id=one.person_id,
        name=one.name,
        offers=_short(one.offers[:OFFERS]),
        hidden=len(one.offers[OFFERS:]),
        last_at=one.last_at,
        away=one.away,
    )


def _short(offers: Sequence[OfferName]) -> tuple[str, ...]:
    return tuple(offer.number or offer.title for offer in offers)


def pending_hours(session: Session, person: Person, now: datetime, company: Company) -> list[PendingItem]:
    """The weeks in which hours of this person are missing, newest first."""
    missing = missing_weeks(session, person, now, company)
    names = _names(session, {offer_id for offers in missing.values() for offer_id in offers})
    items = []
    for week_on, offers in missing.items():
        until = _open_until(week_on, now, company)
        if until is None:
            continue
        items.append(
            PendingItem(
                what=sentence("hours_reminders.pending", week=week_on.isocalendar().week, until=until),
                title=", ".join(number or title for number, title in (names[offer_id] for offer_id in offers)),
                verb=Verb.HOURS_SHOW,
                id=person.id,
                q=week_on.isoformat(),
            )
        )
    return items
