"""The tab of a staffed company with offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.teams_handlers.desk import Desk
from tests.unit.web.tab.visit import Visit, visiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.database import Database


@pytest.fixture(params=["fr", "en"])
async def visit(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[Visit]:
    """In French, then in English."""
    desk = Desk(database, language=request.param)
    desk.staff()
    async with visiting(desk) as running:
        yield running


@pytest.fixture
async def french(database: Database) -> AsyncIterator[Visit]:
    """In French alone, where the language makes no difference."""
    desk = Desk(database)
    desk.staff()
    async with visiting(desk) as running:
        yield running


@pytest.fixture
async def empty_tab(database: Database) -> AsyncIterator[Visit]:
    """A company where nothing has happened yet."""
    desk = Desk(database)
    desk.staff()
    async with visiting(desk, filled=False) as running:
        yield running
