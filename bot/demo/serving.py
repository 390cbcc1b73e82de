"""``python -m bot.demo.serving FILE``: the bot as it is served, in the time of the demonstration's clock."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot import serving
from bot.app import OFFERDESK, build
from integrations.sandbox.clock import ShiftedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from bot.settings import Settings

LOOK_SECONDS = 0.1


def in_time_of(app: web.Application, clock: ShiftedClock) -> web.Application:
    """Have the bot look at everything that may be due as soon as the clock is put forward."""

    @asynccontextmanager
    async def watched(app: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(_watch(app, clock))
        yield
        watch.cancel()

    app.cleanup_ctx.append(watched)
    return app


async def _watch(app: web.Application, clock: ShiftedClock) -> None:
    known = clock.shift
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if clock.shift != known:
            known = clock.shift
            app[OFFERDESK].catch_up()


def main(file: str) -> None:
    """Serve until told to stop."""
    clock = ShiftedClock(Path(file))

    def built(settings: Settings) -> web.Application:
        return in_time_of(build(settings, now=clock), clock)

    serving.serve(built)


if __name__ == "__main__":
    main(sys.argv[1])
