"""Offers repeat the names of their client and contact, so that lists and searches need no other table. Here the copies
are kept true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import shown_name
from bot.offers import service as offers
from bot.offers.models import Offer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person

CHUNK = 500
"""Ids in one statement; both databases take more, none needs to."""


def copy_names(session: Session, offer: Offer) -> None:
    """Write the name of its client into an offer, and what a search for it looks through."""
    client = session.get(Client, offer.client_id) if offer.client_id is not None else None
    if client is not None:
        offer.client_name = shown_name(client.path)
    offers.refresh_search_text(session, offer)
    session.flush()


def renamed(
    session: Session,
    *,
    clients: Collection[int] = (),
    contacts: Collection[int] = (),
    actor: Person | None,
    now: datetime,
) -> int:
    """Clients or contacts have other names: every offer that shows one is written anew, its cards become stale.

    Returns how many offers that are.
    """
    found = {offer.id: offer for ids in _chunks(clients) for offer in _offers(session, Offer.client_id.in_(ids))}
    found |= {offer.id: offer for ids in _chunks(contacts) for offer in _offers(session, Offer.contact_id.in_(ids))}
    for _id, offer in sorted(found.items()):
        copy_names(session, offer)
        offers.touch(offer, now=now, actor_id=actor.id if actor is not None else None)
        session.flush()
        offers.mark_shared(session, offer, now=now)
    return len(found)


def _offers(session: Session, which: sa.ColumnElement[bool]) -> list[Offer]:
    # In the order of their ids, so that two who rename at once wait for each other instead of for ever.
    statement = sa.select(Offer).where(which).order_by(Offer.id).with_for_update()
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    listed = sorted(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
