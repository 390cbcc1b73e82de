"""One offer: where it stands, its money and hours, what hangs on it, and who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.offers import service as offers
from bot.offers import stages, trail
from bot.teams.dialogs.table import LISTS
from bot.teams.presenters.history import history_view
from bot.teams.presenters.hours_chat import offer_hours_view
from bot.teams.presenters.offers import offer_view, stage_label
from bot.web.tab.asked import Asked, Page
from bot.web.tab.charts import plan_chart, weeks_chart
from cards.verbs import ListCode

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.offers.models import Offer, StageStep

EVENTS = 15
RECORDS = (ListCode.QUOTES, ListCode.CLARIFICATIONS, ListCode.POINTS, ListCode.ACTIVITIES, ListCode.DOCUMENTS)
"""The lists shown below one another, each with pages of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the timeline. ``now``: it is where the offer stands."""

    name: str
    on: date | None
    at: datetime
    after: bool
    now: bool


def show(asked: Asked) -> Page:
    """Everything about one offer; any colleague may read it."""
    turn = asked.turn
    offer = offers.by_id(turn.session, asked.number("offer"))
    view = offer_view(turn.session, offer, turn.around, turn.reader, person=turn.person)
    spent = offer_hours_view(turn, offer)
    page = asked.page("events")
    happened, total = trail.happenings(turn.session, offer.id, limit=EVENTS, offset=page * EVENTS)
    pages = max(1, -(-total // EVENTS))
    name = " ".join(part for part in (view.number or view.reference, view.title) if part)
    return Page(
        "offer.html",
        name,
        "pipeline",
        {
            "view": view,
            "chat": asked.chat(f"offer {offer.number}") if offer.number else None,
            "query": {name: value for name, value in asked.query.items() if name in {"events", *RECORDS}},
            "steps": _steps(asked, offer),
            "spent": spent,
            "plan_chart": plan_chart(spent, turn.reader),
            "weeks_chart": weeks_chart(spent, turn.reader),
            "lists": [LISTS[code](turn, offer.id, asked.page(code.value)) for code in RECORDS],
            "history": history_view(
                turn.session, offer, happened, turn.around, turn.reader, page=min(page, pages - 1), pages=pages
            ),
        },
    )


def _steps(asked: Asked, offer: Offer) -> list[Step]:
    before, after = stages.presales(asked.turn.session, offer.id), stages.post_award_of(asked.turn.session, offer.id)
    last = before[-1].id if before else 0
    return [_step(asked, one, now=one.id == last) for one in (*before, *after)]


def _step(asked: Asked, step: StageStep, *, now: bool) -> Step:
    turn = asked.turn
    if step.post_award:
        known = turn.company.stages.step_by_code(step.stage)
        name = known.label.of(turn.reader.language) if known is not None else step.stage
    else:
        name = stage_label(turn.around, step.stage, turn.reader)
    return Step(name, step.entered_on, step.entered_at, step.post_award, now)
