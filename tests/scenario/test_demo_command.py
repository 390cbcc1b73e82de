"""The command itself: alone it plays the whole story, for a person it waits; it leaves nothing behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.demo.children import environment

if TYPE_CHECKING:
    from pathlib import Path

STORY_SECONDS = 240
START_SECONDS = 90


def _demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", *arguments],
        env=environment({}),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_alone_it_plays_the_whole_story(tmp_path: Path) -> None:
    with _demo(tmp_path, "--headless") as process:
        out, err = process.communicate(timeout=STORY_SECONDS)
    *steps, last = out.splitlines()
    summary = json.loads(last)
    assert (process.returncode, err) == (0, ""), out
    assert summary["ok"] is True
    assert summary["offer"] == "S580"
    assert summary["steps"] == len(steps)
    assert all(step.startswith("✓ ") for step in steps)
    assert list((tmp_path / "build" / "demo").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("told_to_stop", [signal.SIGINT, signal.SIGTERM])
def test_for_a_person_it_waits_until_it_is_stopped(tmp_path: Path, told_to_stop: signal.Signals) -> None:
    with _demo(tmp_path) as process:
        try:
            page = _page(process)
            # The page itself needs npm, which this test does without; what stands behind it answers.
            personas = httpx.get(f"{page}api/personas", trust_env=False)
            process.send_signal(told_to_stop)
            _, err = process.communicate(timeout=60)
        finally:
            process.terminate()
    assert personas.status_code == 200
    assert (process.returncode, err) == (0, "")
    assert list((tmp_path / "build" / "demo").iterdir()) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(page, trust_env=False)


def _page(process: subprocess.Popen[str]) -> str:
    """The address that is printed."""
    assert process.stdout is not None
    until = time.monotonic() + START_SECONDS
    for line in process.stdout:
        if found := re.search(r"http://\S+/teams/", line):
            return found[0]
        assert time.monotonic() < until
    raise AssertionError(process.communicate()[1])
