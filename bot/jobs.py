"""Jobs for the database: what is to be done, who waits for it, and the threads that do it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

T = TypeVar("T")


@dataclass(slots=True)
class Job(Generic[T]):
    """What to do and who waits; ``loop`` is the event loop of an asyncio future, None for a thread's."""

    work: Callable[[Session], T]
    future: Future[T] | asyncio.Future[T]
    loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def awaited(cls, work: Callable[[Session], T]) -> tuple[Job[T], asyncio.Future[T]]:
        """A job for the running event loop, and the future to await."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        return cls(work, future, loop), future

    @classmethod
    def blocking(cls, work: Callable[[Session], T]) -> tuple[Job[T], Future[T]]:
        """A job for a thread that waits, and the future that it waits on."""
        future: Future[T] = Future()
        return cls(work, future), future


@dataclass(slots=True)
class Told:
    """A job and what became of it."""

    job: Job[Any]
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Wake the caller, unless it stopped waiting."""
        future = self.job.future
        if future.done():
            return
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(self.result)


def tell(told: Sequence[Told]) -> None:
    """Settle a whole group, waking each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Told]] = {}
    for one in told:
        if one.job.loop is None:
            one.settle()
        else:
            by_loop.setdefault(one.job.loop, []).append(one)
    for loop, group in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, group)
        except RuntimeError:
            # A loop that is closed has nobody left who waits.
            if not loop.is_closed():
                raise


def _settle(group: Sequence[Told]) -> None:
    for one in group:
        one.settle()


class Crew:
    """Threads that do what waits, until they are dismissed. They start with the first job.

    Beside an executor of the standard library this spares every job a second future, its lock and a round of the event
    loop, and a thread may take together what waits together.
    """

    def __init__(self, name: str, count: int, work: Callable[[list[Job[Any]]], None], *, together: int = 1) -> None:
        """``work`` does up to ``together`` jobs at once, tells whoever waits for them, and raises nothing."""
        self._name = name
        self._count = count
        self._work = work
        self._together = together
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        """So that no job comes behind the end, where nobody would do it."""
        self.dismissed = False

    def put(self, job: Job[Any]) -> None:
        """Let one of the threads do it.

        Raises:
            DatabaseUnavailable: they were dismissed.
        """
        with self._lock:
            if self.dismissed:
                raise DatabaseUnavailable
            if not self._threads:
                self._start()
            self._jobs.put(job)

    def dismiss(self) -> None:
        """Have the waiting jobs done, then end the threads; again does nothing."""
        with self._lock:
            self.dismissed = True
            threads, self._threads = self._threads, []
            for _ in threads:
                self._jobs.put(None)
        for thread in threads:
            thread.join()

    def _start(self) -> None:
        self._threads = [
            threading.Thread(target=self._serve, name=f"{self._name}_{place}", daemon=True)
            for place in range(self._count)
        ]
        for thread in self._threads:
            thread.start()

    def _serve(self) -> None:
        last = False
        while not last and (first := self._jobs.get()) is not None:
            jobs = [first]
            with contextlib.suppress(queue.Empty):
                while len(jobs) < self._together:
                    following = self._jobs.get_nowait()
                    if following is None:
                        last = True
                        break
                    jobs.append(following)
            self._work(jobs)
