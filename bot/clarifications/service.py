"""Questions of the client after sending, each answered in writing or in a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clarifications.fields import ANSWER, QUESTION
from bot.clarifications.models import Clarification
from bot.offers import entries
from bot.records import service as records
from bot.records.days import not_yet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.records.fields import Problems


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the clarifications of an offer stand. ``next_due``: the open one that is due first, if one has a day."""

    total: int
    open: int
    overdue: int
    next_due: date | None


def ask(session: Session, offer_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime) -> Clarification:
    """Write a question of the client down.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.NotAllowed` unless the person works on the
    offer, :class:`~bot.errors.NotFound`.
    """
    return entries.add(
        session,
        Clarification,
        offer_id,
        QUESTION,
        typed,
        actor=actor,
        now=now,
        check=lambda values: not_yet(values, "asked_on", now=now),
    )


def edit(
    session: Session, clarification_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> Clarification:
    """Correct a question, merged with what others changed since revision ``base``; raises as :func:`ask`."""
    record, _names = entries.edit(
        session,
        Clarification,
        clarification_id,
        QUESTION,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda values: not_yet(values, "asked_on", now=now),
    )
    return record


def answer(
    session: Session, clarification_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> Clarification:
    """Write the answer down, or correct it; raises as :func:`ask`."""
    entries.part_of(session, entries.offer_of(session, Clarification, clarification_id), actor, now)
    asked_on = records.locked(session, Clarification, clarification_id).asked_on

    def check(values: Mapping[str, Any]) -> Problems:
        problems = not_yet(values, "answered_on", now=now)
        if values["answered_on"] < asked_on:
            problems["answered_on"] = ("errors.date_order", {})
        if not values["answer"] and not values["link"]:
            problems["answer"] = ("errors.required", {})
        return problems

    record, _names = entries.edit(
        session, Clarification, clarification_id, ANSWER, typed, base=base, actor=actor, now=now, check=check
    )
    return record


def of_offer(session: Session, offer_id: int) -> list[Clarification]:
    """Open ones first, what is due first before the rest, then the answered ones, the last answer first."""
    found = entries.of_offer(session, Clarification, offer_id)
    waiting = [one for one in found if one.answered_on is None]
    waiting.sort(key=lambda one: (one.due_on is None, one.due_on or one.asked_on, one.number))
    answered = [one for one in found if one.answered_on is not None]
    answered.sort(key=lambda one: (one.answered_on or one.asked_on, one.number), reverse=True)
    return waiting + answered


def standing(session: Session, offer_id: int, today: date) -> Standing:
    """How many there are, and what waits."""
    waiting = Clarification.answered_on.is_(None)
    statement = sa.select(
        sa.func.count(),
        sa.func.count(sa.case((waiting, 1))),
        sa.func.count(sa.case((sa.and_(waiting, Clarification.due_on < today), 1))),
        sa.func.min(sa.case((waiting, Clarification.due_on))),
    ).where(Clarification.offer_id == offer_id, Clarification.removed_at.is_(None))
    total, still_open, overdue, next_due = session.execute(statement).one()
    return Standing(total, still_open, overdue, next_due)
