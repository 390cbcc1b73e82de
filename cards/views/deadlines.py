"""Views of what is due: the list, and the reminders of a morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cards.views.reader import Sentence
from cards.views.records import Press


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineLine:
    """One thing that is due. ``title``: its own words (raw), empty where the offer itself is meant; ``offer``: number
    and title (raw). ``due_at`` where it is due at a moment; ``time`` (``14:30``) of a planned activity, its owner's.
    ``owner`` empty: it is the reader's.
    """

    what: Sentence
    offer: str
    due_on: date
    tap: Press
    title: str = ""
    due_at: datetime | None = None
    time: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineGroup:
    """Lines under a heading (a text key)."""

    title: str
    lines: tuple[DeadlineLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinesView:
    """One page of what is due within ``days``, nearest first. ``page`` counts from 0; ``mine``: the reader's own.

    ``next``: when nothing is, what comes after.
    """

    groups: tuple[DeadlineGroup, ...]
    mine: bool
    total: int
    days: int
    page: int = 0
    pages: int = 1
    next: DeadlineLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningView:
    """What somebody is reminded of; ``hidden``: how many more there are than the lines shown."""

    groups: tuple[DeadlineGroup, ...]
    hidden: int = 0
