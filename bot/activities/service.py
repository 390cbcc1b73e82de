"""Appointments, calls and tasks, planned or recorded, and documents that stand elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.activities.fields import ACTIVITY, DONE_ON, document
from bot.activities.models import Activity, Document
from bot.errors import Invalid
from bot.offers import entries, stages
from bot.offers import service as offers
from bot.people.service import today_of
from bot.records import service as records
from bot.records.days import not_yet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.people.models import Person
    from bot.records.fields import Problems

CHOICES = 25
"""Activities that a document's dialog offers, the newest."""


def record(
    session: Session, offer_id: int, typed: Mapping[str, str], *, company: Company, actor: Person, now: datetime
) -> tuple[Activity, bool]:
    """Plan or record an activity. Returns it, and whether it moved the offer into another stage.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.NotAllowed` unless the person works on the
    offer, :class:`~bot.errors.NotFound`.
    """
    activity = entries.add(
        session,
        Activity,
        offer_id,
        ACTIVITY,
        typed,
        actor=actor,
        now=now,
        check=lambda values: _check(values, now),
    )
    return activity, _moved(session, activity, company=company, actor=actor, now=now)


def edit(
    session: Session,
    activity_id: int,
    typed: Mapping[str, str],
    *,
    base: int,
    company: Company,
    actor: Person,
    now: datetime,
) -> tuple[Activity, bool]:
    """Change an activity, merged with what others changed since revision ``base``; returns and raises as
    :func:`record`.
    """
    activity, names = entries.edit(
        session,
        Activity,
        activity_id,
        ACTIVITY,
        typed,
        base=base,
        actor=actor,
        now=now,
        check=lambda values: _check(values, now),
    )
    if DONE_ON.name not in names or activity.done_on is None:
        return activity, False
    return activity, _moved(session, activity, company=company, actor=actor, now=now)


def mark(session: Session, activity_id: int, *, done: bool, company: Company, actor: Person, now: datetime) -> Activity:
    """Record a planned activity as done today, or take that back; doing it twice changes nothing.

    Raises :class:`~bot.errors.NotAllowed`, :class:`~bot.errors.NotFound`. What was never planned stays recorded:
    :class:`~bot.errors.Invalid`.
    """
    offer = entries.part_of(session, entries.offer_of(session, Activity, activity_id), actor, now)
    activity = records.locked(session, Activity, activity_id)
    if done == (activity.done_on is not None):
        return activity
    if not done and activity.planned_on is None:
        raise Invalid({"planned_on": ("errors.required", {})})
    day = today_of(actor, now) if done else None
    records.change(
        session, activity, Activity.__tablename__, {DONE_ON.name: day}, actor=actor, now=now, specs=(DONE_ON,)
    )
    entries.changed(session, offer, actor=actor, now=now)
    if done:
        _moved(session, activity, company=company, actor=actor, now=now)
    return activity


def _check(values: Mapping[str, Any], now: datetime) -> Problems:
    problems = not_yet(values, "done_on", now=now)
    if values["planned_on"] is None and values["done_on"] is None:
        problems["planned_on"] = ("errors.required", {})
    if values["planned_time"] is not None and values["planned_on"] is None:
        problems["planned_on"] = ("errors.required", {})
    return problems


def _moved(session: Session, activity: Activity, *, company: Company, actor: Person, now: datetime) -> bool:
    """An appointment, call or task begins the negotiation of an offer that was sent."""
    offer = offers.locked(session, activity.offer_id)
    on = activity.done_on or stages.today(company, now)
    return stages.after_activity(session, offer, company=company, actor=actor, now=now, on=on)


def of_offer(session: Session, offer_id: int) -> list[Activity]:
    """Planned ones first, the next first; then the recorded ones, the last first."""
    found = entries.of_offer(session, Activity, offer_id)
    planned = [one for one in found if one.done_on is None]
    planned.sort(key=lambda one: (str(one.planned_on or ""), one.planned_time or "", one.number))
    done = [one for one in found if one.done_on is not None]
    done.sort(key=lambda one: (str(one.done_on or ""), one.number), reverse=True)
    return planned + done


def choices(session: Session, offer_id: int, chosen: int | None = None) -> tuple[tuple[str, str], ...]:
    """The activities a document may belong to, as (id, subject): the newest, and the one ``chosen`` already."""
    statement = (
        sa.select(Activity.id, Activity.subject)
        .where(Activity.offer_id == offer_id, sa.or_(Activity.removed_at.is_(None), Activity.id == (chosen or 0)))
        .order_by(sa.case((Activity.id == (chosen or 0), 0), else_=1), Activity.number.desc())
        .limit(CHOICES)
    )
    return tuple((str(row.id), row.subject) for row in session.execute(statement))


def add_document(
    session: Session, offer_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime
) -> Document:
    """Link a document; raises as :func:`record`."""
    specs = document(choices(session, offer_id))
    return entries.add(session, Document, offer_id, specs, typed, actor=actor, now=now)


def edit_document(
    session: Session, document_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> Document:
    """Change a link, merged with what others changed since revision ``base``; raises as :func:`record`."""
    entries.part_of(session, entries.offer_of(session, Document, document_id), actor, now)
    found = records.locked(session, Document, document_id)
    specs = document(choices(session, found.offer_id, found.activity_id))
    changed, _names = entries.edit(session, Document, document_id, specs, typed, base=base, actor=actor, now=now)
    return changed


def documents(session: Session, offer_id: int) -> list[Document]:
    """The linked documents, the newest first."""
    found = entries.of_offer(session, Document, offer_id)
    found.sort(key=lambda one: (str(one.dated_on or one.created_at.date()), one.number), reverse=True)
    return found
