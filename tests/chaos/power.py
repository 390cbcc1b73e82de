"""Time that bots share, and the power that goes after so many steps: a virtual kill."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.unit.integrations.doubles import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.database import Database


class SharedTime(VirtualTime):
    """Whoever sleeps at the same time sleeps through the same time."""

    async def sleep(self, seconds: float) -> None:
        """Until then."""
        until = self.seconds + seconds
        await asyncio.sleep(0)
        self.seconds = max(self.seconds, until)


@dataclass
class Power:
    """Ends a task after so many steps."""

    left: int = 0
    task: asyncio.Task[int] | None = None

    async def step(self, _: object = None) -> None:
        """One more request, answer or transaction."""
        self.left -= 1
        if self.left == 0 and self.task is not None:
            self.task.cancel()
            await asyncio.sleep(0)


class Watched:
    """A database whose transactions count as steps."""

    def __init__(self, database: Database, power: Power) -> None:
        """Both are shared."""
        self._database = database
        self._power = power

    async def read(self, work: Callable[[Session], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Read between two steps."""
        await self._power.step()
        return await self._database.read(work)

    async def write(self, work: Callable[[Session], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Write between two steps."""
        await self._power.step()
        result = await self._database.write(work)
        await self._power.step()
        return result
