"""A migrated, empty database for each test, on SQLite and on PostgreSQL.

Making a database, and preparing every statement anew for it, took most of the suite's time. So each process of the run
keeps one database of each kind open and empties it for the next test. A test that ends processes or connections asks
for a database of its own (`fresh_database_url`).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.revision import NEWEST
from bot.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POSTGRES_URL = os.environ.get("OFFERDESK_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
KINDS = ["sqlite", "postgresql"]
# Rows go although triggers guard them, and numbers begin again at 1; the migrations leave rows in no other table.
EMPTY = """
DO $$
DECLARE each record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', each.tablename);
  END LOOP;
  FOR each IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', each.sequencename);
  END LOOP;
END $$
"""


def _address(url: str) -> str:
    """The URL as the driver itself takes it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _execute(statement: str, url: str = POSTGRES_URL) -> None:
    """Run one statement outside a transaction."""
    with psycopg.connect(_address(url), autocommit=True, connect_timeout=3) as connection:
        connection.execute(statement)


@dataclass
class Kept:
    """A database that one test after another uses. ``template``: the SQLite file that it is when empty."""

    url: str
    template: Path | None = None
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self.database = Database(self.url)
        self._connection: psycopg.Connection | None = None

    def empty(self) -> None:
        """Remove what the last test left, also where it closed the database."""
        if self.database.closed:
            self.database = Database(self.url)
        if self.template is None:
            self._empty_postgres()
            return
        path = sa.make_url(self.url).database
        assert path is not None
        with closing(sqlite3.connect(self.template)) as source, closing(sqlite3.connect(path, timeout=10)) as target:
            source.backup(target)

    def _empty_postgres(self) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(_address(self.url), autocommit=True, connect_timeout=3)
        self._connection.execute(EMPTY)
        self._connection.execute("UPDATE alembic_version SET version_num = %s", [NEWEST])

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()
        if self._connection is not None:
            self._connection.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_kept(sqlite_template: Path) -> Iterator[Kept]:
    """The SQLite database of this process."""
    path = sqlite_template.with_name("kept.db")
    shutil.copy(sqlite_template, path)
    kept = Kept(f"sqlite:///{path}", sqlite_template)
    yield kept
    kept.close()


def _made(name: str) -> str:
    """Make a PostgreSQL database; without a server the test is skipped, except where `CI` is set. Returns its URL."""
    try:
        _execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL answers at OFFERDESK_TEST_POSTGRES_URL: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return _url_of(name)


def _url_of(name: str) -> str:
    return sa.make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)


def _copy(template: str, name: str) -> str:
    """Copy a PostgreSQL database, and let nothing in it wait for the disk. Returns its URL."""
    _execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    # What our process committed is lost only when the server loses power.
    _execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    return _url_of(name)


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database that can be copied."""
    name = f"offerdesk_template_{uuid.uuid4().hex[:12]}"
    upgrade(_made(name))
    yield name
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_kept(postgres_template: str) -> Iterator[Kept]:
    """The PostgreSQL database of this process."""
    name = f"offerdesk_kept_{uuid.uuid4().hex[:12]}"
    kept = Kept(_copy(postgres_template, name))
    yield kept
    kept.close()
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database without rows."""
    kept: Kept = request.getfixturevalue(f"{request.param}_kept")
    kept.empty()
    return kept.url


@pytest.fixture(params=KINDS)
def fresh_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database that no other test ever sees."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "offerdesk.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    template_name: str = request.getfixturevalue("postgres_template")
    name = f"offerdesk_test_{uuid.uuid4().hex[:12]}"
    yield _copy(template_name, name)
    _execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(database_url: str, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Takes every row out of `database` again, guarded ones too: for the next example within one test."""
    return _kept_at(database_url, request).empty


def _kept_at(url: str, request: pytest.FixtureRequest) -> Kept:
    kept: Kept = request.getfixturevalue(f"{sa.make_url(url).get_backend_name()}_kept")
    return kept


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The open :class:`Database` over `database_url`."""
    kept = _kept_at(database_url, request)
    if kept.url == database_url:
        yield kept.database
        return
    database = Database(database_url)
    yield database
    database.close()
