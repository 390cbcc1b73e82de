"""The digests: what a month brought, for one reader, and what waits for whom, for the channel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import more, press
from cards.deadlines import EVERYBODY
from cards.envelope import Card, Part, at, finish
from cards.escape import escape
from cards.formats import day, hours, local, money, month, number, say, span, when
from cards.pieces import band, bullets, facts, footer, headline, kicker, label, small, text
from cards.report_tables import chart_part
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from cards.views.digests import Counted, MonthlyView, WaitingLine, WaitingPerson, WeeklyView
    from cards.views.reader import Money, Reader

VISIBLE: Final = 2
"""Buttons in sight; the other reports wait behind "More…"."""
NAME_LIMIT: Final = 80
OFFER_LIMIT: Final = 90
LAST_DAY: Final = timedelta(days=6)
OPEN_OFFERS: Final = "open"


def monthly_card(view: MonthlyView, reader: Reader) -> Card:
    """What a month brought beside the month before, and how things stand today."""
    t = texts(reader.language)
    named = f"{month(view.month.month, reader.language)} {view.month.year}"
    title = t("digests.month_title", month=named)
    body: list[Part] = [kicker(t("digests.month_kind"), ""), headline(title), _overdue(view, reader)]
    if view.quiet:
        body.append(text(t("digests.quiet")))
    else:
        body += _month(view, reader)
    body += [*_today(view, reader), *chart_part(view.chart, reader)]
    return finish(body, _buttons(view, reader), summary=_summary(view, title, reader))


def _summary(view: MonthlyView, title: str, reader: Reader) -> str:
    t = texts(reader.language)
    if view.quiet:
        return f"{title} · {t('digests.quiet')}"
    return t("digests.month_summary", title=title, won=view.won.count, lost=view.lost.count, sent=view.sent.count)


def _overdue(view: MonthlyView, reader: Reader) -> Part:
    t = texts(reader.language)
    if view.overdue:
        return band(t.n("digests.overdue", view.overdue), Tone.WARNING)
    return band(t("digests.nothing_overdue"), Tone.GOOD)


def _month(view: MonthlyView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    before = month((view.month - timedelta(days=1)).month, reader.language)
    came = t("digests.tenders_value", n=view.tenders, matched=view.matched) if view.tenders else "0"
    decided = t("digests.decisions_value", n=view.decided, go=view.go) if view.decided else "0"
    hours_now, hours_before = (hours(one, reader.language) for one in view.hours)
    cost_now, cost_before = (money(one, reader.language) if one is not None else "–" for one in view.cost)
    known = any(one is not None for one in view.cost)
    compared = t("digests.compared", now=cost_now, month=before, before=cost_before) if known else ""
    return [
        label(t("digests.part_month")),
        *facts(
            [
                (t("digests.tenders"), came),
                (t("digests.opened"), str(view.opened)),
                (t("digests.decisions"), decided),
                (t("digests.sent"), _counted(view.sent, reader)),
            ]
        ),
        label(t("digests.part_results")),
        *facts(
            [
                (t("digests.won"), _counted(view.won, reader)),
                (t("digests.lost"), _counted(view.lost, reader)),
                (t("digests.win_rate"), _rates(view, reader)),
                (t("digests.hours"), t("digests.compared", now=hours_now, month=before, before=hours_before)),
                (t("digests.cost"), compared),
            ]
        ),
    ]


def _rates(view: MonthlyView, reader: Reader) -> str:
    """By count, then by amount where it is known."""
    t = texts(reader.language)
    if view.win_rate is None:
        return "–"
    by_count = t("digests.by_count", rate=_percent(view.win_rate, reader))
    if view.win_rate_amount is None:
        return by_count
    return f"{by_count} · {t('digests.by_amount', rate=_percent(view.win_rate_amount, reader))}"


def _percent(value: Decimal, reader: Reader) -> str:
    return number(round(value, 1), reader.language)


def _counted(one: Counted, reader: Reader) -> str:
    return " · ".join((str(one.count), *_amounts(one.worth, reader)))


def _amounts(worth: Iterable[Money], reader: Reader) -> list[str]:
    return [money(one, reader.language) for one in worth]


def _today(view: MonthlyView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    rows = [
        (t("digests.running"), _counted(view.running, reader)),
        (t("digests.weighted"), " · ".join(_amounts(view.weighted, reader))),
    ]
    return [label(t("digests.part_today")), *facts(rows)]


def _buttons(view: MonthlyView, reader: Reader) -> list[Part]:
    """The reports behind the figures, for who may open them; for the others the lists that everybody has."""
    t = texts(reader.language)
    due = press(t("digests.button_deadlines"), Verb.DEADLINES_SHOW, 0, q=EVERYBODY, style=ActionStyle.POSITIVE)
    if not view.reports:
        return [due, press(t("digests.button_offers"), Verb.OFFER_LIST, 0, q=OPEN_OFFERS)]
    opened = [press(t(title), Verb.REPORT_OPEN, 0, q=question) for title, question in view.reports]
    return [due, *opened[: VISIBLE - 1], *more(reader, [], opened[VISIBLE - 1 :])]


def weekly_card(view: WeeklyView, reader: Reader) -> Card:
    """What waits for whom this week; when nothing does, that."""
    t = texts(reader.language)
    first, last = span(view.week_on, view.week_on + LAST_DAY, reader)
    kind = kicker(t("digests.week_kind"), "")
    said = t("digests.week", week=view.week_on.isocalendar().week, first=first, last=last)
    if not view.people:
        nothing = t("digests.week_nothing")
        return finish([kind, headline(nothing), small(said, spacing=Spacing.NONE)], summary=nothing)
    title = t.n("digests.week_title", view.total)
    body: list[Part] = [kind, headline(title), small(said, spacing=Spacing.NONE)]
    for person in view.people:
        body += _person(person, reader)
    if view.hidden:
        body.append(small(t.n("digests.hidden", view.hidden), spacing=Spacing.MEDIUM))
    body += footer(None, reader)
    actions = [
        press(t("digests.button_mine"), Verb.PENDING_SHOW, 0, style=ActionStyle.POSITIVE),
        press(t("digests.button_deadlines"), Verb.DEADLINES_SHOW, 0, q=EVERYBODY),
    ]
    mentions = [(one.teams_id, one.name) for one in view.people if one.teams_id]
    return finish(body, actions, summary=f"{title} · {said}", mentions=mentions)


def _person(person: WaitingPerson, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    named = at(person.name) if person.teams_id else escape(person.name, NAME_LIMIT)
    lines = [_line(one, reader) for one in person.lines]
    if person.hidden:
        lines.append(t.n("digests.person_hidden", person.hidden))
    return [text(named, bold=True, spacing=Spacing.MEDIUM), text(bullets(lines), spacing=Spacing.NONE)]


def _line(line: WaitingLine, reader: Reader) -> str:
    parts = (say(line.what, reader), escape(line.offer, OFFER_LIMIT), _due(line, reader))
    return " · ".join(part for part in parts if part)


def _due(line: WaitingLine, reader: Reader) -> str:
    """When, and that it is late, in words."""
    t = texts(reader.language)
    today: date = local(reader.now, reader).date()
    if line.due_at is not None:
        shown, late = when(line.due_at, reader, year=False), line.due_at < reader.now
    elif line.due_on is not None:
        shown, late = day(line.due_on, reader, year=line.due_on.year != today.year), line.due_on < today
    else:
        return ""
    return t("digests.late" if late else "digests.by", when=shown)
