"""What Pipedrive is to know of the activities of an offer, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.activities.models import Activity
from bot.offers.models import Offer, TeamRole
from bot.people.models import Person
from bot.sync.differences import Memory
from bot.sync.facts import Member
from bot.sync.models import RECORD, Kind, LedgerRow

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from bot.activities.models import ActivityKind


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """One activity. ``number`` is its own on the offer for good. ``day``: when it is planned, else when it was done;
    ``at`` the moment in UTC where a time is planned, too. ``minutes``: how long it takes.
    """

    number: int
    kind: ActivityKind
    subject: str
    day: date | None
    at: datetime | None
    minutes: int | None
    done: bool
    owner: Member
    note: str
    place: str
    link: str


@dataclass(frozen=True, slots=True)
class OfferActivities:
    """The activities an offer has now. ``deal``: what is remembered of its deal, None before it was made. ``owner`` and
    ``team`` are who they belong to.
    """

    chrono: int
    deal: Memory | None
    owner: Member
    team: tuple[Member, ...]
    activities: tuple[ActivityFacts, ...]
    client_path: tuple[int, ...] = ()
    contact_id: int | None = None


def activities_of(session: Session, offer_id: int) -> OfferActivities | None:
    """The facts; None for an offer that is gone."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        return None
    statement = (
        sa.select(Activity, Person)
        .join(Person, Person.id == Activity.owner_id)
        .where(Activity.offer_id == offer.id, Activity.removed_at.is_(None))
        .order_by(Activity.number)
    )
    found = [_facts(activity, person) for activity, person in session.execute(statement)]
    deal = session.scalars(
        sa.select(LedgerRow).where(
            LedgerRow.kind == Kind.DEAL, LedgerRow.subject_id == offer.id, LedgerRow.target == RECORD
        )
    ).one_or_none()
    return OfferActivities(
        chrono=offer.chrono,
        deal=Memory.of(deal.remote) if deal is not None else None,
        owner=_member(session.get_one(Person, offer.owner_id)),
        team=tuple({one.owner.id: one.owner for one in found}.values()),
        activities=tuple(found),
    )


def _facts(activity: Activity, owner: Person) -> ActivityFacts:
    return ActivityFacts(
        number=activity.number,
        kind=activity.kind,
        subject=activity.subject,
        day=activity.planned_on or activity.done_on,
        at=_moment(activity, owner),
        minutes=activity.minutes,
        done=activity.done_on is not None,
        owner=_member(owner),
        note=activity.note or "",
        place=activity.place or "",
        link=activity.link or "",
    )


def _moment(activity: Activity, owner: Person) -> datetime | None:
    if activity.planned_on is None or activity.planned_time is None:
        return None
    clock = time.fromisoformat(activity.planned_time)
    return datetime.combine(activity.planned_on, clock, ZoneInfo(owner.time_zone)).astimezone(UTC)


def _member(person: Person) -> Member:
    return Member(person.id, person.name, person.email, TeamRole.CONTRIBUTOR)
