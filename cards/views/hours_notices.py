"""Views of what is said about missing hours: the reminder, and the digest. Hours are decimal numbers of hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cards.views.reader import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingWeek:
    """The offers (number and title, raw) that nothing was said about in the week of that Monday; ``hidden``: more."""

    week_on: date
    offers: tuple[str, ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWeek:
    """What the same hours as the week before would be, on one offer."""

    offer: str
    hours: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursReminderView:
    """A reminder of the week of ``week_on``. ``missing``: weeks, newest first, which the buttons are about; empty once
    nothing is missing. ``hidden``: older weeks that are not shown.

    ``step`` of ``steps`` reminders that come by themselves; ``asked_by``: who asked for this one instead. ``until``:
    the last day on which the newest missing week can be changed. ``same``: what "same as last week" would enter, empty
    where that makes no sense; ``none``: nothing was entered yet, so "no hours" can be said; ``entered`` so far.
    ``total``: of ``week_on``, when nothing is missing; ``locked``: it can no longer be answered.
    """

    person_id: int
    week_on: date
    missing: tuple[MissingWeek, ...] = ()
    hidden: int = 0
    step: int = 1
    steps: int = 3
    asked_by: str = ""
    until: date | None = None
    same: tuple[LastWeek, ...] = ()
    none: bool = False
    entered: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenteeLine:
    """Somebody whose hours are missing; ``offers`` (raw) and how many more. ``away``: they do not work today."""

    person_id: int
    name: str
    offers: tuple[str, ...]
    hidden: int = 0
    last_at: datetime | None = None
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursDigestView:
    """Who misses the week of ``week_on``; ``hidden``: how many more than the lines. ``may_enter``: the reader is a key
    user. ``said``: what the press just did. ``locked``: the week can no longer be changed.
    """

    digest_id: int
    week_on: date
    lines: tuple[AbsenteeLine, ...] = ()
    hidden: int = 0
    may_enter: bool = False
    said: Sentence | None = None
    locked: bool = False
