"""What hangs on one offer, counted in one query however much there is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.activities.models import Activity, Document
from bot.clarifications.models import Clarification
from bot.handover.models import Amendment, ChecklistItem
from bot.hours.models import HoursEntry
from bot.negotiations.models import NegotiationPoint, PointState
from bot.offers.models import Association, OfferCategory
from bot.quotes.models import Competitor, PartnerQuote, Quote
from bot.reviews.models import Review
from bot.statements import Prepared

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.records.models import Entry

UNDER_NEGOTIATION = (PointState.OPEN, PointState.BLOCKED)


@dataclass(frozen=True, slots=True)
class Overview:
    """How many records of each kind an offer has. ``open_…`` wait for something; ``sent`` are the sent quotes;
    ``axes`` the analytic axes that have a value; ``quarters`` the quarter hours spent on it.
    """

    quotes: int
    sent: int
    partner_quotes: int
    open_partner_quotes: int
    competitors: int
    reviews: int
    clarifications: int
    open_clarifications: int
    points: int
    open_points: int
    activities: int
    open_activities: int
    documents: int
    associations: int
    amendments: int
    checklist: int
    checklist_done: int
    axes: int
    quarters: int


def overview(session: Session, offer_id: int) -> Overview:
    """Count everything that hangs on an offer."""
    session.flush()
    (row,) = _statement().run(session, {"offer": offer_id})
    return Overview(*row)


@cache
def _statement() -> Prepared:
    columns = (
        _entries(Quote),
        _entries(Quote, Quote.sent_at.is_not(None)),
        _entries(PartnerQuote),
        _entries(PartnerQuote, PartnerQuote.received_on.is_(None)),
        _entries(Competitor),
        _count(Review, Review.offer_id == _OFFER),
        _entries(Clarification),
        _entries(Clarification, Clarification.answered_on.is_(None)),
        _entries(NegotiationPoint),
        _entries(NegotiationPoint, sa.or_(*(NegotiationPoint.state == state for state in UNDER_NEGOTIATION))),
        _entries(Activity),
        _entries(Activity, Activity.done_on.is_(None)),
        _entries(Document),
        _count(Association, Association.first_id == _OFFER) + _count(Association, Association.second_id == _OFFER),
        _entries(Amendment),
        _count(ChecklistItem, ChecklistItem.offer_id == _OFFER),
        _count(ChecklistItem, ChecklistItem.offer_id == _OFFER, ChecklistItem.done_at.is_not(None)),
        _count(OfferCategory, OfferCategory.offer_id == _OFFER),
        sa.func.coalesce(
            sa.select(sa.func.sum(HoursEntry.quarters)).where(HoursEntry.offer_id == _OFFER).scalar_subquery(), 0
        ),
    )
    return Prepared(sa.select(*columns))


_OFFER = sa.bindparam("offer", type_=sa.Integer())


def _entries(model: type[Entry], *which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """The records of one kind that were not removed."""
    return _count(model, model.offer_id == _OFFER, model.removed_at.is_(None), *which)


def _count(model: type[Any], *which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.select(sa.func.count()).select_from(model).where(*which).scalar_subquery()
