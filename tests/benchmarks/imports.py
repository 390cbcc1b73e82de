"""What taking in a file of 10,000 clients costs: new, and read again with nothing new in it.

``python -m tests.benchmarks.imports`` measures this alone. Beside it stands the same file read by ``csv`` and the same
rows inserted without any of our code, in the same run.
"""

from __future__ import annotations

import csv
import io
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.clients.imports import import_clients
from bot.database import Database
from bot.schema import upgrade
from tests.benchmarks.bare import added, bare_seconds, copy_of
from tests.benchmarks.bars import WorkCost
from tests.benchmarks.processes import ServerFailedError

LINES = 10_000
GROUPS, ENTITIES = 100, 10
"""Groups, and entities of each; the other lines are their departments."""
TIMES = 3
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TABLES = ("client", "audit_event")


def import_costs(folder: Path) -> list[WorkCost]:
    """Measure both.

    Raises:
        ServerFailedError: the file was not taken in as expected.

    """
    empty, text = folder / "imports.db", file_text()
    upgrade(f"sqlite:///{empty}")
    new, again, bare, parsed = [], [], [], []
    for turn in range(TIMES):
        path = copy_of(empty, f"imports-{turn}")
        new.append(_take(path, text, (LINES, 0)))
        written = added(path, empty, TABLES)
        again.append(_take(path, text, (0, LINES)))
        parsed.append(_parse(text))
        bare.append(parsed[-1] + bare_seconds(copy_of(empty, f"imports-{turn}-bare"), written))
    return [
        WorkCost("10,000 new client lines", statistics.median(new), statistics.median(bare), 5),
        WorkCost("the same file again", statistics.median(again), statistics.median(parsed), 2),
    ]


def file_text() -> str:
    """A file of groups, entities and departments, each on a line of its own."""
    lines = ["client,entity,department,code,country"]
    for group in range(GROUPS):
        lines.append(f"Group {group},,,C-{group},FR")
        lines.extend(f"Group {group},Entity {entity},,C-{group}-{entity},FR" for entity in range(ENTITIES))
    left = LINES - (len(lines) - 1)
    for number in range(left):
        group, entity = number % GROUPS, number // GROUPS % ENTITIES
        lines.append(f"Group {group},Entity {entity},Department {number},C-D{number},")
    return "\n".join(lines) + "\n"


def _take(path: Path, text: str, expected: tuple[int, int]) -> float:
    database = Database(f"sqlite:///{path}")
    try:
        begun = time.process_time()
        report = database.write_now(lambda session: import_clients(session, text, now=NOW))
        taken = time.process_time() - begun
    finally:
        database.close()
    if report.problems or (report.new, report.unchanged) != expected:
        raise ServerFailedError(f"the file was not taken in as expected: {report}")
    return taken


def _parse(text: str) -> float:
    begun = time.process_time()
    if len(list(csv.DictReader(io.StringIO(text, newline="")))) != LINES:
        raise ServerFailedError("the file has another number of lines")
    return time.process_time() - begun


def main() -> int:
    """Measure this alone and print it."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = import_costs(Path(folder))
    for cost in costs:
        print(cost.line())
    return 0 if all(cost.bar().passed for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
