"""The other systems, as the settings describe them: which are on, and the gateway that keeps each.

What a system needs is imported where it is known to be on: its client's models stay in memory as long as the bot runs,
and few companies have every system.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from bot.errors import ConfigurationError
from bot.sync.models import System
from integrations.http import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import httpx
    from pydantic import SecretStr

    from bot.config.models import Company
    from bot.database import Database
    from bot.settings import Settings
    from bot.sync.business_central.hooks import BusinessCentralHooks, Subscriber
    from bot.sync.business_central.inbound import BusinessCentralInbound
    from bot.sync.pipedrive.inbound import PipedriveInbound
    from bot.sync.reconciler import Gateway
    from integrations.business_central import BusinessCentral
    from integrations.microsoft_graph import MicrosoftGraph
    from integrations.pipedrive import Pipedrive

GRAPH_SCOPE = "https://graph.microsoft.com/.default"


def pipedrive_of(settings: Settings, client: httpx.AsyncClient) -> Pipedrive | None:
    """Pipedrive, None when it is off."""
    url, token = settings.pipedrive_base_url, settings.pipedrive_api_token
    if url is None and token is None:
        return None
    if url is None or token is None:
        raise _half("Pipedrive", {"PIPEDRIVE_BASE_URL": url, "PIPEDRIVE_API_TOKEN": token})
    from integrations.pipedrive import Pipedrive, PipedriveSettings  # noqa: PLC0415

    return Pipedrive(PipedriveSettings(url, token.get_secret_value()), client)


def business_central_of(
    settings: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]
) -> BusinessCentral | None:
    """Business Central, None when it is off."""
    tenant, company_id, client_id, secret = (
        settings.bc_tenant_id,
        settings.bc_company_id,
        settings.bc_client_id,
        settings.bc_client_secret,
    )
    if not any((tenant, company_id, client_id, secret)):
        return None
    if tenant is None or company_id is None or client_id is None or secret is None:
        given: dict[str, str | SecretStr | None] = {
            "BC_TENANT_ID": tenant,
            "BC_COMPANY_ID": company_id,
            "BC_CLIENT_ID": client_id,
            "BC_CLIENT_SECRET": secret,
        }
        raise _half("Business Central", given)
    from integrations import business_central  # noqa: PLC0415
    from integrations.business_central import BusinessCentral, BusinessCentralSettings  # noqa: PLC0415
    from integrations.entra import EntraTokens  # noqa: PLC0415

    own = BusinessCentralSettings(tenant, settings.bc_environment, _company_id(company_id), settings.bc_base_url)
    tokens = EntraTokens(
        Transport("login", client),
        login_url=settings.bc_login_url,
        tenant_id=tenant,
        client_id=client_id,
        secret=secret.get_secret_value(),
        scope=business_central.SCOPE,
        now=now,
    )
    return BusinessCentral(Transport(business_central.SERVICE, client, business_central.policy()), own, tokens)


def graph_of(settings: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]) -> MicrosoftGraph | None:
    """The SharePoint library, None when it is off."""
    client_id, secret, drive = settings.graph_client_id, settings.graph_client_secret, settings.graph_drive_id
    if not any((client_id, secret, drive)) or (drive is None and settings.calendar_mailbox is not None):
        return None
    tenant = settings.tenant_id
    if client_id is None or secret is None or drive is None or tenant is None:
        given: dict[str, str | SecretStr | None] = {
            "GRAPH_CLIENT_ID": client_id,
            "GRAPH_CLIENT_SECRET": secret,
            "GRAPH_DRIVE_ID": drive,
            "TENANT_ID": tenant,
        }
        raise _half("SharePoint", given)
    return _graph(settings, client, now, drive)


def calendar_of(settings: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]) -> MicrosoftGraph | None:
    """The calendars, None when no mailbox organises meetings."""
    if settings.calendar_mailbox is None:
        return None
    given: dict[str, str | SecretStr | None] = {
        "GRAPH_CLIENT_ID": settings.graph_client_id,
        "GRAPH_CLIENT_SECRET": settings.graph_client_secret,
        "TENANT_ID": settings.tenant_id,
    }
    if not all(given.values()):
        raise _half("The calendar", given)
    return _graph(settings, client, now, settings.graph_drive_id or "")


def _graph(settings: Settings, client: httpx.AsyncClient, now: Callable[[], datetime], drive: str) -> MicrosoftGraph:
    from integrations.entra import EntraTokens  # noqa: PLC0415
    from integrations.microsoft_graph import GraphSettings, MicrosoftGraph  # noqa: PLC0415

    secret = settings.graph_client_secret
    own = GraphSettings(drive_id=drive, base_url=settings.graph_base_url)
    tokens = EntraTokens(
        Transport("login", client),
        login_url=settings.graph_login_url,
        tenant_id=settings.tenant_id or "",
        client_id=settings.graph_client_id or "",
        secret=secret.get_secret_value() if secret is not None else "",
        scope=GRAPH_SCOPE,
        now=now,
    )
    return MicrosoftGraph(Transport("graph", client, own.policy()), own, tokens)


def gateways_of(
    settings: Settings, client: httpx.AsyncClient, database: Database, company: Company, now: Callable[[], datetime]
) -> Mapping[System, Gateway]:
    """The gateway of each system that is on; ``client`` stays open.

    Raises:
        ConfigurationError: a system has some of its settings, but not all.
    """
    found: dict[System, Gateway] = {}
    pipedrive = pipedrive_of(settings, client)
    if pipedrive is not None:
        from bot.sync.pipedrive.gateway import PipedriveGateway  # noqa: PLC0415

        found[System.PIPEDRIVE] = PipedriveGateway(database, pipedrive, company, now)
    central = business_central_of(settings, client, now)
    if central is not None:
        from bot.sync.business_central.gateway import BusinessCentralGateway  # noqa: PLC0415

        found[System.BUSINESS_CENTRAL] = BusinessCentralGateway(
            database, central, company, now, web_url=bc_web_url(settings)
        )
    graph = graph_of(settings, client, now)
    if graph is not None:
        from bot.sync.sharepoint.filing import filed_sheets  # noqa: PLC0415
        from bot.sync.sharepoint.gateway import SharePointGateway  # noqa: PLC0415

        sheets = partial(filed_sheets, language=settings.language, time_zone=settings.time_zone)
        found[System.SHAREPOINT] = SharePointGateway(database, graph, company, now, sheets)
    calendar = calendar_of(settings, client, now)
    if calendar is not None and settings.calendar_mailbox is not None:
        from bot.sync.calendar.gateway import CalendarGateway  # noqa: PLC0415

        found[System.CALENDAR] = CalendarGateway(
            database, calendar, company, now, mailbox=settings.calendar_mailbox, language=settings.language
        )
    return found


def pipedrive_inbound_of(
    gateways: Mapping[System, Gateway], database: Database, now: Callable[[], datetime], changed: Callable[[], None]
) -> PipedriveInbound | None:
    """What reads Pipedrive's changes, over the client of its gateway, so that both keep its limits together; None when
    Pipedrive is off. ``changed`` is called when something may have become due.
    """
    if System.PIPEDRIVE not in gateways:
        return None
    from bot.sync.pipedrive.gateway import PipedriveGateway  # noqa: PLC0415
    from bot.sync.pipedrive.hand_deals import HandDeals  # noqa: PLC0415
    from bot.sync.pipedrive.inbound import PipedriveInbound  # noqa: PLC0415

    gateway = gateways[System.PIPEDRIVE]
    if not isinstance(gateway, PipedriveGateway):
        return None
    company = gateway.company
    by_hand = None
    if company.rules.deals.opportunity and System.BUSINESS_CENTRAL in gateways:
        by_hand = HandDeals(database, gateway.client, company, now)
    return PipedriveInbound(
        database, gateway.client, now, changed, currency=company.lists.currencies[0], by_hand=by_hand
    )


def business_central_inbound_of(
    gateways: Mapping[System, Gateway], database: Database, now: Callable[[], datetime], changed: Callable[[], None]
) -> BusinessCentralInbound | None:
    """What reads Business Central's changes, over the client of its gateway; None when it is off. ``changed`` is called
    when something may have become due.
    """
    if System.BUSINESS_CENTRAL not in gateways:
        return None
    from bot.sync.business_central.gateway import BusinessCentralGateway  # noqa: PLC0415
    from bot.sync.business_central.inbound import BusinessCentralInbound  # noqa: PLC0415

    gateway = gateways[System.BUSINESS_CENTRAL]
    if not isinstance(gateway, BusinessCentralGateway):
        return None
    return BusinessCentralInbound(database, gateway.client, now, changed)


def business_central_hooks_of(
    settings: Settings, gateways: Mapping[System, Gateway], database: Database, now: Callable[[], datetime]
) -> BusinessCentralHooks | None:
    """What has Business Central tell us of changes, over the client of its gateway; None when it is off."""
    if System.BUSINESS_CENTRAL not in gateways:
        return None
    from bot.sync.business_central.gateway import BusinessCentralGateway  # noqa: PLC0415
    from bot.sync.business_central.hooks import BusinessCentralHooks  # noqa: PLC0415

    gateway, subscriber = gateways[System.BUSINESS_CENTRAL], subscriber_of(settings)
    if not isinstance(gateway, BusinessCentralGateway) or subscriber is None:
        return None
    return BusinessCentralHooks(database, gateway.client, subscriber, now)


def subscriber_of(settings: Settings) -> Subscriber | None:
    """Where Business Central reaches us, and what it must know; None when it is off."""
    if settings.bc_company_id is None or settings.bc_client_secret is None:
        return None
    from bot.sync.business_central.hooks import Subscriber  # noqa: PLC0415

    return Subscriber(settings.public_url, _company_id(settings.bc_company_id), settings.bc_client_secret)


def bc_web_url(settings: Settings) -> str:
    """Where people open Business Central in a browser."""
    return f"https://businesscentral.dynamics.com/{settings.bc_tenant_id}/{settings.bc_environment}"


def _company_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ConfigurationError(
            file=".env or the environment",
            line=None,
            problem="OFFERDESK_BC_COMPANY_ID is not an id.",
            remedy="Write the company's GUID, such as 00000000-0000-4000-8000-000000000001.",
        ) from error


def _half(name: str, given: Mapping[str, str | SecretStr | None]) -> ConfigurationError:
    missing = ", ".join(f"OFFERDESK_{key}" for key, value in given.items() if value is None)
    return ConfigurationError(
        file=".env or the environment",
        line=None,
        problem=f"{name} is half set up: {missing} missing.",
        remedy="Set what is missing, or remove the others to leave it off.",
    )
