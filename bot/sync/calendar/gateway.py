"""Keeps the meetings of offers in an Outlook calendar: made once, moved with their date, cancelled when dropped.

A meeting is made without anybody in it, and people are invited by the change that follows: what is sent to make it
never changes between two attempts, so Outlook recognises the second one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from bot.sync.attempts import Attempt
from bot.sync.calendar.meetings import KEY, meeting_of
from bot.sync.differences import Memory, compare, nothing_to_do
from bot.sync.facts import mappings
from bot.sync.models import System
from bot.sync.reconciler import Differs
from cards.texts import texts
from integrations.errors import Conflict
from integrations.microsoft_graph import Attendee, EventChange, EventWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.calendar.meetings import Meeting
    from bot.sync.differences import Value
    from bot.sync.reconciler import Claim
    from integrations.microsoft_graph import Event, MicrosoftGraph

OWNER = "owner"
"""The mailbox setting that stands for the calendar of whoever owns the offer."""
MADE = "made"
SUBJECT, WHEN = "subject", "when"
"""The two values that both sides may want to change."""
MAILBOX, PEOPLE, ENDS = "mailbox", "people", "ends"
"""What is remembered beside them and ``KEY``: in whose calendar, whom we invited, and until when it lasts."""
_SPACE = uuid.UUID("6f2d8f58-6b0e-4c0e-9a53-3f1f3a9f7c11")


@dataclass(frozen=True, slots=True)
class _Making:
    """What a meeting is made of, written down before it is sent and the same in every attempt."""

    at: str
    starts: str
    ends: str
    mailbox: str

    @classmethod
    def read(cls, text: str) -> _Making:
        """From one line."""
        return cls(*text.split("|", 3))

    @property
    def text(self) -> str:
        """As one line."""
        return f"{self.at}|{self.starts}|{self.ends}|{self.mailbox}"


class CalendarGateway:
    """The meetings (`Kind.REVIEW_MEETING`, `Kind.KICK_OFF_MEETING`), one row of the ledger for each kind and offer."""

    def __init__(
        self,
        database: Database,
        client: MicrosoftGraph,
        company: Company,
        now: Callable[[], datetime],
        *,
        mailbox: str,
        language: str,
    ) -> None:
        """``mailbox``: the organiser's address, or `OWNER`. ``language`` is the one of shared cards; ``now`` gives
        aware UTC.
        """
        self._database = database
        self._client = client
        self._company = company
        self._now = now
        self._mailbox = mailbox
        self._language = language

    async def apply(self, claim: Claim) -> dict[str, Any]:
        """Make, move or cancel the meeting; without a change it makes no call. What is over stays as it was.

        Raises:
            Differs: somebody moved or renamed the meeting in Outlook; the rest was written.
            ServiceError: what the client raises; a refusal where the application may not write to that calendar.
        """
        company, now = self._company, self._now()
        wanted, mapped = await self._database.read(
            lambda session: (
                meeting_of(session, claim.kind, claim.subject_id, company, now, self._language),
                mappings(session, System.CALENDAR),
            )
        )
        attempt = Attempt(self._database, claim, mapped, self._now)
        memory, event = Memory.of(claim.remote), None
        if memory is None and (text := attempt.tried(MADE)) is not None:
            memory, event = await self._found(_Making.read(text), claim)
        if wanted is None:
            return await self._dropped(memory)
        if memory is not None and memory.more[KEY] != wanted.key and _over(memory, now):
            # The meeting of an earlier review was held; this one is another.
            memory = event = None
        if memory is None and wanted.ends <= now:
            return {}
        if memory is None:
            memory, event = await self._make(wanted, claim, attempt)
        return await self._keep(wanted, memory, event, claim, attempt)

    async def _dropped(self, memory: Memory | None) -> dict[str, Any]:
        """Cancel what is still to come; what was held stays."""
        if memory is None or _over(memory, self._now()):
            return memory.as_remote() if memory is not None else {}
        await self._client.cancel_event(memory.more[MAILBOX], memory.id)
        return {}

    async def _found(self, making: _Making, claim: Claim) -> tuple[Memory | None, Event | None]:
        """What an earlier attempt made without hearing of it; nothing where it did not, or it is gone again."""
        try:
            return await self._made(making, claim)
        except Conflict:
            return None, None

    async def _make(self, wanted: Meeting, claim: Claim, attempt: Attempt) -> tuple[Memory, Event]:
        mailbox = wanted.organiser if self._mailbox == OWNER else self._mailbox
        starts, ends = wanted.starts.isoformat(), wanted.ends.isoformat()
        making = _Making(self._now().isoformat(), starts, ends, mailbox)
        await attempt.trying(MADE, making.text, anew=True)
        return await self._made(making, claim)

    async def _made(self, making: _Making, claim: Claim) -> tuple[Memory, Event]:
        event = await self._client.create_event(
            making.mailbox,
            EventWrite(
                transaction_id=str(uuid.uuid5(_SPACE, f"{claim.kind}:{claim.subject_id}:{making.text}")),
                subject=texts(self._language)("sync.meeting_making"),
                body_html=f"<p>{escape(texts(self._language)('sync.meeting_body'))}</p>",
                starts_at=datetime.fromisoformat(making.starts),
                ends_at=datetime.fromisoformat(making.ends),
                time_zone=self._company.holidays.time_zone,
            ),
        )
        more = {KEY: "", MAILBOX: making.mailbox, PEOPLE: [], ENDS: making.ends}
        return Memory(event.id, event.join_url or event.web_link, _theirs(event), more=more), event

    async def _keep(
        self, wanted: Meeting, memory: Memory, event: Event | None, claim: Claim, attempt: Attempt
    ) -> dict[str, Any]:
        values = {SUBJECT: wanted.subject, WHEN: _when(wanted.starts, wanted.ends)}
        memory = replace(memory, given_way={k: v for k, v in memory.given_way.items() if values[k] == v})
        people = [address for address, _name in wanted.people]
        more = {**memory.more, KEY: wanted.key, PEOPLE: people, ENDS: wanted.ends.isoformat()}
        stands = nothing_to_do(values, memory, claim.held) and memory.more[PEOPLE] == people and not attempt.sent
        if stands or (_over(memory, self._now()) and wanted.ends <= self._now()):
            return replace(memory, more={**memory.more, KEY: wanted.key}).as_remote()
        event = event or await self._client.event(memory.more[MAILBOX], memory.id)
        if event is None or event.is_cancelled:
            if values[WHEN] != memory.agreed.get(WHEN):
                memory, event = await self._make(wanted, claim, attempt)
            else:
                # Somebody cancelled it in Outlook: it stays so until it gets another date here.
                return replace(memory, agreed=values, more=more).as_remote()
        found = compare(values, attempt.believed(memory, _theirs(event)), _theirs(event), claim.held)
        change = self._change(wanted, found.changes, event, memory.more[PEOPLE])
        if change:
            await attempt.sending(found.changes, _theirs(event))
            event = await self._client.update_event(memory.more[MAILBOX], memory.id, EventChange(**change))
        kept = Memory(memory.id, event.join_url or event.web_link, found.agreed, memory.given_way, more).as_remote()
        if found.differences:
            raise Differs(kept, found.differences)
        return kept

    def _change(self, wanted: Meeting, changes: Mapping[str, Value], event: Event, before: list[str]) -> dict[str, Any]:
        """The keys of an `EventChange`. Whoever was invited in Outlook stays invited."""
        change: dict[str, Any] = {SUBJECT: wanted.subject} if SUBJECT in changes else {}
        if WHEN in changes:
            zone = self._company.holidays.time_zone
            change |= {"starts_at": wanted.starts, "ends_at": wanted.ends, "time_zone": zone}
        invited, ours = dict(event.invited), dict(wanted.people)
        if set(before) != set(ours) or not ours.keys() <= invited.keys():
            others = {address: name for address, name in invited.items() if address not in before}
            everybody = sorted((others | ours).items())
            change["attendees"] = tuple(Attendee(address=address, name=name) for address, name in everybody)
        return change


def _theirs(event: Event) -> dict[str, Value]:
    return {SUBJECT: event.subject or "", WHEN: _when(event.starts_at, event.ends_at)}


def _when(starts: datetime, ends: datetime) -> str:
    """As it is compared and shown."""
    return f"{starts.astimezone(UTC):%Y-%m-%d %H:%M}–{ends.astimezone(UTC):%H:%M} UTC"


def _over(memory: Memory, now: datetime) -> bool:
    return datetime.fromisoformat(memory.more[ENDS]) <= now
