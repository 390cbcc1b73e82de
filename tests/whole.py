"""The whole product on loopback, in one event loop: the stand-ins, and the bot as ``offerdesk serve`` composes it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import httpx
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.app import OFFERDESK, Offerdesk, build
from bot.database import Database
from bot.demo.cast import Cast
from bot.demo.serving import in_time_of
from bot.demo.stage import bot_settings, write_people
from bot.people.imports import import_people
from bot.settings import PREFIX, Settings, load
from bot.sync.pipedrive.setup import set_up
from bot.systems import pipedrive_of
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.clock import ShiftedClock
from integrations.sandbox.login import new_key

HOST = "127.0.0.1"
POLL_MINUTES = 1 / 60
PATIENCE_SECONDS = 30.0
"""How long a click may take on a loaded machine; that the deadline itself holds is tested at the edge."""


@cache
def signing_key(number: int) -> RSAPrivateKey:
    """A key made once per run, because making one takes a tenth of a second."""
    return new_key()


@dataclass(frozen=True)
class Whole:
    """Everything that runs. ``cast`` moves the people."""

    sandbox: Sandbox
    offerdesk: Offerdesk
    cast: Cast
    bot_url: str
    client: httpx.AsyncClient


def settings_for(sandbox_url: str, database_url: str, port: int, **more: object) -> Settings:
    """The demonstration's own settings, with what a test changes."""
    own = bot_settings(sandbox_url, database_url, port)
    values: dict[str, object] = {name.removeprefix(PREFIX).lower(): value for name, value in own.items()}
    return load(Path("no.env"), **{**values, "esa_poll_minutes": POLL_MINUTES, **more})


def seed_people(database_url: str, tenant_id: str, folder: Path, now: datetime) -> None:
    """Make the people of the simulated tenant known, with their roles."""
    write_people(folder / "people.csv")
    lines = (folder / "people.csv").read_text("utf-8").splitlines()
    database = Database(database_url)
    try:
        report = database.write_now(lambda session: import_people(session, lines, tenant_id=tenant_id, now=now))
    finally:
        database.close()
    assert report.problems == []


@asynccontextmanager
async def served(app: web.Application, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an application on an open socket."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(
    database_url: str, folder: Path, *, begins: datetime | None = None, **more: object
) -> AsyncIterator[Whole]:
    """Stand-ins and bot, with the people known; nothing is installed yet. ``begins``: what time it is then."""
    with socket.create_server((HOST, 0)) as for_sandbox, socket.create_server((HOST, 0)) as for_bot:
        async with _running(database_url, folder, for_sandbox, for_bot, begins, **more) as whole:
            yield whole


@asynccontextmanager
async def _running(
    database_url: str,
    folder: Path,
    for_sandbox: socket.socket,
    for_bot: socket.socket,
    begins: datetime | None,
    **more: object,
) -> AsyncIterator[Whole]:
    sandbox_url = f"http://{HOST}:{for_sandbox.getsockname()[1]}"
    port = for_bot.getsockname()[1]
    bot_url = f"http://{HOST}:{port}"
    clock = ShiftedClock()
    if begins is not None:
        clock.begin_at(begins)
    sandbox = Sandbox(
        SandboxSettings(
            base_url=sandbox_url,
            bot_url=f"{bot_url}/api/messages",
            signing_key=signing_key(0),
            login_key=signing_key(1),
            now=clock,
        )
    )
    settings = settings_for(sandbox_url, database_url, port, **more)
    seed_people(database_url, sandbox.settings.tenant_id, folder, clock())
    async with served(sandbox.application(), for_sandbox):
        app = in_time_of(build(settings, now=clock, deadline_s=PATIENCE_SECONDS), clock)
        async with (
            served(app, for_bot),
            httpx.AsyncClient(timeout=30.0, trust_env=False) as client,
        ):
            await _prepare(settings, app[OFFERDESK], client)
            yield Whole(sandbox, app[OFFERDESK], Cast(sandbox_url, client), bot_url, client)


async def _prepare(settings: Settings, offerdesk: Offerdesk, client: httpx.AsyncClient) -> None:
    """What an administrator does once in Pipedrive."""
    pipedrive = pipedrive_of(settings, client)
    assert pipedrive is not None
    done = await set_up(pipedrive, offerdesk.database, offerdesk.company, offerdesk.now)
    assert done.complete, done.parts
