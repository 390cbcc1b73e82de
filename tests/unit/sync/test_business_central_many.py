"""Ten thousand contacts and as many customers: read page by page, gone on with after a crash, matched in no time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.clients.service import make_client, settle
from bot.offers import rules
from bot.sync.business_central import matching
from bot.sync.business_central import records as kept
from bot.sync.business_central.inbound import BusinessCentralInbound
from bot.sync.business_central.matching import Ours, Theirs
from bot.sync.business_central.records import BC, TheirKind
from bot.sync.facts import mappings
from bot.sync.models import TheirRecord
from integrations.business_central import Contact as BcContact
from integrations.sandbox import business_central as central
from tests.unit.sync.two_systems import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.orm import Session

    from bot.database import Database

MANY = 10_000
PAGE = 1000
STATEMENTS = 15
"""At most so many for each page that is read: a page is taken in as a whole, not record by record."""


@pytest.fixture
async def there(database: Database) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


def plant(here: World, contacts: int = MANY, customers: int = MANY) -> None:
    """Companies with numbers in no order of their making, each of them a customer."""
    store = service(here).store
    for table in ("contacts", "customers"):
        store.tables[table].clear()
    for number in reversed(range(contacts)):
        tax = f"FR{number:09}"
        values = {"number": f"CX{number:06}", "type": "Company", "displayName": f"Company {number}"}
        store.insert("contacts", {**values, "taxRegistrationNumber": tax})
    for number in range(customers):
        store.insert("customers", {"number": f"K{number:06}", "displayName": f"Company {number}"})


def service(here: World) -> central.BusinessCentralSandbox:
    found = here.sandbox.services["business_central"]
    assert isinstance(found, central.BusinessCentralSandbox)
    return found


def inbound(here: World) -> BusinessCentralInbound:
    return BusinessCentralInbound(here.database, here.bc.client, here.time.now, lambda: None)


def held(here: World, kind: TheirKind = TheirKind.CONTACT, *, gone: bool = False) -> int:
    counted = sa.select(sa.func.count()).where(TheirRecord.kind == kind.value, TheirRecord.gone.is_(gone))
    return here.database.read_now(lambda session: session.scalar(counted) or 0)


def asked(here: World, entity_set: str = "contacts") -> list[str]:
    return [str(one.get("query", "")) for one in here.calls(BC, "GET") if one["path"].endswith(f"/{entity_set}")]


@contextmanager
def statements() -> Iterator[list[str]]:
    made: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401  as SQLAlchemy calls it
        made.append(given[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield made
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def test_ten_thousand_of_each_are_read_in_pages_and_few_transactions(there: World) -> None:
    plant(there)
    with statements() as made:
        await inbound(there).look()
    assert len(made) <= STATEMENTS * 2 * MANY // PAGE
    assert (held(there), held(there, TheirKind.CUSTOMER)) == (MANY, MANY)
    assert (len(asked(there)), len(asked(there, "customers"))) == (MANY // PAGE, MANY // PAGE)
    assert len([one for one in made if one.startswith("INSERT INTO sync_their_record")]) <= 2 * MANY // 500 + 1

    def look(session: Session) -> list[tuple[str, str]]:
        return kept.choices(session, TheirKind.CONTACT, "9999 COMPÁNY")

    assert there.database.read_now(look) == [("CX009999", "CX009999 · Company 9999")]


async def test_no_more_than_a_page_is_held_at_a_time(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(there, contacts=3500, customers=0)
    alive, most = 0, 0
    read = BcContact.model_validate

    class Counted(BcContact):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def counting(row: object) -> BcContact:
        nonlocal alive, most
        alive += 1
        most = max(most, alive)
        return Counted.model_construct(**dict(read(row)))

    monkeypatch.setattr(BcContact, "model_validate", counting)
    await inbound(there).look()
    assert held(there) == 3500
    assert most <= 2 * PAGE


async def test_a_reading_that_was_cut_off_goes_on_where_it_was(there: World) -> None:
    plant(there, contacts=4500, customers=0)
    store = service(there).store
    first = inbound(there)
    await first.look()
    deleted = store.find("contacts", "number", "CX000100")
    late = store.find("contacts", "number", "CX004400")
    assert deleted is not None
    assert late is not None
    store.delete("contacts", deleted)
    store.delete("contacts", late)
    there.time.pass_by(86_401)
    before = len(asked(there))
    # The third page never arrives, and the program ends.
    answered = there.bc.client._connection.send
    pages = 0

    async def cut_off(method: str, url: str, **more: Any) -> Any:  # noqa: ANN401 - as the connection sends it
        nonlocal pages
        pages += "/contacts?" in url
        if pages == 3:
            raise RuntimeError
        return await answered(method, url, **more)

    there.bc.client._connection.send = cut_off  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await first.look()
    there.bc.client._connection.send = answered  # type: ignore[method-assign]
    assert held(there, gone=True) == 0, "nothing is gone before all was read"
    there.time.pass_by(600)
    await inbound(there).look()
    queries = asked(there)[before:]
    assert ["gt" in query for query in queries] == [False, False, True, True, True]
    assert "CX002000" in queries[2]
    assert held(there, gone=True) == 2
    assert held(there) == 4498
    there.time.pass_by(600)
    await inbound(there).look()
    assert "lastModifiedDateTime" in asked(there)[-1], "from then on only what changed"


async def test_an_import_over_there_is_not_read_again_and_again(there: World) -> None:
    plant(there, contacts=2500, customers=0)
    reader = inbound(there)
    counts = []
    for _tick in range(4):
        before = len(asked(there))
        await reader.look()
        counts.append(len(asked(there)) - before)
        there.time.pass_by(600)
    assert counts[0] == 3
    assert counts[-1] == 1


async def test_ten_thousand_are_matched_once_each_by_a_look(there: World) -> None:
    plant(there)

    def clients(session: Session) -> None:
        now = there.time.now()
        for number in range(0, MANY, 250):
            node = make_client(None, f"COMPANY {number}", None, None, level=Level.CLIENT, now=now)
            session.add(node)
            session.flush()
            settle(None, node)

    there.house.write(clients)
    await inbound(there).look()
    found = there.database.read_now(lambda session: mappings(session, BC))
    ids = there.database.read_now(lambda session: session.execute(sa.select(Client.id, Client.name)).all())
    assert {found[f"client:{row.id}"] for row in ids} == {f"CX{number:06}" for number in range(0, MANY, 250)}


def test_matching_takes_time_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    folded = 0
    fold = rules.fold

    def counting(text: str) -> str:
        nonlocal folded
        folded += 1
        return fold(text)

    monkeypatch.setattr(matching, "fold", counting)

    def cost(size: int) -> int:
        nonlocal folded
        folded = 0
        theirs = [Theirs(f"CT{n}", f"Company {n}", is_company=True, tax_number=f"FR{n}") for n in range(size)]
        customers = [Theirs(f"C{n}", f"Company {n}", tax_number=f"FR{n}") for n in range(size)]
        ours = [Ours(f"client:{n}", f"Company {n}", code=f"C{n}") for n in range(size)]
        assert len(matching.clients(ours, theirs, customers)) == size
        return folded

    assert cost(4000) <= 10 * cost(400) * 1.01
