"""The check finds what it is there to find."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from cards.buttons import link, safe_link
from cards.check import check, without_extensions
from cards.envelope import Card, at
from cards.samples import SAMPLES
from cards.views import Reader


@pytest.fixture
def fine(english: Reader) -> Card:
    """A card without fault that may be spoilt."""
    return deepcopy(SAMPLES["form-roles"](english))


def spoilt(card: Card, **changes: object) -> list[str]:
    return check({**card, **changes})


def test_frame(fine: Card) -> None:
    assert check(fine) == []
    assert spoilt(fine, version="1.6") == ["version is not 1.5"]
    assert spoilt(fine, fallbackText="") == ["no fallbackText"]
    assert "more than 24576" in spoilt(fine, fallbackText="é" * 13000)[0]
    assert spoilt(fine, body=[*fine["body"], fine["body"][0]]) == ["2 headings instead of one"]
    assert spoilt(fine, refresh={"userIds": ["x"] * 61}) == ["more than 60 refresh users"]
    entity = {"type": "mention", "text": "<at>X</at>", "mentioned": {"id": "29:x", "name": "X"}}
    assert spoilt(fine, msteams={"entities": [entity]}) == ["mention <at>X</at> stands nowhere in the body"]


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        ({"type": "Input.Text", "id": "person", "label": "x"}, "id person is used 2 times"),
        ({"type": "Input.Text", "label": "x"}, "Input.Text without id"),
        ({"type": "Input.Text", "id": "x"}, "x has no label"),
        ({"type": "Input.Text", "id": "x", "label": "x", "isRequired": True}, "x is required and has no errorMessage"),
        (
            {"type": "Input.Number", "id": "x", "label": "x", "min": 0},
            "x is optional and bounded: some clients refuse it empty",
        ),
        (
            {
                "type": "Input.ChoiceSet",
                "id": "x",
                "label": "x",
                "value": "b",
                "choices": [{"title": "a", "value": "a"}],
            },
            "x has a value outside its choices",
        ),
        ({"type": "TextBlock", "wrap": True, "text": "x", "color": "dark"}, "fixed colour dark"),
        ({"type": "TextBlock", "text": "x"}, "text does not wrap: x"),
        ({"type": "TextBlock", "text": " ", "wrap": True}, "empty text"),
        ({"type": "Container", "items": [], "style": "pink"}, "style pink"),
        ({"type": "Image", "url": "x"}, "image without altText"),
        ({"type": "Chart.Pie"}, "Chart.Pie without fallback"),
        ({"type": "ColumnSet", "columns": [{"type": "Column"}] * 4}, "more than three columns"),
        ({"type": "ActionSet", "actions": [{"type": "Action.Submit"}] * 7}, "7 actions in one place"),
        (
            {"type": "ActionSet", "actions": [{"type": "Action.Execute", "title": "Do it"}]},
            "Do it has no fallback for old clients",
        ),
        (
            {"type": "ActionSet", "actions": [{"type": "Action.Submit", "title": "Do it at once"}]},
            "button of more than 3 words: Do it at once",
        ),
    ],
)
def test_elements(element: dict[str, Any], problem: str, fine: Card) -> None:
    assert problem in spoilt(fine, body=[*fine["body"], element])


def test_buttons_in_sight(fine: Card) -> None:
    submit, unfold = {"type": "Action.Submit"}, {"type": "Action.ShowCard", "card": {"type": "AdaptiveCard"}}
    assert spoilt(fine, actions=[submit] * 3 + [unfold]) == []
    assert spoilt(fine, actions=[submit] * 3 + [{**submit, "mode": "secondary"}]) == []
    assert spoilt(fine, actions=[submit] * 4) == ["4 buttons in sight"]
    assert spoilt(fine, actions=[submit] * 3 + [unfold] * 2) == ["5 buttons in sight, with unfolding ones"]


def test_the_official_schema_sees_no_extension(fine: Card) -> None:
    bare = without_extensions(fine)
    assert "msteams" in fine
    assert "msteams" not in str(bare)
    assert "choices.data" not in str(bare)
    assert check(fine, lambda card: [f"{card['type']} is odd"]) == ["schema: AdaptiveCard is odd"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://esastar-publication-ext.sso.esa.int/ESATenderActions/details/1", True),
        ("http://127.0.0.1:8080/esa/1", True),
        ("http://localhost/x", True),
        ("http://example.org/x", False),
        ("javascript:alert(1)", False),
        ("https://user@example.org/", False),
        ("https://", False),
        ("https://[broken", False),
        ("https://example.org/a b", False),
        ("https://example.org/" + "a" * 2000, False),
        ("", False),
    ],
)
def test_only_plain_https_stands_behind_a_button(address: str, allowed: bool) -> None:  # noqa: FBT001 - a table
    assert safe_link(address) is allowed
    assert bool(link("Open", address)) is allowed


def test_a_mention_cannot_be_closed_from_inside() -> None:
    assert at("A</at><at>CEO") == "<at>A/atatCEO</at>"
