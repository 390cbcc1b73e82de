"""`sync status`, `retry` and `pause` for records in other systems, beside the messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.offers.models import Offer
from bot.sync.ledger import want, want_records
from bot.sync.models import Kind, LedgerRow, LedgerState, System
from bot.sync.reconciler import claim_due
from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database
    from tests.unit.cli.conftest import Command

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def ledger(configured: str, database: Database) -> Database:
    """An offer S580 with its records, refused for good, and a message whose subject has the offer's id."""
    house = House(database)
    house.staff()
    offer_id = house.offer()

    def work(session: Session) -> None:
        session.get_one(Offer, offer_id).number = "S580"
        want(session, Kind.SHARED_CARD, offer_id, now=NOW)
        want_records(session, (Kind.DEAL, Kind.FOLDER), offer_id, now=NOW)
        refused = {"state": LedgerState.MANUAL, "error_class": "Permanent", "error": "pipedrive: refused"}
        session.execute(sa.update(LedgerRow).where(LedgerRow.system == System.PIPEDRIVE).values(refused))

    database.write_now(work)
    return database


def _states(database: Database) -> dict[System, LedgerState]:
    rows = sa.select(LedgerRow.system, LedgerRow.state)
    return database.read_now(lambda session: {row.system: row.state for row in session.execute(rows)})


def test_status_names_the_system_and_the_offer_of_a_record(command: Command, ledger: Database) -> None:
    rows = command("sync", "status", "--json").json
    assert {(row["system"], row["kind"], row["offer"]) for row in rows} == {
        ("teams", "shared_card", None),
        ("pipedrive", "deal", "S580"),
        ("sharepoint", "folder", "S580"),
    }
    written = command("sync", "status").out
    assert "S580" in written
    assert "pipedrive: refused" in written


@pytest.mark.parametrize(
    ("system", "setting"),
    [("pipedrive", "PIPEDRIVE_BASE_URL"), ("sharepoint", "GRAPH_DRIVE_ID")],
)
def test_what_waits_for_a_system_that_is_off_is_no_fault(
    command: Command, ledger: Database, monkeypatch: pytest.MonkeyPatch, system: str, setting: str
) -> None:
    monkeypatch.delenv(f"OFFERDESK_{setting}")
    found = {row["system"] for row in command("sync", "status", "--json").json}
    assert found == {"teams", "pipedrive", "sharepoint"} - {system}


def test_retry_takes_every_row_of_one_system(command: Command, ledger: Database) -> None:
    rows = {row["system"]: row["row"] for row in command("sync", "status", "--json").json}
    assert command("sync", "retry", "--system", "pipedrive", "--json").json == {"due": [rows["pipedrive"]]}
    assert _states(ledger)[System.PIPEDRIVE] is LedgerState.PENDING
    assert command("sync", "retry", str(rows["sharepoint"]), "--json").json == {"due": [rows["sharepoint"]]}
    assert command("sync", "retry", "--system", "business_central", "--json").json == {"due": []}


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry", "--system", "telegraph"),
        ("retry", "1", "--system", "pipedrive"),
        ("retry", "--all", "--system", "pipedrive"),
        ("pause", "--system", "telegraph"),
    ],
)
def test_wrong_usage_changes_nothing(command: Command, ledger: Database, arguments: tuple[str, ...]) -> None:
    before = _states(ledger)
    assert command("sync", *arguments).code == 2
    assert _states(ledger) == before


def test_one_system_is_paused_and_the_others_go_on(command: Command, ledger: Database) -> None:
    told = command("sync", "pause", "--system", "sharepoint").out
    assert told == ("Nothing is sent to sharepoint until `offerdesk sync pause --system sharepoint --off`.\n")
    assert "sharepoint is paused since" in command("sync", "status").err
    later = datetime.now(UTC)
    claimed = ledger.write_now(lambda session: [claim.system for claim in claim_due(session, now=later, owner="one")])
    assert claimed == [System.TEAMS]
    assert command("sync", "pause", "--system", "sharepoint", "--off").out == "sharepoint goes on.\n"
    claimed = ledger.write_now(lambda session: [claim.system for claim in claim_due(session, now=later, owner="one")])
    assert claimed == [System.SHAREPOINT]


def test_the_doctor_tells_messages_from_records(command: Command, ledger: Database) -> None:
    def states() -> dict[str, str]:
        return {line["check"]: line["state"] for line in command("doctor", "--json").json}

    assert (states()["messages"], states()["records (pipedrive)"]) == ("ok", "warning")
    command("sync", "retry", "--system", "pipedrive")
    stuck = sa.update(LedgerRow).where(LedgerRow.system == System.TEAMS).values(state=LedgerState.MANUAL)
    ledger.write_now(lambda session: session.execute(stuck))
    assert (states()["messages"], states()["records (pipedrive)"]) == ("warning", "ok")
