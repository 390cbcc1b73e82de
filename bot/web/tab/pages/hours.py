"""The hours of my team: what each of my offers took, beside its plan, and who has said nothing yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.hours.missing import missing_as_told
from bot.hours.moments import last_week
from bot.offers import listing
from bot.offers.listing import Which
from bot.offers.models import Offer
from bot.people.models import Person
from bot.teams.presenters.hours_chat import offers_hours_views
from bot.web.tab.asked import Asked, Page
from bot.web.tab.charts import offers_chart, plan_chart
from cards.formats import local
from cards.views.reader import sentence

if TYPE_CHECKING:
    from datetime import date

OFFERS = 8
"""On one page."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who said nothing about these offers."""

    name: str
    offers: tuple[str, ...]


def show(asked: Asked) -> Page:
    """One page of the offers that this person owns or works on, and last week's gaps on those they own."""
    turn = asked.turn
    page, which = asked.page(), Which(person=turn.person)
    found = listing.page(turn.session, which, limit=OFFERS, offset=page * OFFERS)
    pages = max(1, -(-found.total // OFFERS))
    if page >= pages:
        page = pages - 1
        found = listing.page(turn.session, which, limit=OFFERS, offset=page * OFFERS)
    spent = offers_hours_views(turn, found.offers)
    drawn = [(one, plan_chart(one, turn.reader)) for one in spent]
    week_on = last_week(local(turn.now, turn.reader))
    return Page(
        "hours.html",
        sentence("tab.place_hours"),
        "hours",
        {
            "offers": [(one, chart) for one, chart in drawn if chart is not None],
            "bare": [one for one, chart in drawn if chart is None],
            "chart": offers_chart(spent, turn.reader),
            "total": found.total,
            "page": page,
            "pages": pages,
            "week_on": week_on,
            "absent": _absent(asked, week_on),
        },
    )


def _absent(asked: Asked, week_on: date) -> tuple[Absent, ...]:
    turn = asked.turn
    missing = missing_as_told(turn.session, week_on, turn.person, turn.now, turn.company)
    if not missing:
        return ()
    ids = {offer_id for offers in missing.values() for offer_id in offers}
    columns = (Offer.id, Offer.number, Offer.external_reference, Offer.title)
    offers = {
        row.id: row.number or row.external_reference or row.title
        for row in turn.session.execute(sa.select(*columns).where(Offer.id.in_(ids)))
    }
    people = turn.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(missing)).order_by(Person.name))
    return tuple(Absent(row.name, tuple(offers[one] for one in missing[row.id])) for row in people)
