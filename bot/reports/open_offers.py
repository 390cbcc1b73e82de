"""What is on the way: the open offers, their amounts, and what the probabilities make of them.

By month of the expected closing it is the pipeline, by stage or sales lead the portfolio: the same figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers.models import Offer, Outcome
from bot.reports import groups
from bot.reports.narrowing import breakdown, offers_of
from bot.reports.shape import By, Chart, ChartForm, Note, Report
from bot.reports.sums import average, cents, chosen, cumulative, in_days, weighted

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery


def pipeline(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Open offers; the year is that of the expected closing."""
    del now
    return _report(session, "pipeline", query, by, company, Offer.expected_closing_on)


def portfolio(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Open offers; the year is that of the opening."""
    del now
    return _report(session, "portfolio", query, by, company, Offer.opened_on)


def _report(
    session: Session,
    code: str,
    query: ReportQuery,
    by: By,
    company: Company,
    day: sa.orm.InstrumentedAttribute[object],
) -> Report:
    shown = breakdown(session, by, company, day=day)
    amount = cents(Offer.estimated_amount)
    double = chosen(amount)
    rows = shown.join(
        sa.select(
            shown.key.label(groups.KEY),
            Offer.currency.label(groups.CURRENCY),
            sa.literal(1).label("offers"),
            sa.case((Offer.estimated_amount.is_(None), 1), else_=0).label("without_amount"),
            sa.case((sa.and_(amount.is_not(None), double.is_(None)), 1), else_=0).label("without_probability"),
            amount.label("amount"),
            weighted(amount, Offer.launch_probability).label("by_launch"),
            weighted(amount, Offer.success_probability).label("by_success"),
            cumulative(amount).label("cumulative"),
            average(amount).label("average"),
            double.label("weighted"),
        ).select_from(Offer)
    ).where(Offer.outcome == Outcome.OPEN, *in_days(query.days, day), *offers_of(query, company))
    found = groups.grouped(session, rows, shown, "weighted")
    columns, lines, totals = groups.table(
        found,
        (
            groups.naming(shown),
            groups.in_currency(),
            groups.count("offers", figure="offers_open"),
            *map(groups.money, ("amount", "by_launch", "by_success", "cumulative", "average", "weighted")),
        ),
    )
    currency = groups.main_currency(found, "offers")
    values = ("cumulative", "average") if by is By.MONTH else ("amount", "weighted")
    return Report(
        code=code,
        title=f"reports.title_{code}",
        query=query,
        columns=columns,
        rows=lines,
        totals=totals,
        chart=Chart(ChartForm.GROUPED, "reports.chart_weighted", by.value, values, currency),
        notes=_notes(found),
    )


def _notes(found: list[groups.Group]) -> tuple[Note, ...]:
    """What the sums leave out."""
    counted = {name: sum(group.sums[name] for group in found) for name in ("without_amount", "without_probability")}
    return tuple(Note(f"reports.{name}", number) for name, number in counted.items() if number)
