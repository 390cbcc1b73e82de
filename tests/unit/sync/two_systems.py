"""Business Central and SharePoint on loopback, an offer with a number, and the reconciler on a virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bot.clients.models import Contact
from bot.config import default
from bot.offers.models import Offer, OfferCategory
from bot.offers.service import touch
from bot.sync.business_central.gateway import BusinessCentralGateway
from bot.sync.differences import Memory
from bot.sync.facts import remember
from bot.sync.models import Conflict, Kind, LedgerRow, System
from bot.sync.reconciler import LEASE, Claim, Reconciler, claim_due, retry
from bot.sync.sharepoint.filing import FiledSheet
from bot.sync.sharepoint.gateway import SharePointGateway
from integrations import business_central, entra
from integrations.http import Transport, new_client
from integrations.microsoft_graph import GraphSettings, MicrosoftGraph
from integrations.sandbox import business_central as central
from integrations.sandbox import graph as library
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.faults import Fault
from integrations.sandbox.login import new_key
from tests.unit.decisions.conftest import House
from tests.unit.integrations.doubles import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database

TITLE = "Thermal protection"
WEB = "https://central.example/tenant/Production?company=SUPPLIER"
SERVICE = {System.BUSINESS_CENTRAL: "business_central", System.SHAREPOINT: "graph"}


@dataclass
class World:
    """One offer, ``S580``, and where it must be kept true."""

    house: House
    sandbox: Sandbox
    time: VirtualTime
    bc: BusinessCentralGateway
    sharepoint: SharePointGateway
    company: Company
    sheets: list[FiledSheet]
    offer_id: int = 0

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def gateways(self) -> dict[System, Any]:
        return {System.BUSINESS_CENTRAL: self.bc, System.SHAREPOINT: self.sharepoint}

    # The offer

    def begin(self, title: str = TITLE, **values: object) -> None:
        """An offer that had its Go, with all that Business Central asks for."""
        self.offer_id = self.house.offer(title)
        self.know(contact="CT000010", salesperson="LEAD1")
        known = {"contact", "salesperson", "title"}
        axes = [name for name in self.company.systems.business_central.mandatory if name not in known]

        def categorise(session: Session) -> None:
            session.add_all(OfferCategory(offer_id=self.offer_id, axis=axis, value="thermal") for axis in axes)

        self.house.write(categorise)
        self.change(number="S580", contact_id=self.contact(), **values)

    def contact(self) -> int:
        def work(session: Session) -> int:
            now = self.time.now()
            person = Contact(name="Procurement officer", search_text="", created_at=now, updated_at=now)
            session.add(person)
            session.flush()
            return person.id

        return self.house.write(work)

    def know(self, *, contact: str | None = None, salesperson: str | None = None, **names: str) -> None:
        """What Business Central calls our contact and our sales lead, and further mappings (``__`` for the colon)."""
        given = {name.replace("__", ":"): remote for name, remote in names.items()}
        if contact is not None:
            given["contact:1"] = contact
        if salesperson is not None:
            given[f"person:{self.house.people['engineer']}"] = salesperson
        self.house.write(lambda s: remember(s, System.BUSINESS_CENTRAL, given, now=self.time.now()))

    def change(self, **values: object) -> None:
        """Change the offer; without values it is only touched, so its records are looked at again."""

        def work(session: Session) -> None:
            offer = session.get_one(Offer, self.offer_id)
            for name, value in values.items():
                setattr(offer, name, value)
            touch(offer, now=self.time.now(), actor_id=None)

        self.house.write(work)

    # What is done about it

    async def run(self, *systems: System) -> None:
        """Let some seconds pass and apply what is due."""
        self.time.pass_by(5)
        gateways = {system: self.gateways[system] for system in systems or (System.BUSINESS_CENTRAL,)}
        work = Reconciler(self.database, gateways, now=self.time.now, jitter=lambda: 0.0, owner="alive")
        await work.run_once()

    async def claim(self, system: System) -> Claim:
        """Take the one due row of a system, as a reconciler does."""
        self.time.pass_by(5)
        (claim,) = self.database.write_now(
            lambda s: claim_due(s, now=self.time.now(), owner="killed", systems=[system])
        )
        return claim

    async def killed_before_remembering(self, system: System) -> None:
        """Apply, but end before the ledger knows; then the lease runs out."""
        await self.gateways[system].apply(await self.claim(system))
        self.time.pass_by(LEASE.total_seconds() + 1)

    def try_again(self, kind: Kind = Kind.OPPORTUNITY) -> None:
        """A long time later somebody presses the button, whatever the state of the row."""
        self.time.pass_by(4000)
        row_id = self.row(kind).id
        assert self.house.write(lambda s: retry(s, row_id, self.time.now()))

    def row(self, kind: Kind = Kind.OPPORTUNITY) -> LedgerRow:
        return self.database.read_now(lambda s: s.scalars(sa.select(LedgerRow).where(LedgerRow.kind == kind)).one())

    def memory(self, kind: Kind = Kind.OPPORTUNITY) -> Memory:
        memory = Memory.of(self.row(kind).remote)
        assert memory is not None
        return memory

    def place(self, kind: Kind, remote: dict[str, Any]) -> None:
        """Where a record of another system stands."""

        def work(session: Session) -> None:
            session.scalars(sa.select(LedgerRow).where(LedgerRow.kind == kind)).one().remote = remote

        self.house.write(work)

    def conflicts(self) -> Sequence[Conflict]:
        return self.database.read_now(lambda s: s.scalars(sa.select(Conflict).order_by(Conflict.id)).all())

    # The other side

    def fault(self, system: System, **kind: Any) -> None:  # noqa: ANN401 - whatever a fault may be
        self.sandbox.faults.add(Fault(service=SERVICE[system], **kind))

    def calls(self, system: System, method: str = "") -> list[dict[str, Any]]:
        """What reached a system, tokens aside."""
        return [one for one in self.sandbox.log.of(SERVICE[system]) if method in {"", one["method"]}]

    def rows_in_bc(self, entity_set: str = "opportunities") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.sandbox.services["business_central"].state()[entity_set]
        return rows

    def edit(self, number: str = "S580", entity_set: Any = "opportunities", **values: object) -> None:  # noqa: ANN401
        """Change a record in Business Central as a person would."""
        service = self.sandbox.services["business_central"]
        assert isinstance(service, central.BusinessCentralSandbox)
        service.controls.edit(central.Edit(entity_set=entity_set, number=number, values=values))

    @property
    def library(self) -> library.Library:
        service = self.sandbox.services["graph"]
        assert isinstance(service, library.GraphSandbox)
        return service.library

    @property
    def paths(self) -> list[str]:
        return [line["path"] for line in self.sandbox.services["graph"].state()["tree"]]

    def sheet(self, content: bytes, fingerprint: str, name: str = "Go-No-Go.docx") -> None:
        """The one sheet that is to be filed."""
        self.sheets[:] = [FiledSheet("02 Evaluation", name, lambda: content, fingerprint)]

    def filed(self, path: str) -> tuple[bytes | None, int]:
        """A file's content and how many versions it has had."""
        item = self.library.at(self.library.root, path.split("/"))
        return item.content, item.content_version


@cache
def _keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    return new_key(), new_key()


@asynccontextmanager
async def world(database: Database, *, presales_pages: bool = False) -> AsyncIterator[World]:
    house, time = House(database), VirtualTime()
    house.staff()
    settings = SandboxSettings(now=time.now, sleep=time.sleep, signing_key=_keys()[0], login_key=_keys()[1])
    sandbox = Sandbox(settings)
    sandbox.services["business_central"] = central.BusinessCentralSandbox(
        time.now,
        verify=partial(sandbox.login.verify, audience=central.AUDIENCE),
        tenant_id=settings.tenant_id,
        sleep=time.sleep,
        presales_pages=presales_pages,
    )
    company, sheets = default(), list[FiledSheet]()

    def given(_: Session, _offer: int, _company: Company, _now: datetime) -> Sequence[FiledSheet]:
        return tuple(sheets)

    async with TestServer(sandbox.application()) as server, new_client() as client:
        url = str(server.make_url("")).rstrip("/")

        def tokens(scope: str) -> entra.EntraTokens:
            return entra.EntraTokens(
                Transport("login", client, None, time.clock()),
                login_url=f"{url}/login",
                tenant_id=settings.tenant_id,
                client_id=settings.app_id,
                secret=settings.app_password,
                scope=scope,
                now=time.now,
            )

        bc = business_central.BusinessCentral(
            Transport(business_central.SERVICE, client, business_central.policy(), time.clock()),
            business_central.BusinessCentralSettings(
                settings.tenant_id, central.ENVIRONMENT, UUID(central.COMPANY_ID), f"{url}/business_central/v2.0"
            ),
            tokens(business_central.SCOPE),
        )
        drive = GraphSettings(settings.drive_id, f"{url}/graph/v1.0")
        graph = MicrosoftGraph(
            Transport("graph", client, drive.policy(), time.clock()), drive, tokens(f"{library.AUDIENCE}/.default")
        )
        yield World(
            house,
            sandbox,
            time,
            BusinessCentralGateway(database, bc, company, time.now, web_url=WEB),
            SharePointGateway(database, graph, company, time.now, given),
            company,
            sheets,
        )
