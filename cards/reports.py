"""What offers cost, for the key user: the hours report in its breakdowns, and the hourly rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, FontSize, Spacing

from cards.buttons import action_set, more, press
from cards.charts import ChartColor, Point, Series, stacked_bars
from cards.envelope import Card, Part, finish
from cards.escape import escape
from cards.formats import day, hours, money, number, word
from cards.pieces import band, columns, facts, group, heading, headline, kicker, label, sides, small, text
from cards.tenders import page_buttons
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.words import Outcome, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from cards.views.reader import Money, Reader
    from cards.views.reports import (
        GroupRow,
        HoursReportView,
        MissingReportView,
        MissingRow,
        RateRow,
        RatesView,
        ReportListView,
    )

COLORS: Final = {
    Outcome.WON: ChartColor.GOOD,
    Outcome.LOST: ChartColor.ATTENTION,
    Outcome.NO_GO: ChartColor.WARNING,
    Outcome.ABANDONED: ChartColor.NEUTRAL,
    Outcome.OPEN: ChartColor.BLUE,
}
NAME_LIMIT: Final = 60
DRAWN: Final = 8
"""Rows of the chart: with five outcomes each they stay under what a chart holds."""
HOURS_WIDTH: Final = "88px"
COST_WIDTH: Final = "104px"
"""Fixed, so that the numbers of all rows stand under each other."""
ROW: Final = 3
"""Buttons beside each other."""
OFFER: Final = "offer"
MISSING: Final = "missing"


def hours_report_card(view: HoursReportView, reader: Reader) -> Card:
    """The figures, a chart, the rows behind it, and the ways to the other breakdowns and to the whole in a file."""
    t = texts(reader.language)
    period = _period(view.year, reader)
    if not view.rows:
        body: list[Part] = [
            kicker(t("reports.kind"), period),
            headline(t("reports.empty")),
            text(t("reports.empty_text")),
        ]
        return finish(
            body, _switches(view.groupings, view.years, view.grouping, view.year, reader), summary=t("reports.empty")
        )
    said = _worth(view.hours, view.cost, reader)
    body = [
        kicker(t("reports.kind"), period),
        heading(said, FontSize.LARGE),
        *_ratios(view, reader),
        *facts([(word(one.outcome, reader.language), _worth(one.hours, one.cost, reader)) for one in view.outcomes]),
    ]
    if view.unrated and view.cost is not None:
        body.append(small(t("reports.unrated", hours=hours(view.unrated, reader.language))))
    body += [*_chart(view, reader), *_table(view, reader)]
    if view.hidden:
        body.append(small(t.n("reports.hidden", view.hidden)))
    actions = [
        press(t("reports.button_table"), Verb.REPORT_TABLE, view.year, style=ActionStyle.POSITIVE),
        press(t("reports.button_picture"), Verb.REPORT_PICTURE, view.year),
        *_switches(view.groupings, view.years, view.grouping, view.year, reader),
    ]
    return finish(body, actions, summary=t("reports.notify", period=period, worth=said))


def _worth(spent: Decimal, cost: Money | None, reader: Reader) -> str:
    shown = hours(spent, reader.language)
    return f"{shown} · {money(cost, reader.language)}" if cost is not None else shown


def _period(year: int, reader: Reader) -> str:
    return str(year) if year else texts(reader.language)("reports.all_years")


def _ratios(view: HoursReportView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    if view.nothing_per_won is None or view.lost_per_won is None:
        return [band(t("reports.nothing_won"), Tone.DEFAULT)]
    nothing, lost = number(view.nothing_per_won, reader.language), number(view.lost_per_won, reader.language)
    return [band(t("reports.per_won", hours=nothing), Tone.ACCENT, [t("reports.lost_per_won", hours=lost)])]


def _name(row: GroupRow, grouping: str, reader: Reader) -> str:
    """Raw."""
    return row.name or texts(reader.language)(f"reports.none_{grouping}")


def _chart(view: HoursReportView, reader: Reader) -> list[Part]:
    """Nothing where corrections left no hours to draw."""
    rows = [
        Series(
            _name(row, view.grouping, reader),
            tuple(Point(word(one, reader.language), spent, COLORS[one]) for one, spent in row.parts if spent > 0),
        )
        for row in view.rows[:DRAWN]
    ]
    drawn = [row for row in rows if row.points]
    title = texts(reader.language)(f"reports.chart_{view.grouping}")
    return [stacked_bars(title, drawn, shown=lambda spent: hours(spent, reader.language))] if drawn else []


def _table(view: HoursReportView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    second = t("reports.column_planned" if view.grouping == OFFER else "reports.column_hours")
    third = t("reports.column_cost") if view.cost is not None else ""
    head = _row(label(t(f"reports.by_{view.grouping}")), label(second), label(third) if third else None)
    return [head, *(_group_row(row, view, reader) for row in view.rows)]


def _group_row(row: GroupRow, view: HoursReportView, reader: Reader) -> Part:
    name = escape(_name(row, view.grouping, reader), NAME_LIMIT)
    if row.outcome is not None:
        name = f"{name} · {word(row.outcome, reader.language)}"
    spent = hours(row.hours, reader.language)
    if view.grouping == OFFER and row.ever is not None:
        planned = hours(row.planned, reader.language) if row.planned is not None else "–"
        spent = f"{hours(row.ever, reader.language)} / {planned}"
    cost = text(money(row.cost, reader.language), right=True) if row.cost is not None else None
    return _row(text(name), text(spent, right=True), cost)


def _row(name: Part, spent: Part, cost: Part | None) -> Part:
    made: list[tuple[str, Sequence[Part]]] = [("stretch", [name]), (HOURS_WIDTH, [spent])]
    return columns([*made, (COST_WIDTH, [cost])] if cost is not None else made, spacing=Spacing.SMALL)


def _switches(groupings: Iterable[str], years: Iterable[int], grouping: str, year: int, reader: Reader) -> list[Part]:
    """The other breakdowns and years, folded away."""
    t = texts(reader.language)
    by = [press(t(f"reports.by_{one}"), Verb.REPORT_SHOW, year, q=one) for one in groupings]
    other = [press(_period(one, reader), Verb.REPORT_SHOW, one, q=grouping) for one in years]
    details = [label(t("reports.switch_by")), action_set(by)]
    if other:
        details += [label(t("reports.switch_year")), action_set(other)]
    return more(reader, details)


def missing_report_card(view: MissingReportView, reader: Reader) -> Card:
    """Who has not answered for which week."""
    t = texts(reader.language)
    period = str(view.year) if view.year else t("reports.lately")
    said = t.n("reports.missing", view.weeks) if view.weeks else t("reports.missing_none")
    body: list[Part] = [kicker(t("reports.kind_missing"), period), headline(said)]
    body += [_missing(row, reader) for row in view.rows]
    if view.hidden:
        body.append(small(t.n("reports.missing_hidden", view.hidden)))
    actions = [
        press(t("reports.button_table"), Verb.REPORT_TABLE, view.year, style=ActionStyle.POSITIVE),
        *_switches(view.groupings, view.years, MISSING, view.year, reader),
    ]
    return finish(body, actions, summary=said)


def _missing(row: MissingRow, reader: Reader) -> Part:
    t = texts(reader.language)
    weeks = ", ".join(day(one, reader, year=False, weekday=False) for one in row.weeks)
    if row.hidden:
        weeks = f"{weeks} {t.n('reports.weeks_more', row.hidden)}"
    count = t.n("reports.weeks", len(row.weeks) + row.hidden)
    lines = [
        sides(text(escape(row.name, NAME_LIMIT), bold=True), text(count, right=True)),
        small(t("reports.weeks_of", days=weeks)),
    ]
    if row.locked:
        lines.append(small(t.n("reports.weeks_locked", row.locked), spacing=Spacing.NONE))
    return group(lines)


def report_list_card(view: ReportListView, reader: Reader) -> Card:
    """What there is to report, each behind its button."""
    t = texts(reader.language)
    body: list[Part] = [
        kicker(t("reports.kind_list"), ""),
        headline(t("reports.list_title")),
        *([text(t("reports.list_unknown", words=escape(view.words, NAME_LIMIT)))] if view.words else []),
        text(t("reports.list_text")),
    ]
    if view.codes:
        body.append(label(t("reports.list_others")))
    for first in range(0, len(view.codes), ROW):
        codes = view.codes[first : first + ROW]
        body.append(action_set([press(t(f"reports.title_{one}"), Verb.REPORT_OPEN, 0, q=one) for one in codes]))
    actions = [
        press(t("reports.list_all"), Verb.REPORT_SHOW, 0, q="client", style=ActionStyle.POSITIVE),
        press(str(view.year), Verb.REPORT_SHOW, view.year, q="client"),
        press(t("reports.by_missing"), Verb.REPORT_SHOW, 0, q=MISSING),
        *more(reader, [], [press(t("rates.list_title"), Verb.RATES_SHOW, 0)]),
    ]
    return finish(body, actions, summary=t("reports.list_title"))


def rates_card(view: RatesView, reader: Reader) -> Card:
    """The hourly rates by person, each with the days it holds; touching one corrects it."""
    t = texts(reader.language)
    body: list[Part] = [kicker(t("rates.kind"), ""), headline(t("rates.list_title")), small(t("rates.who_sees"))]
    if not view.rows:
        body.append(text(t("rates.empty")))
    body += [_rate(row, reader) for row in view.rows]
    actions = page_buttons(Verb.RATES_SHOW, view.page, view.pages, reader)
    if view.withdrawn is not None:
        body.append(band(t("rates.withdrawn"), Tone.GOOD))
        actions = [press(t("rates.restore"), Verb.RATE_RESTORE, view.withdrawn)]
    adding = press(t("rates.add"), Verb.FORM_OPEN, 0, style=ActionStyle.POSITIVE, q=FormCode.RATE_ADD.value)
    return finish(body, [adding, *actions], summary=t("rates.list_title"))


def _rate(row: RateRow, reader: Reader) -> Part:
    t = texts(reader.language)
    first = day(row.valid_from, reader, weekday=False)
    held = t("rates.since", first=first)
    if row.valid_to is not None:
        held = t("rates.between", first=first, last=day(row.valid_to, reader, weekday=False))
    amount = t("rates.per_hour", amount=money(row.amount, reader.language))
    return group(
        [
            sides(text(escape(row.name, NAME_LIMIT), bold=True), text(amount, right=True)),
            small(held, spacing=Spacing.NONE),
            action_set(
                [
                    press(t("rates.correct"), Verb.FORM_OPEN, row.id, q=FormCode.RATE_EDIT.value),
                    press(t("rates.withdraw"), Verb.RATE_WITHDRAW, row.id),
                ]
            ),
        ]
    )
