"""What Business Central tells: the handshake, and notifications that are stored once, of our subscriptions alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.errors import DatabaseUnavailable
from bot.sync.business_central.hooks import PATH, TOLD, Subscriber
from bot.sync.business_central.notices import MOST_BYTES
from bot.sync.models import Arrival, System
from bot.web.business_central_webhook import BusinessCentralWebhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.database import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMPANY = UUID("0c0ffee0-0000-4000-8000-00000000c001")
RECORD = "0c0ffee0-0000-4000-8000-00000000000a"
OURS = Subscriber("https://bot.example", COMPANY, SecretStr("a-client-secret"))  # pragma: allowlist secret
STATES = OURS.states()
Edge = TestClient[web.Request, web.Application]


def entry(entity_set: str = "contacts", company: UUID = COMPANY, **changes: object) -> dict[str, Any]:
    return {
        "subscriptionId": "27",
        "clientState": STATES[entity_set],
        "expirationDateTime": "2026-11-26T08:00:00Z",
        "resource": f"api/v2.0/companies({company})/{entity_set}({RECORD})",
        "changeType": "updated",
        "lastModifiedDateTime": "2026-11-23T08:00:00.363Z",
    } | changes


def told(*entries: object) -> dict[str, Any]:
    return {"value": list(entries)}


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
    app.add_routes(BusinessCentralWebhook(database, lambda: NOW, woken, COMPANY, STATES).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


def stored(database: Database) -> list[Arrival]:
    return list(database.read_now(lambda session: session.scalars(sa.select(Arrival).order_by(Arrival.id)).all()))


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_handshake_repeats_the_token(edge: Edge, database: Database, method: str) -> None:
    answer = await edge.request(method, PATH, params={"validationToken": "a b<c>&d"})
    assert (answer.status, answer.content_type, await answer.text()) == (200, "text/plain", "a b<c>&d")
    assert stored(database) == []


@pytest.mark.parametrize("token", ["", "x" * 2049])
async def test_no_handshake_without_a_usable_token(edge: Edge, token: str) -> None:
    assert (await edge.get(PATH, params={"validationToken": token})).status == 400


async def test_each_change_is_stored_once_and_wakes_the_reading(edge: Edge, database: Database, woken: _Woken) -> None:
    body = told(entry(), entry("customers", changeType="deleted"), entry())
    for _ in range(2):
        assert (await edge.post(PATH, json=body)).status == 202
    assert woken.times == 1
    kept = {arrival.body["entity_set"]: arrival.body for arrival in stored(database)}
    assert kept["contacts"] == {
        "entity_set": "contacts",
        "record_id": RECORD,
        "change": "updated",
        "at": "2026-11-23T08:00:00.363000+00:00",
    }
    assert kept["customers"]["change"] == "deleted"
    assert {(arrival.system, arrival.at) for arrival in stored(database)} == {(System.BUSINESS_CENTRAL, NOW)}
    assert not any(state in str(arrival.body) for arrival in stored(database) for state in STATES.values())


async def test_a_later_change_of_the_same_record_is_another_one(edge: Edge, database: Database) -> None:
    later = entry(lastModifiedDateTime="2026-11-23T08:00:01Z")
    assert (await edge.post(PATH, json=told(entry(), later))).status == 202
    assert len(stored(database)) == 2


async def test_the_same_notification_at_the_same_moment_is_one(edge: Edge, database: Database, woken: _Woken) -> None:
    answers = await asyncio.gather(*(edge.post(PATH, json=told(entry())) for _ in range(8)))
    assert {answer.status for answer in answers} == {202}
    assert (len(stored(database)), woken.times) == (1, 1)


@pytest.mark.parametrize(
    "strange",
    [
        entry(clientState=""),
        entry(clientState="wrong"),
        entry(clientState=STATES["customers"]),
        entry(clientState="é\ud83d\ude80"),
        entry(company=UUID(int=3)),
        entry(resource=f"api/v2.0/companies({COMPANY})/vendors({RECORD})"),
    ],
)
async def test_a_stranger_is_not_heard_and_nothing_secret_is_logged(
    edge: Edge, database: Database, woken: _Woken, strange: dict[str, Any]
) -> None:
    with capture_logs() as lines:
        assert (await edge.post(PATH, json=told(strange))).status == 401
        assert (await edge.post(PATH, json=told(strange, entry()))).status == 202
    assert len(stored(database)) == 1
    assert woken.times == 1
    assert not any(state in str(lines) for state in STATES.values())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"value":[7]}', b"\xff\xfe", b"[" * 5000])
async def test_what_is_no_notification_is_refused(edge: Edge, database: Database, body: bytes) -> None:
    assert (await edge.post(PATH, data=body)).status == 400
    assert stored(database) == []


async def test_nothing_to_tell_is_fine(edge: Edge, woken: _Woken) -> None:
    assert ((await edge.post(PATH, json=told())).status, woken.times) == (202, 0)


async def test_a_huge_body_is_not_read_to_its_end(edge: Edge, database: Database) -> None:
    assert (await edge.post(PATH, data=BytesIO(b" " * (MOST_BYTES + 1)))).status == 413
    assert stored(database) == []


async def test_a_thousand_changes_of_each_kind_fit(edge: Edge, database: Database) -> None:
    entries = [
        entry(kind, resource=f"api/v2.0/companies({COMPANY})/{kind}({UUID(int=number)})")
        for kind in TOLD
        for number in range(1000)
    ]
    assert (await edge.post(PATH, data=BytesIO(orjson.dumps(told(*entries))))).status == 202
    assert len(stored(database)) == 4000


async def test_while_the_database_is_away_it_comes_again(
    edge: Edge, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_work: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(database, "write", away)
    assert (await edge.post(PATH, json=told(entry()))).status == 503


def test_states_differ_by_kind_company_address_and_secret() -> None:
    others = [
        Subscriber("https://other.example", COMPANY, OURS.secret),
        Subscriber(OURS.public_url, UUID(int=1), OURS.secret),
        Subscriber(OURS.public_url, COMPANY, SecretStr("another")),
    ]
    found = [state for one in (OURS, *others) for state in one.states().values()]
    assert len(set(found)) == len(found) == 4 * len(TOLD)
    assert OURS.states() == STATES
    assert "a-client-secret" not in repr(OURS)
