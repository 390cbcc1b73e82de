"""An offer with its Go, a reconciler, and the Pipedrive stand-in on loopback, all on one virtual clock."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bot import config
from bot.decisions.models import Choice, Round, RoundState
from bot.hours.models import EntryKind, HoursEntry, HoursWeek
from bot.offers import stages
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.offers.service import enter_stage, touch
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.sync.conflicts import settle
from bot.sync.differences import Memory
from bot.sync.models import Conflict, Kind, LedgerRow, LedgerState, System
from bot.sync.pipedrive.gateway import PipedriveGateway
from bot.sync.pipedrive.setup import set_up
from bot.sync.reconciler import Reconciler, claim_due
from integrations.http import new_client
from integrations.pipedrive import Pipedrive, PipedriveSettings
from integrations.sandbox.app import SANDBOX, SandboxSettings, build_sandbox
from integrations.sandbox.faults import Fault
from tests.unit.decisions.conftest import House
from tests.unit.integrations.doubles import VirtualTime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database
    from integrations.sandbox.app import Sandbox

MONDAY = date(2026, 11, 23)
SEATS = {"engineer": "engineer", "sales lead": "sales.lead", "project manager": "project.manager"}
"""Our people who are users over there, and their addresses."""
SALES_LEAD_USER = 105
ENGINEER_USER = 107


@dataclass
class Desk:
    """What a test of the gateway needs at hand."""

    house: House
    time: VirtualTime
    sandbox: Sandbox
    url: str
    http: httpx.AsyncClient
    company: Company = field(default_factory=lambda: patient(minutes=0))
    offer_id: int = 0

    def __post_init__(self) -> None:
        self.database = self.house.database
        settings = PipedriveSettings(f"{self.url}/pipedrive", SandboxSettings().pipedrive_token)
        self.client = Pipedrive(settings, self.http, self.time.clock())
        self.gateway = self.fresh_gateway()

    def fresh_gateway(self) -> PipedriveGateway:
        """A gateway as after a start of the program."""
        return PipedriveGateway(self.database, self.client, self.company, self.time.now)

    @property
    def world(self) -> Any:  # noqa: ANN401  the stand-in's own shapes
        return self.sandbox.pipedrive.world

    def go(self) -> None:
        """An offer of the engineer that has its Go and its number."""

        def addresses(session: Session) -> None:
            for name, local in SEATS.items():
                self.house.person(session, name).email = f"{local}@Offerdesk.example"

        self.house.write(addresses)
        round_id = self.house.round()
        for seat in ("CTO", "CPO", "CEO"):
            if self.house.database.read_now(lambda session: _open(session, round_id)):
                self.house.vote(round_id, seat, Choice.GO)
        self.offer_id = self.house.database.read_now(
            lambda session: session.scalars(sa.select(Offer.id).where(Offer.number.is_not(None))).one()
        )

    async def set_up(self) -> None:
        """As an administrator did before."""
        result = await set_up(self.client, self.database, self.company, self.time.now)
        assert result.complete

    async def run(self) -> LedgerRow:
        """Let the reconciler work as a new process would, when everything that waits is due."""
        self.time.pass_by(3600)
        return await self.look()

    async def look(self) -> LedgerRow:
        """Let the reconciler work on what is due now."""
        reconciler = Reconciler(
            self.database, {System.PIPEDRIVE: self.gateway}, now=self.time.now, jitter=lambda: 0.0, owner="one"
        )
        await reconciler.run_once()
        return self.row()

    async def fine(self) -> Memory:
        """`run`, which ends well; gives what is remembered."""
        row = await self.run()
        assert (row.state, row.error) == (LedgerState.OK, None)
        memory = Memory.of(row.remote)
        assert memory is not None
        return memory

    async def die_after_sending(self) -> None:
        """A process that ends between the last answer and the database."""
        self.time.pass_by(3600)
        claims = self.database.write_now(
            lambda session: claim_due(session, now=self.time.now(), owner="dead", systems=(System.PIPEDRIVE,))
        )
        assert len(claims) == 1
        await self.gateway.apply(claims[0])

    def row(self) -> LedgerRow:
        return self.database.read_now(
            lambda session: session.scalars(sa.select(LedgerRow).where(LedgerRow.kind == Kind.DEAL)).one()
        )

    def change(self, work: Callable[[Session, Offer], object] | None = None, **values: object) -> None:
        """Change the offer, as every service does: with a mark that it changed."""

        def in_session(session: Session) -> None:
            offer = session.get_one(Offer, self.offer_id)
            for name, value in values.items():
                setattr(offer, name, value)
            if work is not None:
                work(session, offer)
            touch(offer, now=self.time.now(), actor_id=None)

        self.database.write_now(in_session)

    def stage(self, code: str) -> None:
        self.change(lambda session, offer: enter_stage(session, offer, code, now=self.time.now(), cause="person"))

    def price(self, amount: str) -> None:
        """A quote is sent."""
        author = self.house.people["engineer"]

        def work(session: Session, offer: Offer) -> None:
            number = session.scalar(sa.select(sa.func.count()).select_from(Quote)) or 0
            given = {"price": Decimal(amount), "currency": "EUR", "number": number + 1, "offer_id": offer.id}
            now = self.time.now()
            stamps = {"revision": 1, "created_at": now, "created_by_id": author, "updated_at": now}
            session.add(Quote(**given, **stamps, updated_by_id=author, sent_on=MONDAY, sent_at=now))

        self.change(work)

    def sent(self, amount: str) -> None:
        """The offer goes out."""
        self.stage("SNT")
        self.price(amount)

    def hours(self, quarters: int) -> None:
        """The engineer worked in one more week."""
        person_id = self.house.people["engineer"]

        def work(session: Session, offer: Offer) -> None:
            weeks = session.scalar(sa.select(sa.func.count()).select_from(HoursWeek)) or 0
            monday = MONDAY + timedelta(weeks=weeks)
            week = HoursWeek(person_id=person_id, week_on=monday, quarters=quarters, revision=1)
            session.add(week)
            session.flush()
            entry = HoursEntry(
                week_id=week.id,
                person_id=person_id,
                offer_id=offer.id,
                part_on=monday,
                quarters=quarters,
                kind=EntryKind.ENTRY,
                revision=1,
                entered_by_id=person_id,
                entered_at=self.time.now(),
            )
            session.add(entry)

        self.change(work)

    def folder(self, url: str) -> None:
        """The folder of the offer was made."""
        folder = sa.update(LedgerRow).where(LedgerRow.kind == Kind.FOLDER)
        self.change(lambda session, _offer: session.execute(folder.values(remote={"id": "1", "url": url})))

    def joins(self, name: str) -> None:
        member = TeamMember(
            offer_id=self.offer_id,
            person_id=self.house.people[name],
            role=TeamRole.CONTRIBUTOR,
            joined_on=MONDAY,
        )
        self.change(lambda session, _offer: session.add(member))

    def leaves(self, name: str) -> None:
        person_id = self.house.people[name]
        self.change(
            lambda session, _offer: session.execute(
                sa.update(TeamMember).where(TeamMember.person_id == person_id).values(gone=True, left_on=MONDAY)
            )
        )

    def win(self) -> None:
        self.change(
            lambda session, offer: stages.sign(
                session,
                offer,
                company=self.company,
                actor=self.house.person(session, "sales lead"),
                now=self.time.now(),
                on=MONDAY,
            )
        )

    def lose(self, note: str) -> None:
        self.change(
            lambda session, offer: stages.end(
                session,
                offer,
                Outcome.LOST,
                company=self.company,
                actor=self.house.person(session, "sales lead"),
                now=self.time.now(),
                on=MONDAY,
                reason="price",
                note=note,
            )
        )

    def reopen(self) -> None:
        self.change(
            lambda session, offer: stages.reopen(
                session,
                offer,
                company=self.company,
                actor=self.house.person(session, "sales lead"),
                now=self.time.now(),
                reason="The client calls again",
            )
        )

    def deals(self) -> list[dict[str, Any]]:
        return list(self.world.deals.values())

    def deal(self) -> dict[str, Any]:
        (only,) = self.deals()
        return dict(only)

    def custom(self, title: str) -> object:
        """A custom field of the only deal, by the name people read."""
        code = next(code for code, kept in self.world.fields.items() if kept["field_name"] == title)
        return self.deal()["custom_fields"].get(code)

    def stage_id(self, name: str) -> int:
        return next(int(number) for number, kept in self.world.stages.items() if kept["name"] == name)

    def stage_name(self) -> str:
        return str(self.world.stages[self.deal()["stage_id"]]["name"])

    def notes(self) -> list[dict[str, Any]]:
        return list(self.world.notes.values())

    def edit(self, user_id: int = SALES_LEAD_USER, **changes: object) -> None:
        """Somebody changes the deal in Pipedrive's own page, a minute later."""
        self.time.pass_by(60)
        self.sandbox.pipedrive.deals.change(self.deal()["id"], dict(changes), user_id, "app")

    def lose_answer(self, method: str, path: str) -> None:
        self.sandbox.faults.add(Fault(service="pipedrive", path=path, method=method, lose_response=True))

    def calls(self) -> list[str]:
        """What Pipedrive was asked so far."""
        return [f"{entry['method']} {entry['path']}" for entry in self.sandbox.log.of("pipedrive")]

    def conflicts(self) -> list[Conflict]:
        return list(
            self.database.read_now(
                lambda session: session.scalars(sa.select(Conflict).where(Conflict.resolved_at.is_(None))).all()
            )
        )

    def settle(self, *, keep_ours: bool) -> None:
        (conflict,) = self.conflicts()
        actor_id = self.house.people["engineer"]
        self.database.write_now(
            lambda session: settle(
                session,
                conflict.id,
                keep_ours=keep_ours,
                actor=session.get_one(Person, actor_id),
                now=self.time.now(),
            )
        )


def patient(*, minutes: int, days: int = 0) -> Company:
    """A company that collects what is not urgent for so long, and has it wait for another change so many days."""
    company = config.load()
    kept = company.systems.pipedrive.model_copy(update={"collect_minutes": minutes, "wait_days": days})
    return company.model_copy(update={"systems": company.systems.model_copy(update={"pipedrive": kept})})


@asynccontextmanager
async def open_desk(database: Database, key: RSAPrivateKey) -> AsyncIterator[Desk]:
    """An account that nobody prepared, and an offer that had its Go."""
    time = VirtualTime()
    house = House(database)
    house.staff()
    app = build_sandbox(SandboxSettings(now=time.now, sleep=time.sleep, signing_key=key, login_key=key))
    async with TestServer(app) as server, new_client() as client:
        desk = Desk(house, time, app[SANDBOX], str(server.make_url("")).rstrip("/"), client)
        desk.go()
        yield desk


def _open(session: Session, round_id: int) -> bool:
    return session.get_one(Round, round_id).state is not RoundState.CLOSED
