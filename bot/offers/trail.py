"""What happened to an offer and to everything that hangs on it, from the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot.activities.models import Activity, Document
from bot.audit import AuditEvent
from bot.clarifications.models import Clarification
from bot.decisions.models import Round
from bot.handover.models import Amendment, Handover
from bot.leads.models import Lead
from bot.negotiations.models import NegotiationPoint
from bot.offers.models import Offer, TeamMember
from bot.people.models import Person
from bot.quotes.models import Competitor, PartnerQuote, Quote
from bot.reviews.models import Review

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

PARTS: tuple[type[Any], ...] = (
    Quote,
    PartnerQuote,
    Competitor,
    Clarification,
    NegotiationPoint,
    Activity,
    Document,
    Amendment,
    Review,
    Handover,
    Round,
    TeamMember,
    Lead,
)
"""What hangs on an offer, or became one, and has a trail of its own, under its table's name."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the trail. ``by``: None when nobody did it but the clock."""

    at: datetime
    subject: str
    action: str
    by: str | None
    before: dict[str, Any]
    after: dict[str, Any]


def happenings(session: Session, offer_id: int, *, limit: int, offset: int) -> tuple[list[Happening], int]:
    """What happened to an offer, the newest first, and how much there is in all."""
    of_offer = about((offer_id,))
    total = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent).where(of_offer)) or 0
    statement = (
        sa.select(AuditEvent, Person.name)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(of_offer)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = [
        Happening(event.at, event.subject, event.action, name, event.before or {}, event.after or {})
        for event, name in session.execute(statement)
    ]
    return found, total


def about(offer_ids: Collection[int]) -> sa.ColumnElement[bool]:
    """Whether an event is about one of these offers or what hangs on it.

    One list of subjects and ids is joined to the events, by the index over both: with one alternative per kind of
    thing PostgreSQL reads every event of all the kinds, and with pairs in a list SQLite reads the whole trail.
    """
    listed = sa.union_all(
        sa.select(sa.literal(Offer.__tablename__, sa.String).label("subject"), Offer.id.label("id")).where(
            Offer.id.in_(offer_ids)
        ),
        *(
            sa.select(sa.literal(part.__tablename__, sa.String), part.id).where(part.offer_id.in_(offer_ids))
            for part in PARTS
        ),
    )
    things = listed.cte("things").prefix_with("MATERIALIZED")  # else SQLite begins with the events of each kind
    event = aliased(AuditEvent)
    same = sa.and_(event.subject == things.c.subject, event.subject_id == things.c.id)
    return AuditEvent.id.in_(sa.select(event.id).select_from(things).join(event, same))
