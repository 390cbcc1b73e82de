"""Leads that people make in Pipedrive reach the channel once, and follow what is changed there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa

from bot.leads import fields, reading, service
from bot.leads.models import Lead, Over
from bot.offers.models import Offer, OriginKind
from bot.sync.differences import Memory
from bot.sync.models import CHANNEL, Kind, LedgerRow, LedgerState, System, TheirRecord
from bot.sync.outside import offer_changed
from bot.sync.pipedrive.inbound import PipedriveInbound
from bot.sync.pipedrive.lead_reading import WHOLE_EVERY
from bot.sync.pipedrive.notices import keep_notice, read_notice
from bot.sync.reconciler import Reconciler
from integrations.sandbox.login import new_key
from integrations.sandbox.pipedrive.world import API_USER
from tests.unit.sync.pipedrive_desk import ENGINEER_USER, SALES_LEAD_USER, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.database import Database

AGENCY = 3
"""An organization and a person that the stand-in has from the beginning."""
GIVEN: dict[str, Any] = {
    "title": "A  rover",
    "organization_id": AGENCY,
    "person_id": AGENCY,
    "owner_id": SALES_LEAD_USER,
    "value": {"amount": 125_000.5, "currency": "EUR"},
    "expected_close_date": "2027-03-31",
}


@dataclass
class Inbox:
    """Pipedrive's inbox of leads, and what Offerdesk makes of it."""

    desk: Desk
    sent: int = 0
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = self.desk.database
        self.inbound = self.fresh()

    def fresh(self) -> PipedriveInbound:
        """As after a start of the program."""
        wake = self.woken.append
        return PipedriveInbound(self.database, self.desk.client, self.desk.time.now, lambda: wake("changed"))

    def enter(self, **changed: Any) -> str:  # noqa: ANN401  values of a lead
        """A minute later somebody enters a lead over there."""
        self.desk.time.pass_by(60)
        return str(self.desk.sandbox.pipedrive.enter_lead(None, GIVEN | changed, SALES_LEAD_USER)["id"])

    def edit(self, lead_id: str, *, gone: bool = False, made: bool = False, **changes: Any) -> None:  # noqa: ANN401
        self.desk.time.pass_by(60)
        self.desk.sandbox.pipedrive.enter_lead(lead_id, changes, SALES_LEAD_USER, gone=gone, made=made)

    async def tell(self, lead_id: str, action: str = "change", *, user: int = SALES_LEAD_USER) -> None:
        """A notice arrives and is read."""
        self.sent += 1
        meta = {
            "action": action,
            "company_id": "8000001",
            "entity": "lead",
            "entity_id": lead_id,
            "id": f"event-{self.sent}",
            "timestamp": self.desk.time.now().isoformat(),
            "user_id": str(user),
            "webhook_id": "3",
            "change_source": "api" if user == API_USER else "app",
        }
        notice = read_notice(orjson.dumps({"data": {}, "previous": {}, "meta": meta}))
        assert notice is not None
        self.database.write_now(lambda session: keep_notice(session, notice, now=self.desk.time.now()))
        await self.inbound.read_arrivals()

    async def let_work(self) -> None:
        """The reconciler works on what waits for Pipedrive."""
        self.desk.time.pass_by(3600)
        gateways = {System.PIPEDRIVE: self.desk.fresh_gateway()}
        await Reconciler(self.database, gateways, now=self.desk.time.now, jitter=lambda: 0.0, owner="one").run_once()

    def leads(self) -> list[Lead]:
        found = sa.select(Lead).order_by(Lead.id)
        return list(self.database.read_now(lambda session: session.scalars(found).all()))

    def lead(self) -> Lead:
        (only,) = self.leads()
        return only

    def row(self, kind: Kind = Kind.LEAD) -> LedgerRow:
        return self.database.read_now(
            lambda session: session.scalars(sa.select(LedgerRow).where(LedgerRow.kind == kind)).one()
        )

    def cards(self) -> list[tuple[int, str, int]]:
        """The cards of leads: about which, where, and how often they were asked for."""
        found = sa.select(LedgerRow.subject_id, LedgerRow.target, LedgerRow.wanted_version).where(
            LedgerRow.kind == Kind.LEAD_CARD
        )
        rows = self.database.read_now(lambda session: session.execute(found.order_by(LedgerRow.id)).all())
        return [(row.subject_id, row.target, row.wanted_version) for row in rows]

    def act(self, work: Callable[[Session, dict[str, Any]], Any], name: str = "sales lead") -> Any:  # noqa: ANN401
        house = self.desk.house
        return self.database.write_now(
            lambda session: work(session, {"actor": house.person(session, name), "now": self.desk.time.now()})
        )

    def retitle(self, title: str) -> None:
        """Somebody corrects the lead here."""
        specs = fields.lead(self.desk.company.lists, {one.value: one.value for one in OriginKind})

        def work(session: Session, people: dict[str, Any]) -> None:
            lead = session.scalars(sa.select(Lead)).one()
            typed = {spec.name: str(getattr(lead, spec.name) or "") for spec in specs} | {"title": title}
            service.edit(session, lead.id, specs, typed, base=lead.revision, **people)

        self.act(work)

    def there(self, lead_id: str) -> dict[str, Any]:
        return dict(self.desk.world.leads[lead_id])

    def custom(self, row: dict[str, Any], title: str) -> object:
        code = next(code for code, kept in self.desk.world.fields.items() if kept["field_name"] == title)
        return row.get(code)

    def origin_code(self) -> str:
        return str(next(code for code, kept in self.desk.world.fields.items() if kept["field_name"] == "Origin"))


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def inbox(database: Database, key: RSAPrivateKey) -> AsyncIterator[Inbox]:
    """A prepared account that was looked at once; the deal of the offer is not wanted."""
    async with open_desk(database, key) as desk:
        await desk.set_up()
        database.write_now(lambda session: session.execute(sa.delete(LedgerRow).where(LedgerRow.kind == Kind.DEAL)))
        made = Inbox(desk)
        await made.inbound.look()
        yield made


@pytest.mark.parametrize("told", [True, False], ids=["webhook", "look"])
async def test_a_new_lead_is_put_into_the_channel_once_whoever_tells_of_it(inbox: Inbox, *, told: bool) -> None:
    lead_id = inbox.enter(**{inbox.origin_code(): "technical WORKSHOP"})
    if told:
        await inbox.tell(lead_id, "create")
    else:
        await inbox.inbound.look()
    lead = inbox.lead()
    assert (lead.title, lead.amount, lead.currency) == ("A rover", Decimal("125000.50"), "EUR")
    assert (lead.expected_closing_on, lead.origin) == (date(2027, 3, 31), OriginKind.WORKSHOP)
    assert (lead.made_there, lead.announced, lead.owner_id) == (True, True, inbox.desk.house.people["sales lead"])
    assert (lead.client_name, lead.contact_id is not None) == ("National space agency", True)
    assert inbox.cards() == [(lead.id, CHANNEL, 1)]
    memory = Memory.of(inbox.row().remote)
    assert memory is not None
    assert memory.url == f"{inbox.desk.url}/pipedrive/leads/inbox/{lead_id}"
    for _ in range(2):
        await inbox.tell(lead_id)
        await inbox.fresh().look()
    assert inbox.cards() == [(lead.id, CHANNEL, 1)]
    called = len(inbox.desk.calls())
    await inbox.let_work()
    assert len(inbox.desk.calls()) == called


async def test_what_a_lead_needs_is_learned_with_it(inbox: Inbox) -> None:
    organization = {"name": "New customer"}
    world = inbox.desk.world
    number = max(world.organizations) + 1
    world.organizations[number] = {**world.organizations[AGENCY], **organization, "id": number}
    await inbox.tell(inbox.enter(organization_id=number, person_id=None, owner_id=API_USER), "create")
    lead = inbox.lead()
    assert (lead.client_name, lead.client_id is not None, lead.contact_id) == ("New customer", True, None)
    assert (lead.owner_id, lead.owner_name) == (None, "Offerdesk integration")


async def test_leads_from_before_are_listed_and_do_not_flood_the_channel(
    database: Database, key: RSAPrivateKey
) -> None:
    async with open_desk(database, key) as desk:
        await desk.set_up()
        made = Inbox(desk)
        old = [made.enter(title=f"Old {number}") for number in range(12)]
        desk.time.pass_by(86_400)
        await made.tell(old[0])
        await made.inbound.look()
        made.desk.time.pass_by(300)
        await made.tell(made.enter(title="New"), "create")
        await made.inbound.look()
        assert len(made.leads()) == 13
        assert [made.leads()[subject - 1].title for subject, _, _ in made.cards()] == ["New"]
        counted = database.read_now(reading.count_open)
        assert counted == (13, 12)


async def test_our_own_leads_come_back_without_a_second_card(inbox: Inbox) -> None:
    typed = {"title": "Ours", "origin": "fair", "client_name": "New Space", "amount": "10", "currency": "EUR"}
    specs = fields.lead(inbox.desk.company.lists, {one.value: one.value for one in OriginKind})
    inbox.act(lambda session, people: service.add(session, specs, typed, **people))
    before = inbox.cards()
    await inbox.let_work()
    (lead_id,) = inbox.desk.world.leads
    await inbox.tell(lead_id, "create", user=API_USER)
    await inbox.tell(lead_id)
    await inbox.inbound.look()
    assert [(subject, target) for subject, target, _ in inbox.cards()] == [(one[0], one[1]) for one in before]
    assert inbox.lead().title == "Ours"
    inbox.edit(lead_id, title="Renamed there")
    await inbox.tell(lead_id)
    assert inbox.lead().title == "Renamed there"
    inbox.retitle("Renamed here")
    await inbox.let_work()
    assert inbox.there(lead_id)["title"] == "Renamed here"


async def test_our_own_lead_is_known_before_its_answer_is_stored(inbox: Inbox) -> None:
    typed = {"title": "Ours", "origin": "fair", "client_name": "New Space", "currency": "EUR"}
    specs = fields.lead(inbox.desk.company.lists, {one.value: one.value for one in OriginKind})
    inbox.act(lambda session, people: service.add(session, specs, typed, **people))
    inbox.desk.lose_answer("POST", "/v1/leads")
    await inbox.let_work()
    assert inbox.row().state is LedgerState.RETRYING
    await inbox.inbound.look()
    assert len(inbox.leads()) == 1
    await inbox.let_work()
    assert (inbox.row().state, len(inbox.desk.world.leads)) == (LedgerState.OK, 1)


async def test_a_copy_of_our_lead_is_a_lead_of_its_own(inbox: Inbox) -> None:
    typed = {"title": "Ours", "origin": "fair", "client_name": "New Space", "currency": "EUR"}
    specs = fields.lead(inbox.desk.company.lists, {one.value: one.value for one in OriginKind})
    inbox.act(lambda session, people: service.add(session, specs, typed, **people))
    await inbox.let_work()
    (lead_id,) = inbox.desk.world.leads
    code = next(code for code, kept in inbox.desk.world.fields.items() if kept["field_name"] == "Bid ref")
    copy = inbox.enter(**{code: inbox.there(lead_id)[code]})
    await inbox.tell(copy, "create")
    assert [lead.made_there for lead in inbox.leads()] == [False, True]


async def test_changes_there_refresh_the_card_and_what_was_changed_here_stays(inbox: Inbox) -> None:
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    inbox.edit(lead_id, title="A lander", value={"amount": 90_000, "currency": "USD"}, expected_close_date=None)
    await inbox.tell(lead_id)
    lead = inbox.lead()
    assert (lead.title, lead.amount, lead.currency) == ("A lander", Decimal(90_000), "USD")
    assert lead.expected_closing_on is None
    assert inbox.cards()[0][2] == 2
    inbox.retitle("Our words")
    inbox.edit(lead_id, title="Their words", owner_id=ENGINEER_USER)
    await inbox.tell(lead_id)
    lead = inbox.lead()
    assert (lead.title, lead.owner_id) == ("Our words", inbox.desk.house.people["engineer"])
    await inbox.let_work()
    assert inbox.there(lead_id)["title"] == "Their words"
    inbox.retitle("Ours again")
    await inbox.let_work()
    assert (inbox.there(lead_id)["title"], inbox.row().state) == ("Ours again", LedgerState.OK)


async def test_older_news_change_nothing(inbox: Inbox) -> None:
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    late = inbox.there(lead_id)
    inbox.edit(lead_id, title="Newer")
    await inbox.tell(lead_id)
    newer, inbox.desk.world.leads[lead_id] = inbox.there(lead_id), late
    await inbox.tell(lead_id)
    inbox.desk.world.leads[lead_id] = newer
    assert inbox.lead().title == "Newer"


async def test_archived_and_brought_back(inbox: Inbox) -> None:
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    inbox.edit(lead_id, is_archived=True)
    await inbox.tell(lead_id)
    assert (inbox.lead().over, inbox.cards()[0][2]) == (Over.ARCHIVED, 2)
    assert inbox.database.read_now(lambda session: list(reading.open_leads(session))) == []
    inbox.edit(lead_id, is_archived=False)
    await inbox.tell(lead_id)
    assert (inbox.lead().over, inbox.lead().over_at) == (Over.OPEN, None)


@pytest.mark.parametrize("told", [True, False], ids=["webhook", "day"])
@pytest.mark.parametrize("made", [True, False], ids=["converted", "deleted"])
async def test_gone_over_there_is_told_and_why(inbox: Inbox, *, told: bool, made: bool) -> None:
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    inbox.edit(lead_id, made=made, gone=not made)
    if told:
        await inbox.tell(lead_id, "delete")
    else:
        inbox.desk.time.pass_by(WHOLE_EVERY.total_seconds() + 60)
        await inbox.inbound.look()
    assert inbox.lead().over is (Over.CONVERTED if made else Over.DELETED)
    memory = Memory.of(inbox.row().remote)
    assert memory is not None
    if made:
        assert memory.url == f"{inbox.desk.url}/pipedrive/deal/{inbox.desk.deal()['id']}"
    again = inbox.cards()
    await inbox.tell(lead_id, "delete")
    assert inbox.cards() == again


async def test_a_day_finds_what_was_archived_while_nobody_listened(inbox: Inbox) -> None:
    kept, lost = inbox.enter(title="Kept"), inbox.enter(title="Lost")
    await inbox.inbound.look()
    inbox.edit(lost, is_archived=True)
    await inbox.inbound.look()
    assert [lead.over for lead in inbox.leads()] == [Over.OPEN, Over.OPEN]
    inbox.desk.time.pass_by(WHOLE_EVERY.total_seconds())
    await inbox.inbound.look()
    assert [(lead.title, lead.over) for lead in inbox.leads()] == [("Kept", Over.OPEN), ("Lost", Over.ARCHIVED)]
    assert kept in inbox.desk.world.leads


def picked_up(inbox: Inbox) -> Offer:
    lead_id = inbox.lead().id
    offer: Offer = inbox.act(
        lambda session, people: service.pick_up(session, lead_id, company=inbox.desk.company, **people), "CTO"
    )
    return offer


def go(inbox: Inbox, offer: Offer) -> None:
    """The offer gets its number, and its deal is wanted."""

    def work(session: Session, _people: dict[str, Any]) -> None:
        ours = session.get_one(Offer, offer.id)
        ours.number = "S777"
        offer_changed(session, ours, now=inbox.desk.time.now())
        session.execute(sa.delete(LedgerRow).where(LedgerRow.kind.in_((Kind.FOLDER, Kind.OPPORTUNITY))))

    inbox.act(work)


async def test_picked_up_it_only_gets_its_key_and_becomes_the_deal_at_go(inbox: Inbox) -> None:
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    before = inbox.there(lead_id)
    offer = picked_up(inbox)
    assert (offer.title, offer.expected_closing_on) == ("A rover", date(2027, 3, 31))
    await inbox.let_work()
    after = inbox.there(lead_id)
    assert inbox.custom(after, "Bid ref") == f"OL-{inbox.lead().id}"
    changed = {name for name in after if after[name] != before.get(name)}
    assert len(changed - {"update_time"}) == 1
    go(inbox, offer)
    for _ in range(3):
        await inbox.let_work()
    deal = inbox.desk.deal()
    assert (deal["source_lead_id"], deal["title"], inbox.desk.world.leads) == (lead_id, "S777 A rover", {})
    row = inbox.row(Kind.DEAL)
    assert (row.state, inbox.desk.conflicts()) == (LedgerState.OK, [])
    await inbox.tell(lead_id, "delete", user=API_USER)
    await inbox.tell(lead_id, "delete")
    assert inbox.lead().over is Over.OPEN


async def test_a_deal_that_somebody_made_of_it_is_the_offers(inbox: Inbox) -> None:
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    inbox.edit(lead_id, made=True)
    await inbox.tell(lead_id, "delete")
    offer = picked_up(inbox)
    await inbox.let_work()
    assert inbox.row().state is LedgerState.OK
    go(inbox, offer)
    for _ in range(3):
        await inbox.let_work()
    assert (inbox.desk.deal()["title"], inbox.row(Kind.DEAL).state) == ("S777 A rover", LedgerState.OK)


@pytest.mark.parametrize("archives", [True, False])
async def test_not_for_us_archives_it_as_configured(inbox: Inbox, *, archives: bool) -> None:
    systems = inbox.desk.company.systems
    changed = systems.pipedrive.model_copy(update={"archive_dropped_leads": archives})
    inbox.desk.company = inbox.desk.company.model_copy(
        update={"systems": systems.model_copy(update={"pipedrive": changed})}
    )
    lead_id = inbox.enter()
    await inbox.tell(lead_id, "create")
    lead = inbox.lead()
    inbox.act(lambda session, people: service.drop(session, lead.id, {"dropped_why": "Too small"}, **people))
    await inbox.let_work()
    assert inbox.there(lead_id)["is_archived"] is archives
    await inbox.inbound.look()
    assert (inbox.lead().over, inbox.lead().dropped_why) == (Over.OPEN, "Too small")


async def test_an_id_that_is_none_is_not_asked_for(inbox: Inbox) -> None:
    called = len(inbox.desk.calls())
    await inbox.tell("../users")
    assert len(inbox.desk.calls()) == called


async def test_a_name_nobody_can_see_and_odd_money(inbox: Inbox) -> None:
    await inbox.tell(inbox.enter(title="\u200b", value=None), "create")
    lead = inbox.lead()
    assert (lead.title, lead.amount, lead.currency) == ("?", None, "EUR")
    record = inbox.database.read_now(lambda session: session.scalars(sa.select(TheirRecord).limit(1)).one())
    assert record.seen_at - timedelta(days=1) < inbox.desk.time.now()
