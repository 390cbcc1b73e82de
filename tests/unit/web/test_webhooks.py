"""What Pipedrive tells: stored once before it is answered, and nobody else is heard."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.errors import DatabaseUnavailable
from bot.sync.models import Arrival, System
from bot.web.webhooks import MOST_BYTES, PipedriveWebhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATH = "/webhooks/pipedrive"
USER, PASSWORD = "pipedrive", "pass:wörd"  # pragma: allowlist secret
Edge = TestClient[web.Request, web.Application]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


RIGHT = {"Authorization": basic(USER, PASSWORD)}


def event(**meta: object) -> dict[str, Any]:
    given = {
        "action": "change",
        "company_id": "8000001",
        "entity": "deal",
        "entity_id": "5",
        "id": "5f1f0a52-0000-4000-8000-000000000001",
        "timestamp": "2026-11-23T08:59:58.120Z",
        "user_id": "105",
        "webhook_id": "3",
        "change_source": "app",
        "version": "2.0",
    }
    return {"data": {"id": 5, "title": "S580"}, "previous": {}, "meta": {**given, **meta}}


class _Woken:
    times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def woken() -> _Woken:
    return _Woken()


@pytest.fixture
async def edge(database: Database, woken: _Woken) -> AsyncIterator[Edge]:
    app = web.Application(client_max_size=1024 * 1024)
    app.add_routes(PipedriveWebhook(database, lambda: NOW, woken, USER, SecretStr(PASSWORD)).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


def stored(database: Database) -> list[Arrival]:
    return list(database.read_now(lambda session: session.scalars(sa.select(Arrival)).all()))


async def test_an_event_is_stored_once_and_wakes_the_reading(edge: Edge, database: Database, woken: _Woken) -> None:
    for attempt in (1, 2):
        answer = await edge.post(PATH, json=event(attempt=attempt), headers=RIGHT)
        assert answer.status == 200
    (arrival,) = stored(database)
    assert (arrival.system, arrival.at, arrival.done_at, woken.times) == (System.PIPEDRIVE, NOW, None, 1)
    assert arrival.key == event()["meta"]["id"]
    assert arrival.body == {
        "entity": "deal",
        "entity_id": "5",
        "deleted": False,
        "user_id": 105,
        "by_program": False,
        "at": "2026-11-23T08:59:58.120000+00:00",
    }


async def test_the_same_event_at_the_same_moment_is_one(edge: Edge, database: Database, woken: _Woken) -> None:
    answers = await asyncio.gather(*(edge.post(PATH, json=event(), headers=RIGHT) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert (len(stored(database)), woken.times) == (1, 1)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic é",
        "Bearer cGlwZWRyaXZlOnBhc3M=",
        basic(USER, "wrong"),
        basic("somebody", PASSWORD),
        basic("", ""),
    ],
)
async def test_nobody_else_is_heard(edge: Edge, database: Database, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization is not None else {}
    answer = await edge.post(PATH, data=b"x" * (MOST_BYTES + 1), headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="Offerdesk"')
    assert stored(database) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 5000,
        orjson.dumps({"meta": {}}),
        orjson.dumps(event(id="")),
        orjson.dumps(event(id="x" * 201)),
        orjson.dumps(event(id="a\u0000b")),
        orjson.dumps(event(entity_id="")),
        orjson.dumps(event(entity_id="9" * 6000)),
        orjson.dumps(event(entity="e" * 101)),
        orjson.dumps(event(action="explode")),
        orjson.dumps(event(user_id=-1)),
        orjson.dumps(event(user_id="9" * 30)),
        orjson.dumps(event(timestamp="yesterday")),
        orjson.dumps(event(timestamp="0001-01-01T00:00:00+14:00")),
    ],
)
async def test_what_is_no_event_is_refused(edge: Edge, database: Database, woken: _Woken, body: bytes) -> None:
    answer = await edge.post(PATH, data=body, headers=RIGHT)
    assert (answer.status, stored(database), woken.times) == (400, [], 0)


async def test_a_large_event_is_taken_and_a_larger_one_refused(edge: Edge, database: Database) -> None:
    large = event()
    large["data"]["title"] = "x" * (MOST_BYTES - len(orjson.dumps(event())) + len("S580"))
    assert (await edge.post(PATH, data=orjson.dumps(large), headers=RIGHT)).status == 200
    large["data"]["title"] += "x"
    assert (await edge.post(PATH, data=orjson.dumps(large), headers=RIGHT)).status == 413
    assert (await edge.post(PATH, data=_parts(), headers=RIGHT)).status == 413
    assert len(stored(database)) == 1


async def _parts() -> AsyncIterator[bytes]:
    for _ in range(5):
        yield b" " * (MOST_BYTES // 4)


async def test_a_body_that_cannot_be_unpacked_is_refused(edge: Edge) -> None:
    packed = {"Content-Encoding": "deflate", "Content-Type": "application/json"}
    answer = await edge.post(PATH, data=b"not packed", headers={**packed, **RIGHT})
    assert answer.status == 400


async def test_while_the_database_is_away_pipedrive_is_to_send_it_again(
    edge: Edge, database: Database, woken: _Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_work: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(database, "write", away)
        assert (await edge.post(PATH, json=event(), headers=RIGHT)).status == 503
    assert woken.times == 0
    assert (await edge.post(PATH, json=event(), headers=RIGHT)).status == 200


@pytest.fixture(autouse=True)
def no_secret_is_shown(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert PASSWORD not in caplog.text
    shown: Any = None
    assert PASSWORD not in repr(PipedriveWebhook(shown, shown, shown, USER, SecretStr(PASSWORD)))
