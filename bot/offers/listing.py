"""Pages of offers: the open ones, somebody's own, or those in one stage. Bounded, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.offers.models import Offer, Outcome, TeamMember
from bot.offers.service import holding
from bot.quotes.models import Quote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from bot.people.models import Person


@dataclass(frozen=True, slots=True)
class Which:
    """What is listed: open offers unless ``outcome`` says otherwise, in one ``stage``, of one ``person`` (their own and
    those whose team they are on), that hold all the ``words``.
    """

    outcome: Outcome = Outcome.OPEN
    stage: str | None = None
    person: Person | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the offers, and how many there are."""

    offers: tuple[Offer, ...]
    total: int


def page(session: Session, which: Which, *, limit: int, offset: int) -> Page:
    """Open offers, those to be sent first and by their due date, then the sent ones; ended ones, the last first."""
    conditions = _conditions(which)
    total = session.scalar(sa.select(sa.func.count()).select_from(Offer).where(*conditions)) or 0
    statement = sa.select(Offer).where(*conditions).order_by(*_order(which)).limit(limit).offset(offset)
    return Page(tuple(session.scalars(statement)), total)


def _conditions(which: Which) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [Offer.outcome == which.outcome]
    if which.stage is not None:
        conditions.append(Offer.stage == which.stage)
    if which.person is not None:
        teams = sa.select(TeamMember.offer_id).where(
            TeamMember.person_id == which.person.id, TeamMember.gone.is_(False)
        )
        conditions.append(sa.or_(Offer.owner_id == which.person.id, Offer.id.in_(teams)))
    return conditions + holding(which.words)


def _order(which: Which) -> tuple[sa.ColumnElement[Any], ...]:
    if which.outcome is not Outcome.OPEN:
        ended = sa.case((Offer.ended_on.is_(None), 1), else_=0)
        return ended, Offer.ended_on.desc(), Offer.chrono.desc()
    waiting = sa.case((sa.or_(_sent(), Offer.submission_due_at.is_(None)), 1), else_=0)
    return waiting, sa.case((waiting == 0, Offer.submission_due_at)), Offer.chrono.desc()


def _sent() -> sa.ColumnElement[bool]:
    return (
        sa.select(Quote.id)
        .where(Quote.offer_id == Offer.id, Quote.sent_at.is_not(None), Quote.removed_at.is_(None))
        .correlate(Offer)
        .exists()
    )


def submitted(session: Session, offer_ids: Sequence[int]) -> dict[int, tuple[Decimal, str]]:
    """The price and currency last submitted, of those offers that were sent."""
    statement = (
        sa.select(Quote.offer_id, Quote.price, Quote.currency)
        .where(Quote.offer_id.in_(offer_ids), Quote.sent_at.is_not(None), Quote.removed_at.is_(None))
        .order_by(Quote.sent_on, Quote.sent_at, Quote.id)
    )
    return {offer_id: (price, currency) for offer_id, price, currency in session.execute(statement)}
