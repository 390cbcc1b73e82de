"""Other systems that fail at random, and a bot that is killed at random: at the end each record is there exactly once.

One process on a virtual clock; a kill is a cancelled task whose lease nobody gives back. Many runs, one line each:

    .venv/bin/python -m tests.chaos.systems --runs 200
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.database import Database
from bot.schema import upgrade
from bot.sync.reconciler import LEASE
from tests.chaos.town import PEACE, SERVICES, town

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 8


@dataclass(frozen=True)
class Outcome:
    """How one run went. ``wrong`` is empty when nothing was lost and nothing doubled."""

    seed: int
    kills: int
    struck: int
    requests: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        """One line."""
        verdict = "true" if not self.wrong else "; ".join(self.wrong)
        return f"seed {self.seed}: {self.kills} kills, {self.struck} of {self.requests} requests struck: {verdict}"


async def one_run(database: Database, seed: int, replicas: int) -> Outcome:
    """Work and trouble, then peace; afterwards everything must be true."""
    dice = random.Random(seed)
    async with town(database) as here:
        here.storm(seed)
        for _ in range(ROUNDS):
            for _ in range(dice.randint(1, 3)):
                here.anything(dice)
            await here.look(dice, replicas)
            here.time.pass_by(dice.choice([10, LEASE.total_seconds() + 1]))
        struck = sum(entry["fault"] is not None for name in SERVICES for entry in here.sandbox.log.of(name))
        hours = await here.quiet(replicas)
        wrong = [*here.unsettled(), *here.untrue()]
        if hours >= PEACE:
            wrong.append(f"still busy after {PEACE} hours")
        if not wrong and (calls := await here.calls_of_nothing()):
            wrong.append(f"{calls} calls although nothing changed")
        return Outcome(seed, here.kills, struck, here.requests().total(), tuple(wrong))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as often as asked on SQLite; 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.systems", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--replicas", type=int, default=1)
    asked = parser.parse_args(arguments)
    began, bad = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(asked.first_seed, asked.first_seed + asked.runs):
            url = f"sqlite:///{Path(folder) / f'{seed}.db'}"
            upgrade(url)
            database = Database(url)
            try:
                outcome = asyncio.run(one_run(database, seed, asked.replicas))
            finally:
                database.close()
            bad += bool(outcome.wrong)
            sys.stdout.write(f"{outcome}\n")
    sys.stdout.write(f"{asked.runs - bad} of {asked.runs} runs true, {time.monotonic() - began:.0f} s\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
