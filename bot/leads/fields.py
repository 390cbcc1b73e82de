"""What is typed about a lead, as the company configured it. Pure; labels come in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers.models import OriginKind
from bot.records.fields import FieldKind, FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.models import Lists

TITLE_LIMIT, NAME_LIMIT, CAMPAIGN_LIMIT, NOTE_LIMIT, REASON_LIMIT = 255, 200, 100, 2000, 500
DROP = (FieldSpec(name="dropped_why", kind=FieldKind.LINES, required=True, limit=REASON_LIMIT),)
"""Why nothing comes of it."""


def lead(
    lists: Lists, kinds: Mapping[str, str], *, campaign: str | None = None, currency: str | None = None
) -> tuple[FieldSpec, ...]:
    """The fields of a lead. ``kinds``: the words for the kinds of origin; ``campaign`` and ``currency``: the stored
    ones, which may have left the configuration.
    """
    campaigns = dict.fromkeys((*lists.campaigns, *([campaign] if campaign else [])))
    listed = tuple((name, name) for name in campaigns) if lists.campaigns else ()
    codes = dict.fromkeys((*lists.currencies, *([currency] if currency else [])))
    return (
        FieldSpec(name="title", required=True, limit=TITLE_LIMIT),
        FieldSpec(
            name="origin",
            kind=FieldKind.CHOICE,
            required=True,
            enum=OriginKind,
            choice_labels=tuple((one.value, kinds[one]) for one in OriginKind),
        ),
        FieldSpec(name="client_id", kind=FieldKind.CLIENT),
        FieldSpec(name="client_name", limit=NAME_LIMIT),
        FieldSpec(name="contact_id", kind=FieldKind.CONTACT),
        FieldSpec(
            name="campaign",
            kind=FieldKind.CHOICE if listed else FieldKind.WORDS,
            limit=CAMPAIGN_LIMIT,
            choice_labels=listed,
        ),
        FieldSpec(name="amount", kind=FieldKind.AMOUNT),
        FieldSpec(
            name="currency",
            kind=FieldKind.CHOICE,
            required=True,
            choice_labels=tuple((code, code) for code in codes),
            default=lists.currencies[0],
        ),
        FieldSpec(name="expected_closing_on", kind=FieldKind.DAY),
        FieldSpec(name="note", kind=FieldKind.LINES, limit=NOTE_LIMIT),
    )
