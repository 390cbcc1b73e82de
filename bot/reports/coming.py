"""What is due, as a report: the list of :mod:`bot.deadlines`, narrowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.deadlines.service import FAR, Only
from bot.deadlines.service import coming as due
from bot.offers.stages import today
from bot.reports.narrowing import offers_of
from bot.reports.shape import By, Column, ColumnKind, Note, Report, Term

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery

DAYS = 90
"""How far ahead the report looks when no year is named."""
MOST = 1000
COLUMNS = (
    Column("due_on", ColumnKind.DATE, "reports.column_due_on"),
    Column("what", ColumnKind.TEXT, "reports.column_what"),
    Column("offer", ColumnKind.TEXT, "reports.by_offer"),
    Column("title", ColumnKind.TEXT, "reports.column_title"),
    Column("detail", ColumnKind.TEXT, "reports.column_detail"),
    Column("owner", ColumnKind.TEXT, "reports.column_owner"),
    Column("days_left", ColumnKind.COUNT, "reports.column_days_left", "days_left"),
)


def deadlines(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """What is overdue or comes up, the nearest first; ``person``: who sees to it. A year or a month: what is due within
    it.
    """
    del by
    day = today(company, now)
    period = query.days
    days = min((period[1] - day).days, FAR) if period is not None else DAYS
    offers = offers_of(replace(query, person=None), company)
    found = due(
        session,
        today=day,
        days=days,
        limit=MOST,
        time_zone=company.holidays.time_zone,
        person_id=query.person,
        only=Only(period[0] if period is not None else None, tuple(offers)),
    )
    rows = tuple(
        (
            line.due_on,
            Term(f"deadlines.kind_{line.kind.value}"),
            line.number,
            line.offer_title,
            line.title,
            line.owner,
            (line.due_on - day).days,
        )
        for line in found.lines
    )
    hidden = found.total - len(found.lines)
    return Report(
        code="deadlines",
        title="reports.title_deadlines",
        query=query,
        columns=COLUMNS,
        rows=rows,
        notes=(Note("reports.left_out", hidden),) if hidden else (),
    )
