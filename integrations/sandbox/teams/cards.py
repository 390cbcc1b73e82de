"""Pressing a button of a card as a client does: find the action, collect the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations.sandbox.teams.errors import RefusedError
from integrations.sandbox.teams.shapes import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrations.sandbox.teams.world import Json

Scalar = str | int | float | bool


def press(card: Json, wanted: str | Json, typed: Mapping[str, Scalar]) -> tuple[Json, Json]:
    """The action and its data with the inputs merged in, all inputs as text.

    `wanted` with a `type` is the action itself as a client drew it, and `typed` everything that was filled in: this is
    how the page and a forger call. Otherwise `wanted` is a title, id or verb, or an object of things the action must
    have, and `typed` replaces the defaults of the card. Refuses what a client would not let a person press: an action
    that is not there, an input that is not there, a required input left empty.
    """
    if isinstance(wanted, dict) and "type" in wanted:
        return wanted, _merged(wanted, typed)
    action = find_action(card, {"title": wanted} if isinstance(wanted, str) else wanted, any_name=wanted)
    if action.get("associatedInputs") == "none":
        return action, _merged(action, {})
    return action, _merged(action, _filled(_inputs_of(card, action), typed))


def find_action(card: Json, wanted: Json, *, any_name: str | Json = "") -> Json:
    """The first action of the card with these values; a bare name may be its title, id or verb."""
    for action in _actions(card):
        data = action.get("data") if isinstance(action.get("data"), dict) else {}
        if isinstance(any_name, str):
            names = (action.get("title"), action.get("id"), action.get("verb"), (data or {}).get("verb"))
            if any_name in names:
                return action
        elif _has(action, wanted):
            return action
    raise RefusedError(422, "ActionNotShown", f"The card shows no action {any_name or wanted!r}.")


def _has(action: Json, wanted: Json) -> bool:
    data = action.get("data") or {}
    return all(
        all(data.get(name) == expected for name, expected in value.items())
        if key == "data"
        else action.get(key) == value
        for key, value in wanted.items()
    )


def _actions(card: Json) -> list[Json]:
    return [element for element in walk(card) if str(element["type"]).startswith("Action.")]


def _inputs_of(card: Json, action: Json) -> list[Json]:
    """The inputs that travel with an action: those of its own card and of the cards around it."""
    return _search(card, action, []) or []


def _search(card: Json, action: Json, outer: list[Json]) -> list[Json] | None:
    own = outer + [element for element in _outside_nested(card) if str(element["type"]).startswith("Input.")]
    for element in _outside_nested(card):
        if element is action:
            return own
        if element["type"] == "Action.ShowCard":
            found = _search(element.get("card") or {}, action, own)
            if found is not None:
                return found
    return None


def _outside_nested(card: Json) -> list[Json]:
    nested = {
        id(inner)
        for element in walk(card)
        if element["type"] == "Action.ShowCard"
        for inner in walk(element.get("card"))
    }
    return [element for element in walk(card) if id(element) not in nested or element is card]


def _filled(inputs: list[Json], typed: Mapping[str, Scalar]) -> dict[str, Scalar]:
    known = {element["id"] for element in inputs}
    if unknown := set(typed) - known:
        raise RefusedError(422, "InputNotShown", f"The card has no input {sorted(unknown)}.")
    values: dict[str, Scalar] = {}
    for element in inputs:
        value = typed.get(element["id"], _default(element))
        if value not in {None, ""}:
            values[element["id"]] = value
        elif element.get("isRequired"):
            raise RefusedError(422, "InputRequired", element.get("errorMessage") or f"{element['id']} is required.")
        elif element["type"] in {"Input.Text", "Input.ChoiceSet"}:
            # An empty text travels as an empty text; an empty number or date is a missing key.
            values[element["id"]] = ""
    return values


def _default(element: Json) -> Any:  # noqa: ANN401 (a scalar of the card's own choosing)
    if element["type"] == "Input.Toggle":
        return element.get("value", element.get("valueOff", "false"))
    return element.get("value")


def _merged(action: Json, values: Mapping[str, Scalar]) -> Json:
    data = action.get("data")
    texts = {name: _text(value) for name, value in values.items()}
    return {**(data if isinstance(data, dict) else {}), **texts}


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
