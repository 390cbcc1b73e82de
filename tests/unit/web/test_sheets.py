"""Sheets are fetched with a ticket, once, within ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.decisions.models import Round, RuleKind
from bot.decisions.tickets import VALID, DownloadTicket, Leave, SheetKind, issue_ticket, redeem
from bot.offers.models import Offer
from bot.people import service as people
from bot.web.sheets import DOCX, Sheet, Sheets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy.orm import Session

    from bot.database import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "x" * 43


def _a_round(session: Session) -> int:
    owner, _ = people.register(session, tenant_id="t", entra_object_id="o", name="Sales lead", now=NOW)
    offer = Offer(
        chrono=1, title="Offer", search_text="offer", owner_id=owner.id, stage="EVA", opened_at=NOW, updated_at=NOW
    )
    session.add(offer)
    session.flush()
    opened = Round(
        offer_id=offer.id,
        sequence=1,
        rule=RuleKind.MAJORITY,
        seats=["cto"],
        veto_seats=[],
        quorum=1,
        opened_at=NOW,
        opened_by_id=owner.id,
        closes_at=NOW + timedelta(days=3),
        evaluation_version=1,
    )
    session.add(opened)
    session.flush()
    return opened.id


class _Clock:
    moment = NOW

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
async def path(database: Database) -> str:
    return await database.write(
        lambda session: issue_ticket(session, SheetKind.DECISION, _a_round(session), "en", NOW, TOKEN)
    )


@pytest.fixture
async def client(database: Database, clock: _Clock) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    def prepare(_session: Session, leave: Leave, now: datetime) -> Callable[[], Sheet]:
        said = f"{leave.kind} {leave.subject_id} {leave.language} {now:%H:%M}"
        return lambda: Sheet("Go-No-Go-S580-1.docx", said.encode())

    async def stream(_request: web.Request, leave: Leave) -> web.StreamResponse:
        return web.Response(text=f"{leave.name} {leave.language}")

    app = web.Application()
    app.add_routes(Sheets(database, prepare, clock, stream).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_ticket_fetches_the_sheet_once(client: TestClient[web.Request, web.Application], path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    content = await answer.read()
    assert content.startswith(b"decision ")
    assert content.endswith(b" en 09:00")
    assert answer.headers["Content-Type"] == DOCX
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Go-No-Go-S580-1.docx"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    again = await client.get(path)
    text = await again.text()
    assert again.status == 404
    assert "Ce lien ne fonctionne plus" in text
    assert "This link no longer works" in text
    assert "default-src 'none'" in again.headers["Content-Security-Policy"]


async def test_a_preview_does_not_use_the_ticket_up(
    client: TestClient[web.Request, web.Application], path: str
) -> None:
    assert (await client.head(path)).status == 405
    assert (await client.get(path)).status == 200


async def test_an_old_ticket_opens_nothing(
    client: TestClient[web.Request, web.Application], path: str, clock: _Clock
) -> None:
    clock.moment = NOW + VALID
    assert (await client.get(path)).status == 404


@pytest.mark.parametrize("ticket", ["unknown", "é", "x" * 300, "%00", "..%2f..%2fetc"])
async def test_an_invented_ticket_opens_nothing(
    client: TestClient[web.Request, web.Application], path: str, ticket: str
) -> None:
    assert (await client.get(f"/sheets/{ticket}")).status == 404
    assert (await client.get(path)).status == 200


async def test_the_table_holds_no_ticket_that_opens_anything(database: Database, path: str) -> None:
    (digest,) = await database.read(lambda session: list(session.scalars(sa.select(DownloadTicket.digest))))
    assert TOKEN not in digest
    assert await database.write(lambda session: redeem(session, digest, NOW)) is None


async def test_old_tickets_are_dropped_when_a_new_one_is_issued(database: Database, path: str) -> None:
    later = NOW + VALID

    def issue(session: Session) -> int:
        round_id = session.scalars(sa.select(Round.id)).one()
        issue_ticket(session, SheetKind.HANDOVER, round_id, "fr", later, "y" * 43)
        return len(session.scalars(sa.select(DownloadTicket)).all())

    assert await database.write(issue) == 1


async def test_the_ticket_of_an_export_is_streamed_once(
    database: Database, client: TestClient[web.Request, web.Application]
) -> None:
    path = await database.write(
        lambda session: issue_ticket(
            session, SheetKind.EXPORT, 0, "fr", NOW, "z" * 43, name="export/bi_v1_dim_outcome.csv"
        )
    )
    answer = await client.get(path)
    assert (answer.status, await answer.text()) == (200, "export/bi_v1_dim_outcome.csv fr")
    assert (await client.get(path)).status == 404
