"""What can be answered to a person, and how each answer looks on the wire.

An invoke is always answered with HTTP 200; the real status stands inside, and Teams documents 200, 400, 401, 412 and
500 only.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from bot.teams.inbound import InboundKind

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
THUMBNAIL_CARD = "application/vnd.microsoft.card.thumbnail"
_MESSAGE = "application/vnd.microsoft.activity.message"
_ERROR = "application/vnd.microsoft.error"
_CHOICES = "application/vnd.microsoft.search.searchResponse"
_DIALOG_TITLE = "Offerdesk"

Card = dict[str, Any]
Size = int | Literal["small", "medium", "large"]
"""Pixels, or a size of Teams."""


@dataclass(frozen=True, slots=True)
class CardReply:
    """A card: in the place of the pressed one, as a message after a typed command, or as the next step of a dialog."""

    card: Card


@dataclass(frozen=True, slots=True)
class TextReply:
    """One sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """Something failed. `code` is 400 (the request) or 500 (us); `message` is the sentence the person reads."""

    code: Literal[400, 500]
    message: str


@dataclass(frozen=True, slots=True)
class DialogReply:
    """Open a dialog, or show its next step (also the same form again with its errors)."""

    title: str
    card: Card
    height: Size = "medium"
    width: Size = "medium"


@dataclass(frozen=True, slots=True)
class DialogClosed:
    """Close the dialog, after a sentence if there is one."""

    message: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """One line of a list of results."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchReply:
    """Results of a search: each with the card that is shared when it is picked."""

    results: tuple[tuple[Card, Preview], ...]


@dataclass(frozen=True, slots=True)
class ChoicesReply:
    """What an input that is searched while typing may hold: ``(value, title)`` each."""

    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Nothing to show."""


Reply = CardReply | TextReply | ErrorReply | DialogReply | DialogClosed | SearchReply | ChoicesReply | Accepted


class ReplyMismatch(TypeError):
    """This answer cannot be shown where it was asked for."""

    def __init__(self, reply: Reply, kind: InboundKind) -> None:
        """Name both sides."""
        super().__init__(f"{type(reply).__name__} cannot answer {kind.value}")


def invoke_body(reply: Reply | None, kind: InboundKind) -> tuple[int, dict[str, Any] | None]:
    """The HTTP status and the JSON body that answer an invoke of this kind; no reply is `Accepted`.

    Raises:
        ReplyMismatch: a dialog or search results in answer to a card action, search results to a dialog, and the like.
    """
    if reply is None:
        # An invoke this bot does not know: "not implemented", as botbuilder answers it.
        return (501, None) if kind is InboundKind.OTHER else invoke_body(Accepted(), kind)
    match kind:
        case InboundKind.CARD_ACTION:
            return 200, _card_action(reply)
        case InboundKind.DIALOG_OPEN | InboundKind.DIALOG_SUBMIT:
            return 200, _dialog(reply, kind)
        case InboundKind.SEARCH:
            return 200, _search(reply)
        case InboundKind.TYPEAHEAD:
            return 200, _choices(reply)
        case _:
            return (200, None) if isinstance(reply, Accepted) else (501, None)


def message_activity(reply: Reply) -> dict[str, Any] | None:
    """The message that answers something typed, or None when there is nothing to say.

    Raises:
        ReplyMismatch: a dialog or search results, which a message cannot hold.
    """
    match reply:
        case CardReply(card):
            return card_message(card)
        case TextReply(text) | ErrorReply(_, text):
            return {"type": "message", "textFormat": "markdown", "text": text}
        case Accepted() | DialogClosed(None):
            return None
        case DialogClosed(str() as text):
            return {"type": "message", "textFormat": "markdown", "text": text}
        case _:
            raise ReplyMismatch(reply, InboundKind.MESSAGE)


def card_message(card: Card) -> dict[str, Any]:
    """A message that holds one card; its notification reads the card's fallback text."""
    message: dict[str, Any] = {
        "type": "message",
        "attachments": [{"contentType": ADAPTIVE_CARD, "content": card}],
    }
    summary = card.get("fallbackText")
    return message | {"summary": summary} if summary else message


def _card_action(reply: Reply) -> dict[str, Any]:
    match reply:
        case CardReply(card):
            return {"statusCode": 200, "type": ADAPTIVE_CARD, "value": card}
        case TextReply(text):
            return {"statusCode": 200, "type": _MESSAGE, "value": text}
        case DialogClosed(message):
            return {"statusCode": 200, "type": _MESSAGE, "value": message or ""}
        case ErrorReply(code, message):
            return {"statusCode": code, "type": _ERROR, "value": {"code": str(code), "message": message}}
        case Accepted():
            return {"statusCode": 200, "type": _MESSAGE, "value": ""}
        case DialogReply() | SearchReply() | ChoicesReply():
            raise ReplyMismatch(reply, InboundKind.CARD_ACTION)
        case _:
            assert_never(reply)


def _dialog(reply: Reply, kind: InboundKind) -> dict[str, Any] | None:
    match reply:
        case DialogReply(title, card, height, width):
            return _dialog_step(title, card, height, width)
        case CardReply(card):
            return _dialog_step(_DIALOG_TITLE, card, "medium", "medium")
        case TextReply(text) | ErrorReply(_, text) | DialogClosed(str() as text):
            return {"task": {"type": "message", "value": text}}
        case DialogClosed() | Accepted():
            return None
        case SearchReply() | ChoicesReply():
            raise ReplyMismatch(reply, kind)
        case _:
            assert_never(reply)


def _dialog_step(title: str, card: Card, height: Size, width: Size) -> dict[str, Any]:
    value = {"title": title, "height": height, "width": width, "card": {"contentType": ADAPTIVE_CARD, "content": card}}
    return {"task": {"type": "continue", "value": value}}


def _search(reply: Reply) -> dict[str, Any]:
    match reply:
        case SearchReply(results):
            attachments = [_search_result(card, preview) for card, preview in results]
            return {
                "composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": attachments},
            }
        case TextReply(text) | ErrorReply(_, text):
            return {"composeExtension": {"type": "message", "text": text}}
        case Accepted() | DialogClosed():
            return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": []}}
        case CardReply() | DialogReply() | ChoicesReply():
            raise ReplyMismatch(reply, InboundKind.SEARCH)
        case _:
            assert_never(reply)


def _choices(reply: Reply) -> dict[str, Any]:
    match reply:
        case ChoicesReply(choices):
            results = [{"value": value, "title": title} for value, title in choices]
            return {"statusCode": 200, "type": _CHOICES, "value": {"results": results}}
        case ErrorReply(code, message):
            return {"statusCode": code, "type": _ERROR, "value": {"code": str(code), "message": message}}
        case TextReply() | DialogClosed() | Accepted():
            # A refusal: an input has no room for sentences, so it simply offers nothing.
            return _choices(ChoicesReply(()))
        case CardReply() | DialogReply() | SearchReply():
            raise ReplyMismatch(reply, InboundKind.TYPEAHEAD)
        case _:
            assert_never(reply)


def _search_result(card: Card, preview: Preview) -> dict[str, Any]:
    # Teams draws the list from hero and thumbnail cards alone; their text is HTML, which `Preview` never is.
    content = {"title": html.escape(preview.title, quote=False), "text": html.escape(preview.text, quote=False)}
    return {
        "contentType": ADAPTIVE_CARD,
        "content": card,
        "preview": {"contentType": THUMBNAIL_CARD, "content": content},
    }
