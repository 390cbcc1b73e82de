"""A large company's past for benchmarks and load tests: 4,000 offers over ten years and more than 500,000 entries of
hours, with rounds, quotes, reviews, projects and a trail, in about half a minute.

``python -m tests.benchmarks.history sqlite:///large.db`` writes one; :func:`large` does it for another benchmark.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from bot.config import default
from bot.database import Database
from bot.demo.history.build import Built, build, hire
from bot.demo.history.sizes import LARGE, LARGE_STAFF, Size
from bot.schema import upgrade

UNTIL = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""The Monday on which the past ends."""


def large(url: str, size: Size = LARGE, staff: int = LARGE_STAFF) -> Built:
    """Fill the database at ``url``, which is migrated first and must hold nothing. The same on every run."""
    upgrade(url)
    database = Database(url)
    try:
        begin = UNTIL - timedelta(weeks=size.weeks + 1)
        return database.write_now(
            lambda session: build(session, size, hire(session, staff, now=begin), until=UNTIL.date(), company=default())
        )
    finally:
        database.close()


def main(url: str) -> None:
    """Write one and say how large it is."""
    begun = time.perf_counter()
    built = large(url)
    print(f"{built.offers} offers, {built.entries} entries of hours in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1])
