"""The story with real processes that are killed with SIGKILL at random moments while a tenth of all requests fails:
nothing is lost and nothing is there twice. One process on SQLite, three on PostgreSQL, one of which is killed for good.

    .venv/bin/python -m tests.chaos.story --runs 200 --database sqlite
    .venv/bin/python -m tests.chaos.story --runs 1 --first-seed 17 --database postgresql --keep build/chaos

The second line repeats one seed and keeps the logs of its processes. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
import uuid
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress

from bot.database import Database
from bot.schema import upgrade
from tests.chaos.replicas import nursery
from tests.chaos.story_run import Outcome, one_run
from tests.databases import _copy, _execute, _url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session

REPLICAS = {"sqlite": 1, "postgresql": 3}
SUMS = ("kills", "struck", "requests", "activities", "repeated", "notices", "doubled", "asked", "deadlocks")


@contextmanager
def sqlite_databases(folder: Path) -> Iterator[Callable[[Path], AbstractContextManager[str]]]:
    """Gives migrated, empty files."""
    template = folder / "template.db"
    upgrade(f"sqlite:///{template}")

    @contextmanager
    def fresh(into: Path) -> Iterator[str]:
        shutil.copy(template, into / "offerdesk.db")
        yield f"sqlite:///{into / 'offerdesk.db'}"

    yield fresh


@contextmanager
def postgresql_databases(_: Path) -> Iterator[Callable[[Path], AbstractContextManager[str]]]:
    """Gives migrated, empty databases of the server at ``OFFERDESK_TEST_POSTGRES_URL``, and drops them."""
    template = f"offerdesk_chaos_{uuid.uuid4().hex[:12]}"
    _execute(f"CREATE DATABASE {template}")
    try:
        upgrade(_url_of(template))

        @contextmanager
        def fresh(_: Path) -> Iterator[str]:
            name = f"{template}_{uuid.uuid4().hex[:6]}"
            try:
                yield _copy(template, name)
            finally:
                _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

        yield fresh
    finally:
        _execute(f"DROP DATABASE {template} WITH (FORCE)")


DATABASES = {"sqlite": sqlite_databases, "postgresql": postgresql_databases}


async def runs(kind: str, seeds: Sequence[int], folder: Path, tell: Callable[[Outcome], None]) -> None:
    """One run for each seed, one after the other."""
    async with AsyncExitStack() as stack:
        fresh = stack.enter_context(DATABASES[kind](folder))
        parent = await stack.enter_async_context(nursery())
        for seed in seeds:
            own = folder / f"{kind}-{seed}"
            own.mkdir()
            with fresh(own) as url:
                database = Database(url)
                try:
                    outcome = await one_run(parent, database, own, seed, REPLICAS[kind])
                    outcome = replace(outcome, deadlocks=database.read_now(_deadlocks))
                finally:
                    database.close()
            tell(outcome)


def _deadlocks(session: Session) -> int:
    """How often PostgreSQL had to end a transaction because two waited for each other."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    seen = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(session.scalar(sa.text(seen)) or 0)


def summary(kind: str, outcomes: Sequence[Outcome], seconds: float) -> dict[str, object]:
    """What to print last."""
    each = [asdict(outcome) for outcome in outcomes]
    return {
        "database": kind,
        "replicas": REPLICAS[kind],
        "runs": len(outcomes),
        "true": sum(not outcome.wrong for outcome in outcomes),
        "failed_seeds": [outcome.seed for outcome in outcomes if outcome.wrong],
        **{name: sum(one[name] for one in each) for name in SUMS},
        "seconds": round(seconds),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as often as asked; 1 when anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.story", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--database", choices=sorted(DATABASES), default="sqlite")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the databases and the logs of every process")
    asked = parser.parse_args(arguments)
    # A killed process leaves the stand-ins with half a request.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    console, outcomes, began = Console(stderr=True), list[Outcome](), time.monotonic()
    seeds = range(asked.first_seed, asked.first_seed + asked.runs)
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=asked.keep)).resolve()
    with Progress(console=console) as progress:
        task = progress.add_task(f"{asked.database}, {REPLICAS[asked.database]} process(es)", total=asked.runs)

        def tell(outcome: Outcome) -> None:
            outcomes.append(outcome)
            console.print(str(outcome), highlight=False, markup=False, soft_wrap=True)
            progress.advance(task)
            if not outcome.wrong and asked.keep is None:
                shutil.rmtree(folder / f"{asked.database}-{outcome.seed}")

        asyncio.run(runs(asked.database, seeds, folder, tell))
    found = summary(asked.database, outcomes, time.monotonic() - began)
    if found["failed_seeds"] or asked.keep is not None:
        console.print(f"Logs: {folder}")
    else:
        shutil.rmtree(folder)
    sys.stdout.write(orjson.dumps(found).decode() + "\n")
    return 1 if found["failed_seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
