"""Leads as they stand: one of them, those that wait, whose they are and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import shown_name
from bot.errors import NotFound
from bot.leads.models import Lead, Over
from bot.people.models import Person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

WAITING = (Lead.dropped_at.is_(None), Lead.offer_id.is_(None), Lead.over == Over.OPEN)
"""Neither dropped nor picked up, and still open in Pipedrive."""


def by_id(session: Session, lead_id: int) -> Lead:
    """The lead with this id; raises :class:`NotFound`."""
    lead = session.get(Lead, lead_id, populate_existing=True)
    if lead is None:
        raise NotFound
    return lead


def open_leads(
    session: Session, *, owner_id: int | None = None, limit: int | None = None, offset: int = 0
) -> Sequence[Lead]:
    """Leads that wait for somebody, oldest first; with ``owner_id`` those of one person."""
    waiting = sa.select(Lead).where(*_waiting(owner_id)).order_by(Lead.created_at, Lead.id)
    return session.scalars(waiting.limit(limit).offset(offset)).all()


def count_open(session: Session, *, owner_id: int | None = None) -> tuple[int, int]:
    """How many leads wait, and how many of them stood in Pipedrive before Offerdesk looked, so that the channel never
    had their cards.
    """
    from_before = sa.case((sa.and_(Lead.made_there, sa.not_(Lead.announced)), 1))
    counts = sa.select(sa.func.count(), sa.func.count(from_before)).select_from(Lead).where(*_waiting(owner_id))
    total, before = session.execute(counts).one()
    return total, before


def _waiting(owner_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return WAITING if owner_id is None else (*WAITING, Lead.owner_id == owner_id)


def client_of(session: Session, lead: Lead) -> str | None:
    """What its client is called now: the path of the chosen one, else what was typed."""
    client = session.get(Client, lead.client_id) if lead.client_id is not None else None
    return shown_name(client.path) if client is not None else lead.client_name


def decider_of(session: Session, lead: Lead) -> str:
    """Who picked it up or dropped it; empty while nobody did."""
    person = session.get(Person, lead.decided_by_id) if lead.decided_by_id is not None else None
    return person.name if person is not None else ""
