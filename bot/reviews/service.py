"""The review meeting: asked for, answered by each seat, gone without for a reason; and the gate it makes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot import audit
from bot.audit import AuditEvent
from bot.decisions import seats as places
from bot.decisions.policy import decision_rules
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import entries, stages
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.quotes.models import Quote
from bot.records import service as records
from bot.reviews.errors import NoReviewers, NothingToWaive, OfferOver
from bot.reviews.fields import NOTE_LIMIT, ask_fields, changes_fields, check_days, waive_fields
from bot.reviews.models import Opinion, Review, ReviewAnswer, ReviewKind, ReviewState
from bot.reviews.standing import newest, pending_for, reviews_of, standing, standing_answers, waiting_seats
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, person_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.offers.models import Offer
    from bot.people.models import Person, Role
    from bot.records.fields import Problem

__all__ = [
    "Answered",
    "Closed",
    "answer",
    "ask",
    "changes",
    "due_day",
    "gate",
    "kinds_of",
    "likely_kind",
    "newest",
    "pass_gate",
    "pending_for",
    "problem_of",
    "redraw_open",
    "reviews_of",
    "standing",
    "waive",
]

KEY_LIMIT = 300
PRICED = frozenset({"price", "currency"})
"""What of a quote the reviewers judge: changing it makes their word outdated."""


class Closed(StrEnum):
    """Why the gate of a review is closed."""

    MISSING = "missing"
    """Nobody asked for a review."""
    OPEN = "open"
    """Somebody has not answered yet."""
    CHANGES = "changes"
    """Changes were asked for."""
    OUTDATED = "outdated"
    """What was reviewed changed since, or has been sent already."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a click did. ``duplicate``: it had been answered before, this is the same answer. ``late``: the review had
    closed, nothing was changed. ``state`` is that of the review after it.
    """

    review_id: int
    offer_id: int
    seat: Role
    opinion: Opinion
    duplicate: bool
    late: bool
    state: ReviewState


# The gate


def gate(
    session: Session,
    offer: Offer,
    kind: ReviewKind,
    company: Company,
    *,
    quote: Quote | None = None,
    changed: bool = False,
) -> Closed | None:
    """Why the offer may not go on yet, or None where the way is open: reviewed, waived, or no review is configured.

    ``quote`` is the version about to be sent; ``changed``: its price or currency is about to change too, or the version
    is about to be made. A review counts once: after a quote was sent the next sending needs its own.
    """
    if not _configured(company, kind):
        return None
    review = newest(session, offer.id, kind)
    if review is None:
        return Closed.MISSING
    if review.state is ReviewState.OPEN:
        return Closed.OPEN
    if review.state is ReviewState.CHANGES:
        return Closed.CHANGES
    outdated = _sent_since(session, review) or _other_price(session, review, quote, changed=changed)
    return Closed.OUTDATED if outdated else None


def pass_gate(  # noqa: PLR0913  what the gate needs, and what a waiver keeps
    session: Session,
    offer: Offer,
    kind: ReviewKind,
    reason: str | None,
    *,
    company: Company,
    actor: Person,
    now: datetime,
    quote: Quote | None = None,
    changed: bool = False,
    field: str = "waiver",
) -> None:
    """Let a locked offer through its gate; a closed one opens for a reason, which is kept as a waiver.

    Raises :class:`Invalid` at ``field`` when the gate is closed and there is no reason, or when the person may not
    waive: the owner and those who steer offers may.
    """
    closed = gate(session, offer, kind, company, quote=quote, changed=changed)
    if closed is None:
        return
    if not (reason or "").strip():
        raise Invalid({field: problem_of(session, offer, kind, closed)})
    try:
        offers.require_part(session, offer, actor, now)
    except NotAllowed as refusal:
        raise Invalid({field: (refusal.key, dict(refusal.params))}) from refusal
    _waive(session, offer, kind, str(reason), company=company, actor=actor, now=now, field=field)


def problem_of(session: Session, offer: Offer, kind: ReviewKind, closed: Closed) -> Problem:
    """The sentence that says why the gate is closed; ``roles`` among its values are those it waits for."""
    params: dict[str, Any] = {}
    if closed is Closed.OPEN:
        review = newest(session, offer.id, kind)
        params["roles"] = waiting_seats(session, review) if review is not None else ()
    return f"reviews.gate_{closed}", params


def kinds_of(company: Company) -> tuple[ReviewKind, ...]:
    """The reviews that may be asked for. The one before sending always: whoever wants an opinion may ask."""
    return (ReviewKind.SENDING, *((ReviewKind.SIGNATURE,) if company.rules.review.before_signature else ()))


def likely_kind(session: Session, offer: Offer, company: Company) -> ReviewKind:
    """The review that comes next: before signature once the offer was sent."""
    last = kinds_of(company)[-1]
    return last if stages.was_sent(session, offer.id) else ReviewKind.SENDING


def _configured(company: Company, kind: ReviewKind) -> bool:
    rules = company.rules.review
    return rules.before_sending if kind is ReviewKind.SENDING else rules.before_signature


def _sent_since(session: Session, review: Review) -> bool:
    """True when a quote was sent after the review closed. The trail is asked: it has one order, clocks have several."""
    sent = sa.select(sa.func.max(AuditEvent.id)).where(
        AuditEvent.subject == Quote.__tablename__,
        AuditEvent.action == "quote.sent",
        AuditEvent.subject_id.in_(sa.select(Quote.id).where(Quote.offer_id == review.offer_id)),
    )
    closed = sa.select(sa.func.max(AuditEvent.id)).where(
        AuditEvent.subject == Review.__tablename__,
        AuditEvent.subject_id == review.id,
        AuditEvent.action == "review.closed",
    )
    return (session.scalar(sent) or 0) > (session.scalar(closed) or 0)


def _other_price(session: Session, review: Review, quote: Quote | None, *, changed: bool) -> bool:
    """True when the reviewers said ready to another version, or to another price of it."""
    if review.state is not ReviewState.READY or review.quote_id is None or review.kind is not ReviewKind.SENDING:
        return False
    if changed or (quote is not None and quote.id != review.quote_id):
        return True
    return _repriced(session, review)


def _repriced(session: Session, review: Review) -> bool:
    """True when the price of the reviewed version changed after the first answer that stands."""
    stand = {answer.id for answer in standing_answers(session, review.id).values()}
    answered = session.execute(_events(Review.__tablename__, review.id, "review.answered"))
    first = min((number for number, after in answered if (after or {}).get("answer") in stand), default=0)
    edited = session.execute(_events(Quote.__tablename__, review.quote_id or 0, "quote.edited"))
    return any(number > first and PRICED & set(after or {}) for number, after in edited)


def _events(subject: str, subject_id: int, action: str) -> sa.Select[tuple[int, dict[str, Any] | None]]:
    return sa.select(AuditEvent.id, AuditEvent.after).where(
        AuditEvent.subject == subject, AuditEvent.subject_id == subject_id, AuditEvent.action == action
    )


# Asking


def due_day(company: Company, now: datetime) -> date:
    """Until when reviewers are asked to answer unless somebody says otherwise, in the company's time zone."""
    moment = decision_rules(company).working_time.add_days(now, company.rules.review.working_days)
    return moment.astimezone(ZoneInfo(company.holidays.time_zone)).date()


def ask(
    session: Session, offer_id: int, typed: Mapping[str, str], *, company: Company, actor: Person, now: datetime
) -> Review:
    """Ask the configured seats whether the offer is ready; an open review of the kind is replaced.

    The owner and those who steer offers may. The meeting's time is the actor's, the due day the company's. Before the
    first sending the offer enters the review's stage, where there is one. Raises :class:`Invalid` at the fields,
    :class:`NoReviewers`, :class:`OfferOver`, :class:`NotAllowed`, :class:`NotFound`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    if offer.outcome is not Outcome.OPEN:
        raise OfferOver
    zone = ZoneInfo(company.holidays.time_zone)
    prepared = [(str(quote.id), "") for quote in _prepared(session, offer.id)]
    specs = ask_fields(kinds_of(company), prepared)
    today = stages.today(company, now)
    values = records.read(session, specs, typed, actor, lambda read: check_days(read, today))
    kind = values.get("kind") or ReviewKind.SENDING
    asked = places.holders(session, company.rules.review.seats, now)
    if not asked:
        raise NoReviewers
    _replace_open(session, offer, kind, actor=actor, now=now)
    version = values.get("version")
    review = Review(
        offer_id=offer.id,
        kind=kind,
        seats=[seat.value for seat in company.rules.review.seats],
        state=ReviewState.OPEN,
        quote_id=int(version) if version else None,
        question=values["question"],
        meeting_at=_moment(values["meeting_on"], values["meeting_time"], ZoneInfo(actor.time_zone)),
        due_at=datetime.combine(values["due_on"], decision_rules(company).working_time.day_ends, zone).astimezone(UTC),
        opened_at=now,
        opened_by_id=actor.id,
    )
    session.add(review)
    session.flush()
    after = {"offer": offer.id, "kind": kind.value, "seats": review.seats, "quote": review.quote_id}
    _trail(session, "review.asked", review, actor, now, after)
    for person_id in places.people_behind(asked):
        want(session, Kind.REVIEW_CARD, review.id, now=now, target=person_target(person_id))
    stage = company.stages.by_code(company.rules.review.stage)
    if kind is ReviewKind.SENDING and stage is not None and not stages.was_sent(session, offer.id):
        stages.enter(session, offer, stage.code, company=company, now=now, cause="person", actor_id=actor.id)
    entries.changed(session, offer, actor=actor, now=now)
    return review


def _prepared(session: Session, offer_id: int) -> list[Quote]:
    return [quote for quote in entries.of_offer(session, Quote, offer_id) if quote.sent_at is None]


def _moment(day: date | None, clock: str | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC) if day and clock else None


def _replace_open(session: Session, offer: Offer, kind: ReviewKind, *, actor: Person, now: datetime) -> None:
    before = newest(session, offer.id, kind)
    if before is None:
        return
    if before.state is ReviewState.OPEN:
        _close(session, before, ReviewState.REPLACED, actor=actor, now=now)
    # A closed one keeps its state, but its cards now lead to the newer one.
    _redraw(session, before, now=now)


# Answering


def answer(
    session: Session,
    review_id: int,
    actor: Person,
    opinion: Opinion,
    *,
    request_key: str,
    now: datetime,
    seat: str | None = None,
    note: str | None = None,
) -> Answered:
    """Record what a seat says, by its holder or today's deputy. All seats ready, or one that asks for changes, closes
    the review and tells whoever asked.

    ``request_key`` names the click: the same one is answered again with what it did. ``seat`` is what the card says
    and only chooses among the seats the person may answer for. Raises :class:`Invalid` at ``note`` (needed to ask for
    changes), :class:`NotAllowed`, :class:`NotFound`.
    """
    review = _locked(session, review_id)
    key = request_key if len(request_key) <= KEY_LIMIT else hashlib.sha256(request_key.encode()).hexdigest()
    earlier = session.scalars(
        sa.select(ReviewAnswer).where(ReviewAnswer.review_id == review.id, ReviewAnswer.request_key == key)
    ).one_or_none()
    if earlier is not None:
        if earlier.actor_id != actor.id:
            raise NotAllowed(roles=())
        return _answered(review, earlier.seat, earlier.opinion, duplicate=True)
    place = places.place_for(places.holders(session, review.seats, now), actor, review.seats, seat)
    if review.state is not ReviewState.OPEN:
        return _answered(review, place.seat, opinion, late=True)
    row = ReviewAnswer(
        review_id=review.id,
        seat=place.seat,
        principal_id=place.principal_id,
        actor_id=actor.id,
        opinion=opinion,
        note=_note(note, required=opinion is Opinion.CHANGES, field="note"),
        at=now,
        request_key=key,
    )
    session.add(row)
    review.revision += 1
    session.flush()
    after = {"answer": row.id, "seat": place.seat.value, "opinion": opinion.value, "note": row.note}
    _trail(session, "review.answered", review, actor, now, after, on_behalf_of_id=place.principal_id)
    _conclude(session, review, actor=actor, now=now)
    return _answered(review, place.seat, opinion)


def changes(
    session: Session, review_id: int, typed: Mapping[str, str], *, request_key: str, actor: Person, now: datetime
) -> Answered:
    """Ask for changes, with what is to be changed; see :func:`answer`."""
    values = records.read(session, changes_fields(), typed, actor)
    seat = typed.get("seat")
    return answer(
        session, review_id, actor, Opinion.CHANGES, request_key=request_key, now=now, seat=seat, note=values["note"]
    )


def _answered(review: Review, seat: Role, opinion: Opinion, *, duplicate: bool = False, late: bool = False) -> Answered:
    return Answered(review.id, review.offer_id, seat, opinion, duplicate, late, review.state)


def _locked(session: Session, review_id: int) -> Review:
    """The review, after its offer: everybody locks in this order."""
    offer_id = session.scalar(sa.select(Review.offer_id).where(Review.id == review_id))
    if offer_id is None:
        raise NotFound
    offers.locked(session, offer_id)
    return session.get_one(Review, review_id, populate_existing=True)


def _conclude(session: Session, review: Review, *, actor: Person, now: datetime) -> None:
    """Close the review once it is decided; its cards show the answer either way."""
    answers = standing_answers(session, review.id)
    opinions = {answer.opinion for answer in answers.values()}
    if Opinion.CHANGES in opinions:
        state = ReviewState.CHANGES
    elif all(seat in answers for seat in review.seats):
        state = ReviewState.READY
    else:
        _redraw(session, review, now=now)
        entries.changed(session, offers.by_id(session, review.offer_id), actor=actor, now=now)
        return
    _close(session, review, state, actor=actor, now=now)
    _redraw(session, review, now=now)
    want(session, Kind.REVIEW_RESULT, review.id, now=now, target=person_target(review.opened_by_id))
    entries.changed(session, offers.by_id(session, review.offer_id), actor=actor, now=now)


def _close(session: Session, review: Review, state: ReviewState, *, actor: Person, now: datetime) -> None:
    review.state = state
    review.closed_at, review.closed_by_id = now, actor.id
    review.revision += 1
    session.flush()
    _trail(session, "review.closed", review, actor, now, {"state": state.value, "waiver": review.waiver})


def redraw_open(session: Session, offer_id: int, *, now: datetime) -> None:
    """What the reviewers look at changed: their cards show it."""
    for review in session.scalars(sa.select(Review).where(Review.offer_id == offer_id)).all():
        if review.state is ReviewState.OPEN:
            _redraw(session, review, now=now)


def _redraw(session: Session, review: Review, *, now: datetime) -> None:
    redraw(session, Kind.REVIEW_CARD, review.id, now=now)
    redraw(session, Kind.REVIEW_RESULT, review.id, now=now)


# Going on without


def waive(
    session: Session, offer_id: int, typed: Mapping[str, str], *, company: Company, actor: Person, now: datetime
) -> Review:
    """Go on without a review, for a reason that is kept and shown. The owner and those who steer offers may.

    Raises :class:`Invalid` at ``waiver``, :class:`NothingToWaive` where nothing stands in the way,
    :class:`NotAllowed`, :class:`NotFound`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    values = records.read(session, waive_fields(kinds_of(company)), typed, actor)
    kind = values.get("kind") or ReviewKind.SENDING
    review = newest(session, offer.id, kind)
    running = review is not None and review.state is ReviewState.OPEN
    if not running and gate(session, offer, kind, company) is None:
        raise NothingToWaive
    return _waive(session, offer, kind, values["waiver"], company=company, actor=actor, now=now, field="waiver")


def _waive(
    session: Session,
    offer: Offer,
    kind: ReviewKind,
    reason: str,
    *,
    company: Company,
    actor: Person,
    now: datetime,
    field: str,
) -> Review:
    waiver = _note(reason, required=True, field=field)
    review = newest(session, offer.id, kind)
    if review is None or review.state is not ReviewState.OPEN:
        # What was said stays as it was said; the waiver is a line of its own.
        review = Review(
            offer_id=offer.id,
            kind=kind,
            seats=[seat.value for seat in company.rules.review.seats],
            state=ReviewState.WAIVED,
            opened_at=now,
            opened_by_id=actor.id,
            revision=1,
        )
        session.add(review)
    review.waiver = waiver
    _close(session, review, ReviewState.WAIVED, actor=actor, now=now)
    _redraw(session, review, now=now)
    entries.changed(session, offer, actor=actor, now=now)
    return review


def _note(text: str | None, *, required: bool, field: str) -> str | None:
    note = (text or "").strip()
    if required and not note:
        raise Invalid({field: ("errors.required", {})})
    if len(note) > NOTE_LIMIT:
        raise Invalid({field: ("errors.too_long", {"limit": NOTE_LIMIT})})
    return note or None


def _trail(
    session: Session,
    action: str,
    review: Review,
    actor: Person,
    now: datetime,
    after: dict[str, Any],
    *,
    on_behalf_of_id: int | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        action=action,
        subject=Review.__tablename__,
        subject_id=review.id,
        actor_id=actor.id,
        on_behalf_of_id=on_behalf_of_id if on_behalf_of_id != actor.id else None,
        after=after,
    )
