"""Who did what, when, on which offer, and with which facts in front of them; page by page or as a whole."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot.audit import AuditEvent
from bot.decisions.models import Evaluation, Round
from bot.handover.models import ChecklistItem
from bot.offers.models import Offer, StageStep
from bot.offers.trail import PARTS
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.reviews.models import Review
from bot.trail.models import AuditLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.trail.asking import Question

AT_ONCE = 1000
_HANGING: tuple[type[Any], ...] = (*PARTS, ChecklistItem, StageStep)
OF_OFFERS = {model.__tablename__: model for model in _HANGING}
"""What hangs on an offer, by the name of its table."""
RISKS = ("technical", "commercial", "financial")
_ACTOR, _PRINCIPAL = aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class Found:
    """One event with names. ``by`` None: Offerdesk itself. ``facts``: what a decision was made on: of a ballot or a
    result the newest version of the evaluation by then, of a review's answer the version of the quote.
    """

    id: int
    at: datetime
    by: str | None
    on_behalf_of: str | None
    action: str
    subject: str
    subject_id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    position: int | None
    digest: str | None
    offer: str
    title: str
    facts: dict[str, Any] | None


def page(session: Session, question: Question, time_zone: str, *, limit: int, offset: int) -> tuple[list[Found], bool]:
    """Some of the events, the newest first, and whether there are more."""
    statement = _events(question, time_zone).order_by(AuditEvent.id.desc()).limit(limit + 1).offset(offset)
    rows = session.execute(statement).all()
    return _completed(session, rows[:limit]), len(rows) > limit


def everything(session: Session, question: Question, time_zone: str) -> Iterator[Found]:
    """All of them, the oldest first, in constant memory."""
    statement = _events(question, time_zone).order_by(AuditEvent.id).limit(AT_ONCE)
    last = -(2**31)
    while rows := session.execute(statement.where(AuditEvent.id > last)).all():
        yield from _completed(session, rows)
        last = rows[-1].id


def _events(question: Question, time_zone: str) -> sa.Select[Any]:
    names = _ACTOR.name.label("by"), _PRINCIPAL.name.label("on_behalf_of")
    what = AuditEvent.action, AuditEvent.subject, AuditEvent.subject_id, AuditEvent.before, AuditEvent.after
    return (
        sa.select(AuditEvent.id, AuditEvent.at, *names, *what, AuditLink.position, AuditLink.digest)
        .outerjoin(_ACTOR, _ACTOR.id == AuditEvent.actor_id)
        .outerjoin(_PRINCIPAL, _PRINCIPAL.id == AuditEvent.on_behalf_of_id)
        .outerjoin(AuditLink, AuditLink.event_id == AuditEvent.id)
        .where(*question.conditions(time_zone))
    )


def _completed(session: Session, rows: Sequence[sa.Row[Any]]) -> list[Found]:
    """With the offer and the facts of each; a few statements however many there are."""
    offer_of = _offers_of(session, rows)
    wanted = set(offer_of.values())
    titles = sa.select(Offer.id, Offer.number, Offer.external_reference, Offer.title).where(Offer.id.in_(wanted))
    named = {one.id: (one.number or one.external_reference or "", one.title) for one in session.execute(titles)}
    facts = {**_evaluated(session, rows, offer_of), **_reviewed(session, rows)}
    return [_found(row, *named.get(offer_of.get(row.id, 0), ("", "")), facts.get(row.id)) for row in rows]


def _found(row: sa.Row[Any], offer: str, title: str, facts: dict[str, Any] | None) -> Found:
    return Found(**row._mapping, offer=offer, title=title, facts=facts)  # noqa: SLF001  its public name begins so


def _offers_of(session: Session, rows: Iterable[sa.Row[Any]]) -> dict[int, int]:
    """The offer of each event, by the event's id; not of those that are about none."""
    sought: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        sought[row.subject].add(row.subject_id)
    known = {("offer", number): number for number in sought.get("offer", ())}
    for subject in sought.keys() & OF_OFFERS.keys():
        model = OF_OFFERS[subject]
        pairs = session.execute(
            sa.select(model.id, model.offer_id).where(model.id.in_(sought[subject]), model.offer_id.is_not(None))
        )
        known.update({(subject, number): offer_id for number, offer_id in pairs})
    return {row.id: known[row.subject, row.subject_id] for row in rows if (row.subject, row.subject_id) in known}


def _evaluated(session: Session, rows: Iterable[sa.Row[Any]], offer_of: dict[int, int]) -> dict[int, dict[str, Any]]:
    """What the approvers had in front of them: versions never change, so the newest one of that moment is it."""
    about = [row for row in rows if row.subject == Round.__tablename__ and row.id in offer_of]
    if not about:
        return {}
    statement = (
        sa.select(Evaluation)
        .where(Evaluation.offer_id.in_({offer_of[row.id] for row in about}), Evaluation.version > 0)
        .order_by(Evaluation.version.desc())
    )
    versions: dict[int, list[Evaluation]] = defaultdict(list)
    for version in session.scalars(statement):
        versions[version.offer_id].append(version)
    found = {}
    for row in about:
        shown = next((one for one in versions[offer_of[row.id]] if one.saved_at <= row.at), None)
        if shown is not None:
            found[row.id] = _facts(shown)
    return found


def _facts(shown: Evaluation) -> dict[str, Any]:
    risks = {name: getattr(shown, f"{name}_risk") for name in RISKS}
    return {
        "evaluation": shown.version,
        "summary": shown.summary,
        "budget": None if shown.budget is None else f"{shown.budget:.2f}",
        "currency": shown.currency,
        "effort_hours": None if shown.effort_hours is None else f"{shown.effort_hours:.2f}",
        "risks": {name: risk.value for name, risk in risks.items() if risk is not None},
    }


def _reviewed(session: Session, rows: Iterable[sa.Row[Any]]) -> dict[int, dict[str, Any]]:
    about = {row.id: row.subject_id for row in rows if row.subject == Review.__tablename__}
    if not about:
        return {}
    statement = (
        sa.select(Review.id, Quote.number, Quote.price, Quote.currency)
        .join(Quote, Quote.id == Review.quote_id)
        .where(Review.id.in_(set(about.values())))
    )
    quotes = {
        review_id: {"quote": number, "price": f"{price:.2f}", "currency": currency}
        for review_id, number, price, currency in session.execute(statement)
    }
    return {event_id: quotes[review_id] for event_id, review_id in about.items() if review_id in quotes}
