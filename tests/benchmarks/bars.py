"""What Offerdesk promises about speed. A missed bar fails the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.report import Bar, Row

QUICK = 0.025
"""Seconds."""
VOTE, EDGE = "offerdesk_vote_sqlite", "offerdesk_edge"
AGENTS, STOCK = "microsoft_agents_echo", "botbuilder_stock"


@dataclass(frozen=True)
class Resources:
    """What one server took besides answering: seconds from start to ready, resident memory in MB after the load."""

    start_seconds: float
    memory_mb: float


@dataclass(frozen=True)
class PollCost:
    """Processor seconds of one look at a portal where nothing changed, by the number of records."""

    fifty_seconds: float
    ten_thousand_seconds: float


@dataclass(frozen=True)
class OpeningCost:
    """Seconds to open an offer's card among few and among many offers, on one kind of database."""

    where: str
    few_seconds: float
    many_seconds: float

    @property
    def ratio(self) -> float:
        return self.many_seconds / self.few_seconds

    def bar(self) -> Bar:
        text = f"an offer card among 100,000 offers, beside 100, {self.where}"
        return Bar(text, self.ratio, 1.3, "x", at_least=False)


@dataclass(frozen=True)
class WorkCost:
    """Processor seconds of a piece of work, beside the same rows written without any of our code; and its limit."""

    text: str
    seconds: float
    bare_seconds: float
    limit: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.bare_seconds

    def line(self) -> str:
        """Say both in one line."""
        return f"{self.text}: {self.seconds:.3f} s CPU, bare {self.bare_seconds:.3f} s: {self.ratio:.1f} x"

    def bar(self) -> Bar:
        text = f"{self.text}, CPU ({self.ratio:.1f} x the bare rows)"
        return Bar(text, self.seconds, self.limit, "s", at_least=False)


@dataclass(frozen=True)
class ReportCost:
    """Seconds of each breakdown of the hours report on one kind of database: by our function, by hand."""

    where: str
    parts: dict[str, tuple[float, float]]

    @property
    def ratio(self) -> float:
        """Of the whole report."""
        ours, by_hand = (sum(times[place] for times in self.parts.values()) for place in (0, 1))
        return ours / by_hand

    def lines(self) -> list[str]:
        """Say each in one line."""
        return [
            f"{self.where}, by {name}: {ours:.3f} s, by hand {by_hand:.3f} s: {ours / by_hand:.2f} x"
            for name, (ours, by_hand) in self.parts.items()
        ] + [f"{self.where}, together: {self.ratio:.2f} x"]

    def bar(self) -> Bar:
        text = f"the hours report over 1,000,000 entries, beside SQL by hand, {self.where}"
        return Bar(text, self.ratio, 2, "x", at_least=False)


@dataclass(frozen=True)
class PagesCost:
    """Seconds to read and draw each page of the tab on one kind of database; of each report, as a page and alone."""

    where: str
    pages: dict[str, float]
    reports: dict[str, tuple[float, float]]

    def lines(self) -> list[str]:
        """Say each in one line."""
        return [f"{self.where}, {name}: {seconds * 1e3:.1f} ms" for name, seconds in self.pages.items()] + [
            f"{self.where}, the report {code}: {shown * 1e3:.1f} ms, of which the report itself {alone * 1e3:.1f} ms"
            for code, (shown, alone) in self.reports.items()
        ]

    def bars(self) -> list[Bar]:
        """The slowest page, and the report whose page adds most to it."""
        added = {code: shown - alone for code, (shown, alone) in self.reports.items()}
        found = []
        for what, seconds in (("page", self.pages), ("drawing of a report", added)):
            name, worst = max(seconds.items(), key=lambda one: one[1])
            text = f"the slowest {what} in the tab over 500,000 entries ({name}), {self.where}"
            found.append(Bar(text, worst * 1e3, 100, "ms", at_least=False))
        return found


@dataclass(frozen=True)
class OfferReportCost:
    """Seconds of each report about offers on one kind of database: by the registry, by hand.

    A report that takes less than ``QUICK`` by hand is compared with that: building a statement costs some milliseconds.
    """

    where: str
    parts: dict[str, tuple[float, float]]

    @property
    def ratios(self) -> dict[str, float]:
        """Of each report."""
        return {name: ours / max(by_hand, QUICK) for name, (ours, by_hand) in self.parts.items()}

    def lines(self) -> list[str]:
        """Say each in one line."""
        return [
            f"{self.where}, {name}: {ours * 1e3:.1f} ms, by hand {by_hand * 1e3:.1f} ms: {ours / by_hand:.2f} x"
            for name, (ours, by_hand) in self.parts.items()
        ]

    def bar(self) -> Bar:
        worst, ratio = max(self.ratios.items(), key=lambda one: one[1])
        text = f"every report over 4,000 offers, beside SQL by hand (25 ms at least), {self.where}; worst: {worst}"
        return Bar(text, ratio, 2, "x", at_least=False)


def bars_of(
    rows: Sequence[Row],
    polls: PollCost,
    resources: Resources,
    openings: Sequence[OpeningCost] = (),
    works: Sequence[WorkCost] = (),
) -> list[Bar]:
    """Compare the figures with the promises; rates are those at 16 connections."""
    by_key = {row.key: row for row in rows}
    vote, edge = by_key[VOTE], by_key[EDGE]
    agents, stock = by_key[AGENTS].many.per_second, by_key[STOCK].many.per_second
    return [
        Bar("a vote, beside the microsoft-agents echo", vote.many.per_second / agents, 1.5, "x", at_least=True),
        Bar("a vote, beside stock botbuilder", vote.many.per_second / stock, 15, "x", at_least=True),
        Bar("a plain invoke, beside the microsoft-agents echo", edge.many.per_second / agents, 2, "x", at_least=True),
        Bar("a vote at 1 connection, p50", vote.few.p50_ms, 3, "ms", at_least=False),
        Bar("a poll of 50 unchanged records, CPU", polls.fifty_seconds * 1e3, 5, "ms", at_least=False),
        Bar("a poll of 10,000 unchanged records", polls.ten_thousand_seconds, 1, "s", at_least=False),
        Bar("from start to ready", resources.start_seconds, 2, "s", at_least=False),
        Bar("memory after the load", resources.memory_mb, 150, "MB", at_least=False),
        *(opening.bar() for opening in openings),
        *(work.bar() for work in works),
    ]
