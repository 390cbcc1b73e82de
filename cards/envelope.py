"""From adaptive-cards-py elements to a finished card, with what the library cannot express: refresh, mentions, people
pickers, fallbacks for old clients.

A *part* is one finished element or action as a dictionary. Parts are remembered and shared between cards, because the
same seat line or button stands on card after card: never change one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, ParamSpec, cast

from adaptive_cards import card as ac

from cards.escape import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import BaseModel

    from cards.verbs import Verb

Values = ParamSpec("Values")

MAX_REFRESH_USERS: Final = 60
"""Teams asks for automatic views for at most 60 listed users."""

SUMMARY_LIMIT: Final = 200
PEOPLE: Final = "graph.microsoft.com/users"
SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION: Final = "1.5"

Part = dict[str, Any]
Card = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refresh:
    """Who may ask for their own view of a card, and with what. ``user_ids`` are Teams ids (``29:…``)."""

    verb: Verb
    id: int
    revision: int
    user_ids: tuple[str, ...]


def part(
    kind: Callable[Values, ac.ElementT | ac.ActionT | ac.Column], /, *_: Values.args, **values: Values.kwargs
) -> Part:
    """Build one element or action with the library and finish it; children are finished with it.

    Raises:
        pydantic.ValidationError: a value that the library does not take.
    """
    # As the content of a card, whose model the library has made already: of an element that is built by itself it makes
    # one more, a megabyte and some milliseconds for each kind, because every kind may contain every other.
    model = cast("type[BaseModel]", kind)
    given = {"type": model.model_fields["type"].default, **values}
    if model is ac.Column:
        whole: Part = _as_content("body", {"type": "ColumnSet", "columns": [given]})
        done: Part = whole["columns"][0]
    else:
        done = _as_content("actions" if issubclass(model, ac.Action) else "body", given)
    _complete(done)
    return done


def _as_content(where: str, given: Part) -> Part:
    card = ac.AdaptiveCard.model_validate({where: [given]})
    (done,) = card.model_dump(mode="json", exclude_none=True, by_alias=True, warnings=False, include={where})[where]
    return cast("Part", done)


def finish(
    body: Sequence[Part],
    actions: Sequence[Part] = (),
    *,
    summary: str,
    refresh: Refresh | None = None,
    mentions: Sequence[tuple[str, str]] = (),
) -> Card:
    """Return the finished card, ready for JSON.

    ``summary`` is the plain sentence a phone notification and an old client show (``fallbackText``). ``mentions`` are
    (Teams id, name) of ``<at>name</at>`` standing in the body.
    """
    teams: dict[str, Any] = {"width": "Full"}
    card: Card = {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": VERSION,
        "fallbackText": plain(summary, SUMMARY_LIMIT),
        "body": list(body),
        "msteams": teams,
    }
    if actions:
        card["actions"] = list(actions)
    if mentions:
        teams["entities"] = [
            {"type": "mention", "text": at(name), "mentioned": {"id": mri, "name": plain(name, 80)}}
            for mri, name in mentions
        ]
    if refresh is not None and refresh.user_ids:
        carried = {"verb": refresh.verb.value, "id": refresh.id, "rev": refresh.revision}
        card["refresh"] = {
            "action": {"type": "Action.Execute", "verb": refresh.verb.value, "data": carried},
            "userIds": list(refresh.user_ids[:MAX_REFRESH_USERS]),
        }
    return card


def inner_card(body: Sequence[Part], actions: Sequence[Part] = ()) -> Card:
    """The card inside a show-card button."""
    card: Card = {"type": "AdaptiveCard", "version": VERSION, "body": list(body)}
    if actions:
        card["actions"] = list(actions)
    return card


def with_people(picker: Part) -> Part:
    """Let a choice input search the company's directory; its value is the person's Entra object id."""
    return {**picker, "choices.data": {"type": "Data.Query", "dataset": PEOPLE}, "style": "filtered"}


def with_search(picker: Part, dataset: str) -> Part:
    """Let a choice input ask the bot for more choices while somebody types."""
    return {**picker, "choices.data": {"type": "Data.Query", "dataset": dataset}, "style": "filtered"}


def with_number(field: Part, value: float | None) -> Part:
    """Give a number input its value; the library takes whole numbers only."""
    return field if value is None else {**field, "value": int(value) if value.is_integer() else value}


def at(name: str) -> str:
    """The text of a mention; the same characters must stand in the body and in the entity."""
    return f"<at>{plain(name, 80).replace('<', '').replace('>', '')}</at>"


def size(card: Card) -> int:
    """Bytes of the card as compact UTF-8 JSON."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())


def weight(text: str) -> int:
    """Bytes of one text inside a card."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2


def nodes(value: object) -> Iterator[Part]:
    """Every object inside a card that has a type, outermost first."""
    if isinstance(value, dict):
        if "type" in value:
            yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def _complete(made: Part) -> None:
    """Old clients know no ``Action.Execute``: each gets an ``Action.Submit`` with the same data to fall back to."""
    for node in nodes(made):
        kind = node["type"]
        if kind == "Action.Execute":
            title = {"title": node["title"]} if "title" in node else {}
            node["fallback"] = {"type": "Action.Submit", **title, "data": node["data"], "msteams": _quiet()}
        elif kind == "Action.Submit" and "msteams" not in node:
            node["msteams"] = _quiet()
        if node.get("mode") == "primary":
            del node["mode"]


def _quiet() -> dict[str, Any]:
    """The card itself says what happened; "Your response was sent to the app" would only repeat it."""
    return {"feedback": {"hide": True}}
