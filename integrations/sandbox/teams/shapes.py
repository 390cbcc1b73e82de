"""What the Connector accepts, and what an answer to an invoke must look like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from integrations.sandbox.teams.errors import RefusedError
from integrations.sandbox.teams.world import ADAPTIVE, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_UTF16_BYTES = 100 * 1024
MOST_REFRESH_USERS = 60
_MESSAGE_TYPES = frozenset({"message", "typing"})
_INVOKE_STATUSES = frozenset({200, 400, 401, 412, 500})
_MESSAGE_ANSWER = "application/vnd.microsoft.activity.message"
_ERROR_ANSWERS = (
    "application/vnd.microsoft.error",
    "application/vnd.microsoft.error.preconditionFailed",
    "application/vnd.microsoft.error.incorrectAuthCode",
)
_CHOICES_ANSWER = "application/vnd.microsoft.search.searchResponse"
_SIZES = frozenset({"small", "medium", "large"})


class AnswerError(Exception):
    """The bot's answer to an invoke is not one that Teams understands."""


def parsed(body: bytes) -> Json:
    """The JSON object of a request; refuses what is no object or more than 100 KB as UTF-16."""
    try:
        text = body.decode()
        document = json.loads(text)
    except ValueError as wrong:
        raise _bad("The body is not JSON.") from wrong
    if len(text.encode("utf-16-le")) > LARGEST_UTF16_BYTES:
        raise RefusedError(413, "MessageSizeTooBig", "Message size too large.")
    if not isinstance(document, dict):
        raise _bad("The body is not an object.")
    return document


def message_activity(activity: Any) -> Json:  # noqa: ANN401 (whatever a bot may have sent)
    """An activity a bot may post; refuses others."""
    if not isinstance(activity, dict) or activity.get("type") not in _MESSAGE_TYPES:
        raise _bad("Activity must be a message.")
    attachments = activity.get("attachments", [])
    if not isinstance(attachments, list) or not isinstance(activity.get("text", ""), str):
        raise _bad("Text must be text and attachments a list.")
    if activity["type"] == "message" and not attachments and not activity.get("text"):
        raise _bad("Activity must have text or attachments.")
    for attachment in attachments:
        if not isinstance(attachment, dict) or not isinstance(attachment.get("contentType"), str):
            raise _bad("Attachment must have a contentType.")
        problem = card_problem(attachment.get("content")) if attachment["contentType"] == ADAPTIVE else None
        if problem:
            raise _bad(problem)
    return activity


def card_problem(card: Any) -> str | None:  # noqa: ANN401 (whatever a bot may have sent)
    """Why Teams would not draw this card, or None."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return "Card must be an AdaptiveCard."
    if not isinstance(card.get("version"), str) or not isinstance(card.get("body", []), list):
        return "Card must have a version and a body."
    refresh = card.get("refresh")
    if refresh is not None:
        action = refresh.get("action") if isinstance(refresh, dict) else None
        if not isinstance(action, dict) or action.get("type") != "Action.Execute":
            return "Card refresh must have an Action.Execute."
        if len(refresh.get("userIds") or ()) > MOST_REFRESH_USERS:
            return f"Card refresh must not list more than {MOST_REFRESH_USERS} users."
    return _element_problem(card)


def _element_problem(card: Json) -> str | None:
    inputs: set[str] = set()
    for element in walk(card):
        kind = element.get("type", "")
        if not isinstance(kind, str):
            return "Element type must be text."
        if kind.startswith("Input."):
            if not isinstance(element.get("id"), str) or element["id"] in inputs:
                return f"Input must have an id of its own: {element.get('id')!r}."
            inputs.add(element["id"])
        for name, value in element.items():
            # What a Python enum looks like once an SDK serialised it by its name; Teams draws such a card broken.
            if isinstance(value, str) and name in {"size", "weight", "color", "width"} and "." in value:
                return f"Unknown value of {name}: {value!r}."
    return None


def walk(card: Any) -> Iterator[Json]:  # noqa: ANN401 (JSON of any depth)
    """Every object of a card that has a type, fallbacks and data left out."""
    if isinstance(card, dict):
        if "type" in card:
            yield card
        for name, value in card.items():
            if name not in {"data", "fallback", "refresh", "msteams", "metadata"}:
                yield from walk(value)
    elif isinstance(card, list):
        for item in card:
            yield from walk(item)


def card_answer(body: Any) -> tuple[Literal["card", "message", "error"], Any]:  # noqa: ANN401 (whatever came)
    """What an answer to `adaptiveCard/action` says; raises AnswerError when Teams would not understand it."""
    if not isinstance(body, dict) or body.get("statusCode") not in _INVOKE_STATUSES:
        raise AnswerError(f"statusCode must be one of {sorted(_INVOKE_STATUSES)}.")
    kind, value = body.get("type"), body.get("value")
    if kind == ADAPTIVE:
        if problem := card_problem(value):
            raise AnswerError(problem)
        return "card", value
    if kind == _MESSAGE_ANSWER and isinstance(value, str):
        return "message", value
    if kind in _ERROR_ANSWERS:
        return "error", value.get("message", "") if isinstance(value, dict) else ""
    raise AnswerError(f"Answer of unknown type {kind!r}.")


def task_answer(body: Any) -> tuple[Literal["closed", "message", "dialog"], Any]:  # noqa: ANN401 (whatever came)
    """What an answer to `task/fetch` or `task/submit` says; raises AnswerError when it is no such answer."""
    task = body.get("task") if isinstance(body, dict) else body
    if not task:
        return "closed", None
    kind, value = (task.get("type"), task.get("value")) if isinstance(task, dict) else (None, None)
    if kind == "message" and isinstance(value, str):
        return "message", value
    if kind == "continue" and isinstance(value, dict):
        return "dialog", _dialog(value)
    raise AnswerError(f"Task of unknown type {kind!r}.")


def _dialog(value: Json) -> Json:
    card = value.get("card")
    if not isinstance(card, dict) or card.get("contentType") != ADAPTIVE:
        raise AnswerError("A dialog must have a card.")
    if problem := card_problem(card.get("content")):
        raise AnswerError(problem)
    for side in ("width", "height"):
        size = value.get(side, "medium")
        if size not in _SIZES and not (isinstance(size, int) and size > 0):
            raise AnswerError(f"A dialog's {side} must be small, medium, large or pixels.")
    return {
        "title": str(value.get("title", "")),
        "width": value.get("width", "medium"),
        "height": value.get("height", "medium"),
        "card": card["content"],
    }


def search_answer(body: Any) -> list[Json]:  # noqa: ANN401 (whatever came)
    """The results of `composeExtension/query`; raises AnswerError when it is no such answer."""
    found = body.get("composeExtension") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise AnswerError("composeExtension is missing.")
    if found.get("type") == "message":
        return []
    attachments = found.get("attachments")
    if found.get("type") != "result" or not isinstance(attachments, list):
        raise AnswerError("composeExtension must be a result with attachments.")
    for attachment in attachments:
        if not isinstance(attachment, dict) or not isinstance(attachment.get("contentType"), str):
            raise AnswerError("A result must be an attachment.")
        if attachment["contentType"] == ADAPTIVE:
            if problem := card_problem(attachment.get("content")):
                raise AnswerError(problem)
            if not isinstance(attachment.get("preview"), dict):
                raise AnswerError("An adaptive result must have a preview.")
    return attachments


def choices_answer(body: Any) -> list[Json]:  # noqa: ANN401  (whatever came)
    """The choices that answer `application/search`; raises AnswerError when it is no such answer."""
    if not isinstance(body, dict) or body.get("type") != _CHOICES_ANSWER:
        raise AnswerError("The answer must be a searchResponse.")
    value = body.get("value")
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list):
        raise AnswerError("A searchResponse must have results.")
    for result in results:
        texts = (result.get("value"), result.get("title")) if isinstance(result, dict) else (None, None)
        if not all(isinstance(text, str) and text for text in texts):
            raise AnswerError("A result must have a value and a title.")
    return results


def _bad(message: str) -> RefusedError:
    return RefusedError(400, "BadSyntax", message)
