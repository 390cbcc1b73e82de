"""What is typed about a negotiation point. Pure."""

from __future__ import annotations

from bot.negotiations.models import NextMove, PointState
from bot.records.fields import FieldKind, FieldSpec

POINT = (
    FieldSpec(name="clause", required=True),
    FieldSpec(name="position", kind=FieldKind.LINES, required=True, limit=4000),
    FieldSpec(name="client_position", kind=FieldKind.LINES, limit=4000),
    FieldSpec(name="state", kind=FieldKind.CHOICE, required=True, enum=PointState, default=PointState.OPEN.value),
    FieldSpec(name="next_move", kind=FieldKind.CHOICE, required=True, enum=NextMove, default=NextMove.US.value),
    FieldSpec(name="agreed_text", kind=FieldKind.LINES, limit=4000),
    FieldSpec(name="since", kind=FieldKind.DAY, required=True),
    FieldSpec(name="due_on", kind=FieldKind.DAY, after="since"),
    FieldSpec(name="owner_id", kind=FieldKind.PERSON, required=True),
    FieldSpec(name="link", kind=FieldKind.LINK),
)
SETTLED_ON = FieldSpec(name="settled_on", kind=FieldKind.DAY)
