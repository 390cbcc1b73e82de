"""Made-up reports and rates in every state, beside the other samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from cards import report_tables, reports
from cards.views.reader import Money
from cards.views.reports import (
    GroupRow,
    HoursReportView,
    MissingReportView,
    MissingRow,
    OutcomeLine,
    RateRow,
    RatesView,
    ReportChart,
    ReportChoice,
    ReportFilters,
    ReportListView,
    ReportQuestionView,
    ReportRow,
    ReportSeries,
    ReportView,
)
from cards.words import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views.reader import Reader

_GROUPINGS: Final = ("client", "entity", "person", "category", "year", "offer", "missing")
_RATE: Final = Decimal("85.50")


def _outcome(outcome: Outcome, hours: str) -> OutcomeLine:
    return OutcomeLine(outcome=outcome, hours=Decimal(hours), cost=Money(Decimal(hours) * _RATE))


def _row(name: str, *hours: str) -> GroupRow:
    """Hours in the order of the outcomes of :data:`_ORDER`."""
    parts = tuple((outcome, Decimal(each)) for outcome, each in zip(_ORDER, hours, strict=False))
    whole = sum((spent for _outcome, spent in parts), Decimal(0))
    return GroupRow(name=name, hours=whole, cost=Money(whole * _RATE), parts=parts)


_ORDER: Final = (Outcome.WON, Outcome.LOST, Outcome.NO_GO, Outcome.ABANDONED, Outcome.OPEN)
_REPORT: Final = HoursReportView(
    year=2026,
    grouping="client",
    groupings=_GROUPINGS[1:],
    years=(0, 2027, 2025),
    hours=Decimal("1240.25"),
    cost=Money(Decimal("104987.63")),
    unrated=Decimal("12.5"),
    outcomes=(
        _outcome(Outcome.WON, "420"),
        _outcome(Outcome.LOST, "310.25"),
        _outcome(Outcome.NO_GO, "90"),
        _outcome(Outcome.ABANDONED, "40"),
        _outcome(Outcome.OPEN, "380"),
    ),
    rows=(
        _row("Space agency", "300", "210.25", "90", "0", "200"),
        _row("Satellite *group*", "120", "60", "0", "40", "180"),
        _row("", "0", "40"),
    ),
    hidden=0,
    nothing_per_won=Decimal("440.25") / 420,
    lost_per_won=Decimal("310.25") / 420,
)
_OFFER: Final = GroupRow(
    name="S580 Thermal protection for a re-entry demonstrator",
    hours=Decimal("120.5"),
    cost=Money(Decimal("10302.75")),
    parts=((Outcome.WON, Decimal("120.5")),),
    outcome=Outcome.WON,
    ever=Decimal("180.5"),
    planned=Decimal(160),
)
_BY_OFFER: Final = replace(
    _REPORT,
    grouping="offer",
    groupings=(*_GROUPINGS[:5], "missing"),
    rows=(_OFFER, replace(_OFFER, name="S581 Antenna", outcome=Outcome.LOST, planned=None)),
    hidden=3,
)
_LONG: Final = "Department of long names and thermal structures "
_FULL: Final = replace(
    _REPORT,
    hours=Decimal("99999.75"),
    rows=tuple(_row(f"{number} {_LONG}éü" * 2, "1000.25", "2000.5", "300", "40.75", "5000") for number in range(10)),
    hidden=31,
)
_MISSING: Final = MissingReportView(
    year=2026,
    groupings=_GROUPINGS[:6],
    years=(0, 2025),
    rows=(
        MissingRow(
            name="The project manager",
            weeks=tuple(date(2026, 10, 12) + timedelta(days=7 * number) for number in range(6)),
            hidden=2,
            locked=3,
        ),
        MissingRow(name="The engineer", weeks=(date(2026, 11, 16),), hidden=0, locked=0),
    ),
    hidden=1,
    weeks=11,
)
_RATES: Final = RatesView(
    rows=(
        RateRow(id=2, name="The engineer", amount=Money(_RATE), valid_from=date(2026, 7, 1), valid_to=None),
        RateRow(
            id=1,
            name="The engineer",
            amount=Money(Decimal(80)),
            valid_from=date(2025, 1, 1),
            valid_to=date(2026, 6, 30),
        ),
    ),
    page=0,
    pages=2,
)

_MONTHS: Final = ("November 2026", "December 2026", "January *2027*")
_CHART: Final = ReportChart(
    title="reports.chart_weighted",
    form="grouped",
    kind="money",
    currency="EUR",
    series=tuple(
        ReportSeries(name=name, points=tuple((one, Decimal("412500.5")) for one in _MONTHS))
        for name in ("Cumulative", "Average")
    ),
)
_PIPELINE: Final = ReportView(
    code="pipeline",
    q="pipeline.y2026.c7",
    title="reports.title_pipeline",
    year=2026,
    narrowed=("Space agency › Directorate [north]",),
    headings=("reports.by_month", "reports.column_amount", "reports.column_weighted"),
    rows=tuple(ReportRow(name=one, values=("€1,250,000", "€412,500.50")) for one in _MONTHS),
    totals=(("Amount", "€3,750,000"), ("Weighted", "€1,237,501.50"), ("Offers", "14")),
    chart=_CHART,
    notes=("2 offers without an amount are not in the sums.",),
    hidden=4,
    filters=ReportFilters(
        values=(("year", "2026"), ("client", "7")),
        years=(2027, 2026, 2025),
        by=("month", "stage", "sales_lead"),
        clients=(("7", "Space agency › Directorate"), ("8", "Prime contractor")),
        sales_leads=(("1", "The sales lead"),),
        categories=(("thermal", "Thermal"),),
    ),
)
_CLOSED: Final = replace(
    _PIPELINE,
    code="closed",
    q="closed.bsales_lead",
    title="reports.title_closed",
    year=0,
    narrowed=(),
    headings=("reports.by_sales_lead", "reports.column_offers", "reports.column_worth"),
    rows=(ReportRow(name="The sales lead", values=("12", "–")), ReportRow(name="Another · USD", values=("1", "$5"))),
    chart=ReportChart(
        title="reports.chart_closed",
        form="stacked",
        kind="count",
        outcomes=(Outcome.WON, Outcome.LOST),
        series=(
            ReportSeries(name="Won", points=(("The sales lead", Decimal(5)), ("Another", Decimal(0)))),
            ReportSeries(name="Lost", points=(("The sales lead", Decimal(7)), ("Another", Decimal(0)))),
        ),
    ),
    notes=(),
    hidden=0,
)
_LENGTHY: Final = replace(
    _PIPELINE,
    rows=tuple(ReportRow(name=_LONG * 3, values=("€9,999,999,999.99",) * 2) for _ in range(10)),
    totals=(("Amount", "€9,999,999,999.99"),) * 9,
    narrowed=(_LONG * 3,) * 3,
    chart=ReportChart(
        title="reports.chart_weighted",
        form="grouped",
        kind="money",
        currency="USD",
        series=tuple(
            ReportSeries(name=_LONG, points=tuple((f"{one} {_LONG}é", Decimal("99999999.99")) for one in range(10)))
            for _ in range(2)
        ),
    ),
    filters=replace(
        _PIPELINE.filters,
        clients=tuple((str(one), f"{_LONG}{one}") for one in range(26)),
        sales_leads=tuple((str(one), f"Colleague of a long name {one}") for one in range(30)),
        categories=tuple((f"value{one}", f"{_LONG}{one}") for one in range(12)),
    ),
)
_QUESTION: Final = ReportQuestionView(
    title="reports.title_pipeline",
    words="mart*",
    choices=(
        ReportChoice(field="sales_lead", name="The sales lead", q="pipeline.s4"),
        ReportChoice(field="client", name="Space agency › Directorate [north]", q="pipeline.c7"),
    ),
    q="pipeline",
)

REPORTS: Final[dict[str, Callable[[Reader], Card]]] = {
    "report-hours": lambda r: reports.hours_report_card(_REPORT, r),
    "report-hours-without-rates": lambda r: reports.hours_report_card(
        replace(
            _REPORT,
            cost=None,
            unrated=_REPORT.hours,
            outcomes=tuple(replace(one, cost=None) for one in _REPORT.outcomes),
            rows=tuple(replace(one, cost=None) for one in _REPORT.rows),
        ),
        r,
    ),
    "report-hours-nothing-won": lambda r: reports.hours_report_card(
        replace(_REPORT, year=0, nothing_per_won=None, lost_per_won=None, outcomes=_REPORT.outcomes[1:]), r
    ),
    "report-hours-offers": lambda r: reports.hours_report_card(_BY_OFFER, r),
    "report-hours-full": lambda r: reports.hours_report_card(_FULL, r),
    "report-hours-none": lambda r: reports.hours_report_card(
        replace(_REPORT, rows=(), outcomes=(), hours=Decimal(0), cost=None, unrated=Decimal(0)), r
    ),
    "report-missing": lambda r: reports.missing_report_card(_MISSING, r),
    "report-missing-none": lambda r: reports.missing_report_card(
        replace(_MISSING, year=0, rows=(), hidden=0, weeks=0), r
    ),
    "report-table": lambda r: report_tables.report_card(_PIPELINE, r),
    "report-table-stacked": lambda r: report_tables.report_card(_CLOSED, r),
    "report-table-bars": lambda r: report_tables.report_card(
        replace(_CLOSED, chart=replace(_CHART, form="bars", kind="days")), r
    ),
    "report-table-columns": lambda r: report_tables.report_card(
        replace(_CLOSED, chart=replace(_CHART, form="columns", kind="hours")), r
    ),
    "report-table-month": lambda r: report_tables.report_card(
        replace(_CLOSED, code="closed.y2026.m10", q="closed.y2026.m10.bsales_lead", year=2026, month=10), r
    ),
    "report-table-full": lambda r: report_tables.report_card(_LENGTHY, r),
    "report-table-none": lambda r: report_tables.report_card(
        replace(_PIPELINE, rows=(), totals=(), chart=None, notes=(), hidden=0), r
    ),
    "report-which": lambda r: report_tables.report_question_card(_QUESTION, r),
    "report-unknown": lambda r: report_tables.report_question_card(replace(_QUESTION, choices=()), r),
    "report-list-all": lambda r: reports.report_list_card(
        ReportListView(year=2026, codes=("pipeline", "portfolio", "closed", "success"), words="moon *"), r
    ),
    "report-list": lambda r: reports.report_list_card(ReportListView(year=2026), r),
    "rates": lambda r: reports.rates_card(_RATES, r),
    "rates-withdrawn": lambda r: reports.rates_card(replace(_RATES, withdrawn=3), r),
    "rates-none": lambda r: reports.rates_card(RatesView(rows=(), page=0, pages=1), r),
}
