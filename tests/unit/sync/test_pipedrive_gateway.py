"""Deals in Pipedrive: made once whatever happens, cheap to keep, and nobody's value is overwritten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.hours.locks import last_lock
from bot.offers.models import Offer
from bot.sync.facts import mappings, remember
from bot.sync.models import LedgerState, Mapping, System
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from integrations.sandbox.pipedrive.world import API_USER, Happening, new_organization
from tests.unit.sync.pipedrive_desk import ENGINEER_USER, SALES_LEAD_USER, Desk, open_desk, patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.database import Database

DEALS = "/api/v2/deals"
SALES_LEAD = "Sales lead"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
async def bare(database: Database, key: RSAPrivateKey) -> AsyncIterator[Desk]:
    """An account that nobody prepared."""
    async with open_desk(database, key) as made:
        yield made


@pytest.fixture
async def desk(bare: Desk) -> Desk:
    """A prepared account, and an offer that had its Go."""
    await bare.set_up()
    return bare


async def test_a_go_makes_the_deal(desk: Desk) -> None:
    memory = await desk.fine()
    deal = desk.deal()
    assert deal["title"] == "S580 Thermal protection"
    assert (deal["status"], deal["owner_id"], desk.stage_name()) == ("open", ENGINEER_USER, "In preparation")
    assert (desk.custom("Bid ref"), desk.custom("Offer number")) == ("OD-1", "S580")
    assert desk.custom("Go/No-Go") == "Go 2026-11-23"
    assert desk.custom("Offer team") == "The engineer"
    assert (memory.id, memory.url) == (str(deal["id"]), f"{desk.url}/pipedrive/deal/{deal['id']}")
    assert memory.agreed["stage"] == "PRE"


async def test_an_unchanged_offer_costs_no_call(desk: Desk) -> None:
    before = await desk.fine()
    called = len(desk.calls())
    desk.change()
    assert await desk.fine() == before
    assert len(desk.calls()) == called


async def test_a_whole_life_costs_little(desk: Desk) -> None:
    spent = desk.client.tokens_spent
    await desk.fine()
    steps: tuple[Callable[[], None], ...] = (
        lambda: desk.stage("SNT"),
        lambda: desk.hours(50),
        lambda: desk.sent("125000.50"),
        lambda: desk.stage("CLA"),
        lambda: desk.stage("NEG"),
        lambda: desk.hours(10),
        desk.win,
    )
    for step in steps:
        step()
        await desk.fine()
    deal = desk.deal()
    assert (deal["value"], deal["currency"], deal["status"]) == (125000.5, "EUR", "won")
    assert (desk.custom("Offer hours"), desk.custom("Project number")) == (15, "S580P")
    assert desk.client.tokens_spent - spent <= 60
    assert len(desk.notes()) == 1


async def test_only_what_changed_is_sent(desk: Desk) -> None:
    await desk.fine()
    desk.stage("SNT")
    await desk.fine()
    assert desk.sandbox.log.of("pipedrive")[-1]["body"] == {"stage_id": desk.stage_id("Sent")}


async def test_a_loss_has_its_reason_and_can_be_taken_back(desk: Desk) -> None:
    await desk.fine()
    desk.lose("Twice as dear")
    memory = await desk.fine()
    deal = desk.deal()
    assert deal["status"] == "lost"
    assert deal["lost_reason"].startswith("Lost: ")
    assert deal["lost_reason"].endswith("Twice as dear")
    assert deal["lost_reason"] == memory.agreed["lost_reason"]
    assert desk.stage_name() == "In preparation"
    desk.reopen()
    await desk.fine()
    assert (desk.deal()["status"], desk.deal()["lost_reason"]) == ("open", None)
    desk.lose("Too late")
    await desk.fine()
    assert desk.deal()["lost_reason"].endswith("Too late")


async def test_an_offer_that_was_lost_before_its_deal_is_made_lost(desk: Desk) -> None:
    desk.lose("Nobody asked us")
    await desk.fine()
    assert (desk.deal()["status"], desk.deal()["currency"]) == ("lost", "EUR")


@pytest.mark.parametrize("lag_s", [0.0, 10_000.0])
async def test_a_death_after_creating_makes_no_second_deal(desk: Desk, lag_s: float) -> None:
    desk.world._lag *= lag_s
    await desk.die_after_sending()
    assert desk.row().remote is None
    memory = await desk.fine()
    assert memory.id == str(desk.deal()["id"])
    assert len(desk.notes()) == 1


async def test_a_change_between_death_and_return_is_no_conflict(desk: Desk) -> None:
    await desk.die_after_sending()
    desk.stage("SNT")
    desk.price("90000")
    await desk.fine()
    assert (desk.stage_name(), desk.deal()["value"]) == ("Sent", 90000)
    desk.stage("SNT")
    await desk.die_after_sending()
    desk.stage("CLA")
    await desk.fine()
    assert (desk.stage_name(), desk.conflicts()) == ("Clarification", [])


async def test_what_somebody_changed_meanwhile_in_an_adopted_deal_is_kept(desk: Desk) -> None:
    await desk.die_after_sending()
    desk.edit(title="Heat shield")
    desk.stage("SNT")
    assert (await desk.run()).state is LedgerState.CONFLICT
    assert (desk.deal()["title"], desk.stage_name()) == ("Heat shield", "Sent")
    assert [conflict.field for conflict in desk.conflicts()] == ["title"]


async def test_a_lost_answer_to_the_creation_makes_no_second_deal(desk: Desk) -> None:
    desk.lose_answer("POST", DEALS)
    assert (await desk.run()).state is LedgerState.RETRYING
    assert (await desk.fine()).id == str(desk.deal()["id"])
    assert len(desk.notes()) == 1


async def test_a_creation_that_never_arrived_is_made(desk: Desk) -> None:
    desk.sandbox.faults.add(Fault(service="pipedrive", path=DEALS, method="POST", reset=True))
    assert (await desk.run()).state is LedgerState.RETRYING
    assert desk.deals() == []
    await desk.fine()
    assert len(desk.deals()) == 1


async def test_a_deal_that_only_the_search_knows_is_adopted(desk: Desk) -> None:
    """It was not touched since long before the last attempt."""
    await desk.die_after_sending()
    desk.deals()[0]["update_time"] = "2026-01-01T00:00:00Z"
    assert (await desk.fine()).id == str(desk.deal()["id"])


@pytest.mark.parametrize("twice", [False, True])
async def test_a_lost_answer_to_the_note_makes_no_second_note(desk: Desk, twice: bool) -> None:  # noqa: FBT001
    for _ in range(2 if twice else 1):
        desk.lose_answer("POST", "/v1/notes")
        assert (await desk.run()).state is LedgerState.RETRYING
        if twice:
            desk.world.notes.clear()
    await desk.fine()
    assert (len(desk.deals()), len(desk.notes())) == (1, 1)


async def test_somebody_elses_value_is_kept_and_the_rest_written(desk: Desk) -> None:
    await desk.fine()
    desk.edit(stage_id=desk.stage_id("Negotiation"))
    edited_at = desk.time.now()
    desk.stage("SNT")
    desk.price("100")
    row = await desk.run()
    assert row.state is LedgerState.CONFLICT
    assert (desk.stage_name(), desk.deal()["value"]) == ("Negotiation", 100)
    (conflict,) = desk.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("stage", {"value": "SNT"}, {"value": "NEG"})
    assert (conflict.their_name, conflict.their_at) == (SALES_LEAD, edited_at)
    # While it waits, that field is left alone and everything else goes on.
    desk.price("200")
    assert (await desk.run()).state is LedgerState.CONFLICT
    assert (desk.stage_name(), desk.deal()["value"]) == ("Negotiation", 200)


async def test_ours_is_written_when_a_person_says_so(desk: Desk) -> None:
    await desk.fine()
    desk.edit(value=777, currency="USD")
    desk.price("100000")
    await desk.run()
    (conflict,) = desk.conflicts()
    assert (conflict.ours["value"], conflict.theirs["value"]) == ("100000.00 EUR", "777.00 USD")
    desk.settle(keep_ours=True)
    await desk.fine()
    assert (desk.deal()["value"], desk.deal()["currency"]) == (100000, "EUR")


async def test_theirs_stays_until_ours_changes(desk: Desk) -> None:
    await desk.fine()
    desk.edit(title="Heat shield")
    desk.change(title="Thermal shield")
    await desk.run()
    desk.settle(keep_ours=False)
    await desk.fine()
    desk.stage("SNT")
    await desk.fine()
    assert (desk.deal()["title"], desk.stage_name()) == ("Heat shield", "Sent")
    desk.change(title="Thermal armour")
    await desk.fine()
    assert desk.deal()["title"] == "S580 Thermal armour"
    desk.change(title="Thermal shield")
    await desk.fine()
    assert desk.deal()["title"] == "S580 Thermal shield"


async def test_an_edit_to_what_we_want_is_no_difference(desk: Desk) -> None:
    await desk.fine()
    desk.edit(stage_id=desk.stage_id("Sent"))
    desk.stage("SNT")
    await desk.fine()
    assert not [call for call in desk.calls() if call.startswith("PATCH")]


async def test_a_deal_that_was_won_over_there_is_moved_no_more(desk: Desk) -> None:
    await desk.fine()
    desk.edit(status="won")
    desk.stage("NEG")
    assert (await desk.run()).state is LedgerState.CONFLICT
    assert desk.stage_name() == "In preparation"
    assert [(one.field, one.theirs["value"]) for one in desk.conflicts()] == [("status", "won")]
    desk.settle(keep_ours=True)
    await desk.fine()
    assert (desk.deal()["status"], desk.stage_name()) == ("open", "Negotiation")


async def test_differences_without_history_name_nobody(desk: Desk) -> None:
    await desk.fine()
    desk.edit(title="Heat shield")
    desk.change(title="Thermal shield")
    desk.sandbox.faults.add(
        Fault(service="pipedrive", path="/v1/deals/", status=403, body={"success": False, "error": "not allowed"})
    )
    assert (await desk.run()).state is LedgerState.CONFLICT
    (conflict,) = desk.conflicts()
    assert (conflict.theirs["value"], conflict.their_name, conflict.their_at) == ("Heat shield", None, None)
    assert desk.deal()["title"] == "Heat shield"


async def test_unknown_stages_and_owners_are_shown_by_their_names(desk: Desk) -> None:
    await desk.fine()
    desk.world.stages[99] = {**desk.world.stages[1], "id": 99, "name": "Legal review"}
    desk.world.users[500] = {**desk.world.users[ENGINEER_USER], "id": 500, "name": "New colleague", "email": ""}
    desk.edit(stage_id=99, owner_id=500, user_id=500)
    desk.stage("SNT")
    await desk.run()
    shown = {one.field: (one.ours["value"], one.theirs["value"], one.their_name) for one in desk.conflicts()}
    assert shown["stage"] == ("SNT", "Legal review", "New colleague")
    assert shown["owner"] == ("Engineer", "New colleague", "New colleague")


async def test_two_stages_of_ours_may_share_one_of_theirs(desk: Desk) -> None:
    systems = desk.company.systems
    shared = {**systems.pipedrive.stages, "CLA": "Sent", "NEG": "Sent"}
    kept = systems.pipedrive.model_copy(update={"stages": shared})
    desk.company = desk.company.model_copy(update={"systems": systems.model_copy(update={"pipedrive": kept})})
    await desk.set_up()
    desk.gateway = desk.fresh_gateway()
    desk.stage("SNT")
    await desk.fine()
    before = len(desk.calls())
    for code in ("CLA", "NEG", "SNT"):
        desk.stage(code)
        assert (await desk.fine()).agreed["stage"] == "SNT"
    # Between them nothing changes over there, so nothing is asked either.
    assert (desk.stage_name(), len(desk.calls())) == ("Sent", before)
    desk.stage("PRE")
    await desk.fine()
    assert desk.stage_name() == "In preparation"


@pytest.mark.parametrize("how", ["deleted", "purged", "archived"])
async def test_a_deal_that_is_gone_is_a_persons_matter(desk: Desk, how: str) -> None:
    await desk.fine()
    number = desk.deal()["id"]
    if how == "purged":
        del desk.world.deals[number]
    else:
        desk.world.deals[number][f"is_{how}"] = True
    desk.stage("SNT")
    row = await desk.run()
    assert row.state is LedgerState.MANUAL
    word = "archived" if how == "archived" else "deleted"
    assert row.error is not None
    assert f"the deal was {word} in Pipedrive" in row.error
    assert len(desk.deals()) == (0 if how == "purged" else 1)


async def test_the_note_tells_what_the_deal_does_not_and_escapes_it(desk: Desk) -> None:
    desk.change(lambda session, _offer: setattr(desk.house.person(session, "engineer"), "name", "<b>O'Hara</b> & co"))
    await desk.fine()
    (note,) = desk.notes()
    assert note["pinned_to_deal_flag"]
    assert "Offerdesk OD-1" in note["content"]
    assert "Decision: Go 2026-11-23" in note["content"]
    assert "&lt;b&gt;O&#x27;Hara&lt;/b&gt; &amp; co" in note["content"]
    desk.stage("SNT")
    desk.hours(8)
    await desk.fine()
    assert [call for call in desk.calls() if call.startswith("PUT")] == []
    desk.joins("CTO")
    await desk.fine()
    (note,) = desk.notes()
    assert "The CTO" in note["content"]


async def test_the_folder_is_linked_when_it_is_there(desk: Desk) -> None:
    desk.folder("https://library.example/S580?a=1&b=2")
    await desk.fine()
    assert desk.custom("Folder") == "https://library.example/S580?a=1&b=2"
    assert '<a href="https://library.example/S580?a=1&amp;b=2">S580</a>' in desk.notes()[0]["content"]
    # A field holds no more than this; half a link would lead nowhere.
    long = f"https://library.example/{'x' * 300}"
    desk.folder(long)
    await desk.fine()
    assert desk.custom("Folder") == "https://library.example/S580?a=1&b=2"
    assert long in desk.notes()[0]["content"]


async def test_a_note_that_somebody_deleted_is_written_again(desk: Desk) -> None:
    await desk.fine()
    desk.world.notes.clear()
    desk.joins("CTO")
    await desk.fine()
    assert "The CTO" in desk.notes()[0]["content"]


async def test_the_team_follows_as_far_as_it_has_seats(desk: Desk) -> None:
    desk.joins("project manager")
    desk.joins("CEO")
    await desk.fine()
    assert set(desk.world.followers[desk.deal()["id"]]) == {SALES_LEAD_USER + 1}
    desk.leaves("project manager")
    await desk.fine()
    assert set(desk.world.followers[desk.deal()["id"]]) == set()


def _seat(desk: Desk, seat: str) -> None:
    """What is remembered of the offer's owner: a user over there, or an empty text for nobody."""

    def work(session: Session) -> None:
        owner_id = session.get_one(Offer, desk.offer_id).owner_id
        remember(session, System.PIPEDRIVE, {f"person:{owner_id}": seat}, now=desk.time.now())

    desk.database.write_now(work)


async def test_an_owner_who_gets_a_seat_takes_over_what_was_nobodys_choice(desk: Desk) -> None:
    _seat(desk, "")
    await desk.fine()
    assert desk.deal()["owner_id"] == API_USER
    _seat(desk, str(ENGINEER_USER))
    desk.stage("SNT")
    await desk.fine()
    assert (desk.deal()["owner_id"], desk.conflicts()) == (ENGINEER_USER, [])


async def test_an_owner_whom_somebody_chose_is_asked_about(desk: Desk) -> None:
    _seat(desk, "")
    await desk.fine()
    desk.edit(owner_id=SALES_LEAD_USER)
    desk.edit(owner_id=API_USER)
    _seat(desk, str(ENGINEER_USER))
    desk.stage("SNT")
    assert (await desk.run()).state is LedgerState.CONFLICT
    assert [one.field for one in desk.conflicts()] == ["owner"]


async def test_who_followed_alone_follows_on(desk: Desk) -> None:
    await desk.fine()
    followers = desk.world.followers[desk.deal()["id"]]
    followers[SALES_LEAD_USER] = "2026-11-23T08:00:00Z"
    desk.joins("sales lead")
    memory = await desk.fine()
    assert (memory.more["followers"], memory.more["following"]) == ([], [SALES_LEAD_USER])
    desk.leaves("sales lead")
    await desk.fine()
    assert set(followers) == {SALES_LEAD_USER}


async def test_a_user_who_may_not_follow_hinders_nobody(desk: Desk) -> None:
    desk.joins("sales lead")
    desk.sandbox.faults.add(
        Fault(service="pipedrive", path=f"{DEALS}/1/followers", status=403, body={"success": False})
    )
    await desk.fine()
    assert desk.world.followers[1] == {}


async def test_the_client_is_found_by_its_exact_name_once(desk: Desk) -> None:
    organization = new_organization(desk.world, {"name": "Launcher works"}, SALES_LEAD_USER)
    desk.world.organizations[organization["id"]] = organization
    desk.world.happened(Happening("organization", None, organization, SALES_LEAD_USER, "app"))
    department = desk.database.write_now(lambda session: _tree(session, desk, "Launcher works"))
    desk.change(client_id=department)
    await desk.fine()
    assert desk.deal()["org_id"] == organization["id"]
    desk.stage("SNT")
    await desk.fine()
    searches = [call for call in desk.calls() if "/organizations/search" in call]
    assert len(searches) == 2
    known = desk.database.read_now(lambda session: mappings(session, System.PIPEDRIVE))
    assert known[f"client:{department}"] == ""


async def test_a_mapped_client_and_contact_are_taken(desk: Desk) -> None:
    client_id = desk.database.write_now(lambda session: _tree(session, desk, "Ours alone"))
    desk.database.write_now(
        lambda session: remember(session, System.PIPEDRIVE, {f"client:{client_id}": "2"}, now=desk.time.now())
    )
    desk.change(client_id=client_id)
    memory = await desk.fine()
    assert desk.deal()["org_id"] == 2
    assert memory.agreed["organization"] == desk.world.organizations[2]["name"]
    assert not [call for call in desk.calls() if "/organizations/search" in call]


async def test_an_unprepared_account_is_learned_or_named(bare: Desk) -> None:
    row = await bare.run()
    assert (row.state, row.error_class) == (LedgerState.RETRYING, "Configuration")
    assert row.error is not None
    assert "'Bid ref'" in row.error
    assert "run offerdesk setup pipedrive" in row.error
    await bare.set_up()
    bare.database.write_now(lambda session: session.execute(sa.delete(Mapping)))
    await bare.fine()
    assert (bare.stage_name(), bare.deal()["owner_id"]) == ("In preparation", ENGINEER_USER)
    called = len(bare.calls())
    bare.stage("SNT")
    await bare.fine()
    assert [call.split()[0] for call in bare.calls()[called:]] == ["GET", "PATCH"]


async def test_a_missing_stage_is_named(desk: Desk) -> None:
    desk.database.write_now(lambda session: session.execute(sa.delete(Mapping).where(Mapping.name == "stage:NEG")))
    desk.world.stages[desk.stage_id("Negotiation")]["name"] = "Bargaining"
    row = await desk.run()
    assert row.error is not None
    assert "'Negotiation'" in row.error
    assert "run offerdesk setup pipedrive" in row.error
    assert desk.deals() == []


async def test_a_stolen_budget_waits_for_its_reset(desk: Desk) -> None:
    desk.sandbox.pipedrive.meter.spent = 30_000
    row = await desk.run()
    assert (row.state, row.error_class) == (LedgerState.RETRYING, "BudgetExhausted")
    assert (row.not_before - desk.time.now()).total_seconds() > 3600


async def test_what_does_not_fit_is_cut_or_left_out(desk: Desk) -> None:
    desk.change(title="Long " * 70, estimated_amount=Decimal("0.10"))
    await desk.fine()
    assert len(desk.deal()["title"]) <= 255
    assert desk.deal()["value"] == 0.1
    desk.change(estimated_amount=None)
    await desk.fine()
    assert (desk.deal()["value"], desk.deal()["currency"]) == (0, "EUR")


def _tree(session: Session, desk: Desk, name: str) -> int:
    """A client with an entity; returns the entity's id."""
    now = desk.time.now()
    made: list[int] = []
    for level, called in ((Level.CLIENT, name), (Level.ENTITY, "Unknown over there")):
        parent = made[-1] if made else None
        node = Client(
            parent_id=parent,
            level=level,
            name=called,
            path=called,
            path_ids="/",
            search_text="",
            created_at=now,
            updated_at=now,
        )
        session.add(node)
        session.flush()
        made.append(node.id)
        node.path_ids = f"/{'/'.join(map(str, made))}/"
    return made[-1]


FOLLOWERS = "/api/v2/deals/1/followers"


async def test_a_lost_answer_about_a_follower_is_read_back(desk: Desk) -> None:
    await desk.fine()
    desk.joins("sales lead")
    desk.lose_answer("POST", FOLLOWERS)
    assert (await desk.run()).state is LedgerState.RETRYING
    memory = await desk.fine()
    assert (memory.more["followers"], memory.more["following"]) == ([SALES_LEAD_USER], [])
    assert sum(call == f"POST {FOLLOWERS}" for call in desk.calls()) == 1
    desk.leaves("sales lead")
    desk.lose_answer("DELETE", FOLLOWERS)
    await desk.run()
    await desk.fine()
    assert desk.world.followers[1] == {}


async def test_who_followed_before_a_lost_answer_is_still_their_own(desk: Desk) -> None:
    await desk.fine()
    desk.world.followers[1][SALES_LEAD_USER] = "2026-11-01T08:00:00Z"
    desk.joins("sales lead")
    desk.lose_answer("POST", FOLLOWERS)
    await desk.run()
    memory = await desk.fine()
    assert (memory.more["followers"], memory.more["following"]) == ([], [SALES_LEAD_USER])


async def test_stage_and_hours_stand_in_the_note_and_wait_for_it(desk: Desk) -> None:
    desk.change(planned_hours=Decimal(160))
    await desk.fine()
    (note,) = desk.notes()
    assert "<li>Stage: In preparation since 2026-11-23</li><li>Hours: 0 h of 160 h planned</li>" in note["content"]
    desk.stage("SNT")
    desk.hours(50)
    await desk.fine()
    assert desk.notes()[0]["content"] == note["content"]
    desk.time.pass_by(91 * 86_400)
    desk.change()
    await desk.fine()
    (renewed,) = desk.notes()
    assert renewed["id"] == note["id"]
    assert "Stage: Sent" in renewed["content"]
    assert "Hours: 12.5 h of 160 h planned" in renewed["content"]
    called = len(desk.calls())
    desk.time.pass_by(91 * 86_400)
    desk.change()
    await desk.fine()
    assert len(desk.calls()) == called


async def test_the_last_note_of_an_offer_tells_how_it_ended(desk: Desk) -> None:
    await desk.fine()
    desk.time.pass_by(8 * 86_400)
    desk.win()
    await desk.fine()
    assert "Stage: Won since" in desk.notes()[0]["content"]


async def test_what_nobody_waits_for_is_collected(desk: Desk) -> None:
    desk.company = patient(minutes=10)
    desk.gateway = desk.fresh_gateway()
    desk.time.pass_by(3660)
    await desk.look()
    assert (len(desk.deals()), desk.notes()) == (1, [])
    desk.time.pass_by(60)
    desk.folder("https://library.example/S580")
    desk.joins("sales lead")
    await desk.look()
    called = [call.split()[0] for call in desk.calls()]
    desk.time.pass_by(60)
    desk.stage("SNT")
    await desk.look()
    # What somebody waits for goes at once, and takes along what fits into the same call.
    assert (desk.stage_name(), desk.custom("Offer team")) == ("Sent", "The engineer, The sales lead")
    assert desk.notes() == []
    desk.time.pass_by(600)
    await desk.look()
    assert [call.split()[0] for call in desk.calls()][len(called) :] == ["GET", "PATCH", "POST", "POST"]
    assert set(desk.world.followers[1]) == {SALES_LEAD_USER}
    assert desk.row().done_version == desk.row().wanted_version


async def test_an_open_offers_team_link_and_hours_go_along_with_the_next_change(desk: Desk) -> None:
    desk.company = patient(minutes=0, days=7)
    desk.gateway = desk.fresh_gateway()
    await desk.fine()
    desk.folder("https://library.example/S580")
    desk.joins("sales lead")
    await desk.fine()
    # The note tells at once what the deal's fields do not show yet.
    assert (desk.custom("Folder"), desk.custom("Offer team")) == (None, "The engineer")
    assert "The sales lead" in desk.notes()[0]["content"]
    desk.stage("SNT")
    await desk.fine()
    assert (desk.custom("Folder"), desk.custom("Offer team")) == (
        "https://library.example/S580",
        "The engineer, The sales lead",
    )


async def test_what_waits_is_written_some_days_after_the_lock_and_when_the_offer_ends(desk: Desk) -> None:
    desk.company = patient(minutes=0, days=7)
    desk.gateway = desk.fresh_gateway()
    await desk.fine()
    desk.hours(40)
    lock = last_lock(desk.time.now() + timedelta(days=35), desk.company)
    desk.time.pass_by((lock + timedelta(days=6) - desk.time.now()).total_seconds())
    desk.change()
    await desk.fine()
    assert desk.custom("Offer hours") in (None, 0)
    desk.time.pass_by(2 * 86_400)
    desk.change()
    await desk.fine()
    assert desk.custom("Offer hours") == 10
    desk.hours(20)
    desk.win()
    await desk.fine()
    assert desk.custom("Offer hours") == 15
