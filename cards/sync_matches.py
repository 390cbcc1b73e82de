"""Who was recognised in Business Central by a rule, each with its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import action_set, press
from cards.envelope import Card, Part, finish
from cards.escape import escape
from cards.formats import say, when
from cards.pieces import band, columns, group, headline, kicker, small, text
from cards.tenders import page_buttons
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Tone

if TYPE_CHECKING:
    from cards.views.reader import Reader
    from cards.views.sync import MatchesView, MatchLine

NAME_LIMIT: Final = 120


def sync_matches_card(view: MatchesView, reader: Reader) -> Card:
    """A page of them; what was just undone stands first, with a button that redoes it."""
    t = texts(reader.language)
    title = t.n("sync.matches_title", view.total) if view.total else t("sync.matches_none")
    body: list[Part] = [kicker(t("sync.kind"), "Business Central"), headline(title)]
    if view.undone is not None:
        redo = press(t("sync.button_redo"), Verb.SYNC_MATCH_REDO, view.undone.id, q=_place(view.undone, view))
        names = {"ours": escape(view.undone.ours, NAME_LIMIT), "code": escape(view.undone.code, NAME_LIMIT)}
        body += [band(t("sync.matches_undone", **names), Tone.GOOD), action_set([redo])]
    body += [_line(one, view, reader) for one in view.lines]
    if view.lines:
        body.append(small(t("sync.matches_hint")))
    back = press(t("sync.button_back"), Verb.SYNC_LIST, 0, style=ActionStyle.POSITIVE)
    return finish(body, [back, *page_buttons(Verb.SYNC_MATCHES, view.page, view.pages, reader)], summary=title)


def _line(one: MatchLine, view: MatchesView, reader: Reader) -> Part:
    t = texts(reader.language)
    there = " · ".join(escape(part, NAME_LIMIT) for part in (one.code, one.theirs) if part)
    found = " · ".join((say(one.why, reader), when(one.at, reader, year=False)))
    said: list[Part] = [
        text(escape(one.ours, NAME_LIMIT), bold=True),
        text(t("sync.match_is", theirs=there), spacing=Spacing.NONE),
        small(found, spacing=Spacing.NONE),
    ]
    undo = press(t("sync.button_undo"), Verb.SYNC_MATCH_UNDO, one.id, q=_place(one, view))
    return group([columns((("stretch", said), ("auto", [action_set([undo])])))])


def _place(one: MatchLine, view: MatchesView) -> str:
    return f"{one.subject}/{view.page}"
