"""The threads that do what waits for the database: in order, together where they may, and to the end."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import DatabaseUnavailable
from bot.jobs import Crew, Job, Told, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.database import Database

Groups = list[list[Any]]


@pytest.fixture
def hired() -> Iterator[Callable[..., Crew]]:
    """Makes crews and dismisses them at the end."""
    crews: list[Crew] = []

    def hire(count: int, work: Callable[[list[Job[Any]]], None], *, together: int = 1) -> Crew:
        crews.append(Crew("test", count, work, together=together))
        return crews[-1]

    yield hire
    for crew in crews:
        crew.dismiss()


def waiting_for(value: object) -> Job[Any]:
    """A job of a thread that gives ``value``."""
    return Job.blocking(lambda _session: value)[0]


def answer(jobs: list[Job[Any]]) -> None:
    """Give every job what it wants; no database is needed."""
    tell([Told(job, job.work(None)) for job in jobs])  # type: ignore[arg-type]


def test_what_waits_is_taken_together_up_to_the_limit_and_in_order(hired: Callable[..., Crew]) -> None:
    seen: Groups = []
    began, may_go_on = threading.Event(), threading.Event()

    def work(jobs: list[Job[Any]]) -> None:
        began.set()
        may_go_on.wait(10)
        seen.append([job.work(None) for job in jobs])  # type: ignore[arg-type]
        answer(jobs)

    crew = hired(1, work, together=3)
    jobs = [waiting_for(number) for number in range(8)]
    crew.put(jobs[0])
    assert began.wait(10)
    for job in jobs[1:]:
        crew.put(job)
    may_go_on.set()
    assert [one.future.result(10) for one in jobs if isinstance(one.future, Future)] == list(range(8))
    assert seen == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_several_threads_work_side_by_side(hired: Callable[..., Crew]) -> None:
    together = threading.Barrier(3, timeout=10)

    def work(jobs: list[Job[Any]]) -> None:
        # Opens for three at once only: one thread after the other would wait in vain.
        together.wait()
        answer(jobs)

    crew = hired(3, work)
    jobs = [waiting_for(number) for number in range(3)]
    for job in jobs:
        crew.put(job)
    assert [one.future.result(10) for one in jobs if isinstance(one.future, Future)] == [0, 1, 2]


def test_the_dismissed_finish_what_waits_and_take_nothing_more(hired: Callable[..., Crew]) -> None:
    may_go_on = threading.Event()

    def work(jobs: list[Job[Any]]) -> None:
        may_go_on.wait(10)
        answer(jobs)

    crew = hired(2, work, together=2)
    jobs = [waiting_for(number) for number in range(9)]
    for job in jobs:
        crew.put(job)
    ending = threading.Thread(target=crew.dismiss)
    ending.start()
    may_go_on.set()
    ending.join(10)
    assert [one.future.result(0) for one in jobs if isinstance(one.future, Future)] == list(range(9))
    with pytest.raises(DatabaseUnavailable):
        crew.put(waiting_for("too late"))


def test_an_event_loop_that_is_gone_takes_no_thread_with_it(hired: Callable[..., Crew]) -> None:
    async def ask() -> Job[str]:
        return Job.awaited(lambda _session: "nobody hears this")[0]

    loop = asyncio.new_event_loop()
    orphan = loop.run_until_complete(ask())
    loop.close()
    crew = hired(1, answer)
    crew.put(orphan)
    job = waiting_for("still there")
    crew.put(job)
    assert isinstance(job.future, Future)
    assert job.future.result(10) == "still there"


async def test_nobody_runs_what_nobody_waits_for_any_more(database: Database) -> None:
    ran: list[str] = []
    busy, may_go_on = threading.Event(), threading.Event()

    def hold(_session: object) -> None:
        busy.set()
        may_go_on.wait(10)

    holding = [asyncio.ensure_future(unit(hold)) for unit in (database.write, database.read) for _ in range(4)]
    assert await asyncio.to_thread(busy.wait, 10)
    given_up = [
        asyncio.ensure_future(database.write(lambda _session: ran.append("write"))),
        asyncio.ensure_future(database.read(lambda _session: ran.append("read"))),
    ]
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    may_go_on.set()
    await asyncio.gather(*holding)
    assert ran == []


async def test_after_close_nothing_is_read(database: Database) -> None:
    database.close()
    with pytest.raises(DatabaseUnavailable):
        await database.read(lambda _session: None)
    with pytest.raises(DatabaseUnavailable):
        database.read_now(lambda _session: None)
