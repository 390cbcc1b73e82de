"""What is typed around a review: asking for one, asking for changes, going on without it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.records.fields import FieldKind, FieldSpec, Problems
from bot.reviews.models import ReviewKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

NOTE_LIMIT = 1000
QUESTION_LIMIT = 2000

WAIVER = FieldSpec(name="waiver", kind=FieldKind.LINES, limit=NOTE_LIMIT)
"""Why the offer goes on without a review; asked for only where one stands in the way."""


def _kind(kinds: Sequence[ReviewKind]) -> tuple[FieldSpec, ...]:
    """Which review, where there is a choice."""
    if len(kinds) < 2:  # noqa: PLR2004  one is no choice
        return ()
    codes = tuple(kind.value for kind in kinds)
    return (FieldSpec(name="kind", kind=FieldKind.CHOICE, enum=ReviewKind, choices=codes, required=True),)


def ask_fields(kinds: Sequence[ReviewKind], versions: Sequence[tuple[str, str]]) -> tuple[FieldSpec, ...]:
    """The dialog that asks for a review; ``versions`` are the prepared quotes as (id, finished label)."""
    version = FieldSpec(name="version", kind=FieldKind.CHOICE, choice_labels=tuple(versions))
    return (
        *_kind(kinds),
        *((version,) if versions else ()),
        FieldSpec(name="question", kind=FieldKind.LINES, limit=QUESTION_LIMIT),
        FieldSpec(name="due_on", kind=FieldKind.DAY, required=True),
        FieldSpec(name="meeting_on", kind=FieldKind.DAY),
        FieldSpec(name="meeting_time", kind=FieldKind.TIME),
    )


def waive_fields(kinds: Sequence[ReviewKind]) -> tuple[FieldSpec, ...]:
    """The dialog that goes on without a review."""
    return (*_kind(kinds), FieldSpec(name="waiver", kind=FieldKind.LINES, limit=NOTE_LIMIT, required=True))


def changes_fields(seats: Sequence[tuple[str, str]] = ()) -> tuple[FieldSpec, ...]:
    """The dialog that asks for changes; ``seats`` are those a person may answer for, as (role, finished label)."""
    seat = FieldSpec(name="seat", kind=FieldKind.CHOICE, choice_labels=tuple(seats), required=True)
    note = FieldSpec(name="note", kind=FieldKind.LINES, limit=NOTE_LIMIT, required=True)
    return (*((seat,) if len(seats) > 1 else ()), note)


def check_days(values: Mapping[str, Any], today: date) -> Problems:
    """A review is due today or later; a meeting has a day to come and a time."""
    problems: Problems = {}
    for name in ("due_on", "meeting_on"):
        if values[name] is not None and values[name] < today:
            problems[name] = ("errors.date_past", {})
    for name, other in (("meeting_on", "meeting_time"), ("meeting_time", "meeting_on")):
        if values[name] is None and values[other] is not None:
            problems[name] = ("errors.required", {})
    return problems
