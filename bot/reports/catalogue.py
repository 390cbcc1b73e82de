"""Every report there is, behind one entry: cards, workbooks, pages and exports ask :func:`run` and show what it gives.

A new report is one function that gives a :class:`~bot.reports.shape.Report`, one line here, its figures in
:mod:`bot.reports.figures` and its words in ``reports.po``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from bot.errors import NotFound
from bot.reports import coming, ended, intake, open_offers, origins, rounds, sent, stage_days, worked
from bot.reports.hours import FIRST_YEAR, LAST_YEAR
from bot.reports.shape import ALL_YEARS, DECEMBER, By, Filter, Report, ReportQuery

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config.models import Company

Read: TypeAlias = "Callable[[Session, ReportQuery, By, Company, datetime], Report]"
EACH = tuple(Filter)
WHO = (By.SALES_LEAD, By.CLIENT, By.ENTITY, By.CATEGORY)


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report: its code (a part of addresses and file names), what it can be broken down by, the first of which is
    meant when nothing is said, and what it can be narrowed to. ``title`` is a text key.
    """

    code: str
    breakdowns: tuple[By, ...]
    read: Read
    filters: tuple[Filter, ...] = EACH

    @property
    def title(self) -> str:
        """What it is called."""
        return f"reports.title_{self.code}"


KINDS = (
    ReportKind("hours", (By.CLIENT, By.ENTITY, By.PERSON, By.CATEGORY, By.YEAR, By.OFFER), worked.hours),
    ReportKind("planned", (By.OFFER, *WHO), worked.planned),
    ReportKind("tenders", (By.MONTH, By.YEAR), intake.tenders, (Filter.YEAR,)),
    ReportKind("sent", (By.MONTH, *WHO, By.YEAR), sent.sent),
    ReportKind("pipeline", (By.MONTH, By.STAGE, *WHO, By.YEAR), open_offers.pipeline),
    ReportKind("portfolio", (By.STAGE, *WHO, By.YEAR), open_offers.portfolio),
    ReportKind("stages", (By.STAGE,), stage_days.stages),
    ReportKind("closed", (By.STAGE, *WHO, By.OUTCOME, By.YEAR), ended.closed),
    ReportKind("success", (By.YEAR, *WHO), ended.success),
    ReportKind("origins", (By.ORIGIN, By.CAMPAIGN), origins.origins),
    ReportKind("decisions", (By.YEAR, By.MONTH, *WHO), rounds.decisions),
    ReportKind("deadlines", (By.OFFER,), coming.deadlines),
    ReportKind("missing", (By.PERSON,), worked.missing, (Filter.YEAR, Filter.PERSON)),
)
_BY_CODE = {kind.code: kind for kind in KINDS}


def reports_of() -> tuple[ReportKind, ...]:
    """All reports, in the order in which they are offered."""
    return KINDS


def kind_of(code: str) -> ReportKind:
    """The report of that code. Raises :class:`NotFound`."""
    try:
        return _BY_CODE[code]
    except KeyError as error:
        raise NotFound from error


def is_period(year: int, month: int) -> bool:
    """Whether reports can be asked for it: a year or all of them, or a month of a year."""
    if year == ALL_YEARS:
        return month == 0
    return FIRST_YEAR <= year <= LAST_YEAR and 0 <= month <= DECEMBER


def run(session: Session, kind: ReportKind, query: ReportQuery, company: Company, now: datetime) -> Report:
    """The report as it stands at ``now``; only reads, a handful of statements. Who may see it is the caller's to check:
    every report is the key user's.

    Raises :class:`NotFound` for a breakdown that the report does not have, and for a year or a month that is none.
    """
    by = query.by or kind.breakdowns[0]
    if by not in kind.breakdowns or not is_period(query.year, query.month):
        raise NotFound
    return kind.read(session, query, by, company, now)
