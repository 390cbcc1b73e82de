"""What is due in rounds at a moment: closings, escalations and reminders. A clock calls it as often as it likes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.decisions import seats
from bot.decisions.models import Ballot, Choice, Round, RoundState
from bot.decisions.results import close, lock, remind
from bot.decisions.rules import DecisionRules, due_reminder, tally


def next_due(session: Session) -> datetime | None:
    """The next moment at which an open round closes."""
    return session.scalar(sa.select(sa.func.min(Round.closes_at)).where(Round.state == RoundState.OPEN))


def close_due(session: Session, now: datetime, rules: DecisionRules) -> int:
    """Decide or escalate every open round whose deadline has passed; returns how many."""
    due = sa.select(Round.id).where(Round.state == RoundState.OPEN, Round.closes_at <= now).order_by(Round.id)
    closed = 0
    for round_id in session.scalars(due).all():
        facts = lock(session, round_id)
        if facts.state is RoundState.OPEN:
            close(session, facts, standing_choices(session, round_id), now=now, rules=rules)
            closed += 1
    return closed


def remind_due(session: Session, now: datetime, rules: DecisionRules) -> int:
    """Remind, privately and once per step, who has not answered: the holders of the missing seats and today's
    deputies. Returns how many.
    """
    running = sa.select(Round).where(Round.state == RoundState.OPEN, Round.closes_at > now).order_by(Round.id)
    sent = 0
    for row in session.scalars(running, execution_options={"populate_existing": True}).all():
        step = due_reminder(row.opened_at, row.closes_at, now, rules)
        if step is None:
            continue
        facts = lock(session, row.id)
        if facts.state is not RoundState.OPEN:
            continue
        missing = tally(standing_choices(session, row.id), facts.voting).missing
        people = seats.people_behind(seats.holders(session, missing, now))
        sent += remind(session, row.id, step, tuple(people), now=now)
    return sent


def standing_choices(session: Session, round_id: int) -> dict[str, Choice]:
    """The last counted choice by seat."""
    statement = sa.select(Ballot.seat, Ballot.choice).where(Ballot.round_id == round_id, Ballot.counted.is_(True))
    return {row.seat: row.choice for row in session.execute(statement.order_by(Ballot.id))}
