"""Everything that the workbook and the picture show, read in one go and then written without the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.reports.entries import EntryLine, count_entries, entry_lines
from bot.reports.figures import ByOutcome, Grouping
from bot.reports.hours import HoursReport, hours_report
from bot.reports.missing import MissingWeek, missing_weeks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from bot.config.models import Company

GROUPINGS = (Grouping.CLIENT, Grouping.ENTITY, Grouping.PERSON, Grouping.CATEGORY, Grouping.YEAR, Grouping.OFFER)
DRAWN = (Grouping.CLIENT, Grouping.CATEGORY, Grouping.YEAR)
"""The groupings of the picture."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The report of a year (0: all), by the groupings that were asked for. ``entries`` are the newest ones of
    ``entry_count``. ``categories``: labels by code.
    """

    year: int
    now: datetime
    currency: str
    reports: Mapping[Grouping, HoursReport]
    categories: Mapping[str, str]
    missing: tuple[MissingWeek, ...] = ()
    entries: tuple[EntryLine, ...] = ()
    entry_count: int = 0
    cost: bool = True

    @property
    def outcomes(self) -> ByOutcome:
        """The same in every grouping."""
        return next(iter(self.reports.values())).outcomes

    @property
    def has_cost(self) -> bool:
        """Whether cost is asked for and anybody has a rate."""
        whole = next(iter(self.reports.values())).whole
        return self.cost and (whole.parts != 0 or whole.unrated != whole.quarters)


def for_picture(session: Session, year: int, language: str, now: datetime, company: Company) -> Contents:
    """What the picture shows."""
    reports = {grouping: hours_report(session, grouping, year, company) for grouping in DRAWN}
    return Contents(year, now, company.rules.hours.currency, reports, categories(company, language))


def for_workbook(
    session: Session, year: int, language: str, now: datetime, company: Company, *, most_entries: int, cost: bool = True
) -> Contents:
    """What the workbook shows; ``cost`` False leaves rates out of it."""
    return Contents(
        year=year,
        now=now,
        currency=company.rules.hours.currency,
        reports={grouping: hours_report(session, grouping, year, company) for grouping in GROUPINGS},
        categories=categories(company, language),
        missing=missing_weeks(session, year, now, company),
        entries=tuple(entry_lines(session, year, most_entries)),
        entry_count=count_entries(session, year),
        cost=cost,
    )


def categories(company: Company, language: str) -> dict[str, str]:
    """The labels of the first axis by code."""
    axes = company.lists.axes
    return {value.code: value.label.of(language) for value in axes[0].values} if axes else {}
