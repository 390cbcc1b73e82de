"""Log lines: one shape for our own and the libraries', JSON for machines, quiet libraries, no local variables."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from bot import logs
from bot.settings import LogFormat, Settings

SECRET = "do-not-show-7f3a"  # pragma: allowlist secret


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging belongs to the whole process: what a test sets is taken back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in logs.NOISY}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.contextvars.clear_contextvars()


def settings(log_format: LogFormat, level: str = "INFO") -> Settings:
    return Settings(log_format=log_format, log_level=level, bot_app_password=SecretStr(SECRET))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == "", "standard output belongs to results"
    return [json.loads(line) for line in captured.err.splitlines()]


def fail() -> None:
    password = SECRET
    raise ValueError(len(password))


def test_machines_read_one_object_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(LogFormat.JSON))
    structlog.contextvars.bind_contextvars(turn="a1")
    structlog.get_logger().info("vote.cast", round=7)
    logging.getLogger("library").warning("slow: %s s", 3)
    own, other = lines(capsys)
    assert (own["event"], own["round"], own["turn"], own["level"]) == ("vote.cast", 7, "a1", "info")
    assert own["timestamp"].endswith("Z")
    assert (other["event"], other["level"], other["turn"]) == ("slow: 3 s", "warning", "a1")


def test_a_line_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(LogFormat.JSON, "WARNING"))
    structlog.get_logger().info("vote.cast")
    structlog.get_logger().warning("vote.late")
    assert [line["event"] for line in lines(capsys)] == ["vote.late"]


def test_libraries_are_quiet_about_what_is_usual(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(LogFormat.JSON))
    for name, least in logs.NOISY.items():
        logging.getLogger(name).log(least - 1, "usual")
        logging.getLogger(name).log(least, "unusual")
    assert [line["event"] for line in lines(capsys)] == ["unusual"] * len(logs.NOISY)


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_traceback_shows_no_local_variable(log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    made = settings(log_format)
    logs.configure(made)
    try:
        fail()
    except ValueError as error:
        structlog.get_logger().error("turn.defect", exc_info=error, settings=made)
    written = capsys.readouterr().err
    assert "turn.defect" in written
    assert "ValueError" in written
    assert "in fail" in written
    assert SECRET not in written


def test_configuring_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(LogFormat.JSON))
    logs.configure(settings(LogFormat.JSON))
    structlog.get_logger().info("ready")
    assert len(lines(capsys)) == 1


def test_commands_write_errors_alone_and_never_into_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    logs.errors_only()
    log = structlog.get_logger()
    log.info("database.migrated")
    log.warning("portal.slow")
    log.error("portal.gone")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "portal.gone" in captured.err
    assert "portal.slow" not in captured.err
    assert "database.migrated" not in captured.err
