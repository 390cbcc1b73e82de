"""What the tests of cards share: readers, and the official schema as a judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema_rs import Draft6Validator

from cards.envelope import Card
from cards.samples import NOW
from cards.views import Reader
from cards.words import Language


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn."""
    return Language(request.param)


@pytest.fixture
def reader(language: Language) -> Reader:
    """Somebody in Paris who reads that language."""
    return Reader(language, "Europe/Paris", NOW)


@pytest.fixture
def channel(reader: Reader) -> Reader:
    """The readers of a channel."""
    return replace(reader, shared=True)


@pytest.fixture
def french() -> Reader:
    """Somebody who reads French."""
    return Reader(Language.FR, "Europe/Paris", NOW)


@pytest.fixture
def english() -> Reader:
    """Somebody who reads English."""
    return Reader(Language.EN, "Europe/Paris", NOW)


@pytest.fixture(scope="session")
def official_schema(shared_specs: Path) -> Callable[[Card], Iterable[str]]:
    """The Adaptive Cards schema 1.5."""
    schema = json.loads((shared_specs / "adaptive-cards" / "schema-1.5.json").read_text(encoding="utf-8"))
    validator = Draft6Validator(schema)

    def judge(card: Card) -> Iterable[str]:
        return [f"{list(error.instance_path)}: {error.message[:300]}" for error in validator.iter_errors(card)]

    return judge
