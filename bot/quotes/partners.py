"""What partners ask for their part: requested, received, chosen."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers import entries, stages
from bot.quotes.errors import NoAmount
from bot.quotes.fields import PARTNER_QUOTE_FIELDS, check_partner_quote
from bot.quotes.models import PartnerQuote
from bot.records import service as records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person


def partner_quotes_of(session: Session, offer_id: int) -> list[PartnerQuote]:
    """The partner quotes of an offer: those still awaited first, by due day; then the received ones."""
    received = sa.case((PartnerQuote.received_on.is_(None), 0), else_=1)
    undated = sa.case((PartnerQuote.due_on.is_(None), 1), else_=0)
    return entries.of_offer(
        session, PartnerQuote, offer_id, received, undated, PartnerQuote.due_on, PartnerQuote.number
    )


def chosen_totals(quotes: Iterable[PartnerQuote]) -> dict[str, Decimal]:
    """What the chosen ones add up to, by currency."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for quote in quotes:
        if quote.chosen and quote.amount is not None:
            totals[quote.currency] += quote.amount
    return dict(totals)


def add(
    session: Session, offer_id: int, typed: Mapping[str, str], *, company: Company, actor: Person, now: datetime
) -> PartnerQuote:
    """A new partner quote, requested or received. Raises :class:`~bot.errors.Invalid`, NotAllowed, NotFound."""
    return entries.add(
        session,
        PartnerQuote,
        offer_id,
        PARTNER_QUOTE_FIELDS,
        typed,
        actor=actor,
        now=now,
        check=lambda values: check_partner_quote(values, stages.today(company, now)),
    )


def edit(
    session: Session,
    partner_quote_id: int,
    typed: Mapping[str, str],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> tuple[PartnerQuote, tuple[str, ...]]:
    """Change a partner quote, merged with what others changed since revision ``base``."""
    return entries.edit(
        session,
        PartnerQuote,
        partner_quote_id,
        PARTNER_QUOTE_FIELDS,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda values: check_partner_quote(values, stages.today(company, now)),
    )


def choose(session: Session, partner_quote_id: int, *, chosen: bool, actor: Person, now: datetime) -> PartnerQuote:
    """Choose a partner quote, or no longer; several may be chosen, and doing it twice changes nothing.

    Raises :class:`NoAmount` when there is nothing to choose yet, :class:`~bot.errors.NotAllowed`, :class:`NotFound`.
    """
    offer = entries.part_of(session, entries.by_id(session, PartnerQuote, partner_quote_id).offer_id, actor, now)
    quote = records.locked(session, PartnerQuote, partner_quote_id)
    if chosen and quote.amount is None:
        raise NoAmount
    subject = PartnerQuote.__tablename__
    if records.change(session, quote, subject, {"chosen": chosen}, actor=actor, now=now, specs=PARTNER_QUOTE_FIELDS):
        entries.changed(session, offer, actor=actor, now=now)
    return quote
