"""``serve`` starts on a good installation and says in one line why it does not start on another."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import uvloop
from aiohttp import web

from bot import __main__ as program
from bot import logs, serving
from bot.demo.children import running
from bot.demo.stage import bot_settings
from bot.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings import Settings


def _never(_settings: Settings) -> web.Application:
    pytest.fail("nothing may be built")


@pytest.fixture(autouse=True)
def logs_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The root logger belongs to the tests."""
    monkeypatch.setattr(logs, "configure", lambda _settings: None)


def test_without_a_bot_identity_it_refuses_to_start() -> None:
    with pytest.raises(ConfigurationError, match="OFFERDESK_BOT_APP_ID, OFFERDESK_BOT_APP_PASSWORD, OFFERDESK_TENANT"):
        serving.serve(_never)


def test_on_an_old_database_it_refuses_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in bot_settings("http://127.0.0.1:9", f"sqlite:///{tmp_path / 'empty.db'}", 0).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="offerdesk migrate"):
        serving.serve(_never)


def test_a_port_that_is_taken_is_told(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("OFFERDESK_PORT", str(taken.getsockname()[1]))
        with pytest.raises(ConfigurationError, match="Choose another port"):
            serving.serve(lambda _settings: web.Application())


def test_it_listens_on_a_free_port_when_asked_to(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[int] = []

    def run_app(_app: web.Application, *, sock: socket.socket, **_more: object) -> None:
        served.append(sock.getsockname()[1])
        sock.close()

    monkeypatch.setattr(web, "run_app", run_app)
    serving.serve(lambda _settings: web.Application())
    assert served
    assert served[0] > 0


def test_it_serves_on_uvloop_and_seldom_looks_for_garbage(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    thresholds: list[tuple[int, ...]] = []

    def run_app(
        _app: web.Application, *, sock: socket.socket, loop: asyncio.AbstractEventLoop, **_more: object
    ) -> None:
        loops.append(loop)
        sock.close()
        loop.close()

    monkeypatch.setattr(web, "run_app", run_app)
    monkeypatch.setattr(gc, "set_threshold", lambda *given: thresholds.append(given))
    serving.serve(lambda _settings: web.Application())
    assert isinstance(loops[0], uvloop.Loop)
    assert thresholds == [serving.GARBAGE_THRESHOLDS]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve"], "OFFERDESK_BOT_APP_ID, OFFERDESK_BOT_APP_PASSWORD, OFFERDESK_TENANT_ID missing."),
        (["sync", "status"], "Run `offerdesk migrate`"),
    ],
)
def test_what_is_wrong_is_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["offerdesk", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    written = capsys.readouterr()
    assert ended.value.code == 1
    assert said in written.err
    assert len(written.err.strip().splitlines()) == 1
    assert gc.isenabled(), "a start that was refused leaves the collector as it was"


@pytest.mark.parametrize("arguments", [["sync", "status"], ["migrate"]])
def test_a_database_that_does_not_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str]
) -> None:
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", f"sqlite:///{tmp_path / 'absent' / 'offerdesk.db'}")
    monkeypatch.setattr(sys, "argv", ["offerdesk", *arguments])
    with pytest.raises(SystemExit) as ended:
        program.main()
    written = capsys.readouterr().err.strip()
    assert ended.value.code == 1
    assert "unable to open database file" in written
    assert len(written.splitlines()) == 1


def test_the_real_program_starts_and_stops_in_order(sandbox_url: str, database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = bot_settings(sandbox_url, database_url, port) | {"OFFERDESK_LOG_FORMAT": "json"}
    command: Sequence[str] = ["bot", "serve"]
    with running("bot", command, own, tmp_path) as child:
        child.answers(f"http://127.0.0.1:{port}/readyz")
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        child.process.send_signal(signal.SIGTERM)
        code = child.process.wait(20)
    written = Path(child.log).read_text("utf-8")
    assert code == 0
    assert "offerdesk_ledger_rows" in metrics
    assert '"event": "serve.listening"' in written
    assert "Traceback" not in written
    assert own["OFFERDESK_BOT_APP_PASSWORD"] not in written
