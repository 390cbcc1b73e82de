"""The hours of offers: in all, by person, by week. Quarter hours throughout."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.hours.effort import planned_on, quarters_of, spent_by_on
from bot.hours.models import HoursEntry
from bot.hours.rules import DAYS, monday_of
from bot.offers.models import TeamMember
from bot.people.models import Person

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from decimal import Decimal

    from sqlalchemy.orm import Session

WEEKS = 8
"""So many weeks, this one included, are told one by one."""


@dataclass(frozen=True, slots=True)
class PersonOnOffer:
    """What somebody spent on an offer and was planned to; ``planned`` None when nobody planned it."""

    name: str
    quarters: int
    planned: int | None


@dataclass(frozen=True, slots=True)
class OfferHours:
    """The hours of an offer. ``people``: who spent most first. ``weeks``: the last ones by Monday, oldest first."""

    total: int
    planned: int | None
    people: tuple[PersonOnOffer, ...]
    weeks: tuple[tuple[date, int], ...]


def hours_on(session: Session, offers: Collection[int], today: date) -> dict[int, OfferHours]:
    """Everything the company spent on each of these offers; ``today`` decides which weeks are the last."""
    spent, planned = spent_by_on(session, offers), _planned(session, offers)
    names = _names(session, {person_id for people in (spent, planned) for one in people.values() for person_id in one})
    plans, weeks = planned_on(session, offers), _weeks(session, offers, monday_of(today))
    return {
        offer_id: OfferHours(
            total=sum(spent.get(offer_id, {}).values()),
            planned=plans.get(offer_id),
            people=_people(names, spent.get(offer_id, {}), planned.get(offer_id, {})),
            weeks=weeks[offer_id],
        )
        for offer_id in offers
    }


def _people(
    names: Mapping[int, str], spent: Mapping[int, int], planned: Mapping[int, int | None]
) -> tuple[PersonOnOffer, ...]:
    found = [PersonOnOffer(names[one], spent.get(one, 0), planned.get(one)) for one in {*spent, *planned}]
    return tuple(sorted(found, key=lambda one: (-one.quarters, -(one.planned or 0), one.name)))


def _planned(session: Session, offers: Collection[int]) -> dict[int, dict[int, int | None]]:
    """What each person of a team is planned to spend, whoever left without hours or a plan left out; by offer."""
    found: dict[int, dict[int, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    columns = (TeamMember.offer_id, TeamMember.person_id, TeamMember.planned_hours, TeamMember.gone)
    for offer_id, person_id, hours, gone in session.execute(sa.select(*columns).where(TeamMember.offer_id.in_(offers))):
        if hours is not None:
            found[offer_id][person_id].append(hours)
        elif not gone:
            found[offer_id][person_id] += []
    return {
        offer_id: {person_id: sum(map(quarters_of, hours)) if hours else None for person_id, hours in people.items()}
        for offer_id, people in found.items()
    }


def _names(session: Session, people: set[int]) -> dict[int, str]:
    statement = sa.select(Person.id, Person.name).where(Person.id.in_(people))
    return {row.id: row.name for row in session.execute(statement)}


def _weeks(session: Session, offers: Collection[int], newest: date) -> dict[int, tuple[tuple[date, int], ...]]:
    first = newest - timedelta(days=DAYS * (WEEKS - 1))
    statement = (
        sa.select(HoursEntry.offer_id, HoursEntry.part_on, sa.func.sum(HoursEntry.quarters))
        .where(HoursEntry.offer_id.in_(offers), HoursEntry.part_on >= first)
        .group_by(HoursEntry.offer_id, HoursEntry.part_on)
    )
    spent: dict[tuple[int, date], int] = defaultdict(int)
    for offer_id, part_on, quarters in session.execute(statement):
        spent[offer_id, monday_of(part_on)] += int(quarters)
    mondays = [first + timedelta(days=DAYS * week) for week in range(WEEKS)]
    return {offer_id: tuple((monday, spent[offer_id, monday]) for monday in mondays) for offer_id in offers}
