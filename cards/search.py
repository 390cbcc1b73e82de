"""What the search box of Teams lists: two lines for each matter. Picked, its whole card is put into the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cards.buyers import buyer_name
from cards.escape import plain
from cards.formats import deadline, word
from cards.texts import texts
from cards.words import Outcome

if TYPE_CHECKING:
    from cards.views import OfferView, Reader, TenderView


def tender_preview(view: TenderView, reader: Reader) -> tuple[str, str]:
    """The two lines of a tender in the list: number and title; state, deadline and who buys. Plain text."""
    t = texts(reader.language)
    closes = t("tenders.closes", when=deadline(view.closes_at, reader, year=False)) if view.closes_at else ""
    state = word(view.state, reader.language)
    return _lines((view.number, view.title), (state, closes, buyer_name(view.entity)))


def offer_preview(view: OfferView, reader: Reader) -> tuple[str, str]:
    """The two lines of an offer in the list, with the words for its state that its card and a search in chat use."""
    state = view.stage if view.outcome is Outcome.OPEN else word(view.outcome, reader.language)
    waits = view.outcome is Outcome.OPEN and not view.sent
    closes = deadline(view.closes_at, reader, year=False) if view.closes_at and waits else ""
    due = texts(reader.language)("tenders.closes", when=closes) if closes else ""
    return _lines((view.number or view.reference, view.title), (state, due, buyer_name(view.client), view.owner))


def _lines(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, str]:
    title = plain(" ".join(part for part in first if part), 100)
    return title, " · ".join(plain(part, 60) for part in second if part)
