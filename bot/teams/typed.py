"""What people type into forms, read so that a mistake is shown at its field."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Days outside are slips of the finger, and time zones cannot be applied at the ends of the calendar."""

Problems = dict[str, tuple[str, dict[str, Any]]]
_ROW = re.compile(r"(.+)_(\d+)")
_AMOUNT = re.compile(r"[-\u2212]?[\d\s.,]{1,20}")
"""Also a negative one: the error at the field says why it cannot be, and the form shows what was typed."""
_UNSHOWABLE = frozenset(
    {"errors.choice", "errors.date", "errors.unknown_person", "errors.language", "errors.time_zone"}
)
"""Refusals of what a list, a calendar or a directory cannot show again; the error at the field says what is wrong."""


def day(field: str, typed: str, problems: Problems, *, required: bool = False) -> date | None:
    """The day that was typed (``2026-12-04``); None, with a problem at the field, when it is none."""
    if not typed:
        if required:
            problems[field] = ("errors.required", {})
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        problems[field] = ("errors.date", {"value": typed[:20]})
        return None
    return found


def chosen(field: str, typed: str, known: Collection[str], problems: Problems) -> str:
    """The choice that was made, or nothing; nothing, with a problem at the field, when no list offers it."""
    if typed and typed not in known:
        problems[field] = ("errors.choice", {})
        return ""
    return typed


def shown_again(data: Mapping[str, object], refusal: Invalid) -> tuple[tuple[str, str], ...]:
    """What was typed, for the same form with its errors. What an input of its kind could not hold is left out."""
    values = ((name, str(value)) for name, value in {**data, **refusal.shown}.items() if value is not None)
    return tuple((name, value) for name, value in values if _fits(value, refusal.fields.get(name, ("", {}))[0]))


def _fits(value: str, problem: str) -> bool:
    if problem == "errors.number":
        return _AMOUNT.fullmatch(value) is not None
    return problem not in _UNSHOWABLE


def at_rows(refusal: Invalid, rows: Sequence[int]) -> Invalid:
    """A refusal that counts the filled rows of a form (``member_1`` is the first filled one), as the form names them.

    ``rows``: the form's number of each filled row.
    """
    fields = {}
    for name, problem in refusal.fields.items():
        numbered = _ROW.fullmatch(name)
        position = int(numbered[2]) if numbered else 0
        known = numbered is not None and 0 < position <= len(rows)
        fields[f"{numbered[1]}_{rows[position - 1]}" if numbered and known else name] = problem
    return Invalid(fields)
