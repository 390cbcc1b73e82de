"""What an offer must be in the other systems: raised with every change of it, in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.activities.models import Activity
from bot.leads.models import Lead
from bot.offers.models import Offer, Outcome
from bot.reviews.models import Review
from bot.sync.ledger import redraw, want_records
from bot.sync.models import RECORD, Kind, LedgerRow, LedgerState, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

AT_GO = (Kind.FOLDER, Kind.DEAL, Kind.OPPORTUNITY)
"""In the order in which they are made: the deal links to the folder."""
WHEN_WON = (*AT_GO, Kind.PROJECT)
RAISING = (*WHEN_WON, Kind.REVIEW_MEETING)
"""Records that make other rows stale when they arrive."""


def offer_changed(session: Session, offer: Offer, *, now: datetime) -> None:
    """The records of this offer are stale, or wanted for the first time. An offer without a number has none: it has
    not had its Go.
    """
    if offer.number is not None:
        kinds = AT_GO if offer.project_number is None else WHEN_WON
        want_records(session, (*kinds, *_planned(session, offer)), offer.id, now=now)
    elif offer.outcome is not Outcome.OPEN:
        # It ended before its Go, so nothing comes of its lead.
        for lead_id in session.scalars(sa.select(Lead.id).where(Lead.offer_id == offer.id)):
            want_records(session, (Kind.LEAD,), lead_id, now=now)


def _planned(session: Session, offer: Offer) -> Iterator[Kind]:
    """What an offer has outside only where somebody planned it; also what was removed here, to be removed there."""
    if session.scalar(sa.select(Activity.id).where(Activity.offer_id == offer.id).limit(1)) is not None:
        yield Kind.ACTIVITIES
    met = sa.select(Review.id).where(Review.offer_id == offer.id, Review.meeting_at.is_not(None))
    if session.scalar(met.limit(1)) is not None:
        yield Kind.REVIEW_MEETING
    if offer.project_number is None:
        return
    known = sa.select(LedgerRow.id).where(
        LedgerRow.system == System.CALENDAR,
        LedgerRow.kind == Kind.KICK_OFF_MEETING,
        LedgerRow.subject_id == offer.id,
        LedgerRow.target == RECORD,
    )
    if offer.kick_off_on is not None or session.scalar(known) is not None:
        yield Kind.KICK_OFF_MEETING


def hold(session: Session, kind: Kind, subject_id: int) -> None:
    """Before the row of a record that may raise others is locked: its offer, as whoever changes an offer holds it while
    marking its rows. So no two wait for each other.
    """
    if kind in RAISING:
        session.execute(sa.select(Offer.id).where(Offer.id == subject_id).with_for_update(key_share=True))


def part_arrived(session: Session, row: LedgerRow, *, now: datetime) -> None:
    """A record of an offer was made over there; those that link to it are stale."""
    if row.kind is Kind.LEAD:
        redraw(session, Kind.LEAD_CARD, row.subject_id, now=now)
    if row.kind is Kind.REVIEW_MEETING:
        # Whoever reviews joins the meeting from there.
        for review_id in session.scalars(sa.select(Review.id).where(Review.offer_id == row.subject_id)):
            redraw(session, Kind.REVIEW_CARD, review_id, now=now)
    if row.kind not in WHEN_WON or row.target != RECORD:
        return
    linked = {
        Kind.FOLDER: (Kind.DEAL, Kind.PROJECT),
        Kind.DEAL: (Kind.PROJECT, Kind.ACTIVITIES),
        Kind.PROJECT: (Kind.DEAL,),
    }
    kinds = linked.get(row.kind, ())
    tender_id = session.scalar(sa.select(Offer.tender_id).where(Offer.id == row.subject_id))
    if tender_id is not None:
        # Its card shows where the record can be opened.
        redraw(session, Kind.SHARED_CARD, tender_id, now=now)
    if kinds:
        session.execute(
            sa.update(LedgerRow)
            .where(LedgerRow.kind.in_(kinds), LedgerRow.subject_id == row.subject_id)
            .values(
                wanted_version=LedgerRow.wanted_version + 1,
                updated_at=now,
                state=sa.case(
                    (LedgerRow.state == LedgerState.INCOMPLETE, LedgerState.PENDING.value), else_=LedgerRow.state
                ),
            )
        )
