"""The command line as a person uses it: an empty folder, settings in the environment, what it wrote."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from typer.testing import CliRunner

from bot.commands import commands
from bot.demo.children import running
from bot.demo.stage import bot_settings

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Written:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  whatever the command says
        """Its standard output, which is one JSON value."""
        return orjson.loads(self.out)


Command = Callable[..., Written]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, and no ``.env``."""
    for name in [name for name in os.environ if name.startswith("OFFERDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def command() -> Command:
    """Run a command in this process."""

    def run(*arguments: str) -> Written:
        result = CliRunner().invoke(commands, arguments, prog_name="offerdesk")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Written(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the stand-ins of the outside world listen."""
    arguments: Sequence[str] = ["integrations.sandbox", "--port", "0"]
    with running("sandbox", arguments, {}, tmp_path_factory.mktemp("sandbox")) as child:
        yield str(child.first_line()["sandbox"])


@pytest.fixture
def configured(sandbox_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings of a bot that lives with the stand-ins, over a migrated database; gives its URL."""
    for name, value in bot_settings(sandbox_url, database_url, 0).items():
        monkeypatch.setenv(name, value)
    return database_url
