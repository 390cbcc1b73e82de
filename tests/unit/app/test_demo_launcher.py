"""The demonstration fails readably, with an exit code and the place of the logs."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from bot.demo import launcher
from bot.demo.children import ChildFailed
from bot.demo.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens on the discard port."""


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)


def _raise_with(monkeypatch: pytest.MonkeyPatch, error: BaseException | None) -> None:
    @contextmanager
    def raised(folder: Path, **_more: object) -> Iterator[Stage]:
        (folder / "bot.log").write_text("last words")
        if error is not None:
            raise error
        yield Stage(NOWHERE, NOWHERE, folder, ())

    monkeypatch.setattr(launcher, "raised", raised)


def test_a_story_that_breaks_fails_and_keeps_the_logs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise_with(monkeypatch, None)
    assert launcher.run(headless=True, page_port=0, keep=False) == 1
    written = capsys.readouterr()
    summary = orjson.loads(written.out.splitlines()[-1])
    assert (summary["ok"], summary["steps"]) == (False, 0)
    assert "✗" in written.err
    (folder,) = Path("build/demo").iterdir()
    assert str(folder.resolve()) in written.err


def test_a_process_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _raise_with(monkeypatch, ChildFailed("bot ended with code 1."))
    assert launcher.run(headless=False, page_port=0, keep=True) == 1
    assert capsys.readouterr().err == "bot ended with code 1.\n"


@pytest.mark.parametrize(("headless", "code"), [(True, 130), (False, 0)])
def test_ctrl_c_is_the_normal_end_for_a_person(monkeypatch: pytest.MonkeyPatch, code: int, *, headless: bool) -> None:
    _raise_with(monkeypatch, KeyboardInterrupt())
    assert launcher.run(headless=headless, page_port=0, keep=False) == code


def test_being_told_to_stop_is_the_same_as_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        launcher._interrupt()


def test_the_invitation_names_the_page() -> None:
    assert any("http://127.0.0.1:1234/teams/" in line for line in launcher._invitation("http://127.0.0.1:1234/teams/"))
