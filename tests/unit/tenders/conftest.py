"""What the tests of this room share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from bot.config import Company, default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.database import Database


@pytest.fixture(scope="session")
def company() -> Company:
    """The built-in configuration."""
    return default()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session on a fresh database whose work is never committed."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
