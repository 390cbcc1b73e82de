"""The desk on a fresh database, its cards checked against the official schema where that is at hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema_rs import Draft6Validator

from tests.unit.teams_handlers.desk import SCHEMA, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.database import Database
    from cards.envelope import Card


@pytest.fixture(scope="session")
def card_schema(shared_specs: Path) -> Callable[[Card], list[str]]:
    """Judges a card by the official Adaptive Cards schema 1.5."""
    validator = Draft6Validator(json.loads((shared_specs / SCHEMA).read_text("utf-8")))
    return lambda card: [error.message[:200] for error in validator.iter_errors(card)]


@pytest.fixture(params=["fr", "en"])
def desk(database: Database, request: pytest.FixtureRequest, card_schema: Callable[[Card], list[str]]) -> Desk:
    """A staffed company that speaks French, then English."""
    made = Desk(database, language=request.param, schema=card_schema)
    made.staff()
    return made


@pytest.fixture
def french(database: Database) -> Desk:
    """The same in French alone, where the language makes no difference."""
    made = Desk(database)
    made.staff()
    return made
