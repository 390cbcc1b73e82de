"""Leads in Pipedrive: made once whatever happens, theirs where they were changed there, and made a deal at Go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.leads import fields, service
from bot.leads.models import Lead
from bot.offers.models import Offer, OriginKind
from bot.sync.differences import Memory
from bot.sync.models import Kind, LedgerRow, LedgerState, System
from bot.sync.reconciler import Reconciler
from integrations.sandbox.login import new_key
from tests.unit.sync.pipedrive_desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.people.models import Person

TYPED = {"title": "A rover", "origin": "fair", "client_name": "New Space Ltd", "amount": "1000", "currency": "EUR"}
LEADS = "/v1/leads"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def desk(database: Database, key: RSAPrivateKey) -> AsyncIterator[Desk]:
    """A prepared account, where the deal of the offer is not wanted yet."""
    async with open_desk(database, key) as made:
        await made.set_up()
        made.house.write(lambda session: session.execute(sa.delete(LedgerRow)))
        yield made


def acting(desk: Desk, work: Callable[[Session, Person], Any]) -> Any:  # noqa: ANN401  what the work gives
    return desk.database.write_now(lambda session: work(session, desk.house.person(session, "sales lead")))


def entered(desk: Desk, **typed: str) -> int:
    specs = fields.lead(desk.company.lists, {one.value: one.value for one in OriginKind})
    values = TYPED | typed

    def add(session: Session, actor: Person) -> int:
        return service.add(session, specs, values, actor=actor, now=desk.time.now()).id

    return int(acting(desk, add))


def edited(desk: Desk, lead_id: int, **typed: str) -> None:
    specs = fields.lead(desk.company.lists, {one.value: one.value for one in OriginKind})
    values = TYPED | typed

    def edit(session: Session, actor: Person) -> None:
        service.edit(session, lead_id, specs, values, base=1000, actor=actor, now=desk.time.now())

    acting(desk, edit)


def became(desk: Desk, lead_id: int) -> None:
    """The offer that has its Go came of this lead."""

    def work(session: Session) -> None:
        session.get_one(Lead, lead_id).offer_id = session.get_one(Offer, desk.offer_id).id

    desk.database.write_now(work)
    desk.change(title="A rover")


def row_of(desk: Desk, kind: Kind = Kind.LEAD) -> LedgerRow:
    return desk.database.read_now(
        lambda session: session.scalars(sa.select(LedgerRow).where(LedgerRow.kind == kind)).one()
    )


async def let_work(desk: Desk) -> None:
    """The reconciler works on what waits, as a new process would."""
    desk.time.pass_by(3600)
    gateways = {System.PIPEDRIVE: desk.gateway}
    await Reconciler(desk.database, gateways, now=desk.time.now, jitter=lambda: 0.0, owner="one").run_once()


async def run(desk: Desk, kind: Kind = Kind.LEAD) -> LedgerRow:
    await let_work(desk)
    return row_of(desk, kind)


def there(desk: Desk) -> dict[str, Any]:
    (only,) = desk.world.leads.values()
    return dict(only)


def custom(desk: Desk, title: str) -> object:
    code = next(code for code, kept in desk.world.fields.items() if kept["field_name"] == title)
    return there(desk).get(code)


async def test_a_lead_is_made_with_its_organization_and_then_costs_nothing(desk: Desk) -> None:
    lead_id = entered(desk)
    row = await run(desk)
    assert (row.state, row.error) == (LedgerState.OK, None)
    lead = there(desk)
    assert (lead["title"], lead["value"]) == ("A rover", {"amount": 1000, "currency": "EUR"})
    assert desk.world.organizations[lead["organization_id"]]["name"] == "New Space Ltd"
    assert (custom(desk, "Bid ref"), custom(desk, "Origin")) == (f"OL-{lead_id}", "Fair")
    memory = Memory.of(row.remote)
    assert memory is not None
    assert memory.url == f"{desk.url}/pipedrive/leads/inbox/{lead['id']}"
    called = len(desk.calls())
    edited(desk, lead_id, note="Only ours")
    await run(desk)
    assert len(desk.calls()) == called
    entered(desk, title="Another", client_name="new space LTD")
    await let_work(desk)
    assert len({one["organization_id"] for one in desk.world.leads.values()}) == 1


async def test_without_anybody_it_waits_until_somebody_is_named(desk: Desk) -> None:
    lead_id = entered(desk, client_name="")
    await run(desk)
    row = await run(desk)
    assert (row.state, row.error) == (LedgerState.INCOMPLETE, "lead: client")
    assert not desk.world.leads
    edited(desk, lead_id)
    assert (await run(desk)).state is LedgerState.OK
    assert there(desk)["title"] == "A rover"


async def test_a_lost_answer_makes_no_second_lead(desk: Desk) -> None:
    entered(desk)
    desk.lose_answer("POST", LEADS)
    assert (await run(desk)).state is LedgerState.RETRYING
    assert (await run(desk)).state is LedgerState.OK
    assert there(desk)["title"] == "A rover"


async def test_a_lost_answer_makes_no_second_organization(desk: Desk) -> None:
    entered(desk)
    desk.lose_answer("POST", "/api/v2/organizations")
    await run(desk)
    assert (await run(desk)).state is LedgerState.OK
    assert [one["name"] for one in desk.world.organizations.values()].count("New Space Ltd") == 1


async def test_dropping_archives_it_and_taking_that_back_brings_it_back(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    why = {"dropped_why": "No budget"}
    acting(desk, lambda session, actor: service.drop(session, lead_id, why, actor=actor, now=desk.time.now()).id)
    assert (await run(desk)).state is LedgerState.OK
    assert there(desk)["is_archived"] is True
    acting(desk, lambda session, actor: service.restore(session, lead_id, actor=actor, now=desk.time.now()).id)
    edited(desk, lead_id, title="A bigger rover")
    assert (await run(desk)).state is LedgerState.OK
    assert (there(desk)["is_archived"], there(desk)["title"]) == (False, "A bigger rover")


async def test_what_was_changed_there_stays_until_it_is_changed_here(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    desk.time.pass_by(60)
    desk.sandbox.pipedrive.leads.change(there(desk)["id"], {"title": "Theirs"}, 105)
    edited(desk, lead_id, title="Ours", amount="2000")
    assert (await run(desk)).state is LedgerState.OK
    assert (there(desk)["title"], there(desk)["value"]["amount"]) == ("Theirs", 2000)
    edited(desk, lead_id, title="Ours anew", amount="2000")
    await run(desk)
    assert there(desk)["title"] == "Ours anew"


async def test_at_go_the_lead_becomes_the_deal(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    became(desk, lead_id)
    assert (await run(desk, Kind.DEAL)).state is LedgerState.RETRYING
    row = await run(desk, Kind.DEAL)
    assert (row.state, row.error) == (LedgerState.OK, None)
    deal = desk.deal()
    assert (deal["title"], deal["source_lead_id"] is not None, desk.stage_name()) == (
        "S580 A rover",
        True,
        "In preparation",
    )
    assert (desk.custom("Bid ref"), desk.custom("Offer number")) == ("OD-1", "S580")
    assert not desk.world.leads
    assert sum("/convert/deal" in call for call in desk.calls()) == 1
    called = len(desk.calls())
    await run(desk, Kind.DEAL)
    assert len(desk.calls()) == called


async def test_a_conversion_whose_answer_was_lost_is_found_again(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    became(desk, lead_id)
    desk.lose_answer("POST", f"/api/v2/leads/{there(desk)['id']}/convert/deal")
    assert (await run(desk, Kind.DEAL)).state is LedgerState.RETRYING
    assert (await run(desk, Kind.DEAL)).state is LedgerState.OK
    assert desk.deal()["title"] == "S580 A rover"


async def test_killed_after_the_deal_was_written_it_is_found_again(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    became(desk, lead_id)
    await run(desk, Kind.DEAL)
    await desk.die_after_sending()
    assert (await run(desk, Kind.DEAL)).state is LedgerState.OK
    assert (desk.deal()["title"], len(desk.notes())) == ("S580 A rover", 1)


async def test_a_title_given_there_before_the_go_is_put_to_a_person(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    desk.sandbox.pipedrive.leads.change(there(desk)["id"], {"title": "Theirs"}, 105)
    became(desk, lead_id)
    await run(desk, Kind.DEAL)
    assert (await run(desk, Kind.DEAL)).state is LedgerState.CONFLICT
    assert desk.deal()["title"] == "Theirs"
    assert [one.field for one in desk.conflicts()] == ["title"]


async def test_a_lead_deleted_there_does_not_keep_the_deal_away(desk: Desk) -> None:
    lead_id = entered(desk)
    await run(desk)
    desk.world.leads.clear()
    became(desk, lead_id)
    assert (await run(desk, Kind.DEAL)).state is LedgerState.OK
    assert desk.deal()["source_lead_id"] is None
