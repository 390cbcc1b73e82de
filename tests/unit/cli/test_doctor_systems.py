"""The doctor on the other systems: each thing that can be set up wrong is one line that names the way out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from aiohttp import web

from bot import config
from bot.demo.stage import bot_settings
from bot.doctor_systems import Known, look, looks, waiting
from bot.findings import Finding, State
from bot.settings import PREFIX, load
from bot.sync import plans
from bot.sync.business_central.hooks import TOLD
from bot.sync.facts import mappings
from bot.sync.ledger import want, want_records
from bot.sync.models import Kind, LedgerRow, LedgerState, System
from bot.sync.pipedrive.setup import set_up
from bot.sync.reconciler import pause
from integrations.http import new_client
from integrations.pacing import Time
from integrations.pipedrive import Pipedrive, PipedriveSettings
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.business_central import COMPANY_ID
from integrations.sandbox.business_central.edmx import document
from integrations.sandbox.business_central.schema import STANDARD
from integrations.sandbox.business_central.webhooks import Live
from integrations.sandbox.faults import Fault
from integrations.sandbox.pipedrive.world import new_field
from tests.whole import HOST, served, signing_key

if TYPE_CHECKING:
    from bot.config import Company
    from bot.database import Database
    from tests.unit.cli.conftest import Command

SECRETS = ("sandbox-pipedrive-token", "sandbox-bot-password", "never-shown")
STANDARD_METADATA = f"/v2.0/{SandboxSettings().tenant_id}/Sandbox/api/v2.0/$metadata"
LOGIN = f"/{SandboxSettings().tenant_id}/oauth2"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOBODY = BOT = "http://127.0.0.1:9"
"""Nobody listens on the discard port."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class World:
    """The stand-ins, and a doctor who looks at one of them at a time."""

    sandbox: Sandbox
    url: str
    client: httpx.AsyncClient
    released: asyncio.Event
    company: Company = field(default_factory=lambda: config.load(None))

    async def look(
        self,
        prefix: str,
        *,
        names: Mapping[str, str] | None = None,
        company: Company | None = None,
        **changes: str | None,
    ) -> dict[str, Finding]:
        """What is said of the system whose settings begin with ``prefix``, by the first column."""
        own = bot_settings(self.url, "sqlite:///unused.db", 0)
        values: dict[str, object] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in own.items()
            if name.removeprefix(PREFIX).startswith((prefix, "TENANT_ID"))
        }
        given = load(Path("no.env"), **{**values, **changes})
        known = Known(company or self.company, names or {})
        found = await look(given, self.client, known, utc_now)
        assert not any(secret in str(finding) for finding in found for secret in SECRETS)
        return {finding.what: finding for finding in found if not finding.detail.startswith("Off")}

    async def one(self, prefix: str, **changes: str | None) -> Finding:
        """The only line about a system that cannot be used."""
        (found,) = (await self.look(prefix, names=None, company=None, **changes)).values()
        return found

    def make_fields(self, **types: str) -> dict[str, str]:
        """The custom fields as set-up makes them, with other types where given; gives the mappings."""
        codes = {}
        for name, (title, kind) in plans.CUSTOM_FIELDS.items():
            code = f"code_of_{name}"
            self.sandbox.pipedrive.world.fields[code] = new_field(code, title, types.get(name, kind), custom=True)
            codes[f"field:{name}"] = code
        return codes


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients repeat at once what they would repeat after a while."""

    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    for module in ("integrations.http", "integrations.pipedrive.channel"):
        monkeypatch.setattr(f"{module}.Time", lambda: Time(sleep=at_once))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    released = asyncio.Event()

    async def until_released(_seconds: float) -> None:
        await released.wait()

    with socket.create_server((HOST, 0)) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        settings = SandboxSettings(
            base_url=url, signing_key=signing_key(0), login_key=signing_key(1), sleep=until_released
        )
        sandbox = Sandbox(settings)
        async with served(sandbox.application(), listener), new_client() as client:
            yield World(sandbox, url, client, released)
            released.set()


def _says(finding: Finding, detail: str, remedy: str, state: State = State.BROKEN) -> None:
    assert (finding.state, detail in finding.detail, remedy in finding.remedy) == (state, True, True), finding


async def test_what_is_off_is_fine_and_says_how_to_switch_it_on(world: World) -> None:
    found = await look(load(Path("no.env")), world.client, Known(world.company, {}), utc_now)
    assert [finding.what for finding in found] == ["Pipedrive", "Business Central", "SharePoint", "Calendar"]
    assert {finding.state for finding in found} == {State.OK}
    names = ("PIPEDRIVE_BASE_URL", "BC_TENANT_ID", "GRAPH_CLIENT_ID", "CALENDAR_MAILBOX")
    for finding, name in zip(found, names, strict=True):
        assert finding.detail.startswith(f"Off: set OFFERDESK_{name}")
    assert all(world.sandbox.log.of(name) == [] for name in ("pipedrive", "business_central", "graph", "login"))


@pytest.mark.parametrize(
    ("prefix", "missing"),
    [
        ("PIPEDRIVE", "pipedrive_api_token"),
        ("PIPEDRIVE", "pipedrive_base_url"),
        ("BC", "bc_client_secret"),
        ("GRAPH", "graph_drive_id"),
        ("GRAPH", "tenant_id"),
    ],
)
async def test_what_is_half_set_up_names_the_missing_setting(world: World, prefix: str, missing: str) -> None:
    finding = await world.one(prefix, **{missing: None})
    _says(finding, f"OFFERDESK_{missing.upper()} missing", "Set what is missing")


async def test_every_call_only_reads(world: World) -> None:
    world.make_fields()
    _subscribe(world)
    for prefix in ("PIPEDRIVE", "BC", "GRAPH"):
        assert {finding.state for finding in (await world.look(prefix, public_url=BOT)).values()} == {State.OK}
    asked = [line for name in ("pipedrive", "business_central", "graph") for line in world.sandbox.log.of(name)]
    assert {line["method"] for line in asked} == {"GET"}
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("fault", "detail", "remedy"),
    [
        (
            Fault(service="pipedrive", status=403, body={"success": False, "error": "scope"}),
            "may not do this",
            "deal admin rights",
        ),
        (
            Fault(service="pipedrive", path="/api/v2/dealFields", status=403, body={"success": False}),
            "may not do this",
            "activate the user",
        ),
        (
            Fault(service="pipedrive", status=403, body="<html>blocked</html>", content_type="text/html"),
            "firewall",
            "support",
        ),
        (
            Fault(service="pipedrive", status=302, headers={"Location": "https://elsewhere.example/"}),
            "redirect",
            "OFFERDESK_PIPEDRIVE_BASE_URL",
        ),
        (Fault(service="pipedrive", body="<html>", content_type="text/html"), "not JSON", "OFFERDESK_PIPEDRIVE_BASE"),
        (Fault(service="pipedrive", status=503, times=9), "503", "OFFERDESK_PIPEDRIVE_BASE_URL"),
        (Fault(service="pipedrive", reset=True, times=9), "no answer", "this machine may reach"),
    ],
)
async def test_pipedrive_that_does_not_let_us_in(world: World, fault: Fault, detail: str, remedy: str) -> None:
    world.sandbox.faults.add(fault)
    _says(await world.one("PIPEDRIVE"), detail, remedy)


@pytest.mark.parametrize(
    ("name", "value", "detail", "remedy"),
    [
        ("api_token", "never-shown", "token is not accepted", "OFFERDESK_PIPEDRIVE_API_TOKEN"),
        ("api_token", "never-shown\n", "no header may hold", "OFFERDESK_PIPEDRIVE_API_TOKEN"),
        ("base_url", "https://pipedrive.example", "must be https below pipedrive.com", "COMPANY.pipedrive.com"),
        ("base_url", "http://127.0.0.1:9", "no connection", "OFFERDESK_PIPEDRIVE_BASE_URL"),
    ],
)
async def test_wrong_settings_of_pipedrive(world: World, name: str, value: str, detail: str, remedy: str) -> None:
    _says(await world.one("PIPEDRIVE", **{f"pipedrive_{name}": value}), detail, remedy)


async def test_another_path_of_the_right_host_is_not_pipedrive(world: World) -> None:
    finding = await world.one("PIPEDRIVE", pipedrive_base_url=f"{world.url}/pipedrive/company")
    _says(finding, "not at this address", "OFFERDESK_PIPEDRIVE_BASE_URL")


async def test_a_deactivated_user_is_found(world: World) -> None:
    for user in world.sandbox.pipedrive.world.users.values():
        user["active_flag"] = False
    _says(await world.one("PIPEDRIVE"), "deactivated", "Activate the user")


async def test_used_up_tokens_come_back_by_themselves(world: World) -> None:
    await world.look("PIPEDRIVE")
    world.sandbox.pipedrive.meter.spent = world.sandbox.pipedrive.limits.daily_tokens
    _says(await world.one("PIPEDRIVE"), "used up", "after midnight", State.WARNING)


async def test_an_account_that_is_not_set_up_yet_waits_for_the_command(world: World) -> None:
    found = await world.look("PIPEDRIVE")
    _says(found["Pipedrive fields"], "Not made yet", "offerdesk setup pipedrive", State.WARNING)
    assert found["Pipedrive"].state is State.OK
    assert "29998 tokens left" in found["Pipedrive"].detail
    assert found["Pipedrive stages"].state is State.OK


async def test_what_the_set_up_makes_and_remembers_is_fine(world: World, database: Database) -> None:
    account = PipedriveSettings(f"{world.url}/pipedrive", SandboxSettings().pipedrive_token)
    await set_up(Pipedrive(account, world.client), database, world.company, utc_now)
    names = await database.read(lambda session: mappings(session, System.PIPEDRIVE))
    found = await world.look("PIPEDRIVE", names=names)
    assert {finding.state for finding in found.values()} == {State.OK}


async def test_custom_fields_that_are_gone_wrong_or_doubled_are_named(world: World) -> None:
    names = world.make_fields()
    fields = world.sandbox.pipedrive.world.fields
    assert (await world.look("PIPEDRIVE", names=names))["Pipedrive fields"].state is State.OK

    gone = fields.pop("code_of_folder")
    _says((await world.look("PIPEDRIVE", names=names))["Pipedrive fields"], "'Folder' is not there", "setup pipedrive")

    fields["anew"] = {**gone, "field_code": "anew"}
    _says((await world.look("PIPEDRIVE", names=names))["Pipedrive fields"], "'Folder' is another field", "setup")

    fields["twice"] = {**gone, "field_code": "twice"}
    _says((await world.look("PIPEDRIVE", names=names))["Pipedrive fields"], "'Folder' is there 2 times", "Rename")


async def test_a_custom_field_of_another_type_is_named(world: World) -> None:
    world.make_fields(offer_hours="text")
    found = (await world.look("PIPEDRIVE"))["Pipedrive fields"]
    _says(found, "'Offer hours' is of type text instead of double", "Rename that field")


async def test_a_stage_that_is_not_in_the_pipeline_is_named(world: World) -> None:
    stages = world.sandbox.pipedrive.world.stages
    sent = next(stage for stage in stages.values() if stage["name"] == "Sent")
    remembered = {"stage:SNT": str(sent["id"])}
    assert (await world.look("PIPEDRIVE", names=remembered))["Pipedrive stages"].state is State.OK

    sent["name"] = "Submitted"
    found = (await world.look("PIPEDRIVE", names=remembered))["Pipedrive stages"]
    _says(found, "lacks SNT = 'Sent'", "systems.toml")

    stages[900] = {**sent, "id": 900, "name": "Sent"}
    found = (await world.look("PIPEDRIVE", names=remembered))["Pipedrive stages"]
    _says(found, "SNT: another stage", "offerdesk setup pipedrive")


async def test_a_pipeline_that_is_not_there_is_named(world: World) -> None:
    systems = world.company.systems
    other = systems.model_copy(update={"pipedrive": systems.pipedrive.model_copy(update={"pipeline": "Tenders"})})
    company = world.company.model_copy(update={"systems": other})
    found = (await world.look("PIPEDRIVE", company=company))["Pipedrive stages"]
    _says(found, "'Tenders' is not there; there is: 'Offers'", "systems.toml")


@pytest.mark.parametrize(("prefix", "tenant"), [("BC", "BC_TENANT_ID"), ("GRAPH", "TENANT_ID")])
@pytest.mark.parametrize(
    ("code", "detail", "remedy"),
    [
        (7000222, "has expired", "{prefix}_CLIENT_SECRET"),
        (7000215, "is wrong", "{prefix}_CLIENT_SECRET"),
        (700016, "no such application", "OFFERDESK_{prefix}_CLIENT_ID and OFFERDESK_{tenant}"),
        (90002, "refuses", "OFFERDESK_{tenant}"),
    ],
)
async def test_a_login_that_is_refused_says_which_setting(
    world: World, prefix: str, tenant: str, code: int, detail: str, remedy: str
) -> None:
    body = {"error": "invalid_client", "error_description": "never-shown", "error_codes": [code]}
    world.sandbox.faults.add(Fault(service="login", path=LOGIN, status=401, body=body))
    finding = await world.one(prefix)
    _says(finding, f"AADSTS{code}", remedy.format(prefix=prefix, tenant=tenant))
    assert detail in finding.detail


@pytest.mark.parametrize("prefix", ["BC", "GRAPH"])
@pytest.mark.parametrize(
    ("name", "value", "detail", "remedy"),
    [
        ("client_secret", "never-shown", "AADSTS7000215", "CLIENT_SECRET"),
        ("client_id", "00000000-0000-4000-8000-0000000000ff", "AADSTS700016", "CLIENT_ID"),
        ("login_url", "http://127.0.0.1:9", "no connection", "LOGIN_URL"),
        ("login_url", "http://login.example", "neither https", "LOGIN_URL"),
        ("base_url", "http://127.0.0.1:9", "no connection", "BASE_URL"),
    ],
)
async def test_wrong_settings_of_an_entra_application(
    world: World, prefix: str, name: str, value: str, detail: str, remedy: str
) -> None:
    _says(await world.one(prefix, **{f"{prefix.lower()}_{name}": value}), detail, f"OFFERDESK_{prefix}_{remedy}")


@pytest.mark.parametrize(
    ("name", "value", "detail", "remedy"),
    [
        ("bc_environment", "Productoin", "no such environment", "OFFERDESK_BC_ENVIRONMENT"),
        ("bc_tenant_id", "00000000-0000-4000-8000-0000000000ff", "AADSTS90002", "OFFERDESK_BC_TENANT_ID"),
        ("bc_company_id", "SUPPLIER", "is not an id", "GUID"),
        ("bc_company_id", "00000000-0000-4000-8000-0000000000ff", "SUPPLIER (0c0ffee0-", "the id of one"),
        ("bc_company_id", None, "SUPPLIER (0c0ffee0-", "the id of one"),
    ],
)
async def test_wrong_settings_of_business_central(
    world: World, name: str, value: str | None, detail: str, remedy: str
) -> None:
    _says(await world.one("BC", **{name: value}), detail, remedy)


@pytest.mark.parametrize(
    ("status", "code", "detail", "remedy"),
    [
        (401, "Authentication_InvalidCredentials", "does not accept", "State Enabled"),
        (403, "Authorization_RequestDenied", "permission sets", "Microsoft Entra Applications"),
        (302, "", "redirect", "OFFERDESK_BC_BASE_URL"),
    ],
)
async def test_business_central_that_does_not_let_us_in(
    world: World, status: int, code: str, detail: str, remedy: str
) -> None:
    body = {"error": {"code": code, "message": "never-shown"}}
    world.sandbox.faults.add(Fault(service="business_central", times=2, status=status, body=body))
    _says(await world.one("BC"), detail, remedy)


@pytest.mark.parametrize("braces", ["{}", "{{{}}}"])
async def test_a_company_id_may_be_written_as_people_copy_it(world: World, braces: str) -> None:
    found = await world.look("BC", bc_company_id=braces.format("0C0FFEE0-0000-4000-8000-00000000C001"))
    assert found["Business Central"].state is State.OK


async def test_business_central_says_what_is_left_to_people(world: World) -> None:
    found = await world.look("BC")
    assert "by hand: value and closing date, won and lost" in found["Business Central"].detail
    assert found["BC salespeople"].detail == "3 are there."


async def test_pages_that_nobody_may_write_are_named(world: World) -> None:
    pages = {**STANDARD, "opportunities": replace(STANDARD["opportunities"], updatable=False)}
    _serve_metadata(world, document(pages))
    _says((await world.look("BC"))["Business Central"], "lets nobody write opportunities", "partner")


@pytest.mark.parametrize("entity_set", ["projects", "salespeoplePurchasers"])
async def test_pages_that_are_missing_are_named(world: World, entity_set: str) -> None:
    _serve_metadata(world, document({name: page for name, page in STANDARD.items() if name != entity_set}))
    _says(await world.one("BC"), f"lacks {entity_set}", "version 26")


def _serve_metadata(world: World, text: str) -> None:
    fault = Fault(service="business_central", path=STANDARD_METADATA, body=text, content_type="application/xml")
    world.sandbox.faults.add(fault)


async def test_without_salespeople_nothing_can_be_written_where_one_is_mandatory(world: World) -> None:
    world.sandbox.business_central.store.tables["salespeople"].clear()
    _says((await world.look("BC"))["BC salespeople"], "There are none", "Salespeople/Purchasers")
    systems = world.company.systems
    optional = systems.business_central.model_copy(update={"mandatory": ("contact",)})
    company = world.company.model_copy(update={"systems": systems.model_copy(update={"business_central": optional})})
    assert (await world.look("BC", company=company))["BC salespeople"].state is State.WARNING


async def test_who_cannot_be_told_is_told_what_to_set(world: World) -> None:
    finding = (await world.look("BC"))["BC notifications"]
    _says(finding, "no public address is set", "Set OFFERDESK_PUBLIC_URL", State.WARNING)
    assert finding.detail.count(". ") == 0


async def test_an_address_that_does_not_repeat_the_handshake_is_named(world: World) -> None:
    unreachable = (await world.look("BC", public_url=NOBODY))["BC notifications"]
    _says(unreachable, f"{NOBODY}/webhooks/business-central", "from the internet", State.WARNING)
    assert "ConnectError" in unreachable.detail
    other = (await world.look("BC", public_url=world.url))["BC notifications"]
    _says(other, "does not answer the handshake (status 404)", "Start the bot", State.WARNING)


async def test_an_address_that_answers_is_only_waited_for(world: World) -> None:
    async def greet(request: web.Request) -> web.Response:
        return web.Response(text=request.query["validationToken"])

    app = web.Application()
    app.router.add_get("/webhooks/business-central", greet)
    with socket.create_server((HOST, 0)) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        async with served(app, listener):
            found = (await world.look("BC", public_url=url))["BC notifications"]
    _says(found, "not told yet", "every ten minutes", State.WARNING)


async def test_who_is_told_knows_until_when(world: World) -> None:
    _subscribe(world)
    found = (await world.look("BC", public_url=BOT))["BC notifications"]
    assert (found.state, "contacts, customers, opportunities, projects are told" in found.detail) == (State.OK, True)
    del world.sandbox.business_central.webhooks._live["projects"]
    found = (await world.look("BC", public_url=BOT))["BC notifications"]
    _says(found, "projects: not told", "OFFERDESK_PUBLIC_URL", State.WARNING)


def _subscribe(world: World) -> None:
    """As the running bot does."""
    now = utc_now()
    for told in TOLD:
        resource = f"api/v2.0/companies({COMPANY_ID})/{told}"
        live = Live(told, f"{BOT}/webhooks/business-central", resource, "state", now, now)
        world.sandbox.business_central.webhooks._live[told] = live


async def test_a_wrong_library_is_found(world: World) -> None:
    _says(await world.one("GRAPH", graph_drive_id="b!other"), "no such library", "OFFERDESK_GRAPH_DRIVE_ID")


@pytest.mark.parametrize(
    ("status", "code", "detail", "remedy"),
    [
        (403, "accessDenied", "may not use", "Sites.Selected"),
        (400, "invalidRequest", "no such library", "OFFERDESK_GRAPH_DRIVE_ID"),
        (401, "InvalidAuthenticationToken", "does not accept the token", "same cloud"),
        (302, "", "redirect", "OFFERDESK_GRAPH_BASE_URL"),
    ],
)
async def test_sharepoint_that_does_not_let_us_in(
    world: World, status: int, code: str, detail: str, remedy: str
) -> None:
    body = {"error": {"code": code, "message": "never-shown"}}
    world.sandbox.faults.add(Fault(service="graph", times=2, status=status, body=body))
    _says(await world.one("GRAPH"), detail, remedy)


async def test_a_calendar_that_answers_is_fine(world: World) -> None:
    found = await world.look("GRAPH", calendar_mailbox="bids@supplier.example")
    assert {what: finding.state for what, finding in found.items()} == dict.fromkeys(
        ("SharePoint", "Calendar"), State.OK
    )
    alone = await world.one("GRAPH", graph_drive_id=None, calendar_mailbox="owner")
    assert (alone.what, alone.state) == ("Calendar", State.OK)
    half = await world.one("GRAPH", graph_drive_id=None, graph_client_secret=None, calendar_mailbox="owner")
    _says(half, "OFFERDESK_GRAPH_CLIENT_SECRET missing", "Set what is missing")


@pytest.mark.parametrize(
    ("status", "detail", "remedy"),
    [
        (403, "may not use this calendar", "Calendars.ReadWrite"),
        (404, "no such mailbox", "OFFERDESK_CALENDAR_MAILBOX"),
        (401, "does not accept the token", "same cloud"),
    ],
)
async def test_a_calendar_that_does_not_let_us_in(world: World, status: int, detail: str, remedy: str) -> None:
    body = {"error": {"code": "ErrorAccessDenied", "message": "never-shown"}}
    world.sandbox.faults.add(Fault(service="graph", path="/v1.0/users/", times=2, status=status, body=body))
    finding = await world.one("GRAPH", graph_drive_id=None, calendar_mailbox="bids@supplier.example")
    _says(finding, detail, remedy)


@pytest.mark.parametrize(
    ("prefix", "service"), [("PIPEDRIVE", "pipedrive"), ("BC", "business_central"), ("GRAPH", "graph"), ("BC", "login")]
)
async def test_a_system_that_hangs_does_not_hold_the_doctor(
    world: World, monkeypatch: pytest.MonkeyPatch, prefix: str, service: str
) -> None:
    monkeypatch.setattr(looks, "LOOK_SECONDS", 0.2)
    world.sandbox.faults.add(Fault(service=service, delay_s=60))
    finding = await world.one(prefix)
    world.released.set()
    _says(finding, "No answer within", f"OFFERDESK_{prefix}_BASE_URL")
    assert ("LOGIN_URL" in finding.remedy) == (prefix != "PIPEDRIVE")


# What waits


def _lines(database: Database) -> dict[str, Finding]:
    return {finding.what: finding for finding in database.read_now(waiting)}


def test_records_that_wait_are_counted_by_system_and_the_oldest_is_dated(database: Database) -> None:
    assert {finding.detail for finding in _lines(database).values()} == {"None waits."}

    def work(session: Any) -> None:  # noqa: ANN401
        want(session, Kind.SHARED_CARD, 1, now=NOW - timedelta(days=9))
        for day in range(3):
            want_records(session, (Kind.DEAL, Kind.OPPORTUNITY), day, now=NOW + timedelta(days=day))
        want_records(session, (Kind.PROJECT,), 1, now=NOW - timedelta(days=1))

    database.write_now(work)
    found = _lines(database)
    assert {finding.state for finding in found.values()} == {State.OK}
    assert found["records (pipedrive)"].detail == "3 wait, the oldest since 2026-03-02T09:00:00+00:00: 3 pending."
    central = found["records (business_central)"].detail
    assert central == "4 wait, the oldest since 2026-03-01T09:00:00+00:00: 4 pending."
    assert found["records (sharepoint)"].detail == "None waits."


def test_what_only_a_person_can_mend_is_a_warning(database: Database) -> None:
    def work(session: Any) -> None:  # noqa: ANN401
        want_records(session, (Kind.DEAL, Kind.FOLDER, Kind.OPPORTUNITY, Kind.PROJECT), 1, now=NOW)
        want_records(session, (Kind.FOLDER,), 2, now=NOW)
        session.flush()
        states = {
            Kind.DEAL: LedgerState.CONFLICT,
            Kind.FOLDER: LedgerState.MANUAL,
            Kind.OPPORTUNITY: LedgerState.INCOMPLETE,
            Kind.PROJECT: LedgerState.OK,
        }
        for row in session.query(LedgerRow).all():
            row.state = states[row.kind]
            if row.kind is Kind.DEAL:
                row.done_version = row.wanted_version
            if row.kind is Kind.FOLDER:
                row.first_tried_at = NOW - timedelta(days=row.subject_id)

    database.write_now(work)
    found = _lines(database)
    _says(found["records (pipedrive)"], "1 wait", "owner of each offer chooses", State.WARNING)
    manual = found["records (sharepoint)"]
    _says(manual, "2 wait, the oldest since 2026-02-28", "sync retry --system sharepoint", State.WARNING)
    assert "2 manual" in manual.detail
    central = found["records (business_central)"]
    assert (central.state, central.detail.endswith("1 pending, 1 incomplete.")) == (State.OK, True)


def test_a_paused_system_says_so(database: Database) -> None:
    database.write_now(lambda session: pause(session, System.PIPEDRIVE, NOW))
    found = _lines(database)["records (pipedrive)"]
    _says(found, "Paused since 2026-03-02T09:00:00+00:00", "sync pause --system pipedrive --off", State.WARNING)


# The command


def test_the_command_shows_the_other_systems_and_fails_for_half_of_one(
    command: Command, configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {line["check"]: line for line in orjson.loads(command("doctor", "--json").out)}
    assert {"Pipedrive", "Pipedrive stages", "Business Central", "BC salespeople", "SharePoint"} <= lines.keys()
    assert {"records (pipedrive)", "records (business_central)", "records (sharepoint)"} <= lines.keys()
    monkeypatch.delenv("OFFERDESK_GRAPH_CLIENT_SECRET")
    written = command("doctor")
    assert written.code == 1
    assert "OFFERDESK_GRAPH_CLIENT_SECRET" in written.out
