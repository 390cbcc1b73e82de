"""The hand-over card: what was sold, for how much, under which conditions; and one click to take it over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, FontSize, Spacing

from cards.buttons import more, press
from cards.envelope import Card, Part, finish
from cards.escape import escape, plain
from cards.formats import day, hours, money, say
from cards.pieces import (
    band,
    bullets,
    columns,
    facts,
    footer,
    headline,
    kicker,
    label,
    paragraph,
    small,
    subtitle,
    text,
)
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views.handover import HandoverState
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views.handover import HandoverView, Section
    from cards.views.reader import Reader

EXCERPT: Final = 300
NOTE: Final = 400
TONES: Final = {
    HandoverState.NONE: Tone.WARNING,
    HandoverState.PROPOSED: Tone.WARNING,
    HandoverState.ACCEPTED: Tone.GOOD,
    HandoverState.RETURNED: Tone.ATTENTION,
    HandoverState.OVER: Tone.DEFAULT,
}


def handover_card(view: HandoverView, reader: Reader) -> Card:
    """The sheet in sections: the three numbers, the ask, what the sales lead adds, the first lines of each part."""
    t = texts(reader.language)
    tone = TONES[view.state]
    body: list[Part] = [
        kicker(t("handover.kind"), view.number, t(f"handover.state_{view.state}"), tone),
        headline(view.title),
        *subtitle([escape(view.client, 160)]),
        band(_ask(view, reader), tone, _by_when(view, reader)),
        *_tiles(view, reader),
        *facts(_facts(view, reader)),
        *paragraph(t("handover.answer"), escape(view.answer, NOTE, lines=True)),
        *paragraph(t("handover.note"), escape(view.note, NOTE, lines=True)),
        *paragraph(t("handover.scope"), escape(view.scope, EXCERPT, lines=True)),
        *_sections(view.sections, reader),
        *footer(view.last_change, reader),
    ]
    folded = _sections(view.folded, reader)
    summary = f"{plain(_ask(view, reader, markdown=False))} · {plain(f'{view.number} {view.title}'.strip(), 100)}"
    return finish(body, [*_buttons(view, reader), *more(reader, folded, _more(view, reader))], summary=summary)


def _ask(view: HandoverView, reader: Reader, *, markdown: bool = True) -> str:
    """What is asked of this reader; where nothing is, where it stands."""
    t = texts(reader.language)
    name = (escape if markdown else plain)(view.manager, 80)
    owner = (escape if markdown else plain)(view.owner, 80)
    proposable = view.may_propose and view.state in {HandoverState.NONE, HandoverState.RETURNED}
    mine = proposable or (view.may_answer and view.state is HandoverState.PROPOSED)
    key = f"handover.ask_{view.state}" if mine else f"handover.stands_{view.state}"
    return t(key, name=name, owner=owner)


def _by_when(view: HandoverView, reader: Reader) -> list[str]:
    """Until when an answer is of use: the project starts with the internal kick-off."""
    if view.state is not HandoverState.PROPOSED or not view.may_answer or view.kick_off_on is None:
        return []
    return [texts(reader.language)("handover.ask_before", day=day(view.kick_off_on, reader))]


def _tiles(view: HandoverView, reader: Reader) -> list[Part]:
    """The three numbers everybody looks for, side by side."""
    t = texts(reader.language)
    shown = (
        (t("handover.budget"), money(view.budget, reader.language) if view.budget is not None else ""),
        (t("handover.effort"), hours(view.effort_hours, reader.language) if view.effort_hours is not None else ""),
        (
            t("handover.checklist"),
            f"{view.checklist_done} / {view.checklist_total}" if view.checklist_total else "",
        ),
    )
    drawn = [
        ("stretch", [small(name, spacing=None), text(value, bold=True, size=FontSize.MEDIUM, spacing=Spacing.NONE)])
        for name, value in shown
        if value
    ]
    return [columns(drawn, spacing=Spacing.MEDIUM, top=True)] if drawn else []


def _facts(view: HandoverView, reader: Reader) -> list[tuple[str, str]]:
    t = texts(reader.language)
    return [
        (t("handover.signed"), day(view.signed_on, reader) if view.signed_on else ""),
        (t("handover.first_order"), escape(view.first_order, 100)),
        (t("handover.kick_off"), day(view.kick_off_on, reader) if view.kick_off_on else ""),
        (t("handover.owner"), escape(view.owner, 80)),
        (t("handover.manager"), escape(view.manager, 80)),
    ]


def _sections(sections: Iterable[Section], reader: Reader) -> list[Part]:
    drawn: list[Part] = []
    for one in sections:
        if not one.lines:
            continue
        drawn.append(label(_title(one, reader)))
        drawn.append(text(bullets(say(line, reader) for line in one.lines), spacing=Spacing.NONE))
        left = one.total - len(one.lines)
        if left:
            drawn.append(small(texts(reader.language).n("handover.and_more", left), spacing=Spacing.NONE))
    return drawn


def _title(section: Section, reader: Reader) -> str:
    t = texts(reader.language)
    return f"{t(section.title)} ({section.total})"


def _buttons(view: HandoverView, reader: Reader) -> list[Part]:
    """What this reader can do now, and the whole sheet."""
    t = texts(reader.language)
    drawn: list[Part] = []
    if view.may_answer and view.state is HandoverState.PROPOSED:
        drawn = [
            press(
                t("handover.button_accept"),
                Verb.HANDOVER_ACCEPT,
                view.handover_id,
                style=ActionStyle.POSITIVE,
                rev=view.revision,
            ),
            press(t("handover.button_return"), Verb.FORM_OPEN, view.handover_id, q=FormCode.HANDOVER_RETURN.value),
        ]
    elif view.may_propose and view.state in {HandoverState.NONE, HandoverState.RETURNED}:
        key = "handover.button_propose" if view.state is HandoverState.NONE else "handover.button_again"
        drawn = [
            press(
                t(key),
                Verb.FORM_OPEN,
                view.offer_id,
                style=ActionStyle.POSITIVE,
                q=FormCode.HANDOVER_PROPOSE.value,
            )
        ]
    return [*drawn, press(t("handover.button_sheet"), Verb.HANDOVER_SHEET, view.offer_id)]


def _more(view: HandoverView, reader: Reader) -> list[Part]:
    t = texts(reader.language)
    lists = (("handover.button_checklist", ListCode.CHECKLIST), ("handover.button_amendments", ListCode.AMENDMENTS))
    return [
        *(press(t(key), Verb.RECORDS_SHOW, view.offer_id, q=code.value) for key, code in lists),
        press(t("handover.button_offer"), Verb.OFFER_SHOW, view.offer_id),
    ]
