"""``python -m tests.benchmarks``: Offerdesk beside comparable servers, in one run on this machine.

Exit codes: 0 every bar is met, 1 a bar is missed or a server failed, 2 something has to be installed first.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Console

from tests.benchmarks.bars import bars_of
from tests.benchmarks.contestants import PEERS, PEERS_PYTHON, cloud, peer
from tests.benchmarks.exports import bar_of, export_costs
from tests.benchmarks.hours_prompts import asking_costs
from tests.benchmarks.hours_report import report_costs
from tests.benchmarks.imports import import_costs
from tests.benchmarks.load import HOW_TO_INSTALL, LoadFailedError, load_generator
from tests.benchmarks.mornings import morning_costs
from tests.benchmarks.offer_cards import opening_costs
from tests.benchmarks.offer_reports import offer_report_costs
from tests.benchmarks.offerdesk import running_servers
from tests.benchmarks.polls import poll_cost
from tests.benchmarks.processes import ServerFailedError
from tests.benchmarks.report import Report, print_report
from tests.benchmarks.rounds import run_rounds
from tests.benchmarks.tab_pages import page_costs

LOG_WIDTH = 120
BUSY_LOAD = 0.7
"""Load average (programs that want a processor) above which a measurement on two cores is disturbed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say with the exit code how it went."""
    given = _parser().parse_args(arguments)
    console = Console(stderr=given.json, highlight=False)
    if not console.is_terminal:
        # A log has no width; the default of 80 columns would cut the table.
        console = Console(stderr=given.json, highlight=False, width=LOG_WIDTH)
    missing = _what_is_missing()
    if missing:
        console.print(missing)
        return 2
    try:
        report = _measure(given.seconds, given.rounds, console)
    except (LoadFailedError, ServerFailedError) as error:
        console.print(f"The benchmark stopped: {error}", style="red", markup=False)
        return 1
    print_report(report, console)
    if given.json:
        sys.stdout.write(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode() + "\n")
    return 0 if report.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one run (default: 5)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the middle one counts (default: 3)")
    parser.add_argument("--json", action="store_true", help="print one JSON object; the tables go to standard error")
    return parser


def _what_is_missing() -> str | None:
    if load_generator() is None:
        return HOW_TO_INSTALL
    if not PEERS_PYTHON.exists():
        return "The comparable servers are not installed. `make bench` installs them and then measures."
    return None


def _measure(seconds: float, rounds: int, console: Console) -> Report:
    notes = _busy()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="offerdesk-bench-")))
        status = stack.enter_context(console.status("Starting the servers"))
        where = stack.enter_context(cloud())
        ours = stack.enter_context(running_servers(where, folder))
        peers = [stack.enter_context(peer(key, where, folder)) for key in PEERS]
        rows = run_rounds([*ours.contestants, *peers], where, seconds=seconds, rounds=rounds, say=status.update)
        status.update("Polling portals where nothing changed")
        resources, polls = ours.resources(), poll_cost(folder)
        status.update("Opening offers among a hundred thousand")
        openings = opening_costs(folder)
        status.update("The mornings and the hours of a large company, and a large file of clients")
        bars = bars_of(rows, polls, resources, openings, [*morning_costs(folder), *import_costs(folder)])
        bars += [cost.bar() for cost in asking_costs(folder)]
        status.update("The hours report over a million entries")
        bars += [cost.bar() for cost in report_costs(folder)]
        status.update("Exports of a million rows")
        bars.append(bar_of(export_costs(folder)))
        status.update("The pages of the tab over half a million entries")
        bars += [bar for cost in page_costs(folder) for bar in cost.bars()]
        status.update("Every report over ten years of a large company")
        bars += [cost.bar() for cost in offer_report_costs(folder)]
    return Report(_machine(), rows, bars, [*notes, *ours.notes])


def _busy() -> list[str]:
    """Say so when others use the processors: then only the ratios mean something, and not much either."""
    load = os.getloadavg()[0]
    if load < BUSY_LOAD:
        return []
    return [f"Other programs were running (load average {load:.1f} before the start): do not trust these figures."]


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
