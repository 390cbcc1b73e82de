"""What a chart draws, as plain numbers; the browser colours them after the theme. A table stands behind each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bot.reports.shape import ChartForm, ColumnKind
from bot.reports.wording import shown
from cards.formats import day
from cards.texts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reports.shape import Report
    from cards.views.hours_offer import OfferHoursView
    from cards.views.reader import Reader

PEOPLE = 12
"""Bars that are told apart at a glance; the table has everybody."""
GROUPS = 18
"""The same for the rows of a report; months and years beyond are the newest."""
OUTCOMES = {"won": "good", "lost": "attention", "no_go": "warning", "abandoned": "neutral", "open": "accent"}
TONES = ("accent", "neutral", "good", "warning", "attention")


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers under one name; ``tone`` is a colour of the style sheet (``accent``, ``good``, …)."""

    name: str
    values: tuple[float | None, ...]
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over labels. ``lying``: from left to right; ``stacked``: on one another; ``name``: of the picture's file."""

    name: str
    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    lying: bool = False
    stacked: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self)


def plan_chart(spent: OfferHoursView, reader: Reader) -> Chart | None:
    """Hours spent beside hours planned, by person; None while there is neither."""
    people = [one for one in spent.people if one.hours or one.planned][:PEOPLE]
    if not people:
        return None
    t = texts(reader.language)
    return Chart(
        name=f"{spent.number or 'offer'}-hours",
        title=t("tab.chart_plan"),
        unit="h",
        labels=tuple(one.name for one in people),
        series=(
            Series(t("tab.spent"), _floats([one.hours for one in people]), "accent"),
            Series(t("tab.planned"), _floats([one.planned for one in people]), "neutral"),
        ),
        lying=True,
    )


def weeks_chart(spent: OfferHoursView, reader: Reader) -> Chart | None:
    """Hours of the last weeks; None while there are none in them."""
    if not any(hours for _monday, hours in spent.weeks):
        return None
    t = texts(reader.language)
    return Chart(
        name=f"{spent.number or 'offer'}-weeks",
        title=t("tab.chart_weeks"),
        unit="h",
        labels=tuple(day(monday, reader, year=False, weekday=False) for monday, _hours in spent.weeks),
        series=(Series(t("tab.spent"), _floats([hours for _monday, hours in spent.weeks]), "accent"),),
    )


def _floats(values: Sequence[Any]) -> tuple[float | None, ...]:
    return tuple(None if value is None else float(value) for value in values)


def offers_chart(spent: Sequence[OfferHoursView], reader: Reader) -> Chart | None:
    """Hours spent beside hours planned, by offer; None while there is nothing to compare."""
    offers = [one for one in spent if one.total or one.planned]
    if len(offers) < 2:  # noqa: PLR2004  one bar compares nothing
        return None
    t = texts(reader.language)
    return Chart(
        name="hours",
        title=t("tab.chart_offers"),
        unit="h",
        labels=tuple(one.number or one.title for one in offers),
        series=(
            Series(t("tab.spent"), _floats([one.total for one in offers]), "accent"),
            Series(t("tab.planned"), _floats([one.planned for one in offers]), "neutral"),
        ),
        lying=True,
    )


def report_chart(report: Report, reader: Reader) -> Chart | None:
    """What a report says is drawn of it; None where that would be empty."""
    drawn, spec = report.drawn(), report.chart
    if spec is None or not drawn:
        return None
    t, label = texts(reader.language), report.columns[report.place(spec.label)]
    in_time = label.kind is ColumnKind.MONTH
    # The rows of a report stand with what matters first; time runs on, so its end does.
    part = slice(-GROUPS, None) if in_time else slice(GROUPS)
    return Chart(
        name=f"report-{report.code}",
        title=t(spec.title),
        unit={ColumnKind.HOURS: "h", ColumnKind.PERCENT: "%"}.get(drawn[0].kind, spec.currency),
        labels=tuple(shown(label, cell, reader) for cell, _value in drawn[0].points[part]),
        series=tuple(
            Series(t(one.name), _floats([value for _cell, value in one.points[part]]), _tone(spec.values[place], place))
            for place, one in enumerate(drawn)
        ),
        lying=spec.form in {ChartForm.BARS, ChartForm.STACKED},
        stacked=spec.form is ChartForm.STACKED,
    )


def _tone(code: str, place: int) -> str:
    """Outcomes have colours of their own, whatever is said of them."""
    named = (tone for outcome, tone in OUTCOMES.items() if f"_{code}".endswith(f"_{outcome}"))
    return next(named, TONES[place % len(TONES)])
