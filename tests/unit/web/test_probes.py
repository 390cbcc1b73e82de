"""Alive, ready, and how it is going."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot.database import Database
from bot.revision import NEWEST
from bot.schema import head
from bot.sync.ledger import want
from bot.sync.models import Kind
from bot.web.probes import Probes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.orm import Session

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "a-made-up-token"


async def _client(
    database: Database, token: str | None = TOKEN
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.add_routes(Probes(database, lambda: NOW, CollectorRegistry(), SecretStr(token) if token else None).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def client(database: Database) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async for client in _client(database):
        yield client


def test_the_program_knows_the_newest_migration() -> None:
    assert head() == NEWEST


async def test_it_is_alive_and_ready(client: TestClient[web.Request, web.Application]) -> None:
    assert (await client.get("/healthz")).status == 200
    for _ in range(2):
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (200, {"status": "ready"})


async def test_an_empty_database_is_not_ready_and_says_what_to_do(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    async for client in _client(database):
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert "offerdesk migrate" in (await answer.json())["problem"]
    database.close()


async def test_an_old_database_is_not_ready(database: Database) -> None:
    await database.write(lambda session: session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'")))
    async for client in _client(database):
        assert (await client.get("/readyz")).status == 503


async def test_a_database_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no-such-folder' / 'offerdesk.db'}")
    async for client in _client(database):
        answer = await client.get("/readyz")
        assert (answer.status, (await answer.json())["problem"]) == (503, "The database does not answer.")
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/metrics")).status == 200
    database.close()


async def test_metrics_count_what_is_due_outside(
    database: Database, client: TestClient[web.Request, web.Application]
) -> None:
    await database.write(_want_two)
    answer = await client.get("/metrics")
    text = await answer.text()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'offerdesk_ledger_rows{state="pending"} 2.0' in text
    assert 'offerdesk_ledger_rows{state="manual"} 0.0' in text
    assert "offerdesk_ledger_oldest_due_seconds 60.0" in text


def _want_two(session: Session) -> None:
    want(session, Kind.SHARED_CARD, 1, now=NOW)
    want(session, Kind.SHARED_CARD, 2, now=NOW - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "203.0.113.7"}, 401),
        ({"Forwarded": "for=203.0.113.7"}, 401),
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": f"Bearer {TOKEN}"}, 200),
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": f"bearer {TOKEN}"}, 200),
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer wrong"}, 401),
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": f"Basic {TOKEN}"}, 401),
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer é"}, 401),
    ],
)
async def test_metrics_are_for_this_machine_or_a_token(
    client: TestClient[web.Request, web.Application], headers: dict[str, str], status: int
) -> None:
    assert (await client.get("/metrics", headers=headers)).status == status


async def test_without_a_token_nobody_else_reads_metrics(database: Database) -> None:
    async for client in _client(database, token=None):
        headers = {"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer "}
        assert (await client.get("/metrics", headers=headers)).status == 401
