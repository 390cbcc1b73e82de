"""``python -m tests.benchmarks.opcodes``: how much work a vote is for the interpreter, and where.

Counts the instructions of Python that run between the request and its answer, in the event loop and in the writer's
thread, by module and by function. Unlike a time it is nearly the same on every machine and beside any other load
(within 1 %: how many votes share a commit varies), so it shows what a change saves where clocks show only noise. It
says nothing about what is not Python: SQLite, the kernel, the signature and the JSON are a third of a vote's time.

The edge runs as in the server; what runs beside it (reconciler, clock, polls) does not.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import aiohttp
import uvloop
from aiohttp import web
from rich.console import Console
from rich.table import Table

from bot import logs
from bot.app import Offerdesk
from bot.settings import load
from bot.teams.endpoint import PATH, mount
from tests.benchmarks.activities import ID_HOLE
from tests.benchmarks.contestants import ROOT, Cloud, cloud
from tests.benchmarks.offerdesk import CARD_MARKER, environment_of, vote_bodies
from tests.benchmarks.processes import ServerFailedError, free_port
from tests.benchmarks.report import MANY

WARM_UP = 1_000
"""Votes before the count: one on each round, so that what is remembered is remembered."""
WIDTH = 120


class Opcodes:
    """Counts, in every thread that asks for it, the instructions that run in functions called from then on."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.by_code: Counter[CodeType] = Counter()
        self.calls: Counter[CodeType] = Counter()

    def begin(self, *_: object) -> None:
        """Count in this thread."""
        sys.settrace(self._called)

    def end(self, *_: object) -> None:
        """Count no more in this thread."""
        sys.settrace(None)

    def _called(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any]:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self.calls[frame.f_code] += 1
        return self._ran

    def _ran(self, frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "opcode":
            self.by_code[frame.f_code] += 1
        return self._ran


def count(votes: int) -> Opcodes:
    """Let the CTO vote so often, at 16 connections, and count."""
    with tempfile.TemporaryDirectory(prefix="offerdesk-opcodes-") as folder, cloud() as where:
        url = f"sqlite:///{Path(folder) / 'offerdesk.db'}"
        bodies = vote_bodies(url, where, Path(folder) / "votes.txt").read_text(encoding="utf-8").splitlines()
        port = free_port()
        os.environ.update(environment_of(url, where, port))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_counted(bodies, where, port, votes))


async def _counted(bodies: Sequence[str], where: Cloud, port: int, votes: int) -> Opcodes:
    settings = load()
    logs.configure(settings)
    bot, app, opcodes = Offerdesk(settings), web.Application(), Opcodes()
    mount(app, bot.edge)
    server = web.AppRunner(app, access_log=None)
    await server.setup()
    try:
        await web.TCPSite(server, "127.0.0.1", port).start()
        await asyncio.to_thread(_press, bodies, where, port, "warm", WARM_UP)
        await bot.database.write(opcodes.begin)
        opcodes.begin()
        await asyncio.to_thread(_press, bodies, where, port, "counted", votes)
        opcodes.end()
        await bot.database.write(opcodes.end)
    finally:
        await server.cleanup()
        await bot.client.aclose()
        await asyncio.to_thread(bot.database.close)
    return opcodes


def _press(bodies: Sequence[str], where: Cloud, port: int, tag: str, votes: int) -> None:
    """Send votes from a thread of its own, where nothing is counted."""
    asyncio.run(_send(bodies, where, port, tag, votes))


async def _send(bodies: Sequence[str], where: Cloud, port: int, tag: str, votes: int) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {where.token}"}
    clicks = (bodies[number % len(bodies)].replace(ID_HOLE, f"{tag}-{number}") for number in range(votes))

    async def one_by_one(session: aiohttp.ClientSession) -> None:
        for body in clicks:
            async with session.post(f"http://127.0.0.1:{port}{PATH}", data=body, headers=headers) as answer:
                said = await answer.text()
            if answer.status != 200 or CARD_MARKER not in said:
                raise ServerFailedError(f"{answer.status} {said[:500]}")

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as clicking:
        for _ in range(MANY):
            clicking.create_task(one_by_one(session))


def _table(title: str, counted: Counter[str], votes: int, most: int) -> Table:
    table = Table(title=title, title_justify="left", width=WIDTH)
    table.add_column("opcodes a vote", justify="right")
    table.add_column("where", overflow="fold", ratio=1)
    for place, opcodes in islice(counted.most_common(), most):
        table.add_row(f"{opcodes / votes:,.0f}", place)
    return table


def _module(code: CodeType) -> str:
    """The file, from the package on."""
    path = Path(code.co_filename)
    if "site-packages" in path.parts:
        return "/".join(path.parts[path.parts.index("site-packages") + 1 :])
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])


def main(arguments: Sequence[str] | None = None) -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.opcodes")
    parser.add_argument("--votes", type=int, default=500, help="how many are counted (default: 500)")
    parser.add_argument("--most", type=int, default=40, help="lines of each table (default: 40)")
    given = parser.parse_args(arguments)
    opcodes = count(given.votes)
    modules: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for code, ran in opcodes.by_code.items():
        modules[_module(code)] += ran
        functions[f"{code.co_qualname}  {_module(code)}:{code.co_firstlineno}"] += ran
    console = Console(width=WIDTH, highlight=False)
    console.print(_table("By module", modules, given.votes, given.most))
    console.print(_table("By function", functions, given.votes, given.most))
    votes, ran, calls = given.votes, opcodes.by_code.total(), opcodes.calls.total()
    console.print(f"{ran / votes:,.0f} opcodes and {calls / votes:,.0f} calls of functions a vote")


if __name__ == "__main__":
    main()
