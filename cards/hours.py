"""Somebody's week: the numbers asked for, what was answered, what is locked, and the dialog that corrects it.

Hours are typed into text inputs, not number inputs: a number input sends nothing at all for ``7,5`` on a client set to
English, or for ``3h30``, and what was typed would count as no hours without a word.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, more, press, submit, toggle
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.fields import ADD_HOURS, ADD_OFFER, Field
from cards.formats import clock, day, hours, local, month, say, span, when
from cards.inputs import Dialog, Form
from cards.pieces import band, folded, group, headline, kicker, sides, small, text
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cards.views.hours import CorrectionFormView, HeldBack, HoursLine, HoursWeekView, LockDate
    from cards.views.reader import Reader

OFFERS: Final = "offers"
"""The data set of the picker."""
NAME_LIMIT: Final = 80
"""Characters of an offer's number and title."""
TYPED_LIMIT: Final = 20
REASON_LIMIT: Final = 400
TOTAL: Final = "total"
"""Where an error of the whole week stands: over the inputs."""
IN_SIGHT: Final = 3
SHOWN: Final = 20
"""Offers of one week; those beyond are counted, keep their hours, and are changed by adding them once more."""


def hours_week_card(view: HoursWeekView, reader: Reader) -> Card:
    """A week that is asked about, answered or locked."""
    t = texts(reader.language)
    asks = not (view.final or view.locked)
    state, tone = _state(view)
    body: list[Part] = [
        kicker(f"{t('hours.kind')} · {t('hours.week', week=view.number)}", "", t(state), tone),
        headline(_title(view, reader)),
    ]
    if view.note is not None:
        body.append(text(say(view.note, reader), bold=True, spacing=Spacing.SMALL))
    body += [*_asked(view, reader), *_held_back(view.held_back, reader)] if asks else _answered(view, reader)
    body += _entered(view, reader)
    return finish(body, _buttons(view, reader, asks=asks), summary=_summary(view, reader, asks=asks))


def _entered(view: HoursWeekView, reader: Reader) -> list[Part]:
    """Who answered for somebody else. No zone beside it, as on other cards: a week's card is always one person's."""
    if view.entered is None:
        return []
    said = f"{say(view.entered.what, reader)} · {when(view.entered.at, reader, year=False)}"
    return [small(said, spacing=Spacing.MEDIUM, separator=True)]


def _state(view: HoursWeekView) -> tuple[str, Tone]:
    if view.final:
        return "hours.state_answered", Tone.GOOD
    return ("hours.state_locked", Tone.DEFAULT) if view.locked else ("hours.state_open", Tone.WARNING)


def _title(view: HoursWeekView | CorrectionFormView, reader: Reader) -> str:
    t = texts(reader.language)
    first, last = span(view.week_on, view.last_on, reader)
    if view.name:
        return t("hours.title_of", name=plain(view.name, NAME_LIMIT), first=first, last=last)
    return t("hours.title", first=first, last=last)


def _asked(view: HoursWeekView, reader: Reader) -> list[Part]:
    """What is wanted by when, one input per offer, and a place for another offer."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    body: list[Part] = [_ask(view, reader), *form.problems(), *form.error(TOTAL)]
    if view.prefilled:
        body.append(small(t("hours.prefilled", hours=hours(view.last_total, reader.language))))
    if not view.lines:
        body.append(text(t("hours.no_offers")))
    for line in view.lines[:SHOWN]:
        body += _row(form, line, reader)
    body += _hidden(view, reader)
    if view.total:
        body.append(text(t("hours.open_total", hours=hours(view.total, reader.language)), bold=True))
    visible = not view.lines or bool(form.filled() & {ADD_OFFER, ADD_HOURS})
    body += [action_set([toggle(t("hours.add"), "add")]), folded("add", _adding(form, view.choices), visible=visible)]
    return [*body, *_locks(view.locks, reader)]


def _ask(view: HoursWeekView, reader: Reader) -> Part:
    t = texts(reader.language)
    if view.name:
        return band(t("hours.ask_of", name=escape(view.name, NAME_LIMIT)), more=(t("hours.ask_of_hint"),))
    if view.until < reader.now:
        return band(t("hours.ask_late"), Tone.WARNING)
    return band(t("hours.ask", until=when(view.until, reader, year=False)))


def _row(form: Form, line: HoursLine, reader: Reader) -> list[Part]:
    """The input of one offer, with what helps to fill it right under it."""
    t = texts(reader.language)
    language = reader.language
    named = plain(f"{line.number} {line.title}", NAME_LIMIT)
    opened = next((part for part in line.parts if not part.locked), None)
    split = opened is not None and any(part.locked for part in line.parts)
    label = t("hours.input_label", offer=named)
    if split and opened is not None:
        label = t("hours.input_label_month", offer=named, month=month(opened.first.month, language))
    said = [
        t("hours.part_locked", month=month(part.first.month, language), hours=hours(part.hours, language))
        for part in line.parts
        if part.locked
    ]
    if line.last_week:
        said.append(t("hours.last_week", hours=hours(line.last_week, language)))
    made = form.words(line.input, "hours.add_hours", hint="hours.input_hint", limit=TYPED_LIMIT, shown_label=label)
    return [*made, *_progress(line, said, reader)]


def _progress(line: HoursLine, said: Sequence[str], reader: Reader) -> list[Part]:
    """The quiet line: what was said so far and how far the offer is, with a word where it is over its plan."""
    t = texts(reader.language)
    spent = hours(line.spent, reader.language)
    words = [*said]
    if line.planned is not None:
        words.append(t("hours.spent_planned", spent=spent, planned=hours(line.planned, reader.language)))
    elif line.spent:
        words.append(t("hours.spent", spent=spent))
    if line.planned is not None and line.spent > line.planned:
        words.append(f"⚠\u00a0{t('hours.over_plan')}")
    return [small(" · ".join(words), spacing=Spacing.NONE)] if words else []


def _adding(form: Form, choices: Sequence[tuple[str, str]]) -> list[Part]:
    return [
        *form.searched(ADD_OFFER, "hours.add_offer", choices, OFFERS),
        *form.words(ADD_HOURS, "hours.add_hours", hint="hours.input_hint", limit=TYPED_LIMIT),
    ]


def _answered(view: HoursWeekView, reader: Reader) -> list[Part]:
    """What the week came to, offer by offer, and until when it can be changed."""
    t = texts(reader.language)
    total = hours(view.total, reader.language)
    if view.final:
        words = t("hours.said_total", hours=total) if view.total else t("hours.said_none")
    else:
        words = t("hours.locked_total", hours=total) if view.total else t("hours.locked_none")
    tone = Tone.GOOD if view.final else Tone.DEFAULT
    body: list[Part] = [band(words, tone, [_undo_hint(view, reader)]), *_held_back(view.held_back, reader)]
    body += [_worked(line, reader) for line in view.lines[:SHOWN] if line.hours]
    idle = [escape(line.number or plain(line.title, 30), 30) for line in view.lines[:SHOWN] if not line.hours]
    if idle:
        body.append(small(t("hours.without", offers=", ".join(idle)), spacing=Spacing.MEDIUM))
    return [*body, *_hidden(view, reader), *_locks(view.locks, reader)]


def _hidden(view: HoursWeekView, reader: Reader) -> list[Part]:
    more_lines = len(view.lines) - SHOWN
    return [small(texts(reader.language).n("hours.hidden", more_lines))] if more_lines > 0 else []


def _undo_hint(view: HoursWeekView, reader: Reader) -> str:
    if not _can_undo(view, reader) or view.undo_until is None:
        return ""
    return texts(reader.language)("frame.undo_until", when=clock(view.undo_until, reader))


def _can_undo(view: HoursWeekView, reader: Reader) -> bool:
    return view.undo_until is not None and view.undo_until > reader.now


def _worked(line: HoursLine, reader: Reader) -> Part:
    t = texts(reader.language)
    language = reader.language
    said = []
    if len(line.parts) > 1:
        said = [
            t("hours.part", month=month(part.first.month, language), hours=hours(part.hours, language))
            for part in line.parts
        ]
    named = text(escape(f"{line.number} {line.title}", NAME_LIMIT))
    return group(
        [
            sides(named, text(hours(line.hours, language), bold=True, right=True)),
            *_progress(line, said, reader),
        ]
    )


def _held_back(lines: Sequence[HeldBack], reader: Reader) -> list[Part]:
    """What a lock did not let in, and why."""
    if not lines:
        return []
    t = texts(reader.language)
    language = reader.language
    said = [
        t(
            "hours.held_back_line",
            offer=escape(one.offer, NAME_LIMIT),
            month=month(one.first.month, language),
            kept=hours(one.kept, language),
            wanted=hours(one.wanted, language),
            since=day(one.since, reader, year=False),
        )
        for one in lines[:SHOWN]
    ]
    return [band(t("hours.held_back"), Tone.WARNING, said)]


def _locks(locks: Sequence[LockDate], reader: Reader) -> list[Part]:
    """Until when each part can be changed; of a week in two months each month is named."""
    t = texts(reader.language)
    this_year = local(reader.now, reader).year
    said = []
    for one in locks:
        until = one.open_until if not one.locked else one.open_until + timedelta(days=1)
        named = day(until, reader, year=until.year != this_year)
        if len(locks) == 1:
            said.append(t("hours.locked_since" if one.locked else "hours.lock", day=named))
            continue
        of = month(one.first.month, reader.language).capitalize()
        said.append(t("hours.locked_since_month" if one.locked else "hours.lock_month", month=of, day=named))
    return [small(" ".join(said), spacing=Spacing.MEDIUM)]


def _buttons(view: HoursWeekView, reader: Reader, *, asks: bool) -> list[Part]:
    """The likely answer first; what is rarer waits behind "More…"."""
    t = texts(reader.language)
    week = view.week_on.isoformat()

    def button(key: str, verb: Verb, *, main: bool = False, rev: int | None = None) -> Part:
        style = ActionStyle.POSITIVE if main else None
        return press(t(key), verb, view.person_id, style=style, rev=rev, q=week)

    turning = [_turn(view, "hours.button_previous", -1, reader)]
    if view.has_next:
        turning.append(_turn(view, "hours.button_next", 1, reader))
    correct = _correct(view, reader) if any(one.locked for one in view.locks) else None
    urgent = [correct] if correct is not None and (view.locked or view.held_back) else []
    rare = [correct] if correct is not None and not urgent else []
    if asks:
        sight = [button("hours.button_final", Verb.HOURS_FINAL, main=True, rev=view.revision), *urgent]
        if view.same:
            sight.append(button("hours.button_same", Verb.HOURS_SAME))
        if view.none and not view.errors and len(sight) < IN_SIGHT:
            sight.append(button("hours.button_none", Verb.HOURS_NONE))
        rare.insert(0, button("hours.button_later", Verb.HOURS_LATER, rev=view.revision))
        return [*sight, *more(reader, [], [*rare, *turning])]
    sight = [*urgent]
    if _can_undo(view, reader):
        sight.append(button("hours.button_undo", Verb.HOURS_UNDO, rev=view.revision))
    if view.final and not view.locked:
        sight.append(button("hours.button_change", Verb.HOURS_REOPEN))
    return [*sight, *more(reader, [], [*rare, *turning])]


def _turn(view: HoursWeekView, key: str, weeks: int, reader: Reader) -> Part:
    monday = view.week_on + timedelta(weeks=weeks)
    return press(texts(reader.language)(key), Verb.HOURS_SHOW, view.person_id, q=monday.isoformat())


def _correct(view: HoursWeekView, reader: Reader) -> Part:
    title = texts(reader.language)("hours.button_correct")
    return press(title, Verb.HOURS_CORRECT_OPEN, view.person_id, q=view.week_on.isoformat())


def _summary(view: HoursWeekView, reader: Reader, *, asks: bool) -> str:
    t = texts(reader.language)
    if asks and not view.name and view.until < reader.now:
        return t("hours.summary_late", week=view.number)
    if asks and not view.name:
        until = when(view.until, reader, year=False)
        return t.n("hours.summary_open", len(view.lines), week=view.number, until=until)
    return t("hours.summary", week=view.number, hours=hours(view.total, reader.language))


def correction_form(view: CorrectionFormView, reader: Reader) -> Dialog:
    """New numbers for what is locked, and why."""
    t = texts(reader.language)
    form = Form(reader, view.values, view.errors)
    body: list[Part] = [
        headline(_title(view, reader)),
        small(t("hours.correct_hint"), spacing=Spacing.NONE),
        *form.problems(),
        *form.error(TOTAL),
    ]
    for one in view.inputs[:SHOWN]:
        named = plain(one.offer, NAME_LIMIT)
        label = t("hours.input_label", offer=named)
        if one.first is not None:
            label = t("hours.input_label_month", offer=named, month=month(one.first.month, reader.language))
        body += form.words(one.field, "hours.add_hours", hint="hours.input_hint", limit=TYPED_LIMIT, shown_label=label)
    visible = not view.inputs or bool(form.filled() & {ADD_OFFER, ADD_HOURS})
    body += [action_set([toggle(t("hours.add"), "add")]), folded("add", _adding(form, view.choices), visible=visible)]
    body += form.words(
        Field.REASON, "hours.correct_reason", required=True, error="hours.error_reason", lines=True, limit=REASON_LIMIT
    )
    action = submit(t("hours.correct_button"), Verb.HOURS_CORRECT, view.person_id, q=view.week_on.isoformat())
    title = t("hours.correct_title")
    return Dialog(title, finish(body, [action], summary=title), height="large")
