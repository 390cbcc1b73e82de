"""Pipedrive's organizations and persons become our clients and contacts, and follow them: matched, else made, renamed
with them, never deleted.

A value that we hold as they had it follows theirs; one that somebody changed here stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.clients import service
from bot.clients.models import Client, Contact
from bot.clients.rules import Level, contact_text
from bot.clients.shown import renamed
from bot.errors import Invalid
from bot.offers.models import Offer
from bot.records import service as records
from bot.sync.facts import remember
from bot.sync.models import Mapping, System, TheirRecord
from bot.sync.outside import offer_changed
from bot.sync.pipedrive.books import ClientBook, ContactBook, number_in
from bot.sync.pipedrive.values import their

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.sync.pipedrive.shapes import Theirs

ORGANIZATION, PERSON = "organization", "person"


def take_organizations(session: Session, found: Sequence[Theirs], *, now: datetime) -> None:
    """Take over what changed among these organizations. What is older than what we know changes nothing."""
    fresh = list(_fresh(session, ORGANIZATION, found))
    if not fresh:
        return
    service.alone(session, Client)
    book = ClientBook(session)
    for theirs in fresh:
        record, before = _noted(session, ORGANIZATION, theirs, now)
        if theirs.gone or not theirs.name:
            continue
        ours = number_in(record.ours, service.CLIENT) or book.find(theirs)
        if ours is None and not book.is_doubtful(theirs):
            ours = _make_client(session, theirs, now)
            book.add(session.get_one(Client, ours))
        if ours is not None:
            _follow_client(session, ours, theirs, before.get("name"), book, now)
            if _tie(session, record, service.CLIENT, ours, ORGANIZATION, theirs, now):
                book.tie(ours, theirs.id)
                _stale_offers(session, _under(session, ours), now)


def take_persons(session: Session, found: Sequence[Theirs], *, now: datetime) -> None:
    """Take over what changed among these persons; their organizations were taken before."""
    fresh = list(_fresh(session, PERSON, found))
    if not fresh:
        return
    service.alone(session, Contact)
    book = ContactBook(session)
    for theirs in fresh:
        record, before = _noted(session, PERSON, theirs, now)
        if theirs.gone or not theirs.name:
            continue
        client = _client_of(session, theirs)
        ours = number_in(record.ours, service.CONTACT) or book.find(theirs, client)
        if ours is None and not book.is_doubtful(theirs, client):
            ours = _make_contact(session, theirs, client, book, now)
            book.add(session.get_one(Contact, ours), client)
        if ours is not None:
            _follow_contact(session, ours, theirs, before, book, now)
            if _tie(session, record, service.CONTACT, ours, PERSON, theirs, now):
                book.tie(ours, theirs.id)
                _stale_offers(session, Offer.contact_id == ours, now)


def gone(session: Session, kind: str, remote_id: str, *, now: datetime) -> None:
    """It was deleted over there. Ours stays."""
    record = session.get(TheirRecord, (System.PIPEDRIVE, kind, remote_id))
    if record is not None:
        record.gone, record.seen_at = True, now


def is_known(session: Session, kind: str, number: int) -> bool:
    """Whether it was read before."""
    return session.get(TheirRecord, (System.PIPEDRIVE, kind, str(number))) is not None


def _fresh(session: Session, kind: str, found: Sequence[Theirs]) -> Iterator[Theirs]:
    """What is news; of one record that came twice the last."""
    last = {str(theirs.id): theirs for theirs in found}
    rows = session.scalars(
        sa.select(TheirRecord).where(
            TheirRecord.system == System.PIPEDRIVE, TheirRecord.kind == kind, TheirRecord.remote_id.in_(last)
        )
    )
    known = {row.remote_id: row for row in rows}
    for remote_id, theirs in last.items():
        record = known.get(remote_id)
        if record is None or _is_news(record, theirs):
            yield theirs


def _is_news(record: TheirRecord, theirs: Theirs) -> bool:
    if record.changed_at is not None and theirs.changed_at is not None and theirs.changed_at != record.changed_at:
        return theirs.changed_at > record.changed_at
    # Two changes within one second have one time.
    return (record.name, record.data, record.gone) != (theirs.name, theirs.data, theirs.gone)


def _noted(session: Session, kind: str, theirs: Theirs, now: datetime) -> tuple[TheirRecord, dict[str, Any]]:
    """The record as it is now, and the values it had before."""
    record = session.get(TheirRecord, (System.PIPEDRIVE, kind, str(theirs.id)))
    before: dict[str, Any] = {}
    if record is None:
        record = TheirRecord(system=System.PIPEDRIVE, kind=kind, remote_id=str(theirs.id), ours=None)
        session.add(record)
    else:
        before = {**record.data, "name": record.name}
    record.name, record.search_text, record.data = theirs.name, theirs.search_text, theirs.data
    record.changed_at, record.seen_at, record.gone = theirs.changed_at, now, theirs.gone
    session.flush()
    return record, before


def _tie(
    session: Session, record: TheirRecord, subject: str, ours: int, link: str, theirs: Theirs, now: datetime
) -> bool:
    """Remember what of ours it is. True when that is news for the deals."""
    record.ours = f"{subject}:{ours}"
    session.flush()
    names = {f"{subject}:{ours}": str(theirs.id), their(link, theirs.id): theirs.name}
    rows = session.scalars(sa.select(Mapping).where(Mapping.system == System.PIPEDRIVE, Mapping.name.in_(names)))
    # A choice that was made stays, and a deal is compared by the name under which its organization was first met.
    known = {row.name for row in rows if row.remote}
    news = {name: remote for name, remote in names.items() if name not in known}
    remember(session, System.PIPEDRIVE, news, now=now)
    return f"{subject}:{ours}" in news


def _make_client(session: Session, theirs: Theirs, now: datetime) -> int:
    node = service.make_client(None, theirs.name, None, None, level=Level.CLIENT, now=now)
    session.add(node)
    session.flush()
    service.settle(None, node)
    session.flush()
    _added(session, service.CLIENT, node.id, {"name": node.name}, now)
    return node.id


def _follow_client(
    session: Session, client_id: int, theirs: Theirs, before: str | None, book: ClientBook, now: datetime
) -> None:
    if before is None or before == theirs.name:
        return
    node = records.locked(session, Client, client_id)
    if node.name != before:
        return
    try:
        with session.begin_nested():
            records.change(session, node, service.CLIENT, {"name": theirs.name}, actor=None, now=now)
            touched = service.place_anew(session, node)
            renamed(session, clients=touched, actor=None, now=now)
    except Invalid:
        # Another client of ours has that name already.
        session.refresh(node)
    else:
        book.rename(node, before)


def _client_of(session: Session, theirs: Theirs) -> Client | None:
    if theirs.organization_id is None:
        return None
    record = session.get(TheirRecord, (System.PIPEDRIVE, ORGANIZATION, str(theirs.organization_id)))
    number = number_in(record.ours, service.CLIENT) if record is not None else None
    return session.get(Client, number) if number is not None else None


def _make_contact(session: Session, theirs: Theirs, client: Client | None, book: ContactBook, now: datetime) -> int:
    email = theirs.fields["email"]
    values = {
        **theirs.fields,
        "name": theirs.name,
        "email": email if email is not None and book.is_free(email) else None,
        "client_id": client.id if client is not None else None,
    }
    contact = service.make_contact(values, now=now)
    session.add(contact)
    session.flush()
    given = {name: str(value) for name, value in values.items() if value is not None}
    _added(session, service.CONTACT, contact.id, given, now)
    return contact.id


def _follow_contact(
    session: Session, contact_id: int, theirs: Theirs, before: dict[str, Any], book: ContactBook, now: datetime
) -> None:
    if not before:
        return
    contact = records.locked(session, Contact, contact_id)
    wanted = {"name": theirs.name, **theirs.fields}
    changes = {
        name: value
        for name, value in wanted.items()
        if name in before and value and getattr(contact, name) == before[name] != value
    }
    if "email" in changes and not book.is_free(changes["email"]):
        del changes["email"]
    changed = records.change(session, contact, service.CONTACT, changes, actor=None, now=now)
    contact.search_text = contact_text(contact.name, contact.email, contact.position)
    session.flush()
    if "email" in changed:
        book.add_email(contact)
    if "name" in changed:
        renamed(session, contacts=(contact.id,), actor=None, now=now)


def _added(session: Session, subject: str, subject_id: int, after: dict[str, Any], now: datetime) -> None:
    audit.record(session, now=now, action=f"{subject}.added", subject=subject, subject_id=subject_id, after=after)


def _under(session: Session, client_id: int) -> sa.ColumnElement[bool]:
    """The offers of a client and of everything under it."""
    path = session.get_one(Client, client_id).path_ids
    return Offer.client_id.in_(sa.select(Client.id).where(Client.path_ids.startswith(path)))


def _stale_offers(session: Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    stale = sa.select(Offer).where(which).order_by(Offer.id).with_for_update(key_share=True)
    for offer in session.scalars(stale).all():
        offer_changed(session, offer, now=now)
