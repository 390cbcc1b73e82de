"""Coming absences: what is declared, and the buttons that declare and withdraw."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from adaptive_cards.types import ActionStyle

from cards.buttons import action_set, press
from cards.envelope import Card, Part, finish
from cards.escape import escape
from cards.formats import day, local
from cards.pieces import band, columns, group, headline, kicker, small, text
from cards.texts import texts
from cards.verbs import FormCode, Verb
from cards.words import Tone

if TYPE_CHECKING:
    from cards.views import AbsenceLine, AbsencesView, Reader


def absences_card(view: AbsencesView, reader: Reader) -> Card:
    """The coming absences, each with its way back."""
    t = texts(reader.language)
    body: list[Part] = [
        kicker(t("absences.kind"), ""),
        headline(t("absences.title_all" if view.everybody else "absences.title")),
        *_withdrawn(view, reader),
        *(_line(one, reader) for one in view.lines),
        *([small(t.n("absences.more", view.more))] if view.more else []),
        small(t("absences.hint")) if view.lines else text(t("absences.none")),
    ]
    declare = press(
        t("absences.button_declare"), Verb.FORM_OPEN, 0, q=FormCode.ABSENCE_ADD.value, style=ActionStyle.POSITIVE
    )
    return finish(body, [declare], summary=t("absences.notify"))


def absence_words(one: AbsenceLine, reader: Reader) -> str:
    """Whose days from when until when, in one piece."""
    t = texts(reader.language)
    form = f"{'day' if one.first == one.last else 'days'}{'_of' if one.name else ''}"
    first, last = _on(one.first, reader), _on(one.last, reader)
    return t(f"absences.line_{form}", name=escape(one.name, 80), first=first, last=last)


def _on(value: date, reader: Reader) -> str:
    return day(value, reader, year=value.year != local(reader.now, reader).year)


def _withdrawn(view: AbsencesView, reader: Reader) -> list[Part]:
    if view.withdrawn is None:
        return []
    t = texts(reader.language)
    said = band(t("absences.withdrawn", what=absence_words(view.withdrawn, reader)), Tone.GOOD)
    back = press(t("absences.button_restore"), Verb.ABSENCE_RESTORE, view.withdrawn.absence_id)
    return [said, action_set([back])]


def _line(one: AbsenceLine, reader: Reader) -> Part:
    withdraw = press(texts(reader.language)("absences.button_withdraw"), Verb.ABSENCE_WITHDRAW, one.absence_id)
    said: list[Part] = [text(absence_words(one, reader), bold=True)]
    return group([columns((("stretch", said), ("auto", [action_set([withdraw])])))])
