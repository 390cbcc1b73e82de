"""The card library's models: one for all kinds of elements, instead of one for each."""

from __future__ import annotations

import subprocess
import sys

import pytest
from adaptive_cards import card as ac
from pydantic import ValidationError

from cards.envelope import part

DRAWN = """
from adaptive_cards import card as ac
from cards.buttons import press
from cards.pieces import band, columns, facts, headline
from cards.verbs import Verb

columns((("stretch", [headline("S580"), band("Go?")]), ("auto", facts([("a", "b")]))))
press("Go", Verb.ROUND_GO, 1)
kinds = ac.TextBlock, ac.Column, ac.ColumnSet, ac.Container, ac.FactSet, ac.ActionExecute
print(*(kind.__name__ for kind in kinds if kind.__pydantic_complete__))
"""


def test_drawing_builds_no_model_of_a_single_kind() -> None:
    done = subprocess.run([sys.executable, "-c", DRAWN], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_column_is_built_like_everything_else() -> None:
    assert part(ac.Column, items=[], width="auto") == {"type": "Column", "items": [], "width": "auto"}


def test_what_the_library_does_not_take_is_refused() -> None:
    with pytest.raises(ValidationError, match="max_lines"):
        part(ac.TextBlock, text="", max_lines="many")
