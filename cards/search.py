"""Results of the message extension: a short preview in the list, the full card when it is put into a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cards.buyers import buyer_name
from cards.escape import plain
from cards.formats import deadline, word
from cards.offers import offer_card
from cards.tenders import tender_card
from cards.texts import texts
from cards.words import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cards.envelope import Card
    from cards.views import OfferView, Reader, TenderView

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
THUMBNAIL = "application/vnd.microsoft.card.thumbnail"


def tender_result(view: TenderView, reader: Reader) -> dict[str, Any]:
    """One tender as a search result."""
    return _result(tender_card(view, reader), tender_preview(view, reader))


def offer_result(view: OfferView, reader: Reader) -> dict[str, Any]:
    """One offer as a search result."""
    return _result(offer_card(view, reader), offer_preview(view, reader))


def tender_preview(view: TenderView, reader: Reader) -> tuple[str, str]:
    """The two lines of a tender in the list: number and title; state, deadline and who buys. Plain text."""
    t = texts(reader.language)
    closes = t("tenders.closes", when=deadline(view.closes_at, reader, year=False)) if view.closes_at else ""
    state = word(view.state, reader.language)
    return _lines((view.number, view.title), (state, closes, buyer_name(view.entity)))


def offer_preview(view: OfferView, reader: Reader) -> tuple[str, str]:
    """The two lines of an offer in the list, with the words for its state that its card and a search in chat use."""
    state = view.stage if view.outcome is Outcome.OPEN else word(view.outcome, reader.language)
    closes = deadline(view.closes_at, reader, year=False) if view.closes_at and view.outcome is Outcome.OPEN else ""
    due = texts(reader.language)("tenders.closes", when=closes) if closes else ""
    return _lines((view.number or view.reference, view.title), (state, due, buyer_name(view.client), view.owner))


def result_list(results: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The answer to ``composeExtension/query``."""
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": list(results)}}


def no_results(words: str, reader: Reader) -> dict[str, Any]:
    """The answer when nothing was found, or nothing was typed yet."""
    t = texts(reader.language)
    said = t("chat.find_none", words=plain(words, 60)) if words.strip() else t("chat.search_hint")
    return {"composeExtension": {"type": "message", "text": said}}


def _lines(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, str]:
    title = plain(" ".join(part for part in first if part), 100)
    return title, " · ".join(plain(part, 60) for part in second if part)


def _result(card: Card, lines: tuple[str, str]) -> dict[str, Any]:
    preview = dict(zip(("title", "text"), lines, strict=True))
    return {
        "contentType": ADAPTIVE,
        "content": card,
        "preview": {"contentType": THUMBNAIL, "content": preview},
    }
