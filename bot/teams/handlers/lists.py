"""Lists and searches, by command, by button and from the search box."""

from __future__ import annotations

from typing import Any

from bot.offers import service as offers
from bot.teams.answers import Answer, Found, Show
from bot.teams.context import Payload, Turn
from bot.teams.presenters.offers import offer_line, offer_view
from bot.teams.presenters.tenders import tender_lines, tender_view
from bot.tenders import service as tenders
from cards.chat import find_card
from cards.offers import offer_card
from cards.tenders import tender_card, tender_list_card
from cards.views.chat import FindView
from cards.views.tenders import TenderListView

PAGE = 6
"""Lines per page: what fits on a phone without endless scrolling."""
MOST_PAGES = 200
OFFERS_SHOWN = 4
RESULTS = 8


def show_list(turn: Turn, page: int) -> Answer:
    """One page of the tenders that can still be answered, nearest deadline first."""
    page = min(max(page, 0), MOST_PAGES)
    found = tenders.open_tenders(turn.session, turn.now, limit=PAGE, offset=page * PAGE)
    if page and not found.tenders:
        return show_list(turn, 0)
    lines = tender_lines(turn.session, found.tenders, turn.now)
    view = TenderListView(lines=lines, page=page, pages=_pages(found.total), total=found.total)
    return Show(tender_list_card, view, turn.reader)


def show_found(turn: Turn, sought: str, page: int = 0) -> Answer:
    """Offers and tenders that hold all the words."""
    page = min(max(page, 0), MOST_PAGES)
    found = tenders.search(turn.session, sought, limit=PAGE, offset=page * PAGE)
    matching = offers.search(turn.session, sought, limit=OFFERS_SHOWN) if page == 0 else []
    lines = tender_lines(turn.session, found.tenders, turn.now)
    view = FindView(
        words=sought,
        offers=tuple(offer_line(turn.session, offer, turn.around, turn.reader) for offer in matching),
        tenders=lines,
        total=found.total + len(matching),
        page=page,
        pages=_pages(found.total),
    )
    return Show(find_card, view, turn.reader)


def _pages(total: int) -> int:
    return min(max(1, -(-total // PAGE)), MOST_PAGES + 1)


def found_page(turn: Turn, _result: object) -> Answer:
    """Another page of the same search."""
    payload = turn.payload(Payload)
    return show_found(turn, payload.q, payload.id)


def search(turn: Turn, _result: object) -> Answer:
    """The search box of Teams: offers first, then tenders; without words, what is open now."""
    sought = turn.inbound.text
    matching = offers.search(turn.session, sought, limit=OFFERS_SHOWN) if sought else []
    found = (
        tenders.search(turn.session, sought, limit=RESULTS - len(matching), offset=0)
        if sought
        else tenders.open_tenders(turn.session, turn.now, limit=RESULTS, offset=0)
    )
    results: list[tuple[Any, Any, str, str]] = []
    for offer in matching:
        view = offer_view(turn.session, offer, turn.around, turn.reader, person=turn.person)
        results.append((offer_card, view, f"{offer.number or ''} {offer.title}".strip(), view.stage))
    for tender in found.tenders:
        shown = tender_view(turn.session, tender, turn.around, turn.now)
        results.append((tender_card, shown, f"{tender.number or ''} {tender.title}".strip(), tender.entity or ""))
    return Found(tuple(results), turn.reader)
