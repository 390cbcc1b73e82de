"""Contract clauses under negotiation, and the negotiation as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.config.models import StageType
from bot.negotiations.fields import POINT, SETTLED_ON
from bot.negotiations.models import NegotiationPoint, NextMove, PointState
from bot.offers import entries
from bot.offers.models import StageStep
from bot.people.service import today_of
from bot.records import service as records
from bot.records.days import not_yet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Stages
    from bot.people.models import Person
    from bot.records.fields import Problems

SETTLED = frozenset({PointState.AGREED, PointState.DROPPED})
"""No longer under negotiation."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole negotiation of an offer.

    ``since``: its first day; None while there is none. ``until``: the day the last point was settled; None while one
    is not. ``days``: from the first day until then, or until today. ``next_move``: ``US`` as soon as one point waits
    for us; None when none waits.
    """

    open: int
    blocked: int
    agreed: int
    dropped: int
    since: date | None
    until: date | None
    days: int
    next_move: NextMove | None

    @property
    def unsettled(self) -> int:
        """How many are still under negotiation, the blocked ones among them."""
        return self.open + self.blocked

    @property
    def total(self) -> int:
        """How many there are."""
        return self.unsettled + self.agreed + self.dropped


def add(session: Session, offer_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime) -> NegotiationPoint:
    """A new point.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.NotAllowed` unless the person works on the
    offer, :class:`~bot.errors.NotFound`.
    """
    point = entries.add(
        session,
        NegotiationPoint,
        offer_id,
        POINT,
        typed,
        actor=actor,
        now=now,
        check=lambda values: _check(values, now),
    )
    _settle(session, point, actor=actor, now=now)
    return point


def edit(
    session: Session, point_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> NegotiationPoint:
    """Change a point, merged with what others changed since revision ``base``; raises as :func:`add`.

    The day it was settled is kept by itself: set when it becomes agreed or dropped, emptied when it is taken up again.
    """
    point, names = entries.edit(
        session,
        NegotiationPoint,
        point_id,
        POINT,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda values: _check(values, now),
    )
    if "state" in names:
        _settle(session, point, actor=actor, now=now)
    return point


def _check(values: Mapping[str, Any], now: datetime) -> Problems:
    problems = not_yet(values, "since", now=now)
    if values["state"] is PointState.AGREED and not values["agreed_text"]:
        problems["agreed_text"] = ("errors.required", {})
    return problems


def _settle(session: Session, point: NegotiationPoint, *, actor: Person, now: datetime) -> None:
    """Note the day, once: going from dropped to agreed settles nothing again."""
    settled = point.state in SETTLED
    if settled != (point.settled_on is not None):
        # The day is the actor's; a point somebody began where tomorrow is today is not settled before it began.
        day = max(today_of(actor, now), point.since) if settled else None
        records.change(
            session,
            point,
            NegotiationPoint.__tablename__,
            {SETTLED_ON.name: day},
            actor=actor,
            now=now,
            specs=(SETTLED_ON,),
        )


def of_offer(session: Session, offer_id: int) -> list[NegotiationPoint]:
    """Points under negotiation first, what is due first before the rest, then the settled ones, the last first."""
    found = entries.of_offer(session, NegotiationPoint, offer_id)
    waiting = [one for one in found if one.state not in SETTLED]
    waiting.sort(key=lambda one: (one.due_on is None, one.due_on or one.since, one.number))
    settled = [one for one in found if one.state in SETTLED]
    settled.sort(key=lambda one: (one.settled_on or one.since, one.number), reverse=True)
    return waiting + settled


def summary(session: Session, offer_id: int, today: date, *, stages: Stages) -> Summary:
    """Where the whole negotiation stands. It began with the first point, or with the configured negotiation stage if
    the offer entered it earlier.
    """
    rows = session.execute(
        sa.select(
            NegotiationPoint.state,
            NegotiationPoint.next_move,
            sa.func.count(),
            sa.func.min(NegotiationPoint.since),
            sa.func.max(NegotiationPoint.settled_on),
        )
        .where(NegotiationPoint.offer_id == offer_id, NegotiationPoint.removed_at.is_(None))
        .group_by(NegotiationPoint.state, NegotiationPoint.next_move)
    ).all()
    counts = {state: sum(count for found, _move, count, _since, _end in rows if found is state) for state in PointState}
    moves = {move for state, move, _count, _since, _end in rows if state not in SETTLED}
    starts = [since for _state, _move, _count, since, _end in rows]
    entered = _stage_entered(session, offer_id, stages)
    since = min((*starts, entered) if entered else starts, default=None)
    ends = [end for _state, _move, _count, _since, end in rows if end is not None]
    until = max(ends) if ends and not moves else None
    return Summary(
        open=counts[PointState.OPEN],
        blocked=counts[PointState.BLOCKED],
        agreed=counts[PointState.AGREED],
        dropped=counts[PointState.DROPPED],
        since=since,
        until=until,
        days=max(((until or today) - since).days, 0) if since else 0,
        next_move=NextMove.US if NextMove.US in moves else NextMove.CLIENT if moves else None,
    )


def _stage_entered(session: Session, offer_id: int, stages: Stages) -> date | None:
    """The first day the offer stood in the negotiation stage."""
    stage = stages.of_type(StageType.NEGOTIATION)
    if stage is None:
        return None
    return session.scalar(
        sa.select(sa.func.min(StageStep.entered_on)).where(
            StageStep.offer_id == offer_id, StageStep.stage == stage.code, StageStep.post_award.is_(False)
        )
    )
