"""Reading for a file: on a connection of its own, so that nobody who clicks waits for a long export."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc
from sqlalchemy.orm import Session

from bot.database import make_engine
from bot.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = "10min"
"""How long PostgreSQL may look for the next piece; a click may take 30 seconds."""


@contextmanager
def reading(url: str) -> Iterator[Session]:
    """A session that changes nothing and sees one moment, however long it reads.

    Raises :class:`DatabaseUnavailable`.
    """
    engine = make_engine(url, read_only=True)
    try:
        with engine.connect() as connection, Session(connection) as session:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            yield session
    except exc.OperationalError as error:
        raise DatabaseUnavailable from error
    finally:
        engine.dispose()
