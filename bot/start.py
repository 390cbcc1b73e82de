"""The start of the server."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

    from bot.settings import Settings


def serve() -> None:
    """Run the bot until it is stopped; raises as :func:`bot.serving.serve` does."""
    # Loading makes very many objects that stay: looking for garbage among them costs a third of the start.
    gc.disable()
    try:
        from bot import serving  # noqa: PLC0415

        serving.serve(_build)
    finally:
        gc.enable()  # also when the start was refused


def _build(settings: Settings) -> web.Application:
    """Make the whole bot: only now, because a wrong setting should be told before the second it takes to load
    everything.
    """
    from bot.app import build  # noqa: PLC0415

    app = build(settings)
    gc.freeze()
    gc.enable()
    return app
