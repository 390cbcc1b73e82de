"""The other systems on loopback, offers that people change, and bots on a virtual clock that can be killed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, cast
from uuid import UUID

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bot import config
from bot.clients.models import Contact
from bot.offers.models import Offer, OfferCategory
from bot.offers.numbers import allocate_number
from bot.offers.service import touch
from bot.sync.business_central.gateway import BusinessCentralGateway
from bot.sync.calendar.gateway import CalendarGateway
from bot.sync.facts import remember
from bot.sync.models import LedgerRow, LedgerState, System
from bot.sync.pipedrive.gateway import PipedriveGateway
from bot.sync.pipedrive.setup import set_up
from bot.sync.reconciler import Reconciler
from bot.sync.sharepoint.filing import FiledSheet
from bot.sync.sharepoint.gateway import SharePointGateway
from integrations import business_central, entra
from integrations.http import Transport, new_client
from integrations.microsoft_graph import GraphSettings, MicrosoftGraph
from integrations.pipedrive import Pipedrive, PipedriveSettings
from integrations.sandbox import business_central as central
from integrations.sandbox import graph as library
from integrations.sandbox.app import SANDBOX, Sandbox, SandboxSettings, build_sandbox
from integrations.sandbox.faults import RandomFaults
from integrations.sandbox.login import new_key
from tests.chaos.deeds import DEEDS
from tests.chaos.power import Power, SharedTime, Watched
from tests.chaos.systems_truth import problems
from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    import httpx
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.reconciler import Gateway

SERVICES = ("pipedrive", "business_central", "graph")
SYSTEMS = (System.PIPEDRIVE, System.BUSINESS_CENTRAL, System.SHAREPOINT, System.CALENDAR)
ROOM = "bids@supplier.example"
SHARE = 0.1
OFFERS = 3
KILLS = 0.5
"""How many of the looks at the ledger end with a kill, at most."""
LONGEST_LIFE = 120
"""Steps (requests, answers, transactions) before a kill."""
PEACE = 40
"""Hours after which everything must be true."""
LONGEST_ANSWER = 300
"""Turns of the loop; a request whose body was cut off never gets a status."""
SEATS = {"engineer": "engineer", "sales lead": "sales.lead", "project manager": "project.manager"}
SHEET_FOLDER = "02 Evaluation"


def sheets_of(session: Session, offer_id: int, _company: Company, _now: datetime) -> Sequence[FiledSheet]:
    """One file per offer that says what the offer is called."""
    offer = session.get_one(Offer, offer_id)
    content = offer.title.encode()
    return (FiledSheet(SHEET_FOLDER, f"{offer.number} Go-No-Go.docx", lambda: content, offer.title),)


@cache
def _keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    return new_key(), new_key()


@dataclass
class Town:
    """The stand-ins, the offers, and as many bots as asked."""

    house: House
    sandbox: Sandbox
    time: SharedTime
    url: str
    http: httpx.AsyncClient
    power: Power = field(default_factory=Power)
    company: Company = field(default_factory=config.load)
    offers: list[int] = field(default_factory=list)
    kills: int = 0
    bots: int = 0

    @property
    def database(self) -> Database:
        """The one database."""
        return self.house.database

    def pipedrive(self, http: httpx.AsyncClient) -> Pipedrive:
        """The account."""
        settings = PipedriveSettings(f"{self.url}/pipedrive", self.sandbox.settings.pipedrive_token)
        return Pipedrive(settings, http, self.time.clock())

    def _tokens(self, http: httpx.AsyncClient, scope: str) -> entra.EntraTokens:
        own = self.sandbox.settings
        return entra.EntraTokens(
            Transport("login", http, None, self.time.clock()),
            login_url=f"{self.url}/login",
            tenant_id=own.tenant_id,
            client_id=own.app_id,
            secret=own.app_password,
            scope=scope,
            now=self.time.now,
        )

    def bot(self, http: httpx.AsyncClient, power: Power) -> Reconciler:
        """What a started process has: nothing learned, a name of its own."""
        own, clock, now = self.sandbox.settings, self.time.clock(), self.time.now
        watched = cast("Database", Watched(self.database, power))
        bc = business_central.BusinessCentral(
            Transport(business_central.SERVICE, http, business_central.policy(), clock),
            business_central.BusinessCentralSettings(
                own.tenant_id, central.ENVIRONMENT, UUID(central.COMPANY_ID), f"{self.url}/business_central/v2.0"
            ),
            self._tokens(http, business_central.SCOPE),
        )
        drive = GraphSettings(own.drive_id, f"{self.url}/graph/v1.0")
        graph = MicrosoftGraph(
            Transport("graph", http, drive.policy(), clock), drive, self._tokens(http, f"{library.AUDIENCE}/.default")
        )
        gateways: dict[System, Gateway] = {
            System.PIPEDRIVE: PipedriveGateway(watched, self.pipedrive(http), self.company, now),
            System.BUSINESS_CENTRAL: BusinessCentralGateway(
                watched, bc, self.company, now, web_url="https://bc.example"
            ),
            System.SHAREPOINT: SharePointGateway(watched, graph, self.company, now, sheets_of),
            System.CALENDAR: CalendarGateway(watched, graph, self.company, now, mailbox=ROOM, language="en"),
        }
        self.bots += 1
        return Reconciler(watched, gateways, now=now, jitter=lambda: 0.5, owner=f"bot-{self.bots}")

    # What people do

    def begin(self) -> None:
        """Offers that had their Go, with all that Business Central asks for."""

        def known(session: Session) -> None:
            for name, local in SEATS.items():
                self.house.person(session, name).email = f"{local}@Offerdesk.example"
            names = {f"person:{self.house.people[name]}": "LEAD1" for name in SEATS}
            names |= {f"contact:{index}": "CT000010" for index in range(1, OFFERS + 1)}
            remember(session, System.BUSINESS_CENTRAL, names, now=self.time.now())

        self.house.write(known)
        for index in range(OFFERS):
            self.go(index)

    def go(self, index: int) -> None:
        """The next offer."""
        offer_id = self.house.offer(f"Thermal study {index}", number=f"1-1000{index}")
        self.offers.append(offer_id)
        axes = set(self.company.systems.business_central.mandatory) - {"contact", "salesperson", "title"}

        def work(session: Session, offer: Offer) -> None:
            session.add_all(OfferCategory(offer_id=offer.id, axis=axis, value="thermal") for axis in axes)
            offer.contact_id = _contact(session, self.time.now())
            numbers = self.company.rules.numbers
            actor = self.house.people["sales lead"]
            allocate_number(
                session, offer.id, now=self.time.now(), pattern=numbers.pattern, first=numbers.first, actor_id=actor
            )
            session.refresh(offer)

        self.change(offer_id, work)

    def change(self, offer_id: int, work: Callable[[Session, Offer], object]) -> None:
        """As every service does: with a mark that the offer changed."""

        def in_session(session: Session) -> None:
            offer = session.get_one(Offer, offer_id)
            session.flush()
            work(session, offer)
            touch(offer, now=self.time.now(), actor_id=None)

        self.house.write(in_session)

    def anything(self, dice: random.Random) -> None:
        """Somebody does something with one of the offers."""
        deed = dice.choice(DEEDS)
        self.change(dice.choice(self.offers), lambda session, offer: deed(self, session, offer, dice))

    # What the bots do

    def storm(self, seed: int) -> None:
        """From now on a tenth of all requests goes wrong."""
        self.sandbox.faults.add(
            *(RandomFaults(service=name, share=SHARE, seed=seed * 10 + place) for place, name in enumerate(SERVICES))
        )

    async def look(self, dice: random.Random, replicas: int) -> None:
        """Every replica looks at the ledger once; some are killed in the middle of it."""
        async with AsyncExitStack() as stack:
            tasks = []
            for _ in range(replicas):
                power = Power()
                http = await stack.enter_async_context(new_client())
                http.event_hooks = {"request": [power.step], "response": [power.step]}
                bot = self.bot(http, power)
                power.task = asyncio.create_task(bot.run_once())
                power.left = dice.randint(1, LONGEST_LIFE) if dice.random() < KILLS else 0
                tasks.append(power.task)
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        self.kills += sum(isinstance(one, asyncio.CancelledError) for one in ended)
        wrong = [one for one in ended if isinstance(one, Exception)]
        if wrong:
            raise wrong[0]
        await self._answered()

    async def _answered(self) -> None:
        """What a killed bot had sent has its effect, or has it not, before anybody looks again."""
        for _ in range(LONGEST_ANSWER):
            if all(entry["status"] is not None for name in SERVICES for entry in self.sandbox.log.of(name)):
                return
            await asyncio.sleep(0)

    async def quiet(self, replicas: int = 1) -> int:
        """The trouble is over: virtual hours until nothing is due any more."""
        self.sandbox.faults.clear()
        for hour in range(PEACE):
            self.time.pass_by(3600)
            async with new_client() as http:
                worked = [await self.bot(http, Power()).run_once() for _ in range(replicas)]
            if not any(worked):
                return hour
        return PEACE

    def requests(self) -> Counter[str]:
        """What reached each service so far."""
        return Counter({name: len(self.sandbox.log.of(name)) for name in SERVICES})

    async def calls_of_nothing(self) -> int:
        """How many calls it costs when every offer is touched and none has changed."""
        async with new_client() as http:
            bot = self.bot(http, Power())
            before = self.requests()
            for offer_id in self.offers:
                self.change(offer_id, lambda _session, _offer: None)
            self.time.pass_by(60)
            await bot.run_once()
        return (self.requests() - before).total()

    def unsettled(self) -> list[str]:
        """Rows of the ledger that are not as they should be."""

        def work(session: Session) -> list[str]:
            return [
                f"{row.kind.value} {row.subject_id}: {row.state.value}, {row.error_class} {row.error}"
                for row in session.scalars(sa.select(LedgerRow).where(LedgerRow.system.in_(SYSTEMS)))
                if row.state is not LedgerState.OK or row.done_version < row.wanted_version
            ]

        return self.database.read_now(work)

    def untrue(self) -> list[str]:
        """What is lost, doubled or wrong over there."""
        return self.database.read_now(lambda session: problems(session, self.sandbox, self.company, self.offers))


def _contact(session: Session, now: datetime) -> int:
    person = Contact(name="Procurement officer", search_text="", created_at=now, updated_at=now)
    session.add(person)
    session.flush()
    return person.id


@asynccontextmanager
async def town(database: Database) -> AsyncIterator[Town]:
    """Prepared systems, and offers that stand in none of them yet."""
    house, clock = House(database), SharedTime()
    house.staff()
    settings = SandboxSettings(now=clock.now, sleep=clock.sleep, signing_key=_keys()[0], login_key=_keys()[1])
    app = build_sandbox(settings)
    async with TestServer(app) as server, new_client() as http:
        made = Town(house, app[SANDBOX], clock, str(server.make_url("")).rstrip("/"), http)
        result = await set_up(made.pipedrive(http), database, made.company, clock.now)
        assert result.complete
        made.begin()
        yield made
