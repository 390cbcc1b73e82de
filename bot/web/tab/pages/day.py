"""My day: what waits for this person, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.deadlines import service as deadlines
from bot.decisions.pending import pending_for, questions_for
from bot.handover import service as handover
from bot.hours.missing import missing_weeks
from bot.offers.models import Offer
from bot.people.service import today_of
from bot.reviews import service as reviews
from bot.sync import conflicts
from bot.teams.presenters.sync import conflict_view
from bot.web.tab.asked import Asked, Page
from cards.views.reader import sentence

if TYPE_CHECKING:
    from datetime import date

DAYS = 30
"""How far ahead my day looks, as the list in chat does."""
SHOWN = 12
CONFLICTS = 10


def show(asked: Asked) -> Page:
    """Votes, reviews, projects, questions, hours, deadlines and conflicts that wait for one person."""
    turn = asked.turn
    today = today_of(turn.person, turn.now)
    time_zone = turn.company.holidays.time_zone
    due = deadlines.coming(
        turn.session, today=today, days=DAYS, limit=SHOWN, time_zone=time_zone, person_id=turn.person.id
    )
    following = None
    if not due.lines:
        following = deadlines.next_of(turn.session, person_id=turn.person.id, today=today, time_zone=time_zone)
    waiting = conflicts.waiting_for(turn.session, turn.person.id, CONFLICTS)
    return Page(
        "day.html",
        sentence("tab.place_day"),
        "day",
        {
            "today": today,
            "name": turn.person.name,
            "reviews": reviews.pending_for(turn.session, turn.person, turn.now),
            "handovers": handover.waiting_for(turn.session, turn.person),
            "votes": pending_for(turn.session, turn.person, turn.now),
            "questions": questions_for(turn.session, turn.person, turn.now),
            "weeks": _weeks(asked),
            "due": due,
            "following": following,
            "days": DAYS,
            "conflicts": [conflict_view(turn.session, one, turn.person, turn.reader, turn.around) for one in waiting],
            "chat": asked.chat(),
            "deadlines": asked.chat("deadlines"),
        },
    )


def _weeks(asked: Asked) -> list[tuple[date, tuple[str, ...]]]:
    """The weeks that miss something, newest first, with the names of the offers."""
    turn = asked.turn
    missing = missing_weeks(turn.session, turn.person, turn.now, turn.company)
    offers = {one for ids in missing.values() for one in ids}
    names = {one.id: one.short_name for one in turn.session.scalars(sa.select(Offer).where(Offer.id.in_(offers)))}
    return [(week_on, tuple(names[one] for one in ids)) for week_on, ids in missing.items()]
