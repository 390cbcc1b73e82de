"""Who a rule recognised in Business Central: shown to those who see to all records, undone and redone by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sync import attention
from bot.sync.business_central import recognised
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.presenters.sync_matches import matches_view
from cards.sync_matches import sync_matches_card

if TYPE_CHECKING:
    from bot.sync.business_central.recognised import Recognised

MOST_PAGES = 10_000


def show_matches(turn: Turn, _result: object) -> Answer:
    """A page of them."""
    return _show(turn, turn.payload(Payload).id)


def undo(turn: Turn) -> None:
    """It is somebody else over there."""
    _keeper(turn)
    subject, _page = _place(turn)
    recognised.undo(turn.session, subject, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def redo(turn: Turn) -> None:
    """The rule was right after all."""
    _keeper(turn)
    subject, _page = _place(turn)
    recognised.redo(turn.session, subject, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_undone(turn: Turn, _result: object) -> Answer:
    """The page without it, and a way back."""
    subject, page = _place(turn)
    _keeper(turn)
    return _show(turn, page, recognised.undone(turn.session, subject, turn.payload(Payload).id))


def show_redone(turn: Turn, _result: object) -> Answer:
    """The page with it."""
    return _show(turn, _place(turn)[1])


def _show(turn: Turn, page: int, undone: Recognised | None = None) -> Answer:
    _keeper(turn)
    return Show(sync_matches_card, matches_view(turn.session, min(page, MOST_PAGES), undone), turn.reader)


def _keeper(turn: Turn) -> None:
    attention.require_keeper(turn.session, turn.person, turn.now)


def _place(turn: Turn) -> tuple[str, int]:
    """Which kind of ours, and the page it was pressed on."""
    subject, _, page = turn.payload(Payload).q.partition("/")
    return subject, min(int(page), MOST_PAGES) if page.isascii() and page.isdecimal() else 0
