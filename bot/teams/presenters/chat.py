"""What waits for somebody, and who holds which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.decisions import evaluations
from bot.decisions import service as decisions
from bot.handover import service as handover
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.people import service as people
from bot.people.models import Person, Role
from bot.reviews import service as reviews
from bot.teams.presenters.hours_reminders import pending_hours
from bot.teams.presenters.tenders import latest_round
from cards import words
from cards.verbs import Verb
from cards.views.chat import PendingItem, PendingView, RoleLine, WhoView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.teams.context import Turn

FAR = 2**40


def pending_view(session: Session, person: Person, now: datetime, company: Company) -> PendingView:
    """What waits for this person, soonest first; when nothing does, what comes next."""
    items = pending_items(session, person, now, company)
    if items:
        return PendingView(items=tuple(items))
    upcoming = _next_deadline(session, person, now)
    if upcoming is None:
        return PendingView(items=())
    title = f"{upcoming.number or ''} {upcoming.title}".strip()
    return PendingView(items=(), next_title=title, next_due=upcoming.submission_due_at)


def pending_items(session: Session, person: Person, now: datetime, company: Company) -> list[PendingItem]:
    """Votes, reviews, hand-overs, questions, evaluations, votes to open, teams to name and hours to enter: what waits
    for this person, soonest first.
    """
    items = [
        *_votes(session, person, now),
        *_reviews(session, person, now),
        *_handovers(session, person),
        *_questions(session, person, now),
        *_own_offers(session, person),
        *pending_hours(session, person, now, company),
    ]
    return sorted(items, key=lambda item: item.due.timestamp() if item.due else FAR)


def _votes(session: Session, person: Person, now: datetime) -> list[PendingItem]:
    return [
        PendingItem(
            what=sentence("chat.pending_vote"),
            title=waiting.title,
            verb=Verb.ROUND_SHOW,
            id=waiting.round_id,
            due=waiting.closes_at,
            number=waiting.number or "",
        )
        for waiting in decisions.pending_for(session, person, now)
    ]


def _reviews(session: Session, person: Person, now: datetime) -> list[PendingItem]:
    return [
        PendingItem(
            what=sentence("chat.pending_review"),
            title=waiting.title,
            verb=Verb.REVIEW_SHOW,
            id=waiting.review_id,
            due=waiting.due_at,
            number=waiting.number or "",
        )
        for waiting in reviews.pending_for(session, person, now)
    ]


def _handovers(session: Session, person: Person) -> list[PendingItem]:
    """Projects that wait for their manager's yes."""
    return [
        PendingItem(
            what=sentence("chat.pending_handover"),
            title=offer.title,
            verb=Verb.HANDOVER_SHOW,
            id=offer.id,
            number=offer.project_number or offer.number or "",
        )
        for offer in handover.waiting_for(session, person)
    ]


def _questions(session: Session, person: Person, now: datetime) -> list[PendingItem]:
    return [
        PendingItem(
            what=sentence("chat.pending_question"),
            title=question.offer.title,
            verb=Verb.ROUND_SHOW,
            id=question.round_id,
            due=question.closes_at,
            number=question.offer.number or "",
        )
        for question in decisions.questions_for(session, person, now)
    ]


def _own_offers(session: Session, person: Person) -> list[PendingItem]:
    """The next step of each open offer this person owns."""
    items = []
    owned = sa.select(Offer).where(Offer.owner_id == person.id, Offer.outcome == Outcome.OPEN).order_by(Offer.chrono)
    for offer in session.scalars(owned):
        step = _step(session, offer)
        if step is not None:
            key, verb = step
            due = offer.clarification_at if verb is not Verb.TEAM_OPEN else None
            items.append(
                PendingItem(
                    what=sentence(key), title=offer.title, verb=verb, id=offer.id, due=due, number=offer.number or ""
                )
            )
    return items


def _step(session: Session, offer: Offer) -> tuple[str, Verb] | None:
    newest = latest_round(session, offer.id)
    if newest is None:
        if evaluations.latest(session, offer.id) is None:
            return "chat.pending_evaluation", Verb.EVALUATION_OPEN
        return "chat.pending_round", Verb.ROUND_OPEN
    if offer.number is not None and not offers.team_of(session, offer.id):
        return "chat.pending_team", Verb.TEAM_OPEN
    return None


def _next_deadline(session: Session, person: Person, now: datetime) -> Offer | None:
    """The open offer of this person that is due next."""
    dated = [
        offer
        for offer in offers.offers_of(session, person)
        if offer.submission_due_at and offer.submission_due_at > now
    ]
    return min(dated, key=lambda offer: offer.submission_due_at or now, default=None)


def who_view(turn: Turn) -> WhoView:
    """Every role, its holders and today's deputy."""
    lines = []
    for role in Role:
        holding = people.holders(turn.session, role, turn.now)
        deputy, until = _deputy(turn, holding)
        lines.append(
            RoleLine(
                role=words.Role(role.value),
                holders=tuple(person.name for person in holding),
                deputy=deputy,
                deputy_until=until,
            )
        )
    return WhoView(lines=tuple(lines), may_edit=Role.ADMIN in turn.roles)


def _deputy(turn: Turn, holding: list[Person]) -> tuple[str, date | None]:
    """Everybody who stands in today, and until when: the last day on which all of them do."""
    standing = [
        (person.name, row.ends_on)
        for holder in holding
        for row, person in people.standing_deputies(turn.session, holder, turn.now)
        if row.starts_on <= people.today_of(holder, turn.now)
    ]
    names = dict.fromkeys(name for name, _ends in standing)
    return ", ".join(names), min((ends for _name, ends in standing), default=None)
