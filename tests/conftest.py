"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from aiohttp import web_app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent


def _shared(folder: str, variable: str) -> Path:
    """The folder of third-party contracts or data beside the checkout; skipped without it, except where `CI` is set."""
    path = Path(os.environ.get(variable) or ROOT.parent / "shared" / folder)
    if not path.is_dir():
        reason = f"{path} is absent: set {variable} to the folder that holds it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def shared_specs() -> Path:
    """Machine-readable contracts of the real services (`OFFERDESK_SPECS`, else `../shared/specs`)."""
    return _shared("specs", "OFFERDESK_SPECS")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real answers of the outside world (`OFFERDESK_DATA`, else `../shared/data`)."""
    return _shared("data", "OFFERDESK_DATA")


def pytest_collection_finish() -> None:
    """Some ten thousand tests stay until the end: the collector need not walk through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Log as the product does. structlog's own default draws every traceback with the values of its variables, which
    takes up to seconds on the event loop: long enough for a click that waits beside it to come too late.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


@pytest.fixture(autouse=True)
def fresh_loggers() -> Iterator[None]:
    """A command that a test runs in this process says what is worth a line and tells every logger to keep its shape;
    the next test must not find them so, because then nothing could listen to them.
    """
    shape = dict(structlog.get_config())
    yield
    if structlog.get_config() == shape:
        return
    structlog.configure(**shape)
    for name, module in list(sys.modules.items()):
        log = vars(module).get("log") if name.startswith(("bot.", "integrations.")) else None
        if isinstance(log, type(structlog.get_logger())):
            vars(log).pop("bind", None)


@pytest.fixture(autouse=True)
def forgotten_applications() -> Iterator[None]:
    """The web library keeps the last thousand handlers with their applications, which here means the stand-ins of some
    hundred tests with all they hold: gigabytes, through which every garbage collection walks.
    """
    yield
    web_app._cached_build_middleware.cache_clear()  # there is no public way


pytest_plugins = ["tests.databases"]
