"""One look at a source, with the client and the saved file as they really are."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.config import Company
from bot.sync.models import Kind, LedgerRow
from bot.tenders.models import Source, SourceHealth, Tender, UnreadableRecord
from bot.tenders.polling import poll, take_file
from integrations.errors import Drift, DriftReason, ServiceError, Transient
from integrations.esa import Batch, TenderSource, read_saved

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from bot.database import Database

NOW = datetime(2026, 8, 27, 6, 0, tzinfo=UTC)


def item(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """An item in the portal's shape, with made-up content."""
    return {
        "id": number,
        "tanumber": f"1-{number}",
        "title": "DEPLOYABLE RADIATOR - EXPRO+",
        "description": "Objective: to build one.",
        "firstPublicationDate": "2026-08-26T09:54:07",
        "openDate": None,
        "closingDate": "2026-10-14T13:00:00",
        "clarificationRequestDeadline": None,
        "extensionRequestDeadline": None,
        "isCancelled": False,
        "isArchived": False,
        "isReissued": False,
        "countries": [{"id": 12}],
        "products": [],
        "technologies": [],
        "status": {"id": 2},
        "tenderType": {"id": 5},
    } | changes


@dataclass
class Portal:
    """A source that gives what it is told to give."""

    items: list[Any] = field(default_factory=list)
    error: ServiceError | None = None
    asked_with: AbstractSet[tuple[str, str]] = frozenset()
    source: TenderSource = TenderSource.ESA

    async def fetch(self, known: AbstractSet[tuple[str, str]]) -> Batch:
        """Give the items, or fail."""
        self.asked_with = known
        if self.error:
            raise self.error
        return read_saved(json.dumps({"total": len(self.items), "items": self.items}).encode(), self.source)


async def test_a_poll_takes_in_what_is_new(database: Database, company: Company) -> None:
    portal = Portal([item(1)])
    first = await poll(database, portal, company, lambda: NOW)
    assert first.intake is not None
    assert (first.source, first.intake.new, first.intake.announced) == (Source.ESA, 1, ())
    portal.items.append(item(2))
    second = await poll(database, portal, company, lambda: NOW)
    assert second.intake is not None
    assert (second.intake.new, len(second.intake.announced)) == (1, 1)
    assert {native_id for native_id, _ in portal.asked_with} == {"1"}
    row = database.read_now(lambda session: session.scalars(sa.select(Tender).where(Tender.native_id == "2")).one())
    assert row.closes_at == datetime(2026, 10, 14, 11, 0, tzinfo=UTC)
    assert (row.title, row.countries) == ("Deployable radiator", ["FR"])


async def test_a_failing_portal_changes_nothing_but_its_health(database: Database, company: Company) -> None:
    portal = Portal([item(1)])
    await poll(database, portal, company, lambda: NOW)
    portal.error = Drift("esa", "a login page came back", reason=DriftReason.LOGIN)
    polled = await poll(database, portal, company, lambda: NOW)
    assert (polled.intake, polled.error) == (None, portal.error)
    health = database.read_now(lambda session: session.get_one(SourceHealth, Source.ESA))
    assert (health.told, health.error_class, health.failures, health.last_success_at) == (True, "Drift", 1, NOW)
    portal.error = None
    await poll(database, portal, company, lambda: NOW)
    health = database.read_now(lambda session: session.get_one(SourceHealth, Source.ESA))
    assert (health.told, health.failures) == (False, 0)


async def test_an_overloaded_portal_is_given_time(database: Database, company: Company) -> None:
    portal = Portal(error=Transient("esa", "overloaded", status=503))
    for told in (False, False, True):
        await poll(database, portal, company, lambda: NOW)
        health = database.read_now(lambda session: session.get_one(SourceHealth, Source.ESA))
        assert health.told is told


async def test_items_that_cannot_be_read_are_kept(database: Database, company: Company) -> None:
    polled = await poll(database, Portal([item(1), {"id": 2}, None]), company, lambda: NOW)
    assert polled.intake is not None
    assert polled.intake.unreadable == 2
    assert database.read_now(lambda session: session.scalar(sa.select(sa.func.count(UnreadableRecord.id)))) == 2


async def test_odd_fields_do_not_stop_a_record(database: Database, company: Company) -> None:
    polled = await poll(database, Portal([item(1, closingDate=17, countries="all")]), company, lambda: NOW)
    assert polled.intake is not None
    assert polled.intake.new == 1


def test_a_file_that_is_no_answer(database: Database, company: Company) -> None:
    with pytest.raises(Drift):
        database.write_now(lambda session: take_file(session, b"<html>", now=NOW, company=company))


def test_the_real_records_go_through_without_loss(database: Database, company: Company, shared_data: Path) -> None:
    body = (shared_data / "esastar_tender_actions.json").read_bytes()
    published = json.loads(body)["items"]
    for expected_new in (41, 0):
        intake = database.write_now(lambda session: take_file(session, body, now=NOW, company=company))
        assert (intake.new, intake.changed, intake.unreadable) == (expected_new, 0, 0)
    rows = database.read_now(lambda session: session.scalars(sa.select(Tender)).all())
    assert len(rows) == len(published) == 41
    stored = {row.native_id: row for row in rows}
    for one in published:
        row = stored[str(one["id"])]
        assert (row.number, row.status_id, row.raw) == (one["tanumber"], one["status"]["id"], one)
        assert (row.closes_at is None) == (one["closingDate"] is None)
        assert (row.cancelled, row.archived) == (one["isCancelled"], one["isArchived"])
        assert not row.title.isupper()
        assert "EXPRO" not in row.title
    assert any(row.matched for row in rows)
    assert database.read_now(lambda session: session.scalar(sa.select(sa.func.count(LedgerRow.id)))) == 0


async def test_after_the_real_records_a_new_one_is_announced(
    database: Database, company: Company, shared_data: Path
) -> None:
    body = (shared_data / "esastar_tender_actions.json").read_bytes()
    items = json.loads(body)["items"]
    portal = Portal(items)
    await poll(database, portal, company, lambda: NOW)
    portal.items = [item(999999, firstPublicationDate="2026-08-27T07:00:00"), *items]
    polled = await poll(database, portal, company, lambda: NOW)
    assert polled.intake is not None
    assert (polled.intake.new, polled.intake.unchanged, len(polled.intake.announced)) == (1, 41, 1)
    kinds = database.read_now(lambda session: session.scalars(sa.select(LedgerRow.kind)).all())
    assert kinds == [Kind.SHARED_CARD]
