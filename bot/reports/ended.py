"""What became of offers: the closed ones, how often and how much of it was won, and what winning cost.

The year is that of the end; hours are those since the beginning of each offer, whenever they were worked.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.offers.models import Offer, Outcome
from bot.reports import groups
from bot.reports.figures import ENDED_IN_NOTHING, PARTS_OF_CURRENCY
from bot.reports.groups import CENTS, Group, Measure
from bot.reports.narrowing import Breakdown, breakdown, offers_of
from bot.reports.shape import Amount, By, Cell, Chart, ChartForm, Column, ColumnKind, Note, Report
from bot.reports.sums import in_days, spent, submitted, worth

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery

ENDS = (Outcome.WON, *ENDED_IN_NOTHING)


def closed(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Offers that ended, by outcome, with what they were worth and what they took."""
    del now
    shown = breakdown(session, by, company, day=Offer.ended_on)
    found = groups.grouped(session, _rows(shown, query, company), shown, "offers")
    measures = (
        groups.naming(shown),
        groups.in_currency(),
        groups.count("offers", figure="offers_ended"),
        *(groups.count(f"offers_{outcome.value}", outcome.value, "offers_ended") for outcome in ENDS),
        groups.money("worth"),
        groups.hours(),
        groups.cost(company.rules.hours.currency),
    )
    columns, rows, totals = groups.table(found, measures)
    values = tuple(f"offers_{outcome.value}" for outcome in ENDS)
    return Report(
        code="closed",
        title="reports.title_closed",
        query=query,
        columns=columns,
        rows=rows,
        totals=totals,
        chart=Chart(ChartForm.STACKED, "reports.chart_closed", by.value, values),
        notes=_notes(found),
    )


def success(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Win rates by count and by amount, and what a won euro cost."""
    del now
    shown = breakdown(session, by, company, day=Offer.ended_on)
    found = groups.grouped(session, _rows(shown, query, company), shown, "won")
    currency = company.rules.hours.currency
    measures = (
        groups.naming(shown),
        groups.in_currency(),
        groups.count("offers_won", "won", "offers_ended"),
        groups.count("offers_lost", "lost", "offers_ended"),
        groups.percent("win_rate", "won", "won", "lost"),
        groups.money("worth_won", "worth"),
        groups.money("worth_lost", "worth"),
        groups.percent_of_money("win_rate_amount", "worth_won", "worth_won", "worth_lost"),
        groups.hours(),
        groups.cost(currency),
        _cost_per_won(currency),
    )
    columns, rows, totals = groups.table(found, measures)
    return Report(
        code="success",
        title="reports.title_success",
        query=query,
        columns=columns,
        rows=rows,
        totals=totals,
        chart=Chart(ChartForm.STACKED, "reports.chart_success", by.value, ("offers_won", "offers_lost")),
        notes=_notes(found),
    )


def _rows(shown: Breakdown, query: ReportQuery, company: Company) -> sa.Select[Any]:
    """One row per ended offer."""
    price, hours = submitted(), spent()
    amount, currency = worth(price)

    def only(outcome: Outcome, value: Any) -> sa.ColumnElement[Any]:  # noqa: ANN401  a number
        return sa.case((Offer.outcome == outcome, value), else_=0)

    columns = (
        shown.key.label(groups.KEY),
        currency.label(groups.CURRENCY),
        sa.literal(1).label("offers"),
        *(only(outcome, 1).label(outcome.value) for outcome in ENDS),
        sa.case((amount.is_(None), 1), else_=0).label("without_worth"),
        amount.label("worth"),
        only(Outcome.WON, amount).label("worth_won"),
        only(Outcome.LOST, amount).label("worth_lost"),
        hours.c.quarters.label("quarters"),
        hours.c.parts.label("parts"),
        hours.c.unrated.label("unrated"),
    )
    statement = (
        sa.select(*columns)
        .select_from(Offer)
        .outerjoin(price, price.c.offer_id == Offer.id)
        .outerjoin(hours, hours.c.offer_id == Offer.id)
    )
    conditions = (Offer.outcome != Outcome.OPEN, *in_days(query.days, Offer.ended_on), *offers_of(query, company))
    joined: sa.Select[Any] = shown.join(statement)
    return joined.where(*conditions)


def _cost_per_won(currency: str) -> Measure:
    """Only where hours cost and offers are won in the same currency, and something was won."""

    def read(group: Group) -> Cell:
        if group.currency != currency or not group.sums["worth_won"]:
            return None
        spent_money = Decimal(group.sums["parts"]) / PARTS_OF_CURRENCY
        return Amount(spent_money * CENTS / group.sums["worth_won"], currency)

    column = Column("cost_per_won", ColumnKind.MONEY, "reports.column_cost_per_won", "cost_per_won")
    return Measure(column, read)


def _notes(found: list[Group]) -> tuple[Note, ...]:
    counted = sum(group.sums["without_worth"] for group in found)
    return (Note("reports.without_worth", counted),) if counted else ()
