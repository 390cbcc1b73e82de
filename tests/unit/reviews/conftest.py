"""The same company as the tests of quotes have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.quotes.office import Office

if TYPE_CHECKING:
    from bot.database import Database


@pytest.fixture
def office(database: Database) -> Office:
    """The staffed company on a fresh database."""
    made = Office(database)
    made.staff()
    return made
