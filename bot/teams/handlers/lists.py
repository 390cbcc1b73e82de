"""Lists and searches, by command, by button and from the search box."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.offers import service as offers
from bot.offers.models import Offer
from bot.teams.answers import Answer, Found, Show
from bot.teams.context import Payload, Turn, shared_reader
from bot.teams.presenters.offers import offer_line, offer_view, stage_label
from bot.teams.presenters.tenders import tender_lines, tender_view
from bot.tenders import service as tenders
from bot.tenders.models import Tender
from cards.chat import find_card
from cards.offers import offer_card
from cards.search import offer_preview, tender_preview
from cards.tenders import tender_card, tender_list_card
from cards.views.chat import FindView
from cards.views.tenders import TenderListView

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 6
"""Lines per page: what fits on a phone without endless scrolling."""
MOST_PAGES = 200
MOST_FOUND = 120
"""Offers and tenders each that one search leafs through; who has not found it by then types another word."""
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
    """Offers and tenders that hold all the words; a tender that became an offer is that offer, listed once."""
    found = tenders.search(turn.session, sought, limit=MOST_FOUND, offset=0)
    matching = offers.search(turn.session, sought, limit=MOST_FOUND)
    matters = _once(matching, found.tenders)
    page = min(max(page, 0), (len(matters) - 1) // PAGE if matters else 0)
    shown, bare = _told_apart(turn, matters[page * PAGE : (page + 1) * PAGE])
    view = FindView(
        words=sought,
        offers=tuple(offer_line(turn.session, offer, turn.around, turn.reader) for offer in shown),
        tenders=tender_lines(turn.session, bare, turn.now),
        total=len(matters) + found.total - len(found.tenders),
        page=page,
        pages=_pages(len(matters)),
    )
    return Show(find_card, view, turn.reader)


def _once(matching: Sequence[Offer], found: Sequence[Tender]) -> list[Offer | Tender]:
    """The offers, then the tenders that none of them was made on."""
    taken = {offer.tender_id for offer in matching}
    return [*matching, *(tender for tender in found if tender.id not in taken)]


def _told_apart(turn: Turn, matters: Sequence[Offer | Tender]) -> tuple[list[Offer], list[Tender]]:
    """Offers, also those whose tender alone holds the words, and tenders without one."""
    shown: list[Offer] = []
    bare: list[Tender] = []
    for matter in matters:
        offer = matter if isinstance(matter, Offer) else offers.of_tender(turn.session, matter.id)
        if offer is not None:
            shown.append(offer)
        elif isinstance(matter, Tender):
            bare.append(matter)
    return shown, bare


def _pages(total: int) -> int:
    return min(max(1, -(-total // PAGE)), MOST_PAGES + 1)


def found_page(turn: Turn, _result: object) -> Answer:
    """Another page of the same search."""
    payload = turn.payload(Payload)
    return show_found(turn, payload.q, payload.id)


def search(turn: Turn, _result: object) -> Answer:
    """The search box of Teams: offers first, then tenders; without words, what is open now.

    A picked result is a card for everybody in that conversation, so it is drawn in the channel's language and time
    zone; the list itself is the person's own.
    """
    sought = turn.inbound.text
    matching = offers.search(turn.session, sought, limit=OFFERS_SHOWN) if sought else []
    found = (
        tenders.search(turn.session, sought, limit=RESULTS, offset=0)
        if sought
        else tenders.open_tenders(turn.session, turn.now, limit=RESULTS, offset=0)
    )
    shown, bare = _told_apart(turn, _once(matching, found.tenders)[:RESULTS])
    everybody = shared_reader(turn.around, turn.now)
    results: list[tuple[Any, Any, str, str]] = []
    for offer in shown:
        view = offer_view(turn.session, offer, turn.around, everybody)
        mine = replace(view, stage=stage_label(turn.around, offer.stage, turn.reader))
        results.append((offer_card, view, *offer_preview(mine, turn.reader)))
    for tender in bare:
        drawn = tender_view(turn.session, tender, turn.around, turn.now)
        results.append((tender_card, drawn, *tender_preview(drawn, turn.reader)))
    return Found(tuple(results), everybody)
