"""What has to be done from time to time. Each duty finds out in the tables what is due, so doing it twice or late is
harmless.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.clock import Tick
from bot.database import STATISTICS_SECONDS, keep_statistics
from bot.deadlines import service as reminders
from bot.decisions import deadlines
from bot.digests import service as summaries
from bot.hours import digests, locks, prompts
from bot.hours import reminders as hours_reminders
from bot.offers import team
from bot.people import conversations
from bot.people import service as people
from bot.teams.connector import Place
from bot.tenders import ageing, polling
from bot.tenders import service as tenders
from bot.trail import sealing
from integrations.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database
    from bot.decisions.rules import DecisionRules
    from bot.people.models import Conversation
    from bot.settings import Settings
    from bot.sync.business_central.hooks import BusinessCentralHooks
    from bot.sync.business_central.inbound import BusinessCentralInbound
    from bot.sync.pipedrive.inbound import PipedriveInbound
    from bot.teams.connector import Connector
    from integrations.esa import EsaSource

log = structlog.get_logger()

ROSTER_EVERY = timedelta(hours=12)
SEEN_FOR = timedelta(days=1)
"""Teams repeats a delivery within minutes; a day is far on the safe side."""


class Duties:
    """The work behind the ticks. Nothing is remembered between two runs."""

    def __init__(  # noqa: PLR0913  each duty needs a part of the bot
        self,
        database: Database,
        connector: Connector,
        sources: Sequence[EsaSource],
        *,
        settings: Settings,
        company: Company,
        rules: DecisionRules,
        now: Callable[[], datetime],
        changed: Callable[[], None],
        central: BusinessCentralInbound | None = None,
        central_hooks: BusinessCentralHooks | None = None,
        pipedrive: PipedriveInbound | None = None,
    ) -> None:
        """``changed`` is called when something may have become due outside (it wakes the reconciler); ``central``,
        ``central_hooks`` and ``pipedrive`` are None where Business Central or Pipedrive is off.
        """
        self._database = database
        self._connector = connector
        self._sources = sources
        self._settings = settings
        self._company = company
        self._rules = rules
        self._now = now
        self._pipedrive = pipedrive
        self._changed = changed
        self._central = central
        self._central_hooks = central_hooks
        self._looking = {source.source: asyncio.Lock() for source in sources}

    def ticks(self) -> list[Tick]:
        """When each is looked at; seconds."""
        polling_ticks = [
            Tick(f"poll.{source.source.value}", self._settings.esa_poll_minutes * 60, self._poller(source))
            for source in self._sources
        ]
        return [
            *polling_ticks,
            Tick("rounds", 60, self.mind_rounds),
            Tick("mornings", 60, self.remind_mornings),
            Tick("digests", 60, self.send_digests),
            Tick("hours", 60, self.mind_hours),
            Tick("hours.locks", 600, self.tell_locked_hours),
            Tick("pipedrive.changes", 600, self.read_pipedrive),
            Tick("business_central.changes", 600, self.read_business_central),
            Tick("business_central.subscriptions", 600, self.keep_subscriptions),
            Tick("tenders.closing", 600, self.close_tenders),
            Tick("cards.days", 300, self.refresh_days),
            Tick("rosters", 60, self.read_rosters),
            Tick("admins", 600, self.grant_first_admins),
            Tick("teams.days", 300, self.end_stays),
            Tick("activities.forget", 3600, self.forget_activities),
            Tick("audit.seal", 60, self.seal_trail),
            Tick("database.statistics", STATISTICS_SECONDS, self.keep_statistics),
        ]

    def _poller(self, source: EsaSource) -> Callable[[], Awaitable[None]]:
        async def poll() -> None:
            await self.poll(source)

        return poll

    async def poll(self, source: EsaSource) -> None:
        """Look at one listing of the portal; a second call waits for the first."""
        async with self._looking[source.source]:
            await polling.poll(self._database, source, self._company, self._now)
        self._changed()

    async def mind_rounds(self) -> None:
        """Remind those who have not voted, decide or escalate the rounds whose time is up."""
        now = self._now()
        closed = await self._database.write(lambda session: deadlines.close_due(session, now, self._rules))
        reminded = await self._database.write(lambda session: deadlines.remind_due(session, now, self._rules))
        if closed or reminded:
            self._changed()

    async def remind_mornings(self) -> None:
        """Tell everybody whose morning has begun what is due by the next working day, or overdue."""
        now = self._now()
        due = await self._database.read(lambda session: reminders.mornings_due(session, now, self._company))
        if due:
            cards = await self._database.write(lambda session: reminders.give(session, due, now))
            if cards:
                self._changed()

    async def send_digests(self) -> None:
        """Tell key users and directors what the month brought, and the tender channel what waits for whom."""
        now, company = self._now(), self._company
        monthly = await self._database.read(lambda session: summaries.monthly_due(session, now, company))
        weekly = await self._database.read(lambda session: summaries.weekly_due(session, now, company))
        if not monthly and weekly is None:
            return
        if await self._database.write(lambda session: summaries.give(session, monthly, weekly, now)):
            self._changed()

    async def mind_hours(self) -> None:
        """Ask people for the hours of their week, remind those who miss some, and tell the leads who still does."""
        now, company = self._now(), self._company
        asked = await self._database.read(lambda session: prompts.prompts_due(session, now, company))
        late = await self._database.read(lambda session: hours_reminders.reminders_due(session, now, company))
        told = await self._database.read(lambda session: digests.digests_due(session, now, company))
        if not (asked or late or told):
            return

        def give(session: Session) -> int:
            cards = prompts.give(session, asked, now)
            cards += hours_reminders.give(session, late, now, company)
            return cards + digests.give(session, told, now, company)

        if await self._database.write(give):
            self._changed()

    async def tell_locked_hours(self) -> None:
        """Have the hours of a month that was locked written to the other systems."""
        now, company = self._now(), self._company
        if await self._database.write(lambda session: locks.tell_systems(session, now, company)):
            self._changed()

    async def read_pipedrive(self) -> None:
        """Learn what people changed in Pipedrive."""
        if self._pipedrive is not None:
            await self._pipedrive.look()

    async def read_business_central(self) -> None:
        """Learn the contacts, customers and salespeople of Business Central, and which of them are ours."""
        if self._central is not None and await self._central.look():
            self._changed()

    async def keep_subscriptions(self) -> None:
        """Have Business Central tell us what changes there, now and in the coming days."""
        if self._central_hooks is not None:
            await self._central_hooks.keep()

    async def close_tenders(self) -> None:
        """Mark the tenders whose closing date has passed."""
        now = self._now()
        if await self._database.write(lambda session: tenders.close_due(session, now)):
            self._changed()

    async def refresh_days(self) -> None:
        """Have the shared cards drawn again that still count the days of an earlier day."""
        now, zone = self._now(), self._company.holidays.time_zone
        if await self._database.write(lambda session: ageing.redraw_aged(session, now, zone)):
            self._changed()

    async def end_stays(self) -> None:
        """Take those off their teams whose last day is over."""
        now = self._now()
        today = now.astimezone(ZoneInfo(self._company.holidays.time_zone)).date()
        if await self._database.write(lambda session: team.end_over(session, today, now)):
            self._changed()

    async def read_rosters(self) -> None:
        """Learn who is in the teams, so that people can be chosen and written to before they wrote first."""
        now = self._now()
        due = await self._database.read(lambda session: conversations.rosters_due(session, now, ROSTER_EVERY))
        for conversation in due:
            await self._read_roster(conversation)

    async def _read_roster(self, conversation: Conversation) -> None:
        place = Place(conversation.service_url, conversation.tenant_id, conversation.team_id or conversation.teams_id)
        try:
            members = await self._connector.members(place)
        except ServiceError as error:
            # It stays due; the next look is a minute away.
            log.warning("roster.failed", conversation=conversation.id, error=str(error))
            return
        now = self._now()
        new = await self._database.write(
            lambda session: conversations.take_roster(session, conversation.id, members, now)
        )
        await self.grant_first_admins()
        log.info("roster.read", conversation=conversation.id, members=len(members), new=new)
        self._changed()

    async def forget_activities(self) -> None:
        """Drop what only protects against repeated deliveries."""
        before = self._now() - SEEN_FOR
        await self._database.write(lambda session: conversations.forget_activities(session, before))

    async def keep_statistics(self) -> None:
        """Let the database choose its plans by how large the tables have become."""
        await self._database.write(keep_statistics)

    async def seal_trail(self) -> None:
        """Link what was added to the audit trail to the chain; once a day its head is logged, as proof against a
        chain that is cut or made anew later.
        """
        now = self._now()
        first = await self._database.read(lambda session: sealing.is_first_of_day(session, now))
        whole = 0
        while sealed := await self._database.write(lambda session: sealing.seal(session, now, everything=first)):
            whole += sealed
        if first and whole:
            head = await self._database.read(sealing.head)
            log.info("trail.head", position=head.position, digest=head.digest)

    async def grant_first_admins(self) -> None:
        """Give the admin role to the people named in the settings, as soon as they are known."""
        tenant, admins = self._settings.tenant_id, self._settings.admins
        if not admins or tenant is None:
            return
        now = self._now()
        await self._database.write(lambda session: people.grant_first_admins(session, tenant, admins, now))
