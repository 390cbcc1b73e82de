"""Entra tokens: fetched once, renewed in time, refused with a reason, never shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs

import httpx
import pytest

from integrations.entra import EntraTokens, LoginProblem, LoginRefused, secure_url
from integrations.errors import Configuration, Drift, Transient
from integrations.http import Policy, Transport
from tests.unit.integrations.doubles import RunningSandbox, VirtualTime

TENANT = "00000000-0000-4000-8000-0000000007e0"
SECRET = "a-very-secret-word"  # pragma: allowlist secret
SCOPE = "https://graph.microsoft.com/.default"


class Login:
    """Hands out numbered tokens, or what a test says."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Callable[[int], httpx.Response] = lambda number: httpx.Response(
            200, json={"token_type": "Bearer", "expires_in": 3600, "access_token": f"token-{number}"}
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(len(self.requests))


def entra(
    transport: Transport, time: VirtualTime, *, secret: str = SECRET, url: str = "https://login.test/"
) -> EntraTokens:
    return EntraTokens(
        transport, login_url=url, tenant_id=TENANT, client_id="app", secret=secret, scope=SCOPE, now=time.now
    )


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
async def tokens(login: Login, virtual_time: VirtualTime) -> AsyncIterator[EntraTokens]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(login)) as client:
        yield entra(Transport("entra", client, Policy(attempts=2), virtual_time.clock()), virtual_time)


async def test_the_tenant_is_asked_with_a_form(tokens: EntraTokens, login: Login) -> None:
    assert await tokens.header() == {"Authorization": "Bearer token-1"}
    request = login.requests[0]
    assert str(request.url) == f"https://login.test/{TENANT}/oauth2/v2.0/token"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["app"],
        "client_secret": [SECRET],
        "scope": [SCOPE],
    }


async def test_many_callers_share_one_fetch(tokens: EntraTokens, login: Login) -> None:
    headers = await asyncio.gather(*[tokens.header() for _ in range(20)])
    assert {header["Authorization"] for header in headers} == {"Bearer token-1"}
    assert len(login.requests) == 1


async def test_it_is_renewed_at_four_fifths_of_its_life(
    tokens: EntraTokens, login: Login, virtual_time: VirtualTime
) -> None:
    await tokens.header()
    virtual_time.pass_by(2879)
    assert await tokens.header() == {"Authorization": "Bearer token-1"}
    virtual_time.pass_by(1)
    assert await tokens.header() == {"Authorization": "Bearer token-2"}


async def test_a_forgotten_token_is_fetched_anew(tokens: EntraTokens) -> None:
    await tokens.header()
    tokens.forget()
    assert await tokens.header() == {"Authorization": "Bearer token-2"}


async def test_an_old_token_serves_until_its_end_while_the_login_is_down(
    tokens: EntraTokens, login: Login, virtual_time: VirtualTime
) -> None:
    await tokens.header()
    login.answer = lambda _: httpx.Response(503)
    virtual_time.pass_by(3000)
    assert await tokens.header() == {"Authorization": "Bearer token-1"}
    virtual_time.pass_by(600)
    with pytest.raises(Transient):
        await tokens.header()


@pytest.mark.parametrize(
    ("status", "codes", "problem"),
    [
        (401, [7000222], LoginProblem.SECRET_EXPIRED),
        (401, [7000215], LoginProblem.SECRET_WRONG),
        (400, [700016], LoginProblem.APP_UNKNOWN),
        (400, [90002], LoginProblem.OTHER),
        (400, "none", LoginProblem.OTHER),
    ],
)
async def test_a_refusal_says_what_to_mend(
    tokens: EntraTokens, login: Login, status: int, codes: object, problem: LoginProblem
) -> None:
    body = {"error": "invalid_client", "error_description": f"{SECRET} is bad", "error_codes": codes}
    login.answer = lambda _: httpx.Response(status, json=body)
    with pytest.raises(LoginRefused) as caught:
        await tokens.header()
    assert (caught.value.problem, caught.value.status) == (problem, status)
    assert caught.value.codes == (tuple(codes) if isinstance(codes, list) else ())
    assert SECRET not in str(caught.value)
    assert len(login.requests) == 1


async def test_a_busy_login_is_no_refusal(tokens: EntraTokens, login: Login) -> None:
    login.answer = lambda _: httpx.Response(400, json={"error": "temporarily_unavailable", "error_codes": [90033]})
    with pytest.raises(Transient):
        await tokens.header()


async def test_a_refusal_that_is_not_json_is_still_a_refusal(tokens: EntraTokens, login: Login) -> None:
    login.answer = lambda _: httpx.Response(400, text="<html>")
    with pytest.raises(LoginRefused, match="status 400"):
        await tokens.header()


@pytest.mark.parametrize("body", [{"token_type": "Bearer"}, {"access_token": ""}, {"access_token": 7}, []])
async def test_an_answer_without_a_token_is_drift(tokens: EntraTokens, login: Login, body: object) -> None:
    login.answer = lambda _: httpx.Response(200, json=body)
    with pytest.raises(Drift):
        await tokens.header()


@pytest.mark.parametrize(
    ("expires_in", "renewed_after"), [("3600", 2880), (None, 48), (True, 48), (0, 48), (10**9, 69120)]
)
async def test_an_odd_life_stays_in_bounds(
    tokens: EntraTokens, login: Login, virtual_time: VirtualTime, expires_in: object, renewed_after: int
) -> None:
    login.answer = lambda number: httpx.Response(
        200, json={"access_token": f"token-{number}", "expires_in": expires_in}
    )
    await tokens.header()
    virtual_time.pass_by(renewed_after - 1)
    await tokens.header()
    assert len(login.requests) == 1
    virtual_time.pass_by(1)
    await tokens.header()
    assert len(login.requests) == 2


async def test_nothing_secret_shows(tokens: EntraTokens) -> None:
    await tokens.header()
    assert SECRET not in repr(tokens)
    assert "token-1" not in repr(tokens._token)


@pytest.mark.parametrize(
    "url", ["http://login.example", "ftp://127.0.0.1", "https://", "https://u:p@login.example", "\x00"]
)
async def test_secrets_go_only_to_https_or_to_this_machine(url: str) -> None:
    with pytest.raises(Configuration) as caught:
        secure_url("entra", url)
    assert "u:p" not in str(caught.value)


async def test_the_sandbox_login_issues_and_refuses(running: RunningSandbox, virtual_time: VirtualTime) -> None:
    transport = Transport("entra", running.client, Policy(attempts=1), virtual_time.clock())

    def asked(client_id: str, secret: str) -> EntraTokens:
        return EntraTokens(
            transport,
            login_url=f"{running.url}/login",
            tenant_id=TENANT,
            client_id=client_id,
            secret=secret,
            scope=SCOPE,
            now=virtual_time.now,
        )

    header = await asked("other-client", "other-secret").header()
    token = header["Authorization"].removeprefix("Bearer ")
    assert running.sandbox.login.verify(token, audience="https://graph.microsoft.com")
    with pytest.raises(LoginRefused) as wrong:
        await asked("other-client", "wrong").header()
    assert wrong.value.problem is LoginProblem.SECRET_WRONG
    with pytest.raises(LoginRefused) as unknown:
        await asked("nobody", "wrong").header()
    assert unknown.value.problem is LoginProblem.APP_UNKNOWN
