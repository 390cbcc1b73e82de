"""Offers that hold something of everything, made through the services: one open, one won, one lost, one abandoned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.activities import service as activities
from bot.clarifications import service as clarifications
from bot.clients import service as clients
from bot.handover import amendments, ending
from bot.handover import service as handover
from bot.hours import rates
from bot.leads import fields as lead_fields
from bot.leads import service as leads
from bot.negotiations import service as negotiations
from bot.offers import associations, stages, team
from bot.offers import fields as offer_fields
from bot.offers.models import AssociationKind, Offer, OriginKind, Outcome, StageStep
from bot.quotes import competitors, partners
from bot.quotes import service as quotes
from bot.records import service as records
from bot.reviews import service as reviews
from bot.sync.facts import remember
from bot.sync.models import System, TheirRecord
from bot.tenders import service as tenders
from bot.tenders.models import Tender
from cards.verbs import FormCode
from tests.unit.teams_handlers.desk import Desk, object_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person

NASTY = 'A *bold* _x_ [l](https://e.example) <b>&amp;</b> "q" \\n 🚀 é'
LINES = f"{NASTY}\n\n- {NASTY}\n1. é\u0301 שלום"
URL = "https://files.example/a_b*c?d=(1)"
LARGEST = "9999999999999.99"


@dataclass
class Filled:
    """Ids: the offers, and what each dialog edits (``ids``). ``by``: who opens it, where that is not the sales lead."""

    open: int
    won: int
    lost: int
    abandoned: int
    ids: dict[FormCode, int] = field(default_factory=dict)
    by: dict[FormCode, str] = field(default_factory=dict)


def fill(desk: Desk) -> Filled:
    """Make them, as the sales lead."""
    numbers = [desk.tender(f"1-3000{each}", f"Shield {each}") for each in range(4)]
    desk.write(lambda session: _describe(session, numbers))
    return desk.write(lambda session: _fill(session, desk, numbers))


def _describe(session: Session, numbers: list[int]) -> None:
    for number in numbers:
        session.get_one(Tender, number).description = LINES


def _fill(session: Session, desk: Desk, numbers: list[int]) -> Filled:
    company, now, lead = desk.around.company, desk.now, desk.person(session, "sales lead")
    opened, won, lost, abandoned = (tenders.evaluate(session, number, lead, now, company).id for number in numbers)
    filled = Filled(opened, won, lost, abandoned)
    for offer_id in (won, opened):
        _records(session, desk, lead, offer_id, filled)
    _win(session, desk, lead, won, filled)
    end: dict[str, Any] = {"base": 10**6, "company": company, "actor": lead, "now": now}
    today = now.date().isoformat()
    said = {"end_reason": "price", "end_note": LINES, "ended_on": today, "lessons_learned": LINES}
    more = {"winner": NASTY[:60], "winner_price": LARGEST, "debrief": "true"}
    ending.end(session, lost, Outcome.LOST, said | more, **end)
    reasons = ending.fields_of_end(company, Outcome.ABANDONED, "fr")[0].codes
    ending.end(session, abandoned, Outcome.ABANDONED, said | {"end_reason": (reasons or ("",))[0]}, **end)
    key_user = desk.person(session, "key user")
    rate = {"person_id": object_id("engineer"), "amount": "85.50", "valid_from": "2026-01-01"}
    filled.ids |= {FormCode.RATE_ADD: 0, FormCode.RATE_EDIT: rates.add(session, rate, actor=key_user, now=now).id}
    filled.by |= {FormCode.RATE_ADD: "key user", FormCode.RATE_EDIT: "key user"}
    word = {one.value: one.value for one in AssociationKind}
    pair = {"other_id": str(won), "kind": "related", "note": NASTY}
    associations.associate(session, opened, offer_fields.association(word), pair, actor=lead, now=now)
    _stages(session, desk, lead, filled)
    filled.ids |= _lead(session, desk, lead) | _deal(session, now)
    filled.by[FormCode.DEAL_FILL] = "key user"
    for code in FormCode:
        filled.ids.setdefault(code, opened)
    (filled.ids[FormCode.MEMBER_EDIT], filled.ids[FormCode.ABSENCE_ADD]) = _member(session, opened, lead, now), 0
    closed = {
        FormCode.REOPEN: lost,
        FormCode.LESSONS: lost,
        FormCode.HANDOVER_PROPOSE: won,
        FormCode.AMENDMENT_ADD: won,
    }
    filled.ids |= closed
    filled.by |= {FormCode.REVIEW_CHANGES: "CEO", FormCode.HANDOVER_RETURN: "project manager"}
    return filled


def _lead(session: Session, desk: Desk, actor: Person) -> dict[FormCode, int]:
    """A lead with something in every field."""
    specs = lead_fields.lead(desk.around.company.lists, {one.value: one.value for one in OriginKind})
    given = {"title": NASTY, "origin": "fair", "client_name": NASTY, "campaign": "", "amount": LARGEST}
    lead = leads.add(session, specs, given | {"currency": "EUR", "note": LINES}, actor=actor, now=desk.now)
    return {FormCode.LEAD_ADD: 0, FormCode.LEAD_EDIT: lead.id, FormCode.LEAD_DROP: lead.id}


def _deal(session: Session, now: datetime) -> dict[FormCode, int]:
    """A deal that somebody made in Pipedrive by hand, with all that may be filled in."""
    data = {"organization": None, "person": None, "owner": None, "categories": {"product": "thermal"}, "url": URL}
    session.add(
        TheirRecord(
            system=System.PIPEDRIVE, kind="deal", remote_id="42", name=NASTY, search_text="", data=data, seen_at=now
        )
    )
    session.flush()
    said = {"deal:42:contact": "CT000010", "deal:42:salesperson": "LEAD1"}
    remember(session, System.BUSINESS_CENTRAL, said, now=now)
    return {FormCode.DEAL_FILL: 42}


def _member(session: Session, offer_id: int, lead: Person, now: datetime) -> int:
    """Somebody on the team, of whom the dialogs know everything."""
    said = {"role": "contributor", "joined_on": now.date().isoformat(), "planned_hours": "12.5"}
    member = said | {"person_id": object_id("CPO"), "left_on": (now + timedelta(days=30)).date().isoformat()}
    return team.add(session, offer_id, offer_fields.NEW_MEMBER_FIELDS, member, actor=lead, now=now).id


def _records(session: Session, desk: Desk, lead: Person, offer_id: int, filled: Filled) -> None:
    company, now = desk.around.company, desk.now
    people: dict[str, Any] = {"actor": lead, "now": now}
    with_company: dict[str, Any] = {**people, "company": company}
    today, later = now.date().isoformat(), (now + timedelta(days=9)).date().isoformat()
    mine, text = object_id("sales lead"), {"note": LINES, "link": URL}
    client = clients.add_client(
        session, {"name": f"{NASTY} {offer_id}", "country": "FR", "code": f"C-{offer_id}"}, **people
    )
    given = {
        "name": NASTY,
        "client_id": str(client.id),
        "position": NASTY[:50],
        "email": f"a.{offer_id}@client.example",
    }
    contact = clients.add_contact(session, given | {"phone": "+33 1 23 45 67 89"}, **people)
    clients.choose(
        session, offer_id, {"client_id": str(client.id), "contact_id": str(contact.id)}, base=10**6, **people
    )
    said = {
        "title": NASTY,
        "description": LINES,
        "external_reference": "AO/1-30001_*",
        "estimated_amount": LARGEST,
        "cost_basis": "0.01",
    }
    offer = session.get_one(Offer, offer_id)
    specs = (*offer_fields.identity(company.lists, "fr"), *offer_fields.money(company.lists, "EUR", _words(offer)))
    kept = {spec.name: records.text_of(session, spec, getattr(offer, spec.name)) for spec in specs}
    records.save(session, offer, "offer", specs, kept | said, base=10**6, **people)
    priced = {"title": NASTY, "price": "125000.50", "currency": "EUR", "valid_until": later, "document_url": URL}
    sent = quotes.add(session, offer_id, priced | {"note": LINES}, **people)
    quotes.send(session, offer_id, {"version": str(sent.id), "sent_on": today, "waiver": NASTY}, **with_company)
    second = quotes.add(session, offer_id, priced | {"price": LARGEST, "note": LINES}, **people)
    asked = {"partner": NASTY, "scope": LINES, "owner_id": mine, "requested_on": today, "due_on": later}
    paid = {"received_on": today, "amount": "18500", "currency": "USD", "chosen": "true", "document_url": URL}
    partner = partners.add(session, offer_id, asked | paid | {"valid_until": later, "note": LINES}, **with_company)
    rival = {"name": NASTY, "certainty": "confirmed", "amount": "1", "strengths": LINES, "weaknesses": LINES}
    competitor = competitors.add(session, offer_id, rival, **people)
    due = {"version": str(second.id), "question": LINES, "due_on": later, "meeting_on": later, "meeting_time": "14:30"}
    review = reviews.ask(session, offer_id, due, **with_company)
    question = {"question": LINES, "asked_on": today, "due_on": later, "owner_id": mine, "link": URL}
    clarification = clarifications.ask(session, offer_id, question, **people)
    answered = {"answer": LINES, "answered_on": today, "answered_how": "call", "answered_by_id": mine, "link": URL}
    clarifications.answer(session, clarification.id, answered, base=1, **people)
    open_question = clarifications.ask(session, offer_id, question, **people)
    clause = {"clause": NASTY, "position": LINES, "client_position": LINES, "state": "open", "next_move": "client"}
    point = negotiations.add(
        session, offer_id, clause | {"since": today, "due_on": later, "owner_id": mine, "link": URL}, **people
    )
    meeting = {"kind": "call", "subject": NASTY, "planned_on": later, "planned_time": "09:05", "minutes": "100000"}
    who = {"owner_id": mine, "contact_id": str(contact.id), "place": NASTY}
    activity, _moved = activities.record(session, offer_id, meeting | who | text, **with_company)
    paper = {"kind": "minutes", "title": NASTY, "url": URL, "dated_on": today, "activity_id": str(activity.id)}
    document = activities.add_document(session, offer_id, paper, **people)
    filled.ids |= {
        FormCode.CLIENT_EDIT: client.id,
        FormCode.CONTACT_EDIT: contact.id,
        FormCode.QUOTE_EDIT: second.id,
        FormCode.QUOTE_COPY: sent.id,
        FormCode.PARTNER_QUOTE_EDIT: partner.id,
        FormCode.COMPETITOR_EDIT: competitor.id,
        FormCode.REVIEW_CHANGES: review.id,
        FormCode.CLARIFICATION_EDIT: open_question.id,
        FormCode.CLARIFICATION_ANSWER: clarification.id,
        FormCode.POINT_EDIT: point.id,
        FormCode.ACTIVITY_EDIT: activity.id,
        FormCode.DOCUMENT_EDIT: document.id,
    }


def _words(offer: Offer) -> dict[str, str]:
    return {one.value: one.value for one in type(offer.weighting)}


def _win(session: Session, desk: Desk, lead: Person, offer_id: int, filled: Filled) -> None:
    today = desk.now.date().isoformat()
    signed = {
        "signed_on": today,
        "first_order": "4000140001_*",
        "price": "129000.5",
        "project_manager_id": object_id("project manager"),
        "kick_off_on": today,
    }
    ending.win(session, offer_id, signed, base=10**6, company=desk.around.company, actor=lead, now=desk.now)
    amended = {"title": NASTY, "kind": "price", "state": "signed", "requested_on": today, "signed_on": today}
    money = {"price_change": "-1000.25", "text": LINES, "document_url": URL}
    manager = desk.person(session, "project manager")
    amendment = amendments.add(session, offer_id, amended | money, actor=manager, now=desk.now)
    found = handover.of_offer(session, offer_id)
    assert found is not None
    filled.ids |= {FormCode.AMENDMENT_EDIT: amendment.id, FormCode.HANDOVER_RETURN: found.id}


def _stages(session: Session, desk: Desk, lead: Person, filled: Filled) -> None:
    """Several steps, the last of them done with its reason."""
    company, offer = desk.around.company, session.get_one(Offer, filled.open)
    for code in ("PRE", "SNT"):
        stages.enter(
            session, offer, code, company=company, now=desk.now, cause="person", actor_id=lead.id, on=desk.now.date()
        )
    step = stages.last_step(session, offer.id)
    specs = offer_fields.step_done(stages.reasons_of(company, step), "fr", None)
    typed = {"done": "true", "reason_code": "budget_accepted", "reason_note": LINES}
    stages.finish(session, step.id, specs, typed, base=10**6, company=company, actor=lead, now=desk.now)
    filled.ids[FormCode.STEP_DONE] = step.id
    assert session.scalar(sa.select(sa.func.count()).select_from(StageStep)) is not None
