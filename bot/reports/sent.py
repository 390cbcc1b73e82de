"""What was sent to clients, and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers.models import Offer
from bot.quotes.models import Quote
from bot.reports import groups
from bot.reports.narrowing import breakdown, offers_of
from bot.reports.shape import By, Chart, ChartForm, Report
from bot.reports.sums import cents, in_days, submitted

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery


def sent(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Offers of which a quote was sent in the period, each once with the last price in it; the year is that of the
    sending.
    """
    del now
    price = submitted(*in_days(query.days, Quote.sent_on))
    shown = breakdown(session, by, company, day=price.c.sent_on)
    rows = shown.join(
        sa.select(
            shown.key.label(groups.KEY),
            price.c.currency.label(groups.CURRENCY),
            sa.literal(1).label("offers"),
            cents(price.c.price).label("submitted"),
        )
        .select_from(Offer)
        .join(price, price.c.offer_id == Offer.id)
    ).where(*offers_of(query, company))
    found = groups.grouped(session, rows, shown, "submitted")
    columns, lines, totals = groups.table(
        found,
        (
            groups.naming(shown),
            groups.in_currency(),
            groups.count("offers_sent", "offers"),
            groups.money("submitted"),
        ),
    )
    return Report(
        code="sent",
        title="reports.title_sent",
        query=query,
        columns=columns,
        rows=lines,
        totals=totals,
        chart=Chart(ChartForm.COLUMNS, "reports.chart_sent", by.value, ("offers_sent",)),
    )
