"""Finding clients, contacts and offers while somebody types, and those to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot.clients.models import Client, Contact
from bot.offers import service as offers
from bot.offers.models import Offer
from bot.offers.rules import fold, like_pattern
from bot.records.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

FIRST = 25
"""First choices of a dialog: more would make its card heavy."""
FOUND = 15
"""What Teams shows of an answer."""
SEARCH_WORDS = 8
WORD_LIMIT = 40

Choice = tuple[str, str]
"""Id as text, and what a person reads."""

_PARENT, _GROUP = aliased(Client), aliased(Client)
_HOME = aliased(Client)
ESCAPE = "\\"


def choices(session: Session, kind: FieldKind, words: str, *, limit: int = FOUND, offset: int = 0) -> list[Choice]:
    """The clients, contacts or offers that hold all the words, whatever the case and accents; beginnings of words come
    first. Without words, the first choices.
    """
    if not fold(words):
        return first_choices(session, kind, None)[offset : offset + limit]
    return _SEARCHES[kind](session, words, limit, offset)


def clients(session: Session, words: str, *, limit: int = FOUND, offset: int = 0) -> list[Client]:
    """Clients in use whose path or code holds all the words; parents before what stands under them."""
    text = Client.search_text
    found = _in_use(sa.select(Client)).where(*_holds(text, words))
    return list(session.scalars(found.order_by(_rank(text, words), Client.path, Client.id).limit(limit).offset(offset)))


def contacts(session: Session, words: str, *, limit: int = FOUND, offset: int = 0) -> list[tuple[Contact, str]]:
    """Contacts in use, with their client's path, whose name, address, position or client hold all the words."""
    text = Contact.search_text + " " + sa.func.coalesce(_HOME.search_text, "")
    found = _with_home().where(*_holds(text, words))
    ordered = found.order_by(_rank(text, words), Contact.name, Contact.id)
    return [(contact, path or "") for contact, path in session.execute(ordered.limit(limit).offset(offset))]


def first_choices(session: Session, kind: FieldKind, offer: Offer | None) -> list[Choice]:
    """What a picker offers before anything is typed: those used last (for a contact first those of the offer's
    client), then others; at most :data:`FIRST`. ``offer`` is the one the dialog is on, if any.
    """
    return _FIRST[kind](session, offer)


def _in_use(statement: sa.Select[Client]) -> sa.Select[Client]:
    """Clients that were not set aside, nor stand under one that was."""
    return (
        statement.outerjoin(_PARENT, _PARENT.id == Client.parent_id)
        .outerjoin(_GROUP, _GROUP.id == _PARENT.parent_id)
        .where(Client.active, sa.func.coalesce(_PARENT.active, sa.true()), sa.func.coalesce(_GROUP.active, sa.true()))
    )


def _with_home() -> sa.Select[Contact, str]:
    return sa.select(Contact, _HOME.path).outerjoin(_HOME, _HOME.id == Contact.client_id).where(Contact.active)


def _words(words: str) -> list[str]:
    return [word[:WORD_LIMIT] for word in fold(words).split()[:SEARCH_WORDS]]


def _holds(text: sa.ColumnElement[str] | Any, words: str) -> list[sa.ColumnElement[bool]]:  # noqa: ANN401  a column
    return [text.like(like_pattern(word), escape=ESCAPE) for word in _words(words)]


def _rank(text: Any, words: str) -> sa.ColumnElement[int]:  # noqa: ANN401  a column
    """0 where the text begins with what was typed, 1 where each word begins one of the text, 2 elsewhere."""
    begins = like_pattern(" ".join(_words(words)))[1:]
    each = [(" " + text).like(f"% {like_pattern(word)[1:]}", escape=ESCAPE) for word in _words(words)]
    return sa.case((text.like(begins, escape=ESCAPE), 0), (sa.and_(*each), 1), else_=2)


def _client_choices(session: Session, words: str, limit: int, offset: int) -> list[Choice]:
    return [_client_choice(client) for client in clients(session, words, limit=limit, offset=offset)]


def _contact_choices(session: Session, words: str, limit: int, offset: int) -> list[Choice]:
    return [_contact_choice(*found) for found in contacts(session, words, limit=limit, offset=offset)]


def _offer_choices(session: Session, words: str, limit: int, offset: int) -> list[Choice]:
    return [_offer_choice(offer) for offer in offers.search(session, words, limit=limit, offset=offset)]


def _first_clients(session: Session, _offer: Offer | None) -> list[Choice]:
    used = sa.select(Offer.client_id, sa.func.max(Offer.updated_at).label("at")).group_by(Offer.client_id).subquery()
    found = _in_use(sa.select(Client).outerjoin(used, used.c.client_id == Client.id))
    ordered = found.order_by(used.c["at"].is_(None), used.c["at"].desc(), Client.path, Client.id)
    return [_client_choice(client) for client in session.scalars(ordered.limit(FIRST))]


def _first_contacts(session: Session, offer: Offer | None) -> list[Choice]:
    used = sa.select(Offer.contact_id, sa.func.max(Offer.updated_at).label("at")).group_by(Offer.contact_id).subquery()
    found = _with_home().outerjoin(used, used.c.contact_id == Contact.id)
    ranks: list[Any] = [used.c["at"].is_(None), used.c["at"].desc(), Contact.name, Contact.id]
    client = session.get(Client, offer.client_id) if offer is not None and offer.client_id is not None else None
    if client is not None:
        # Those of the same client before those of its group before everybody.
        group = f"/{client.path_ids.split('/')[1]}/"
        ranks.insert(0, sa.case((Contact.client_id == client.id, 0), (_HOME.path_ids.startswith(group), 1), else_=2))
    return [_contact_choice(contact, path) for contact, path in session.execute(found.order_by(*ranks).limit(FIRST))]


def _first_offers(session: Session, offer: Offer | None) -> list[Choice]:
    statement = sa.select(Offer).order_by(Offer.updated_at.desc(), Offer.id.desc()).limit(FIRST)
    if offer is not None:
        same = sa.case((Offer.client_id == offer.client_id, 0), else_=1)
        statement = (
            statement.where(Offer.id != offer.id)
            .order_by(None)
            .order_by(same, Offer.updated_at.desc(), Offer.id.desc())
        )
    return [_offer_choice(each) for each in session.scalars(statement)]


def _client_choice(client: Client) -> Choice:
    return str(client.id), client.path


def _contact_choice(contact: Contact, path: str | None) -> Choice:
    return str(contact.id), " · ".join(part for part in (contact.name, contact.position, path) if part)


def _offer_choice(offer: Offer) -> Choice:
    number = offer.number or offer.external_reference
    return str(offer.id), " · ".join(part for part in (number, offer.title, offer.client_name) if part)


_SEARCHES: dict[FieldKind, Callable[[Session, str, int, int], list[Choice]]] = {
    FieldKind.CLIENT: _client_choices,
    FieldKind.CONTACT: _contact_choices,
    FieldKind.OFFER: _offer_choices,
}
_FIRST: dict[FieldKind, Callable[[Session, Offer | None], list[Choice]]] = {
    FieldKind.CLIENT: _first_clients,
    FieldKind.CONTACT: _first_contacts,
    FieldKind.OFFER: _first_offers,
}
