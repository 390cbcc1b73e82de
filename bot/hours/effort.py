"""How many hours an offer was planned to take, how many it took, and whose. Quarter hours throughout."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.decisions import evaluations
from bot.decisions.models import Evaluation
from bot.hours.models import HoursEntry
from bot.hours.rules import QUARTERS_PER_HOUR
from bot.offers.models import Offer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

    from bot.offers.models import TeamMember


class PlanSource(StrEnum):
    """Where an offer's planned hours come from."""

    OFFER = "offer"
    """Somebody planned them."""
    EVALUATION = "evaluation"
    """The newest evaluation estimated them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What preparing an offer is planned to take; ``quarters`` are more than 0."""

    quarters: int
    source: PlanSource


def plan_of(session: Session, offer: Offer) -> Plan | None:
    """The offer's own plan, else what its newest evaluation estimated; None when neither says anything."""
    if offer.planned_hours is not None:
        return Plan(quarters_of(offer.planned_hours), PlanSource.OFFER)
    estimated = estimate_of(session, offer.id)
    return Plan(estimated, PlanSource.EVALUATION) if estimated else None


def estimate_of(session: Session, offer_id: int) -> int | None:
    """What the newest evaluation estimated; None when it says nothing, or there is none."""
    evaluation = evaluations.latest(session, offer_id)
    if evaluation is None or not evaluation.effort_hours:
        return None
    return quarters_of(evaluation.effort_hours)


def planned_on(session: Session, offers: Collection[int]) -> dict[int, int]:
    """The plans of many offers by id, as `plan_of` finds each; offers without one are left out."""
    newest = (
        sa.select(sa.func.max(Evaluation.version))
        .where(Evaluation.offer_id == Offer.id)
        .correlate(Offer)
        .scalar_subquery()
    )
    estimate = sa.and_(
        Evaluation.offer_id == Offer.id,
        Evaluation.version == newest,
        Evaluation.version > evaluations.DRAFT,
        Evaluation.effort_hours > 0,
    )
    plan = sa.func.coalesce(Offer.planned_hours, Evaluation.effort_hours)
    statement = sa.select(Offer.id, plan).outerjoin(Evaluation, estimate).where(Offer.id.in_(offers), plan.is_not(None))
    return {offer_id: quarters_of(hours) for offer_id, hours in session.execute(statement)}


def planned_for(stays: Iterable[TeamMember]) -> int | None:
    """What the people of a team are planned to spend together; None when nobody's hours are planned."""
    planned = [stay.planned_hours for stay in stays if stay.planned_hours is not None]
    return quarters_of(sum(planned, Decimal(0))) if planned else None


def spent_by(session: Session, offer_id: int) -> dict[int, int]:
    """What each person spent on an offer since the beginning, by person id."""
    return spent_by_on(session, (offer_id,)).get(offer_id, {})


def spent_by_on(session: Session, offers: Collection[int]) -> dict[int, dict[int, int]]:
    """The same for many offers, by offer id; offers nobody worked on are left out."""
    statement = (
        sa.select(HoursEntry.offer_id, HoursEntry.person_id, sa.func.sum(HoursEntry.quarters))
        .where(HoursEntry.offer_id.in_(offers))
        .group_by(HoursEntry.offer_id, HoursEntry.person_id)
    )
    found: dict[int, dict[int, int]] = {}
    for offer_id, person_id, quarters in session.execute(statement):
        found.setdefault(offer_id, {})[person_id] = int(quarters)
    return found


def quarters_of(hours: Decimal) -> int:
    """Hours as whole quarter hours, rounded down."""
    return int(hours * QUARTERS_PER_HOUR)
