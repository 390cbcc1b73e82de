"""Where offers come from, and what each origin and campaign brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clients.models import Client
from bot.leads.models import Lead
from bot.offers.models import Offer, Outcome
from bot.reports import groups
from bot.reports.narrowing import breakdown, in_local_days, offers_of
from bot.reports.shape import By, Chart, ChartForm, Report
from bot.reports.sums import in_days, spent, submitted, worth

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery

OF_OFFERS = ("offers", "won", "lost", "worth_won", "quarters", "parts")


def origins(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Leads that came in and offers that were opened, by origin or campaign; the year is that of their beginning."""
    del now
    shown = breakdown(session, by, company)
    rows = sa.union_all(_offers(shown.key, query, company), _leads(by, query, company)).subquery("sources")
    found = groups.grouped(session, sa.select(rows), shown, "offers")
    measures = (
        groups.naming(shown),
        groups.in_currency(),
        groups.count("leads"),
        groups.count("offers_opened", "offers"),
        groups.count("offers_won", "won", "offers_ended"),
        groups.count("offers_lost", "lost", "offers_ended"),
        groups.percent("win_rate", "won", "won", "lost"),
        groups.money("worth_won", "worth"),
        groups.hours(),
        groups.cost(company.rules.hours.currency),
    )
    columns, lines, totals = groups.table(found, measures)
    return Report(
        code="origins",
        title="reports.title_origins",
        query=query,
        columns=columns,
        rows=lines,
        totals=totals,
        chart=Chart(ChartForm.STACKED, "reports.chart_origins", by.value, ("leads", "offers_opened", "offers_won")),
    )


def _offers(key: Any, query: ReportQuery, company: Company) -> sa.Select[Any]:  # noqa: ANN401  what is grouped by
    price, hours = submitted(), spent()
    amount, currency = worth(price)

    def only(outcome: Outcome, value: Any) -> sa.ColumnElement[Any]:  # noqa: ANN401  a number
        return sa.case((Offer.outcome == outcome, value), else_=0)

    return (
        sa.select(
            key.label(groups.KEY),
            currency.label(groups.CURRENCY),
            sa.literal(0).label("leads"),
            sa.literal(1).label("offers"),
            only(Outcome.WON, 1).label("won"),
            only(Outcome.LOST, 1).label("lost"),
            only(Outcome.WON, amount).label("worth_won"),
            hours.c.quarters.label("quarters"),
            hours.c.parts.label("parts"),
        )
        .select_from(Offer)
        .outerjoin(price, price.c.offer_id == Offer.id)
        .outerjoin(hours, hours.c.offer_id == Offer.id)
        .where(*in_days(query.days, Offer.opened_on), *offers_of(query, company))
    )


def _leads(by: By, query: ReportQuery, company: Company) -> sa.Select[Any]:
    """Every lead, whatever became of it. A lead has neither category nor team: such a question is only about those that
    became offers.
    """
    key: Any = Lead.campaign if by is By.CAMPAIGN else Lead.origin
    conditions: list[sa.ColumnElement[bool]] = [*in_local_days(query.days, Lead.created_at, company)]
    if query.client is not None:
        below = sa.select(Client.id).where(Client.path_ids.like(f"%/{query.client}/%"))
        conditions.append(Lead.client_id.in_(below))
    if query.sales_lead is not None:
        conditions.append(Lead.owner_id == query.sales_lead)
    if query.category is not None or query.person is not None:
        conditions.append(Lead.offer_id.in_(sa.select(Offer.id).where(*offers_of(query, company))))
    nothing = (sa.literal(0).label(name) for name in OF_OFFERS)
    columns = (key.label(groups.KEY), Lead.currency.label(groups.CURRENCY), sa.literal(1).label("leads"))
    return sa.select(*columns, *nothing).where(*conditions)
