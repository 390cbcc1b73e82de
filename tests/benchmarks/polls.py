"""What a look at the portal costs when nothing changed: ours alone, without the portal and without the network."""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot import config
from bot.config import Company
from bot.database import Database
from bot.schema import upgrade
from bot.tenders.polling import Polled, poll
from integrations.esa import EsaApi, EsaSource, TenderSource
from integrations.http import Transport
from tests.benchmarks import portal
from tests.benchmarks.bars import PollCost
from tests.benchmarks.processes import ServerFailedError

FEW, MANY = 50, 10_000
FEW_TIMES, MANY_TIMES = 20, 3


def poll_cost(folder: Path) -> PollCost:
    """Poll portals of 50 and of 10,000 records, all known and unchanged, and take the median cost.

    The portal shows all of them on one page, so both walks look at every record; the real one is read 50 at a time and
    a walk stops at the first page without news.

    Raises:
        ServerFailedError: a poll did not find every record unchanged.

    """
    # A poll writes one line to the log; the servers are measured without logs too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return PollCost(
        fifty_seconds=asyncio.run(_cost(folder, FEW, FEW_TIMES, time.process_time)),
        ten_thousand_seconds=asyncio.run(_cost(folder, MANY, MANY_TIMES, time.perf_counter)),
    )


async def _cost(folder: Path, records: int, times: int, clock: Callable[[], float]) -> float:
    url = f"sqlite:///{folder / f'polls-{records}.db'}"
    upgrade(url)
    database, company = Database(url), config.default()
    body = portal.answer(records)
    api = EsaApi(page_size=records, spacing_s=0, largest_body=len(body))
    costs: list[float] = []
    try:
        async with portal.client(body) as client:
            source = EsaSource(Transport("esa", client, api.policy()), api, TenderSource.ESA)
            _check(await _poll(database, source, company), new=records)
            for _ in range(times):
                begun = clock()
                polled = await _poll(database, source, company)
                costs.append(clock() - begun)
                _check(polled, new=0)
    finally:
        database.close()
    return statistics.median(costs)


async def _poll(database: Database, source: EsaSource, company: Company) -> Polled:
    return await poll(database, source, company, lambda: datetime.now(UTC))


def _check(polled: Polled, *, new: int) -> None:
    if polled.intake is None or polled.intake.new != new or polled.intake.changed:
        raise ServerFailedError(f"the poll did not go as expected: {polled}")
