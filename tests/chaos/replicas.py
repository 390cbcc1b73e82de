"""Real processes of the bot over one database: started, killed with SIGKILL, reached through one address as behind a
load balancer, and a clock that passes quickly without ending a living process's lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import sqlalchemy as sa
from aiohttp import web

from bot.demo.children import ROOT, ChildFailed, environment
from bot.sync.models import LedgerRow
from bot.sync.reconciler import DUE_STATES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.sandbox.clock import ShiftedClock

STEP = timedelta(seconds=45)
"""How far the clock goes forward at once while work is under way."""
SPARE = timedelta(seconds=60)
"""What a living process keeps of its lease: the clock waits for it."""
LONGEST_STEP = timedelta(hours=1)
"""When nothing is under way, the clock goes on to what is due next; so far at once when nobody does anything."""
PORTS = range(20_000, 32_000)
"""Below those that Linux gives to outgoing connections."""
BEAT_SECONDS = 0.15
FORWARD_SECONDS = 15.0
READY_SECONDS = 60.0


class Nursery:
    """The process that forks bots."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Ask one thing after the other."""
        self._process = process
        self._asking = asyncio.Lock()

    async def ask(self, what: str, **more: Any) -> int | None:  # noqa: ANN401 - whatever JSON takes
        """Ask, and give the one number of the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._asking:
            self._process.stdin.write(orjson.dumps({"do": what, **more}) + b"\n")
            line = await self._process.stdout.readline()
        if not line:
            raise ChildFailed("The process that starts bots has ended.")
        answer: dict[str, int | None] = orjson.loads(line)
        return next(iter(answer.values()))


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """It lives as long as this."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chaos.replica",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment({}),
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@dataclass
class Replica:
    """One bot; ``pid`` is None while it is dead."""

    name: str
    port: int
    log: Path
    pid: int | None = None
    gone: bool = False
    """Killed for good."""


def lasting_port() -> int:
    """A port that nobody has, and that no outgoing connection gets while the replica is dead."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            port = secrets.choice(PORTS)
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Replicas:
    """Every bot of one run."""

    nursery: Nursery
    settings: Mapping[str, str]
    clock: Path
    folder: Path
    count: int
    each: list[Replica] = field(default_factory=list)
    kills: int = 0
    died: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in range(1, self.count + 1):
            name = f"replica-{number}"
            self.each.append(Replica(name, lasting_port(), self.folder / f"{name}.log"))

    @property
    def living(self) -> list[Replica]:
        """Those that run."""
        return [one for one in self.each if one.pid is not None]

    async def start(self, replica: Replica) -> None:
        """Start it; it listens a moment later."""
        own = {**self.settings, "OFFERDESK_PORT": str(replica.port)}
        replica.pid = await self.nursery.ask("start", settings=own, clock=str(self.clock), log=str(replica.log))

    async def ready(self) -> None:
        """Wait until each that runs answers."""
        async with aiohttp.ClientSession(trust_env=False) as session, asyncio.timeout(READY_SECONDS):
            for replica in self.living:
                while not await _answers(session, replica):  # noqa: ASYNC110 - another process tells nobody
                    await asyncio.sleep(0.02)

    async def kill(self, replica: Replica, *, for_good: bool = False) -> None:
        """Pull the plug."""
        if replica.pid is None:
            return
        pid, replica.pid = replica.pid, None
        replica.gone = replica.gone or for_good
        if await self.nursery.ask("kill", pid=pid) != -9:
            self.died.append(f"{replica.name} had ended by itself")
        self.kills += 1

    async def all_alive(self) -> None:
        """Note which ended although nobody killed it."""
        for replica in self.living:
            if await self.nursery.ask("ended", pid=replica.pid) is not None:
                self.died.append(f"{replica.name} ended by itself")
                replica.pid = None

    async def stop(self) -> None:
        """Kill what still runs; that counts for nothing."""
        for replica in self.living:
            await self.nursery.ask("kill", pid=replica.pid)
            replica.pid = None


async def _answers(session: aiohttp.ClientSession, replica: Replica) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{replica.port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


class Front:
    """One address for every replica; a request whose replica dies is answered 502 and never sent to another."""

    def __init__(self, replicas: Replicas, dice: random.Random) -> None:
        """Throws the dice for each request."""
        self._replicas = replicas
        self._dice = dice
        self._session: aiohttp.ClientSession | None = None
        self.lost = 0

    def application(self) -> web.Application:
        """What Teams and the webhooks reach."""
        app = web.Application(client_max_size=1 << 22)
        app.router.add_post("/{path:.*}", self._forward)
        app.cleanup_ctx.append(self._life)
        return app

    async def _life(self, _: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=FORWARD_SECONDS)
        async with aiohttp.ClientSession(trust_env=False, timeout=timeout) as self._session:
            yield

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        living = self._replicas.living
        if not living:
            return web.Response(status=502)
        url = f"http://127.0.0.1:{self._dice.choice(living).port}{request.path}"
        kept = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        try:
            async with self._session.post(url, data=await request.read(), headers=kept) as answer:
                return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
        except (aiohttp.ClientError, TimeoutError):
            self.lost += 1
            return web.Response(status=502)


@dataclass
class Hands:
    """Moves the clock of one run."""

    clock: ShiftedClock
    database: Database
    replicas: Replicas
    longest: timedelta = STEP

    async def turn(self) -> None:
        """For ever: a step forward, as far as no living process loses its lease by it."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            target = await self.database.read(self._target)
            if target is not None:
                self.clock.move_to(target)

    def _target(self, session: Session) -> datetime | None:
        now, mine = self.clock(), {f"-{one.pid}-" for one in self.replicas.living}
        leases = sa.select(LedgerRow.lease_owner, LedgerRow.lease_until).where(LedgerRow.lease_until.is_not(None))
        held = [until for owner, until in session.execute(leases) if any(pid in str(owner) for pid in mine) and until]
        if held:
            return min(now + STEP, min(held) - SPARE)
        due = session.scalar(
            sa.select(sa.func.min(LedgerRow.not_before)).where(
                LedgerRow.done_version < LedgerRow.wanted_version, LedgerRow.state.in_(DUE_STATES)
            )
        )
        return now + STEP if due is None else min(max(due, now + STEP), now + self.longest)
