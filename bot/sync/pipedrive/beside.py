"""What stands beside a deal's own fields: the pinned status note, and who follows the deal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.offers.models import Outcome
from bot.sync import plans
from bot.sync.models import Kind
from integrations.errors import Authentication, Permanent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from bot.config.models import Company
    from bot.sync.attempts import Attempt
    from bot.sync.differences import Value
    from bot.sync.facts import OfferFacts
    from bot.sync.pipedrive.values import Names
    from integrations.pipedrive import Follower, Pipedrive

_NOT_FOUND = 404
_SAFE_LINKS = ("https://", "http://")
NOTE = "note"
LAST_NOTE = 7
"""Days that the note of an offer that has ended may be old: afterwards nothing comes that would renew it."""
CLOCKS_APART = timedelta(minutes=2)
"""How much earlier than our attempt something may seem to have been done."""


def marker_of(facts: OfferFacts) -> str:
    """What our note is recognised by, also after the service rewrote its HTML."""
    return f"Offerdesk {plans.bid_ref(facts)}"


@dataclass(frozen=True, slots=True)
class StatusNote:
    """The pinned note. ``lasting`` is what people look for in it; ``passing`` the deal shows itself, too."""

    heading: str
    lasting: dict[str, str]
    passing: dict[str, str]

    @classmethod
    def of(cls, facts: OfferFacts, values: Mapping[str, Value], company: Company) -> StatusNote:
        """As the offer stands; ``values`` are those of the deal. Every text is HTML."""
        zone = company.holidays.time_zone
        due, stage = facts.submission_due_at, company.stages.by_code(facts.stage)
        since = f" since {_day(facts.stage_since, zone)}" if facts.stage_since is not None else ""
        return cls(
            f"<b>{escape(facts.number)}</b> · {escape(marker_of(facts))}",
            {
                "Decision": escape(values["decision"] or ""),
                "Team": escape(values["offer_team"] or ""),
                "Submission due": f"{due.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({escape(zone)})" if due else "",
                "Folder": _link(facts.urls.get(Kind.FOLDER), facts.number),
                "Project": _link(facts.urls.get(Kind.PROJECT), facts.project_number or ""),
            },
            {
                "Stage": escape(f"{stage.label.en if stage is not None else facts.stage}{since}"),
                "Hours": _hours(facts),
            },
        )

    @property
    def texts(self) -> dict[str, str]:
        """Everything it says."""
        return {**self.passing, **self.lasting}

    def html(self, day: str) -> str:
        """What is sent on a day."""
        shown = "".join(f"<li>{label}: {text}</li>" for label, text in self.texts.items() if text)
        return (
            f"<p>{self.heading} · {day}</p><ul>{shown}</ul>"
            "<p><i>Offerdesk keeps this note; what is written into it is replaced.</i></p>"
        )


def _day(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


def _hours(facts: OfferFacts) -> str:
    spent = f"{facts.quarters / plans.QUARTERS_PER_HOUR:g} h"
    return f"{spent} of {facts.planned / plans.QUARTERS_PER_HOUR:g} h planned" if facts.planned else f"{spent} spent"


def _link(url: str | None, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url and url.startswith(_SAFE_LINKS) else ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What should stand beside the deal: the note, by what it is recognised, and the users that follow. ``due`` says
    from which age on (days) the note is written anew for what passes; ``day`` is today's.
    """

    note: StatusNote
    marker: str
    followers: frozenset[int]
    due: int
    now: datetime
    day: str

    @classmethod
    def of(
        cls, facts: OfferFacts, values: Mapping[str, Value], names: Names, company: Company, now: datetime
    ) -> Beside:
        """The owner of a deal follows it anyway."""
        owner = names.number(f"person:{facts.owner.id}")
        seats = {names.number(f"person:{member.id}") for member in facts.team}
        followers = frozenset(number for number in seats if number is not None and number != owner)
        patience = company.systems.pipedrive.note_days
        return cls(
            StatusNote.of(facts, values, company),
            marker_of(facts),
            followers,
            patience if facts.outcome is Outcome.OPEN else min(patience, LAST_NOTE),
            now,
            _day(now, company.holidays.time_zone),
        )

    def stands(self, more: Mapping[str, Value]) -> bool:
        """Whether what is remembered is what we want."""
        ours, own = set(more.get("followers", ())), set(more.get("following", ()))
        return self._note_stands(more) and ours <= self.followers <= ours | own

    def _note_stands(self, more: Mapping[str, Value]) -> bool:
        if more.get("note_text") == _fingerprint(str(self.note.texts)):
            return True
        age = self.now.toordinal() - int(more.get("note_day") or 0)
        return more.get("note_lasting") == _fingerprint(str(self.note.lasting)) and age < self.due

    async def write(
        self, client: Pipedrive, deal_id: int, more: Mapping[str, Value], attempt: Attempt
    ) -> dict[str, Any]:
        """Write what changed; returns what to remember: ``note`` and what it says, ``followers``, ``following``."""
        return {
            **more,
            **await self._write_note(client, deal_id, more, attempt),
            **await self._write_followers(client, deal_id, more, attempt),
        }

    async def _write_note(
        self, client: Pipedrive, deal_id: int, more: Mapping[str, Value], attempt: Attempt
    ) -> dict[str, Any]:
        if self._note_stands(more):
            return {}
        html = self.note.html(self.day)
        known = more.get("note")
        if known is None and attempt.tried_at(NOTE) is not None:
            known = await self._find_note(client, deal_id)
        if known is None or not await _updated(client, known, html):
            await attempt.trying(NOTE)
            known = (await client.create_note(deal_id, html, pinned=True)).id
        return {
            "note": known,
            "note_text": _fingerprint(str(self.note.texts)),
            "note_lasting": _fingerprint(str(self.note.lasting)),
            "note_day": self.now.toordinal(),
        }

    async def _find_note(self, client: Pipedrive, deal_id: int) -> int | None:
        """An earlier attempt may have made it without hearing of it."""
        async for note in client.notes(deal_id):
            if self.marker in unescape(note.content):
                return note.id
        return None

    async def _write_followers(
        self, client: Pipedrive, deal_id: int, more: Mapping[str, Value], attempt: Attempt
    ) -> dict[str, Any]:
        """Whoever follows by their own choice is never taken off."""
        ours = set(more.get("followers", ()))
        own = set(more.get("following", ())) & self.followers
        new = self.followers - ours - own
        tried = {user_id: at for user_id in new if (at := attempt.tried_at(f"follower.{user_id}")) is not None}
        if tried:
            for follower in await client.followers(deal_id):
                if follower.user_id in tried:
                    (ours if _is_ours(follower, tried[follower.user_id]) else own).add(follower.user_id)
        for user_id in sorted(new - ours - own):
            await attempt.trying(f"follower.{user_id}")
            (ours if await _added(client, deal_id, user_id, self.now) else own).add(user_id)
        for user_id in sorted(ours - self.followers):
            await client.remove_follower(deal_id, user_id)
        return {"followers": _listed(ours & self.followers), "following": _listed(own)}


def _listed(user_ids: Collection[int]) -> list[int]:
    return sorted(user_ids)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def _updated(client: Pipedrive, note_id: int, html: str) -> bool:
    """False where somebody deleted the note."""
    try:
        await client.update_note(note_id, html)
    except Permanent as error:
        if error.status != _NOT_FOUND:
            raise
        return False
    return True


async def _added(client: Pipedrive, deal_id: int, user_id: int, now: datetime) -> bool:
    """False where they followed already, or may not see the deal: nobody is hindered by a missing follower."""
    try:
        return _is_ours(await client.add_follower(deal_id, user_id), now)
    except Authentication:
        raise
    except Permanent:
        return False


def _is_ours(follower: Follower, tried_at: datetime) -> bool:
    return follower.add_time is None or follower.add_time >= tried_at - CLOCKS_APART
