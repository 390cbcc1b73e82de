"""What is due: the list of deadlines, and the reminders of a morning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adaptive_cards.types import ActionStyle, Spacing

from cards.buttons import press
from cards.envelope import Card, Part, finish
from cards.escape import escape
from cards.formats import day, local, say, when
from cards.pieces import group, heading, headline, kicker, label, sides, small, text
from cards.tenders import page_buttons
from cards.texts import texts
from cards.verbs import Verb
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.views.deadlines import DeadlineGroup, DeadlineLine, DeadlinesView, MorningView
    from cards.views.reader import Reader

MINE: Final = "mine"
EVERYBODY: Final = "all"


def deadlines_card(view: DeadlinesView, reader: Reader) -> Card:
    """What is due, the nearest first; when nothing is, what comes after."""
    t = texts(reader.language)
    title = t("deadlines.list_mine" if view.mine else "deadlines.list_title")
    said = t.n("deadlines.summary", view.total, days=view.days)
    if not view.groups:
        said = t("deadlines.empty", days=view.days)
    body: list[Part] = [kicker(title, ""), heading(said), *_groups(view.groups, reader)]
    if not view.groups:
        body.append(text(_next(view.next, reader)))
    mode = MINE if view.mine else EVERYBODY
    actions = page_buttons(Verb.DEADLINES_SHOW, view.page, view.pages, reader, mode)
    if view.mine:
        actions.append(press(t("deadlines.button_all"), Verb.DEADLINES_SHOW, 0, q=EVERYBODY))
    else:
        actions.append(press(t("deadlines.button_mine"), Verb.DEADLINES_SHOW, 0, q=MINE))
    return finish(body, actions, summary=said)


def _next(line: DeadlineLine | None, reader: Reader) -> str:
    t = texts(reader.language)
    if line is None:
        return t("deadlines.empty_hint")
    return t("deadlines.empty_next", what=say(line.what, reader), offer=escape(line.offer, 160), on=_when(line, reader))


def morning_card(view: MorningView, reader: Reader) -> Card:
    """What is overdue and what comes by the next working day, told once."""
    t = texts(reader.language)
    count = sum(len(group.lines) for group in view.groups) + view.hidden
    title = t.n("deadlines.morning_title", count)
    body: list[Part] = [kicker(t("deadlines.morning_kind"), ""), headline(title), *_groups(view.groups, reader)]
    if view.hidden:
        body.append(small(t.n("deadlines.hidden", view.hidden)))
    actions = [press(t("deadlines.button_list"), Verb.DEADLINES_SHOW, 0, q=MINE, style=ActionStyle.POSITIVE)]
    return finish(body, actions, summary=title)


def _groups(groups: Iterable[DeadlineGroup], reader: Reader) -> list[Part]:
    body: list[Part] = []
    for one in groups:
        body += [label(texts(reader.language)(one.title)), *(_line(line, reader) for line in one.lines)]
    return body


def _line(line: DeadlineLine, reader: Reader) -> Part:
    """What, how long; under it when, of which offer, and whose it is."""
    what = say(line.what, reader)
    title = f"{what} · {escape(line.title, 120)}" if line.title else what
    left, tone = _left(line, reader)
    quiet = (_when(line, reader), escape(line.offer, 120), escape(line.owner, 60))
    items: list[Part] = [
        sides(text(title, bold=True), text(left, tone=tone, bold=True, right=True)),
        small(" · ".join(part for part in quiet if part), spacing=Spacing.NONE),
    ]
    tap = press(texts(reader.language)("frame.open"), line.tap.verb, line.tap.id, q=line.tap.q)
    return group(items, tap=tap)


def _when(line: DeadlineLine, reader: Reader) -> str:
    if line.due_at is not None:
        return when(line.due_at, reader, year=False)
    shown = day(line.due_on, reader, year=line.due_on.year != local(reader.now, reader).year)
    return f"{shown} {line.time}" if line.time else shown


def _left(line: DeadlineLine, reader: Reader) -> tuple[str, Tone]:
    """How far away it is in days of the reader, as a coloured word."""
    t = texts(reader.language)
    days = (line.due_on - local(reader.now, reader).date()).days
    if days < 0:
        return t.n("deadlines.late", -days), Tone.ATTENTION
    if days == 0:
        return t("frame.today"), Tone.WARNING
    if days == 1:
        return t("frame.tomorrow"), Tone.WARNING
    return t.n("deadlines.left", days), Tone.DEFAULT
