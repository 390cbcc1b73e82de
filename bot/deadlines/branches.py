"""Where the dates stand: one select for each kind of thing that has a day and somebody who sees to it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot.activities.models import Activity
from bot.clarifications.models import Clarification
from bot.deadlines.models import DueKind, MorningLine, Occasion
from bot.handover.models import Handover, HandoverState
from bot.negotiations.models import NegotiationPoint, PointState
from bot.offers.models import Offer, Outcome
from bot.quotes.models import PartnerQuote, Quote
from bot.reviews.models import Review, ReviewState

TITLE = 200
"""Characters of a question or a scope that are read."""

Condition = sa.ColumnElement[bool]
Column = Any
_LATER = aliased(Quote)
_OPEN: Condition = Offer.outcome == Outcome.OPEN
_SENT: Condition = sa.exists().where(Quote.offer_id == Offer.id, Quote.sent_at.is_not(None), Quote.removed_at.is_(None))
_TAKEN_OVER: Condition = sa.exists().where(Handover.offer_id == Offer.id, Handover.state == HandoverState.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One kind. ``due``: a day, or a moment that becomes the company's day. ``over``: true where a day that has
    passed is over, not overdue.
    """

    kind: Column
    due: Column
    where: tuple[Condition, ...]
    record: type[Any] | None = None
    owner: Column = Offer.owner_id
    subject_id: Column = Offer.id
    title: Column = field(default_factory=lambda: sa.literal(""))
    time: Column = field(default_factory=lambda: sa.literal("", sa.String()))
    over: Column = field(default_factory=sa.false)

    def lines(self) -> sa.Select[Any]:
        """Every line of this kind, nothing left out."""
        made = sa.select(
            self.kind.label("kind"),
            self.subject_id.label("subject_id"),
            sa.func.substr(self.title, 1, TITLE).label("title"),
            self.time.label("time"),
            Offer.id.label("offer_id"),
            self.owner.label("owner_id"),
            self.due.label("due"),
            sa.case((self.over, 1), else_=0).label("over"),
        )
        if self.record is not None:
            made = made.select_from(self.record).join(Offer, Offer.id == self.record.offer_id)
        return made.where(self.due.is_not(None), *self.where)


def _entry(record: type[Any], kind: DueKind, due: Column, title: Column, *where: Condition) -> Branch:
    """Records that hang on an open offer and have an owner of their own."""
    return Branch(
        kind=sa.literal(kind.value),
        record=record,
        subject_id=record.id,
        owner=record.owner_id,
        due=due,
        title=title,
        where=(_OPEN, record.removed_at.is_(None), *where),
    )


DAYS: tuple[Branch, ...] = (
    Branch(kind=sa.literal(DueKind.CLOSING.value), due=Offer.expected_closing_on, where=(_OPEN,)),
    _entry(
        Clarification,
        DueKind.CLARIFICATION,
        Clarification.due_on,
        Clarification.question,
        Clarification.answered_on.is_(None),
    ),
    _entry(
        NegotiationPoint,
        DueKind.POINT,
        NegotiationPoint.due_on,
        NegotiationPoint.clause,
        NegotiationPoint.state.in_((PointState.OPEN, PointState.BLOCKED)),
    ),
    _entry(
        PartnerQuote,
        DueKind.PARTNER_QUOTE,
        PartnerQuote.due_on,
        PartnerQuote.partner,
        PartnerQuote.received_on.is_(None),
    ),
    replace(
        _entry(Activity, DueKind.TASK, Activity.planned_on, Activity.subject, Activity.done_on.is_(None)),
        kind=sa.type_coerce(Activity.kind, sa.String()),
        time=sa.func.coalesce(Activity.planned_time, ""),
    ),
    Branch(
        kind=sa.literal(DueKind.VALIDITY.value),
        record=Quote,
        subject_id=Quote.id,
        due=Quote.valid_until,
        where=(
            _OPEN,
            Quote.sent_at.is_not(None),
            Quote.removed_at.is_(None),
            ~sa.exists().where(
                _LATER.offer_id == Quote.offer_id,
                _LATER.sent_at.is_not(None),
                _LATER.removed_at.is_(None),
                _LATER.number > Quote.number,
            ),
        ),
    ),
    Branch(
        kind=sa.literal(DueKind.DEBRIEF.value),
        due=Offer.debrief_due_on,
        where=(~_OPEN, Offer.debrief_done_on.is_(None)),
    ),
    Branch(
        kind=sa.literal(DueKind.KICK_OFF.value),
        due=Offer.kick_off_on,
        owner=sa.func.coalesce(Offer.project_manager_id, Offer.owner_id),
        where=(Offer.outcome == Outcome.WON,),
        over=_TAKEN_OVER,
    ),
)
"""Things that are due on a day."""

MOMENTS: tuple[Branch, ...] = (
    Branch(kind=sa.literal(DueKind.SUBMISSION.value), due=Offer.submission_due_at, where=(_OPEN, ~_SENT)),
    Branch(
        kind=sa.literal(DueKind.QUESTIONS.value),
        due=Offer.clarification_at,
        where=(_OPEN, ~_SENT),
        over=sa.true(),
    ),
    Branch(
        kind=sa.literal(DueKind.REVIEW.value),
        record=Review,
        subject_id=Review.id,
        due=Review.due_at,
        where=(_OPEN, Review.state == ReviewState.OPEN),
    ),
)
"""Things that are due at a moment."""


def union(
    branches: Collection[Branch],
    *,
    today: date | datetime,
    before: date | datetime,
    owners: Collection[int] | None,
    since: date | datetime | None = None,
    offers: Collection[Condition] = (),
    unreminded: bool = False,
) -> sa.Subquery:
    """The lines of several kinds that are due before ``before``; what is over when it has passed only from ``today``.

    ``owners`` None: everybody's. ``since``: not what was due before. ``offers``: conditions on the offer.
    ``unreminded`` leaves out what its owner was told to be overdue.
    """
    made = []
    for branch in branches:
        lines = branch.lines().where(branch.due < before, sa.or_(~branch.over, branch.due >= today), *offers)
        if since is not None:
            lines = lines.where(branch.due >= since)
        if owners is not None:
            lines = lines.where(branch.owner.in_(owners))
        if unreminded:
            told = sa.exists().where(
                MorningLine.person_id == branch.owner,
                MorningLine.kind == branch.kind,
                MorningLine.subject_id == branch.subject_id,
                MorningLine.due_on == branch.due,
                MorningLine.occasion == Occasion.OVERDUE,
            )
            lines = lines.where(~told)
        made.append(lines)
    return sa.union_all(*made).subquery("due_lines")
