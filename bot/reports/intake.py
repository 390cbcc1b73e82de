"""What came in: tenders of the portals and requests of clients, and how many of them became offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers.models import Offer
from bot.reports import groups
from bot.reports.narrowing import breakdown, in_local_days
from bot.reports.shape import By, Chart, ChartForm, Report
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery


def tenders(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Tenders by the day of their publication, where the source tells none the day on which they came in."""
    del now
    came = sa.func.coalesce(Tender.published_at, Tender.first_seen_at)
    shown = breakdown(session, by, company, moment=came)
    evaluated = sa.exists().where(Offer.tender_id == Tender.id)
    rows = sa.select(
        shown.key.label(groups.KEY),
        sa.literal("").label(groups.CURRENCY),
        sa.literal(1).label("tenders"),
        sa.case((Tender.matched.is_(True), 1), else_=0).label("tenders_matched"),
        sa.case((evaluated, 1), else_=0).label("tenders_evaluated"),
    ).where(*in_local_days(query.days, came, company))
    found = groups.grouped(session, rows, shown, "tenders")
    counted = ("tenders", "tenders_matched", "tenders_evaluated")
    columns, lines, totals = groups.table(found, (groups.naming(shown), *map(groups.count, counted)))
    return Report(
        code="tenders",
        title="reports.title_tenders",
        query=query,
        columns=columns,
        rows=lines,
        totals=totals,
        chart=Chart(ChartForm.GROUPED, "reports.chart_tenders", by.value, ("tenders_matched", "tenders_evaluated")),
    )
