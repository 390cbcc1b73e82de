"""What Pipedrive is to know of a lead, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client
from bot.leads.models import Lead, Over
from bot.offers.models import Offer, Outcome, TeamRole
from bot.people.models import Person
from bot.sync.differences import Memory
from bot.sync.facts import Member
from bot.sync.models import RECORD, Kind, LedgerRow, LedgerState

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from sqlalchemy.orm import Session

UNDER_WAY = (LedgerState.PENDING, LedgerState.RETRYING)


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """One lead as it stands. ``client_path``: ids from the group down to the chosen client; ``organization`` is what
    the group is called, or what somebody typed. ``archived``: nothing comes of it. ``numbered``: its offer had its Go.
    ``gone``: somebody deleted it over there, or made a deal of it. An owner whom Offerdesk does not know has the id 0.
    """

    id: int
    title: str
    origin: str
    amount: Decimal | None
    currency: str
    owner: Member
    client_path: tuple[int, ...]
    organization: str | None
    contact_id: int | None
    archived: bool
    numbered: bool
    created_at: datetime
    expected_closing_on: date | None = None
    gone: bool = False
    team: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The lead an offer came of. ``memory``: what is remembered of it over there, None while it is not known to stand
    there. ``under_way``: it is being made right now. ``made_there``: somebody made it over there.
    """

    lead_id: int
    memory: Memory | None
    under_way: bool
    made_there: bool = False


def lead_facts(session: Session, lead_id: int) -> LeadFacts | None:
    """The facts; None for a lead that is gone."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        return None
    owner = session.get(Person, lead.owner_id) if lead.owner_id is not None else None
    client = session.get(Client, lead.client_id) if lead.client_id is not None else None
    path = tuple(int(part) for part in client.path_ids.split("/") if part) if client is not None else ()
    offer = session.get(Offer, lead.offer_id) if lead.offer_id is not None else None
    numbered = offer is not None and offer.number is not None
    ended = offer is not None and offer.outcome is not Outcome.OPEN
    return LeadFacts(
        id=lead.id,
        title=lead.title,
        origin=lead.origin,
        amount=lead.amount,
        currency=lead.currency,
        owner=(
            Member(owner.id, owner.name, owner.email, TeamRole.SALES_LEAD)
            if owner is not None
            else Member(0, lead.owner_name or "", None, TeamRole.SALES_LEAD)
        ),
        client_path=path,
        organization=session.get_one(Client, path[0]).name if path else lead.client_name,
        contact_id=lead.contact_id,
        archived=lead.dropped_at is not None or ended,
        numbered=numbered,
        created_at=lead.created_at,
        expected_closing_on=lead.expected_closing_on,
        gone=lead.over in {Over.DELETED, Over.CONVERTED},
    )


def source_of(session: Session, offer_id: int) -> Source | None:
    """The lead an offer came of; None for any other offer."""
    lead = session.scalars(sa.select(Lead).where(Lead.offer_id == offer_id)).one_or_none()
    if lead is None:
        return None
    row = session.scalars(
        sa.select(LedgerRow).where(
            LedgerRow.kind == Kind.LEAD, LedgerRow.subject_id == lead.id, LedgerRow.target == RECORD
        )
    ).one_or_none()
    if row is None:
        return Source(lead.id, None, under_way=False)
    under_way = row.remote is None and row.first_tried_at is not None and row.state in UNDER_WAY
    return Source(lead.id, Memory.of(row.remote), under_way, lead.made_there)
