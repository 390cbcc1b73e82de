"""From one item of the portal's JSON to a `TenderRecord`, tolerant about everything but id and title."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeGuard
from urllib.parse import quote

import orjson

from integrations.esa.api import EsaApi, Listing
from integrations.esa.plain_text import tidy_line, tidy_text, tidy_title
from integrations.esa.portal_time import NotAMomentError, read_moment
from integrations.esa.records import Diagnostic, TenderRecord, Unreadable

_READER_VERSION = b"1"  # a new version makes every known record read again, so a better reader reaches old records
_LONGEST_ID = 64
_LARGEST_CODE = 2**31 - 1
_MOST_CODES = 1_000
_PER_READER_FLAGS = (
    "isFavourite",
    "isNew",
    "isUpdated",
)  # they say what the person looking has seen, not what the tender is
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "a flag", int: "a number", float: "a number"}


def native_id_of(item: object) -> str | None:
    """Give the id of an item as text, or ``None`` when it has no usable one."""
    if not isinstance(item, dict):
        return None
    value = item.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < 2**63 else None
    if isinstance(value, str):
        text = value.strip()
        return text if 0 < len(text) <= _LONGEST_ID and text.isprintable() else None
    return None


def content_hash_of(item: object) -> str | None:
    """Hash the content of an item, without the flags that depend on who looks; ``None`` when it is nested too deeply
    to keep.
    """
    content: object = item
    if isinstance(item, dict):
        content = item.copy()
        for flag in _PER_READER_FLAGS:
            content.pop(flag, None)
    try:
        serialised = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # orjson's JSONEncodeError: more than 254 levels
        return None
    return hashlib.blake2b(serialised, digest_size=16, key=_READER_VERSION).hexdigest()


class RecordReader:
    """Reads the items of one listing and notes in ``diagnostics`` whatever was not as agreed."""

    def __init__(self, api: EsaApi, listing: Listing) -> None:
        """Read items of ``listing`` with the code tables of ``api``."""
        self._api = api
        self._listing = listing
        self._details = api.base_url.rstrip("/") + listing.details_path
        self.diagnostics: list[Diagnostic] = []

    def read(self, item: object, content_hash: str | None) -> TenderRecord | Unreadable:
        """Read one item, given its `content_hash_of`; it never raises, whatever the item is."""
        source = self._listing.source
        if content_hash is None:
            return Unreadable(source, "(nested too deeply to keep)", "nested too deeply")
        if not isinstance(item, dict):
            return Unreadable(source, item, f"the item is {_kind(item)}, not an object")
        native_id = native_id_of(item)
        if native_id is None:
            return Unreadable(source, item, _missing(item, "id"))
        title = item.get("title")
        raw_title = tidy_title(title) if isinstance(title, str) else ""
        if not raw_title:
            return Unreadable(source, item, _missing(item, "title"))
        return self._record(item, native_id, content_hash, raw_title)

    def _record(self, item: dict[str, Any], native_id: str, content_hash: str, raw_title: str) -> TenderRecord:
        fields = _Fields(native_id, item, self._api.time_zone, self.diagnostics)
        entity = fields.nested("externalEntity")
        return TenderRecord(
            source=self._listing.source,
            native_id=native_id,
            content_hash=content_hash,
            raw_title=raw_title,
            url=f"{self._details}/{quote(native_id, safe='')}",
            tanumber=fields.line("tanumber"),
            description=fields.text(self._listing.description_key),
            type_id=fields.code("tenderType"),
            status_id=fields.code("status"),
            opens_at=fields.moment("openDate"),
            closes_at=fields.moment("closingDate"),
            clarification_at=fields.moment("clarificationRequestDeadline"),
            extension_at=fields.moment("extensionRequestDeadline"),
            published_at=fields.moment("firstPublicationDate"),
            updated_at=fields.moment("lastUpdateTime"),
            countries=self._countries(fields.codes("countries")),
            products=fields.codes("products"),
            technologies=fields.codes("technologies"),
            is_cancelled=fields.flag("isCancelled"),
            is_archived=fields.flag("isArchived"),
            is_reissued=fields.flag("isReissued"),
            is_to_be_reissued=fields.flag("isToBeReissued"),
            stage_number=fields.number("stageNumber"),
            price_range=fields.line("priceRange"),
            entity_name=_Fields(native_id, entity, self._api.time_zone, self.diagnostics).line("entityName"),
            programme=fields.line("programmeReference"),
            raw=item,
        )

    def _countries(self, codes: tuple[int, ...]) -> tuple[str, ...]:
        names = self._api.countries
        known = sorted(names[code] for code in codes if code in names)
        return (*known, *(f"Unknown ({code})" for code in codes if code not in names))


class _Fields:
    """The optional fields of one item. Absent and null are normal; another type than agreed gives a diagnostic and no
    value.
    """

    __slots__ = ("_diagnostics", "_item", "_native_id", "_time_zone")

    def __init__(self, native_id: str, item: Mapping[str, Any], time_zone: str, diagnostics: list[Diagnostic]) -> None:
        self._native_id = native_id
        self._item = item
        self._time_zone = time_zone
        self._diagnostics = diagnostics

    def line(self, key: str) -> str | None:
        value = self._item.get(key)
        if isinstance(value, str):
            return tidy_line(value) or None
        self._wrong(key, value)
        return None

    def text(self, key: str) -> str:
        value = self._item.get(key)
        if isinstance(value, str):
            return tidy_text(value)
        self._wrong(key, value)
        return ""

    def flag(self, key: str) -> bool:
        value = self._item.get(key)
        if isinstance(value, bool):
            return value
        self._wrong(key, value)
        return False

    def number(self, key: str) -> int | None:
        value = self._item.get(key)
        if _is_code(value):
            return value
        self._wrong(key, value)
        return None

    def moment(self, key: str) -> datetime | None:
        value = self._item.get(key)
        if not isinstance(value, str):
            self._wrong(key, value)
            return None
        if not value.strip():
            return None
        try:
            return read_moment(value[:64], self._time_zone)
        except NotAMomentError as error:
            self._note(key, str(error))
            return None

    def nested(self, key: str) -> Mapping[str, Any]:
        value = self._item.get(key)
        if isinstance(value, dict):
            return value
        self._wrong(key, value)
        return {}

    def code(self, key: str) -> int | None:
        """Read ``{"id": 5}``."""
        value = self._item.get(key)
        code = value.get("id") if isinstance(value, dict) else None
        if _is_code(code):
            return code
        self._wrong(key, value)
        return None

    def codes(self, key: str) -> tuple[int, ...]:
        """Read ``[{"id": 5}, …]``, sorted, because the portal's order means nothing and would look like a change."""
        value = self._item.get(key)
        if not isinstance(value, list):
            self._wrong(key, value)
            return ()
        entries = [entry.get("id") if isinstance(entry, dict) else None for entry in value[:_MOST_CODES]]
        codes = {code for code in entries if _is_code(code)}
        if not all(_is_code(code) for code in entries):
            self._note(key, "some entries have no id")
        if len(value) > _MOST_CODES:
            self._note(key, "too many entries")
        return tuple(sorted(codes))

    def _wrong(self, key: str, value: object) -> None:
        if value is not None:
            self._note(key, f"unexpected content: {_kind(value)}")

    def _note(self, key: str, why: str) -> None:
        self._diagnostics.append(Diagnostic(self._native_id, key, why))


def _is_code(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_CODE


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null")


def _missing(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    if value is None:
        return f"no {key}"
    return f"the {key} is {_kind(value)} that cannot be used"
