"""The transport: what is retried, what is not, and how every failure is classified."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.errors import (
    Authentication,
    Configuration,
    Conflict,
    Drift,
    DriftReason,
    OutcomeUnknown,
    Permanent,
    ServiceError,
    Transient,
)
from integrations.http import Call, Policy, Transport, new_client
from tests.unit.integrations.doubles import VirtualTime

Make = Callable[..., "tuple[Transport, Answers]"]

URL = "https://service.test/things/1?api_token=token-in-query"


class Answers:
    """Answers requests in the order given; an exception in the list is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.waiting = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def make(virtual_time: VirtualTime) -> AsyncIterator[Make]:
    clients: list[httpx.AsyncClient] = []

    def build(*answers: httpx.Response | Exception, **policy: Any) -> tuple[Transport, Answers]:  # noqa: ANN401
        handler = Answers(*answers)
        clients.append(httpx.AsyncClient(transport=httpx.MockTransport(handler)))
        return Transport("thing", clients[-1], Policy(**policy), virtual_time.clock()), handler

    yield build
    for client in clients:
        await client.aclose()


async def test_a_good_answer_comes_back_whole(make: Make) -> None:
    transport, answers = make(httpx.Response(200, json={"a": 1}, headers={"ETag": "7"}))
    answer = await transport.get("https://service.test/a", params={"q": "é"}, headers={"X-A": "b"})
    assert (answer.status, answer.json(), answer.headers["etag"]) == (200, {"a": 1}, "7")
    assert str(answers.requests[0].url) == "https://service.test/a?q=%C3%A9"
    assert answers.requests[0].headers["X-A"] == "b"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, Drift),
        (302, Drift),
        (400, Permanent),
        (401, Authentication),
        (403, Permanent),
        (404, Permanent),
        (409, Conflict),
        (412, Conflict),
        (413, Permanent),
        (429, Transient),
        (500, Transient),
        (501, Transient),
        (503, Transient),
        (504, Transient),
    ],
)
async def test_each_status_has_its_class(make: Make, status: int, kind: type[ServiceError]) -> None:
    transport, _ = make(httpx.Response(status, text="why"), attempts=1)
    with pytest.raises(ServiceError) as caught:
        await transport.get(URL)
    assert type(caught.value) is kind
    assert caught.value.status == status
    if isinstance(caught.value, Permanent):
        assert caught.value.body == b"why"


async def test_a_read_is_retried_with_growing_waits_and_then_given_up(make: Make, virtual_time: VirtualTime) -> None:
    transport, answers = make(*[httpx.Response(503) for _ in range(4)], attempts=4, first_wait_s=1, longest_wait_s=3)
    with pytest.raises(Transient):
        await transport.get(URL)
    assert len(answers.requests) == 4
    assert virtual_time.slept == [1.0, 2.0, 3.0]


async def test_retry_after_is_obeyed_in_seconds_and_as_a_date(make: Make, virtual_time: VirtualTime) -> None:
    transport, _ = make(
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503, headers={"Retry-After": "Mon, 23 Nov 2026 08:00:12 GMT"}),
        httpx.Response(429, headers={"Retry-After": "2.128"}),
        httpx.Response(200, json=[]),
        attempts=4,
    )
    assert (await transport.get(URL)).json() == []
    assert virtual_time.slept == [7.0, 5.0, 2.128]


async def test_a_longer_retry_after_than_we_wait_goes_to_the_caller(make: Make, virtual_time: VirtualTime) -> None:
    transport, answers = make(httpx.Response(429, headers={"Retry-After": "3600"}), longest_wait_s=30)
    with pytest.raises(Transient) as caught:
        await transport.get(URL)
    assert caught.value.retry_after == 3600
    assert len(answers.requests) == 1
    assert virtual_time.slept == []


@pytest.mark.parametrize("header", ["soon", "-3", "²", ""])
async def test_a_senseless_retry_after_is_as_good_as_none(make: Make, header: str) -> None:
    transport, _ = make(httpx.Response(429, headers=[(b"Retry-After", header.encode())]), attempts=1)
    with pytest.raises(Transient) as caught:
        await transport.get(URL)
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    "lost", [httpx.ReadTimeout("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x"), httpx.WriteError("x")]
)
async def test_a_write_whose_answer_is_lost_is_not_sent_again(make: Make, lost: Exception) -> None:
    transport, answers = make(lost)
    with pytest.raises(OutcomeUnknown):
        await transport.send(Call.with_json("POST", URL, {"a": 1}))
    assert len(answers.requests) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_write_answered_by_a_broken_gateway_has_an_unknown_outcome(make: Make, status: int) -> None:
    transport, answers = make(httpx.Response(status))
    with pytest.raises(OutcomeUnknown):
        await transport.send(Call("PATCH", URL))
    assert len(answers.requests) == 1


@pytest.mark.parametrize(
    "harmless", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x"), httpx.Response(429)]
)
async def test_a_write_that_surely_was_not_done_is_sent_again(make: Make, harmless: httpx.Response | Exception) -> None:
    transport, answers = make(harmless, httpx.Response(201, json={"id": 4}))
    answer = await transport.send(Call.with_json("POST", URL, {"a": 1}, headers={"X-A": "b"}))
    assert answer.json() == {"id": 4}
    assert answers.requests[1].content == b'{"a":1}'
    assert answers.requests[1].headers["Content-Type"] == "application/json"
    assert answers.requests[1].headers["X-A"] == "b"


async def test_a_write_declared_repeatable_is_sent_again(make: Make) -> None:
    transport, answers = make(httpx.ReadTimeout("x"), httpx.Response(200))
    await transport.send(Call.with_json("POST", URL, {}, repeatable=True))
    assert len(answers.requests) == 2


async def test_a_put_is_repeatable_by_itself(make: Make) -> None:
    transport, answers = make(httpx.ReadError("x"), httpx.Response(500), httpx.Response(200))
    await transport.send(Call("put", URL))
    assert len(answers.requests) == 3


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://service.test/", None),
        ("https://", None),
        ("http://service.test:port/", None),
        ("https://service.test/", {"X": "sécret-Ω"}),
    ],
)
async def test_an_unusable_request_is_a_matter_of_settings(url: str, headers: dict[str, str] | None) -> None:
    async with new_client() as client:
        with pytest.raises(Configuration) as caught:
            await Transport("thing", client).get(url, headers=headers)
    assert "sécret" not in str(caught.value)


async def test_an_untrusted_certificate_is_a_matter_of_settings(make: Make) -> None:
    transport, _ = make(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    with pytest.raises(Configuration):
        await transport.get(URL)


async def test_secrets_show_nowhere(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call = Call(
        "POST",
        "https://user:password-in-url@service.test/path?api_token=token-in-query",  # pragma: allowlist secret
        headers={"Authorization": "Bearer token-in-header"},
        content=b"token-in-body",
    )
    transport, _ = make(httpx.Response(403, text="token-in-answer"), attempts=1)
    with pytest.raises(Permanent) as caught:
        await transport.send(call)
    shown = f"{caught.value} {caught.value!r} {caplog.text}"
    for secret in ("token-in-query", "password-in-url", "token-in-header", "token-in-body", "token-in-answer"):
        assert secret not in shown
    assert "token-in-header" not in repr(call)
    assert "token-in-body" not in repr(call)
    assert "POST /path answered 403" in str(caught.value)


async def test_an_answer_shows_neither_body_nor_headers(make: Make) -> None:
    transport, _ = make(httpx.Response(200, text="private", headers={"Set-Cookie": "private"}))
    assert "private" not in repr(await transport.get(URL))


async def test_an_answer_that_is_no_json_is_drift(make: Make) -> None:
    transport, _ = make(httpx.Response(200, text="<html>"))
    answer = await transport.get(URL)
    with pytest.raises(Drift) as caught:
        answer.json()
    assert caught.value.reason is DriftReason.NOT_JSON


async def test_an_answer_over_the_limit_is_drift_even_when_already_read(make: Make) -> None:
    transport, _ = make(httpx.Response(200, content=b"x" * 101), max_bytes=100)
    with pytest.raises(Drift) as caught:
        await transport.get(URL)
    assert caught.value.reason is DriftReason.TOO_LARGE


async def test_calls_keep_their_distance(make: Make, virtual_time: VirtualTime) -> None:
    transport, _ = make(*[httpx.Response(200) for _ in range(3)], spacing_s=1.0)
    for _ in range(3):
        await transport.get(URL)
    assert virtual_time.slept == [1.0, 1.0]


class RealServer:
    """Serves what a mock transport cannot show: compression, size, cut connections."""

    def __init__(self) -> None:
        self.body = b""
        self.headers: dict[str, str] = {}
        self.cut = False
        self.status = 200

    async def handle(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status, headers=self.headers)
        if self.cut:
            response.headers["Content-Length"] = str(len(self.body) + 10)
        await response.prepare(request)
        await response.write(self.body)
        if self.cut:
            assert request.transport is not None
            request.transport.close()
        return response


Real = tuple[RealServer, Callable[..., Transport], str]


@pytest.fixture
async def real() -> AsyncIterator[Real]:
    behaviour = RealServer()
    app = web.Application()
    app.router.add_route("*", "/", behaviour.handle)
    async with TestServer(app) as server, new_client() as client:

        def transport(**policy: Any) -> Transport:  # noqa: ANN401
            return Transport("thing", client, Policy(attempts=1, **policy))

        yield behaviour, transport, str(server.make_url("/"))


async def test_a_compressed_answer_is_unpacked(real: Real) -> None:
    behaviour, transport, url = real
    behaviour.body, behaviour.headers = gzip.compress(b'{"a":1}'), {"Content-Encoding": "gzip"}
    assert (await transport().get(url)).json() == {"a": 1}


@pytest.mark.parametrize("compressed", [True, False])
async def test_a_bomb_is_stopped_at_the_limit(real: Real, compressed: bool) -> None:  # noqa: FBT001
    behaviour, transport, url = real
    behaviour.body = b"0" * 5_000_000
    if compressed:
        behaviour.body, behaviour.headers = gzip.compress(behaviour.body), {"Content-Encoding": "gzip"}
    with pytest.raises(Drift) as caught:
        await transport(max_bytes=10_000).get(url)
    assert caught.value.reason is DriftReason.TOO_LARGE


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", b"not gzip"), ("gzip", gzip.compress(b'{"a":1}', mtime=0)[:-9]), ("br", b"whatever")],
)
async def test_what_cannot_be_unpacked_is_drift(real: Real, encoding: str, body: bytes) -> None:
    behaviour, transport, url = real
    behaviour.body, behaviour.headers = body, {"Content-Encoding": encoding}
    with pytest.raises(Drift) as caught:
        await transport().get(url)
    assert caught.value.reason is DriftReason.ENCODING


async def test_an_answer_cut_short_is_no_answer(real: Real) -> None:
    behaviour, transport, url = real
    behaviour.body, behaviour.cut = b'{"a":', True
    with pytest.raises(Transient):
        await transport().get(url)
    with pytest.raises(OutcomeUnknown):
        await transport().send(Call("POST", url))


async def test_a_refusal_keeps_its_status_when_its_body_is_lost(real: Real) -> None:
    behaviour, transport, url = real
    behaviour.body, behaviour.cut, behaviour.status = b"abc", True, 404
    with pytest.raises(Permanent) as caught:
        await transport().get(url)
    assert (caught.value.status, caught.value.body) == (404, b"")


async def test_nobody_there_is_transient() -> None:
    async with new_client() as client:
        with pytest.raises(Transient, match="no connection"):
            await Transport("thing", client, Policy(attempts=1)).get("http://127.0.0.1:9/")


async def test_the_whole_exchange_has_an_end(virtual_time: VirtualTime) -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(never)) as client:
        transport = Transport("thing", client, Policy(attempts=1, total_s=0.01), virtual_time.clock())
        with pytest.raises(Transient, match="TimeoutError"):
            await transport.get(URL)
        with pytest.raises(OutcomeUnknown):
            await transport.send(Call("POST", URL))
