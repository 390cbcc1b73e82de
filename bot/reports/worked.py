"""Hours and cost, planned against spent, and who is missing which week, as reports."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.decisions.models import Evaluation
from bot.hours.models import HoursEntry
from bot.hours.rules import QUARTERS_PER_HOUR
from bot.offers.models import Offer
from bot.reports import groups
from bot.reports.figures import NOTHING, ORDER, Grouping, Spent, all_for_nothing_per_won, lost_per_won
from bot.reports.groups import HUNDRED, Group, Measure
from bot.reports.hours import hours_report, in_year, offers_spent, planned_hours
from bot.reports.missing import missing_weeks
from bot.reports.narrowing import breakdown, categories, offers_of
from bot.reports.shape import (
    TOTAL,
    Amount,
    By,
    Cell,
    Chart,
    ChartForm,
    Column,
    ColumnKind,
    Report,
    Row,
    Term,
)
from bot.reports.sums import in_days, spent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.offers.models import Outcome
    from bot.reports.hours import OfferSpent
    from bot.reports.shape import ReportQuery

OUTCOME_HOURS = tuple(
    Column(f"hours_{one.value}", ColumnKind.HOURS, f"reports.hours_{one.value}", "outcome") for one in ORDER
)
HOURS = Column("hours", ColumnKind.HOURS, "reports.column_hours", "hours")
SPENT = (
    HOURS,
    Column("cost", ColumnKind.MONEY, "reports.column_cost", "cost"),
    Column("unrated", ColumnKind.HOURS, "reports.column_unrated", "unrated"),
)
RATIOS = (
    Column("all_for_nothing_per_won", ColumnKind.RATIO, "reports.per_won_name", "all_for_nothing_per_won"),
    Column("lost_per_won", ColumnKind.RATIO, "reports.lost_per_won_name", "lost_per_won"),
)
OFFER = (
    Column("number", ColumnKind.TEXT, "reports.column_number"),
    Column("title", ColumnKind.TEXT, "reports.column_title"),
    Column("client", ColumnKind.TEXT, "reports.column_client"),
    Column("outcome", ColumnKind.TEXT, "reports.by_outcome"),
)
EVER = Column("ever", ColumnKind.HOURS, "reports.column_ever", "hours_ever")
PLAN = Column("plan", ColumnKind.HOURS, "reports.column_plan", "planned")
USED = Column("used", ColumnKind.PERCENT, "reports.column_used", "used")


def entries_of(query: ReportQuery, company: Company) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions on an entry, beside the year; none where nothing is narrowed."""
    conditions: list[sa.ColumnElement[bool]] = [*in_days(query.days, HoursEntry.part_on)] if query.month else []
    offers = offers_of(replace(query, person=None), company)
    if offers:
        conditions.append(HoursEntry.offer_id.in_(sa.select(Offer.id).where(*offers)))
    if query.person is not None:
        conditions.append(HoursEntry.person_id == query.person)
    return tuple(conditions)


def hours(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Hours and cost by outcome; the year is that of the work, ``person`` whose work it was."""
    del now
    currency = company.rules.hours.currency
    found = hours_report(session, Grouping(by.value), query.year, company, entries_of(query, company))
    columns: tuple[Column, ...] = (*OFFER, *SPENT)
    if by is By.OFFER:
        rows = tuple((*_offer(one), *_spent(one.spent, currency)) for one in found.offers)
        total: Row = (TOTAL, "", "", "", *_spent(found.whole, currency))
        chart = Chart(ChartForm.BARS, "reports.chart_offer", "number", ("hours",), otherwise="title")
        return _report("hours", query, columns, rows, total, chart)
    columns = (Column(by.value, ColumnKind.TEXT, f"reports.by_{by.value}"), *OUTCOME_HOURS, *SPENT, *RATIOS)
    labels: Mapping[str, Any] = categories(company) if by is By.CATEGORY else {}
    none = Term(f"reports.none_{by.value}")
    rows = tuple(
        (labels.get(line.name, line.name) or none, *_by_outcome(line.spent, line.whole, currency))
        for line in found.lines
    )
    total = (TOTAL, *_by_outcome(found.outcomes, found.whole, currency))
    values = tuple(column.code for column in OUTCOME_HOURS)
    return _report(
        "hours", query, columns, rows, total, Chart(ChartForm.STACKED, f"reports.chart_{by.value}", by.value, values)
    )


def _report(
    code: str, query: ReportQuery, columns: tuple[Column, ...], rows: tuple[Row, ...], total: Row, chart: Chart
) -> Report:
    return Report(code, f"reports.title_{code}", query, columns, rows, (total,) if rows else (), chart)


def _by_outcome(by_outcome: Mapping[Outcome, Spent], whole: Spent, currency: str) -> Row:
    parts = (by_outcome.get(outcome, NOTHING).hours for outcome in ORDER)
    return (*parts, *_spent(whole, currency), all_for_nothing_per_won(by_outcome), lost_per_won(by_outcome))


def _spent(one: Spent, currency: str) -> Row:
    return one.hours, Amount(one.cost, currency), one.unrated_hours


def _offer(one: OfferSpent) -> Row:
    return one.number, one.title, one.client, Term(f"words.outcome_{one.outcome.value}")


def planned(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """What offers with hours in the year took since their beginning, beside what was planned."""
    del now
    if by is By.OFFER:
        found = offers_spent(session, query.year, entries_of(query, company))
        rows = tuple((*_offer(one), one.ever.hours, one.planned, _used(one.ever.hours, one.planned)) for one in found)
        with_plan = [one for one in found if one.planned is not None]
        plan = sum((one.planned for one in with_plan if one.planned is not None), Decimal())
        used = _used(sum((one.ever.hours for one in with_plan), Decimal()), plan)
        ever = sum((one.ever.hours for one in found), Decimal())
        total: Row = (TOTAL, "", "", "", ever, plan if with_plan else None, used)
        chart = Chart(ChartForm.GROUPED, "reports.chart_planned", "number", ("ever", "plan"), otherwise="title")
        return _report("planned", query, (*OFFER, EVER, PLAN, USED), rows, total, chart)
    shown = breakdown(session, by, company)
    plan_of, estimate = planned_hours()
    ever_spent = spent()
    touched = sa.select(HoursEntry.offer_id).where(*in_year(query.year), *entries_of(query, company)).correlate(None)
    # Estimates are no quarter hours.
    hundredths = sa.cast(sa.func.round(plan_of * 100), sa.BigInteger)
    rows_of = shown.join(
        sa.select(
            shown.key.label(groups.KEY),
            sa.literal("").label(groups.CURRENCY),
            sa.literal(1).label("offers"),
            ever_spent.c.quarters.label("quarters"),
            sa.case((plan_of.is_not(None), ever_spent.c.quarters), else_=0).label("planned_spent"),
            hundredths.label("plan"),
        )
        .select_from(Offer)
        .join(ever_spent, ever_spent.c.offer_id == Offer.id)
        .outerjoin(Evaluation, estimate)
    ).where(Offer.id.in_(touched))
    found_groups = groups.grouped(session, rows_of, shown, "quarters")
    measures = (
        groups.naming(shown),
        groups.count("offers", figure="offers_worked"),
        Measure(EVER, groups.hours("ever").read),
        Measure(PLAN, _plan_of),
        Measure(USED, _used_of),
    )
    columns, lines, totals = groups.table(found_groups, measures)
    chart = Chart(ChartForm.GROUPED, "reports.chart_planned", by.value, ("ever", "plan"))
    return Report("planned", "reports.title_planned", query, columns, lines, totals, chart)


def _used(ever: Decimal, plan: Decimal | None) -> Decimal | None:
    return HUNDRED * ever / plan if plan else None


def _plan_of(group: Group) -> Decimal:
    return group.sums["plan"] / HUNDRED


def _used_of(group: Group) -> Cell:
    return _used(Decimal(group.sums["planned_spent"]) / QUARTERS_PER_HOUR, _plan_of(group))


MISSING = (
    Column("person", ColumnKind.TEXT, "reports.by_person"),
    Column("week_on", ColumnKind.DATE, "reports.column_week"),
    Column("offers_missing", ColumnKind.COUNT, "reports.column_offers", "missing"),
    Column("locked", ColumnKind.TEXT, "reports.column_locked"),
)


def missing(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Who has not answered for which week: one row for each."""
    del by
    days = query.days
    yes, no = Term("reports.yes"), Term("reports.no")
    rows = tuple(
        (one.person, one.week_on, one.offers, yes if one.locked else no)
        for one in missing_weeks(session, query.year, now, company)
        if query.person in {None, one.person_id} and (days is None or days[0] <= one.week_on <= days[1])
    )
    return Report("missing", "reports.title_missing", query, MISSING, rows)
