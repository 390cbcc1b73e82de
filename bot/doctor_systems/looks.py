"""Looks at Pipedrive, Business Central and SharePoint with calls that only read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from bot.doctor_systems.notifications import notifications
from bot.doctor_systems.troubles import BUSINESS_CENTRAL, CALENDAR, PIPEDRIVE, SHAREPOINT, Outside
from bot.errors import ConfigurationError
from bot.findings import Finding, State, misconfigured
from bot.sync import plans
from bot.sync.calendar.gateway import OWNER
from bot.sync.pipedrive.names import field_for, pipeline_for, stage_names
from bot.systems import business_central_of, calendar_of, graph_of, pipedrive_of
from integrations.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    import httpx

    from bot.config.models import Company, PipedriveMap
    from bot.settings import Settings
    from integrations.business_central import BusinessCentral, Capabilities
    from integrations.pipedrive import DealField, Pipedrive

LOOK_SECONDS = 30.0
"""How long one system is looked at."""
SETUP = "run `offerdesk setup pipedrive`"
NO_COMPANY = UUID(int=0)
NEEDED_WRITES = ("opportunities", "projects")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known on our side: the company's configuration, None where it is broken, and what Pipedrive's fields and
    stages are remembered as (see :func:`bot.sync.facts.mappings`).
    """

    company: Company | None
    pipedrive: Mapping[str, str]


async def look(given: Settings, client: httpx.AsyncClient, known: Known, now: Callable[[], datetime]) -> list[Finding]:
    """Look at all of them at once, each for at most :data:`LOOK_SECONDS`; never raises for what is found wrong.
    ``now`` gives aware UTC.
    """
    found = await asyncio.gather(
        _bounded(PIPEDRIVE, _pipedrive(given, client, known)),
        _bounded(BUSINESS_CENTRAL, _business_central(given, client, known, now)),
        _bounded(SHAREPOINT, _sharepoint(given, client, now)),
        _bounded(CALENDAR, _calendar(given, client, now)),
    )
    return [finding for findings in found for finding in findings]


async def _bounded(outside: Outside, looking: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await looking
    except ConfigurationError as error:
        return [misconfigured(outside.name, error)]
    except TimeoutError:
        return [outside.silent(LOOK_SECONDS)]
    except ServiceError as error:
        return [outside.finding(error)]


def _off(what: str, *names: str) -> list[Finding]:
    settings = ", ".join(f"OFFERDESK_{name}" for name in names)
    return [Finding(what, State.OK, f"Off: set {settings} to switch it on.")]


# Pipedrive


async def _pipedrive(given: Settings, client: httpx.AsyncClient, known: Known) -> list[Finding]:
    pipedrive = pipedrive_of(given, client)
    if pipedrive is None:
        return _off("Pipedrive", "PIPEDRIVE_BASE_URL", "PIPEDRIVE_API_TOKEN")
    me = await pipedrive.me()
    if not me.active_flag:
        remedy = "Activate the user in Pipedrive (Settings > Manage users), or use another user's token."
        return [Finding("Pipedrive", State.BROKEN, f"The user {me.name} is deactivated.", remedy)]
    left = f"; {pipedrive.tokens_remaining} tokens left today" if pipedrive.tokens_remaining is not None else ""
    found = [
        Finding("Pipedrive", State.OK, f"{me.company_name}, as {me.name}{left}."),
        _fields(await pipedrive.deal_fields(), known.pipedrive),
    ]
    if known.company is not None:
        found.append(await _stages(pipedrive, known.company.systems.pipedrive, known.pipedrive))
    return found


def _fields(there: Sequence[DealField], remembered: Mapping[str, str]) -> Finding:
    what = "Pipedrive fields"
    absent: list[str] = []
    wrong: list[str] = []
    renewed: list[str] = []
    for name, (title, _) in plans.CUSTOM_FIELDS.items():
        code = remembered.get(f"field:{name}")
        field, problem = field_for(name, there, code)
        if field is None:
            (absent if problem == "is not there" else wrong).append(f"{title!r} {problem}")
        elif code is not None and field.field_code != code:
            renewed.append(f"{title!r} is another field than before")
    problems = "; ".join((*wrong, *absent, *renewed))
    if wrong:
        remedy = f"Rename that field in Pipedrive (Settings > Data fields), then {SETUP}."
        return Finding(what, State.BROKEN, f"{problems}.", remedy)
    if len(absent) == len(plans.CUSTOM_FIELDS) and not any(name.startswith("field:") for name in remembered):
        return Finding(what, State.WARNING, "Not made yet.", f"With an administrator's token, {SETUP}.")
    if problems:
        return Finding(what, State.BROKEN, f"{problems}.", f"With an administrator's token, {SETUP}.")
    return Finding(what, State.OK, f"{len(plans.CUSTOM_FIELDS)} custom fields are there.")


async def _stages(pipedrive: Pipedrive, wanted: PipedriveMap, remembered: Mapping[str, str]) -> Finding:
    what = "Pipedrive stages"
    pipelines = await pipedrive.pipelines()
    pipeline = pipeline_for(wanted.pipeline, pipelines)
    if pipeline is None:
        names = ", ".join(repr(one.name) for one in pipelines if not one.is_deleted) or "none"
        detail = f"The pipeline {wanted.pipeline or 'to take'!r} is not there; there is: {names}."
        return Finding(what, State.BROKEN, detail, "Name one of them in systems.toml (pipeline), or make it.")
    found = stage_names(wanted.stages, await pipedrive.stages(pipeline.id))
    missing = [f"{code} = {name!r}" for code, name in wanted.stages.items() if f"stage:{code}" not in found]
    if missing:
        detail = f"The pipeline {pipeline.name!r} lacks {', '.join(missing)}."
        return Finding(what, State.BROKEN, detail, "Name its own stages in systems.toml (stages), or make these.")
    moved = [code for code in wanted.stages if remembered.get(f"stage:{code}") not in (None, found[f"stage:{code}"])]
    if moved:
        detail = f"{', '.join(moved)}: another stage than before has this name."
        return Finding(what, State.BROKEN, detail, f"{SETUP.capitalize()}, so that deals go where the names say.")
    return Finding(what, State.OK, f"{len(wanted.stages)} stages are in the pipeline {pipeline.name!r}.")


# Business Central


async def _business_central(
    given: Settings, client: httpx.AsyncClient, known: Known, now: Callable[[], datetime]
) -> list[Finding]:
    what = "Business Central"
    asked = given
    if given.bc_company_id is None and given.bc_tenant_id and given.bc_client_id and given.bc_client_secret:
        # This is how the id is found: no company has this one, so all there are get listed.
        asked = given.model_copy(update={"bc_company_id": str(NO_COMPANY)})
    central = business_central_of(asked, client, now)
    if central is None:
        return _off(what, "BC_TENANT_ID", "BC_COMPANY_ID", "BC_CLIENT_ID", "BC_CLIENT_SECRET")
    companies = await central.companies()
    ours = next((one for one in companies if one.id == UUID(asked.bc_company_id)), None)
    if ours is None:
        names = ", ".join(f"{one.name} ({one.id})" for one in companies) or "none"
        detail = f"OFFERDESK_BC_COMPANY_ID names no company of {given.bc_environment}; there is: {names}."
        return [Finding(what, State.BROKEN, detail, "Set it to the id of one of them.")]
    capabilities = await central.capabilities()
    unable = _unable(capabilities)
    if unable is not None:
        return [unable]
    found = Finding(what, State.OK, f"{ours.name} in {given.bc_environment}; {_by_hand(capabilities)}.")
    told = await notifications(given, client, central, now) if asked is given else []
    return [found, await _salespeople(central, known), *told]


def _unable(capabilities: Capabilities) -> Finding | None:
    what = "Business Central"
    gaps = capabilities.missing()
    if gaps:
        remedy = (
            "Update Business Central to version 26 or later; nothing that is named here may be hidden by an extension."
        )
        return Finding(what, State.BROKEN, f"Its web service lacks {', '.join(gaps)}.", remedy)
    sets = [capabilities.standard[name] for name in NEEDED_WRITES]
    fixed = [one.name for one in sets if not (one.insertable and one.updatable)]
    if fixed:
        remedy = "Ask your Business Central partner for web service pages (API v2.0) that may insert and modify these."
        return Finding(what, State.BROKEN, f"Its web service lets nobody write {', '.join(fixed)}.", remedy)
    return None


def _by_hand(capabilities: Capabilities) -> str:
    named = {"value and closing date": capabilities.opportunity_value, "won and lost": capabilities.opportunity_close}
    by_hand = [name for name, offered in named.items() if not offered]
    return f"by hand: {', '.join(by_hand)}" if by_hand else "nothing is entered by hand"


async def _salespeople(central: BusinessCentral, known: Known) -> Finding:
    what = "BC salespeople"
    there = await central.salespeople()
    if there:
        return Finding(what, State.OK, f"{len(there)} are there.")
    needed = known.company is None or "salesperson" in known.company.systems.business_central.mandatory
    remedy = "Enter them in Business Central, page Salespeople/Purchasers, and let the permission sets read them."
    return Finding(what, State.BROKEN if needed else State.WARNING, "There are none.", remedy)


# SharePoint


async def _sharepoint(given: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]) -> list[Finding]:
    graph = graph_of(given, client, now)
    if graph is None:
        return _off("SharePoint", "GRAPH_CLIENT_ID", "GRAPH_CLIENT_SECRET", "GRAPH_DRIVE_ID")
    drive = await graph.drive()
    return [Finding("SharePoint", State.OK, f"The library {drive.name or drive.id!r} answers.")]


# Calendar


async def _calendar(given: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]) -> list[Finding]:
    what, mailbox = "Calendar", given.calendar_mailbox
    graph = calendar_of(given, client, now)
    if graph is None or mailbox is None:
        return _off(what, "CALENDAR_MAILBOX")
    if mailbox == OWNER:
        remedy = "Name one mailbox for a moment, and it is looked at."
        return [Finding(what, State.OK, "Meetings are made in the calendar of each offer's owner.", remedy)]
    await graph.may_read(mailbox)
    return [Finding(what, State.OK, "The calendar of the organiser answers.")]
