"""The composition root: settings -> configuration -> database -> gateways -> edges. The only place that knows
everything.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import cached_property, partial

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from sqlalchemy.orm import Session

from bot import config
from bot.clock import Clock
from bot.database import Database
from bot.decisions import sheet as decision_sheet
from bot.decisions.tickets import Leave, SheetKind
from bot.duties import Duties
from bot.handover import sheet as handover_sheet
from bot.reports import labels
from bot.reports.downloads import KINDS as HOURS_FILES
from bot.reports.downloads import hours_file, report_file
from bot.settings import Settings
from bot.sources import sources_of
from bot.supervision import Supervisor
from bot.sync.models import System
from bot.sync.reconciler import Reconciler
from bot.systems import (
    business_central_hooks_of,
    business_central_inbound_of,
    gateways_of,
    pipedrive_inbound_of,
    subscriber_of,
)
from bot.teams import tables
from bot.teams.context import Surroundings
from bot.teams.dispatch import Dispatcher
from bot.teams.endpoint import DEADLINE_SECONDS, Edge, EdgeSettings, Metrics, mount
from bot.teams.outbound import TeamsGateway
from bot.web.exports import Exports
from bot.web.probes import Probes
from bot.web.sheets import Sheet, Sheets
from bot.web.tab.room import Tab
from bot.web.tab.shell import Shell
from bot.web.tab.signin import SignIn, entra_keys
from integrations.http import new_client

log = structlog.get_logger()

RANDOM = secrets.SystemRandom()


def utc_now() -> datetime:
    """The time, aware, in UTC: the one clock of the program."""
    return datetime.now(UTC)


class Offerdesk:
    """Every part of a running bot, made from the settings and tied together; nothing runs before it is served.

    Raises:
        ConfigurationError: a setting or a file of the company's configuration is missing or wrong.
    """

    def __init__(
        self, settings: Settings, *, now: Callable[[], datetime] = utc_now, deadline_s: float = DEADLINE_SECONDS
    ) -> None:
        """``now`` gives aware UTC; ``deadline_s`` bounds the answer to a click, in seconds."""
        app_id, secret, tenant_id = settings.require_bot()
        self.settings = settings
        self.now = now
        self.company = config.load(settings.config_dir)
        self.database = Database(settings.database_url)
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.client = new_client(connections=12)
        outside = gateways_of(settings, self.client, self.database, self.company, now)
        self.around = Surroundings(
            company=self.company,
            language=settings.language,
            time_zone=settings.time_zone,
            public_url=settings.public_url,
            admins=frozenset(admin.lower() for admin in settings.admins),
            look_again=self._look_again,
            systems=frozenset({System.TEAMS, *outside}),
            app_id=app_id,
            config_dir=settings.config_dir,
        )
        self.dispatcher = Dispatcher(
            self.database,
            self.around,
            actions=tables.ACTIONS,
            events=tables.EVENTS,
            message=tables.message_action,
            now=now,
            committed=self._changed,
        )
        self.edge = Edge(
            EdgeSettings(
                app_id=app_id,
                secret=secret,
                tenant_ids=(tenant_id,),
                service_hosts=settings.service_hosts,
                openid_metadata_url=settings.openid_metadata_url,
                token_issuer=settings.token_issuer,
                login_url=settings.login_url,
                language="en" if settings.language == "en" else "fr",
                deadline_s=deadline_s,
            ),
            self.dispatcher.turn,
            metrics=Metrics(self.registry),
        )
        self.entra_keys = entra_keys(settings.login_url, tenant_id, self.client)
        sign_in = SignIn(
            app_id=app_id,
            tenant_id=tenant_id,
            login_url=settings.login_url,
            public_url=settings.public_url,
            keys=self.entra_keys,
        )
        self.tab = Tab(self.database, sign_in, self.around, now, self._changed, Shell())
        gateway = TeamsGateway(self.database, self.edge.connector, self.around, now)
        self.reconciler = Reconciler(
            self.database,
            {System.TEAMS: gateway, **outside},
            now=now,
            jitter=RANDOM.random,
            owner=f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}",
        )
        self.pipedrive = pipedrive_inbound_of(outside, self.database, now, self._changed)
        self.central = business_central_inbound_of(outside, self.database, now, self._changed)
        self.central_hooks = business_central_hooks_of(settings, outside, self.database, now)
        self.exports = Exports(
            settings.database_url, self.company, now, settings.export_token, settings.export_cost_token
        )
        self._supervisor = Supervisor()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.sources = sources_of(settings, self.client)

    def application(self) -> web.Application:
        """The web application; its start and stop are the bot's."""
        app = web.Application(client_max_size=1024 * 1024)
        app.on_response_prepare.append(_plain_headers)
        app[OFFERDESK] = self
        app.cleanup_ctx.append(self._database_life)
        mount(app, self.edge)
        app.cleanup_ctx.append(self._background_life)
        app.add_routes(Probes(self.database, self.now, self.registry, self.settings.metrics_token).routes())
        app.add_routes(Sheets(self.database, self._sheet, self.now, self.exports.fetch).routes())
        app.add_routes(self.exports.routes())
        app.add_routes(self._webhooks())
        app.add_routes(self.tab.routes())
        return app

    def _webhooks(self) -> list[web.RouteDef]:
        """What other systems may tell us by themselves: only what is set up is loaded."""
        routes: list[web.RouteDef] = []
        user, password = self.settings.pipedrive_webhook_user, self.settings.pipedrive_webhook_password
        if self.pipedrive is not None and user is not None and password is not None:
            from bot.web.webhooks import PipedriveWebhook  # noqa: PLC0415

            routes += PipedriveWebhook(self.database, self.now, self.pipedrive.wake, user, password).routes()
        ours = subscriber_of(self.settings)
        if self.central is not None and ours is not None:
            from bot.web.business_central_webhook import BusinessCentralWebhook  # noqa: PLC0415

            told = BusinessCentralWebhook(self.database, self.now, self.central.wake, ours.company_id, ours.states())
            routes += told.routes()
        return routes

    @cached_property
    def duties(self) -> Duties:
        """What is done from time to time."""
        return Duties(
            self.database,
            self.edge.connector,
            self.sources,
            settings=self.settings,
            company=self.company,
            rules=self.around.rules,
            now=self.now,
            changed=self._changed,
            pipedrive=self.pipedrive,
            central=self.central,
            central_hooks=self.central_hooks,
        )

    def catch_up(self) -> None:
        """Look at every duty now: after a standstill, and in the demonstration after its clock was put forward. Each by
        itself, so that a slow portal holds nothing up. Needs the running event loop.
        """
        for tick in self.duties.ticks():
            self._supervisor.start(f"catch-up.{tick.id}", tick.work, forever=False)
        self._changed()

    def _changed(self) -> None:
        self.reconciler.wake()

    def _look_again(self, source: str) -> None:
        """Bring the next look at a source forward; called inside a transaction, so the loop does it afterwards."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._begin_look, source)

    def _begin_look(self, source: str) -> None:
        for known in self.sources:
            if known.source.value == source:
                self._supervisor.start(f"poll.{source}", partial(self.duties.poll, known), forever=False)

    def _sheet(self, session: Session, leave: Leave, now: datetime) -> Callable[[], Sheet]:
        """Read what a sheet needs; writing it, which loads a large library, happens later and elsewhere. A report is
        read there, too.
        """
        if leave.kind in HOURS_FILES:
            return lambda: self._hours_file(leave, now)
        if leave.kind is SheetKind.EXPORT:
            return lambda: self._report_file(leave, now)
        prepare = {SheetKind.DECISION: decision_sheet.prepare, SheetKind.HANDOVER: handover_sheet.prepare}[leave.kind]
        name, write = prepare(session, leave.subject_id, leave.language, now, self.settings.time_zone)
        return lambda: Sheet(name, write())

    def _hours_file(self, leave: Leave, now: datetime) -> Sheet:
        made = hours_file(self.database, leave.kind, leave.subject_id, leave.language, now, self.company)
        return Sheet(made.name, made.content, made.media_type)

    def _report_file(self, leave: Leave, now: datetime) -> Sheet:
        made = report_file(self.database, leave.name, leave.language, now, self.company)
        return Sheet(made.name, made.content, made.media_type)

    async def _refresh_words(self) -> None:
        """The views of the database show the words of this configuration."""
        await self.database.write(lambda session: labels.refresh(session, self.company))

    async def _database_life(self, _: web.Application) -> AsyncIterator[None]:
        yield
        await self.entra_keys.stop()
        await self.client.aclose()
        await asyncio.to_thread(self.database.close)

    async def _background_life(self, _: web.Application) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        clock = Clock(self.duties.ticks())
        self._supervisor.start("words", self._refresh_words, forever=False)
        self._supervisor.start("reconciler", self.reconciler.run)
        if self.pipedrive is not None:
            self._supervisor.start("pipedrive.arrivals", self.pipedrive.run)
        if self.central is not None:
            self._supervisor.start("business_central.arrivals", self.central.run)
        self.catch_up()
        clock.start()
        yield
        self._loop = None
        clock.stop()
        await self._supervisor.stop()


OFFERDESK = web.AppKey("offerdesk", Offerdesk)


async def _plain_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Say nothing about the program, and keep browsers from guessing types."""
    response.headers["Server"] = "Offerdesk"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


def build(
    settings: Settings, *, now: Callable[[], datetime] = utc_now, deadline_s: float = DEADLINE_SECONDS
) -> web.Application:
    """The whole bot as one aiohttp application; ``app[OFFERDESK]`` gives its parts."""
    return Offerdesk(settings, now=now, deadline_s=deadline_s).application()
