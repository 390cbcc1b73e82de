"""Leads: entered, corrected, dropped and taken back, and made an offer once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config
from bot.audit import AuditEvent
from bot.clients.service import add_client, add_contact
from bot.errors import Invalid, NotAllowed, Stale
from bot.leads import fields, reading, service
from bot.leads.errors import NobodyNamed
from bot.offers.models import OriginKind, Outcome
from bot.offers.service import set_outcome
from bot.people.models import Person
from bot.sync.models import RECORD, Kind, LedgerRow, person_target
from bot.tenders.models import Source, Tender
from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.leads.models import Lead

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMPANY = config.load()
SPECS = fields.lead(COMPANY.lists, {one.value: one.value for one in OriginKind})
TYPED = {"title": "A rover", "origin": "fair", "client_name": "New Space", "amount": "1 000,50", "currency": "EUR"}


@pytest.fixture
def house(database: Database) -> House:
    made = House(database)
    made.staff()
    return made


def lead(house: House, session: Session, **typed: str) -> tuple[Lead, dict[str, Any]]:
    """A lead of the sales lead, and what each function wants to know."""
    people: dict[str, Any] = {"actor": house.person(session, "sales lead"), "now": NOW}
    return service.add(session, SPECS, TYPED | typed, **people), people


def rows(session: Session, kind: Kind) -> list[tuple[str, int]]:
    found = sa.select(LedgerRow.target, LedgerRow.wanted_version).where(LedgerRow.kind == kind)
    return [(row.target, row.wanted_version) for row in session.execute(found)]


def actions(session: Session) -> list[str]:
    said = sa.select(AuditEvent.action).where(AuditEvent.subject == "lead").order_by(AuditEvent.id)
    return list(session.scalars(said))


def test_a_new_lead_goes_to_pipedrive_and_its_card_to_whoever_entered_it(house: House) -> None:
    def work(session: Session) -> None:
        made, people = lead(house, session)
        assert (made.origin, made.amount, made.client_name) == (OriginKind.FAIR, Decimal("1000.50"), "New Space")
        assert rows(session, Kind.LEAD) == [(RECORD, 1)]
        assert rows(session, Kind.LEAD_CARD) == [(person_target(people["actor"].id), 1)]
        assert actions(session) == ["lead.added"]
        assert [one.id for one in reading.open_leads(session)] == [made.id]

    house.write(work)


def test_a_chosen_client_is_copied_and_a_typed_one_takes_its_place(house: House) -> None:
    def work(session: Session) -> None:
        people: dict[str, Any] = {"actor": house.person(session, "sales lead"), "now": NOW}
        client = add_client(session, {"name": "Example Space"}, **people)
        made, _ = lead(house, session, client_id=str(client.id), client_name="")
        assert made.client_name == "Example Space"
        same = TYPED | {"client_id": str(client.id), "client_name": ""}
        assert service.edit(session, made.id, SPECS, same, base=1, **people)[1] == ()
        service.edit(session, made.id, SPECS, TYPED, base=1, **people)
        assert (made.client_id, made.client_name) == (None, "New Space")

    house.write(work)


def test_a_contact_of_another_group_is_refused(house: House) -> None:
    def work(session: Session) -> None:
        people: dict[str, Any] = {"actor": house.person(session, "sales lead"), "now": NOW}
        one, other = (add_client(session, {"name": name}, **people) for name in ("One", "Other"))
        contact = add_contact(session, {"name": "The buyer", "client_id": str(other.id)}, **people)
        with pytest.raises(Invalid) as refused:
            lead(house, session, client_id=str(one.id), contact_id=str(contact.id))
        assert set(refused.value.fields) == {"contact_id"}

    house.write(work)


def test_dropping_needs_a_reason_and_can_be_taken_back(house: House) -> None:
    def work(session: Session) -> None:
        made, people = lead(house, session)
        with pytest.raises(Invalid):
            service.drop(session, made.id, {}, **people)
        service.drop(session, made.id, {"dropped_why": "No budget"}, **people)
        service.drop(session, made.id, {"dropped_why": "Again"}, **people)
        assert (made.dropped_why, list(reading.open_leads(session))) == ("No budget", [])
        with pytest.raises(Stale):
            service.edit(session, made.id, SPECS, TYPED, base=1, **people)
        with pytest.raises(Stale):
            service.pick_up(session, made.id, company=COMPANY, **people)
        service.restore(session, made.id, **people)
        service.restore(session, made.id, **people)
        assert (made.dropped_at, made.dropped_why) == (None, None)
        assert actions(session) == ["lead.added", "lead.dropped", "lead.restored"]
        assert rows(session, Kind.LEAD) == [(RECORD, 3)]

    house.write(work)


def test_an_offer_comes_of_it_once_and_takes_everything_along(house: House) -> None:
    def work(session: Session) -> None:
        people: dict[str, Any] = {"actor": house.person(session, "CTO"), "now": NOW}
        client = add_client(session, {"name": "Example Space"}, **people)
        contact = add_contact(session, {"name": "The buyer", "client_id": str(client.id)}, **people)
        made, _ = lead(house, session, client_id=str(client.id), contact_id=str(contact.id), note="Met at the stand")
        offer = service.pick_up(session, made.id, company=COMPANY, **people)
        assert service.pick_up(session, made.id, company=COMPANY, **people) is offer
        assert (offer.owner_id, offer.origin, offer.title) == (people["actor"].id, OriginKind.FAIR, "A rover")
        assert (offer.client_id, offer.contact_id, offer.client_name) == (client.id, contact.id, "Example Space")
        assert (offer.estimated_amount, offer.currency, offer.description) == (
            Decimal("1000.50"),
            "EUR",
            "Met at the stand",
        )
        tender = session.get_one(Tender, offer.tender_id)
        assert (tender.source, tender.entity, made.offer_id) == (Source.CLIENT, "Example Space", offer.id)
        assert list(reading.open_leads(session)) == []
        with pytest.raises(Stale):
            service.drop(session, made.id, {"dropped_why": "Late"}, **people)
        before = rows(session, Kind.LEAD)[0][1]
        set_outcome(session, offer, Outcome.ABANDONED, now=NOW, actor_id=people["actor"].id)
        assert rows(session, Kind.LEAD) == [(RECORD, before + 1)]

    house.write(work)


def test_a_lead_for_nobody_is_not_evaluated(house: House) -> None:
    def work(session: Session) -> None:
        made, people = lead(house, session, client_name="")
        with pytest.raises(NobodyNamed):
            service.pick_up(session, made.id, company=COMPANY, **people)

    house.write(work)


@pytest.mark.parametrize("name", ["CTO", "CPO", "CEO", "sales lead"])
def test_who_may(house: House, name: str) -> None:
    def work(session: Session) -> None:
        actor = house.person(session, name)
        assert service.add(session, SPECS, TYPED, actor=actor, now=NOW).owner_id == actor.id

    house.write(work)


def test_others_may_not(house: House) -> None:
    def work(session: Session) -> None:
        made, _ = lead(house, session)
        actor = session.scalars(sa.select(Person).where(Person.name == house.person(session, "engineer").name)).one()
        people: dict[str, Any] = {"actor": actor, "now": NOW}
        for act in (
            lambda: service.add(session, SPECS, TYPED, **people),
            lambda: service.edit(session, made.id, SPECS, TYPED, base=1, **people),
            lambda: service.drop(session, made.id, {"dropped_why": "No"}, **people),
            lambda: service.restore(session, made.id, **people),
            lambda: service.pick_up(session, made.id, company=COMPANY, **people),
        ):
            with pytest.raises(NotAllowed):
                act()

    house.write(work)
