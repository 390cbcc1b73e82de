"""The demonstration's own processes and a real Chromium with one window per person."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import sync_playwright

from bot.demo.cast import Cast
from bot.demo.prologue import prepare
from bot.demo.stage import raised
from tests.browser.windows import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from bot.demo.stage import Stage

CHROMIUM = os.environ.get("OFFERDESK_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Bot and stand-ins on loopback, installed, with a channel for tenders; no tender is out yet."""
    with raised(tmp_path_factory.mktemp("demo")) as running:
        asyncio.run(_prologue(running))
        yield running
        running.alive()


async def _prologue(stage: Stage) -> None:
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        await prepare(Cast(stage.sandbox_url, client))


@pytest.fixture(scope="session")
def browser(stage: Stage) -> Iterator[Browser]:
    """One Chromium for all windows; asks for the stage first, which needs the event loop for itself."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def people(stage: Stage, browser: Browser) -> Iterator[People]:
    """Opens windows; afterwards closes them and fails when one of them had an error in its console."""
    everybody = People(browser, stage.page)
    yield everybody
    everybody.leave()
    assert everybody.complaints == []
