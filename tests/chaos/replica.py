"""The bot as ``offerdesk serve`` runs it, started within a moment: one process has read the program and forks.

Speaks lines of JSON: ``{"do": "start", "settings": {…}, "clock": "FILE", "log": "FILE"}`` gives ``{"pid": 7}``,
``{"do": "kill", "pid": 7}`` sends SIGKILL and gives how it ended, ``{"do": "ended", "pid": 7}`` gives whether it did by
itself. When nobody speaks any more, every child is killed.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
import traceback
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from bot import serving
from bot.app import OFFERDESK, build
from integrations.sandbox.clock import ShiftedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from aiohttp import web

    from bot.app import Offerdesk
    from bot.settings import Settings

READ_LATER = (
    "anyio._backends._asyncio",
    "apscheduler.executors.asyncio",
    "dateutil.parser",
    "docx",
    "h11",
    "holidays.countries.france",
    "httpcore",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
"""What a bot reads only when it needs it, read once for all of them."""
LOOK_SECONDS = 0.05
PASSED = timedelta(seconds=1)
DUTIES_EVERY = timedelta(minutes=10)
IMPATIENT_SECONDS = 1.0
"""How long this bot waits for an answer of another system; twenty seconds would make each run as long."""


async def impatient(request: httpx.Request) -> None:
    """Give this request up early."""
    request.extensions["timeout"] = {**request.extensions["timeout"], "read": IMPATIENT_SECONDS}


async def watched(app: web.Application) -> AsyncIterator[None]:
    """Have the bot look at what is due as the clock passes, and at its duties every ten minutes of it."""
    watch = asyncio.create_task(_watch(app[OFFERDESK]))
    yield
    watch.cancel()


async def _watch(bot: Offerdesk) -> None:
    seen = looked = bot.now()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = bot.now()
        if now - looked > DUTIES_EVERY:
            looked = seen = now
            bot.catch_up()
        elif now - seen > PASSED:
            seen = now
            bot.reconciler.wake()


def serve(clock_file: str) -> None:
    """Serve until killed, in the time of the clock."""
    clock = ShiftedClock(Path(clock_file))

    def built(settings: Settings) -> web.Application:
        app = build(settings, now=clock)
        app[OFFERDESK].client.event_hooks = {"request": [impatient]}
        app.cleanup_ctx.append(watched)
        return app

    serving.serve(built)


def start(asked: dict[str, Any]) -> int:
    """Fork a bot; gives its process id."""
    child = os.fork()
    if child:
        return child
    try:
        nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for source, place in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, place)
        os.environ.update(asked["settings"])
        serve(asked["clock"])
    except BaseException:  # noqa: BLE001 - the log is the only place left to tell it
        traceback.print_exc()
    finally:
        # Whatever happened: the child must never go on as if it were its parent.
        sys.stderr.flush()
        os._exit(1)


def ended(child: int) -> int | None:
    """How a child ended, None while it lives; a signal is a negative number."""
    found, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def kill(child: int) -> int:
    """Pull the plug; gives how it ended."""
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Do what is asked until nobody asks."""
    for name in READ_LATER:
        importlib.import_module(name)
    children: set[int] = set()
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        answer: dict[str, int | None]
        if asked["do"] == "start":
            answer = {"pid": start(asked)}
            children.add(int(answer["pid"] or 0))
        elif asked["do"] == "kill":
            answer = {"code": kill(asked["pid"])}
            children.discard(asked["pid"])
        else:
            answer = {"code": ended(asked["pid"])}
            if answer["code"] is not None:
                children.discard(asked["pid"])
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()
    for child in children:
        kill(child)


if __name__ == "__main__":
    main()
