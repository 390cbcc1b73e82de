"""From the prepared version to the client's answer: quotes, the review, questions, negotiation, competitors."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.activities.models import Activity, ActivityKind
from bot.clarifications.models import AnsweredBy, Clarification
from bot.config.models import StageType
from bot.demo.history import words
from bot.demo.history.tale import round_amount
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers.models import Outcome
from bot.people.models import Role
from bot.quotes.models import Certainty, Competitor, Quote
from bot.reviews.models import Opinion, Review, ReviewAnswer, ReviewKind, ReviewState

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.demo.history.sizes import Staff
    from bot.demo.history.store import Row
    from bot.demo.history.tale import Tale
    from bot.demo.history.timeline import Timeline

CHANGES_WANTED = 0.2
"""Of the reviews."""


def send(tale: Tale, days: Timeline, staff: Staff) -> Decimal:
    """Prepare, review and send; again after clarification where the client asked for less. Returns the last price."""
    assert days.reviewed is not None  # noqa: S101  only called with both
    assert days.sent is not None  # noqa: S101
    price = round_amount(float(tale.row["estimated_amount"]) * tale.chance.uniform(0.9, 1.12))
    cost = round_amount(float(price) * tale.chance.uniform(0.7, 0.9))
    now = tale.at(days.reviewed)
    tale.edit(now, tale.owner, cost_basis=cost)
    quote = _prepare(tale, now, 1, price)
    _review(tale, days.reviewed, quote, staff, again=tale.chance.random() < CHANGES_WANTED)
    _send(tale, days.sent, quote)
    _ask(tale, days)
    if days.sent_again is not None:
        price = round_amount(float(price) * tale.chance.uniform(0.9, 0.98))
        now = tale.at(days.sent_again)
        _send(tale, days.sent_again, _prepare(tale, now, 2, price, copied_from_id=quote["id"]))
    _negotiate(tale, days)
    _competitors(tale, days, price)
    return price


def _prepare(tale: Tale, now: datetime, number: int, price: Decimal, **more: int) -> Row:
    valid = now.date() + timedelta(days=365)
    return tale.entry(now, Quote, tale.owner, number, price=price, currency="EUR", valid_until=valid, **more)


def _review(tale: Tale, day: date, quote: Row, staff: Staff, *, again: bool) -> None:
    """Asked for the version; ``again``: changes are wanted the first time."""
    seats = [seat.value for seat in tale.company.rules.review.seats]
    for state in (ReviewState.CHANGES, ReviewState.READY) if again else (ReviewState.READY,):
        now = tale.at(day)
        row = tale.store.add(
            Review,
            offer_id=tale.id,
            kind=ReviewKind.SENDING,
            seats=seats,
            state=state,
            quote_id=quote["id"],
            due_at=now + timedelta(days=1),
            opened_at=now,
            opened_by_id=tale.owner,
        )
        after = {"offer": tale.id, "kind": "sending", "seats": seats, "quote": quote["id"]}
        tale.store.trail(now, "review.asked", "review", row["id"], tale.owner, after=after)
        if tale.row["stage"] != tale.company.rules.review.stage:
            tale.enter(now, tale.company.rules.review.stage, "person", tale.owner)
        _answers(tale, row, day, staff)


def _answers(tale: Tale, row: Row, day: date, staff: Staff) -> None:
    changes = row["state"] is ReviewState.CHANGES
    for seat in row["seats"][:1] if changes else row["seats"]:
        now, actor = tale.at(day), staff.approvers[Role(seat)]
        note = "State the assumptions behind the price." if changes else None
        answer = tale.store.add(
            ReviewAnswer,
            review_id=row["id"],
            seat=Role(seat),
            principal_id=actor,
            actor_id=actor,
            opinion=Opinion.CHANGES if changes else Opinion.READY,
            note=note,
            at=now,
            request_key=f"past:{row['id']}:{seat}",
        )
        opinion = answer["opinion"].value
        after = {"answer": answer["id"], "seat": seat, "opinion": opinion, "note": note}
        tale.store.trail(now, "review.answered", "review", row["id"], actor, after=after)
        row |= {"closed_at": now, "closed_by_id": actor}
        row["revision"] += 1
    closed = {"state": row["state"].value, "waiver": None}
    tale.store.trail(row["closed_at"], "review.closed", "review", row["id"], row["closed_by_id"], after=closed)
    tale.touch(row["closed_at"], row["closed_by_id"])


def _send(tale: Tale, day: date, quote: Row) -> None:
    now = tale.at(day)
    quote |= {"sent_on": day, "sent_at": now, "sent_by_id": tale.owner, "updated_at": now}
    quote["revision"] += 1
    said = {"offer": tale.id, "number": quote["number"], "price": str(quote["price"])}
    after = {**said, "currency": "EUR", "sent_on": day.isoformat()}
    tale.store.trail(now, "quote.sent", "quote", quote["id"], tale.owner, after=after)
    tale.enter(now, StageType.QUOTE_SENT, "quote", tale.owner)


def _ask(tale: Tale, days: Timeline) -> None:
    """The client has questions, which are answered the same day."""
    if days.clarified is None:
        return
    now = tale.at(days.clarified)
    tale.enter(now, "CLA", "person", tale.owner)
    for number, question in enumerate(tale.chance.sample(words.QUESTIONS, tale.chance.randint(1, 2)), 1):
        tale.entry(
            now,
            Clarification,
            tale.owner,
            number,
            question=question,
            asked_on=days.clarified,
            owner_id=tale.owner,
            answered_on=days.clarified,
            answered_how=AnsweredBy.WRITING,
            answered_by_id=tale.owner,
            answer="Yes, as written in our offer.",
        )


def _negotiate(tale: Tale, days: Timeline) -> None:
    if days.negotiated is None:
        return
    now, day = tale.at(days.negotiated), days.negotiated
    tale.entry(
        now,
        Activity,
        tale.owner,
        1,
        kind=ActivityKind.APPOINTMENT,
        subject="Negotiation",
        planned_on=day,
        done_on=day,
        owner_id=tale.owner,
    )
    tale.enter(now, StageType.NEGOTIATION, "activity", tale.owner)
    agreed = days.outcome is Outcome.WON
    for number, clause in enumerate(tale.chance.sample(words.CLAUSES, tale.chance.randint(1, 3)), 1):
        tale.entry(
            now,
            NegotiationPoint,
            tale.owner,
            number,
            clause=clause,
            position="As in our general terms.",
            state=PointState.AGREED if agreed else PointState.OPEN,
            next_move=NextMove.CLIENT,
            owner_id=tale.owner,
            since=day,
            settled_on=day if agreed else None,
            agreed_text="As proposed." if agreed else None,
        )


def _competitors(tale: Tale, days: Timeline, price: Decimal) -> None:
    lost = days.outcome is Outcome.LOST
    names = tale.chance.sample(words.COMPETITORS, tale.chance.randint(1 if lost else 0, 2))
    for number, name in enumerate(names, 1):
        wins = lost and number == 1
        now = tale.at(days.ended if wins and days.ended else days.sent or tale.row["opened_on"])
        tale.entry(
            now,
            Competitor,
            tale.owner,
            number,
            name=name,
            amount=round_amount(float(price) * tale.chance.uniform(0.75, 0.97)) if wins else None,
            certainty=Certainty.CONFIRMED if wins else Certainty.SUSPECTED,
            winner=wins,
        )
