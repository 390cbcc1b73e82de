"""A lead as its card shows it, and the list of the open ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clients.models import Contact
from bot.errors import NotAllowed
from bot.leads import reading
from bot.leads import service as leads
from bot.leads.models import Over
from bot.offers.models import Offer
from bot.people.models import Person
from bot.sync.differences import Memory
from bot.sync.models import RECORD, Kind, LedgerRow, System
from cards import words
from cards.leads import lead_card
from cards.views.leads import LeadLine, LeadListView, LeadView
from cards.views.reader import Money

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.leads.models import Lead
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader, Sentence

PAGE = 6
"""Lines per page: what fits on a phone without endless scrolling."""
Card = dict[str, Any]


def lead_view(
    session: Session,
    lead: Lead,
    person: Person | None,
    around: Surroundings,
    now: datetime,
    *,
    said: Sentence | None = None,
) -> LeadView:
    """One lead as ``person`` sees it; None: as the channel does, where whoever may not is told so when they press."""
    contact = session.get(Contact, lead.contact_id) if lead.contact_id is not None else None
    offer = session.get(Offer, lead.offer_id) if lead.offer_id is not None else None
    owner = session.get(Person, lead.owner_id) if lead.owner_id is not None else None
    return LeadView(
        lead_id=lead.id,
        title=lead.title,
        origin=lead.origin,
        owner=owner.name if owner is not None else lead.owner_name or "",
        created_at=lead.created_at,
        client=reading.client_of(session, lead) or "",
        contact=contact.name if contact is not None else "",
        campaign=lead.campaign or "",
        amount=Money(lead.amount, lead.currency) if lead.amount is not None else None,
        note=lead.note or "",
        expected_closing_on=lead.expected_closing_on,
        made_there=lead.made_there,
        over=words.LeadOver(lead.over.value),
        over_at=lead.over_at,
        dropped_at=lead.dropped_at,
        dropped_why=lead.dropped_why or "",
        decided_by=reading.decider_of(session, lead),
        decided_at=lead.picked_up_at or lead.dropped_at,
        offer_id=offer.id if offer is not None else 0,
        offer=offer.full_name if offer is not None else "",
        url=_url(session, lead, offer) if System.PIPEDRIVE in around.systems else "",
        may_write=person is None or may_write(session, person, now),
        said=said,
    )


def may_write(session: Session, person: Person, now: datetime) -> bool:
    """Whether the person works with leads."""
    try:
        leads.require_keeper(session, person, now)
    except NotAllowed:
        return False
    return True


def _url(session: Session, lead: Lead, offer: Offer | None) -> str:
    """Where it can be opened over there, until we make a deal of it or somebody deletes it."""
    if lead.over is Over.DELETED or (offer is not None and offer.number is not None):
        return ""
    row = sa.select(LedgerRow.remote).where(
        LedgerRow.system == System.PIPEDRIVE,
        LedgerRow.kind == Kind.LEAD,
        LedgerRow.subject_id == lead.id,
        LedgerRow.target == RECORD,
    )
    memory = Memory.of(session.scalar(row))
    return (memory.url or "") if memory is not None else ""


def lead_message(session: Session, lead_id: int, person: Person | None, reader: Reader, around: Surroundings) -> Card:
    """The card of a lead: for whoever entered it, or, made in Pipedrive, for the channel (``person`` None)."""
    return lead_card(lead_view(session, reading.by_id(session, lead_id), person, around, reader.now), reader)


def lead_list_view(session: Session, person: Person, now: datetime, page: int, *, mine: bool = False) -> LeadListView:
    """A page of the open leads, or of the person's own; the last one when there are fewer."""
    owner_id = person.id if mine else None
    total, from_before = reading.count_open(session, owner_id=owner_id)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = reading.open_leads(session, owner_id=owner_id, limit=PAGE, offset=page * PAGE)
    owners = {lead.owner_id for lead in shown}
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(owners)))
    names = {row.id: row.name for row in rows}
    return LeadListView(
        lines=tuple(
            LeadLine(
                lead_id=lead.id,
                title=lead.title,
                origin=lead.origin,
                owner=names.get(lead.owner_id or 0, lead.owner_name or ""),
                client=reading.client_of(session, lead) or "",
                created_at=lead.created_at,
                amount=Money(lead.amount, lead.currency) if lead.amount is not None else None,
                made_there=lead.made_there,
            )
            for lead in shown
        ),
        total=total,
        page=page,
        pages=pages,
        mine=mine,
        from_before=from_before,
        may_write=may_write(session, person, now),
    )
