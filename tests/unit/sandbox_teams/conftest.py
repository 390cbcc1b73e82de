"""A simulated Teams with a bot that answers what a test tells it to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from integrations.sandbox.teams import TeamsSimulator
from integrations.sandbox.teams.delivery import Patience
from tests.unit.sandbox_teams.stage import Clock, FakeBot, Signer, Stage


@pytest.fixture
async def bare_stage() -> AsyncIterator[Stage]:
    """Teams before anybody installed the bot."""
    bot, clock = FakeBot(), Clock()
    bot_app = web.Application()
    bot_app.router.add_post("/api/messages", bot.handle)
    async with TestServer(bot_app) as bot_server:
        simulator = TeamsSimulator(
            str(bot_server.make_url("/api/messages")), "", "app-1", "tenant-1", Signer(), clock,
            verify=lambda token: token == "issued to the bot", patience=Patience(0.3, 0.3, 0.3),
        )  # fmt: skip
        app = web.Application()
        app.add_subapp("/teams", simulator.application())
        async with TestClient(TestServer(app)) as client:
            simulator.delivery.service_url = str(client.make_url("/teams/"))
            yield Stage(simulator, bot, clock, client)
            bot.released.set()


@pytest.fixture
async def stage(bare_stage: Stage) -> Stage:
    """Teams with the bot in the team and in every chat of the tenant; what the bot heard until then is forgotten."""
    await bare_stage.post("install")
    bare_stage.bot.activities.clear()
    bare_stage.bot.authorizations.clear()
    return bare_stage
