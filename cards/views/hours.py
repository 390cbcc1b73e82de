"""Views of a person's week: what is asked, what was answered, what is locked. Hours are decimal numbers of hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cards.views.forms import FieldError, Typed
from cards.views.reader import Change, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursPart:
    """The hours of one offer in one month of a week that has days of two. ``first`` is the part's first day."""

    first: date
    hours: Decimal
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursLine:
    """One offer in somebody's week; number and title are raw.

    ``input``: the input's id, empty where nothing can be entered. ``parts`` only in a week of two months. ``last_week``
    is the person's, ``spent`` everybody's since the beginning; ``planned`` None when nobody planned.
    """

    number: str
    title: str
    hours: Decimal = Decimal(0)
    input: str = ""
    parts: tuple[HoursPart, ...] = ()
    last_week: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)
    planned: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """What was not saved, because its part was locked ``since`` that day; ``offer`` is number and title (raw)."""

    offer: str
    first: date
    since: date
    wanted: Decimal
    kept: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDate:
    """Until when a part can be changed, that day included. ``first`` is the part's first day."""

    first: date
    open_until: date
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursWeekView:
    """One week of one person; ``week_on`` is the Monday.

    ``name`` (raw) is empty where the reader looks at their own week. ``final``: answered. ``locked``: nothing can be
    entered any more. ``until``: when reminders begin. ``prefilled``: the inputs hold last week's numbers. ``same`` and
    ``none``: these one-click answers make sense. ``values`` is what stands in the inputs, as typed or stored.
    ``choices``: the first offers that can be added. ``note``: what the last press came to, if it needs saying.
    """

    person_id: int
    week_on: date
    last_on: date
    number: int
    revision: int
    total: Decimal
    until: datetime
    locks: tuple[LockDate, ...]
    lines: tuple[HoursLine, ...] = ()
    name: str = ""
    final: bool = False
    locked: bool = False
    prefilled: bool = False
    same: bool = False
    none: bool = False
    has_next: bool = False
    last_total: Decimal = Decimal(0)
    undo_until: datetime | None = None
    entered: Change | None = None
    held_back: tuple[HeldBack, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()
    note: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionInput:
    """The hours of one offer in one locked part. ``first`` None: the whole week is one part."""

    field: str
    offer: str
    first: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFormView:
    """Correct what is locked, with a reason. ``name`` (raw) is empty for the reader's own week."""

    person_id: int
    week_on: date
    last_on: date
    inputs: tuple[CorrectionInput, ...]
    name: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    values: Typed = ()
    errors: tuple[FieldError, ...] = ()
