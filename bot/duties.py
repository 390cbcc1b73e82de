"""What has to be done from time to time. Each duty finds out in the tables what is due, so doing it twice or late is
harmless.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.clock import Tick
from bot.decisions import deadlines
from bot.people import conversations
from bot.people import service as people
from bot.teams.connector import Place
from bot.tenders import polling
from bot.tenders import service as tenders
from integrations.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.config.models import Company
    from bot.database import Database
    from bot.decisions.rules import DecisionRules
    from bot.people.models import Conversation
    from bot.settings import Settings
    from bot.teams.connector import Connector
    from integrations.esa import EsaSource

log = structlog.get_logger()

ROSTER_EVERY = timedelta(hours=12)
SEEN_FOR = timedelta(days=1)
"""Teams repeats a delivery within minutes; a day is far on the safe side."""


class Duties:
    """The work behind the ticks. Nothing is remembered between two runs."""

    def __init__(
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
    ) -> None:
        """``changed`` is called when something may have become due outside (it wakes the reconciler)."""
        self._database = database
        self._connector = connector
        self._sources = sources
        self._settings = settings
        self._company = company
        self._rules = rules
        self._now = now
        self._changed = changed
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
            Tick("tenders.closing", 600, self.close_tenders),
            Tick("rosters", 60, self.read_rosters),
            Tick("admins", 600, self.grant_first_admins),
            Tick("activities.forget", 3600, self.forget_activities),
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

    async def close_tenders(self) -> None:
        """Mark the tenders whose closing date has passed."""
        now = self._now()
        if await self._database.write(lambda session: tenders.close_due(session, now)):
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

    async def grant_first_admins(self) -> None:
        """Give the admin role to the people named in the settings, as soon as they are known."""
        tenant, admins = self._settings.tenant_id, self._settings.admins
        if not admins or tenant is None:
            return
        now = self._now()
        await self._database.write(lambda session: people.grant_first_admins(session, tenant, admins, now))
