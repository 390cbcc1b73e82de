"""What can be typed when an offer ends, is handed over and is amended. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.handover.models import AmendmentKind, AmendmentState
from bot.records.fields import FieldKind, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.records.fields import Problems

NOTE_LIMIT = 4000
REASON_LIMIT = 2000
"""What a stage step holds."""
ORDER_LIMIT = 100

SIGNATURE = (
    FieldSpec(name="signed_on", kind=FieldKind.DAY, required=True),
    FieldSpec(name="first_order", required=True, limit=ORDER_LIMIT),
    FieldSpec(name="project_manager_id", kind=FieldKind.PERSON),
    FieldSpec(name="kick_off_on", kind=FieldKind.DAY),
)
"""What a signature writes on the offer itself."""
PRICE = FieldSpec(name="price", kind=FieldKind.AMOUNT, required=True)
LESSONS = FieldSpec(name="lessons_learned", kind=FieldKind.LINES, limit=NOTE_LIMIT)
WINNER = (FieldSpec(name="winner"), FieldSpec(name="winner_price", kind=FieldKind.AMOUNT))
DEBRIEF = FieldSpec(name="debrief", kind=FieldKind.YES_NO)
WRITTEN = (LESSONS, FieldSpec(name="debrief_done_on", kind=FieldKind.DAY))
"""What is learned after the end."""

REOPENING = (FieldSpec(name="reason", kind=FieldKind.LINES, required=True, limit=REASON_LIMIT),)
PROPOSAL = (
    FieldSpec(name="project_manager_id", kind=FieldKind.PERSON, required=True),
    FieldSpec(name="note", kind=FieldKind.LINES, limit=NOTE_LIMIT),
)
RETURN = (FieldSpec(name="answer", kind=FieldKind.LINES, required=True, limit=NOTE_LIMIT),)

AMENDMENT = (
    FieldSpec(name="title", required=True),
    FieldSpec(name="kind", kind=FieldKind.CHOICE, enum=AmendmentKind, required=True),
    FieldSpec(
        name="state", kind=FieldKind.CHOICE, enum=AmendmentState, required=True, default=AmendmentState.NEGOTIATION
    ),
    FieldSpec(name="requested_on", kind=FieldKind.DAY, required=True),
    FieldSpec(name="signed_on", kind=FieldKind.DAY, after="requested_on"),
    FieldSpec(name="price_change", kind=FieldKind.AMOUNT, signed=True),
    FieldSpec(name="new_end_on", kind=FieldKind.DAY),
    FieldSpec(name="text", kind=FieldKind.LINES, limit=NOTE_LIMIT),
    FieldSpec(name="document_url", kind=FieldKind.LINK),
)


def end_fields(reasons: Sequence[tuple[str, str]]) -> tuple[FieldSpec, ...]:
    """Why an offer ended. ``reasons``: code and label of what the company configured; without any, no list is shown."""
    listed = FieldSpec(name="end_reason", kind=FieldKind.CHOICE, required=True, choice_labels=tuple(reasons))
    return (
        *((listed,) if reasons else ()),
        FieldSpec(name="end_note", kind=FieldKind.LINES, required=True, limit=REASON_LIMIT),
        FieldSpec(name="ended_on", kind=FieldKind.DAY, required=True),
    )


def in_time(name: str, values: Mapping[str, Any], opened_on: date | None, today: date) -> Problems:
    """What happened stands between the opening of the offer and today."""
    day = values.get(name)
    if day is None:
        return {}
    if day > today:
        return {name: ("ending.future", {})}
    if opened_on is not None and day < opened_on:
        return {name: ("ending.before_opening", {"day": opened_on})}
    return {}


def signed_rightly(values: Mapping[str, Any], opened_on: date | None, today: date) -> Problems:
    """An amendment is signed on a day, and one with such a day is signed."""
    signed, day = values["state"] is AmendmentState.SIGNED, values["signed_on"]
    if signed and day is None:
        return {"signed_on": ("amendments.signed_when", {})}
    if day is not None and not signed:
        return {"state": ("amendments.signed_or_not", {})}
    return in_time("signed_on", values, opened_on, today)
