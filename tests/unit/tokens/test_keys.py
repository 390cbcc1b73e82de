"""Bot Framework's keys change, and its key server goes away; clicks go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import ConfigurationError
from bot.tokens.keys import FIRST_RETRY_SECONDS, REFRESH_SECONDS, RETRY_SECONDS, USABLE_SECONDS, Keys, KeysUnavailable
from integrations.http import new_client
from integrations.sandbox.login import TokenSigner
from tests.channel import APP_ID, HandClock, open_channel, signing_key, until, utc_now


@dataclass
class KeyServer:
    """Publishes a key set; can break, and can hold its answer back."""

    signer: TokenSigner = field(
        default_factory=lambda: TokenSigner(utc_now, app_id=APP_ID, key=signing_key()),
    )
    answer: Callable[[dict[str, Any]], web.Response] = web.json_response
    fetched: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def metadata(self, request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": str(request.url.origin() / "keys")})

    async def keys(self, _: web.Request) -> web.Response:
        self.fetched += 1
        await self.gate.wait()
        return self.answer(self.signer.jwks())


@asynccontextmanager
async def _serving(server: KeyServer, clock: HandClock, *, held: bool = False) -> AsyncIterator[Keys]:
    if not held:
        server.gate.set()
    app = web.Application()
    app.router.add_get("/metadata", server.metadata)
    app.router.add_get("/keys", server.keys)
    async with TestServer(app) as running, new_client() as client:
        keys = Keys(f"http://127.0.0.1:{running.port}/metadata", client, clock.time())
        yield keys
        await keys.stop()


async def test_keys_are_fetched_once_for_many_clicks() -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock, held=True) as keys:
        waiting = [asyncio.create_task(keys.find("sandbox-key-1")) for _ in range(20)]
        await until(lambda: server.fetched == 1)
        server.gate.set()
        found = await asyncio.gather(*waiting)
        assert server.fetched == 1
        assert all(key is not None and key.endorsements == {"msteams"} for key in found)


async def test_a_rotated_key_is_found_at_once() -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock) as keys:
        assert await keys.find("sandbox-key-1") is not None
        server.signer.rotate(key=signing_key(2))
        clock.advance(RETRY_SECONDS)
        assert await keys.find("sandbox-key-2") is not None
        assert await keys.find("sandbox-key-1") is not None
        assert server.fetched == 2


async def test_unknown_kid_is_refetched_not_500() -> None:
    """The stock adapter raises IndexError for it, and answers 500 until its cache is a day old."""
    async with open_channel() as channel:
        assert (await channel.post(channel.press()))[0] == 200
        channel.edge.keys._tried_at = None  # as if the minute were over
        channel.signer.rotate(keep_old=False, key=signing_key(2))
        assert (await channel.post(channel.press()))[0] == 200
        assert channel.login.state()["counts"]["keys"] == 2


async def test_invented_kids_cause_one_fetch_a_minute() -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock) as keys:
        assert await keys.find("sandbox-key-1") is not None
        for number in range(50):
            assert await keys.find(f"invented-{number}") is None
        assert server.fetched == 1
        clock.advance(RETRY_SECONDS)
        for number in range(50):
            assert await keys.find(f"invented-{number}") is None
        assert server.fetched == 2


async def test_a_known_key_never_waits_for_a_fetch() -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock) as keys:
        assert await keys.find("sandbox-key-1") is not None
        server.gate.clear()
        clock.advance(RETRY_SECONDS)
        stranger = asyncio.create_task(keys.find("invented"))
        await until(lambda: server.fetched == 2)
        assert await keys.find("sandbox-key-1") is not None
        assert not stranger.done()
        server.gate.set()
        assert await stranger is None


async def test_keys_are_refreshed_in_the_background() -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock) as keys:
        keys.start()
        keys.start()
        await until(lambda: keys.age_seconds is not None and bool(clock._sleepers))
        assert (server.fetched, clock.next_wake()) == (1, REFRESH_SECONDS)
        clock.advance(REFRESH_SECONDS)
        await until(lambda: server.fetched == 2 and bool(clock._sleepers))
        assert keys.age_seconds == 0


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda _: web.Response(status=503), id="503"),
        pytest.param(lambda _: web.Response(text="<html>"), id="html"),
        pytest.param(lambda _: web.json_response({"keys": []}), id="no keys"),
        pytest.param(lambda _: web.json_response({"keys": [{"kty": "EC", "kid": "sandbox-key-1"}]}), id="other kind"),
        pytest.param(lambda _: web.json_response({"keys": [{"kty": "RSA", "kid": "k", "n": "AQ"}]}), id="half a key"),
        pytest.param(lambda _: web.json_response([1]), id="no object"),
    ],
)
async def test_a_broken_key_server_leaves_the_keys_as_they_are(broken: Callable[[Any], web.Response]) -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock) as keys:
        keys.start()
        await until(lambda: keys.age_seconds is not None and bool(clock._sleepers))
        server.answer = broken
        clock.advance(REFRESH_SECONDS)
        await until(lambda: server.fetched == 2 and bool(clock._sleepers))
        assert await keys.find("sandbox-key-1") is not None
        assert clock.next_wake() == RETRY_SECONDS


@pytest.mark.parametrize(
    ("url", "metadata"),
    [
        ("https://login.botframework.com/metadata", {"jwks_uri": "http://login.botframework.com/keys"}),
        ("https://login.botframework.com/metadata", {"jwks_uri": 7}),
        ("https://login.botframework.com/metadata", ["jwks_uri"]),
    ],
)
async def test_odd_metadata_gives_no_keys(url: str, metadata: object) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=metadata)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        keys = Keys(url, client, HandClock().time())
        with pytest.raises(KeysUnavailable):
            await keys.find("sandbox-key-1")
        await keys.stop()
    assert asked == [url]


async def test_keys_are_not_believed_for_ever() -> None:
    server, clock = KeyServer(), HandClock()
    async with _serving(server, clock) as keys:
        assert await keys.find("sandbox-key-1") is not None
        server.answer = lambda _: web.Response(status=503)
        clock.advance(USABLE_SECONDS)
        assert await keys.find("sandbox-key-1") is None


async def test_without_any_key_nobody_is_judged() -> None:
    server, clock = KeyServer(), HandClock()
    server.answer = lambda _: web.Response(status=503)
    async with _serving(server, clock) as keys:
        with pytest.raises(KeysUnavailable):
            await keys.find("sandbox-key-1")


async def test_a_key_server_that_starts_after_us_is_found_soon() -> None:
    server, clock = KeyServer(), HandClock()
    good, server.answer = server.answer, lambda _: web.Response(status=503)
    async with _serving(server, clock) as keys:
        keys.start()
        await until(lambda: bool(clock._sleepers))
        assert clock.next_wake() == FIRST_RETRY_SECONDS
        server.answer = good
        clock.advance(FIRST_RETRY_SECONDS)
        assert await keys.find("sandbox-key-1") is not None


async def test_without_any_key_a_click_is_503_and_comes_again() -> None:
    async with open_channel(openid_metadata_url="http://127.0.0.1:9/metadata") as channel:
        assert await channel.post(channel.press()) == (503, None)


async def test_short_keys_are_not_believed() -> None:
    server, clock = KeyServer(), HandClock()

    def shortened(jwks: dict[str, Any]) -> web.Response:
        key = jwks["keys"][0]
        return web.json_response({"keys": [key, {**key, "kid": "short", "n": key["n"][:170]}, {**key, "use": "enc"}]})

    server.answer = shortened
    async with _serving(server, clock) as keys:
        assert await keys.find("short") is None
        assert await keys.find("sandbox-key-1") is not None


@pytest.mark.parametrize("url", ["http://login.botframework.com/keys", "ftp://127.0.0.1/keys", "keys", ""])
async def test_keys_come_over_https_or_loopback_only(url: str) -> None:
    async with new_client() as client:
        with pytest.raises(ConfigurationError):
            Keys(url, client)
