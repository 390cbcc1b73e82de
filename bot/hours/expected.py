"""Who is expected to say hours on which offers: the people on a team while the offer was open, week by week."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.hours.rules import DAYS
from bot.offers.models import Offer, Outcome, TeamMember
from bot.people.models import Person

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy.orm import Session

MANY = 500
"""Of more people than this everybody's are read: naming them would fill the statement."""


def open_in(week_on: date) -> sa.ColumnElement[bool]:
    """Whether an offer was open on some day of that week."""
    return sa.and_(
        sa.or_(Offer.opened_on.is_(None), Offer.opened_on < week_on + timedelta(days=DAYS)),
        sa.or_(Offer.outcome == Outcome.OPEN, Offer.ended_on >= week_on),
    )


def on_team_in(week_on: date) -> sa.ColumnElement[bool]:
    """Whether somebody was on a team on some day of that week."""
    return sa.and_(
        TeamMember.joined_on < week_on + timedelta(days=DAYS),
        sa.or_(TeamMember.left_on.is_(None), TeamMember.left_on >= week_on),
    )


def expected_offers(session: Session, week_on: date, people: Collection[int] | None = None) -> dict[int, list[int]]:
    """The offers of each person who was on a team during the week of that Monday, oldest first; without guests.

    ``people``: only these; None: everybody.
    """
    statement = (
        sa.select(TeamMember.person_id, Offer.id)
        .join(Offer, Offer.id == TeamMember.offer_id)
        .join(Person, Person.id == TeamMember.person_id)
        .where(on_team_in(week_on), open_in(week_on), Person.guest.is_(False))
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
