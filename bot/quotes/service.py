"""Our quotes: priced versions of an offer, prepared, copied, sent. What was sent is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotFound
from bot.offers import entries, stages
from bot.offers import service as offers
from bot.offers.models import Outcome
from bot.quotes.errors import AlreadySent
from bot.quotes.fields import NEW_VERSION, QUOTE_FIELDS, SENT_VALUES, check_sending, sent_fields
from bot.quotes.models import Quote
from bot.records import service as records
from bot.reviews import service as reviews
from bot.reviews.fields import WAIVER
from bot.reviews.models import ReviewKind
from bot.reviews.service import PRICED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.offers.models import Offer
    from bot.people.models import Person
    from bot.reviews.service import Closed

__all__ = [
    "add",
    "closed_for",
    "counted",
    "edit",
    "prepared",
    "quotes_of",
    "refuse_no_go",
    "send",
    "submitted",
    "take_away",
]


def quotes_of(session: Session, offer_id: int) -> list[Quote]:
    """The versions of an offer, the newest first."""
    return entries.of_offer(session, Quote, offer_id, Quote.number.desc())


def prepared(session: Session, offer_id: int) -> list[Quote]:
    """The versions that were not sent, the newest first."""
    return [quote for quote in quotes_of(session, offer_id) if quote.sent_at is None]


def submitted(session: Session, offer_id: int) -> Quote | None:
    """The version that was sent last: its price is the price submitted."""
    statement = (
        sa.select(Quote)
        .where(Quote.offer_id == offer_id, Quote.sent_at.is_not(None), Quote.removed_at.is_(None))
        .order_by(Quote.sent_on.desc(), Quote.sent_at.desc(), Quote.id.desc())
        .limit(1)
    )
    return session.scalars(statement).one_or_none()


def counted(session: Session, offer_id: int) -> int:
    """How many quotes were sent."""
    statement = sa.select(sa.func.count()).where(
        Quote.offer_id == offer_id, Quote.sent_at.is_not(None), Quote.removed_at.is_(None)
    )
    return session.scalar(statement) or 0


def add(
    session: Session,
    offer_id: int,
    typed: Mapping[str, str],
    *,
    actor: Person,
    now: datetime,
    copied_from_id: int | None = None,
) -> Quote:
    """A new version, to be sent later; ``copied_from_id`` is the version it was made from.

    Raises :class:`Invalid`, :class:`~bot.errors.NotAllowed`, :class:`NotFound`.
    """
    return entries.add(
        session, Quote, offer_id, QUOTE_FIELDS, typed, actor=actor, now=now, copied_from_id=copied_from_id
    )


def edit(
    session: Session, quote_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> tuple[Quote, tuple[str, ...]]:
    """Change a version that was not sent, merged with what others changed since revision ``base``.

    Raises :class:`AlreadySent`, :class:`Invalid`, :class:`~bot.errors.NotAllowed`, :class:`NotFound`.
    """
    quote = _unsent(session, quote_id)
    quote, names = entries.edit(session, Quote, quote.id, QUOTE_FIELDS, typed, base=base, actor=actor, now=now)
    if names:
        reviews.redraw_open(session, quote.offer_id, now=now)
    return quote, names


def take_away(session: Session, quote_id: int, *, actor: Person, now: datetime, away: bool) -> int:
    """Hide a version that was not sent, or show it again; gives the offer's id. Raises :class:`AlreadySent`."""
    offer_id = session.scalar(sa.select(Quote.offer_id).where(Quote.id == quote_id))
    if offer_id is None:
        raise NotFound
    offers.locked(session, offer_id)
    quote = session.get_one(Quote, quote_id, populate_existing=True)
    if quote.sent_at is not None:
        raise AlreadySent
    entries.take_away(session, Quote, quote_id, actor=actor, now=now, away=away)
    reviews.redraw_open(session, offer_id, now=now)
    return offer_id


def _unsent(session: Session, quote_id: int) -> Quote:
    """A version that can still be changed, after its offer was locked."""
    offers.locked(session, entries.by_id(session, Quote, quote_id).offer_id)
    quote = entries.by_id(session, Quote, quote_id)
    if quote.sent_at is not None:
        raise AlreadySent
    return quote


def closed_for(session: Session, offer: Offer, typed: Mapping[str, str], company: Company) -> Closed | None:
    """Why what stands in the dialog may not be sent without a reason yet; None where the way is open."""
    quote = next((one for one in prepared(session, offer.id) if str(one.id) == typed.get("version")), None)
    stored = records.texts_of(session, quote, QUOTE_FIELDS) if quote is not None else {}
    # What is typed and reads differently may change the price; the service compares the amounts.
    changed = quote is None or any(typed.get(name, "").strip() not in {"", stored[name]} for name in PRICED)
    return reviews.gate(session, offer, ReviewKind.SENDING, company, quote=quote, changed=changed)


def refuse_no_go(offer: Offer) -> None:
    """Raise :class:`~bot.offers.stages.EndedInNoGo`: nothing is sent for such an offer before its round is reopened."""
    if offer.outcome is Outcome.NO_GO:
        raise stages.EndedInNoGo


def send(
    session: Session, offer_id: int, typed: Mapping[str, str], *, company: Company, actor: Person, now: datetime
) -> Quote:
    """Record that a version was sent: the prepared one that was chosen, or one made of what was typed.

    The offer enters the stage of sent quotes (a closed one opens again). Where a review stands in the way, a reason at
    ``waiver`` lets it pass. Raises :class:`Invalid`, :class:`~bot.offers.stages.EndedInNoGo`,
    :class:`~bot.errors.NotAllowed`, :class:`NotFound`.
    """
    offer = entries.part_of(session, offer_id, actor, now)
    refuse_no_go(offer)
    versions = {str(quote.id): quote for quote in prepared(session, offer.id)}
    picked = typed.get("version", "")
    if picked and picked != NEW_VERSION and picked not in versions:
        # Somebody sent or removed it while the dialog was open.
        raise Invalid({"version" if versions else "sent_on": ("quotes.version_gone", {})})
    choices = [(code, "") for code in versions] + ([(NEW_VERSION, "")] if versions else [])
    quote = versions.get(picked)
    stored = {name: getattr(quote, name) for name in SENT_VALUES} if quote is not None else None
    opened_on = offer.opened_on or offer.opened_at.astimezone(ZoneInfo(company.holidays.time_zone)).date()
    values = records.read(
        session,
        sent_fields(choices, WAIVER),
        typed,
        actor,
        lambda read: check_sending(read, stored, opened_on=opened_on, today=stages.today(company, now)),
    )
    given = {name: values[name] for name in SENT_VALUES if values[name] is not None}
    changed = quote is None or any(given.get(name, getattr(quote, name)) != getattr(quote, name) for name in PRICED)
    reviews.pass_gate(
        session,
        offer,
        ReviewKind.SENDING,
        values["waiver"],
        company=company,
        actor=actor,
        now=now,
        quote=quote,
        changed=changed,
    )
    if quote is None:
        quote = entries.add(session, Quote, offer.id, (), {}, actor=actor, now=now, **given)
    else:
        records.change(session, quote, Quote.__tablename__, given, actor=actor, now=now, specs=QUOTE_FIELDS)
    _mark_sent(session, quote, values["sent_on"], actor=actor, now=now)
    stages.after_quote_sent(session, offer, company=company, actor=actor, now=now, on=values["sent_on"])
    entries.changed(session, offer, actor=actor, now=now)
    return quote


def _mark_sent(session: Session, quote: Quote, sent_on: date, *, actor: Person, now: datetime) -> None:
    quote.sent_on, quote.sent_at, quote.sent_by_id = sent_on, now, actor.id
    quote.revision += 1
    quote.updated_at, quote.updated_by_id = now, actor.id
    session.flush()
    after: dict[str, Any] = {"offer": quote.offer_id, "number": quote.number, "price": str(quote.price)}
    audit.record(
        session,
        now=now,
        action="quote.sent",
        subject=Quote.__tablename__,
        subject_id=quote.id,
        actor_id=actor.id,
        after={**after, "currency": quote.currency, "sent_on": sent_on.isoformat()},
    )
