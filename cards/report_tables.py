"""Any report as a card: what it adds up to, its chart, the table behind it, and the pickers that narrow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, more, press
from cards.charts import ChartColor, Point, Series, grouped_bars, horizontal_bars, stacked_bars, vertical_bars
from cards.envelope import Card, Part, finish
from cards.escape import escape
from cards.formats import hours, money, month, number
from cards.inputs import Form
from cards.pieces import columns, facts, group, headline, kicker, label, small, subtitle, text
from cards.reports import COLORS
from cards.texts import texts
from cards.verbs import Verb
from cards.views.reader import Money

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from cards.views.reader import Reader
    from cards.views.reports import (
        ReportChart,
        ReportChoice,
        ReportFilters,
        ReportQuestionView,
        ReportRow,
        ReportView,
    )

NAME_LIMIT: Final = 60
DRAWN: Final = 10
"""Rows of a chart; with five values each they stay under what a chart holds."""
WIDTH: Final = "104px"
"""Fixed, so that the numbers of all rows stand under each other."""
TOTALS: Final = 5
YEAR, BREAKDOWN, CLIENT, SALES_LEAD, CATEGORY, PERSON = (
    "year",
    "breakdown",
    "client",
    "sales_lead",
    "category",
    "person",
)
CHOICES: Final = 6


def report_card(view: ReportView, reader: Reader) -> Card:
    """The figures of one report."""
    t = texts(reader.language)
    period = _period(view, reader)
    title = t(view.title)
    body: list[Part] = [kicker(t("reports.kind_any"), period), headline(title), *_narrowed(view)]
    actions = [press(t("reports.button_table"), Verb.REPORT_FILE, 0, style=ActionStyle.POSITIVE, q=view.q)]
    if not view.rows:
        body.append(text(t("reports.nothing")))
        actions = []
    else:
        body += facts(view.totals, TOTALS)
        body += [*chart_part(view.chart, reader), *_table(view, reader)]
    body += [small(escape(note, 200)) for note in view.notes]
    if view.hidden:
        body.append(small(t.n("reports.hidden", view.hidden)))
    narrow = press(t("reports.button_narrow"), Verb.REPORT_NARROW, 0, q=view.code)
    actions += more(reader, [label(t("reports.narrow")), *_pickers(view.filters, reader), action_set([narrow])])
    return finish(body, actions, summary=t("reports.summary", title=title, period=period))


def _period(view: ReportView, reader: Reader) -> str:
    """``2026``, ``October 2026``, or all years."""
    if not view.year:
        return texts(reader.language)("reports.all_years")
    return f"{month(view.month, reader.language)} {view.year}" if view.month else str(view.year)


def _narrowed(view: ReportView) -> list[Part]:
    return subtitle(escape(name, NAME_LIMIT) for name in view.narrowed)


def _table(view: ReportView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    first, *others = (t(heading) for heading in view.headings)
    head = _line(label(first), [label(one) for one in others])
    return [head, *(_row(row) for row in view.rows)]


def _row(row: ReportRow) -> Part:
    values = [text(said, right=True) for said in row.values]
    return _line(text(escape(row.name, NAME_LIMIT)), values)


def _line(name: Part, values: list[Part]) -> Part:
    return columns([("stretch", [name]), *((WIDTH, [value]) for value in values)], spacing=Spacing.SMALL)


def chart_part(view: ReportChart | None, reader: Reader) -> list[Part]:
    """The chart of a report, or nothing."""
    if view is None or not view.series:
        return []
    title, said = texts(reader.language)(view.title), _said(view, reader)
    if view.form == "stacked":
        return [stacked_bars(title, _by_row(view), shown=said)] if _by_row(view) else []
    series = [Series(one.name, tuple(Point(name, value) for name, value in one.points[:DRAWN])) for one in view.series]
    if view.form == "grouped":
        return [grouped_bars(title, series, shown=said)]
    draw = vertical_bars if view.form == "columns" else horizontal_bars
    return [draw(title, series[0].points, shown=said)]


def _by_row(view: ReportChart) -> list[Series]:
    """One lying bar for each row, made of the values of all series; nothing is drawn of what is not above 0."""
    colors: list[ChartColor | None] = [COLORS[outcome] for outcome in view.outcomes]
    colors = colors or [None] * len(view.series)
    rows = [
        Series(
            name,
            tuple(
                Point(one.name, one.points[place][1], color)
                for one, color in zip(view.series, colors, strict=True)
                if one.points[place][1] > 0
            ),
        )
        for place, (name, _value) in enumerate(view.series[0].points[:DRAWN])
    ]
    return [row for row in rows if row.points]


def _said(view: ReportChart, reader: Reader) -> Callable[[Decimal], str]:
    language = reader.language
    if view.kind == "money":
        return lambda value: money(Money(value, view.currency), language)
    if view.kind == "hours":
        return lambda value: hours(value, language)
    return lambda value: number(value, language)


def _pickers(view: ReportFilters, reader: Reader) -> list[Part]:
    """Filled with what the report is narrowed to now."""
    t = texts(reader.language)
    form = Form(reader, view.values, ())
    everything = ("", t("reports.everything"))
    years = [("0", t("reports.all_years")), *((str(year), str(year)) for year in view.years)]
    parts = form.choice(YEAR, "reports.switch_year", years, default="0")
    if len(view.by) > 1:
        ways = [(one, t(f"reports.by_{one}")) for one in view.by]
        parts += form.choice(BREAKDOWN, "reports.switch_by", ways, default=view.by[0])
    if view.clients:
        parts += form.searched(CLIENT, "reports.by_client", [everything, *view.clients], "clients")
    for field, choices in ((SALES_LEAD, view.sales_leads), (CATEGORY, view.categories)):
        if choices:
            parts += form.choice(field, f"reports.by_{field}", [everything, *choices])
    if view.people:
        parts += form.person(PERSON, "reports.by_person")
    return parts


def report_question_card(view: ReportQuestionView, reader: Reader) -> Card:
    """Which of these is meant? One button for each; without any, what to type instead."""
    t = texts(reader.language)
    words = escape(view.words, NAME_LIMIT)
    asked = t("reports.which" if view.choices else "reports.unknown", words=words)
    body: list[Part] = [kicker(t("reports.kind_any"), ""), headline(t(view.title)), text(asked)]
    body += [_choice(one, reader) for one in view.choices[:CHOICES]]
    without = press(t("reports.button_without"), Verb.REPORT_OPEN, 0, q=view.q)
    return finish(body, [without], summary=asked)


def _choice(one: ReportChoice, reader: Reader) -> Part:
    t = texts(reader.language)
    lines = [text(escape(one.name, NAME_LIMIT), bold=True), small(t(f"reports.by_{one.field}"), spacing=Spacing.NONE)]
    button = press(t("reports.button_choose"), Verb.REPORT_OPEN, 0, q=one.q)
    return group([columns((("stretch", lines), ("auto", [action_set([button])])))])
