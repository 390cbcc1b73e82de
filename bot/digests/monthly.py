"""What a month's digest says: every figure is one of the reports', as :mod:`bot.reports.definitions` defines it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.digests.rules import month_before
from bot.reports.catalogue import kind_of, run
from bot.reports.shape import EVERYTHING, Amount, Report, ReportQuery

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import Cell

Amounts = tuple[Amount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """The hours of a month. ``cost`` None: the reader may not know it, or nobody has a rate."""

    hours: Decimal
    cost: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """A month (its first day), the month before it where they are compared, and how things stand now.

    ``matched`` of the tenders that came in; ``go`` of the decisions. Amounts: one for each currency.
    """

    month: date
    tenders: int
    matched: int
    opened: int
    decided: int
    go: int
    sent: int
    submitted: Amounts
    won: int
    lost: int
    worth_won: Amounts
    worth_lost: Amounts
    win_rate: Decimal | None
    win_rate_amount: Decimal | None
    worked: Worked
    worked_before: Worked
    open_offers: int
    amount: Amounts
    weighted: Amounts
    overdue: int
    pipeline: Report

    @property
    def quiet(self) -> bool:
        """Whether nothing at all happened in the month."""
        counted = (self.tenders, self.opened, self.decided, self.sent, self.won, self.lost)
        return not any(counted) and not self.worked.hours


def month_figures(session: Session, month: date, company: Company, now: datetime, *, cost: bool) -> MonthFigures:
    """The figures of the month that begins on ``month``; ``cost``: whether the reader may know what hours cost."""

    def report(code: str, query: ReportQuery) -> Report:
        return run(session, kind_of(code), query, company, now)

    of_month = ReportQuery(month.year, month=month.month)
    tenders, sent, closed = report("tenders", of_month), report("sent", of_month), report("success", of_month)
    decisions, pipeline = report("decisions", of_month), report("pipeline", EVERYTHING)
    return MonthFigures(
        month=month,
        tenders=_count(tenders, "tenders"),
        matched=_count(tenders, "tenders_matched"),
        opened=_count(report("origins", of_month), "offers_opened"),
        decided=_count(decisions, "decided"),
        go=_count(decisions, "go"),
        sent=_count(sent, "offers_sent"),
        submitted=_amounts(sent, "submitted"),
        won=_count(closed, "offers_won"),
        lost=_count(closed, "offers_lost"),
        worth_won=_amounts(closed, "worth_won"),
        worth_lost=_amounts(closed, "worth_lost"),
        win_rate=_number(closed, "win_rate"),
        win_rate_amount=_number(closed, "win_rate_amount"),
        worked=_worked(report, month, cost=cost),
        worked_before=_worked(report, month_before(month), cost=cost),
        open_offers=_count(pipeline, "offers"),
        amount=_amounts(pipeline, "amount"),
        weighted=_amounts(pipeline, "weighted"),
        overdue=_overdue(report("deadlines", EVERYTHING)),
        pipeline=pipeline,
    )


def _worked(report: Callable[[str, ReportQuery], Report], month: date, *, cost: bool) -> Worked:
    found = report("hours", ReportQuery(month.year, month=month.month))
    hours, unrated = _number(found, "hours") or Decimal(), _number(found, "unrated") or Decimal()
    spent = next(iter(_amounts(found, "cost")), None)
    return Worked(hours=hours, cost=spent if cost and (hours != unrated or (spent and spent.value)) else None)


def _total(found: Report, code: str) -> Cell:
    """What all rows add up to, whatever the currency; None of a report without rows."""
    return found.totals[0][found.place(code)] if found.totals else None


def _count(found: Report, code: str) -> int:
    cell = _total(found, code)
    return cell if isinstance(cell, int) else 0


def _number(found: Report, code: str) -> Decimal | None:
    cell = _total(found, code)
    return cell if isinstance(cell, Decimal) else None


def _amounts(found: Report, code: str) -> Amounts:
    """One for each currency in which there is something."""
    cells = (total[found.place(code)] for total in found.totals)
    return tuple(cell for cell in cells if isinstance(cell, Amount) and cell.value)


def _overdue(found: Report) -> int:
    """How many lines of the list of deadlines lie in the past."""
    days = (row[found.place("days_left")] for row in found.rows)
    return sum(isinstance(left, int) and left < 0 for left in days)
