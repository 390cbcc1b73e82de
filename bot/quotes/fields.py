"""What is typed around quotes, partner quotes and competitors. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.quotes.models import Certainty
from bot.records.fields import FieldKind, FieldSpec, Problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

NOTE_LIMIT = 4000
NEW_VERSION = "new"
"""The choice that makes a version in the dialog that sends it."""

QUOTE_FIELDS = (
    FieldSpec(name="title"),
    FieldSpec(name="price", kind=FieldKind.AMOUNT, required=True),
    FieldSpec(name="currency", kind=FieldKind.CURRENCY, required=True),
    FieldSpec(name="valid_until", kind=FieldKind.DAY),
    FieldSpec(name="document_url", kind=FieldKind.LINK),
    FieldSpec(name="note", kind=FieldKind.LINES, limit=NOTE_LIMIT),
)
SENT_VALUES = ("price", "currency", "valid_until", "document_url")
"""What the dialog that sends a version may change in it; left empty, the version keeps its own."""

PARTNER_QUOTE_FIELDS = (
    FieldSpec(name="partner", required=True),
    FieldSpec(name="scope", kind=FieldKind.LINES, required=True, limit=2000),
    FieldSpec(name="owner_id", kind=FieldKind.PERSON, required=True),
    FieldSpec(name="requested_on", kind=FieldKind.DAY),
    FieldSpec(name="due_on", kind=FieldKind.DAY, after="requested_on"),
    FieldSpec(name="received_on", kind=FieldKind.DAY, after="requested_on"),
    FieldSpec(name="valid_until", kind=FieldKind.DAY, after="received_on"),
    FieldSpec(name="amount", kind=FieldKind.AMOUNT),
    FieldSpec(name="currency", kind=FieldKind.CURRENCY, required=True),
    FieldSpec(name="chosen", kind=FieldKind.YES_NO),
    FieldSpec(name="document_url", kind=FieldKind.LINK),
    FieldSpec(name="note", kind=FieldKind.LINES, limit=NOTE_LIMIT),
)

COMPETITOR_FIELDS = (
    FieldSpec(name="name", required=True),
    FieldSpec(
        name="certainty",
        kind=FieldKind.CHOICE,
        enum=Certainty,
        required=True,
        default=Certainty.SUSPECTED.value,
    ),
    FieldSpec(name="amount", kind=FieldKind.AMOUNT),
    FieldSpec(name="strengths", kind=FieldKind.LINES, limit=2000),
    FieldSpec(name="weaknesses", kind=FieldKind.LINES, limit=2000),
    FieldSpec(name="winner", kind=FieldKind.YES_NO),
)


def sent_fields(versions: Sequence[tuple[str, str]], *more: FieldSpec) -> tuple[FieldSpec, ...]:
    """The dialog that records a sending. ``versions`` are the prepared quotes as (id, finished label), with
    :data:`NEW_VERSION` among them; without any, the dialog makes the version it sends.
    """
    prepared = bool(versions)
    version = FieldSpec(name="version", kind=FieldKind.CHOICE, choice_labels=tuple(versions), required=True)
    return (
        *((version,) if prepared else ()),
        FieldSpec(name="sent_on", kind=FieldKind.DAY, required=True),
        FieldSpec(name="price", kind=FieldKind.AMOUNT, required=not prepared),
        FieldSpec(name="currency", kind=FieldKind.CURRENCY, required=not prepared),
        FieldSpec(name="document_url", kind=FieldKind.LINK),
        FieldSpec(name="valid_until", kind=FieldKind.DAY),
        *more,
    )


def check_sending(
    values: Mapping[str, Any], stored: Mapping[str, Any] | None, *, opened_on: date, today: date
) -> Problems:
    """A version is sent between the opening of the offer and today, with a price, and is still valid then.

    ``stored`` is the chosen version; None when the dialog makes it.
    """
    problems: Problems = {}
    kept = stored or {}
    for name in ("price", "currency"):
        if values[name] is None and kept.get(name) is None:
            problems[name] = ("errors.required", {})
    sent_on = values["sent_on"]
    if sent_on > today:
        problems["sent_on"] = ("quotes.sent_in_future", {})
    elif sent_on < opened_on:
        problems["sent_on"] = ("quotes.sent_before_opening", {"day": opened_on})
    valid_until = values["valid_until"] or kept.get("valid_until")
    if valid_until is not None and valid_until < sent_on:
        problems["valid_until"] = ("quotes.expired", {})
    return problems


def check_partner_quote(values: Mapping[str, Any], today: date) -> Problems:
    """What was received, or is chosen, has an amount; nothing is received tomorrow."""
    problems: Problems = {}
    if values["amount"] is None and (values["received_on"] is not None or values["chosen"]):
        problems["amount"] = ("partner_quotes.amount_needed", {})
    if values["received_on"] is not None and values["received_on"] > today:
        problems["received_on"] = ("partner_quotes.received_in_future", {})
    return problems
