"""Exports over HTTP: whose token opens what, streams that come whole or not at all, and how many run at once."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
from typing import IO, TYPE_CHECKING, Any

import pytest
from aiohttp import ClientPayloadError, ServerDisconnectedError, web
from aiohttp.test_utils import TestClient, TestServer
from pyarrow import parquet
from pydantic import SecretStr

from bot import config
from bot.decisions.tickets import STREAMED, Leave, SheetKind
from bot.errors import DatabaseUnavailable
from bot.exports.forms import MEDIA_TYPES, Form
from bot.exports.pipe import PIECE, pieces
from bot.exports.tables import exportables
from bot.reports.labels import refresh
from bot.web import exports as edge
from bot.web.exports import Exports
from tests.unit.reports.history import NOW, History, make

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.database import Database

    Client = TestClient[web.Request, web.Application]

COMPANY = config.default()
LESSER, GREATER = {"Authorization": "Bearer a-made-up-token"}, {"Authorization": "bearer another-made-up-one"}
HOURS = "/export/bi_v1_fact_hours"


@pytest.fixture
def history(database: Database) -> History:
    made = database.write_now(lambda session: make(session, 4, people=3, offers=4))
    database.write_now(lambda session: refresh(session, COMPANY))
    return made


@pytest.fixture
async def client(database: Database) -> AsyncIterator[Client]:
    app = web.Application()
    tokens = SecretStr("a-made-up-token"), SecretStr("another-made-up-one")
    app.add_routes(Exports(database.url, COMPANY, lambda: NOW, *tokens).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_each_form_comes_whole(client: Client, history: History) -> None:
    answers = {}
    for form in Form:
        answer = await client.get(f"{HOURS}.{form.value}", headers=LESSER)
        assert (answer.status, answer.headers["Content-Type"]) == (200, MEDIA_TYPES[form])
        assert answer.headers["Content-Disposition"] == f'attachment; filename="bi_v1_fact_hours.{form.value}"'
        assert answer.headers["Cache-Control"] == "no-store"
        answers[form] = await answer.read()
    rows = list(csv.DictReader(io.StringIO(answers[Form.CSV].decode())))
    assert len(rows) == len(history.entries)
    assert parquet.read_table(io.BytesIO(answers[Form.PARQUET])).num_rows == len(rows)
    assert answers[Form.XLSX][:2] == b"PK"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"{HOURS}.csv", {}, 401),
        (f"{HOURS}.csv", {"Authorization": "Bearer wrong"}, 401),
        (f"{HOURS}.csv", {"Authorization": "Bearer é"}, 401),
        (f"{HOURS}.csv", {"Authorization": "Basic a-made-up-token"}, 401),
        (f"{HOURS}.csv?token=a-made-up-token", {}, 401),
        ("/export/nothing.csv", {}, 401),
        ("/export/nothing.csv", LESSER, 404),
        ("/export/hourly_rate.csv", GREATER, 404),
        (f"{HOURS}.pdf", LESSER, 406),
        (f"{HOURS}.CSV", LESSER, 406),
        (f"{HOURS}.csv?year=2026", LESSER, 400),
        ("/export/hours.csv?year=26", LESSER, 400),
        ("/export/hours.csv?year=²", LESSER, 400),
        ("/export/hours.csv?by=person", LESSER, 400),
        ("/export/hours.csv?colour=red", LESSER, 400),
        ("/export/report_hours.csv?by=colour", GREATER, 400),
        ("/export/report_hours.csv?by=campaign", GREATER, 400),
        ("/export/report_hours.csv?language=de", GREATER, 400),
        ("/export/hours.csv?year=2026", LESSER, 200),
        ("/export/bi_v1_fact_hours_cost.csv", LESSER, 403),
        ("/export/report_hours.csv", LESSER, 403),
        ("/export/bi_v1_fact_hours_cost.csv", GREATER, 200),
        ("/export/report_hours.csv?by=person&year=2026&language=fr", GREATER, 200),
    ],
)
async def test_who_may_have_what(
    client: Client, history: History, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.get(path, headers=headers)
    assert answer.status == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "a-made-up-token" not in await answer.text()


async def test_hours_tell_their_cost_only_to_the_greater_token(client: Client, history: History) -> None:
    heads = [
        (await (await client.get("/export/hours.csv", headers=one)).text()).splitlines()[0] for one in (LESSER, GREATER)
    ]
    assert [head.endswith("currency,cost") for head in heads] == [False, True]


async def test_a_ticket_is_sent_whole_with_cost_and_a_mark(database: Database, history: History) -> None:
    exports = Exports(database.url, COMPANY, lambda: NOW)
    app = web.Application()

    async def fetch(request: web.Request) -> web.StreamResponse:
        return await exports.fetch(request, Leave(SheetKind.EXPORT, 0, "fr", f"{STREAMED}{request.query['name']}"))

    app.add_routes([web.get("/", fetch)])
    async with TestClient(TestServer(app)) as client:
        content = await (await client.get("/?name=hours.csv")).read()
        assert content.startswith(b"\xef\xbb\xbfperson,")
        assert content.splitlines()[0].endswith(b",cost")
        report = await (await client.get("/?name=report_portfolio.csv")).read()
        assert "Étape" in report.decode().splitlines()[0]
        assert (await (await client.get("/?name=bi_v1_dim_outcome.parquet")).read())[:4] == b"PAR1"


async def test_only_reading_is_answered(client: Client) -> None:
    assert (await client.head(f"{HOURS}.csv", headers=LESSER)).status == 405
    assert (await client.post(f"{HOURS}.csv", headers=LESSER)).status == 405


def test_without_a_token_there_is_no_route() -> None:
    assert Exports("sqlite:///none", COMPANY, lambda: NOW).routes() == []


async def test_the_lesser_token_alone_opens_no_cost(database: Database) -> None:
    app = web.Application()
    app.add_routes(Exports(database.url, COMPANY, lambda: NOW, SecretStr("a-made-up-token")).routes())
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/export/report_hours.csv", headers=LESSER)).status == 403
        assert (await client.get("/export/report_hours.csv", headers={"Authorization": "Bearer "})).status == 401


async def test_more_than_two_at_once_are_asked_to_come_again(
    client: Client, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(_form: Form, _table: object, file: IO[bytes], _told: object, **_more: object) -> int:
        begun.release()
        go_on.wait(20)
        file.write(b"done")
        return 0

    monkeypatch.setattr(edge, "write", slow)
    running = [asyncio.create_task(client.get(f"{HOURS}.csv", headers=LESSER)) for _ in range(2)]
    for _ in running:
        assert await asyncio.to_thread(begun.acquire, timeout=20)
    third = await client.get(f"{HOURS}.csv", headers=LESSER)
    assert (third.status, third.headers["Retry-After"]) == (503, "30")
    go_on.set()
    assert [await (await task).text() for task in running] == ["done", "done"]
    assert (await client.get(f"{HOURS}.csv", headers=LESSER)).status == 200


async def test_a_failure_before_the_first_piece_is_a_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_more: object) -> int:
        raise DatabaseUnavailable

    monkeypatch.setattr(edge, "write", fail)
    assert (await client.get(f"{HOURS}.csv", headers=LESSER)).status == 503


async def test_a_failure_in_the_middle_cuts_the_connection(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_form: Form, _table: object, file: IO[bytes], *_more: object, **_else: object) -> int:
        file.write(b"x" * PIECE * 3)
        raise DatabaseUnavailable

    monkeypatch.setattr(edge, "write", fail)
    with pytest.raises((ClientPayloadError, ServerDisconnectedError, ConnectionResetError)):
        await (await client.get(f"{HOURS}.csv", headers=LESSER)).read()


async def test_whoever_stops_reading_stops_the_writer() -> None:
    ended = threading.Event()
    written: list[int] = []

    def write(file: IO[bytes]) -> None:
        try:
            for number in range(10_000):
                file.write(b"x" * PIECE)
                written.append(number)
        finally:
            ended.set()

    found = pieces(write)
    assert len(await anext(found)) == PIECE
    await found.aclose()
    assert ended.is_set()
    assert len(written) < 100


async def test_a_slow_reader_slows_the_writer_down() -> None:
    written: list[int] = []

    def write(file: IO[bytes]) -> None:
        for number in range(50):
            file.write(b"x" * PIECE)
            written.append(number)

    seen = 0
    async for _piece in pieces(write):
        seen += 1
        assert len(written) <= seen + 8
    assert seen == 50


async def test_what_the_writer_raises_is_raised_to_the_reader() -> None:
    def write(_file: IO[bytes]) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await anext(pieces(write))


def test_everything_can_be_addressed() -> None:
    everything: list[Any] = [one.name for one in exportables()]
    assert all(name.replace("_", "").isalnum() and name == name.lower() for name in everything)
