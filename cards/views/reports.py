"""Views of the hours report and of the hourly rates: for key users only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cards.views.reader import Money
from cards.words import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """Hours and cost on the offers that ended so; ``cost`` None while nobody has a rate."""

    outcome: Outcome
    hours: Decimal
    cost: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One row of the report. ``name``: raw, empty for the offers that have no such group; ``outcome``: of an offer.

    ``parts``: hours by outcome, for the chart. ``planned``: hours, of an offer that has a plan, beside all that
    were ``ever`` spent on it.
    """

    name: str
    hours: Decimal
    cost: Money | None
    parts: tuple[tuple[Outcome, Decimal], ...] = ()
    outcome: Outcome | None = None
    ever: Decimal | None = None
    planned: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursReportView:
    """Hours and cost of a year (0: of all years), broken down by ``grouping`` (a code of the report).

    ``groupings``: the other codes to switch to. ``years``: other years with hours to switch to, 0 for all.
    ``hidden``: how many rows only the workbook shows. The ratios are None while nothing was
    won.
    """

    year: int
    grouping: str
    groupings: tuple[str, ...]
    years: tuple[int, ...]
    hours: Decimal
    cost: Money | None
    unrated: Decimal
    outcomes: tuple[OutcomeLine, ...]
    rows: tuple[GroupRow, ...]
    hidden: int
    nothing_per_won: Decimal | None
    lost_per_won: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRow:
    """A person and the weeks (Mondays) nobody knows about; ``hidden``: how many more; ``locked``: how many need a
    correction.
    """

    name: str
    weeks: tuple[date, ...]
    hidden: int
    locked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingReportView:
    """Who is missing which week of a year (0: lately). ``weeks``: of everybody; ``hidden``: people not shown."""

    year: int
    groupings: tuple[str, ...]
    years: tuple[int, ...]
    rows: tuple[MissingRow, ...]
    hidden: int
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportListView:
    """What there is to report: codes, by text key of their titles. ``words``: what was not understood (raw)."""

    year: int
    codes: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """What an hour of somebody (raw name) costs from one day to another; ``valid_to`` None: until further notice."""

    id: int
    name: str
    amount: Money
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesView:
    """One page of the rates. ``withdrawn``: the id of the one just taken away, which can be brought back."""

    rows: tuple[RateRow, ...]
    page: int
    pages: int
    withdrawn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One row of a report on a card: its name (raw) and at most two finished values, numbers or days."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSeries:
    """What a chart draws of each row: its finished name, and (raw label, value) for each."""

    name: str
    points: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportChart:
    """``form``: ``bars``, ``stacked``, ``columns`` or ``grouped``; ``kind`` of the values: ``money`` (in ``currency``),
    ``hours``, ``days`` or ``count``. ``outcomes``: the values are outcomes, in this order, with their colours.
    """

    title: str
    form: str
    kind: str
    series: tuple[ReportSeries, ...]
    currency: str = ""
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilters:
    """What the pickers of a report offer, as (value, raw label); ``values``: what is picked now, by input."""

    values: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    by: tuple[str, ...]
    clients: tuple[tuple[str, str], ...] = ()
    sales_leads: tuple[tuple[str, str], ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    people: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report on a card. ``q``: the whole question, for its buttons; ``code``: the report alone, with its month where
    it is asked for one (``month`` 1 to 12, 0: the whole year); ``narrowed``: what it is narrowed to, as names (raw).
    ``headings``: text keys of the columns, the naming one first. ``totals``: finished label and value.
    ``notes``: finished sentences. ``hidden``: rows that only the workbook shows.
    """

    code: str
    q: str
    title: str
    year: int
    narrowed: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    totals: tuple[tuple[str, str], ...]
    chart: ReportChart | None
    notes: tuple[str, ...]
    hidden: int
    filters: ReportFilters
    month: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportChoice:
    """One meaning of a name: the field it is of, the name (raw), and the question with it."""

    field: str
    name: str
    q: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestionView:
    """Words that may mean several things, or nothing that is known. ``q``: the report without them."""

    title: str
    words: str
    choices: tuple[ReportChoice, ...]
    q: str
