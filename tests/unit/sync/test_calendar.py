"""Meetings in a calendar: each made once whatever happens, moved with their date, cancelled when dropped."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bot import config
from bot.offers import stages
from bot.offers.models import Offer, Outcome
from bot.offers.service import touch
from bot.people.models import Person
from bot.reviews import service as reviews
from bot.reviews.models import Review
from bot.sync.calendar.gateway import CalendarGateway
from bot.sync.differences import Memory
from bot.sync.models import Conflict, Kind, LedgerRow, LedgerState, System
from bot.sync.reconciler import LEASE, Reconciler, claim_due
from bot.teams.presenters.reviews import review_view
from integrations import entra
from integrations.http import Transport, new_client
from integrations.microsoft_graph import GraphSettings, MicrosoftGraph
from integrations.sandbox import graph as library
from integrations.sandbox.app import SANDBOX, Sandbox, SandboxSettings, build_sandbox
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from tests.unit.decisions.conftest import House
from tests.unit.integrations.doubles import VirtualTime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.database import Database

ROOM = "bids@supplier.example"
REVIEW, KICK_OFF = Kind.REVIEW_MEETING, Kind.KICK_OFF_MEETING
PEOPLE = {"CTO": "cto", "CEO": "ceo", "engineer": "engineer", "project manager": "pm"}


@dataclass
class Desk:
    """An offer with a number, its calendar, and a reconciler on a virtual clock."""

    house: House
    time: VirtualTime
    sandbox: Sandbox
    gateway: CalendarGateway
    offer_id: int = 0

    def begin(self) -> None:
        def work(session: Session) -> None:
            for name, local in PEOPLE.items():
                self.house.person(session, name).email = f"{local}@supplier.example"

        self.house.write(work)
        self.offer_id = self.house.offer()
        self.change(number="S580")

    def change(self, **values: object) -> None:
        def work(session: Session) -> None:
            offer = session.get_one(Offer, self.offer_id)
            for name, value in values.items():
                setattr(offer, name, value)
            touch(offer, now=self.time.now(), actor_id=None)

        self.house.write(work)

    def ask(self, meeting_on: str = "2026-12-01", meeting_time: str = "14:30") -> int:
        """Ask for a review, with a meeting unless there is no day; gives the review's id."""
        typed = {"due_on": "2026-12-02", "meeting_on": meeting_on, "meeting_time": meeting_time}

        def work(session: Session) -> int:
            actor, now = self.house.person(session, "engineer"), self.time.now()
            return reviews.ask(session, self.offer_id, typed, company=config.default(), actor=actor, now=now).id

        return self.house.write(work)

    def waive(self) -> None:
        def work(session: Session) -> None:
            actor, now = self.house.person(session, "engineer"), self.time.now()
            typed = {"waiver": "Agreed by telephone"}
            reviews.waive(session, self.offer_id, typed, company=config.default(), actor=actor, now=now)

        self.house.write(work)

    async def run(self, kind: Kind = REVIEW) -> LedgerRow:
        self.time.pass_by(3600)
        gateways = {System.CALENDAR: self.gateway}
        work = Reconciler(self.house.database, gateways, now=self.time.now, jitter=lambda: 0.0, owner="one")
        await work.run_once()
        return self.row(kind)

    async def fine(self, kind: Kind = REVIEW) -> None:
        row = await self.run(kind)
        assert (row.state, row.error, row.done_version) == (LedgerState.OK, None, row.wanted_version)

    async def die_after_sending(self) -> None:
        """A process that ends between the last answer and the database."""
        self.time.pass_by(3600)
        (claim,) = self.house.write(
            lambda session: claim_due(session, now=self.time.now(), owner="dead", systems=[System.CALENDAR])
        )
        await self.gateway.apply(claim)
        self.time.pass_by(LEASE.total_seconds() + 1)

    def row(self, kind: Kind = REVIEW) -> LedgerRow:
        return self.house.database.read_now(
            lambda s: s.scalars(sa.select(LedgerRow).where(LedgerRow.kind == kind)).one()
        )

    @property
    def mailboxes(self) -> Any:  # noqa: ANN401  the stand-in's own shapes
        return self.sandbox.graph.mailboxes

    def events(self) -> list[dict[str, Any]]:
        return list(self.mailboxes.events.values())

    def only(self) -> dict[str, Any]:
        (only,) = self.events()
        return only

    def invited(self) -> list[str]:
        return sorted(one["emailAddress"]["address"].partition("@")[0] for one in self.only()["attendees"])

    def calls(self) -> list[str]:
        return [entry["method"] for entry in self.sandbox.log.of("graph")]

    def conflicts(self) -> dict[str, tuple[Any, Any]]:
        found = self.house.database.read_now(lambda s: s.scalars(sa.select(Conflict)).all())
        return {one.field: (one.ours["value"], one.theirs["value"]) for one in found}

    def fault(self, **kind: Any) -> None:  # noqa: ANN401  whatever a fault may be
        self.sandbox.faults.add(Fault(service="graph", **kind))


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@asynccontextmanager
async def opened(database: Database, key: RSAPrivateKey, mailbox: str = ROOM) -> AsyncIterator[Desk]:
    time, house = VirtualTime(), House(database)
    house.staff()
    own = SandboxSettings(now=time.now, sleep=time.sleep, signing_key=key, login_key=key)
    app = build_sandbox(own)
    async with TestServer(app) as server, new_client() as client:
        url = str(server.make_url("")).rstrip("/")
        tokens = entra.EntraTokens(
            Transport("login", client, None, time.clock()),
            login_url=f"{url}/login",
            tenant_id=own.tenant_id,
            client_id=own.app_id,
            secret=own.app_password,
            scope=f"{library.AUDIENCE}/.default",
            now=time.now,
        )
        drive = GraphSettings("", f"{url}/graph/v1.0")
        graph = MicrosoftGraph(Transport("graph", client, drive.policy(), time.clock()), drive, tokens)
        gateway = CalendarGateway(database, graph, config.default(), time.now, mailbox=mailbox, language="en")
        desk = Desk(house, time, app[SANDBOX], gateway)
        desk.begin()
        yield desk


@pytest.fixture
async def desk(database: Database, key: RSAPrivateKey) -> AsyncIterator[Desk]:
    async with opened(database, key) as made:
        yield made


async def test_a_review_with_a_meeting_stands_in_the_calendar(desk: Desk) -> None:
    review_id = desk.ask()
    await desk.fine()
    event = desk.only()
    assert event["subject"] == "S580 Thermal protection: review before sending"
    # 14:30 in Paris, in winter, for an hour.
    assert (event["start"]["dateTime"][:16], event["end"]["dateTime"][:16]) == ("2026-12-01T13:30", "2026-12-01T14:30")
    assert desk.invited() == ["ceo", "cto", "engineer"]
    assert desk.mailboxes.owners[event["id"]] == ROOM
    now = desk.time.now()
    view = desk.house.database.read_now(lambda session: review_view(session, review_id, now, person=None))
    assert view.meeting_url == event["onlineMeeting"]["joinUrl"]
    assert desk.calls() == ["POST", "PATCH"]


async def test_an_unchanged_meeting_costs_no_call(desk: Desk) -> None:
    desk.ask()
    await desk.fine()
    called = len(desk.calls())
    desk.change()
    await desk.fine()
    assert len(desk.calls()) == called


async def test_without_a_meeting_nothing_is_made(desk: Desk) -> None:
    desk.ask(meeting_on="", meeting_time="")
    kinds = desk.house.database.read_now(lambda s: set(s.scalars(sa.select(LedgerRow.kind))))
    assert REVIEW not in kinds


async def test_an_owners_own_calendar(database: Database, key: RSAPrivateKey) -> None:
    async with opened(database, key, "owner") as desk:
        desk.ask()
        await desk.fine()
        assert desk.mailboxes.owners[desk.only()["id"]] == "engineer"


async def test_a_new_date_moves_the_same_meeting(desk: Desk) -> None:
    desk.ask()
    await desk.fine()
    number, link = desk.only()["id"], desk.only()["onlineMeeting"]
    desk.change(title="Heat shield")
    desk.ask(meeting_on="2026-12-02", meeting_time="09:00")
    await desk.fine()
    event = desk.only()
    assert (event["id"], event["onlineMeeting"]) == (number, link)
    assert (event["start"]["dateTime"][:16], event["subject"][:17]) == ("2026-12-02T08:00", "S580 Heat shield:")


@pytest.mark.parametrize("how", ["waived", "without a meeting", "abandoned"])
async def test_a_dropped_review_cancels_its_meeting_and_another_makes_a_new_one(desk: Desk, how: str) -> None:
    desk.ask()
    await desk.fine()
    if how == "waived":
        desk.waive()
    elif how == "abandoned":
        desk.change(outcome=Outcome.ABANDONED)
    else:
        desk.ask(meeting_on="", meeting_time="")
    await desk.fine()
    assert (desk.events(), len(desk.mailboxes.cancelled)) == ([], 1)
    desk.change(outcome=Outcome.OPEN)
    desk.ask()
    await desk.fine()
    assert desk.invited() == ["ceo", "cto", "engineer"]


async def test_a_meeting_that_was_held_stays_and_the_next_review_has_its_own(desk: Desk) -> None:
    desk.ask()
    await desk.fine()
    desk.time.pass_by(10 * 86_400)
    called = len(desk.calls())
    desk.waive()
    await desk.fine()
    assert len(desk.calls()) == called

    def ask(session: Session) -> None:
        actor, now = desk.house.person(session, "engineer"), desk.time.now()
        on = (now + timedelta(days=2)).date().isoformat()
        typed = {"due_on": on, "meeting_on": on, "meeting_time": "10:00"}
        reviews.ask(session, desk.offer_id, typed, company=config.default(), actor=actor, now=now)

    desk.house.write(ask)
    await desk.fine()
    assert len(desk.events()) == 2


@pytest.mark.parametrize("moved", [False, True])
async def test_a_death_after_making_it_makes_no_second_meeting(desk: Desk, moved: bool) -> None:  # noqa: FBT001
    desk.ask()
    await desk.die_after_sending()
    if moved:
        desk.ask(meeting_on="2026-12-02", meeting_time="09:00")
    await desk.fine()
    assert desk.only()["start"]["dateTime"][:16] == ("2026-12-02T08:00" if moved else "2026-12-01T13:30")
    assert (desk.invited(), desk.conflicts()) == (["ceo", "cto", "engineer"], {})


async def test_a_death_before_anybody_was_invited_makes_no_second_meeting(desk: Desk) -> None:
    desk.ask()
    desk.fault(method="PATCH", status=503, times=9)
    assert (await desk.run()).state is LedgerState.RETRYING
    assert desk.invited() == []
    desk.sandbox.faults.clear()
    desk.ask(meeting_on="2026-12-03")
    await desk.fine()
    assert (desk.only()["start"]["dateTime"][:10], desk.invited()) == ("2026-12-03", ["ceo", "cto", "engineer"])


async def test_what_was_made_unheard_and_dropped_meanwhile_is_cancelled(desk: Desk) -> None:
    desk.ask()
    await desk.die_after_sending()
    desk.waive()
    await desk.fine()
    assert desk.events() == []


async def test_what_somebody_moved_in_outlook_is_asked_about(desk: Desk) -> None:
    desk.ask()
    await desk.fine()
    theirs = {"dateTime": "2026-12-01T16:00:00.0000000", "timeZone": "UTC"}
    later = {"dateTime": "2026-12-01T17:00:00.0000000", "timeZone": "UTC"}
    desk.mailboxes.events[desk.only()["id"]] |= {"start": theirs, "end": later}
    desk.change(title="Heat shield")
    desk.ask(meeting_time="15:00")
    assert (await desk.run()).state is LedgerState.CONFLICT
    assert desk.conflicts() == {"when": ("2026-12-01 14:00–15:00 UTC", "2026-12-01 16:00–17:00 UTC")}
    assert (desk.only()["start"], desk.only()["subject"][:17]) == (theirs, "S580 Heat shield:")


async def test_who_was_invited_in_outlook_stays_invited(desk: Desk) -> None:
    desk.ask()
    await desk.fine()
    guest = {"type": "optional", "emailAddress": {"name": "Partner", "address": "partner@house.example"}}
    desk.mailboxes.events[desk.only()["id"]]["attendees"].append({**guest, "status": {}})
    desk.house.write(lambda s: setattr(s.get_one(Person, desk.house.people["CTO"]), "email", "chief@supplier.example"))
    desk.change()
    await desk.fine()
    assert desk.invited() == ["ceo", "chief", "engineer", "partner"]


async def test_what_somebody_cancelled_in_outlook_comes_back_only_with_another_date(desk: Desk) -> None:
    desk.ask()
    await desk.fine()
    desk.mailboxes.events.clear()
    desk.change(title="Heat shield")
    await desk.fine()
    assert desk.events() == []
    desk.ask(meeting_on="2026-12-03")
    await desk.fine()
    assert desk.only()["start"]["dateTime"][:10] == "2026-12-03"


async def test_a_missing_right_is_a_persons_matter(desk: Desk) -> None:
    desk.ask()
    desk.fault(status=403, body={"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}}, times=9)
    row = await desk.run()
    assert (row.state, row.error_class) == (LedgerState.MANUAL, "Permanent")


async def test_a_kick_off_stands_in_the_calendar_while_the_offer_is_won(desk: Desk) -> None:
    def win(session: Session) -> None:
        offer = session.get_one(Offer, desk.offer_id)
        actor, now = desk.house.person(session, "sales lead"), desk.time.now()
        stages.sign(session, offer, company=config.default(), actor=actor, now=now, on=date(2026, 11, 23))
        offer.kick_off_on, offer.project_manager_id = date(2026, 12, 7), desk.house.people["project manager"]
        touch(offer, now=now, actor_id=None)

    desk.house.write(win)
    await desk.fine(KICK_OFF)
    event = desk.only()
    assert event["subject"] == "S580P Thermal protection: kick-off"
    assert (event["start"]["dateTime"][:16], desk.invited()) == ("2026-12-07T09:00", ["engineer", "pm"])
    desk.change(kick_off_on=date(2026, 12, 8))
    await desk.fine(KICK_OFF)
    assert desk.only()["start"]["dateTime"][:10] == "2026-12-08"
    desk.change(kick_off_on=None)
    await desk.fine(KICK_OFF)
    assert desk.events() == []


async def test_what_is_past_is_not_made(desk: Desk) -> None:
    review_id = desk.ask()
    past = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    desk.house.write(lambda session: setattr(session.get_one(Review, review_id), "meeting_at", past))
    await desk.fine()
    assert (desk.calls(), Memory.of(desk.row().remote)) == ([], None)
