"""How Business Central spells things in OData: filters, enum members, blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from urllib.parse import quote
from uuid import UUID

BLANK_DATE = "0001-01-01"
BLANK_GUID = "00000000-0000-0000-0000-000000000000"

_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNSAFE = re.compile(r"[^0-9A-Za-z_]|_(?=x[0-9A-Fa-f]{4}_)")


def encode_enum(name: str) -> str:
    """Spell an enum member as `$metadata` does: ``Not Started`` becomes ``Not_x0020_Started``, blank ``_x0020_``."""
    return _UNSAFE.sub(lambda found: f"_x{ord(found[0]):04X}_", name or " ")


def decode_enum(name: str) -> str:
    """Read an enum member; the blank one gives the empty text."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name).strip(" ")


def date_or_none(value: object) -> object:
    """Turn the blank date into ``None``; everything else is judged by the model."""
    return None if value in {BLANK_DATE, ""} or value == date.min else value


def guid_or_none(value: object) -> object:
    """Turn the blank GUID into ``None``; everything else is judged by the model."""
    return None if value == BLANK_GUID else value


def literal(value: str | UUID | datetime) -> str:
    """Spell a value for ``$filter``: texts in quotes, GUIDs and times bare, times in UTC with milliseconds.

    Raises:
        ValueError: the time has no zone.
    """
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be compared")
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return "'" + value.replace("'", "''") + "'"


def equals(name: str, value: str | UUID) -> str:
    """A filter for one value."""
    return f"{name} eq {literal(value)}"


def above(name: str, value: str) -> str:
    """A filter for what comes after a value, where the answer is ordered by it."""
    return f"{name} gt {literal(value)}"


def modified_after(moment: datetime | None) -> str | None:
    """A filter for what changed after a time; a change in the same millisecond may come twice, none is missed."""
    return None if moment is None else f"lastModifiedDateTime gt {literal(moment)}"


def with_query(url: str, options: Mapping[str, str | None]) -> str:
    """Add query options, spaces as ``%20`` (not every OData reader takes a plus sign for one)."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items() if value is not None)
    return f"{url}?{query}" if query else url
