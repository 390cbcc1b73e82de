"""People and an offer to work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from bot.database import Database


@pytest.fixture
def house(database: Database) -> House:
    """The staffed company on a fresh database."""
    made = House(database)
    made.staff()
    return made
