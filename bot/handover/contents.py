"""What a hand-over says, read from the record whenever somebody looks: nothing of it is stored a second time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.activities.models import Activity, Document, DocumentKind
from bot.clarifications.models import AnsweredBy, Clarification
from bot.clients.models import Contact
from bot.decisions.models import Evaluation
from bot.decisions.service import round_of, standing
from bot.handover.amendments import budget
from bot.handover.models import Amendment, AmendmentKind, AmendmentState, ChecklistItem, Handover, HandoverState
from bot.negotiations.models import NegotiationPoint, PointState
from bot.offers import entries
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, TeamRole
from bot.people.models import Person
from bot.quotes.models import PartnerQuote
from bot.quotes.service import submitted
from bot.tenders.models import Tender


class Due(StrEnum):
    """What falls on a day the project should know."""

    KICK_OFF = "kick_off"
    CONDITION = "condition"
    CLARIFICATION = "clarification"
    POINT = "point"
    ACTIVITY = "activity"
    VALIDITY = "validity"
    """A chosen partner's price ends."""
    PROJECT_END = "project_end"
    """As the newest signed amendment says."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day, and the words of what falls on it."""

    on: date
    what: Due
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team."""

    name: str
    role: TeamRole


@dataclass(frozen=True, slots=True)
class Promise:
    """A condition of the Go: what, who sees to it, until when."""

    text: str
    owner: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Question:
    """A clarification; ``answered_on`` is None while it is open."""

    number: int
    question: str
    answer: str
    answered_on: date | None
    answered_how: AnsweredBy | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A contract clause as it was agreed."""

    number: int
    clause: str
    agreed_text: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's price that was chosen; None while no amount came."""

    partner: str
    scope: str
    amount: Decimal | None
    currency: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Link:
    """A document that stands elsewhere."""

    kind: DocumentKind
    title: str
    url: str
    dated_on: date | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed amendment."""

    number: int
    kind: AmendmentKind
    title: str
    signed_on: date | None
    price_change: Decimal | None
    new_end_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Where the hand-over itself stands. ``answered_by`` differs from ``manager`` when a key user answered."""

    id: int
    revision: int
    state: HandoverState
    manager_id: int
    manager: str
    note: str
    answer: str
    proposed_by: str
    proposed_at: datetime
    answered_at: datetime | None
    answered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything the project manager gets. Amounts are in ``currency`` unless they name their own; effort in hours."""

    offer_id: int
    number: str
    project_number: str
    title: str
    outcome: Outcome
    description: str
    client: str
    contact: str
    reference: str
    tender: str
    tender_url: str
    owner_id: int
    owner: str
    manager: str
    signed_on: date | None
    first_order: str
    kick_off_on: date | None
    currency: str
    budget: Decimal
    price_sent: Decimal | None
    price_version: int | None
    cost_basis: Decimal | None
    summary: str
    resources: str
    terms: str
    """The conditions of the evaluation."""
    effort_hours: Decimal | None
    promises: tuple[Promise, ...]
    questions: tuple[Question, ...]
    clauses: tuple[Clause, ...]
    open_points: int
    partners: tuple[Partner, ...]
    team: tuple[Member, ...]
    links: tuple[Link, ...]
    amendments: tuple[Signed, ...]
    deadlines: tuple[Deadline, ...]
    checklist_done: int
    checklist_total: int
    proposal: Proposal | None


def contents(session: Session, offer_id: int, now: datetime) -> Contents:
    """Read it all. Raises :class:`~bot.errors.NotFound`."""
    offer = offers.by_id(session, offer_id)
    tender = session.get(Tender, offer.tender_id) if offer.tender_id is not None else None
    evaluation = _evaluation(session, offer_id)
    quote = submitted(session, offer_id)
    promises = _promises(session, offer_id, now)
    questions = entries.of_offer(session, Clarification, offer_id)
    points = entries.of_offer(session, NegotiationPoint, offer_id)
    partners = [one for one in entries.of_offer(session, PartnerQuote, offer_id) if one.chosen]
    signed = [one for one in entries.of_offer(session, Amendment, offer_id) if one.state is AmendmentState.SIGNED]
    ticked = session.scalars(sa.select(ChecklistItem.done_at).where(ChecklistItem.offer_id == offer_id)).all()
    found = (
        *_offer_days(offer),
        *(Deadline(one.due_on, Due.CONDITION, one.text) for one in promises if one.due_on),
        *(Deadline(one.due_on, Due.CLARIFICATION, one.question) for one in questions if _waits(one) and one.due_on),
        *(Deadline(one.due_on, Due.POINT, one.clause) for one in points if _talked(one) and one.due_on),
        *_planned(entries.of_offer(session, Activity, offer_id)),
        *(Deadline(one.valid_until, Due.VALIDITY, one.partner) for one in partners if one.valid_until),
        *_project_end(signed),
    )
    return Contents(
        offer_id=offer.id,
        number=offer.number or "",
        project_number=offer.project_number or "",
        title=offer.title,
        outcome=offer.outcome,
        description=offer.description or "",
        client=offer.client_name or "",
        contact=_contact(session, offer.contact_id),
        reference=offer.external_reference or "",
        tender=(tender.number or tender.title) if tender else "",
        tender_url=(tender.url or "") if tender else "",
        owner_id=offer.owner_id,
        owner=_name(session, offer.owner_id),
        manager=_name(session, offer.project_manager_id),
        signed_on=offer.signed_on,
        first_order=offer.first_order or "",
        kick_off_on=offer.kick_off_on,
        currency=offer.currency,
        budget=budget(session, offer_id),
        price_sent=quote.price if quote else None,
        price_version=quote.number if quote else None,
        cost_basis=offer.cost_basis,
        summary=evaluation.summary if evaluation else "",
        resources=evaluation.resources if evaluation else "",
        terms=evaluation.conditions if evaluation else "",
        effort_hours=evaluation.effort_hours if evaluation else None,
        promises=promises,
        questions=tuple(_question(one) for one in questions),
        clauses=tuple(
            Clause(one.number, one.clause, one.agreed_text or one.position)
            for one in points
            if one.state is PointState.AGREED
        ),
        open_points=sum(_talked(one) for one in points),
        partners=tuple(Partner(one.partner, one.scope, one.amount, one.currency, one.valid_until) for one in partners),
        team=tuple(Member(person.name, role) for person, role in offers.team_of(session, offer_id)),
        links=tuple(
            Link(one.kind, one.title, one.url, one.dated_on) for one in entries.of_offer(session, Document, offer_id)
        ),
        amendments=tuple(
            Signed(one.number, one.kind, one.title, one.signed_on, one.price_change, one.new_end_on) for one in signed
        ),
        deadlines=tuple(sorted(found, key=lambda one: (one.on, one.what, one.text))),
        checklist_done=sum(done is not None for done in ticked),
        checklist_total=len(ticked),
        proposal=_proposal(session, offer_id),
    )


def _name(session: Session, person_id: int | None) -> str:
    person = session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else ""


def _contact(session: Session, contact_id: int | None) -> str:
    """Name, position, address and telephone, as far as they are known."""
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    if contact is None:
        return ""
    return ", ".join(part for part in (contact.name, contact.position, contact.email, contact.phone) if part)


def _evaluation(session: Session, offer_id: int) -> Evaluation | None:
    """The newest submitted version; version 0 is a draft."""
    statement = sa.select(Evaluation).where(Evaluation.offer_id == offer_id, Evaluation.version > 0)
    return session.scalars(statement.order_by(Evaluation.version.desc()).limit(1)).first()


def _promises(session: Session, offer_id: int, now: datetime) -> tuple[Promise, ...]:
    """The conditions under which the newest round said Go."""
    round_id = round_of(session, offer_id)
    if round_id is None:
        return ()
    seats = standing(session, round_id, now, every_ballot=False).seats
    given = [one for seat in seats if seat.ballot is not None for one in seat.ballot.conditions]
    return tuple(Promise(one.text, one.owner, one.due_on) for one in given)


def _question(one: Clarification) -> Question:
    return Question(one.number, one.question, one.answer or "", one.answered_on, one.answered_how)


def _waits(one: Clarification) -> bool:
    return one.answered_on is None


def _talked(one: NegotiationPoint) -> bool:
    return one.state in {PointState.OPEN, PointState.BLOCKED}


def _planned(activities: list[Activity]) -> Iterator[Deadline]:
    for one in activities:
        if one.done_on is None and one.planned_on is not None:
            yield Deadline(one.planned_on, Due.ACTIVITY, one.subject)


def _offer_days(offer: Offer) -> Iterator[Deadline]:
    if offer.kick_off_on is not None:
        yield Deadline(offer.kick_off_on, Due.KICK_OFF, "")


def _project_end(signed: list[Amendment]) -> Iterator[Deadline]:
    moved = [one for one in signed if one.new_end_on is not None]
    newest = max(moved, key=lambda one: (one.signed_on or date.min, one.number), default=None)
    if newest is not None and newest.new_end_on is not None:
        yield Deadline(newest.new_end_on, Due.PROJECT_END, newest.title)


def _proposal(session: Session, offer_id: int) -> Proposal | None:
    found = session.scalars(sa.select(Handover).where(Handover.offer_id == offer_id)).one_or_none()
    if found is None:
        return None
    return Proposal(
        id=found.id,
        revision=found.revision,
        state=found.state,
        manager_id=found.manager_id,
        manager=_name(session, found.manager_id),
        note=found.note or "",
        answer=found.answer or "",
        proposed_by=_name(session, found.proposed_by_id),
        proposed_at=found.proposed_at,
        answered_at=found.answered_at,
        answered_by=_name(session, found.answered_by_id),
    )
