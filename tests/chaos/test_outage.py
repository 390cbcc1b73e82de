"""A system is away for a night while people go on: it is true again within the hour, and nobody had to do anything."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot.sync.models import System
from integrations.http import new_client
from integrations.sandbox.faults import Fault
from tests.chaos.power import Power
from tests.chaos.town import Town, town

if TYPE_CHECKING:
    from bot.database import Database
    from bot.sync.reconciler import Reconciler

pytestmark = pytest.mark.slow


async def looks(here: Town, bot: Reconciler, minutes: int, every: int) -> None:
    for _ in range(minutes // every):
        here.time.pass_by(every * 60)
        await bot.run_once()


@pytest.mark.parametrize(
    ("systems", "service", "trouble"),
    [
        ((System.PIPEDRIVE,), "pipedrive", {"reset": True}),
        ((System.BUSINESS_CENTRAL,), "business_central", {"status": 503}),
        ((System.SHAREPOINT, System.CALENDAR), "graph", {"reset": True}),
    ],
)
async def test_a_night_away(
    database: Database, systems: tuple[System, ...], service: str, trouble: dict[str, Any]
) -> None:
    dice = random.Random(7)
    async with town(database) as here, new_client() as http:
        await here.quiet()
        bot = here.bot(http, Power())
        here.sandbox.faults.add(Fault(service=service, times=1_000_000, **trouble))
        with structlog.testing.capture_logs() as lines:
            for _ in range(12):
                here.anything(dice)
                await looks(here, bot, 60, 30)
            assert here.unsettled() != [], "it was away"
            here.sandbox.faults.clear()
            await looks(here, bot, 60, 5)
        assert (here.unsettled(), here.untrue()) == ([], [])
        told = [(line["event"], line["system"]) for line in lines if line["event"].startswith("service.")]
        assert {system for _, system in told} == set(systems)
        for system in systems:
            assert [event for event, one in told if one is system] == ["service.away", "service.back"]
        assert await here.calls_of_nothing() == 0
