"""Pipedrive's leads become ours and follow them: a new one once, whoever tells of it, and never one that we made.

A value that we hold as they had it follows theirs; one that somebody changed here stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.leads import arrivals
from bot.leads.models import Lead, Over
from bot.leads.trail import SUBJECT
from bot.offers.models import OriginKind
from bot.offers.rules import fold
from bot.sync.differences import Memory
from bot.sync.facts import mappings
from bot.sync.ledger import stands_there
from bot.sync.models import RECORD, Kind, LedgerRow, System, TheirRecord
from bot.sync.pipedrive.books import number_in
from bot.sync.pipedrive.conversion import DEAL
from bot.sync.pipedrive.lead_facts import lead_facts
from bot.sync.pipedrive.lead_values import read_back, stored, values_of
from bot.sync.pipedrive.leads import theirs_of_lead, wanted_of_lead
from bot.sync.pipedrive.values import Names, linked_to, money_text
from bot.sync.plans import LEAD_REF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.sync.pipedrive.lead_values import Reading
    from bot.sync.pipedrive.shapes import TheirLead

LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Deal:
    """The deal that somebody made of a lead."""

    id: int
    url: str


def take_leads(session: Session, found: Sequence[TheirLead], reading: Reading) -> None:
    """Take over these leads; their organizations and persons were taken before. What is older than what we know changes
    nothing.
    """
    if not found:
        return
    arrivals.alone(session)
    names = Names(mappings(session, System.PIPEDRIVE))
    for theirs in {one.id: one for one in found}.values():
        record = session.get(TheirRecord, (System.PIPEDRIVE, LEAD, theirs.id))
        if record is None or _is_news(record, theirs):
            _take(session, theirs, record, names, reading)


def lead_gone(session: Session, lead_id: str, deal: Deal | None, *, at: datetime, now: datetime) -> None:
    """It was deleted over there, or made a deal. Ours stays, and its card says so."""
    record = session.get(TheirRecord, (System.PIPEDRIVE, LEAD, lead_id))
    if record is not None:
        record.gone, record.seen_at = True, now
    ours = our_lead(session, lead_id)
    if ours is None:
        return
    row = _row(session, ours.id)
    memory = Memory.of(row.remote) if row is not None else None
    if row is not None and memory is not None and deal is not None:
        more = {**memory.more, DEAL: str(deal.id)}
        row.remote = Memory(memory.id, deal.url, memory.agreed, memory.given_way, more).as_remote()
    arrivals.stands(session, ours, Over.CONVERTED if deal is not None else Over.DELETED, at=at, now=now)


def our_lead(session: Session, lead_id: str) -> Lead | None:
    """The lead of ours that it is."""
    record = session.get(TheirRecord, (System.PIPEDRIVE, LEAD, lead_id))
    number = number_in(record.ours, SUBJECT) if record is not None else None
    number = number or session.scalar(
        sa.select(LedgerRow.subject_id).where(
            LedgerRow.kind == Kind.LEAD, LedgerRow.remote["id"].as_string() == lead_id
        )
    )
    return session.get(Lead, number) if number is not None else None


def unseen(session: Session, seen: set[str]) -> list[str]:
    """The leads that should be open over there, but are not among these."""
    statement = (
        sa.select(LedgerRow.remote)
        .join(Lead, Lead.id == LedgerRow.subject_id)
        .where(LedgerRow.kind == Kind.LEAD, Lead.over == Over.OPEN, Lead.dropped_at.is_(None), Lead.offer_id.is_(None))
        .order_by(LedgerRow.id)
    )
    memories = (Memory.of(remote) for remote in session.scalars(statement))
    return [memory.id for memory in memories if memory is not None and memory.id not in seen]


def _take(session: Session, theirs: TheirLead, record: TheirRecord | None, names: Names, reading: Reading) -> None:
    lead = our_lead(session, theirs.id) or _echoed(session, theirs)
    before = read_back(record.data) if record is not None else _agreed(session, lead)
    after = values_of(session, theirs, reading)
    if lead is None and not theirs.row.is_archived:
        lead = _arrive(session, theirs, after, names, reading)
    elif lead is not None:
        arrivals.follow(session, lead, before, after, now=reading.now)
        _remember(session, lead, theirs, names)
        if record is None or record.gone or record.data.get("archived") != theirs.row.is_archived:
            _archived(session, lead, theirs, reading)
    _note(session, theirs, record, after, lead, reading)


def _arrive(session: Session, theirs: TheirLead, values: Mapping[str, Any], names: Names, reading: Reading) -> Lead:
    made_at = theirs.row.add_time or reading.now
    lead = arrivals.arrive(
        session,
        {**values, "origin": values["origin"] or OriginKind.MANUAL.value},
        made_at=made_at,
        announce=made_at >= reading.since,
        now=reading.now,
    )
    agreed = theirs_of_lead(names, theirs.row)
    wanted = _wanted(session, lead, names)
    # Nothing is to be written but what it is found by.
    given_way = {name: value for name, value in wanted.items() if value != agreed.get(name) and name != "bid_ref"}
    memory = Memory(theirs.id, f"{reading.base_url}/leads/inbox/{theirs.id}", agreed, given_way)
    stands_there(session, Kind.LEAD, lead.id, memory.as_remote(), now=reading.now)
    return lead


def _wanted(session: Session, lead: Lead, names: Names) -> dict[str, Any]:
    facts = lead_facts(session, lead.id)
    if facts is None:
        return {}
    ids = linked_to(names, facts)
    return wanted_of_lead(facts) | {link: names.shown(link, number) for link, number in ids.items()}


def _remember(session: Session, lead: Lead, theirs: TheirLead, names: Names) -> None:
    """What both sides hold now is agreed on, so that a later value of ours is written there."""
    row = _row(session, lead.id)
    memory = Memory.of(row.remote) if row is not None else None
    if row is None or memory is None or memory.id != theirs.id:
        return
    wanted, there = _wanted(session, lead, names), theirs_of_lead(names, theirs.row)
    same = {name: value for name, value in there.items() if name in wanted and wanted[name] == value}
    agreed = {**memory.agreed, **same}
    given_way = {name: value for name, value in memory.given_way.items() if name not in same}
    remote = Memory(memory.id, memory.url, agreed, given_way, memory.more).as_remote()
    if remote != row.remote:
        row.remote = remote


def _row(session: Session, lead_id: int) -> LedgerRow | None:
    found = sa.select(LedgerRow).where(
        LedgerRow.kind == Kind.LEAD, LedgerRow.subject_id == lead_id, LedgerRow.target == RECORD
    )
    return session.scalars(found.with_for_update()).one_or_none()


def _archived(session: Session, lead: Lead, theirs: TheirLead, reading: Reading) -> None:
    """Archived by us, or by somebody over there; or open again."""
    at = theirs.row.update_time or reading.now
    if not theirs.row.is_archived:
        arrivals.stands(session, lead, Over.OPEN, at=at, now=reading.now)
    elif lead.dropped_at is None:
        arrivals.stands(session, lead, Over.ARCHIVED, at=at, now=reading.now)


def _echoed(session: Session, theirs: TheirLead) -> Lead | None:
    """The lead of ours that we are making over there right now. A copy that somebody made of it is none of ours."""
    number = theirs.ref.removeprefix(LEAD_REF)
    if number == theirs.ref or not number.isdecimal():
        return None
    lead = session.get(Lead, int(number)) if len(number) < len(str(2**31)) else None
    row = _row(session, lead.id) if lead is not None and not lead.made_there else None
    under_way = row is not None and row.first_tried_at is not None and Memory.of(row.remote) is None
    return lead if under_way else None


def _remote(session: Session, lead_id: int) -> dict[str, Any] | None:
    return session.scalar(
        sa.select(LedgerRow.remote).where(
            LedgerRow.kind == Kind.LEAD, LedgerRow.subject_id == lead_id, LedgerRow.target == RECORD
        )
    )


def _agreed(session: Session, lead: Lead | None) -> dict[str, Any]:
    """What a lead of ours was over there when it was made, as far as it is certain."""
    memory = Memory.of(_remote(session, lead.id)) if lead is not None else None
    if lead is None or memory is None:
        return {}
    known: dict[str, Any] = {}
    if memory.agreed.get("title") == lead.title:
        known["title"] = lead.title
    if "value" in memory.agreed and memory.agreed["value"] == money_text(lead.amount, lead.currency):
        known |= {"amount": lead.amount, "currency": lead.currency}
    return known


def _is_news(record: TheirRecord, theirs: TheirLead) -> bool:
    changed_at = theirs.row.update_time
    return record.changed_at is None or changed_at is None or changed_at >= record.changed_at


def _note(
    session: Session,
    theirs: TheirLead,
    record: TheirRecord | None,
    values: Mapping[str, Any],
    lead: Lead | None,
    reading: Reading,
) -> None:
    if record is None:
        record = TheirRecord(system=System.PIPEDRIVE, kind=LEAD, remote_id=theirs.id, ours=None)
        session.add(record)
    record.name, record.search_text = theirs.title, fold(theirs.title)
    record.data = {**stored(values), "archived": theirs.row.is_archived}
    record.changed_at, record.seen_at, record.gone = theirs.row.update_time, reading.now, False
    if lead is not None:
        record.ours = f"{SUBJECT}:{lead.id}"
    session.flush()
