"""Two ways to the same figures, measured by turns on the same database."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from tests.benchmarks.processes import ServerFailedError

Way = Callable[[], tuple[float, Any]]
"""Gives the seconds it took, and the sums it found."""


def by_turns(name: str, ours: Way, by_hand: Way, turns: int) -> tuple[float, float]:
    """The median seconds of both, in alternating order, so that both meet the same disturbance; the first turn only
    warms up. Raises :class:`ServerFailedError` when they find different sums.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        ways = list(zip(times, (ours, by_hand), strict=True))
        sums = []
        for kept, way in ways if turn % 2 else reversed(ways):
            taken, said = way()
            kept.append(taken)
            sums.append(said)
        if sums[0] != sums[1]:
            raise ServerFailedError(f"{name}: the report and the statement differ: {sums}")
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])
