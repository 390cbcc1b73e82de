"""What people change in Pipedrive reaches Offerdesk: by webhook or by the next look, once, and overwrites nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clients.models import Client, Contact
from bot.clients.rules import Level
from bot.clients.service import make_client, make_contact, settle
from bot.offers.models import Offer
from bot.sync.arrivals import KEPT
from bot.sync.facts import mappings, remember
from bot.sync.models import Arrival, Cursor, LedgerState, System, TheirRecord
from bot.sync.pipedrive.inbound import PATIENCE, PipedriveInbound
from bot.sync.pipedrive.notices import keep_notice, read_notice
from bot.sync.reconciler import pause, resume
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from integrations.sandbox.pipedrive.world import API_USER, Happening, new_organization, new_person
from tests.unit.sync.pipedrive_desk import SALES_LEAD_USER, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.database import Database

SEEDED = {"European launcher prime", "Satellite integrator", "National space agency", "Instrument institute"}
ORGANIZATIONS = "/api/v2/organizations"


@dataclass
class Ear:
    """The reading, and the webhooks as they would be posted."""

    desk: Desk
    changes: list[str] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self.database = self.desk.database
        self.inbound = self.fresh()

    def fresh(self) -> PipedriveInbound:
        """As after a start of the program."""
        return PipedriveInbound(
            self.database, self.desk.client, self.desk.time.now, lambda: self.changes.append("changed")
        )

    def tell(self, entity: str, number: object, *, user: int = SALES_LEAD_USER, **meta: object) -> int:
        """A notice arrives; gives its number."""
        self.sent += 1
        given = {
            "action": "change",
            "company_id": "8000001",
            "entity": entity,
            "entity_id": str(number),
            "id": f"event-{self.sent}",
            "timestamp": self.desk.time.now().isoformat(),
            "user_id": str(user),
            "webhook_id": "3",
            "change_source": "app",
        }
        notice = read_notice(orjson.dumps({"data": {}, "previous": {}, "meta": {**given, **meta}}))
        assert notice is not None
        self.database.write_now(lambda session: keep_notice(session, notice, now=self.desk.time.now()))
        return self.arrivals()[-1].id

    def arrivals(self) -> list[Arrival]:
        return self.all(Arrival)

    def arrival(self, number: int) -> Arrival:
        return self.database.read_now(lambda session: session.get_one(Arrival, number))

    def all(self, model: Any) -> list[Any]:  # noqa: ANN401  any table
        by_id = sa.select(model).order_by(*sa.inspect(model).primary_key)
        return list(self.database.read_now(lambda session: session.scalars(by_id).all()))

    def client(self, name: str) -> Client:
        found: Client
        (found,) = [client for client in self.all(Client) if client.name == name]
        return found

    def contact(self, name: str) -> Contact:
        found: Contact
        (found,) = [contact for contact in self.all(Contact) if contact.name == name]
        return found

    def theirs(self, kind: str, number: int) -> TheirRecord:
        key = (System.PIPEDRIVE, kind, str(number))
        return self.database.read_now(lambda session: session.get_one(TheirRecord, key))

    def known(self) -> dict[str, str]:
        return self.database.read_now(lambda session: mappings(session, System.PIPEDRIVE))

    def add_client(self, name: str, *, code: str | None = None, parent: int | None = None) -> int:
        def work(session: Session) -> int:
            above = session.get(Client, parent) if parent is not None else None
            level = Level.ENTITY if above is not None else Level.CLIENT
            node = make_client(above, name, code, None, level=level, now=self.desk.time.now())
            session.add(node)
            session.flush()
            settle(above, node)
            return node.id

        return self.database.write_now(work)

    def add_contact(self, name: str, *, email: str | None = None, client_id: int | None = None) -> int:
        def work(session: Session) -> int:
            values = {"name": name, "client_id": client_id, "position": None, "email": email, "phone": None}
            contact = make_contact(values, now=self.desk.time.now())
            session.add(contact)
            session.flush()
            return contact.id

        return self.database.write_now(work)

    def organization(self, name: str) -> int:
        """Somebody adds one over there."""
        row = new_organization(self.desk.world, {"name": name}, SALES_LEAD_USER)
        self.desk.world.organizations[row["id"]] = row
        return int(row["id"])

    def person(self, name: str, **given: object) -> int:
        row = new_person(self.desk.world, {"name": name, **given}, SALES_LEAD_USER)
        self.desk.world.persons[row["id"]] = row
        return int(row["id"])

    def edit(self, book: str, number: int, **changes: object) -> None:
        """A minute later somebody changes a record over there."""
        self.desk.time.pass_by(60)
        getattr(self.desk.world, book)[number].update(changes, update_time=self.desk.world.stamp())

    def away(self, times: int, path: str = ORGANIZATIONS) -> None:
        self.desk.sandbox.faults.add(Fault(service="pipedrive", path=path, method="GET", status=503, times=times))


def email(address: str) -> list[dict[str, object]]:
    return [{"value": address, "primary": True, "label": "work"}]


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def ear(database: Database, key: RSAPrivateKey) -> AsyncIterator[Ear]:
    async with open_desk(database, key) as desk:
        await desk.set_up()
        yield Ear(desk)


# deals


@pytest.mark.parametrize("told", [True, False], ids=["webhook", "look"])
async def test_a_value_that_somebody_changed_becomes_a_conflict(ear: Ear, *, told: bool) -> None:
    await ear.desk.fine()
    await ear.inbound.look()
    await ear.desk.fine()
    assert ear.desk.conflicts() == []
    ear.desk.edit(title="Something else")
    if told:
        ear.tell("deal", ear.desk.deal()["id"])
        await ear.inbound.read_arrivals()
    else:
        await ear.inbound.look()
    assert (await ear.desk.run()).state is LedgerState.CONFLICT
    (conflict,) = ear.desk.conflicts()
    assert (conflict.field, conflict.theirs["value"], conflict.their_name) == ("title", "Something else", "Sales lead")
    assert ear.desk.deal()["title"] == "Something else"


async def test_what_is_not_ours_to_keep_costs_one_look(ear: Ear) -> None:
    await ear.desk.fine()
    ear.desk.edit(probability=40)
    ear.tell("deal", ear.desk.deal()["id"])
    await ear.inbound.read_arrivals()
    called = len(ear.desk.calls())
    await ear.desk.fine()
    assert ear.desk.calls()[called:] == [f"GET /api/v2/deals/{ear.desk.deal()['id']}"]
    for _ in range(2):
        await ear.inbound.look()
        called = len(ear.desk.calls())
        await ear.desk.fine()
        assert ear.desk.calls()[called:] == []


async def test_our_own_changes_are_passed_over(ear: Ear) -> None:
    await ear.desk.fine()
    before = ear.desk.row().wanted_version
    ear.desk.time.pass_by(60)
    own = ear.tell("deal", ear.desk.deal()["id"], user=API_USER, change_source="api")
    await ear.inbound.read_arrivals()
    assert (ear.arrival(own).done_at is not None, ear.desk.row().wanted_version) == (True, before)
    ear.tell("deal", ear.desk.deal()["id"], change_source="api")
    await ear.inbound.read_arrivals()
    assert ear.desk.row().wanted_version == before + 1


async def test_late_and_repeated_events_are_harmless(ear: Ear) -> None:
    await ear.desk.fine()
    number, before = ear.desk.deal()["id"], ear.desk.row().wanted_version
    ear.tell("deal", number, timestamp="2026-11-01T00:00:00Z")
    ear.tell("deal", 4711)
    ear.tell("lead", "5f1f0a52-0000-4000-8000-000000000001")
    ear.tell("note", 1)
    await ear.inbound.read_arrivals()
    assert ear.desk.row().wanted_version == before
    ear.desk.time.pass_by(5)
    for _ in range(3):
        ear.tell("deal", number)
    await ear.inbound.read_arrivals()
    assert ear.desk.row().wanted_version == before + 1
    assert [(one.done_at is not None, one.error) for one in ear.arrivals()] == [(True, None)] * 7


async def test_a_deal_that_was_deleted_is_put_to_a_person(ear: Ear) -> None:
    await ear.desk.fine()
    ear.desk.edit(is_deleted=True)
    ear.tell("deal", ear.desk.deal()["id"], action="delete")
    await ear.inbound.read_arrivals()
    row = await ear.desk.run()
    assert (row.state, "was deleted in Pipedrive" in (row.error or "")) == (LedgerState.MANUAL, True)
    assert len(ear.desk.deals()) == 1


async def test_an_event_while_we_write_is_not_forgotten(ear: Ear) -> None:
    await ear.desk.fine()
    ear.desk.time.pass_by(60)
    ear.desk.stage("REV")
    apply = ear.desk.gateway.apply

    async def interrupted(claim: Any) -> dict[str, Any]:  # noqa: ANN401  the gateway's own
        remote = await apply(claim)
        ear.desk.edit(title="Meanwhile")
        ear.tell("deal", ear.desk.deal()["id"])
        await ear.inbound.read_arrivals()
        return remote

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ear.desk.gateway, "apply", interrupted)
        await ear.desk.run()
    assert (await ear.desk.run()).state is LedgerState.CONFLICT
    assert [one.field for one in ear.desk.conflicts()] == ["title"]


# organisations and persons


async def test_the_first_look_makes_clients_and_contacts_of_theirs(ear: Ear) -> None:
    await ear.inbound.look()
    assert {client.name for client in ear.all(Client)} == SEEDED
    prime = ear.client("European launcher prime")
    officer = ear.contact("Procurement officer, European launcher prime")
    assert (prime.level, prime.path, prime.path_ids) == (Level.CLIENT, prime.name, f"/{prime.id}/")
    assert (officer.client_id, officer.email) == (prime.id, "procurement@prime.example")
    number = int(ear.known()[f"client:{prime.id}"])
    assert ear.theirs("organization", number).ours == f"client:{prime.id}"
    assert ear.known()[f"their-organization:{number}"] == prime.name
    assert ear.theirs("person", int(ear.known()[f"contact:{officer.id}"])).ours == f"contact:{officer.id}"
    seen = [(row.remote_id, row.ours) for row in ear.all(TheirRecord)]
    await ear.fresh().look()
    assert len(ear.all(Client)) == len(ear.all(Contact)) == len(SEEDED)
    assert [(row.remote_id, row.ours) for row in ear.all(TheirRecord)] == seen


async def test_clients_and_contacts_that_are_there_are_found(ear: Ear) -> None:
    by_name = ear.add_client("NATIONAL  Space Ágency")
    by_code = ear.add_client("The institute", code="instrument institute")
    tied = ear.add_client("Integrator")
    offer_id = ear.desk.offer_id
    ear.desk.change(client_id=by_name)
    remote = next(n for n, row in ear.desk.world.organizations.items() if row["name"] == "Satellite integrator")
    names = {f"client:{tied}": str(remote), f"client:{by_name}": ""}
    ear.database.write_now(lambda session: remember(session, System.PIPEDRIVE, names, now=ear.desk.time.now()))
    by_email = ear.add_contact("J. Doe", email="procurement@agency.example")
    namesake = ear.add_contact("procurement officer, instrument institute", client_id=by_code)
    before = ear.desk.row().wanted_version
    await ear.inbound.look()
    assert len(ear.all(Client)) == len(ear.all(Contact)) == len(SEEDED)
    known = ear.known()
    organizations = {name: ear.desk.world.organizations[int(known[f"client:{name}"])]["name"]
                     for name in (by_name, by_code, tied)}  # fmt: skip
    assert list(organizations.values()) == ["National space agency", "Instrument institute", "Satellite integrator"]
    assert known[f"contact:{by_email}"] != known[f"contact:{namesake}"]
    assert ear.client("The institute").name == "The institute"
    assert ear.desk.row().wanted_version == before + 1
    await ear.desk.fine()
    assert ear.desk.deal()["org_id"] == int(known[f"client:{by_name}"])
    assert ear.database.read_now(lambda session: session.get_one(Offer, offer_id)).client_id == by_name


async def test_where_several_could_be_meant_none_is_made(ear: Ear) -> None:
    group = ear.add_client("Group")
    other = ear.add_client("Other group")
    for parent in (group, other):
        ear.add_client("Instrument Institute", parent=parent)
    for _ in range(2):
        ear.add_contact("Procurement officer, National space agency")
    await ear.inbound.look()
    unmatched = [row.name for row in ear.all(TheirRecord) if row.ours is None]
    assert unmatched == ["Instrument institute", "Procurement officer, National space agency"]
    assert len([client for client in ear.all(Client) if client.name.casefold() == "instrument institute"]) == 2


async def test_two_of_one_name_are_one_client_tied_to_the_first(ear: Ear) -> None:
    first, second = ear.organization("Twin"), ear.organization("TWIN")
    await ear.inbound.look()
    twin = ear.client("Twin")
    assert ear.known()[f"client:{twin.id}"] == str(first)
    assert ear.theirs("organization", second).ours is None


async def test_a_new_name_is_taken_over_with_everything_under_it(ear: Ear) -> None:
    await ear.inbound.look()
    prime = ear.client("European launcher prime")
    ear.add_client("Propulsion", parent=prime.id)
    ear.desk.change(client_id=prime.id, client_name=prime.name)
    number = int(ear.known()[f"client:{prime.id}"])
    ear.edit("organizations", number, name=" Launcher  group\u0000 ")
    ear.tell("organization", number)
    await ear.inbound.read_arrivals()
    assert ear.client("Propulsion").path == "Launcher group › Propulsion"
    offer = ear.database.read_now(lambda session: session.get_one(Offer, ear.desk.offer_id))
    assert offer.client_name == "Launcher group"
    assert ear.theirs("organization", number).name == "Launcher group"


async def test_what_somebody_changed_here_stays(ear: Ear) -> None:
    await ear.inbound.look()
    prime, officer = ear.client("European launcher prime"), ear.contact("Procurement officer, National space agency")

    def changed_here(session: Session) -> None:
        session.get_one(Client, prime.id).name = "Our own name"
        session.get_one(Contact, officer.id).phone = "+33 1"

    ear.database.write_now(changed_here)
    ear.edit("organizations", int(ear.known()[f"client:{prime.id}"]), name="Their new name")
    person = int(ear.known()[f"contact:{officer.id}"])
    ear.edit("persons", person, name="Jo Doe", job_title="Buyer", phones=email("+44 2"), emails=email("jo@x.example"))
    await ear.inbound.look()
    assert {client.name for client in ear.all(Client)} == SEEDED - {"European launcher prime"} | {"Our own name"}
    jo = ear.contact("Jo Doe")
    assert (jo.id, jo.position, jo.phone, jo.email) == (officer.id, "Buyer", "+33 1", "jo@x.example")
    assert "jo doe" in jo.search_text


async def test_a_name_that_another_client_has_is_not_taken_over(ear: Ear) -> None:
    await ear.inbound.look()
    number = int(ear.known()[f"client:{ear.client('European launcher prime').id}"])
    ear.edit("organizations", number, name="Satellite Integrator")
    await ear.inbound.look()
    assert {client.name for client in ear.all(Client)} == SEEDED
    assert ear.theirs("organization", number).name == "Satellite Integrator"


async def test_an_address_that_another_contact_has_is_left_to_them(ear: Ear) -> None:
    await ear.inbound.look()
    taken = "procurement@agency.example"
    ear.person("Second buyer", emails=email(taken))
    number = int(ear.known()[f"contact:{ear.contact('Procurement officer, Satellite integrator').id}"])
    ear.edit("persons", number, emails=email(taken))
    await ear.inbound.look()
    assert [contact.name for contact in ear.all(Contact) if contact.email == taken] == [
        "Procurement officer, National space agency"
    ]
    assert ear.contact("Second buyer").email is None


async def test_a_person_brings_their_organisation_along(ear: Ear) -> None:
    organization = ear.organization("New customer")
    number = ear.person("Jo Doe", org_id=organization, emails=email("JO@new.example"), job_title="Buyer")
    ear.tell("person", number, action="create")
    await ear.inbound.read_arrivals()
    jo = ear.contact("Jo Doe")
    assert (jo.client_id, jo.email, jo.position) == (ear.client("New customer").id, "jo@new.example", "Buyer")


async def test_nothing_is_deleted_here(ear: Ear) -> None:
    await ear.inbound.look()
    prime, officer = ear.client("European launcher prime"), ear.contact("Procurement officer, National space agency")
    organization, person = (int(ear.known()[name]) for name in (f"client:{prime.id}", f"contact:{officer.id}"))
    ear.tell("organization", organization, action="delete")
    ear.edit("persons", person, is_deleted=True)
    ear.tell("person", person)
    del ear.desk.world.organizations[organization + 1]
    ear.tell("organization", organization + 1)
    await ear.inbound.read_arrivals()
    gone = [(row.kind, row.remote_id) for row in ear.all(TheirRecord) if row.gone]
    expected = [("organization", organization), ("organization", organization + 1), ("person", person)]
    assert gone == [(kind, str(number)) for kind, number in expected]
    assert len(ear.all(Client)) == len(ear.all(Contact)) == len(SEEDED)
    assert all(client.active for client in ear.all(Client))


async def test_an_invisible_name_makes_no_client(ear: Ear) -> None:
    number = ear.organization("\u200b\u200d ")
    await ear.inbound.look()
    assert (len(ear.all(Client)), ear.theirs("organization", number).ours) == (len(SEEDED), None)


# trouble


async def test_an_outage_is_one_line_and_the_cursor_stays(ear: Ear) -> None:
    await ear.inbound.look()
    before = [(cursor.name, cursor.position) for cursor in ear.all(Cursor)]
    assert [name for name, _ in before] == ["leads.first", "leads.whole", "organizations", "persons"]
    late = ear.organization("Late customer")
    ear.edit("organizations", late)
    with capture_logs() as logs:
        ear.away(1000)
        for _ in range(3):
            await ear.inbound.look()
        assert [(cursor.name, cursor.position) for cursor in ear.all(Cursor)] == before
        ear.desk.sandbox.faults.clear()
        ear.desk.time.pass_by(600)
        await ear.inbound.look()
    assert [line["event"] for line in logs] == ["pipedrive.unread", "pipedrive.read_again"]
    assert ear.client("Late customer").name == "Late customer"


async def test_one_bad_notice_does_not_stop_the_others(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    good = ear.organization("Good customer")
    refused = ear.tell("organization", 999_001)
    ear.desk.sandbox.faults.add(
        Fault(service="pipedrive", path=f"{ORGANIZATIONS}/999001", method="GET", status=400, body={"success": False})
    )
    unread = ear.tell("organization", 999_002)
    ear.away(1000, f"{ORGANIZATIONS}/999002")
    fine = ear.tell("organization", good)
    await ear.inbound.read_arrivals()
    assert ear.client("Good customer").active
    errors = [ear.arrival(number).error or "" for number in (refused, unread, fine)]
    assert [error.partition(":")[0] for error in errors] == ["Permanent", "Transient", ""]
    assert [ear.arrival(number).done_at is None for number in (refused, unread, fine)] == [False, True, False]
    ear.desk.sandbox.faults.clear()
    ear.desk.time.pass_by(600)
    await ear.inbound.read_arrivals()
    assert (ear.arrival(unread).done_at is not None, ear.arrival(unread).error) == (True, None)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    defect, after = ear.tell("person", 1), ear.tell("deal", 4711)
    monkeypatch.setattr("bot.sync.pipedrive.inbound.take_persons", broken)
    await ear.inbound.read_arrivals()
    assert (ear.arrival(defect).error, ear.arrival(defect).done_at is not None) == ("RuntimeError: a defect", True)
    assert ear.arrival(after).done_at is not None


async def test_while_pipedrive_is_away_the_notices_wait(ear: Ear) -> None:
    for _ in range(PATIENCE + 2):
        ear.tell("organization", 1)
    ear.away(1000, f"{ORGANIZATIONS}/1")
    await ear.inbound.read_arrivals()
    assert [arrival.error is not None for arrival in ear.arrivals()] == [True] * PATIENCE + [False] * 2
    ear.desk.sandbox.faults.clear()
    ear.desk.time.pass_by(600)
    await ear.inbound.look()
    assert all(arrival.done_at is not None for arrival in ear.arrivals())


async def test_nothing_is_asked_of_a_paused_system(ear: Ear) -> None:
    ear.database.write_now(lambda session: pause(session, System.PIPEDRIVE, ear.desk.time.now()))
    number = ear.tell("organization", 1)
    called = len(ear.desk.calls())
    await ear.inbound.look()
    assert (len(ear.desk.calls()), ear.arrival(number).done_at) == (called, None)
    ear.database.write_now(lambda session: resume(session, System.PIPEDRIVE))
    await ear.inbound.look()
    assert ear.arrival(number).done_at is not None


async def test_what_was_read_is_forgotten_in_the_end(ear: Ear) -> None:
    ear.tell("deal", 4711)
    await ear.inbound.look()
    assert len(ear.arrivals()) == 1
    ear.desk.time.pass_by(KEPT.total_seconds() + 60)
    await ear.inbound.look()
    assert ear.arrivals() == []


async def test_a_second_look_asks_only_for_what_changed(ear: Ear) -> None:
    await ear.inbound.look()
    ear.desk.time.pass_by(3600)
    ear.desk.world.happened(
        Happening("organization", None, ear.desk.world.organizations[ear.organization("New")], 1, "app")
    )
    await ear.inbound.look()
    asked = [entry for entry in ear.desk.sandbox.log.of("pipedrive") if entry["path"] == ORGANIZATIONS]
    assert ["updated_since" in str(entry) for entry in asked] == [False, True]
    assert ear.client("New").active
