"""What people see and do about the other systems: the list, one offer, another attempt, two values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotFound
from bot.offers import service as offers
from bot.sync import attention
from bot.sync.business_central.by_hand import done_by_hand
from bot.sync.models import RECORD, Kind, LedgerRow, System
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.handlers.lists import show_found
from bot.teams.presenters.sync import conflict_view, offer_sync_view, sync_page_view
from cards.sync import conflict_card, offer_sync_card, sync_page_card
from cards.views.reader import sentence

if TYPE_CHECKING:
    from cards.views.reader import Sentence

MOST_PAGES = 1000
PAGE = "page/"


# Looking


def command(turn: Turn, typed: str) -> Answer:
    """``sync``: everything that is not fine; ``sync S580``: one offer."""
    if not typed:
        return _page(turn, 0)
    found = offers.find_by_number(turn.session, typed)
    return _offer(turn, found.id) if found is not None else show_found(turn, typed)


def show_page(turn: Turn, _result: object) -> Answer:
    """A page of what is not fine, by button."""
    return _page(turn, turn.payload(Payload).id)


def show_offer(turn: Turn, _result: object) -> Answer:
    """One offer, by button."""
    return _offer(turn, turn.payload(Payload).id)


def _page(turn: Turn, page: int, said: Sentence | None = None) -> Answer:
    attention.require_keeper(turn.session, turn.person, turn.now)
    view = sync_page_view(turn.session, turn.around, turn.reader, page=min(page, MOST_PAGES), said=said)
    return Show(sync_page_card, view, turn.reader)


def _offer(turn: Turn, offer_id: int, said: Sentence | None = None) -> Answer:
    offer = offers.by_id(turn.session, offer_id)
    attention.require_look(turn.session, offer, turn.person, turn.now)
    view = offer_sync_view(turn.session, offer, turn.around, turn.reader, turn.person, said=said)
    return Show(offer_sync_card, view, turn.reader)


# Another attempt


def retry(turn: Turn) -> bool:
    """Try one record again."""
    return attention.retry(turn.session, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_retried(turn: Turn, result: bool | None) -> Answer:  # noqa: FBT001  what `do` returned
    """Where it was pressed, with what came of it."""
    return _back(turn, sentence("sync.said_nothing" if result is False else "sync.said_retrying"))


def retry_all(turn: Turn) -> int:
    """Try everything of one system again."""
    try:
        system = System(turn.payload(Payload).q)
    except ValueError as error:
        raise NotFound from error
    return attention.retry_all(turn.session, system, actor=turn.person, now=turn.now)


def show_all_retried(turn: Turn, result: int | None) -> Answer:
    """The list, with how many are under way."""
    if result is None:
        return _page(turn, 0, sentence("sync.said_retrying"))
    said = sentence("sync.said_retrying_all", count=result) if result else sentence("sync.said_nothing")
    return _page(turn, 0, said)


def _back(turn: Turn, said: Sentence) -> Answer:
    payload = turn.payload(Payload)
    row = turn.session.get(LedgerRow, payload.id)
    if row is None:
        raise NotFound
    if payload.q.startswith(PAGE) or row.target != RECORD or row.kind is Kind.LEAD:
        page = payload.q.removeprefix(PAGE)
        return _page(turn, min(int(page), MOST_PAGES) if page.isascii() and page.isdecimal() else 0, said)
    return _offer(turn, row.subject_id, said)


# Entered by hand


def entered(turn: Turn) -> None:
    """Somebody entered over there what the web service cannot write."""
    row = turn.session.get(LedgerRow, turn.payload(Payload).id)
    if row is None or row.target != RECORD or row.kind is Kind.LEAD:
        raise NotFound
    offer = offers.by_id(turn.session, row.subject_id)
    attention.require_fill(turn.session, offer, turn.person, turn.now)
    done_by_hand(turn.session, row.id, turn.person, turn.now)


def show_entered(turn: Turn, _result: None) -> Answer:
    """Where it was pressed, without it."""
    return _back(turn, sentence("sync.said_by_hand"))


# Two values


def keep_ours(turn: Turn) -> None:
    """Our value is written over there."""
    _choose(turn, ours=True)


def leave_theirs(turn: Turn) -> None:
    """Theirs stays."""
    _choose(turn, ours=False)


def _choose(turn: Turn, *, ours: bool) -> None:
    attention.choose(turn.session, turn.payload(Payload).id, keep_ours=ours, actor=turn.person, now=turn.now)


def show_conflict(turn: Turn, _result: object) -> Answer:
    """Both values, or what was chosen."""
    number = turn.payload(Payload).id
    attention.require_look(turn.session, attention.offer_of(turn.session, number), turn.person, turn.now)
    view = conflict_view(turn.session, number, turn.person, turn.reader, turn.around)
    return Show(conflict_card, view, turn.reader)
