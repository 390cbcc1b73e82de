"""Our own token: fetched once, renewed before its end, never shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.errors import ConfigurationError
from bot.teams.credentials import EARLY_SECONDS, MARGIN_SECONDS, RETRY_SECONDS, Credentials
from integrations.errors import Authentication, Drift, Transient
from integrations.http import new_client
from tests.channel import APP_ID, SECRET, TENANT_ID, HandClock, until

LIFE = 3600


@dataclass
class Login:
    """Hands out numbered tokens, or what a test says."""

    asked: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[int], web.Response] = lambda number: web.json_response(
        {"token_type": "Bearer", "expires_in": LIFE, "access_token": f"token-{number}"}
    )
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form | {"tenant": request.match_info["tenant"]})
        await self.gate.wait()
        return self.answer(len(self.asked))


@asynccontextmanager
async def _credentials(login: Login, clock: HandClock, *, held: bool = False) -> AsyncIterator[Credentials]:
    if not held:
        login.gate.set()
    app = web.Application()
    app.router.add_post("/{tenant}/oauth2/v2.0/token", login.token)
    async with TestServer(app) as running, new_client() as client:
        credentials = Credentials(
            APP_ID,
            SecretStr(SECRET),
            tenant_id=TENANT_ID,
            login_url=f"http://127.0.0.1:{running.port}/",
            client=client,
            clock=clock.time(),
        )
        yield credentials
        await credentials.stop()


async def _value(credentials: Credentials) -> str:
    return (await credentials.token()).get_secret_value()


async def test_the_single_tenant_is_asked_with_our_secret() -> None:
    login = Login()
    async with _credentials(login, HandClock()) as credentials:
        assert await _value(credentials) == "token-1"
    assert login.asked == [
        {
            "tenant": TENANT_ID,
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "client_secret": SECRET,
            "scope": "https://api.botframework.com/.default",
        }
    ]


async def test_many_senders_share_one_fetch() -> None:
    login = Login()
    async with _credentials(login, HandClock(), held=True) as credentials:
        waiting = [asyncio.create_task(_value(credentials)) for _ in range(20)]
        await until(lambda: bool(login.asked))
        login.gate.set()
        assert set(await asyncio.gather(*waiting)) == {"token-1"}
    assert len(login.asked) == 1


async def test_a_sender_that_gives_up_does_not_end_the_fetch_of_the_others() -> None:
    login = Login()
    async with _credentials(login, HandClock(), held=True) as credentials:
        first = asyncio.create_task(_value(credentials))
        second = asyncio.create_task(_value(credentials))
        await until(lambda: bool(login.asked))
        first.cancel()
        login.gate.set()
        assert await second == "token-1"
    assert len(login.asked) == 1


async def test_a_token_is_used_until_five_minutes_before_its_end() -> None:
    login, clock = Login(), HandClock()
    async with _credentials(login, clock) as credentials:
        assert await _value(credentials) == "token-1"
        clock.advance(LIFE - MARGIN_SECONDS - 1)
        assert await _value(credentials) == "token-1"
        clock.advance(1)
        assert await _value(credentials) == "token-2"


async def test_a_token_is_renewed_in_the_background() -> None:
    login, clock = Login(), HandClock()
    async with _credentials(login, clock) as credentials:
        credentials.start()
        credentials.start()
        await until(lambda: bool(clock._sleepers))
        assert clock.next_wake() == LIFE - EARLY_SECONDS
        clock.advance(LIFE - EARLY_SECONDS)
        await until(lambda: len(login.asked) == 2 and bool(clock._sleepers))
        assert await _value(credentials) == "token-2"
    assert len(login.asked) == 2


async def test_a_refused_secret_names_microsofts_number_and_no_secret() -> None:
    login = Login()
    login.answer = lambda _: web.json_response(
        {"error": "invalid_client", "error_description": f"AADSTS7000215: {SECRET}", "error_codes": [7000215]},
        status=401,
    )
    async with _credentials(login, HandClock()) as credentials:
        with pytest.raises(Authentication, match="AADSTS7000215") as caught:
            await credentials.token()
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(vars(credentials))


async def test_a_refusal_without_json_is_a_refusal_too() -> None:
    login = Login()
    login.answer = lambda _: web.Response(status=400, text="<html>")
    async with _credentials(login, HandClock()) as credentials:
        with pytest.raises(Authentication, match="400"):
            await credentials.token()


async def test_a_login_that_is_down_is_asked_again_in_the_background(capfd: pytest.CaptureFixture[str]) -> None:
    login, clock = Login(), HandClock()
    good = login.answer
    login.answer = lambda _: web.Response(status=503)
    async with _credentials(login, clock) as credentials:
        credentials.start()
        await until(lambda: bool(clock._sleepers))
        assert clock.next_wake() == RETRY_SECONDS
        with pytest.raises(Transient):
            await credentials.token()
        login.answer = good
        clock.advance(RETRY_SECONDS)
        await until(lambda: bool(clock._sleepers))
        assert await _value(credentials) == f"token-{len(login.asked)}"
    assert SECRET not in "".join(capfd.readouterr())


@pytest.mark.parametrize("body", [{}, [], {"access_token": ""}, {"access_token": 7}])
async def test_an_answer_without_a_token_is_drift(body: object) -> None:
    login = Login()
    login.answer = lambda _: web.json_response(body)
    async with _credentials(login, HandClock()) as credentials:
        with pytest.raises(Drift):
            await credentials.token()


@pytest.mark.parametrize("life", ["3600", None, True, -5, "soon", 10**9])
async def test_an_odd_life_is_taken_with_care(life: object) -> None:
    login, clock = Login(), HandClock()
    login.answer = lambda number: web.json_response({"access_token": f"token-{number}", "expires_in": life})
    async with _credentials(login, clock) as credentials:
        assert await _value(credentials) == "token-1"
        clock.advance(24 * 3600)
        assert await _value(credentials) == "token-2"


async def test_a_token_the_connector_refused_is_forgotten() -> None:
    login = Login()
    async with _credentials(login, HandClock()) as credentials:
        first = await credentials.token()
        credentials.forget(first)
        assert await _value(credentials) == "token-2"
        credentials.forget(first)
        assert await _value(credentials) == "token-2"


async def test_the_secret_goes_over_https_or_loopback_only() -> None:
    async with new_client() as client:
        with pytest.raises(ConfigurationError, match="OFFERDESK_LOGIN_URL"):
            Credentials(APP_ID, SecretStr(SECRET), tenant_id=TENANT_ID, login_url="http://login.example", client=client)
