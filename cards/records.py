"""One dialog and one list for all records of an offer, so that whoever knows one knows all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, link, more, press, submit, toggle
from cards.envelope import Card, Part, finish, size, weight
from cards.escape import escape, plain
from cards.formats import say
from cards.inputs import Dialog, Form
from cards.pieces import band, columns, folded, group, headline, kicker, sides, small, text
from cards.texts import texts
from cards.verbs import Verb
from cards.views.records import InputKind
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cards.views import InputView, Press, Reader, RecordFormView, RecordLine, RecordListView
    from cards.views.forms import Typed

EXPANDED_LIMIT: Final = 4
"""Up to so many choices stand open as buttons."""
LISTED_LIMIT: Final = 15
"""Up to so many are an ordinary list; more are found by typing."""
SHORT: Final = frozenset({InputKind.NUMBER, InputKind.DAY})
"""Inputs narrow enough to stand side by side, two in a row."""
TYPED: Final = frozenset({InputKind.WORDS, InputKind.LINES})
BYTES_PER_CHARACTER: Final = 1.2
SOME_BYTES: Final = 600
"""What a text of a record may weigh at most, for each character of its limit and besides, as the service reads it."""
CUTS: Final = ((240, 9, 2000), (120, 9, 1000), (60, 2, 500), (30, 0, 200))
"""How much of a line is shown, until all of them fit: characters of its texts, quiet sentences, and how long an address
may be that its button carries.
"""
LINES_BYTES: Final = 19_000
"""What the lines of a list may take; the rest of the card and its buttons need the others."""
IN_SIGHT: Final = 3
"""Buttons that stand under a list; the rest waits behind "More…"."""
BESIDE: Final = 12
"""Characters of a state that may stand beside a title."""
DANGER: Final = frozenset({Verb.RECORD_REMOVE})


def record_form(view: RecordFormView, reader: Reader) -> Dialog:
    """The dialog that enters or edits one record."""
    t = texts(reader.language)
    form = Form(reader, _fitting(view), view.errors)
    body: list[Part] = [
        headline(view.offer or t(view.title)),
        *form.problems(),
        *([band(say(view.warning, reader), Tone.WARNING)] if view.warning is not None else []),
        *(small(say(note, reader)) for note in view.notes),
        *_inputs(form, view.inputs),
    ]
    if view.more:
        shown = bool(form.filled() & {one.field for one in view.more})
        body += [
            action_set([toggle(t("records.more"), "more")]),
            folded("more", _inputs(form, view.more), visible=shown),
        ]
    action = submit(t(view.button), Verb.FORM_SAVE, view.id, rev=view.revision, q=view.code.value)
    title = t(view.title)
    return Dialog(title, finish(body, [action], summary=title), height=view.height)


def _fitting(view: RecordFormView) -> Typed:
    """What the inputs hold; texts that no record could take are cut, so that the form still fits where it is shown."""
    limits = {one.field: one.limit for one in (*view.inputs, *view.more) if one.kind in TYPED}
    return tuple((name, _cut(text, limits[name]) if name in limits else text) for name, text in view.values)


def _cut(text: str, limit: int) -> str:
    kept, room = text[:limit], int(limit * BYTES_PER_CHARACTER) + SOME_BYTES
    while (heavy := weight(kept)) > room:
        kept = kept[: len(kept) * room // heavy]
    return kept


def _inputs(form: Form, inputs: Sequence[InputView]) -> list[Part]:
    """The inputs in their order; two short ones next to each other share a row."""
    made: list[Part] = []
    waiting: list[Part] | None = None
    for one in inputs:
        drawn = _input(form, one)
        if one.kind not in SHORT:
            made += (waiting or []) + drawn
            waiting = None
        elif waiting is None:
            waiting = drawn
        else:
            made.append(columns((("stretch", waiting), ("stretch", drawn)), spacing=Spacing.SMALL, top=True))
            waiting = None
    return made + (waiting or [])


def _input(form: Form, one: InputView) -> list[Part]:  # noqa: PLR0911  one line for each kind
    label = f"{texts(form.language)(one.label)} ({plain(one.unit, 10)})" if one.unit else plain(one.shown_label, 80)
    match one.kind:
        case InputKind.NUMBER:
            return form.number(one.field, one.label, required=one.required, shown_label=label)
        case InputKind.DAY:
            return form.date(one.field, one.label, required=one.required)
        case InputKind.PERSON:
            return form.person(one.field, one.label, required=one.required)
        case InputKind.YES_NO:
            return form.yes_no(one.field, one.label)
        case InputKind.SEARCHED:
            return form.searched(one.field, one.label, one.choices, one.dataset, required=one.required)
        case InputKind.CHOICE:
            few = len(one.choices) <= EXPANDED_LIMIT
            only = one.choices[0][0] if one.required and len(one.choices) == 1 else ""
            return form.choice(
                one.field,
                one.label,
                one.choices,
                required=one.required,
                expanded=few,
                filtered=len(one.choices) > LISTED_LIMIT,
                default=only,
                shown_label=label,
            )
        case _:
            return form.words(
                one.field,
                one.label,
                required=one.required,
                error="forms.error_text",
                hint=one.hint,
                lines=one.kind is InputKind.LINES,
                limit=one.limit,
                shown_label=label,
            )


def record_list_card(view: RecordListView, reader: Reader) -> Card:
    """The records of one kind, one group each, with paging and the way back to the offer."""
    t = texts(reader.language)
    title = t(view.title)
    body: list[Part] = [kicker(title, ""), headline(view.offer)]
    if view.summary is not None:
        body.append(band(say(view.summary, reader), view.summary_tone))
    body += [small(say(note, reader)) for note in view.notes]
    if not view.lines:
        body.append(text(t(view.empty)))
    body += _lines(view.lines, reader)
    turns: list[Part] = []
    if view.page + 1 < view.pages:
        onward = t("records.next", page=view.page + 2, pages=view.pages)
        turns.append(press(onward, Verb.RECORDS_SHOW, view.offer_id, q=f"{view.code}/{view.page + 1}"))
    elif view.page:
        turns.append(press(t("records.first"), Verb.RECORDS_SHOW, view.offer_id, q=view.code.value))
    back = press(t("records.back"), Verb.OFFER_SHOW, view.offer_id)
    buttons: list[Part] = [_press(one, reader) for one in view.buttons]
    room = IN_SIGHT - len(turns) - 1
    actions = [*buttons[:room], *turns, back, *more(reader, [], buttons[room:])]
    summary = t("records.notify", what=plain(view.offer, 100), title=title)
    return finish(body, actions, summary=summary)


def _lines(lines: Sequence[RecordLine], reader: Reader) -> list[Part]:
    """Every line, each with as many words as fit into one card with the others."""
    drawn: list[Part] = []
    for cuts in CUTS:
        drawn = [_line(line, reader, cuts) for line in lines]
        if size({"body": drawn}) <= LINES_BYTES:
            break
    return drawn


def _line(line: RecordLine, reader: Reader, cuts: tuple[int, int, int]) -> Part:
    excerpt, quiet, address = cuts
    items = _head(line, reader, excerpt)
    items += [small(say(one, reader), spacing=Spacing.NONE) for one in line.lines[:quiet]]
    if line.text:
        items.append(text(escape(line.text, excerpt), spacing=Spacing.SMALL))
    buttons = [_press(one, reader) for one in line.buttons]
    if len(line.link) <= address:
        buttons += link(texts(reader.language)("records.open_link"), line.link)
    if buttons:
        items.append(action_set(buttons))
    return group(items, tap=_press(line.tap, reader) if line.tap is not None else None)


def _head(line: RecordLine, reader: Reader, excerpt: int) -> list[Part]:
    """The title and where it stands, side by side only where the state leaves the title its room on a phone."""
    title = text(escape(line.title, excerpt), bold=True)
    if line.state is None:
        return [title]
    state = say(line.state, reader)
    if len(state) <= BESIDE:
        return [sides(title, text(state, tone=line.tone, bold=True, right=True))]
    return [title, text(state, tone=line.tone, bold=True, spacing=Spacing.NONE)]


def _press(one: Press, reader: Reader) -> Part:
    style = ActionStyle.POSITIVE if one.main else ActionStyle.DESTRUCTIVE if one.verb in DANGER else None
    return press(texts(reader.language)(one.label), one.verb, one.id, q=one.q, style=style)
