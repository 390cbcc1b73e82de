"""``offerdesk clients import`` and ``offerdesk contacts import``: what they say and what they end with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import orjson
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.clients.models import Client, Contact
from bot.commands import commands
from bot.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TREE = "client;entity;department;code;country\nÉlan;;;C-1;FR\nÉlan;Nord 🚀;;;\n"
BOOK = "name,email,client,entity\nBuyer,buyer@example.com,élan,nord 🚀\n"


@pytest.fixture(autouse=True)
def opened(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Database]:
    """An empty folder and a migrated database, named by the settings."""
    for name in [name for name in os.environ if name.startswith("OFFERDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", database_url)
    database = Database(database_url)
    yield database
    database.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments, prog_name="offerdesk")


def count(database: Database, model: type[Client | Contact]) -> int:
    return database.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_files_are_taken_in_and_may_be_repeated(opened: Database, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "clients.csv").write_text(TREE, encoding)
    (tmp_path / "contacts.csv").write_text(BOOK, encoding)
    assert run("clients", "import", "clients.csv").stdout == "2 new, 0 updated, 0 unchanged.\n"
    again = orjson.loads(run("clients", "import", "clients.csv", "--json").stdout)
    assert again == {"new": 0, "updated": 0, "unchanged": 2, "problems": []}
    assert run("contacts", "import", "contacts.csv").stdout == "1 new, 0 updated, 0 unchanged.\n"
    assert (count(opened, Client), count(opened, Contact)) == (2, 1)


def test_a_check_only_says(opened: Database, tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text(TREE, "utf-8")
    written = run("clients", "import", "clients.csv", "--check").stdout
    assert written == "2 new, 0 updated, 0 unchanged. Only checked: nothing was changed.\n"
    assert count(opened, Client) == 0


def test_each_bad_line_is_named(opened: Database, tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_text(TREE + ";;;;\n;Sud;;;\n", "utf-8")
    written = run("clients", "import", "clients.csv")
    assert (written.exit_code, count(opened, Client)) == (1, 0)
    assert "clients.csv, line 5: client is empty." in written.stderr
    assert "Nothing was changed." in written.stderr
    machine = run("clients", "import", "clients.csv", "--json")
    assert {problem["line"] for problem in orjson.loads(machine.stdout)["problems"]} == {5}


def test_what_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "clients.csv").write_bytes(TREE.encode("cp1252", "replace"))
    written = run("clients", "import", "clients.csv")
    assert (written.exit_code, "UTF-8" in written.stderr) == (1, True)
    assert run("contacts", "import", "absent.csv").exit_code == 2
