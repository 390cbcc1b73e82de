"""What Offerdesk promises about speed. A missed bar fails the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.report import Bar, Row

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


def bars_of(rows: Sequence[Row], polls: PollCost, resources: Resources) -> list[Bar]:
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
    ]
