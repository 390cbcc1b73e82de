"""What the running program keeps in memory: what this installation uses, and nothing that only others do."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.demo.stage import bot_settings

if TYPE_CHECKING:
    from pathlib import Path

STARTED = """
import sys
from aiohttp import web

web.run_app = lambda _app, *, sock, loop, **_more: (sock.close(), loop.close())
sys.argv = ["offerdesk", "serve"]
from bot.__main__ import main

try:
    main()
finally:
    print(*sorted(sys.modules))
"""
"""The real program until it would listen."""
SYSTEMS = ("OFFERDESK_PIPEDRIVE_", "OFFERDESK_BC_", "OFFERDESK_GRAPH_", "OFFERDESK_CALENDAR_")
CLIENTS = {"integrations.pipedrive", "integrations.business_central", "integrations.microsoft_graph"}


@pytest.fixture
def loaded(configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> set[str]:
    """The modules of a bot without any other system."""
    for name in bot_settings("", configured, 0):
        if name.startswith(SYSTEMS):
            monkeypatch.delenv(name)
    return _loaded(tmp_path)


def _loaded(folder: Path) -> set[str]:
    done = subprocess.run([sys.executable, "-c", STARTED], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_system_that_is_off_is_not_loaded(loaded: set[str]) -> None:
    assert "bot.teams.endpoint" in loaded
    assert not loaded & CLIENTS


def test_the_libraries_of_the_command_line_are_not_loaded(loaded: set[str]) -> None:
    assert not loaded & {"bot.commands", "typer"}


def test_of_the_databases_only_the_one_in_use_is_loaded(configured: str, loaded: set[str]) -> None:
    on_postgres = configured.startswith("postgresql")
    assert ("sqlalchemy.dialects.postgresql" in loaded) == on_postgres
    assert ("psycopg" in loaded) == on_postgres


def test_a_system_that_is_on_is_loaded_before_it_listens(configured: str, tmp_path: Path) -> None:
    assert _loaded(tmp_path) >= CLIENTS
