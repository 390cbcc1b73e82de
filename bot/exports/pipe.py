"""From the thread that writes a file to the event loop that sends it: a few pieces wait, never the whole file."""

from __future__ import annotations

import asyncio
import io
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

PIECE = 256 * 1024
"""Bytes."""
MOST_WAITING = 4
"""Pieces; a slow reader then slows the writer down."""


class Abandoned(OSError):
    """Whoever fetched this file went away."""


class _Mouth(io.RawIOBase):
    """Where the thread writes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[bytes | None]) -> None:
        super().__init__()
        self._loop = loop
        self._queue = queue
        self.abandoned = False

    def writable(self) -> bool:
        """Only forward."""
        return True

    def write(self, piece: object, /) -> int:
        """Wait until there is room."""
        content = bytes(cast("bytes", piece))
        if self.abandoned:
            raise Abandoned
        asyncio.run_coroutine_threadsafe(self._queue.put(content), self._loop).result()
        return len(content)


async def pieces(write: Callable[[IO[bytes]], object]) -> AsyncGenerator[bytes, None]:
    """Run ``write`` in a thread and give what it writes, piece by piece. What it raises is raised here; whoever stops
    reading stops it, and ``write`` has ended when this has.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
    mouth = _Mouth(loop, queue)

    def run() -> None:
        try:
            with io.BufferedWriter(mouth, PIECE) as file:
                write(file)
        except Abandoned:
            return
        finally:
            if not mouth.abandoned:
                asyncio.run_coroutine_threadsafe(queue.put(None), loop).result()

    thread = asyncio.create_task(asyncio.to_thread(run))
    try:
        while (piece := await queue.get()) is not None:
            yield piece
        await thread
    finally:
        mouth.abandoned = True
        while not thread.done():
            # Room for the piece that the thread still wants to leave behind.
            while not queue.empty():
                queue.get_nowait()
            await asyncio.wait([thread], timeout=0.05)
        # Raised above, or nobody is left to hear of it.
        thread.exception()
