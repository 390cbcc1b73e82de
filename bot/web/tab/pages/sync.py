"""The other systems: what is not fine, another attempt, and two values to choose between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotFound
from bot.sync import attention
from bot.sync.models import System
from bot.teams.presenters.sync import conflict_view, sync_page_view
from bot.web.tab.asked import Asked, Page
from cards.sync import SIGNS, TONES
from cards.views.reader import sentence

if TYPE_CHECKING:
    from cards.views.reader import Sentence


def show(asked: Asked) -> Page:
    """A page of what is not fine, by system."""
    turn = asked.turn
    view = sync_page_view(turn.session, turn.around, turn.reader, page=asked.page())
    return Page("sync.html", sentence("tab.place_sync"), "sync", {"view": view, "signs": SIGNS, "tones": TONES})


def retry(asked: Asked) -> Sentence:
    """Try one record again."""
    turn = asked.turn
    tried = attention.retry(turn.session, asked.number("row"), actor=turn.person, now=turn.now)
    return sentence("sync.said_retrying" if tried else "sync.said_nothing")


def retry_all(asked: Asked) -> Sentence:
    """Try everything of one system again."""
    turn = asked.turn
    try:
        system = System(asked.path["system"])
    except ValueError as error:
        raise NotFound from error
    count = attention.retry_all(turn.session, system, actor=turn.person, now=turn.now)
    return sentence("sync.said_retrying_all", count=count) if count else sentence("sync.said_nothing")


def show_conflict(asked: Asked) -> Page:
    """Both values, or what was chosen; for who has a part in the offer."""
    turn, number = asked.turn, asked.number("conflict")
    attention.require_look(turn.session, attention.offer_of(turn.session, number), turn.person, turn.now)
    view = conflict_view(turn.session, number, turn.person, turn.reader, turn.around)
    return Page("conflict.html", sentence("tab.conflict_title"), "day", {"view": view})


def keep_ours(asked: Asked) -> Sentence:
    """Our value is written over there."""
    return _choose(asked, ours=True)


def leave_theirs(asked: Asked) -> Sentence:
    """Theirs stays."""
    return _choose(asked, ours=False)


def _choose(asked: Asked, *, ours: bool) -> Sentence:
    turn = asked.turn
    attention.choose(turn.session, asked.number("conflict"), keep_ours=ours, actor=turn.person, now=turn.now)
    return sentence("tab.said_chosen")
