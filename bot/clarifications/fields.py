"""What is typed about a clarification. Pure."""

from __future__ import annotations

from bot.clarifications.models import AnsweredBy
from bot.records.fields import FieldKind, FieldSpec

QUESTION = (
    FieldSpec(name="question", kind=FieldKind.LINES, required=True, limit=4000),
    FieldSpec(name="asked_on", kind=FieldKind.DAY, required=True),
    FieldSpec(name="due_on", kind=FieldKind.DAY, after="asked_on"),
    FieldSpec(name="owner_id", kind=FieldKind.PERSON, required=True),
    FieldSpec(name="link", kind=FieldKind.LINK),
)
"""The client's question, and who sees to the answer until when."""

ANSWER = (
    FieldSpec(name="answer", kind=FieldKind.LINES, limit=4000),
    FieldSpec(name="answered_on", kind=FieldKind.DAY, required=True),
    FieldSpec(
        name="answered_how", kind=FieldKind.CHOICE, required=True, enum=AnsweredBy, default=AnsweredBy.WRITING.value
    ),
    FieldSpec(name="answered_by_id", kind=FieldKind.PERSON, required=True),
    FieldSpec(name="link", kind=FieldKind.LINK),
)
"""What was answered; a link to the document is enough."""
