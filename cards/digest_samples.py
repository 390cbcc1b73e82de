"""Made-up digests in every state, beside the other samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from cards import digests
from cards.views.digests import Counted, MonthlyView, WaitingLine, WaitingPerson, WeeklyView
from cards.views.reader import Money, sentence
from cards.views.reports import ReportChart, ReportSeries

if TYPE_CHECKING:
    from collections.abc import Callable

    from cards.envelope import Card
    from cards.views.reader import Reader

_MONTHS: Final = ("November 2026", "December 2026", "January 2027")
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
_MONTH: Final = MonthlyView(
    month=date(2026, 10, 1),
    tenders=41,
    matched=6,
    opened=3,
    decided=3,
    go=2,
    sent=Counted(count=2, worth=(Money(Decimal(250_000)),)),
    won=Counted(count=1, worth=(Money(Decimal(125_000)),)),
    lost=Counted(count=1, worth=(Money(Decimal(80_000)),)),
    win_rate=Decimal(50),
    win_rate_amount=Decimal(12_500_000) / 205_000,
    hours=(Decimal("312.5"), Decimal(290)),
    cost=(Money(Decimal("26718.75")), Money(Decimal(24_795))),
    running=Counted(count=14, worth=(Money(Decimal(3_750_000)),)),
    weighted=(Money(Decimal("1237501.50")),),
    overdue=2,
    chart=_CHART,
    reports=tuple(
        (f"digests.button_{code}", f"{code}.y2026.m10")
        for code in ("success", "pipeline", "sent", "decisions", "hours", "closed", "tenders")
    ),
)
_DIRECTOR: Final = replace(_MONTH, cost=(None, None), reports=(), overdue=0)
_QUIET: Final = MonthlyView(month=date(2026, 8, 1), quiet=True)
_CURRENCIES: Final = (Money(Decimal("9999999999.99")), Money(Decimal(7_000), "USD"), Money(Decimal(5), "CHF"))
_FULL: Final = replace(
    _MONTH,
    sent=Counted(count=99, worth=_CURRENCIES),
    won=Counted(count=99, worth=_CURRENCIES),
    lost=Counted(count=0),
    win_rate_amount=None,
    cost=(_CURRENCIES[0], None),
    running=Counted(count=999, worth=_CURRENCIES),
    weighted=_CURRENCIES,
    chart=replace(
        _CHART,
        series=tuple(
            ReportSeries(
                name="A weighting of a long name",
                points=tuple((f"Month {number} of a long name", Decimal("99999999.99")) for number in range(10)),
            )
            for _ in range(2)
        ),
    ),
)

_MONDAY: Final = date(2026, 11, 23)
_WEDNESDAY: Final = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
_VOTE: Final = WaitingLine(
    what=sentence("digests.vote"), offer="S580 Thermal protection for a re-entry *demonstrator*", due_at=_WEDNESDAY
)
_WEEK: Final = WeeklyView(
    week_on=_MONDAY,
    people=(
        WaitingPerson(
            name="The sales lead",
            teams_id="29:lead",
            lines=(
                WaitingLine(
                    what=sentence("deadlines.kind_clarification"),
                    offer="S577 Cryogenic valve",
                    due_on=_MONDAY - timedelta(days=4),
                ),
                WaitingLine(
                    what=sentence("deadlines.kind_submission"), offer="S581 Antenna reflector", due_at=_WEDNESDAY
                ),
                WaitingLine(what=sentence("chat.pending_evaluation"), offer="1-13692 Hatch seal"),
            ),
            hidden=2,
        ),
        WaitingPerson(name="The CTO", teams_id="29:cto", lines=(_VOTE,)),
        WaitingPerson(
            name="The key user [north]",
            lines=(
                WaitingLine(what=sentence("digests.conflicts", count=1)),
                WaitingLine(what=sentence("digests.unsettled", count=3)),
            ),
        ),
    ),
    total=9,
    hidden=1,
)
_LONG: Final = "Department of long names and thermal structures for re-entry "
_CROWDED: Final = replace(
    _WEEK,
    people=tuple(
        WaitingPerson(
            name=f"{number} {_LONG}",
            teams_id=f"29:{number}" * 20,
            lines=(replace(_VOTE, offer=f"S58{number} {_LONG * 3}"),),
            hidden=12,
        )
        for number in range(15)
    ),
    total=240,
    hidden=45,
)

DIGESTS: Final[dict[str, Callable[[Reader], Card]]] = {
    "digest-month": lambda r: digests.monthly_card(_MONTH, r),
    "digest-month-director": lambda r: digests.monthly_card(_DIRECTOR, r),
    "digest-month-quiet": lambda r: digests.monthly_card(_QUIET, r),
    "digest-month-full": lambda r: digests.monthly_card(_FULL, r),
    "digest-month-nothing-ended": lambda r: digests.monthly_card(
        replace(_MONTH, won=Counted(), lost=Counted(), win_rate=None, win_rate_amount=None, decided=0, tenders=0), r
    ),
    "digest-week": lambda r: digests.weekly_card(_WEEK, r),
    "digest-week-full": lambda r: digests.weekly_card(_CROWDED, r),
    "digest-week-none": lambda r: digests.weekly_card(WeeklyView(week_on=_MONDAY), r),
}
