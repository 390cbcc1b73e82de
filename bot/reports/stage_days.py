"""How long offers stay in each stage, and how many stand there now."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers.models import Offer, Outcome, StageStep
from bot.offers.stages import today
from bot.reports.narrowing import breakdown, offers_of
from bot.reports.shape import By, Chart, ChartForm, Column, ColumnKind, Report, Row
from bot.reports.sums import days_between, in_days, spread

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery

COLUMNS = (
    Column("stage", ColumnKind.TEXT, "reports.by_stage"),
    Column("standing", ColumnKind.COUNT, "reports.column_standing", "standing"),
    Column("stays", ColumnKind.COUNT, "reports.column_stays", "stays"),
    Column("days_median", ColumnKind.DAYS, "reports.column_days_median", "days_median"),
    Column("days_mean", ColumnKind.DAYS, "reports.column_days_mean", "days_mean"),
    Column("days_longest", ColumnKind.DAYS, "reports.column_days_longest", "days_longest"),
)


def stages(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """Stays in stages that leave an offer open; the year is that in which a stay began."""
    shown = breakdown(session, by, company)
    each = _stays(query, company, today(company, now)).subquery("stays")
    counted = {
        stage: (int(stays), int(standing))
        for stage, stays, standing in session.execute(
            sa.select(each.c.stage, sa.func.count(), sa.func.sum(each.c.standing)).group_by(each.c.stage)
        )
    }
    lasted = spread(session, each, ("stage",), "days")
    known = [one.code for one in company.stages.stage if not one.closes]
    codes = known + sorted(set(counted) - set(known))
    rows: list[Row] = []
    for code in codes:
        stays, standing = counted.get(code, (0, 0))
        if not stays:
            continue
        twice, total, longest = lasted[code]
        middle, mean = Decimal(twice) / 2, Decimal(total) / stays
        rows.append((shown.name(code), standing, stays, middle, mean, Decimal(longest)))
    return Report(
        code="stages",
        title="reports.title_stages",
        query=query,
        columns=COLUMNS,
        rows=tuple(rows),
        chart=Chart(ChartForm.BARS, "reports.chart_stages", "stage", ("days_median",)),
    )


def _stays(query: ReportQuery, company: Company, until: date) -> sa.Select[str, int, int]:
    """One row per stay: from the day a stage was entered to the day of the next step, of the end, or until today.

    A step that was dated back lasts no time, as on the card of an offer.
    """
    entered = sa.func.coalesce(StageStep.entered_on, sa.type_coerce(sa.func.date(StageStep.entered_at), sa.Date()))
    following = sa.func.lead(entered).over(partition_by=StageStep.offer_id, order_by=StageStep.id)
    steps = (
        sa.select(
            StageStep.offer_id,
            StageStep.stage,
            entered.label("entered"),
            following.label("following"),
        )
        .where(StageStep.post_award.is_(False))
        .subquery("steps")
    )
    c = steps.c
    end = sa.case(
        (c.following.is_not(None), c.following),
        (Offer.outcome == Outcome.OPEN, sa.literal(until, sa.Date())),
        else_=sa.func.coalesce(Offer.ended_on, c.entered),
    )
    lasted = days_between(c.entered, end)
    closing = [one.code for one in company.stages.stage if one.closes]
    standing = sa.and_(c.following.is_(None), Offer.outcome == Outcome.OPEN)
    return (
        sa.select(
            c.stage.label("stage"),
            sa.case((lasted > 0, lasted), else_=0).label("days"),
            sa.case((standing, 1), else_=0).label("standing"),
        )
        .select_from(steps)
        .join(Offer, Offer.id == c.offer_id)
        .where(c.stage.not_in(closing), *in_days(query.days, c.entered), *offers_of(query, company))
    )
