"""Finding tenders: by words, and the open ones by deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.offers.models import Offer, Outcome
from bot.tenders.models import Source, Tender
from bot.tenders.rules import OVER
from bot.tenders.wording import clean, fold, tender_number
from bot.tenders.words import TenderState

WORDS_LIMIT = 8
WORD_LIMIT = 50
"""Longer and further words of a search are left out: nobody types them, and each costs a look at every row."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of tenders; ``total`` counts all pages."""

    tenders: tuple[Tender, ...]
    total: int


def search(session: Session, words: str, *, limit: int = 10, offset: int = 0) -> Found:
    """Tenders with every word somewhere in number, title, entity or description, whatever case and accents.

    A tender number in any form people write gives its tenders alone, the newest first. Otherwise open ones come first.
    """
    words = clean(words)
    number = tender_number(words)
    newest = (Tender.published_at.desc().nulls_last(), Tender.id.desc())
    if number is not None:
        exact = sa.select(Tender).where(sa.func.upper(Tender.number) == number)
        if (found := _page(session, exact.order_by(*newest), limit, offset)).total:
            return found
    wanted = list(dict.fromkeys(word[:WORD_LIMIT] for word in fold(words).split()))[:WORDS_LIMIT]
    if not wanted:
        return Found((), 0)
    statement = sa.select(Tender).where(*(Tender.search_text.contains(word, autoescape=True) for word in wanted))
    shut = sa.case((sa.or_(Tender.closed_at.is_not(None), Tender.cancelled), 1), else_=0)
    return _page(session, statement.order_by(shut, *newest), limit, offset)


def open_tenders(session: Session, now: datetime, *, limit: int = 10, offset: int = 0) -> Found:
    """What one can still bid for and nobody put aside: matching, picked up, or entered by hand; next deadline first.

    Those without a deadline come last, the newest first.
    """
    statement = (
        sa.select(Tender)
        .outerjoin(Offer, Offer.tender_id == Tender.id)
        .where(*_open(now), sa.or_(Offer.id.is_(None), Offer.outcome == Outcome.OPEN))
        .order_by(Tender.closes_at.asc().nulls_last(), Tender.published_at.desc().nulls_last(), Tender.id.desc())
    )
    return _page(session, statement, limit, offset)


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    reissue = aliased(Tender)
    return (
        sa.or_(Tender.matched, Tender.announced, Tender.source == Source.CLIENT),
        Tender.state != TenderState.DISMISSED,
        Tender.cancelled.is_(False),
        Tender.archived.is_(False),
        sa.or_(Tender.closes_at.is_(None), Tender.closes_at > now),
        sa.or_(Tender.status_id.is_(None), Tender.status_id.not_in(sorted(OVER))),
        Tender.search_text.not_like("%work plan%"),
        ~sa.exists().where(reissue.reissue_of_id == Tender.id),
    )


def _page(session: Session, statement: sa.Select[Any], limit: int, offset: int) -> Found:
    total = session.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0
    return Found(tuple(session.scalars(statement.limit(limit).offset(offset))), total)
