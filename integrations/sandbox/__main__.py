"""Run the sandbox: ``python -m integrations.sandbox --port 0``. The first line on standard output is JSON with its
URLs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.clock import ShiftedClock

_HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(_parsed(arguments)))


async def serve(options: argparse.Namespace, *, stop: asyncio.Event | None = None) -> None:
    """Serve on loopback until ``stop`` is set."""
    listener = socket.create_server((_HOST, options.port))
    base_url = f"http://{_HOST}:{listener.getsockname()[1]}"
    sandbox = Sandbox(
        SandboxSettings(
            base_url=base_url,
            bot_url=options.bot_url,
            release_every_s=options.release_every,
            now=ShiftedClock(options.clock),
        )
    )
    runner = web.AppRunner(sandbox.application(), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    sys.stdout.write(json.dumps({"sandbox": base_url, "services": sorted(sandbox.services)}) + "\n")
    sys.stdout.flush()
    try:
        await (stop or asyncio.Event()).wait()
    finally:
        await runner.cleanup()


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8099, help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--bot-url",
        type=_endpoint,
        default="http://127.0.0.1:3978/api/messages",
        help="the bot's messaging endpoint, with its path (default: %(default)s)",
    )
    parser.add_argument(
        "--release-every", type=float, default=0.0, help="publish a made-up tender every so many seconds; 0: by hand"
    )
    parser.add_argument("--clock", type=Path, help="a file that holds how many seconds the clock is ahead")
    return parser.parse_args(arguments)


def _endpoint(address: str) -> str:
    """A messaging endpoint; a bare host is a slip that would otherwise show as a bot that never answers."""
    if urlsplit(address).path in {"", "/"}:
        raise argparse.ArgumentTypeError(f"name the path too, for example {address.rstrip('/')}/api/messages")
    return address


if __name__ == "__main__":
    main()
