r"""How an event becomes a link of the chain, and what is wrong with a chain. Pure.

``digest = SHA-256(digest before + "\n" + canonical JSON)``, in hexadecimal; before the first link stand 64 zeros. The
canonical JSON holds position, moment of sealing and the whole event: keys sorted, no spaces, letters beyond ASCII
escaped, moments in UTC with six decimals. It is the same text on every database.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

FIRST = "0" * 64
"""What stands before the first link."""
OPEN_AT_MOST = timedelta(minutes=10)
"""Longer no transaction stays open, so an event that became visible after younger ones is at most so old by then."""
DATED_BACK = timedelta(days=1)
"""Clocks of replicas differ by less."""
REMEMBERED = timedelta(days=7)
"""So long it is known what was sealed when; a late event is found within a day."""


class Event(NamedTuple):
    """A row of the trail."""

    id: int
    at: datetime
    actor_id: int | None
    on_behalf_of_id: int | None
    action: str
    subject: str
    subject_id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Link(NamedTuple):
    """A link as it is stored, with the event it seals; None when that is gone."""

    position: int
    event_id: int
    sealed_at: datetime
    digest: str
    event: Event | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends. Noted elsewhere, it proves later that nothing was taken off the end."""

    position: int = 0
    digest: str = FIRST

    def __str__(self) -> str:
        """``POSITION:DIGEST``, as ``offerdesk audit verify --head`` takes it."""
        return f"{self.position}:{self.digest}"


class Damage(StrEnum):
    """What can be wrong, as a sentence with the number of the link or event."""

    CHANGED = "Event {event} was changed after it was sealed."
    LINK_CHANGED = "The seal of event {event}, link {position}, was changed."
    REMOVED = "Event {event} was removed; link {position} still names it."
    GAP = "Link {position} was removed."
    INSERTED = "Event {event} was put between older ones after they were sealed."
    DATED_BACK = "Event {event} is dated more than a day before events that were sealed earlier."
    OTHER_HEAD = "Link {position} is not the one that was noted: the chain was made anew."
    CUT = "The chain ends before link {position}, which was noted: its end was removed."


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold."""

    damage: Damage
    position: int
    event_id: int | None = None

    def __str__(self) -> str:
        """One sentence."""
        return self.damage.value.format(event=self.event_id, position=self.position)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def canonical(position: int, sealed_at: datetime, event: Event) -> str:
    """The text that a link is the digest of."""
    row = {**event._asdict(), "at": _moment(event.at)}
    return _encode({"position": position, "sealed_at": _one_for_many(sealed_at), "event": row})


def digest(before: str, position: int, sealed_at: datetime, event: Event) -> str:
    """The digest of a link after the one with the digest ``before``."""
    return hashlib.sha256(f"{before}\n{canonical(position, sealed_at, event)}".encode("ascii")).hexdigest()


def _moment(moment: datetime) -> str:
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{utc.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


_one_for_many = lru_cache(8)(_moment)
"""All events of one sealing share its moment."""


class Chain:
    """Follows a chain link by link, keeping nothing of those that passed but what the next one needs."""

    def __init__(self, noted: Head | None = None) -> None:
        """``noted``: a head that was written down earlier."""
        self.head = Head()
        self.broken: Break | None = None
        self._noted = noted if noted is not None and noted.position else None
        self._newest = 0
        """Highest event id so far."""
        self._latest: datetime | None = None
        """Latest moment of an event so far."""
        self._passed: list[tuple[int, datetime]] = []
        """What ids were reached when, newest last: only of the time in which a late event may still come."""
        self._suspect: Link | None = None

    def take(self, link: Link) -> None:
        """The next link; once something is broken nothing is looked at any more."""
        if self._suspect is not None:
            self._judge(link)
        if self.broken is not None:
            return
        position = self.head.position + 1
        if link.position != position:
            self.broken = Break(Damage.GAP, position)
        elif link.event is None:
            self.broken = Break(Damage.REMOVED, position, link.event_id)
        elif digest(self.head.digest, position, link.sealed_at, link.event) != link.digest:
            self._suspect = link
        else:
            self._look_at(link, link.event)
        self.head = Head(link.position, link.digest)

    def end(self) -> None:
        """No link is left."""
        if self._suspect is not None:
            self._judge(None)
        if self.broken is None and self._noted is not None and self.head.position < self._noted.position:
            self.broken = Break(Damage.CUT, self._noted.position)

    def _judge(self, following: Link | None) -> None:
        """A digest does not fit. Where the link after it builds on the stored one, not the link was changed but the
        event.
        """
        assert self._suspect is not None  # noqa: S101  only called with it
        link, self._suspect = self._suspect, None
        holds = following is None or (
            following.event is not None
            and digest(link.digest, following.position, following.sealed_at, following.event) == following.digest
        )
        damage = Damage.CHANGED if holds else Damage.LINK_CHANGED
        self.broken = Break(damage, link.position, link.event_id)

    def _look_at(self, link: Link, event: Event) -> None:
        if self._noted is not None and self._noted.position == link.position and self._noted.digest != link.digest:
            self.broken = Break(Damage.OTHER_HEAD, link.position)
        elif event.id < self._newest and event.at < self._passed_at(event.id) - OPEN_AT_MOST:
            self.broken = Break(Damage.INSERTED, link.position, event.id)
        elif self._latest is not None and event.at < self._latest - DATED_BACK:
            self.broken = Break(Damage.DATED_BACK, link.position, event.id)
        if event.id > self._newest:
            self._newest = event.id
            self._note(event.id, link.sealed_at)
        self._latest = max(event.at, self._latest or event.at)

    def _note(self, event_id: int, sealed_at: datetime) -> None:
        """One entry for each sealing; those of earlier weeks are dropped but for the newest of them."""
        if self._passed and self._passed[-1][1] == sealed_at:
            self._passed[-1] = event_id, sealed_at
            return
        self._passed.append((event_id, sealed_at))
        while len(self._passed) > 1 and self._passed[1][1] < sealed_at - REMEMBERED:
            del self._passed[0]

    def _passed_at(self, event_id: int) -> datetime:
        """When the chain first held an event with a higher id."""
        return next(sealed_at for newest, sealed_at in self._passed if newest > event_id)
