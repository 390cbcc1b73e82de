"""Results of the message extension: a short preview in the list, the full card when it is put into a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cards.escape import plain
from cards.formats import days_left, word
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
    t = texts(reader.language)
    closes = t("tenders.closes", when=days_left(view.closes_at, reader)) if view.closes_at else ""
    state = word(view.state, reader.language)
    return _result(tender_card(view, reader), view.title, (view.number, state, closes))


def offer_result(view: OfferView, reader: Reader) -> dict[str, Any]:
    """One offer as a search result."""
    state = view.stage if view.outcome is Outcome.OPEN else word(view.outcome, reader.language)
    return _result(offer_card(view, reader), view.title, (view.number or view.reference, state, view.owner))


def result_list(results: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The answer to ``composeExtension/query``."""
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": list(results)}}


def no_results(words: str, reader: Reader) -> dict[str, Any]:
    """The answer when nothing was found, or nothing was typed yet."""
    t = texts(reader.language)
    said = t("chat.find_none", words=plain(words, 60)) if words.strip() else t("chat.search_hint")
    return {"composeExtension": {"type": "message", "text": said}}


def _result(card: Card, title: str, parts: tuple[str, ...]) -> dict[str, Any]:
    preview = {"title": plain(title, 80), "text": " · ".join(plain(part, 60) for part in parts if part)}
    return {
        "contentType": ADAPTIVE,
        "content": card,
        "preview": {"contentType": THUMBNAIL, "content": preview},
    }
