"""How much memory an export of 1,000,000 rows needs beyond one of a few rows, and how long it takes.

``python -m tests.benchmarks.exports`` measures this alone, over the million entries of the hours report. Each form is
written by a process of its own: first a few rows, so that its libraries are there, then the million. What counts is by
how much the largest resident size of that process grew. Seconds are told beside it; they have no bar.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot import config
from bot.exports.forms import Form, write
from bot.exports.reading import reading
from bot.exports.tables import Asked, exportable
from tests.benchmarks.hours_report import NOW, filled_database
from tests.benchmarks.offerdesk import postgres_database
from tests.benchmarks.processes import ServerFailedError
from tests.benchmarks.report import Bar

SMALL, LARGE = "bi_v1_dim_outcome", ("bi_v1_fact_hours", "hours")
MILLION = 1_000_000
MEGABYTE = 1024
"""In the kilobytes that the system counts resident memory in."""
MOST_MEGABYTES = 50


@dataclass(frozen=True, slots=True)
class ExportCost:
    """One export of a million rows."""

    where: str
    table: str
    form: Form
    megabytes: float
    seconds: float

    def line(self) -> str:
        """In one line."""
        said = f"{self.where}, {self.table}.{self.form.value}"
        return f"{said}: {self.megabytes:.1f} MB more, {self.seconds:.0f} s"


def export_costs(folder: Path) -> list[ExportCost]:
    """Measure on SQLite and, where a server answers, on PostgreSQL.

    Raises:
        ServerFailedError: an export did not have all rows.

    """
    url = f"sqlite:///{folder / 'exports.db'}"
    with filled_database(url):
        found = _costs("SQLite", url, folder)
    with postgres_database([]) as there:
        if there:
            with filled_database(there):
                found += _costs("PostgreSQL", there, folder)
    return found


def bar_of(costs: list[ExportCost]) -> Bar:
    """The worst of them."""
    worst = max(cost.megabytes for cost in costs)
    return Bar("memory of an export of 1,000,000 rows, in any form", worst, MOST_MEGABYTES, "MB", at_least=False)


def _costs(where: str, url: str, folder: Path) -> list[ExportCost]:
    return [_cost(where, url, folder, table, form) for table in LARGE for form in Form]


def _cost(where: str, url: str, folder: Path, table: str, form: Form) -> ExportCost:
    words = [sys.executable, "-m", "tests.benchmarks.exports", url, table, form.value, str(folder / "export")]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise ServerFailedError(f"{table}.{form.value} was not exported: {done.stderr[-2000:]}")
    told = json.loads(done.stdout)
    if told["rows"] != MILLION:
        raise ServerFailedError(f"{table}.{form.value} has {told['rows']} rows")
    return ExportCost(where, table, form, told["kilobytes"] / MEGABYTE, told["seconds"])


def _measured(url: str, table: str, form: Form, path: Path) -> dict[str, float]:
    """In the process that is measured."""
    _export(url, SMALL, form, path)
    before, begun = _peak(), time.perf_counter()
    rows = _export(url, table, form, path)
    return {"rows": rows, "kilobytes": _peak() - before, "seconds": time.perf_counter() - begun}


def _export(url: str, name: str, form: Form, path: Path) -> int:
    with reading(url) as session, path.open("wb") as file:
        table = exportable(name).open(session, Asked(cost=True), config.default(), NOW)
        return write(form, table, file, lambda _rows: None)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Measure this alone and print it; with arguments, be the process that is measured."""
    if len(sys.argv) > 1:
        url, table, form, path = sys.argv[1:]
        print(json.dumps(_measured(url, table, Form(form), Path(path))))
        return 0
    with tempfile.TemporaryDirectory(prefix="offerdesk-bench-") as folder:
        costs = export_costs(Path(folder))
    for cost in costs:
        print(cost.line())
    return 0 if bar_of(costs).passed else 1


if __name__ == "__main__":
    sys.exit(main())
