"""Opportunities and projects are made once, kept true, and nobody's value is overwritten silently."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.errors import NotFound
from bot.offers.models import Outcome
from bot.people.models import Person
from bot.sync import conflicts
from bot.sync.business_central.by_hand import done_by_hand, left_by_hand
from bot.sync.business_central.gateway import CAPABILITIES_KEPT
from bot.sync.models import Kind, LedgerState, System
from bot.sync.reconciler import Differs, Incomplete, succeed
from integrations.business_central import OpportunityWrite, al_length
from integrations.errors import Transient
from integrations.sandbox.business_central import COMPANY_ID, ENVIRONMENT
from tests.unit.sync.two_systems import TITLE, World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.business_central import Opportunity

BC = System.BUSINESS_CENTRAL
DEAL = "https://company.pipedrive.example/deal/7"
FOLDER = "https://supplier.sharepoint.example/sites/Bids/S580 Thermal"
BY_HAND = OpportunityWrite(number="S580", description="By hand")
WORTH: dict[str, Any] = {"estimated_amount": Decimal("120000.00"), "expected_closing_on": date(2027, 1, 15)}


@pytest.fixture
async def there(database: Database) -> AsyncIterator[World]:
    async with world(database) as made:
        yield made


@pytest.fixture
async def with_pages(database: Database) -> AsyncIterator[World]:
    """A tenant that has the presales pages."""
    async with world(database, presales_pages=True) as made:
        yield made


def ours(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("number", "description", "contactNumber", "salespersonCode")}


def done(here: World, by: str = "engineer") -> None:
    def work(session: Session) -> None:
        actor = here.house.person(session, by)
        done_by_hand(session, here.row().id, actor, here.time.now())

    here.house.write(work)


def settle(here: World, *, keep_ours: bool) -> None:
    (conflict,) = here.conflicts()

    def work(session: Session) -> None:
        actor = here.house.person(session, "engineer")
        conflicts.settle(session, conflict.id, keep_ours=keep_ours, actor=actor, now=here.time.now())

    here.house.write(work)


# The opportunity


async def test_a_go_makes_the_opportunity_with_a_link_to_its_card(there: World) -> None:
    there.begin()
    await there.run()
    (row,) = there.rows_in_bc()
    assert ours(row) == {
        "number": "S580",
        "description": TITLE,
        "contactNumber": "CT000010",
        "salespersonCode": "LEAD1",
    }
    assert there.row().state is LedgerState.OK
    memory = there.memory()
    assert memory.id == row["id"]
    assert memory.url is not None
    assert unquote(memory.url) == (
        "https://central.example/tenant/Production?company=SUPPLIER&page=5124&filter='No.' IS 'S580'"
    )


async def test_an_unchanged_offer_costs_no_call(there: World) -> None:
    there.begin(**WORTH)
    await there.run()
    before = len(there.calls(BC))
    there.change(planned_hours=Decimal(12))
    await there.run()
    assert len(there.calls(BC)) == before
    assert there.row().done_version == there.row().wanted_version


async def test_a_change_sends_only_what_changed(there: World) -> None:
    there.begin()
    await there.run()
    there.change(title="Thermal protection, phase 2")
    await there.run()
    (patch,) = there.calls(BC, "PATCH")
    assert patch["body"] == {"description": "Thermal protection, phase 2"}
    assert ours(there.rows_in_bc()[0])["description"] == "Thermal protection, phase 2"


async def test_codes_are_compared_as_business_central_stores_them(there: World) -> None:
    there.begin()
    there.know(contact="ct000010 ", salesperson="lead1")
    await there.run()
    there.change(title="Another")
    await there.run()
    assert there.row().state is LedgerState.OK
    assert [one["body"] for one in there.calls(BC, "PATCH")] == [{"description": "Another"}]


@pytest.mark.parametrize("at", [98, 99, 100])
async def test_a_long_title_is_cut_as_business_central_counts(there: World, at: int) -> None:
    there.begin("x" * at + "\N{ROCKET}" + "y" * 50)
    await there.run()
    written = there.rows_in_bc()[0]["description"]
    assert there.row().state is LedgerState.OK
    assert al_length(written) in {99, 100}
    assert written == "x" * at + ("\N{ROCKET}" if at == 98 else "")


async def test_a_title_with_control_characters_and_blanks_is_one_line(there: World) -> None:
    there.begin("  Thermal\x01\n protection ")
    await there.run()
    assert there.rows_in_bc()[0]["description"] == TITLE


async def test_an_opportunity_that_somebody_made_is_adopted_and_its_values_are_put_to_the_owner(there: World) -> None:
    there.begin()
    await there.bc._client.create_opportunity(BY_HAND)
    await there.run()
    (row,) = there.rows_in_bc()
    assert (row["description"], row["salespersonCode"]) == ("By hand", "LEAD1")
    assert there.row().state is LedgerState.CONFLICT
    (conflict,) = there.conflicts()
    assert (conflict.field, conflict.ours["value"], conflict.theirs["value"]) == ("description", TITLE, "By hand")


async def test_a_lost_answer_makes_one_opportunity(there: World) -> None:
    there.begin()
    there.fault(BC, method="POST", lose_response=True)
    await there.run()
    assert len(there.rows_in_bc()) == 1
    assert there.row().state is LedgerState.OK
    assert len(there.calls(BC, "POST")) == 1


async def test_a_lost_answer_and_an_outage_make_one_opportunity(there: World) -> None:
    there.begin()
    there.fault(BC, method="POST", lose_response=True)
    original, looks = there.bc._client.opportunity, []

    async def away_after_the_first(number: str) -> Opportunity | None:
        looks.append(number)
        if len(looks) == 2:
            raise Transient("business_central", "no answer")
        return await original(number)

    there.bc._client.opportunity = away_after_the_first  # type: ignore[method-assign]
    await there.run()
    assert (there.row().state, there.row().remote) == (LedgerState.RETRYING, None)
    there.time.pass_by(60)
    await there.run()
    assert len(there.rows_in_bc()) == 1
    assert there.row().state is LedgerState.OK


async def test_a_program_that_ends_before_it_remembers_makes_one_opportunity(there: World) -> None:
    there.begin()
    await there.killed_before_remembering(BC)
    await there.run()
    (row,) = there.rows_in_bc()
    assert there.memory().id == row["id"]
    assert len(there.calls(BC, "POST")) == 1


async def test_two_that_make_it_at_once_make_one(there: World) -> None:
    there.begin()
    claim = await there.claim(BC)
    original, looks = there.bc._client.opportunity, []

    async def somebody_is_faster(number: str) -> Opportunity | None:
        looks.append(number)
        found = await original(number)
        if len(looks) == 1:
            await there.bc._client.create_opportunity(BY_HAND)
        return found

    there.bc._client.opportunity = somebody_is_faster  # type: ignore[method-assign]
    with pytest.raises(Differs) as raised:
        await there.bc.apply(claim)
    assert [one.theirs for one in raised.value.differences] == ["By hand"]
    assert looks == ["S580", "S580"]
    assert len(there.rows_in_bc()) == 1


async def test_an_opportunity_deleted_over_there_is_made_again_when_the_offer_changes(there: World) -> None:
    there.begin()
    await there.run()
    first = there.memory().id
    service: Any = there.sandbox.services["business_central"]
    service.store.delete("opportunities", service.store.find("opportunities", "number", "S580"))
    there.change(title="Another")
    await there.run()
    (row,) = there.rows_in_bc()
    assert row["id"] == there.memory().id != first
    assert row["description"] == "Another"


# Somebody else's values


async def test_a_value_changed_over_there_is_not_overwritten(there: World) -> None:
    there.begin()
    await there.run()
    there.edit(description="Theirs")
    there.know(contact="CT000020")
    there.change(title="Ours")
    await there.run()
    (row,) = there.rows_in_bc()
    assert (row["description"], row["contactNumber"]) == ("Theirs", "CT000020")
    (conflict,) = there.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == (
        "description",
        {"value": "Ours"},
        {"value": "Theirs"},
    )


@pytest.mark.parametrize(("keep_ours", "stands"), [(True, "Ours"), (False, "Theirs")])
async def test_what_a_person_chose_stands(there: World, keep_ours: bool, stands: str) -> None:  # noqa: FBT001
    there.begin()
    await there.run()
    there.edit(description="Theirs")
    there.change(title="Ours")
    await there.run()
    settle(there, keep_ours=keep_ours)
    await there.run()
    assert there.rows_in_bc()[0]["description"] == stands
    assert there.row().state is LedgerState.OK
    there.change(title="Ours again")
    await there.run()
    assert there.rows_in_bc()[0]["description"] == "Ours again", "the choice was about the value of then"


async def test_somebody_who_saves_in_between_loses_nothing(there: World) -> None:
    there.begin()
    await there.run()
    there.change(title="Ours")
    original, looks = there.bc._client.opportunity, []

    async def saved_in_between(number: str) -> Opportunity | None:
        found = await original(number)
        looks.append(number)
        if len(looks) == 1:
            there.edit(salespersonCode="LEAD2")
        return found

    there.bc._client.opportunity = saved_in_between  # type: ignore[method-assign]
    await there.run()
    (row,) = there.rows_in_bc()
    assert (row["description"], row["salespersonCode"]) == ("Ours", "LEAD2")
    assert [one["status"] for one in there.calls(BC, "PATCH")] == [409, 200]
    assert [one.field for one in there.conflicts()] == ["salespersonCode"]


async def test_contact_and_salesperson_of_an_ended_opportunity_stay(there: World) -> None:
    there.begin()
    await there.run()
    there.edit(status="Lost")
    there.know(contact="CT000020")
    there.change(title="Still named")
    await there.run()
    (row,) = there.rows_in_bc()
    assert (row["description"], row["contactNumber"]) == ("Still named", "CT000010")
    assert there.row().state is LedgerState.OK
    before = len(there.calls(BC))
    there.change()
    await there.run()
    assert len(there.calls(BC)) == before


# What is missing


async def test_missing_data_is_named_and_filled_later(there: World) -> None:
    there.begin()
    there.house.write(lambda s: s.execute(sa.text("DELETE FROM sync_mapping")))
    await there.run()
    await there.run()
    row = there.row()
    assert (row.state, row.error) == (LedgerState.INCOMPLETE, "bc: contact, salesperson")
    assert there.calls(BC) == []
    there.know(contact="CT000010", salesperson="LEAD1")
    there.change()
    await there.run()
    assert there.row().state is LedgerState.OK
    assert len(there.rows_in_bc()) == 1


async def test_an_offer_without_a_number_is_gone(there: World) -> None:
    there.begin()
    claim = await there.claim(BC)
    there.house.write(lambda s: s.execute(sa.text("UPDATE offer SET number = NULL")))
    with pytest.raises(Incomplete, match="gone"):
        await there.bc.apply(claim)


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "error_class", "state"),
    [
        ({"status": 429, "headers": {"Retry-After": "300"}}, "Transient", LedgerState.RETRYING),
        ({"status": 503, "times": 4}, "Transient", LedgerState.RETRYING),
        ({"reset": True, "times": 4}, "Transient", LedgerState.RETRYING),
        ({"status": 500, "method": "POST"}, "OutcomeUnknown", LedgerState.RETRYING),
        ({"status": 400, "method": "POST", "body": {"error": {"code": "BadRequest"}}}, "Refused", LedgerState.MANUAL),
    ],
)
async def test_trouble_has_its_class_and_loses_nothing(
    there: World, fault: dict[str, Any], error_class: str, state: LedgerState
) -> None:
    there.begin()
    there.fault(BC, **fault)
    await there.run()
    assert (there.row().error_class, there.row().state) == (error_class, state)
    there.try_again()
    await there.run()
    assert there.row().state is LedgerState.OK
    assert len(there.rows_in_bc()) == 1


# By hand


async def test_what_cannot_be_written_waits_for_a_person(there: World) -> None:
    there.begin(**WORTH)
    await there.run()
    wanted = {"Estimated Value": "120000.00 EUR", "Estimated Closing Date": "2027-01-15"}
    assert left_by_hand(there.memory()) == wanted
    done(there)
    done(there)
    assert left_by_hand(there.memory()) == {}
    audited = there.database.read_now(
        lambda s: s.scalars(sa.select(AuditEvent).where(AuditEvent.action == "sync.done_by_hand")).all()
    )
    assert [(one.subject_id, one.after) for one in audited] == [(there.offer_id, wanted)]
    before = len(there.calls(BC))
    there.change(estimated_amount=Decimal("99000.00"))
    await there.run()
    assert left_by_hand(there.memory()) == {"Estimated Value": "99000.00 EUR"}
    assert len(there.calls(BC)) == before, "the capabilities are known"


async def test_done_while_a_write_is_under_way_is_not_forgotten(there: World) -> None:
    there.begin(**WORTH)
    await there.run()
    there.change(title="Renamed")
    claim = await there.claim(BC)
    remote = await there.bc.apply(claim)
    done(there)
    there.house.write(lambda s: succeed(s, claim, remote, there.time.now()))
    assert left_by_hand(there.memory()) == {}
    assert there.memory().agreed["description"] == "Renamed"


async def test_a_choice_while_a_write_is_under_way_is_not_forgotten(there: World) -> None:
    there.begin()
    await there.run()
    there.edit(description="Theirs")
    there.change(title="Ours")
    await there.run()
    there.change(title="Ours")
    claim = await there.claim(BC)
    remote = await there.bc.apply(claim)
    settle(there, keep_ours=True)
    there.house.write(lambda s: succeed(s, claim, remote, there.time.now()))
    await there.run()
    assert there.rows_in_bc()[0]["description"] == "Ours"
    assert len(there.conflicts()) == 1


async def test_an_end_is_entered_by_hand_too(there: World) -> None:
    there.begin()
    await there.run()
    there.change(outcome=Outcome.NO_GO, ended_on=date(2026, 12, 1))
    await there.run()
    assert left_by_hand(there.memory()) == {"Status": "Lost", "Date Closed": "2026-12-01"}
    there.change(outcome=Outcome.OPEN, ended_on=None)
    await there.run()
    assert left_by_hand(there.memory()) == {}


async def test_done_needs_an_opportunity(there: World) -> None:
    there.begin()
    with pytest.raises(NotFound):
        done(there)
    with pytest.raises(NotFound):
        there.house.write(
            lambda s: done_by_hand(s, 4711, s.get_one(Person, there.house.people["engineer"]), there.time.now())
        )


async def test_a_tenant_with_the_pages_needs_no_person(with_pages: World) -> None:
    with_pages.begin(**WORTH)
    await with_pages.run()
    (row,) = with_pages.rows_in_bc("presalesOpportunities")
    assert (row["estimatedValue"], row["estimatedClosingDate"]) == (120000.0, "2027-01-15")
    assert left_by_hand(with_pages.memory()) == {}
    before = len(with_pages.calls(BC))
    with_pages.change()
    await with_pages.run()
    assert len(with_pages.calls(BC)) == before
    with_pages.know(outcome__lost="PRICE")
    with_pages.change(outcome=Outcome.LOST, ended_on=date(2026, 12, 1))
    await with_pages.run()
    (row,) = with_pages.rows_in_bc("presalesOpportunities")
    assert (row["outcome"], row["dateClosed"], row["closeOpportunityCode"]) == ("Lost", "2026-12-01", "PRICE")
    assert with_pages.row().state is LedgerState.OK


async def test_the_pages_get_no_foreign_money_and_no_end_without_its_code(with_pages: World) -> None:
    with_pages.begin(**WORTH, currency="USD", outcome=Outcome.WON, ended_on=date(2026, 12, 1))
    await with_pages.run()
    (row,) = with_pages.rows_in_bc("presalesOpportunities")
    assert (row["estimatedValue"], row["estimatedClosingDate"]) == (0, "2027-01-15")
    assert left_by_hand(with_pages.memory()) == {
        "Estimated Value": "120000.00 USD",
        "Status": "Won",
        "Date Closed": "2026-12-01",
    }


async def test_a_value_entered_over_there_is_not_overwritten(with_pages: World) -> None:
    with_pages.begin(**WORTH)
    await with_pages.run()
    with_pages.edit(estimatedValue=150000.0)
    with_pages.change(estimated_amount=Decimal(130000))
    await with_pages.run()
    (row,) = with_pages.rows_in_bc("presalesOpportunities")
    assert row["estimatedValue"] == 150000.0
    assert [(one.field, one.theirs["value"]) for one in with_pages.conflicts()] == [("estimatedValue", 150000.0)]


async def test_pages_installed_later_take_over_from_the_person(with_pages: World) -> None:
    service: Any = with_pages.sandbox.services["business_central"]
    pages, service._presales = service._presales, {}
    with_pages.begin(**WORTH)
    await with_pages.run()
    assert "Estimated Value" in left_by_hand(with_pages.memory())
    service._presales = pages
    with_pages.time.pass_by(CAPABILITIES_KEPT.total_seconds())
    with_pages.change(title="Renamed")
    await with_pages.run()
    assert left_by_hand(with_pages.memory()) == {}
    assert with_pages.rows_in_bc("presalesOpportunities")[0]["estimatedValue"] == 120000.0


# The project


def won(here: World) -> None:
    here.begin(project_number="S580P", outcome=Outcome.WON)
    here.place(Kind.FOLDER, {"id": "f", "url": FOLDER})
    here.place(Kind.DEAL, {"id": "7", "url": DEAL})


async def test_a_win_makes_the_project_with_its_links(there: World) -> None:
    won(there)
    await there.run()
    (project,) = there.rows_in_bc("projects")
    assert (project["number"], project["displayName"]) == ("S580P", TITLE)
    files = there.rows_in_bc("documentAttachments")
    assert sorted(one["fileName"] for one in files) == ["Folder.url", "Pipedrive deal.url"]
    links = there.memory(Kind.PROJECT).more["links"]
    assert {one["id"] for one in links.values()} == {one["id"] for one in files}
    assert there.memory(Kind.PROJECT).url is not None
    before = len(there.calls(BC))
    there.change()
    await there.run()
    assert len(there.calls(BC)) == before


async def test_a_link_follows_its_target_in_the_same_file(there: World) -> None:
    won(there)
    await there.run()
    there.place(Kind.FOLDER, {"id": "f", "url": f"{FOLDER} 2"})
    there.change()
    await there.run()
    files = {one["fileName"]: one["id"] for one in there.rows_in_bc("documentAttachments")}
    assert len(files) == 2
    service: Any = there.sandbox.services["business_central"]
    content = service.store.tables["attachments"][files["Folder.url"]].content
    assert content == b"[InternetShortcut]\r\nURL=" + f"{FOLDER} 2".replace(" ", "%20").encode() + b"\r\n"


async def test_a_project_whose_links_failed_is_not_made_twice(there: World) -> None:
    won(there)
    tenant = there.sandbox.settings.tenant_id
    files = f"/v2.0/{tenant}/{ENVIRONMENT}/api/v2.0/companies({COMPANY_ID})/documentAttachments"
    there.fault(BC, method="POST", path=files, status=503)
    await there.run()
    assert there.row(Kind.PROJECT).state is LedgerState.RETRYING
    there.time.pass_by(60)
    await there.run()
    assert there.row(Kind.PROJECT).state is LedgerState.OK
    assert len(there.rows_in_bc("projects")) == 1
    assert len(there.rows_in_bc("documentAttachments")) == 2


async def test_a_renamed_offer_renames_its_project_unless_somebody_did(there: World) -> None:
    won(there)
    await there.run()
    there.change(title="Renamed")
    await there.run()
    assert there.rows_in_bc("projects")[0]["displayName"] == "Renamed"
    there.edit("S580P", "projects", displayName="Theirs")
    there.change(title="Renamed again")
    await there.run()
    assert there.rows_in_bc("projects")[0]["displayName"] == "Theirs"
    assert there.row(Kind.PROJECT).state is LedgerState.CONFLICT


async def test_a_project_without_a_number_is_incomplete(there: World) -> None:
    won(there)
    await there.run()
    there.change(title="Renamed")
    there.house.write(lambda s: s.execute(sa.text("UPDATE offer SET project_number = NULL")))
    await there.run()
    assert there.row(Kind.PROJECT).error == "bc: project_number"
