"""Servers as real processes on one core: started, waited for, asked for their memory, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.benchmarks.load import SERVER_CORE, pin

START_SECONDS = 30.0


class ServerFailedError(Exception):
    """A server ended, or did not answer, before it was ready."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Server:
    """A running server on loopback and how long it took to become ready."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    start_seconds: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/messages"

    def memory_mb(self) -> float:
        """Read the resident memory from the kernel, in megabytes (10^6 bytes)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) * 1024 / 1e6


def free_port() -> int:
    """Ask the kernel for a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, method: str, path: str, body: str | None = None, token: str | None = None) -> Answer:
    """Send one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())


@contextlib.contextmanager
def running(
    name: str,
    command: Sequence[str],
    port: int,
    ready: Callable[[int], bool],
    *,
    core: str = SERVER_CORE,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: bytes = b"",
) -> Iterator[Server]:
    """Start a server pinned to a core, wait until ``ready(port)``, and end it afterwards.

    Raises:
        ServerFailedError: it ended or was not ready within 30 seconds; the text holds the end of what it printed.

    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(
            [*pin(core), *command],
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
        )
        try:
            _wait(name, process, port, ready, output)
            yield Server(name, port, process, time.perf_counter() - started)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(
    name: str,
    process: subprocess.Popen[bytes],
    port: int,
    ready: Callable[[int], bool],
    output: IO[bytes],
) -> None:
    until = time.perf_counter() + START_SECONDS
    while time.perf_counter() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ready(port):
                return
        time.sleep(0.01)
    output.seek(0)
    said = output.read()[-3000:].decode(errors="replace")
    raise ServerFailedError(f"{name} was not ready: {said}")
