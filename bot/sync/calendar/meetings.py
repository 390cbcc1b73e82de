"""The meetings an offer wants in a calendar, read in one go: the review's, and the kick-off's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.offers.models import Offer, Outcome
from bot.offers.service import team_of
from bot.people.models import Person, Role
from bot.people.service import holders
from bot.reviews.models import Review, ReviewState
from bot.sync.models import Kind
from cards.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from bot.config.models import Company

KEY = "key"
"""What the memory of a meeting keeps whose meeting it is under."""
LONGEST_SUBJECT = 255
KICK_OFF = "kick_off"
"""What the kick-off is called where a review has its id."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting; times are aware UTC. ``key`` tells one review's meeting from the next one's. ``people``: address and
    name of everybody who is invited. ``organiser``: the Entra object id of whoever owns the offer.
    """

    key: str
    number: str
    subject: str
    starts: datetime
    ends: datetime
    people: tuple[tuple[str, str], ...]
    organiser: str


def meeting_of(
    session: Session, kind: Kind, offer_id: int, company: Company, now: datetime, language: str
) -> Meeting | None:
    """The meeting that should stand in the calendar; None where there is none, or no longer."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.number is None:
        return None
    if kind is Kind.KICK_OFF_MEETING:
        return _kick_off(session, offer, company, language)
    return _review(session, offer, company, now, language)


def _review(session: Session, offer: Offer, company: Company, now: datetime, language: str) -> Meeting | None:
    """That of the newest review, until somebody goes on without it or the offer ends."""
    newest = sa.select(Review).where(Review.offer_id == offer.id, Review.state != ReviewState.REPLACED)
    review = session.scalars(newest.order_by(Review.id.desc()).limit(1)).first()
    if review is None or review.meeting_at is None:
        return None
    if review.state is ReviewState.WAIVED or offer.outcome is not Outcome.OPEN:
        return None
    people = [person for seat in review.seats for person in holders(session, Role(seat), now)]
    people += [session.get_one(Person, review.opened_by_id), session.get_one(Person, offer.owner_id)]
    length = timedelta(minutes=company.systems.calendar.review_minutes)
    called = _called(offer, f"sync.meeting_{review.kind}", language)
    return _meeting(session, offer, str(review.id), called, review.meeting_at, length, people)


def _kick_off(session: Session, offer: Offer, company: Company, language: str) -> Meeting | None:
    """That of a won offer, on its day at the hour that the company configured."""
    if offer.outcome is not Outcome.WON or offer.kick_off_on is None:
        return None
    rules, zone = company.systems.calendar, ZoneInfo(company.holidays.time_zone)
    starts = datetime.combine(offer.kick_off_on, time.fromisoformat(rules.kick_off_time), zone).astimezone(UTC)
    people = [session.get_one(Person, offer.owner_id), *(person for person, _role in team_of(session, offer.id))]
    if offer.project_manager_id is not None:
        people.append(session.get_one(Person, offer.project_manager_id))
    called = _called(offer, "sync.meeting_kick_off", language)
    return _meeting(session, offer, KICK_OFF, called, starts, timedelta(minutes=rules.kick_off_minutes), people)


def _called(offer: Offer, key: str, language: str) -> str:
    title = " ".join(offer.title.split())
    return texts(language)(key, number=offer.project_number or offer.number or "", title=title)[:LONGEST_SUBJECT]


def _meeting(
    session: Session,
    offer: Offer,
    key: str,
    subject: str,
    starts: datetime,
    length: timedelta,
    people: Iterable[Person],
) -> Meeting:
    invited = {person.email.casefold(): person.name for person in people if person.email}
    owner = session.get_one(Person, offer.owner_id)
    return Meeting(
        key,
        offer.number or "",
        subject,
        starts,
        starts + length,
        tuple(sorted(invited.items())),
        owner.entra_object_id,
    )
