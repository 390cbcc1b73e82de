"""The composition root makes a whole bot from the settings, starts it and stops it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import OFFERDESK, build
from bot.demo.cast import eventually
from bot.demo.stage import bot_settings
from bot.errors import ConfigurationError
from bot.settings import PREFIX, Settings, load
from tests.whole import running

if TYPE_CHECKING:
    from collections.abc import Mapping

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens on the discard port."""


def _settings(**more: object) -> Settings:
    own: Mapping[str, str] = bot_settings(NOWHERE, "sqlite:///never.db", 0)
    values: dict[str, object] = {name.removeprefix(PREFIX).lower(): value for name, value in own.items()}
    return load(Path("no.env"), **{**values, **more})


@pytest.mark.parametrize(
    "missing", [{"bot_app_id": None}, {"bot_app_password": None}, {"tenant_id": None}, {"bot_app_id": ""}]
)
def test_without_a_bot_identity_nothing_is_built(missing: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="offerdesk demo"):
        build(_settings(**missing))


@pytest.mark.parametrize("name", ["openid_metadata_url", "login_url"])
def test_keys_and_tokens_travel_over_https_only(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name.upper()):
        build(_settings(**{name: "http://login.example.com/"}))


def test_a_wrong_configuration_folder_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[round]\nquorum = 9\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"rules\.toml"):
        build(_settings(config_dir=tmp_path))


async def test_it_starts_and_stops_although_nothing_outside_answers(database_url: str) -> None:
    app = build(_settings(database_url=database_url))
    async with TestClient(TestServer(app)) as client:
        ready = await client.get("/readyz")
        assert ready.status == 200
        assert ready.headers["Server"] == "Offerdesk"
        assert ready.headers["X-Content-Type-Options"] == "nosniff"
        assert (await client.post("/api/messages", json={"type": "message"})).status == 401
        metrics = await (await client.get("/metrics")).text()
        assert 'offerdesk_activities_refused_total{reason="' in metrics
        assert "process_resident_memory_bytes" in metrics
        assert (await client.get("/sheets/unknown")).status == 404
        assert (await client.get("/")).status == 404
    leftover = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert leftover == []


async def test_an_admin_can_bring_a_look_at_the_portal_forward(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path, esa_poll_minutes=60) as whole:

        async def looks() -> int:
            return sum(1 for asked in whole.sandbox.log.of("esa") if asked["path"].startswith("/api/tenderAction/"))

        async def looked_again() -> bool:
            return await looks() > 2

        async def caught_up() -> bool:
            return await looks() >= 2

        await eventually("the look at the start", caught_up)
        offerdesk = whole.offerdesk
        await asyncio.to_thread(offerdesk.around.look_again, "esa")
        offerdesk.around.look_again("no such source")
        await eventually("another look", looked_again)
    # After the stop there is no loop to call; the press was answered, so nothing may be raised.
    offerdesk.around.look_again("esa")


def test_the_application_gives_access_to_its_parts() -> None:
    app = build(_settings())
    assert app[OFFERDESK].application is not None
    app[OFFERDESK].database.close()
