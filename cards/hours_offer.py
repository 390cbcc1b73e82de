"""Hours in chat and on an offer: what was entered, what has to be asked, and what an offer took so far."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, more, press
from cards.charts import Point, progress, vertical_bars
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import clock, day, hours, local, number, say, word
from cards.pieces import ARROW, band, columns, facts, group, heading, headline, kicker, label, small, text
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.views.hours_offer import ChoiceAction
from cards.words import Outcome, Tone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from cards.views.hours_offer import (
        HoursChoice,
        HoursQuestionView,
        HoursSaidLine,
        HoursSaidView,
        HoursSaidWeek,
        OfferHoursView,
        PersonHours,
    )
    from cards.views.reader import Reader

FULL: Final = 100
"""Percent."""
MOST_PEOPLE: Final = 30
"""Named one by one; the hours of further people are told as one sum."""
SEVERAL: Final = 2
"""Hours from which French counts in the plural."""
NAME_LIMIT: Final = 40


# What was entered


def hours_said_card(view: HoursSaidView, reader: Reader) -> Card:
    """What was typed is entered; it can be taken back for a few minutes."""
    t = texts(reader.language)
    one = view.lines[0] if len(view.lines) == 1 else None
    title = _said(one, reader) if one is not None else _said_all(view.lines, reader)
    body = [heading(f"✓ {title}", tone=Tone.GOOD)]
    if one is None:
        body += facts(
            [(escape(line.number or line.title, 60), _amount(line, reader)) for line in view.lines], MOST_PEOPLE
        )
    else:
        body.append(small(escape(one.title, 160), spacing=Spacing.NONE))
    if view.private:
        body.append(text(" ".join(_week_total(week, view, reader) for week in view.weeks), spacing=Spacing.SMALL))
    body += [small(said) for said in _after_the_end(view.lines, reader)]
    actions = _afterwards(view, reader)
    until = min((week.undo_until for week in view.weeks if week.undo_until is not None), default=None)
    if actions and until is not None and until > reader.now:
        body.append(small(t("frame.undo_until", when=clock(until, reader))))
    if not view.private:
        body.append(small(t("hours_chat.privately")))
    return finish(body, actions, summary=plain(title.replace("\\", "")))


def _said(line: HoursSaidLine, reader: Reader) -> str:
    name = escape(line.number or line.title, 60)
    amount = hours(line.hours, reader.language)
    return texts(reader.language).n(
        "hours_chat.said", _many(line.hours), offer=name, hours=amount, day=_day(line.day, reader)
    )


def _said_all(lines: Sequence[HoursSaidLine], reader: Reader) -> str:
    total = sum((line.hours for line in lines), Decimal(0))
    return texts(reader.language).n("hours_chat.said_all", _many(total), hours=hours(total, reader.language))


def _many(amount: Decimal) -> int:
    """1 or 2: which form of a word goes with so many hours."""
    return 2 if amount >= SEVERAL else 1


def _amount(line: HoursSaidLine, reader: Reader) -> str:
    return f"{hours(line.hours, reader.language)} · {_day(line.day, reader)}"


def _week_total(week: HoursSaidWeek, view: HoursSaidView, reader: Reader) -> str:
    t = texts(reader.language)
    total = hours(week.total, reader.language)
    if len(view.weeks) == 1:
        return t("hours_chat.week_total", hours=total)
    return t("hours_chat.week_total_of", hours=total, day=_day(week.week_on, reader))


def _after_the_end(lines: Sequence[HoursSaidLine], reader: Reader) -> Iterator[str]:
    """Hours after the end of an offer count, but may be a slip."""
    for line in {line.number: line for line in lines}.values():
        if line.outcome is not Outcome.OPEN:
            outcome = word(line.outcome, reader.language)
            name = escape(line.number or line.title, 60)
            yield texts(reader.language)("hours_chat.ended", offer=name, outcome=outcome)


def _afterwards(view: HoursSaidView, reader: Reader) -> list[Part]:
    if not view.private:
        return []
    t = texts(reader.language)
    made = []
    for week in view.weeks[:2]:
        if week.undo_until is not None and week.undo_until > reader.now:
            title = t("hours_chat.button_undo")
            if len(view.weeks) > 1:
                title = t("hours_chat.button_undo_week", week=week.week_on.isocalendar().week)
            made.append(press(title, Verb.HOURS_UNDO, view.person_id, rev=week.revision, q=week.week_on.isoformat()))
    newest = view.weeks[-1]
    return [*made, press(t("hours_chat.button_week"), Verb.HOURS_SHOW, view.person_id, q=newest.week_on.isoformat())]


def _day(value: date, reader: Reader) -> str:
    return day(value, reader, year=value.year != local(reader.now, reader).year)


# What has to be asked


def hours_question_card(view: HoursQuestionView, reader: Reader) -> Card:
    """What is not sure is asked, with one button per answer."""
    t = texts(reader.language)
    title = say(view.title, reader)
    body = [heading(title, tone=Tone.WARNING), text(say(view.text, reader), spacing=Spacing.SMALL)]
    body += [_choice(one, view.action, reader) for one in view.choices]
    if view.action is ChoiceAction.LOG:
        body.append(small(t("hours_chat.nothing_yet"), spacing=Spacing.MEDIUM))
    actions = [press(t("hours_chat.button_week"), Verb.HOURS_SHOW, view.person_id)] if view.person_id else []
    return finish(body, actions, summary=say(view.title, reader, markdown=False))


def _choice(one: HoursChoice, action: ChoiceAction, reader: Reader) -> Part:
    title = escape(" · ".join(part for part in (one.number, one.title) if part), 120)
    lines = [text(title, bold=True)]
    if one.day is not None:
        lines.append(small(_day(one.day, reader), spacing=Spacing.NONE))
    return group([columns((("stretch", lines), ("auto", [action_set([_chosen(one, action, reader)])])))])


def _chosen(one: HoursChoice, action: ChoiceAction, reader: Reader) -> Part:
    t = texts(reader.language)
    if action is ChoiceAction.SHOW:
        return press(t("hours_chat.button_hours"), Verb.HOURS_OFFER, one.offer_id)
    if action is ChoiceAction.FORM:
        return press(t("hours_chat.button_enter"), Verb.FORM_OPEN, one.offer_id, q=FormCode.HOURS_LOG.value)
    title = t("hours_chat.button_add", hours=hours(one.hours, reader.language))
    return press(title, Verb.HOURS_PICK, one.offer_id, rev=one.revision, q=one.q)


# What an offer took


def offer_hours_card(view: OfferHoursView, reader: Reader) -> Card:
    """The hours of one offer: in all against the plan, by person, by week."""
    t = texts(reader.language)
    ended = view.outcome is not Outcome.OPEN
    state = word(view.outcome, reader.language) if ended else ""
    body = [kicker(t("hours_chat.kind"), view.number, state), headline(view.title), *_against_plan(view, reader)]
    body += _people(view, reader)
    weeks = [Point(_week(monday, reader), spent) for monday, spent in view.weeks]
    shown = any(point.value for point in weeks)
    if shown:
        body.append(vertical_bars(t("hours_chat.weeks"), weeks, shown=lambda value: hours(value, reader.language)))
    table = [(point.label, hours(point.value, reader.language)) for point in weeks] if shown else []
    details = [label(t("hours_chat.weeks")), *facts(table, len(table))] if table else []
    actions = _below(view, reader)
    what = plain(view.number or view.title, 80)
    said = spent_said(view.total, view.planned, reader)
    return finish(body, [*actions, *more(reader, details)], summary=t("hours_chat.notify", offer=what, hours=said))


def _against_plan(view: OfferHoursView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    if not view.total:
        example = t("hours_chat.empty_hint", offer=escape(view.number, 60) or "S580")
        planned = t("hours_chat.planned", hours=hours(view.planned, reader.language)) if view.planned else ""
        return [band(t("hours_chat.empty"), Tone.ACCENT, [planned, example])]
    over = plan_exceeded(view.total, view.planned, reader)
    said = spent_said(view.total, view.planned, reader)
    made = [band(said, Tone.WARNING if over else Tone.ACCENT, [over])]
    if view.planned:
        made.append(progress(view.total, view.planned, over=bool(over)))
    return made


def spent_said(total: Decimal, planned: Decimal | None, reader: Reader) -> str:
    """``42,5 h sur 80 h prévues (53 %)``, or the hours alone without a plan."""
    t = texts(reader.language)
    spent = hours(total, reader.language)
    if not planned:
        return spent
    percent = number(round(total / planned * FULL), reader.language)
    return t("hours_chat.spent", hours=spent, planned=hours(planned, reader.language), percent=percent)


def plan_exceeded(total: Decimal, planned: Decimal | None, reader: Reader) -> str:
    """How much more than planned, or nothing."""
    if not planned or total <= planned:
        return ""
    return texts(reader.language)("hours_chat.over", hours=hours(total - planned, reader.language))


def _people(view: OfferHoursView, reader: Reader) -> list[Part]:
    if not view.people:
        return []
    t = texts(reader.language)
    named, others = view.people[:MOST_PEOPLE], view.people[MOST_PEOPLE:]
    rows = [(escape(one.name, NAME_LIMIT), _share(one, view.total, reader)) for one in named]
    if others:
        rest = sum((one.hours for one in others), Decimal(0))
        rows.append((t.n("hours_chat.others", len(others)), hours(rest, reader.language)))
    return [label(t("hours_chat.people")), *facts(rows, MOST_PEOPLE + 1)]


def _share(one: PersonHours, total: Decimal, reader: Reader) -> str:
    """``12 h (60 %) · prévu 20 h``."""
    t = texts(reader.language)
    spent = hours(one.hours, reader.language)
    if total and one.hours:
        percent = number(round(one.hours / total * FULL), reader.language)
        spent = t("hours_chat.share", hours=spent, percent=percent)
    if one.planned is None:
        return spent
    planned = t("hours_chat.planned_for", hours=hours(one.planned, reader.language))
    over = f" ⚠ {t('hours_chat.over_short')}" if one.hours > one.planned else ""
    return f"{spent} · {planned}{over}"


def _week(monday: date, reader: Reader) -> str:
    return day(monday, reader, year=False, weekday=False)


def _below(view: OfferHoursView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    code = FormCode.HOURS_LOG.value
    return [
        press(t("offers.do_hours_log"), Verb.FORM_OPEN, view.offer_id, style=ActionStyle.POSITIVE, q=code),
        press(t("hours_chat.button_offer"), Verb.OFFER_SHOW, view.offer_id),
    ]


def hours_line(offer_id: int, total: Decimal, planned: Decimal | None, reader: Reader) -> list[Part]:
    """On the offer's card: spent against plan with a thin bar; touching it opens the offer's hours."""
    t = texts(reader.language)
    over = plan_exceeded(total, planned, reader)
    said = spent_said(total, planned, reader)
    words = f"**{t('offers.fact_hours')}** {said}"
    lines: list[Part] = [text(words)]
    if over:
        lines.append(text(f"⚠ {over}", tone=Tone.WARNING, spacing=Spacing.NONE))
    if planned:
        lines.append(progress(total, planned, over=bool(over)))
    arrow = text(ARROW, tone=Tone.ACCENT)
    tap = press(t("hours_chat.button_hours"), Verb.HOURS_OFFER, offer_id)
    shown = columns((("stretch", lines), ("auto", [arrow])), spacing=Spacing.MEDIUM)
    return [{**shown, "selectAction": tap}]
