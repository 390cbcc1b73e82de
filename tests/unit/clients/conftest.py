"""A company that speaks French, with clients to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.teams_handlers.desk import Desk

if TYPE_CHECKING:
    from bot.database import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    """A staffed company on a fresh database."""
    made = Desk(database)
    made.staff()
    return made
