"""What Business Central holds is read in pages, kept, and matched with what is ours."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clients.models import Client, Contact
from bot.clients.rules import Level
from bot.duties import Duties
from bot.people.models import Person
from bot.settings import Settings
from bot.sync.business_central import records as kept
from bot.sync.business_central.inbound import BusinessCentralInbound
from bot.sync.business_central.matching import Match, Rule, Wanted
from bot.sync.business_central.records import TheirKind
from bot.sync.facts import mappings, remember
from bot.sync.models import Cursor, LedgerState, Mapping, System, TheirRecord
from bot.sync.reconciler import pause
from integrations.sandbox import business_central as central
from tests.unit.sync.two_systems import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.sandbox.business_central.store import Store

BC = System.BUSINESS_CENTRAL
OFFICER = "procurement@prime-contractor-a.example"


@pytest.fixture
async def there(database: Database) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


@pytest.fixture
def inbound(there: World) -> BusinessCentralInbound:
    return BusinessCentralInbound(there.database, there.bc.client, there.time.now, lambda: None)


def store(here: World) -> Store:
    service = here.sandbox.services["business_central"]
    assert isinstance(service, central.BusinessCentralSandbox)
    return service.store


def records(here: World, kind: TheirKind, *, gone: bool = False) -> dict[str, TheirRecord]:
    asked = sa.select(TheirRecord).where(TheirRecord.kind == kind.value, TheirRecord.gone.is_(gone))
    return {row.remote_id: row for row in here.database.read_now(lambda s: s.scalars(asked).all())}


def known(here: World) -> dict[str, str]:
    found = here.database.read_now(lambda session: mappings(session, BC))
    return {name: code for name, code in found.items() if not name.startswith("rule:")}


def asked(here: World, entity_set: str) -> list[str]:
    """The queries that reached a listing."""
    return [str(one.get("query", "")) for one in here.calls(BC, "GET") if one["path"].endswith(f"/{entity_set}")]


def waits_for_codes(here: World) -> None:
    """The offer of a sales lead whose address Business Central knows, with a contact whose address it knows."""
    here.begin()

    def work(session: Session) -> None:
        session.execute(sa.delete(Mapping))
        session.execute(sa.update(Contact).values(email=OFFICER))
        lead = session.get_one(Person, here.house.people["engineer"])
        lead.email = "Lead2@supplier.example"

    here.house.write(work)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What reaches the database meanwhile."""
    made: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401  as SQLAlchemy calls it
        made.append(given[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield made
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def test_everything_is_read_once_then_what_changed(there: World, inbound: BusinessCentralInbound) -> None:
    await inbound.look()
    assert {code: row.name for code, row in records(there, TheirKind.SALESPERSON).items()} == {
        "LEAD1": "Sales lead 1",
        "LEAD2": "Sales lead 2",
        "BID": "Bid manager",
    }
    assert set(records(there, TheirKind.CUSTOMER)) == {"C00010", "C00020", "C00030"}
    officer = records(there, TheirKind.CONTACT)["CT000011"]
    assert officer.search_text == f"ct000011 procurement officer, prime contractor a prime contractor a {OFFICER}"
    first_seen = officer.seen_at
    assert ["filter" in query for query in asked(there, "contacts")] == [False]
    there.time.pass_by(600)
    there.edit("CT000020", "contacts", displayName="Prime contractor B (new)")
    await inbound.look()
    assert ["filter" in query for query in asked(there, "contacts")] == [False, True]
    contacts = records(there, TheirKind.CONTACT)
    assert len(contacts) == 8
    assert contacts["CT000020"].name == "Prime contractor B (new)"
    assert contacts["CT000011"].seen_at == first_seen, "what did not change is not written"


async def test_what_was_deleted_there_is_gone_after_a_day(there: World, inbound: BusinessCentralInbound) -> None:
    await inbound.look()
    row = store(there).find("contacts", "number", "CT000040")
    blocked = store(there).find("salespeople", "code", "BID")
    assert row is not None
    assert blocked is not None
    store(there).delete("contacts", row)
    blocked.values["blocked"] = True
    there.time.pass_by(600)
    await inbound.look()
    assert "CT000040" in records(there, TheirKind.CONTACT)
    assert set(records(there, TheirKind.SALESPERSON, gone=True)) == {"BID"}
    there.time.pass_by(timedelta(days=1).total_seconds())
    await inbound.look()
    assert set(records(there, TheirKind.CONTACT, gone=True)) == {"CT000040"}
    store(there).insert("contacts", dict(row.values))
    there.time.pass_by(600)
    await inbound.look()
    assert not records(there, TheirKind.CONTACT, gone=True)


async def test_an_outage_is_one_line_and_the_position_stays(there: World, inbound: BusinessCentralInbound) -> None:
    await inbound.look()
    position = there.database.read_now(lambda session: kept.position(session, "contact"))
    there.time.pass_by(600)
    there.edit("CT000020", "contacts", displayName="Renamed meanwhile")
    there.fault(BC, status=503, times=1000)
    with capture_logs() as lines:
        for _tick in range(3):
            there.time.pass_by(600)
            assert not await inbound.look()
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["business_central.unread"]
    during = there.database.read_now(lambda session: kept.position(session, "contact"))
    assert position is not None
    assert during is not None
    assert (during.position, during.updated_at) == (position.position, position.updated_at)
    there.sandbox.faults.clear()
    there.time.pass_by(600)
    with capture_logs() as lines:
        await inbound.look()
    assert "business_central.read_again" in [line["event"] for line in lines]
    assert records(there, TheirKind.CONTACT)["CT000020"].name == "Renamed meanwhile"


async def test_a_page_that_a_tenant_lacks_does_not_hold_the_others_up(
    there: World, inbound: BusinessCentralInbound
) -> None:
    there.fault(BC, status=404, times=1, body={"error": {"code": "BadRequest_NotFound", "message": "No such page."}})
    await inbound.look()
    assert not records(there, TheirKind.CONTACT)
    assert records(there, TheirKind.SALESPERSON)


async def test_a_pause_asks_nothing(there: World, inbound: BusinessCentralInbound) -> None:
    there.house.write(lambda session: pause(session, BC, there.time.now()))
    assert not await inbound.look()
    assert there.calls(BC) == []


# Who is who


async def test_a_match_wakes_the_offer_that_waited(there: World, inbound: BusinessCentralInbound) -> None:
    waits_for_codes(there)
    for _attempt in range(2):
        await there.run()
        there.time.pass_by(60)
    assert there.row().state is LedgerState.INCOMPLETE
    assert await inbound.look()
    lead = there.house.people["engineer"]
    assert known(there) == {"contact:1": "CT000011", f"person:{lead}": "LEAD2"}
    assert records(there, TheirKind.CONTACT)["CT000011"].ours == "contact:1"
    assert there.row().state is LedgerState.PENDING
    await there.run()
    assert there.row().state is LedgerState.OK
    (row,) = there.rows_in_bc()
    assert (row["contactNumber"], row["salespersonCode"]) == ("CT000011", "LEAD2")


async def test_what_a_person_chose_stays(there: World, inbound: BusinessCentralInbound) -> None:
    waits_for_codes(there)
    lead = f"person:{there.house.people['engineer']}"
    chosen = {"contact:1": "CT000040", lead: "BID"}
    there.house.write(lambda session: remember(session, BC, chosen, now=there.time.now()))
    assert not await inbound.look()
    assert known(there) == chosen


async def test_what_was_given_while_it_was_compared_stays(there: World, inbound: BusinessCentralInbound) -> None:
    waits_for_codes(there)
    await inbound.look()
    found = {TheirKind.CONTACT: {"contact:1": Match("CT000040", Rule.EMAIL), "client:9": Match("CT000020", Rule.NAME)}}
    count = there.house.write(lambda session: kept.match(session, found, "state", there.time.now()))
    assert count == 1
    assert known(there)["contact:1"] == "CT000011"
    assert known(there)["client:9"] == "CT000020"


async def test_a_client_that_is_added_later_is_recognised(there: World, inbound: BusinessCentralInbound) -> None:
    await inbound.look()
    there.time.pass_by(600)

    def add(session: Session) -> None:
        moment = there.time.now()
        common: dict[str, Any] = {"path_ids": "/1/", "search_text": "", "created_at": moment, "updated_at": moment}
        session.add(Client(name="SPACE agency", path="Space agency", level=Level.CLIENT, **common))
        session.flush()
        session.add(Client(name="Research institute", path="x", level=Level.DEPARTMENT, parent_id=1, **common))
        session.add(Client(name="Any", path="y", level=Level.CLIENT, code="c00020", **common))

    there.house.write(add)
    assert await inbound.look()
    numbers = {name: number for name, number in known(there).items() if name.startswith("client:")}
    assert set(numbers.values()) == {"CT000030", "CT000020"}
    assert not await inbound.look(), "nothing changed since"


async def test_nothing_new_writes_positions_alone(there: World, inbound: BusinessCentralInbound) -> None:
    await inbound.look()
    there.time.pass_by(600)
    with statements() as written:
        await inbound.look()
    changes = {one.split(" (")[0] for one in written if one.startswith(("INSERT", "UPDATE", "DELETE"))}
    assert changes == {f"INSERT INTO {Cursor.__tablename__}"}


async def test_the_likeliest_are_offered_first_and_then_others(there: World, inbound: BusinessCentralInbound) -> None:
    await inbound.look()

    def look(session: Session) -> list[tuple[str, str]]:
        return kept.likeliest(session, TheirKind.CONTACT, Wanted(names=("Space agency",)))

    offered = there.database.read_now(look)
    assert len(offered) == 8
    assert offered[0] == ("CT000030", "CT000030 · Space agency")
    assert offered[1] == ("CT000031", "CT000031 · Procurement officer, Space agency · Space agency")


async def test_the_duty_wakes_the_reconciler_when_something_was_recognised(
    there: World, inbound: BusinessCentralInbound
) -> None:
    waits_for_codes(there)
    changed: list[str] = []
    nothing: Any = None
    duties = Duties(
        there.database,
        nothing,
        [],
        settings=Settings(),
        company=there.company,
        rules=nothing,
        now=there.time.now,
        changed=lambda: changed.append("changed"),
        central=inbound,
    )
    (tick,) = (one for one in duties.ticks() if one.id == "business_central.changes")
    await tick.work()
    await tick.work()
    assert changed == ["changed"]
