"""What is typed about activities and documents. Pure."""

from __future__ import annotations

from bot.activities.models import ActivityKind, DocumentKind
from bot.records.fields import FieldKind, FieldSpec

DONE_ON = FieldSpec(name="done_on", kind=FieldKind.DAY)
ACTIVITY = (
    FieldSpec(
        name="kind",
        kind=FieldKind.CHOICE,
        required=True,
        enum=ActivityKind,
        default=ActivityKind.APPOINTMENT.value,
    ),
    FieldSpec(name="subject", required=True),
    FieldSpec(name="planned_on", kind=FieldKind.DAY),
    DONE_ON,
    FieldSpec(name="planned_time", kind=FieldKind.TIME),
    FieldSpec(name="minutes", kind=FieldKind.WHOLE),
    FieldSpec(name="owner_id", kind=FieldKind.PERSON, required=True),
    FieldSpec(name="contact_id", kind=FieldKind.CONTACT),
    FieldSpec(name="place"),
    FieldSpec(name="note", kind=FieldKind.LINES, limit=4000),
    FieldSpec(name="link", kind=FieldKind.LINK),
)
"""Planned when it has a planned day, recorded when it has the day it was done; one of them it must have."""


def document(activities: tuple[tuple[str, str], ...]) -> tuple[FieldSpec, ...]:
    """A linked document. ``activities``: the meetings and calls it may belong to, as (id, label)."""
    of_what = FieldSpec(name="activity_id", kind=FieldKind.CHOICE, choice_labels=activities)
    return (
        FieldSpec(
            name="kind", kind=FieldKind.CHOICE, required=True, enum=DocumentKind, default=DocumentKind.MINUTES.value
        ),
        FieldSpec(name="title", required=True),
        FieldSpec(name="url", kind=FieldKind.LINK, required=True),
        FieldSpec(name="dated_on", kind=FieldKind.DAY),
        *((of_what,) if activities else ()),
    )
