"""The demonstration's own processes: started, waited for, ended. Nobody else's process is ever touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 12.0
LOOK_SECONDS = 0.05


class ChildFailed(Exception):
    """A process ended or did not get ready; the text has the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process that writes into ``log``."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def failed(self, why: str) -> ChildFailed:
        """The error to raise, with the last lines of the log."""
        tail = "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-20:])
        return ChildFailed(f"{self.name} {why}.\n{tail}".rstrip())

    def alive(self) -> None:
        """Raise :class:`ChildFailed` when the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise self.failed(f"ended with code {code}")

    def first_line(self) -> dict[str, Any]:
        """Wait for the line of JSON that the process writes when it listens."""
        for _ in _looks():
            self.alive()
            whole, newline, _rest = self.log.read_bytes().partition(b"\n")
            if newline and whole.startswith(b"{"):
                line: dict[str, Any] = orjson.loads(whole)
                return line
        raise self.failed("did not say where it listens")

    def answers(self, url: str) -> None:
        """Wait until ``url`` answers 200."""
        for _ in _looks():
            self.alive()
            try:
                if httpx.get(url, timeout=2.0, trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                continue
        raise self.failed(f"did not get ready within {START_SECONDS:.0f} s")


def _looks() -> Iterator[None]:
    """Look again and again until the time to start is over."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        yield
        time.sleep(LOOK_SECONDS)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours without any setting of a real installation, no proxy for loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OFFERDESK_")}
    path = os.pathsep.join(part for part in (str(ROOT), kept.get("PYTHONPATH", "")) if part)
    return {**kept, "PYTHONPATH": path, "NO_PROXY": "127.0.0.1,localhost", **own}


def run(name: str, arguments: Sequence[str], own: Mapping[str, str], folder: Path) -> None:
    """Run a Python module to its end; raises :class:`ChildFailed` unless it succeeded."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            env=environment(own),
            cwd=folder,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode:
        text = log.read_text("utf-8", errors="replace")
        raise ChildFailed(f"{name} ended with code {done.returncode}.\n{text}".rstrip())


@contextmanager
def running(name: str, arguments: Sequence[str], own: Mapping[str, str], folder: Path) -> Iterator[Child]:
    """A Python module as a process in a session of its own, so that Ctrl-C reaches us alone and we end it in order."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=environment(own),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
