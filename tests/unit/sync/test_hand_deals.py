"""Deals made in Pipedrive by hand get their opportunity in Business Central, once nothing is missing, and only once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.clients.rules import Level
from bot.clients.service import make_client, settle
from bot.config import default
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import fields as offer_fields
from bot.people.models import Person, Role, RoleGrant
from bot.sync import attention, hand_deals
from bot.sync.business_central.gateway import BusinessCentralGateway
from bot.sync.facts import mappings, remember
from bot.sync.models import DEAL_RECORD, LedgerRow, LedgerState, System, TheirRecord
from bot.sync.pipedrive.hand_deals import HandDeals, axis_fields
from bot.sync.pipedrive.inbound import PipedriveInbound
from bot.sync.pipedrive.notices import keep_notice, read_notice
from bot.sync.reconciler import Reconciler
from integrations import business_central, entra
from integrations.http import Transport
from integrations.pipedrive import DealField, FieldOption
from integrations.sandbox import business_central as central
from integrations.sandbox.app import SandboxSettings
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from integrations.sandbox.pipedrive.world import new_field
from tests.unit.sync.pipedrive_desk import SALES_LEAD_USER, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database

PIPEDRIVE, BC = System.PIPEDRIVE, System.BUSINESS_CENTRAL
PRIME = "European launcher prime"
CATEGORY_FIELD = "c" * 40


@dataclass
class Both:
    """A Pipedrive that was set up, Business Central beside it, and what reads and writes."""

    desk: Desk
    company: Company = field(default_factory=default)

    def __post_init__(self) -> None:
        settings, time = SandboxSettings(), self.desk.time
        tokens = entra.EntraTokens(
            Transport("login", self.desk.http, None, time.clock()),
            login_url=f"{self.desk.url}/login",
            tenant_id=settings.tenant_id,
            client_id=settings.app_id,
            secret=settings.app_password,
            scope=business_central.SCOPE,
            now=time.now,
        )
        self.bc = business_central.BusinessCentral(
            Transport(business_central.SERVICE, self.desk.http, business_central.policy(), time.clock()),
            business_central.BusinessCentralSettings(
                settings.tenant_id,
                central.ENVIRONMENT,
                UUID(central.COMPANY_ID),
                f"{self.desk.url}/business_central/v2.0",
            ),
            tokens,
        )

    @property
    def database(self) -> Database:
        return self.desk.database

    def inbound(self) -> PipedriveInbound:
        """As after a start of the program."""
        by_hand = HandDeals(self.database, self.desk.client, self.company, self.desk.time.now)
        return PipedriveInbound(self.database, self.desk.client, self.desk.time.now, lambda: None, by_hand=by_hand)

    async def look(self) -> None:
        self.desk.time.pass_by(600)
        await self.inbound().look()

    async def write(self) -> None:
        """Two attempts: what lacks something is looked at twice before it waits."""
        gateway = BusinessCentralGateway(
            self.database, self.bc, self.company, self.desk.time.now, web_url="https://bc.example"
        )
        for _ in range(2):
            self.desk.time.pass_by(60)
            await Reconciler(
                self.database, {BC: gateway}, now=self.desk.time.now, jitter=lambda: 0.0, owner="alive"
            ).run_once()

    def make(self, title: str = "Docking ring", **body: Any) -> int:  # noqa: ANN401 - as the API takes them
        """Somebody makes a deal over there."""
        given = {"title": title, "org_id": self.organization(), **body}
        made = self.desk.sandbox.pipedrive.deals.create(given, SALES_LEAD_USER, "app")
        return int(made["id"])

    def organization(self) -> int:
        rows = self.desk.world.organizations
        return int(next(number for number, row in rows.items() if row["name"] == PRIME))

    def know(self) -> None:
        """Business Central's names for the client and the sales lead."""

        def work(session: Session) -> None:
            client = session.get(TheirRecord, (PIPEDRIVE, "organization", str(self.organization())))
            assert client is not None
            assert client.ours is not None
            lead = next(name for name, user in mappings(session, PIPEDRIVE).items() if user == str(SALES_LEAD_USER))
            remember(session, BC, {client.ours: "CT000010", lead: "LEAD1"}, now=self.desk.time.now())

        self.database.write_now(work)

    def categorise(self) -> None:
        """Pipedrive has a field for our axis."""
        options = [{"id": 7, "label": "Thermique"}, {"id": 8, "label": "Unknown to us"}]
        made = new_field(CATEGORY_FIELD, "Product category", "enum", custom=True, options=options)
        self.desk.world.fields[CATEGORY_FIELD] = made

    def row(self) -> LedgerRow:
        found = sa.select(LedgerRow).where(LedgerRow.target == DEAL_RECORD)
        return self.database.read_now(lambda session: session.scalars(found).one())

    def rows(self) -> int:
        found = sa.select(sa.func.count()).select_from(LedgerRow).where(LedgerRow.target == DEAL_RECORD)
        return self.database.read_now(lambda session: session.scalar(found) or 0)

    def there(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.desk.sandbox.business_central.state()["opportunities"]
        return [row for row in rows if row["number"].startswith("PD")]

    def fill(self, deal_id: int, by: str = "CTO", **typed: str) -> None:
        def work(session: Session) -> None:
            person = session.get_one(Person, self.desk.house.people[by])
            specs = (
                *attention.DEAL_CODES,
                *[one for one in offer_fields.qualification(self.company.lists, "en", {}) if one.label],
            )
            attention.fill_deal(session, deal_id, specs, typed, actor=person, now=self.desk.time.now())

        self.database.write_now(work)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def both(database: Database, key: RSAPrivateKey) -> AsyncIterator[Both]:
    async with open_desk(database, key) as desk:
        await desk.set_up()
        made = Both(desk)

        def keeper(session: Session) -> None:
            person = session.get_one(Person, desk.house.people["CTO"])
            session.add(RoleGrant(person_id=person.id, role=Role.KEY_USER, valid_from=desk.time.now()))

        database.write_now(keeper)
        await made.look()
        yield made


async def test_a_deal_that_holds_everything_gets_its_opportunity_once(both: Both) -> None:
    both.categorise()
    both.know()
    number = both.make(custom_fields={CATEGORY_FIELD: 7})
    for _ in range(3):
        await both.look()
        await both.write()
    (row,) = both.there()
    assert (row["number"], row["description"], row["contactNumber"], row["salespersonCode"]) == (
        f"PD{number}",
        "Docking ring",
        "CT000010",
        "LEAD1",
    )
    assert both.row().state is LedgerState.OK
    posts = [one for one in both.desk.sandbox.log.of("business_central") if one["method"] == "POST"]
    assert len([one for one in posts if one["path"].endswith("/opportunities")]) == 1


async def test_a_notice_is_enough(both: Both) -> None:
    both.categorise()
    number = both.make(custom_fields={CATEGORY_FIELD: 7})
    meta = {
        "action": "create",
        "company_id": "8000001",
        "entity": "deal",
        "entity_id": str(number),
        "id": "event-1",
        "timestamp": both.desk.time.now().isoformat(),
        "user_id": str(SALES_LEAD_USER),
        "webhook_id": "3",
        "change_source": "app",
    }
    notice = read_notice(orjson.dumps({"data": {}, "previous": None, "meta": meta}))
    assert notice is not None
    both.database.write_now(lambda session: keep_notice(session, notice, now=both.desk.time.now()))
    await both.inbound().read_arrivals()
    assert both.row().subject_id == number


async def test_what_is_missing_is_said_and_filled_in(both: Both) -> None:
    number = both.make(org_id=None)
    await both.look()
    await both.write()
    assert (both.row().state, both.row().error) == (LedgerState.INCOMPLETE, "bc: contact, salesperson, category")
    assert both.there() == []
    both.fill(number, contact="ct000020", salesperson="lead2", category_product="thermal")
    assert both.row().state is LedgerState.PENDING
    await both.write()
    (row,) = both.there()
    assert (row["contactNumber"], row["salespersonCode"]) == ("CT000020", "LEAD2")
    trail = sa.select(AuditEvent).where(AuditEvent.action == "deal.edited")
    (line,) = both.database.read_now(lambda session: session.scalars(trail).all())
    assert (line.subject_id, line.after) == (
        number,
        {"contact": "CT000020", "salesperson": "LEAD2", "product": "thermal"},
    )
    both.fill(number, contact="CT000020", salesperson="LEAD2", category_product="thermal")
    assert len(both.database.read_now(lambda session: session.scalars(trail).all())) == 1


async def test_what_comes_by_another_way_lets_it_go_on(both: Both) -> None:
    both.categorise()
    both.make(custom_fields={CATEGORY_FIELD: 7})
    await both.look()
    await both.write()
    assert both.row().state is LedgerState.INCOMPLETE
    both.know()
    await both.look()
    await both.write()
    assert len(both.there()) == 1


async def test_a_new_title_follows_and_a_change_over_there_stays(both: Both) -> None:
    both.categorise()
    both.know()
    number = both.make(custom_fields={CATEGORY_FIELD: 7})
    await both.look()
    await both.write()
    deals = both.desk.sandbox.pipedrive.deals
    deals.change(number, {"title": "Docking ring, second batch"}, SALES_LEAD_USER, "app")
    await both.look()
    await both.write()
    assert both.there()[0]["description"] == "Docking ring, second batch"
    edit = central.Edit(entity_set="opportunities", number=f"PD{number}", values={"description": "Theirs"})
    both.desk.sandbox.business_central.controls.edit(edit)
    deals.change(number, {"title": "Docking ring, third batch"}, SALES_LEAD_USER, "app")
    for _ in range(2):
        await both.look()
        await both.write()
    assert both.there()[0]["description"] == "Theirs"
    assert both.row().state is LedgerState.OK


async def test_our_own_deals_and_those_of_before_get_none(both: Both) -> None:
    both.categorise()
    both.know()
    await both.desk.fine()
    ref = both.database.read_now(lambda session: mappings(session, PIPEDRIVE))["field:bid_ref"]
    both.make("Came of a lead", custom_fields={CATEGORY_FIELD: 7, ref: "OL-3"})
    old = both.make("Long ago", custom_fields={CATEGORY_FIELD: 7})
    long_ago = both.desk.time.now() - timedelta(days=30)
    both.desk.world.deals[old]["add_time"] = long_ago.isoformat(timespec="seconds").replace("+00:00", "Z")
    won = both.make("Won at once", status="won", custom_fields={CATEGORY_FIELD: 7})
    for _ in range(2):
        await both.look()
        await both.write()
    assert (both.rows(), both.there()) == (0, [])
    assert won > old


async def test_a_deal_that_became_an_offers_or_is_deleted_is_left_alone(both: Both) -> None:
    number, second = both.make(org_id=None), both.make("Deleted", org_id=None)
    await both.look()
    await both.write()
    ref = both.database.read_now(lambda session: mappings(session, PIPEDRIVE))["field:bid_ref"]
    deals = both.desk.sandbox.pipedrive.deals
    deals.change(number, {"custom_fields": {ref: "OD-7"}}, SALES_LEAD_USER, "app")
    deals.delete(second, SALES_LEAD_USER, "app")
    await both.look()
    for one in (number, second):
        both.fill(one, contact="CT000020", salesperson="LEAD2", category_product="thermal")
    await both.write()
    assert both.there() == []
    facts = both.database.read_now(lambda session: hand_deals.facts_of(session, number))
    assert facts is not None
    assert facts.settled


async def test_the_rule_can_be_switched_off(both: Both) -> None:
    number = both.make(org_id=None)
    await both.look()
    both.fill(number, contact="CT000020", salesperson="LEAD2", category_product="thermal")
    rules = both.company.rules.model_copy(
        update={"deals": both.company.rules.deals.model_copy(update={"opportunity": False})}
    )
    both.company = both.company.model_copy(update={"rules": rules})
    await both.write()
    assert both.there() == []


async def test_only_those_who_see_to_all_records_fill_in_and_only_what_can_be(both: Both) -> None:
    number = both.make(org_id=None)
    await both.look()
    with pytest.raises(NotAllowed):
        both.fill(number, by="engineer", contact="CT000020")
    with pytest.raises(Invalid):
        both.fill(number, contact="[x](y)")
    with pytest.raises(Invalid):
        both.fill(number, category_product="no such value")
    with pytest.raises(NotFound):
        both.fill(4711, contact="CT000020")


async def test_a_lost_answer_makes_no_second_one(both: Both) -> None:
    both.categorise()
    both.know()
    both.make(custom_fields={CATEGORY_FIELD: 7})
    await both.look()
    both.desk.sandbox.faults.add(Fault(service="business_central", method="POST", lose_response=True))
    for _ in range(3):
        await both.write()
    assert len(both.there()) == 1
    assert both.row().state is LedgerState.OK


async def test_the_nearest_node_of_the_client_is_the_contact(both: Both) -> None:
    def work(session: Session) -> str:
        now = both.desk.time.now()
        record = session.get(TheirRecord, (PIPEDRIVE, "organization", str(both.organization())))
        assert record is not None
        group = make_client(None, "The group", None, None, level=Level.CLIENT, now=now)
        session.add(group)
        session.flush()
        settle(None, group)
        session.flush()
        node = make_client(group, "The entity", None, None, level=Level.ENTITY, now=now)
        session.add(node)
        session.flush()
        settle(group, node)
        record.ours = f"client:{node.id}"
        remember(session, BC, {f"client:{group.id}": "CT000020"}, now=now)
        return record.ours

    both.database.write_now(work)
    number = both.make()
    await both.look()
    facts = both.database.read_now(lambda session: hand_deals.facts_of(session, number))
    assert facts is not None
    assert facts.contact == "CT000020"


def test_an_axis_is_the_one_custom_field_of_its_name() -> None:
    axes = default().lists.axes
    options = (FieldOption(id=7, label="thermal "), FieldOption(id=9, label="Nothing of ours"))

    def made(code: str, name: str, *, custom: bool = True, choices: Any = options) -> DealField:  # noqa: ANN401
        kind = "enum" if choices else "varchar"
        return DealField(field_name=name, field_code=code, field_type=kind, is_custom_field=custom, options=choices)

    (found,) = axis_fields(
        axes, [made("a", "PRODUCT CATEGORY"), made("b", "Other"), made("c", "Product", custom=False)]
    )
    assert (found.axis, found.code, found.read(7), found.read(9), found.read(None)) == (
        "product",
        "a",
        "thermal",
        None,
        None,
    )
    (text,) = axis_fields(axes, [made("t", "Catégorie de produit", choices=None)])
    assert (text.read("Thermique"), text.read("thermal"), text.read("x")) == ("thermal", "thermal", None)
    assert axis_fields(axes, [made("a", "product"), made("b", "Product category")]) == ()
