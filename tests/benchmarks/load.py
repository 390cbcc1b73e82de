"""wrk on its own processor core: how many requests a second a server answers, and how long one takes."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

SCRIPT = Path(__file__).with_name("load.lua")
SERVER_CORE = "0"
LOAD_CORE = "1"
HOW_TO_INSTALL = "wrk is missing. Install it with `apt-get install wrk` (Debian, Ubuntu) or `brew install wrk` (macOS)."


class LoadFailedError(Exception):
    """The load generator did not run to its end, or a server gave a wrong answer."""


@dataclass(frozen=True)
class Measurement:
    """One run: checked answers, requests per second, and latency in milliseconds."""

    answered: int
    per_second: float
    p50_ms: float
    p99_ms: float


def load_generator() -> str | None:
    """Say where wrk is, or None."""
    return shutil.which("wrk")


def pin(core: str) -> tuple[str, ...]:
    """Give the command words that keep a program on one core, where the machine knows how."""
    return ("taskset", "-c", core) if shutil.which("taskset") else ()


def run_load(
    *,
    url: str,
    bodies: Path,
    token: str,
    tag: str,
    marker: str,
    connections: int,
    seconds: float,
) -> Measurement:
    """Press for ``seconds`` on ``connections`` kept-alive connections; any wrong answer is an error.

    Raises:
        LoadFailedError: a status outside 2xx, an answer without the marker, a broken connection or no answer at all.

    """
    command = [*pin(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s"]
    command += ["-s", str(SCRIPT), url, "--", str(bodies), token, tag, marker]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise LoadFailedError(f"wrk ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    seen = orjson.loads(lines[-1])
    if seen["bad"] or seen["errors"] or not seen["good"]:
        raise LoadFailedError(f"{url} ({tag}): {seen}")
    return Measurement(
        answered=seen["good"],
        per_second=seen["good"] / (seen["duration_us"] / 1e6),
        p50_ms=seen["p50_us"] / 1e3,
        p99_ms=seen["p99_us"] / 1e3,
    )


def middle(rounds: Sequence[Measurement]) -> Measurement:
    """Take the median of each figure over the rounds; answers are added up."""
    return Measurement(
        answered=sum(each.answered for each in rounds),
        per_second=statistics.median(each.per_second for each in rounds),
        p50_ms=statistics.median(each.p50_ms for each in rounds),
        p99_ms=statistics.median(each.p99_ms for each in rounds),
    )
