"""Who else bids, and who won: at most one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.errors import NotFound
from bot.offers import entries
from bot.offers import service as offers
from bot.quotes.fields import COMPETITOR_FIELDS
from bot.quotes.models import Competitor
from bot.records import service as records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.records.fields import Problems


def competitors_of(session: Session, offer_id: int) -> list[Competitor]:
    """The competitors on an offer: the winner first, then in the order in which they were entered."""
    return entries.of_offer(session, Competitor, offer_id, Competitor.winner.desc(), Competitor.number)


def winner_of(session: Session, offer_id: int) -> Competitor | None:
    """Who won the work instead of us."""
    return next((one for one in competitors_of(session, offer_id) if one.winner), None)


def add(session: Session, offer_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime) -> Competitor:
    """A new competitor. Raises :class:`~bot.errors.Invalid`, also at ``winner`` when another one won; NotAllowed,
    NotFound.
    """
    offers.locked(session, offer_id)
    return entries.add(
        session,
        Competitor,
        offer_id,
        COMPETITOR_FIELDS,
        typed,
        actor=actor,
        now=now,
        check=lambda values: _one_winner(session, offer_id, 0, values),
    )


def edit(
    session: Session, competitor_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> tuple[Competitor, tuple[str, ...]]:
    """Change a competitor, merged with what others changed since revision ``base``."""
    offer_id = entries.by_id(session, Competitor, competitor_id).offer_id
    offers.locked(session, offer_id)
    return entries.edit(
        session,
        Competitor,
        competitor_id,
        COMPETITOR_FIELDS,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda values: _one_winner(session, offer_id, competitor_id, values),
    )


def take_away(session: Session, competitor_id: int, *, actor: Person, now: datetime, away: bool) -> int:
    """Hide a competitor, or show it again, no longer as winner when another one won meanwhile; gives the offer's id."""
    offer_id = session.scalar(sa.select(Competitor.offer_id).where(Competitor.id == competitor_id))
    if offer_id is None:
        raise NotFound
    offers.locked(session, offer_id)
    winner = winner_of(session, offer_id)
    entries.take_away(session, Competitor, competitor_id, actor=actor, now=now, away=away)
    back = session.get_one(Competitor, competitor_id)
    if not away and winner is not None and winner.id != competitor_id:
        records.change(
            session, back, Competitor.__tablename__, {"winner": False}, actor=actor, now=now, specs=COMPETITOR_FIELDS
        )
    return offer_id


def _one_winner(session: Session, offer_id: int, own_id: int, values: Mapping[str, Any]) -> Problems:
    winner = winner_of(session, offer_id)
    if not values["winner"] or winner is None or winner.id == own_id:
        return {}
    return {"winner": ("competitors.other_winner", {"name": winner.name})}
