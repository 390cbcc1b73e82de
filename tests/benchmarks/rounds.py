"""Runs the load on every contestant in turn, so that a change of the machine's mood meets them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tests.benchmarks.contestants import Cloud, Contestant
from tests.benchmarks.load import LoadFailedError, Measurement, middle, run_load
from tests.benchmarks.report import FEW, MANY, Row

WARM_UP_SECONDS = 1.0
SETTLE_SECONDS = 0.2

Say = Callable[[str], None]
RoundResult = dict[tuple[str, int], Measurement]


def run_rounds(
    contestants: Sequence[Contestant],
    cloud: Cloud,
    *,
    seconds: float,
    rounds: int,
    say: Say,
) -> list[Row]:
    """Warm up, then run the rounds; each row holds the middle of its rounds.

    Raises:
        LoadFailedError: a wrong answer, or answers and stored ballots do not agree.

    """
    _run_round(contestants, cloud, "warm-up", WARM_UP_SECONDS, say)
    results = [_run_round(contestants, cloud, f"round-{number}", seconds, say) for number in range(1, rounds + 1)]
    return [
        Row(
            each.key,
            each.label,
            few=middle([result[each.key, FEW] for result in results]),
            many=middle([result[each.key, MANY] for result in results]),
        )
        for each in contestants
    ]


def _run_round(contestants: Sequence[Contestant], cloud: Cloud, name: str, seconds: float, say: Say) -> RoundResult:
    result: RoundResult = {}
    for connections in (FEW, MANY):
        for each in contestants:
            say(f"{name}: {each.label}, {connections} connection(s)")
            result[each.key, connections] = _run(each, cloud, f"{name}-{connections}", seconds, connections)
    return result


def _run(contestant: Contestant, cloud: Cloud, tag: str, seconds: float, connections: int) -> Measurement:
    before = contestant.stored() if contestant.stored else 0
    measured = run_load(
        url=contestant.server.url,
        bodies=contestant.bodies,
        token=cloud.token,
        tag=f"{contestant.key}-{tag}",
        marker=contestant.marker,
        connections=connections,
        seconds=seconds,
    )
    if contestant.stored:
        _check_stored(contestant.stored, before, measured.answered, connections, contestant.label)
    return measured


def _check_stored(stored: Callable[[], int], before: int, answered: int, connections: int, label: str) -> None:
    """Every answered press is stored exactly once.

    When the time is over the load generator hangs up on the presses under way, at most one per connection: those may
    be stored without having been counted as answered.
    """
    time.sleep(SETTLE_SECONDS)
    grown = stored() - before
    if not answered <= grown <= answered + connections:
        raise LoadFailedError(f"{label}: {answered} presses were answered, but {grown} ballots are stored")
