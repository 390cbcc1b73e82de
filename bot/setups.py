"""The commands of the command line that prepare another system for the offers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from bot import config, settings
from bot.chores import opened
from bot.exit_codes import FAILED
from bot.sync.pipedrive.hooks import Subscriber
from bot.sync.pipedrive.parts import PartState
from bot.sync.pipedrive.setup import set_up
from bot.systems import pipedrive_of
from integrations.errors import ServiceError
from integrations.http import new_client

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.config.models import Company
    from bot.database import Database
    from bot.settings import Settings
    from bot.sync.pipedrive.setup import Setup
    from bot.terminal import Terminal

COLUMNS = ("part", "name", "state", "what to do")
IS_OFF = "Pipedrive is off: set OFFERDESK_PIPEDRIVE_BASE_URL and OFFERDESK_PIPEDRIVE_API_TOKEN."

NOT_TOLD = (
    "Set OFFERDESK_PUBLIC_URL (https), OFFERDESK_PIPEDRIVE_WEBHOOK_USER and OFFERDESK_PIPEDRIVE_WEBHOOK_PASSWORD to "
    "hear of changes at once instead of every ten minutes."
)


def set_up_pipedrive(terminal: Terminal, *, now: Callable[[], datetime]) -> None:
    """Make and find what offers need in Pipedrive; exit code 1 when something is missing afterwards."""
    given = settings.load()
    company = config.load(given.config_dir)
    with opened(given) as database, terminal.progress("Preparing Pipedrive…"):
        try:
            done = asyncio.run(_set_up(given, database, company, now))
        except ServiceError as error:
            raise terminal.fail(f"{error}. What was made so far is found when you run this again.") from error
    if done is None:
        raise terminal.fail(IS_OFF)
    rows = [(part.what, part.name, part.state.value, part.remedy) for part in done.parts]
    if _subscriber(given) is None:
        rows.append(("webhook", "all", PartState.OFF.value, NOT_TOLD))
    terminal.table(COLUMNS, rows, empty="Nothing is needed.")
    if not done.complete:
        raise typer.Exit(FAILED)


async def _set_up(given: Settings, database: Database, company: Company, now: Callable[[], datetime]) -> Setup | None:
    async with new_client() as client:
        pipedrive = pipedrive_of(given, client)
        if pipedrive is None:
            return None
        return await set_up(pipedrive, database, company, now, _subscriber(given))


def _subscriber(given: Settings) -> Subscriber | None:
    """Where Pipedrive reaches us; None when it cannot, or has nothing to authenticate with."""
    url, user, password = given.public_url, given.pipedrive_webhook_user, given.pipedrive_webhook_password
    if url is None or not url.startswith("https://") or user is None or password is None:
        return None
    return Subscriber(url, user, password)
