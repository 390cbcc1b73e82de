"""What the pages of the tab show: offers in every stage, one of them with everything on it, hours, votes, and trouble
with the other systems. Made on top of people who are known already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.activities import service as activities
from bot.clarifications import service as clarifications
from bot.decisions import evaluations, rounds
from bot.decisions.policy import decision_rules
from bot.hours import service as hours
from bot.negotiations import service as negotiations
from bot.offers import fields as offer_fields
from bot.offers import service as offers
from bot.offers import stages, team
from bot.offers.models import Offer
from bot.quotes import service as quotes
from bot.sync.models import RECORD, Conflict, Kind, LedgerRow, LedgerState, System

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person

MARK = "Zirconium"
"""A word of the titles that stands nowhere else: who may not read an offer must not read it."""
TITLES = (
    "Thermal protection for a lander",
    "Hinge for a deployable radiator",
    "Insulation of a cryogenic tank",
    "Heat switch for a rover",
    "Study of ablative materials for small re-entry capsules with a long title",
    "Release mechanism",
    "Vibration test of an antenna",
)
CLIENTS = ("Prime · Toulouse", "Agency", "Launcher company · Engines", "Institute", "")
COLUMNS = ("DET", "EVA", "PRE", "PRE", "REV", "SNT", "SNT", "SNT", "SNT", "SNT", "SNT", "SNT", "SNT", "CLA", "NEG")
LINK = "https://files.example/offer"
SALES_LEAD, MANAGER, ENGINEER = "sales lead", "project manager", "engineer"


@dataclass(frozen=True, slots=True)
class Settled:
    """Ids of what was made. ``full``: the offer with everything on it."""

    full: int
    voting: int
    conflict: int
    stuck: int


def settle(session: Session, people: Mapping[str, Person], now: datetime, company: Company) -> Settled:
    """Make it all; ``people`` by what they do: sales lead, project manager, engineer."""
    full = _full(session, people, now, company)
    voting = _voting(session, people, now, company)
    for number, stage in enumerate(COLUMNS):
        offer = _offer(session, people[SALES_LEAD], number, now, company)
        if stage != "DET":
            stages.enter(
                session, offer, stage, company=company, now=now, cause="person", actor_id=people[SALES_LEAD].id
            )
    conflict = _conflict(session, full, now)
    return Settled(full, voting, conflict, _stuck(session, full, now))


def _offer(session: Session, owner: Person, number: int, now: datetime, company: Company) -> Offer:
    offer = offers.open_offer(
        session,
        tender=None,
        title=f"{TITLES[number % len(TITLES)]} {MARK}",
        client_name=CLIENTS[number % len(CLIENTS)] or None,
        owner=owner,
        now=now - timedelta(days=40 - number),
        first_stage=stages.first_stage(company),
    )
    offer.estimated_amount = Decimal(40_000 + 17_500 * number)
    offer.launch_probability, offer.success_probability = 80, 40
    offer.submission_due_at = now + timedelta(days=3 * number - 4, hours=7)
    if number > 1:
        offer.number = f"S{600 + number}"
        offer.search_text += f" s{600 + number}"
    session.flush()
    return offer


def _full(session: Session, people: Mapping[str, Person], now: datetime, company: Company) -> int:
    lead, here = people[SALES_LEAD], now - timedelta(days=35)
    offer = offers.open_offer(
        session,
        tender=None,
        title=f"{MARK} coating <b>for</b> a *reusable* nozzle",
        client_name="Launcher company · Engines",
        owner=lead,
        now=here,
        first_stage=stages.first_stage(company),
    )
    offer.number, offer.planned_hours, offer.estimated_amount = "S599", Decimal(220), Decimal(480_000)
    offer.cost_basis, offer.project_manager_id = Decimal(310_000), people[MANAGER].id
    offer.submission_due_at, offer.search_text = now + timedelta(days=12), f"s599 {MARK.lower()} coating nozzle"
    session.flush()
    for days, stage in ((30, "EVA"), (25, "PRE")):
        at = now - timedelta(days=days)
        stages.enter(session, offer, stage, company=company, now=at, cause="person", actor_id=lead.id, on=at.date())
    _team(session, offer, people, here)
    _spent(session, offer, people, now, company)
    _records(session, offer.id, lead, now, company)
    return offer.id


def _team(session: Session, offer: Offer, people: Mapping[str, Person], now: datetime) -> None:
    for name, role, planned in ((MANAGER, "project_manager", "60"), (ENGINEER, "contributor", "120")):
        said = {"person_id": people[name].entra_object_id, "role": role, "planned_hours": planned}
        member = said | {"joined_on": now.date().isoformat(), "left_on": ""}
        team.add(session, offer.id, offer_fields.NEW_MEMBER_FIELDS, member, actor=people[SALES_LEAD], now=now)


def _spent(session: Session, offer: Offer, people: Mapping[str, Person], now: datetime, company: Company) -> None:
    for weeks in (2, 3, 1):
        for name, quarters in ((SALES_LEAD, 18 + weeks), (MANAGER, 40), (ENGINEER, 100 - 9 * weeks)):
            if (name, weeks) == (ENGINEER, 1):
                continue  # who has said nothing about last week
            person, day = people[name], (now - timedelta(weeks=weeks)).date()
            hours.log(session, person.id, offer.id, day, quarters, actor=person, now=now, company=company)


def _records(session: Session, offer_id: int, lead: Person, now: datetime, company: Company) -> None:
    by: dict[str, Any] = {"actor": lead, "now": now}
    today, later = now.date().isoformat(), (now + timedelta(days=5)).date().isoformat()
    mine = lead.entra_object_id
    quotes.add(session, offer_id, {"title": "First version", "price": "465000", "currency": "EUR"}, **by)
    for number in range(3):
        question = {"question": f"Which margin on point {number}?", "asked_on": today, "due_on": later}
        clarifications.ask(session, offer_id, question | {"owner_id": mine}, **by)
    clause = {"clause": "Liability", "position": "Capped at the price", "state": "open", "next_move": "client"}
    negotiations.add(session, offer_id, clause | {"since": today, "due_on": later, "owner_id": mine}, **by)
    call = {"kind": "call", "subject": "First contact", "planned_on": later, "owner_id": mine}
    activities.record(session, offer_id, call, company=company, **by)
    for number in range(10):
        paper = {"kind": "minutes", "title": f"Minutes {number}", "url": f"{LINK}/{number}", "dated_on": today}
        activities.add_document(session, offer_id, paper, **by)


def _voting(session: Session, people: Mapping[str, Person], now: datetime, company: Company) -> int:
    lead, rules = people[SALES_LEAD], decision_rules(company)
    offer = offers.open_offer(
        session,
        tender=None,
        title=f"{MARK} heat pipe",
        client_name="Agency",
        owner=lead,
        now=now,
        first_stage=stages.first_stage(company),
    )
    evaluations.one_line(session, offer.id, lead, "A small study within our usual work.", now, rules)
    rounds.open_round(session, offer.id, lead, now, rules)
    return offer.id


def _row(session: Session, offer_id: int, now: datetime, kind: Kind, **fields: object) -> LedgerRow:
    """What the ledger says of one record; nothing about it is due, so nobody touches it."""
    system = System.PIPEDRIVE if kind is Kind.DEAL else System.BUSINESS_CENTRAL
    wanted = (LedgerRow.system == system, LedgerRow.kind == kind, LedgerRow.subject_id == offer_id)
    row = session.scalars(sa.select(LedgerRow).where(*wanted)).one_or_none()
    if row is None:
        row = LedgerRow(system=system, kind=kind, subject_id=offer_id, target=RECORD, wanted_version=1)
        session.add(row)
    given: dict[str, Any] = {"not_before": now + timedelta(days=300), "updated_at": now, "attempts": 3, **fields}
    for name, value in given.items():
        setattr(row, name, value)
    session.flush()
    return row


def _conflict(session: Session, offer_id: int, now: datetime) -> int:
    row = _row(session, offer_id, now, Kind.DEAL, state=LedgerState.CONFLICT)
    conflict = Conflict(
        row_id=row.id,
        field="value",
        ours={"value": "480000.00 EUR"},
        theirs={"value": "450000.00 EUR"},
        their_name="Colleague",
        their_at=now,
        found_at=now,
    )
    session.add(conflict)
    session.flush()
    return conflict.id


def _stuck(session: Session, offer_id: int, now: datetime) -> int:
    error = {"error_class": "Permanent", "error": "The web service answered 400: the contact is blocked."}
    return _row(session, offer_id, now, Kind.OPPORTUNITY, state=LedgerState.MANUAL, **error).id
