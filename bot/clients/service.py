"""The client tree and the contacts: adding, renaming, moving, setting aside; and which of them an offer names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.clients import fields
from bot.clients.models import Client, Contact
from bot.clients.rules import (
    NAME_LIMIT,
    Level,
    client_text,
    contact_text,
    fits,
    is_country,
    is_email,
    level_under,
    path_under,
)
from bot.clients.shown import copy_names, renamed
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import entries
from bot.offers.rules import fold
from bot.records import service as records
from bot.records.fields import as_text
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.offers.models import Offer
    from bot.people.models import Person
    from bot.records.fields import Problems

CLIENT, CONTACT = "client", "contact"
"""Subjects of the trail."""
PLACED = frozenset({"name", "parent_id", "code"})
"""What changes where a client stands in the tree, or what a search for it finds."""
JOINERS = "\u200d\u200c"
"""They make one sign of several, in emoji and in some scripts."""


def require_colleague(actor: Person) -> None:
    """Everybody of the company may add and correct clients and contacts; raises :class:`NotAllowed` for guests."""
    if actor.guest:
        raise NotAllowed(roles=("colleague",))


def client_of(session: Session, client_id: int) -> Client:
    """The client with this id; raises :class:`NotFound`."""
    client = session.get(Client, client_id, populate_existing=True)
    if client is None:
        raise NotFound
    return client


def contact_of(session: Session, contact_id: int) -> Contact:
    """The contact with this id; raises :class:`NotFound`."""
    contact = session.get(Contact, contact_id, populate_existing=True)
    if contact is None:
        raise NotFound
    return contact


def alone(session: Session, model: type[Client | Contact]) -> None:
    """Nobody else writes clients (or contacts) until this transaction ends; reading goes on.

    Twins and circles can only be seen by looking at several rows, so those must stand still. On SQLite every writer is
    alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"LOCK TABLE {model.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


# clients


def add_client(session: Session, typed: Mapping[str, str], *, actor: Person, now: datetime) -> Client:
    """A new client, entity or department, as its parent says.

    Raises :class:`Invalid` at the fields and :class:`NotAllowed`.
    """
    require_colleague(actor)
    alone(session, Client)
    values = records.read(session, fields.CLIENT, _tidy(typed), actor, partial(_wrong_client, session, None))
    parent = session.get(Client, values["parent_id"]) if values["parent_id"] is not None else None
    level = level_under(parent.level if parent is not None else None)
    if level is None:
        raise Invalid({"parent_id": ("clients.error_too_deep", {})})
    node = make_client(parent, values["name"], values["code"], values["country"], level=level, now=now)
    _refuse_twin(session, node)
    session.add(node)
    session.flush()
    settle(parent, node)
    session.flush()
    _added(session, CLIENT, node.id, values, actor, now)
    return node


def make_client(
    parent: Client | None, name: str, code: str | None, country: str | None, *, level: Level, now: datetime
) -> Client:
    """A client that is not stored yet; :func:`settle` gives it its ids once it has one itself."""
    path = path_under(parent.path if parent is not None else "", name)
    return Client(
        parent_id=parent.id if parent is not None else None,
        level=level,
        code=code,
        name=name,
        path=path,
        path_ids="",
        search_text=client_text(path, code),
        country=country,
        active=True,
        revision=1,
        created_at=now,
        updated_at=now,
    )


def settle(parent: Client | None, node: Client) -> None:
    """Write what follows from where a client stands: level, path, ids and search text. Its children come after it."""
    level = level_under(parent.level if parent is not None else None)
    if level is None:
        raise Invalid({"parent_id": ("clients.error_too_deep", {})})
    node.level = level
    node.path = path_under(parent.path if parent is not None else "", node.name)
    node.path_ids = f"{parent.path_ids if parent is not None else '/'}{node.id}/"
    node.search_text = client_text(node.path, node.code)


def edit_client(
    session: Session, client_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> tuple[Client, tuple[str, ...]]:
    """Rename, move, correct or set aside a client, merged with what others changed since revision ``base``.

    Everything under it moves along, and the offers that show one of them are refreshed. Returns the client and the
    fields that changed. Raises :class:`Invalid`, :class:`NotAllowed`, :class:`NotFound`.
    """
    require_colleague(actor)
    alone(session, Client)
    node = records.locked(session, Client, client_id)
    names = records.save(
        session,
        node,
        CLIENT,
        fields.CLIENT_EDITED,
        _tidy(typed),
        base=base,
        actor=actor,
        now=now,
        check=partial(_wrong_client, session, node.id),
    )
    if PLACED.intersection(names):
        touched = place_anew(session, node)
        renamed(session, clients=touched, actor=actor, now=now)
    return node, names


def place_anew(session: Session, node: Client) -> list[int]:
    """Bring a client that was renamed or moved, and everything under it, into order; returns their ids.

    Raises :class:`Invalid` at ``parent_id`` for a circle or a fourth level, at ``name`` for a twin.
    """
    under = _under(session, node)
    parent = session.get(Client, node.parent_id) if node.parent_id is not None else None
    if parent is node or parent in under:
        raise Invalid({"parent_id": ("clients.error_under_itself", {})})
    height = 1 + max((_depth(each) for each in under), default=_depth(node)) - _depth(node)
    if not fits(parent.level if parent is not None else None, height):
        raise Invalid({"parent_id": ("clients.error_too_deep", {})})
    settle(parent, node)
    _refuse_twin(session, node)
    known = {node.id: node}
    for each in under:
        settle(known[each.parent_id or 0], each)
        known[each.id] = each
    session.flush()
    return list(known)


def _under(session: Session, node: Client) -> list[Client]:
    """Everything under a client, parents before children; found by the ids it was last placed with."""
    statement = sa.select(Client).where(Client.path_ids.startswith(node.path_ids), Client.id != node.id)
    return sorted(session.scalars(statement.execution_options(populate_existing=True)), key=_depth)


def _depth(node: Client) -> int:
    return node.path_ids.count("/")


def _refuse_twin(session: Session, node: Client) -> None:
    """Raise :class:`Invalid` when a client of that name, whatever the case and accents, stands there already."""
    twins = sa.select(Client.id, Client.name).where(
        Client.parent_id == node.parent_id if node.parent_id is not None else Client.parent_id.is_(None),
        Client.search_text.startswith(fold(node.path), autoescape=True),
    )
    with session.no_autoflush:
        found = session.execute(twins).all()
    if any(fold(name) == fold(node.name) for number, name in found if number != node.id):
        raise Invalid({"name": ("clients.error_client_twice", {"name": node.name})})


def _wrong_client(session: Session, own_id: int | None, values: Mapping[str, Any]) -> Problems:
    """What is wrong with the fields of a client, its place in the tree aside."""
    problems: Problems = {}
    if not _visible(values["name"]):
        problems["name"] = ("errors.required", {})
    if values["country"] and not is_country(values["country"]):
        problems["country"] = ("clients.error_country", {})
    if values["code"]:
        holder = session.scalars(sa.select(Client).where(Client.code == values["code"], Client.id != (own_id or 0)))
        if (other := holder.first()) is not None:
            problems["code"] = ("clients.error_code_twice", {"name": other.path})
    return problems


# contacts


def add_contact(session: Session, typed: Mapping[str, str], *, actor: Person, now: datetime) -> Contact:
    """A new contact, of a client or alone. Raises :class:`Invalid` at the fields and :class:`NotAllowed`."""
    require_colleague(actor)
    alone(session, Contact)
    values = records.read(session, fields.CONTACT, _tidy(typed), actor, partial(_wrong_contact, session, None))
    contact = make_contact(values, now=now)
    session.add(contact)
    session.flush()
    _added(session, CONTACT, contact.id, values, actor, now)
    return contact


def make_contact(values: Mapping[str, Any], *, now: datetime) -> Contact:
    """A contact of the fields of the dialog, not stored yet."""
    text = contact_text(values["name"], values["email"], values["position"])
    return Contact(**values, search_text=text, active=True, revision=1, created_at=now, updated_at=now)


def edit_contact(
    session: Session, contact_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> tuple[Contact, tuple[str, ...]]:
    """Correct a contact or set them aside, merged with what others changed since revision ``base``; offers that show
    their name are refreshed.

    Returns the contact and the fields that changed. Raises :class:`Invalid`, :class:`NotAllowed`, :class:`NotFound`.
    """
    require_colleague(actor)
    alone(session, Contact)
    contact = records.locked(session, Contact, contact_id)
    names = records.save(
        session,
        contact,
        CONTACT,
        fields.CONTACT_EDITED,
        _tidy(typed),
        base=base,
        actor=actor,
        now=now,
        check=partial(_wrong_contact, session, contact.id),
    )
    contact.search_text = contact_text(contact.name, contact.email, contact.position)
    session.flush()
    if "name" in names:
        renamed(session, contacts=(contact.id,), actor=actor, now=now)
    return contact, names


def _wrong_contact(session: Session, own_id: int | None, values: Mapping[str, Any]) -> Problems:
    """What is wrong with the fields of a contact."""
    problems: Problems = {}
    if not _visible(values["name"]):
        problems["name"] = ("errors.required", {})
    if email := values["email"]:
        holder = session.scalars(sa.select(Contact).where(Contact.email == email, Contact.id != (own_id or 0)))
        other = holder.first()
        if not is_email(email):
            problems["email"] = ("clients.error_email", {})
        elif other is not None:
            problems["email"] = ("clients.error_email_twice", {"name": other.name})
    return problems


# the third party of an offer


def choose(
    session: Session, offer_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> tuple[Offer, tuple[str, ...]]:
    """Say whom an offer is for: client, contact, both or neither, merged with what others changed since ``base``.

    Returns the offer and the fields that changed. Raises :class:`Invalid` at the fields (a contact must be of the
    client's own group, or of none), :class:`NotAllowed`, :class:`NotFound`.
    """
    offer = entries.part_of(session, offer_id, actor, now)
    revision, stored = offer.revision, records.texts_of(session, offer, fields.THIRD_PARTY)
    names = records.save(
        session,
        offer,
        "offer",
        fields.THIRD_PARTY,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=partial(_set_aside, session, offer.client_id, offer.contact_id),
    )
    if names:
        if (problem := _of_another(session, offer)) is not None:
            # A field that somebody else changed meanwhile is shown as it is now, so that saving again can succeed.
            kept = {name: text for name, text in stored.items() if name not in names}
            raise Invalid({"contact_id": problem}, shown={**kept, "rev": str(revision)})
        _named(session, offer, actor, now)
    return offer, names


def take_up(
    session: Session,
    offer_id: int,
    *,
    actor: Person,
    now: datetime,
    client: Client | None = None,
    contact: Contact | None = None,
) -> Offer | None:
    """Let the offer from which a client or contact was added name it, where it names none and the person may.

    Returns the offer, None when it stays as it is.
    """
    if not offer_id:
        return None
    try:
        offer = entries.part_of(session, offer_id, actor, now)
    except (NotAllowed, NotFound):
        return None
    wanted = {
        name: row.id
        for name, row in (("client_id", client), ("contact_id", contact))
        if row is not None and getattr(offer, name) is None
    }
    named = client or (session.get(Client, offer.client_id) if offer.client_id is not None else None)
    known = contact or (session.get(Contact, offer.contact_id) if offer.contact_id is not None else None)
    if not wanted or _strangers(session, named, known) is not None:
        return None
    records.change(session, offer, "offer", wanted, actor=actor, now=now, specs=fields.THIRD_PARTY)
    _named(session, offer, actor, now)
    return offer


def _named(session: Session, offer: Offer, actor: Person, now: datetime) -> None:
    """The offer names somebody else now: its copies and its cards follow."""
    if offer.client_id is None:
        tender = session.get(Tender, offer.tender_id) if offer.tender_id is not None else None
        offer.client_name = tender.entity[:NAME_LIMIT] if tender is not None and tender.entity else None
    copy_names(session, offer)
    entries.changed(session, offer, actor=actor, now=now)


def _set_aside(session: Session, client_id: int | None, contact_id: int | None, values: Mapping[str, Any]) -> Problems:
    """Who was set aside can stay on an offer, but is not chosen anew."""
    problems: Problems = {}
    if values["client_id"] not in {None, client_id}:
        # Held until the end, so that a renaming at this moment comes before or after, and never between.
        client = session.get(Client, values["client_id"], populate_existing=True, with_for_update={"read": True})
        if client is None or not client.active:
            problems["client_id"] = ("errors.unknown_client", {})
    if values["contact_id"] not in {None, contact_id}:
        contact = session.get(Contact, values["contact_id"], populate_existing=True, with_for_update={"read": True})
        if contact is None or not contact.active:
            problems["contact_id"] = ("errors.unknown_contact", {})
    return problems


def _of_another(session: Session, offer: Offer) -> tuple[str, dict[str, Any]] | None:
    """What to say at the contact when they are with another client than the offer's."""
    client = session.get(Client, offer.client_id) if offer.client_id is not None else None
    contact = session.get(Contact, offer.contact_id) if offer.contact_id is not None else None
    theirs = _strangers(session, client, contact)
    return ("clients.error_other_client", {"client": theirs.path}) if theirs is not None else None


def _strangers(session: Session, client: Client | None, contact: Contact | None) -> Client | None:
    """The client of the contact where it is of another group than ``client``; None where the two go together."""
    if client is None or contact is None or contact.client_id is None:
        return None
    theirs = session.get_one(Client, contact.client_id)
    return theirs if _group(theirs) != _group(client) else None


def _group(client: Client) -> str:
    return client.path_ids.split("/")[1]


# both


def _tidy(typed: Mapping[str, str]) -> dict[str, str]:
    """Countries in capitals, addresses in small letters, and nothing that cannot be seen."""
    tidy = {name: _shown(text) for name, text in typed.items()}
    return tidy | {
        "country": tidy.get("country", "").upper(),
        "email": tidy.get("email", "").lower(),
    }


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in text)


def _visible(name: str | None) -> bool:
    return any(letter not in JOINERS and not letter.isspace() for letter in name or "")


def _added(
    session: Session, subject: str, subject_id: int, values: Mapping[str, Any], actor: Person | None, now: datetime
) -> None:
    audit.record(
        session,
        now=now,
        action=f"{subject}.added",
        subject=subject,
        subject_id=subject_id,
        actor_id=actor.id if actor is not None else None,
        after={name: as_text(value) for name, value in values.items() if value is not None},
    )
