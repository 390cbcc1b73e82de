"""Lists and searches, by command, by button and from the search box."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.offers import listing, trail
from bot.offers import service as offers
from bot.offers.listing import Which
from bot.offers.models import Offer, Outcome
from bot.offers.rules import fold
from bot.teams.answers import Answer, Found, Say, Show
from bot.teams.context import Payload, Turn, shared_reader
from bot.teams.dialogs.listing import require_colleague, to_read
from bot.teams.presenters.history import history_view
from bot.teams.presenters.offers import offer_lines, offer_view, stage_label
from bot.teams.presenters.tenders import tender_lines, tender_view
from bot.tenders import service as tenders
from bot.tenders.models import Tender
from cards import words
from cards.chat import find_card
from cards.formats import word
from cards.offers import offer_card
from cards.portfolio import offer_history_card, offer_list_card
from cards.search import offer_preview, tender_preview
from cards.tenders import tender_card, tender_list_card
from cards.views.chat import FindView
from cards.views.offers import OfferListView
from cards.views.reader import sentence
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
EVENTS = 8
"""Events per page of a history."""
PAGE_DIGITS = 6
ALL, MINE = "open", "mine"
ALL_WORDS = frozenset({"", "open", "en cours", "ouvertes", "all", "toutes"})
MINE_WORDS = frozenset({"mine", "my", "mes", "les miennes", "a moi", "moi"})


def show_list(turn: Turn, page: int) -> Answer:
    """One page of the tenders that can still be answered, nearest deadline first."""
    page = min(max(page, 0), MOST_PAGES)
    found = tenders.open_tenders(turn.session, turn.now, limit=PAGE, offset=page * PAGE)
    if page and not found.tenders:
        return show_list(turn, 0)
    lines = tender_lines(turn.session, found.tenders, turn.now)
    view = TenderListView(lines=lines, page=page, pages=_pages(found.total), total=found.total)
    return Show(tender_list_card, view, turn.reader)


def offer_kind(turn: Turn, typed: str) -> str | None:
    """Which list the words after ``offers`` mean: all open ones, one's own, those in a stage, or those that ended so.

    None when they mean none of them.
    """
    said = fold(typed)
    if said in ALL_WORDS:
        return ALL
    if said in MINE_WORDS:
        return MINE
    named: dict[str, str] = {}
    for language in words.Language:
        for outcome in (Outcome.LOST, Outcome.ABANDONED, Outcome.NO_GO, Outcome.WON):
            named.setdefault(fold(word(words.Outcome(outcome.value), language)), outcome.value)
        for stage in turn.company.stages.stage:
            if not stage.closes:
                for name in (stage.code, stage.label.of(language), stage.short.of(language)):
                    named.setdefault(fold(name), stage.code)
    if said in named:
        return named[said]
    alike = {kind for name, kind in named.items() if name.startswith(said) or said.startswith(name)}
    return alike.pop() if len(alike) == 1 else None


def show_offers(turn: Turn, kind: str, page: int = 0) -> Answer:
    """One page of offers; ``kind`` is ``open``, ``mine``, an outcome or the code of a stage.

    An unknown one, from an old card, is the list of all.
    """
    require_colleague(turn)
    outcome = Outcome(kind) if kind in set(Outcome) else Outcome.OPEN
    stage = turn.company.stages.by_code(kind)
    which = Which(
        outcome=outcome,
        stage=stage.code if stage is not None else None,
        person=turn.person if kind == MINE else None,
    )
    page = min(max(page, 0), MOST_PAGES)
    found = listing.page(turn.session, which, limit=PAGE, offset=page * PAGE)
    if page and not found.offers:
        return show_offers(turn, kind)
    name = ""
    if stage is not None:
        name = stage.label.of(turn.reader.language)
    elif outcome is not Outcome.OPEN:
        name = word(words.Outcome(outcome.value), turn.reader.language)
    shown = {"lines": offer_lines(turn.session, found.offers, turn.around, turn.reader), "page": page}
    return Show(offer_list_card, _list_view(kind, name, found.total, shown), turn.reader)


def _list_view(kind: str, name: str, total: int, shown: dict[str, Any]) -> OfferListView:
    pages = _pages(total)
    if name:
        return OfferListView(
            kind=kind,
            title=sentence("offers.list_stage_title", count=total, stage=name),
            empty=sentence("offers.list_stage_none", stage=name),
            hint=sentence("offers.list_stage_hint"),
            pages=pages,
            **shown,
        )
    mine = kind == MINE
    return OfferListView(
        kind=MINE if mine else ALL,
        title=sentence("offers.list_mine_title" if mine else "offers.list_title", count=total),
        empty=sentence("offers.list_mine_none" if mine else "offers.list_none"),
        hint=sentence("offers.list_mine_hint" if mine else "offers.list_none_hint"),
        pages=pages,
        **shown,
    )


def offers_page(turn: Turn, _result: object) -> Answer:
    """Another page of offers, by button."""
    payload = turn.payload(Payload)
    return show_offers(turn, payload.q, payload.id)


def show_history(turn: Turn, _result: object) -> Answer:
    """Who changed what on an offer, the newest first."""
    payload = turn.payload(Payload)
    offer = to_read(turn, payload.id)
    asked = int(payload.q) if payload.q.isascii() and payload.q.isdecimal() and len(payload.q) <= PAGE_DIGITS else 0
    page = min(asked, MOST_PAGES)
    happened, total = trail.happenings(turn.session, offer.id, limit=EVENTS, offset=page * EVENTS)
    pages = min(max(1, -(-total // EVENTS)), MOST_PAGES + 1)
    view = history_view(turn.session, offer, happened, turn.around, turn.reader, page=page, pages=pages)
    return Show(offer_history_card, view, turn.reader)


def show_found(turn: Turn, sought: str, page: int = 0) -> Answer:
    """Offers and tenders that hold all the words; a tender that became an offer is that offer, listed once."""
    found = tenders.search(turn.session, sought, limit=MOST_FOUND, offset=0)
    matching = _offers_found(turn, sought, MOST_FOUND)
    matters = _once(matching, found.tenders)
    page = min(max(page, 0), (len(matters) - 1) // PAGE if matters else 0)
    shown, bare = _told_apart(turn, matters[page * PAGE : (page + 1) * PAGE])
    view = FindView(
        words=sought,
        offers=offer_lines(turn.session, shown, turn.around, turn.reader),
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


def _offers_found(turn: Turn, sought: str, most: int) -> list[Offer]:
    """Offers that hold the words; none for a guest, who sees tenders alone."""
    return [] if turn.person.guest else offers.search(turn.session, sought, limit=most)


def _told_apart(turn: Turn, matters: Sequence[Offer | Tender]) -> tuple[list[Offer], list[Tender]]:
    """Offers, also those whose tender alone holds the words, and tenders without one."""
    shown: list[Offer] = []
    bare: list[Tender] = []
    for matter in matters:
        offer = matter if isinstance(matter, Offer) else _offer_of(turn, matter)
        if offer is not None:
            shown.append(offer)
        elif isinstance(matter, Tender):
            bare.append(matter)
    return shown, bare


def _offer_of(turn: Turn, tender: Tender) -> Offer | None:
    """What became of a tender, as far as the person may know."""
    return None if turn.person.guest else offers.of_tender(turn.session, tender.id)


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
    matching = _offers_found(turn, sought, OFFERS_SHOWN) if sought else []
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
    if not results:
        said = sentence("chat.find_none", words=sought) if sought.strip() else sentence("chat.search_hint")
        return Say(said, turn.reader)
    return Found(tuple(results), everybody)
