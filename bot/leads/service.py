"""Leads: entered, corrected, dropped and taken back, and picked up, which makes an offer of one.

Each works in the caller's transaction and never commits. Sales leads, approvers, key users and admins may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.clients.models import Client, Contact
from bot.clients.shown import copy_names
from bot.errors import Invalid, Stale
from bot.leads import fields
from bot.leads.errors import Dropped, NobodyNamed, PickedUp
from bot.leads.models import Lead
from bot.leads.reading import client_of, decider_of
from bot.leads.trail import SUBJECT, changed, copy_name, trail
from bot.offers.models import Offer, OriginKind
from bot.people.models import APPROVERS, Role
from bot.people.service import require
from bot.records import service as records
from bot.records.fields import as_text
from bot.sync.ledger import want, want_records
from bot.sync.models import Kind, person_target
from bot.tenders import service as tenders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person
    from bot.records.fields import FieldSpec, Problems

KEEPERS = (Role.SALES_LEAD, *APPROVERS, Role.KEY_USER, Role.ADMIN)
"""Who works with leads."""


def require_keeper(session: Session, actor: Person, now: datetime) -> None:
    """Raise :class:`~bot.errors.NotAllowed` unless the person works with leads."""
    require(session, actor, KEEPERS, now)


def add(
    session: Session, specs: Sequence[FieldSpec], typed: Mapping[str, str], *, actor: Person, now: datetime
) -> Lead:
    """A new lead of ``actor``, who gets its card; Pipedrive gets it too.

    Raises :class:`Invalid` at the fields and :class:`~bot.errors.NotAllowed`.
    """
    require_keeper(session, actor, now)
    values = records.read(session, specs, typed, actor)
    problems = _third_party(session, None, values)
    if problems:
        raise Invalid(problems)
    lead = Lead(**values, owner_id=actor.id, created_at=now, created_by_id=actor.id, revision=1, updated_at=now)
    session.add(lead)
    copy_name(session, lead)
    after = {name: as_text(value) for name, value in values.items() if value is not None}
    trail(session, lead, "added", actor, now, after=after)
    want_records(session, (Kind.LEAD,), lead.id, now=now)
    want(session, Kind.LEAD_CARD, lead.id, now=now, target=person_target(actor.id))
    return lead


def edit(
    session: Session,
    lead_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    actor: Person,
    now: datetime,
) -> tuple[Lead, tuple[str, ...]]:
    """Correct an open lead, merged with what others changed since revision ``base``; gives the fields that changed.

    Raises :class:`Invalid`, :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`, :class:`Dropped` and
    :class:`PickedUp`.
    """
    lead = _open(session, lead_id, actor, now)
    if typed.get("client_id"):
        # The name of a chosen client is a copy, not something typed.
        typed = {**typed, "client_name": lead.client_name or ""}
    names = records.save(
        session,
        lead,
        SUBJECT,
        specs,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda values: _third_party(session, lead, values),
    )
    if names:
        copy_name(session, lead)
        changed(session, lead, now)
    return lead, names


def drop(session: Session, lead_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime) -> Lead:
    """Nothing comes of it, for the reason in ``dropped_why``; Pipedrive's lead is archived, where that is configured.
    Dropped already, it stays as it is: compare ``decided_by_id``.

    Raises :class:`Invalid`, :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`, and :class:`PickedUp`.
    """
    lead = _locked(session, lead_id, actor, now)
    if lead.offer_id is not None:
        raise settled(session, lead)
    reason = records.read(session, fields.DROP, typed, actor)["dropped_why"]
    if lead.dropped_at is None:
        lead.dropped_at, lead.dropped_why, lead.decided_by_id = now, reason, actor.id
        _step(session, lead, "dropped", actor, now, after={"reason": reason})
    return lead


def restore(session: Session, lead_id: int, *, actor: Person, now: datetime) -> Lead:
    """Take dropping it back, whoever did it; one that was not dropped stays as it is.

    Raises :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`.
    """
    lead = _locked(session, lead_id, actor, now)
    if lead.dropped_at is not None:
        before = {"reason": lead.dropped_why}
        lead.dropped_at = lead.dropped_why = lead.decided_by_id = None
        _step(session, lead, "restored", actor, now, before=before)
    return lead


def pick_up(session: Session, lead_id: int, *, actor: Person, now: datetime, company: Company) -> Offer:
    """Make an offer of it, on the way that a client's request goes: the channel gets its card, ``actor`` owns the
    offer, and client, contact, origin, campaign, amount, closing date and note carry over. Whoever comes later gets
    that offer: compare the lead's ``decided_by_id``.

    Raises :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`, :class:`Dropped` once it was dropped, and
    :class:`NobodyNamed` where neither a client nor a contact is known.
    """
    lead = _locked(session, lead_id, actor, now)
    if lead.offer_id is not None:
        return session.get_one(Offer, lead.offer_id)
    if lead.dropped_at is not None:
        raise settled(session, lead)
    contact = session.get(Contact, lead.contact_id) if lead.contact_id is not None else None
    name = client_of(session, lead) or (contact.name if contact is not None else "")
    if not name:
        raise NobodyNamed
    request = tenders.ClientRequest(title=lead.title, client_name=name, description=lead.note or "")
    tender = tenders.enter_rfp(session, actor, request, now)
    offer = tenders.evaluate(session, tender.id, actor, now, company)
    carried: dict[str, Any] = {
        "origin": OriginKind(lead.origin),
        "client_id": lead.client_id,
        "contact_id": lead.contact_id,
        "campaign": lead.campaign,
        "estimated_amount": lead.amount,
        "currency": lead.currency,
        "expected_closing_on": lead.expected_closing_on,
        "description": lead.note,
    }
    records.change(session, offer, "offer", carried, actor=actor, now=now)
    copy_names(session, offer)
    lead.offer_id, lead.decided_by_id, lead.picked_up_at = offer.id, actor.id, now
    _step(session, lead, "picked_up", actor, now, after={"offer": offer.id})
    return offer


def _locked(session: Session, lead_id: int, actor: Person, now: datetime) -> Lead:
    require_keeper(session, actor, now)
    return records.locked(session, Lead, lead_id)


def _open(session: Session, lead_id: int, actor: Person, now: datetime) -> Lead:
    lead = _locked(session, lead_id, actor, now)
    if lead.offer_id is not None or lead.dropped_at is not None:
        raise settled(session, lead)
    return lead


def settled(session: Session, lead: Lead) -> Stale:
    """The refusal that says who picked it up or dropped it first, and when."""
    name = decider_of(session, lead)
    if lead.offer_id is not None:
        return PickedUp(name=name, at=lead.picked_up_at or lead.updated_at)
    return Dropped(name=name, at=lead.dropped_at)


def _third_party(session: Session, lead: Lead | None, values: Mapping[str, Any]) -> Problems:
    """What is wrong with client and contact: set aside and chosen anew, or of two different groups."""
    client = session.get(Client, values["client_id"]) if values["client_id"] is not None else None
    contact = session.get(Contact, values["contact_id"]) if values["contact_id"] is not None else None
    problems: Problems = {}
    if client is not None and not client.active and (lead is None or lead.client_id != client.id):
        problems["client_id"] = ("errors.unknown_client", {})
    if contact is not None and not contact.active and (lead is None or lead.contact_id != contact.id):
        problems["contact_id"] = ("errors.unknown_contact", {})
    if not problems and client is not None and contact is not None and contact.client_id is not None:
        theirs = session.get_one(Client, contact.client_id)
        if _group(theirs) != _group(client):
            problems["contact_id"] = ("clients.error_other_client", {"client": theirs.path})
    return problems


def _group(client: Client) -> str:
    return client.path_ids.split("/")[1]


def _step(
    session: Session,
    lead: Lead,
    step: str,
    actor: Person,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    lead.revision += 1
    lead.updated_at = now
    session.flush()
    trail(session, lead, step, actor, now, before=before, after=after)
    changed(session, lead, now)
