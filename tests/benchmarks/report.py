"""What was measured, beside what was asked for: tables for people, one JSON object for machines."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.load import Measurement

FEW, MANY = 1, 16
REFERENCES = ("microsoft_agents_echo", "botbuilder_stock")


@dataclass(frozen=True)
class Row:
    """One server: its middle figures at one and at sixteen connections."""

    key: str
    label: str
    few: Measurement
    many: Measurement


@dataclass(frozen=True)
class Bar:
    """One promise: a figure, its limit, and whether the figure has to be at least or at most that."""

    text: str
    measured: float
    limit: float
    unit: str
    at_least: bool

    @property
    def passed(self) -> bool:
        compare = operator.ge if self.at_least else operator.le
        return bool(compare(self.measured, self.limit))


@dataclass(frozen=True)
class Report:
    """One run on one machine."""

    machine: str
    rows: Sequence[Row]
    bars: Sequence[Bar]
    notes: Sequence[str]

    @property
    def passed(self) -> bool:
        return all(bar.passed for bar in self.bars)

    def row(self, key: str) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    def as_json(self) -> dict[str, Any]:
        """Give every figure: requests per second, milliseconds, ratios of requests per second at 16 connections."""
        return {
            "machine": self.machine,
            "servers": {
                row.key: {
                    "label": row.label,
                    "connections_1": asdict(row.few),
                    "connections_16": asdict(row.many),
                    "ratios": {key: ratio(row, self.row(key)) for key in REFERENCES},
                }
                for row in self.rows
            },
            "bars": [asdict(bar) | {"passed": bar.passed} for bar in self.bars],
            "notes": list(self.notes),
            "passed": self.passed,
        }


def ratio(row: Row, reference: Row | None) -> float | None:
    """Say how many times the reference's requests a second, at 16 connections; None without the reference."""
    return round(row.many.per_second / reference.many.per_second, 2) if reference else None


def print_report(report: Report, console: Console) -> None:
    """Print both tables and what else is to be known."""
    console.print(_servers_table(report))
    console.print(_bars_table(report))
    for note in report.notes:
        console.print(note)


def _servers_table(report: Report) -> Table:
    table = Table(title=report.machine, box=box.SIMPLE, title_justify="left")
    table.add_column("server", no_wrap=True)
    for heading in ("1 conn.\nreq/s", "p50\nms", "p99\nms", "16 conn.\nreq/s", "p50\nms", "p99\nms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("x agents\necho", justify="right", no_wrap=True)
    table.add_column("x stock\necho", justify="right", no_wrap=True)
    for row in report.rows:
        ratios = [ratio(row, report.row(key)) for key in REFERENCES]
        table.add_row(
            row.label,
            *_figures(row.few),
            *_figures(row.many),
            *("" if value is None else f"{value:.2f}" for value in ratios),
        )
    return table


def _figures(measured: Measurement) -> tuple[str, str, str]:
    return f"{measured.per_second:,.0f}", f"{measured.p50_ms:.2f}", f"{measured.p99_ms:.2f}"


def _bars_table(report: Report) -> Table:
    table = Table(box=box.SIMPLE)
    table.add_column("bar")
    table.add_column("limit", justify="right")
    table.add_column("measured", justify="right")
    table.add_column("")
    for bar in report.bars:
        sign = ">=" if bar.at_least else "<="
        verdict = "[green]PASS[/green]" if bar.passed else "[bold red]FAIL[/bold red]"
        table.add_row(bar.text, f"{sign} {bar.limit:g} {bar.unit}", f"{bar.measured:.3g} {bar.unit}", verdict)
    return table
