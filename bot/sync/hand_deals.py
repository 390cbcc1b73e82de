"""Deals that somebody makes in Pipedrive by hand, without a lead or an offer of ours: what is known of them, what
Business Central should hold, and what a person fills in.

What Pipedrive says is kept as one of its records (``deal``). What was filled in stands among Business Central's names:
``deal:42:contact``, ``deal:42:salesperson``, ``deal:42:AXIS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.clients.models import Client
from bot.errors import NotFound
from bot.sync.facts import mappings, remember
from bot.sync.ledger import want_records
from bot.sync.models import DEAL_RECORD, Kind, LedgerRow, LedgerState, Mapping, System, TheirRecord
from bot.sync.plans import DESCRIPTION_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person
    from bot.sync.differences import Value

DEAL = "deal"
CONTACT, SALESPERSON = "contact", "salesperson"
MISSING = "bc: "
"""Before what a deal lacks, as a row of the ledger says it."""


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A deal as it stands. ``contact`` and ``salesperson``: what Business Central calls them; None while nobody knows.
    ``settled``: an offer of ours, or over, so nothing more is to be made of it.
    """

    id: int
    title: str
    url: str
    contact: str | None
    salesperson: str | None
    categories: dict[str, str]
    settled: bool


def facts_of(session: Session, deal_id: int) -> DealFacts | None:
    """The facts; None for a deal that was never read."""
    record = session.get(TheirRecord, (System.PIPEDRIVE, DEAL, str(deal_id)), populate_existing=True)
    if record is None:
        return None
    there, bc = mappings(session, System.PIPEDRIVE), mappings(session, System.BUSINESS_CENTRAL)
    owner = next((ours for ours in _people_with(there, record.data.get("owner")) if ours in bc), None)
    filled = {
        name.removeprefix(_beginning(deal_id)): remote
        for name, remote in bc.items()
        if name.startswith(_beginning(deal_id))
    }
    return DealFacts(
        id=deal_id,
        title=record.name,
        url=record.data.get("url", ""),
        contact=filled.pop(CONTACT, None) or _contact(session, record.data, bc),
        salesperson=filled.pop(SALESPERSON, None) or (bc[owner] if owner is not None else None),
        categories={**record.data.get("categories", {}), **filled},
        settled=record.gone or record.ours is not None,
    )


def _beginning(deal_id: int) -> str:
    return f"deal:{deal_id}:"


def _people_with(there: AnyMapping[str, str], user_id: int | None) -> list[str]:
    return [name for name, remote in there.items() if name.startswith("person:") and remote == str(user_id)]


def _contact(session: Session, data: AnyMapping[str, Any], bc: AnyMapping[str, str]) -> str | None:
    """Of the person at the client, else of the nearest node of the client's tree."""
    names = []
    person, organization = (
        _ours(session, "person", data.get("person")),
        _ours(session, "organization", data.get("organization")),
    )
    if person is not None:
        names.append(person)
    if organization is not None:
        client = session.get(Client, int(organization.partition(":")[2]))
        path = [part for part in client.path_ids.split("/") if part] if client is not None else []
        names += [f"client:{number}" for number in reversed(path)]
    return next((bc[name] for name in names if name in bc), None)


def _ours(session: Session, kind: str, number: int | None) -> str | None:
    record = session.get(TheirRecord, (System.PIPEDRIVE, kind, str(number))) if number is not None else None
    return record.ours if record is not None else None


def missing(facts: DealFacts, company: Company) -> tuple[str, ...]:
    """What must be known before anything is written, as for an offer: see :func:`bot.sync.plans.missing`."""
    known = {
        "contact": facts.contact,
        "salesperson": facts.salesperson,
        "title": facts.title.strip(),
        "category": next(iter(facts.categories.values()), ""),
        **facts.categories,
    }
    return tuple(one for one in company.systems.business_central.mandatory if not known.get(one))


def lacking(facts: DealFacts, company: Company) -> str:
    """The same as the ledger says it; empty when nothing is missing."""
    names = missing(facts, company)
    return f"{MISSING}{', '.join(names)}" if names else ""


def opportunity(facts: DealFacts, company: Company) -> dict[str, Value]:
    """Business Central's opportunity of it."""
    return {
        "number": company.rules.deals.pattern.format(number=facts.id),
        "description": " ".join(facts.title.split())[:DESCRIPTION_LENGTH],
        "contactNumber": facts.contact,
        "salespersonCode": facts.salesperson,
    }


def changed(session: Session, deal_id: int, *, now: datetime) -> None:
    """Its opportunity must hold what is known of the deal now."""
    want_records(session, (Kind.OPPORTUNITY,), deal_id, now=now, target=DEAL_RECORD)


def look_again(session: Session, company: Company, *, now: datetime) -> None:
    """Deals that wait for something go on where it came, whichever way."""
    waiting = sa.select(LedgerRow).where(LedgerRow.target == DEAL_RECORD, LedgerRow.state == LedgerState.INCOMPLETE)
    for row in session.scalars(waiting.order_by(LedgerRow.id)):
        facts = facts_of(session, row.subject_id)
        if facts is not None and lacking(facts, company) != row.error:
            row.state, row.not_before, row.updated_at = LedgerState.PENDING, now, now


def fill(
    session: Session, deal_id: int, values: AnyMapping[str, str | None], *, actor: Person, now: datetime
) -> DealFacts:
    """Keep what somebody said about a deal: ``contact`` and ``salesperson`` as Business Central calls them, and values
    by axis; None takes back what was said. The caller has checked that ``actor`` may, and the codes.

    Raises :class:`~bot.errors.NotFound`.
    """
    facts = facts_of(session, deal_id)
    if facts is None:
        raise NotFound
    before = {
        name: known.remote if known is not None else None
        for name in values
        for known in (session.get(Mapping, (System.BUSINESS_CENTRAL, f"{_beginning(deal_id)}{name}")),)
    }
    news = {name: value for name, value in values.items() if value != before[name]}
    if not news:
        return facts
    gone = [f"{_beginning(deal_id)}{name}" for name, value in news.items() if value is None]
    if gone:
        session.execute(sa.delete(Mapping).where(Mapping.system == System.BUSINESS_CENTRAL, Mapping.name.in_(gone)))
    given = {f"{_beginning(deal_id)}{name}": value for name, value in news.items() if value is not None}
    remember(session, System.BUSINESS_CENTRAL, given, now=now)
    changed(session, deal_id, now=now)
    audit.record(
        session,
        now=now,
        action="deal.edited",
        subject=DEAL,
        subject_id=deal_id,
        actor_id=actor.id,
        before={name: before[name] for name in news},
        after=dict(news),
    )
    return facts


def said(session: Session, deal_id: int) -> dict[str, str]:
    """What was filled in, by ``contact``, ``salesperson`` and axis."""
    beginning = _beginning(deal_id)
    found = sa.select(Mapping.name, Mapping.remote).where(
        Mapping.system == System.BUSINESS_CENTRAL, Mapping.name.startswith(beginning, autoescape=True)
    )
    return {row.name.removeprefix(beginning): row.remote for row in session.execute(found)}
