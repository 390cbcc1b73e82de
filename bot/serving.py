"""``offerdesk serve``: the bot as a process."""

from __future__ import annotations

import gc
import socket
from typing import TYPE_CHECKING

import structlog
import uvloop
from aiohttp import web
from sqlalchemy.exc import OperationalError

from bot import logs
from bot.database import make_engine
from bot.errors import ConfigurationError, DatabaseUnavailable
from bot.revision import is_current
from bot.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings

log = structlog.get_logger()

GRACE_SECONDS = 10.0
"""How long running requests may take to end after the program was told to stop."""
BACKLOG = 512
GARBAGE_THRESHOLDS = (10_000, 20, 20)
"""When to look for garbage in cycles. Python's 700 new objects are reached while a few cards are drawn."""


def serve(build: Callable[[Settings], web.Application]) -> None:
    """Serve what ``build`` makes until SIGINT or SIGTERM.

    Raises:
        ConfigurationError: a setting is missing or wrong, the address is taken, or the database is not migrated. The
            program that serves never migrates: with several replicas that is one command's job, done once.
    """
    settings = load()
    logs.configure(settings)
    settings.require_bot()
    require_current(settings.database_url)
    app = build(settings)
    listener = listen(settings)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    log.info("serve.listening", host=settings.host, port=listener.getsockname()[1])
    web.run_app(
        app, sock=listener, access_log=None, print=None, shutdown_timeout=GRACE_SECONDS, loop=uvloop.new_event_loop()
    )


def require_current(url: str) -> None:
    """Return when every migration has run.

    Raises:
        ConfigurationError: one is missing.
        DatabaseUnavailable: the database cannot be asked.
    """
    engine = make_engine(url, read_only=True)
    try:
        with engine.connect() as connection:
            current = is_current(connection)
    except OperationalError as error:
        raise DatabaseUnavailable from error
    finally:
        engine.dispose()
    if not current:
        raise ConfigurationError(
            file="the database",
            line=None,
            problem="It is not at the newest revision.",
            remedy="Run `offerdesk migrate`, then start again.",
        )


def listen(settings: Settings) -> socket.socket:
    """The listening socket; raises :class:`ConfigurationError` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            file="OFFERDESK_HOST and OFFERDESK_PORT",
            line=None,
            problem=f"{settings.host}:{settings.port} cannot be used: {error.strerror}.",
            remedy="Choose another port, or stop what listens there.",
        ) from error
