"""A fresh, migrated database for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSTGRES_URL = os.environ.get("OFFERDESK_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that each test copies."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


def _execute(statement: str) -> None:
    """Run one statement outside a transaction on the server's maintenance database."""
    url = sa.make_url(POSTGRES_URL).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database that each test copies."""
    name = f"offerdesk_template_{uuid.uuid4().hex[:12]}"
    try:
        _execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL answers at OFFERDESK_TEST_POSTGRES_URL: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    upgrade(sa.make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False))
    yield name
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "offerdesk.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    template_name: str = request.getfixturevalue("postgres_template")
    name = f"offerdesk_test_{uuid.uuid4().hex[:12]}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {template_name}")
    yield sa.make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The open :class:`Database` over a fresh, migrated database."""
    database = Database(database_url)
    yield database
    database.close()
