"""What the portal's answers are read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class TenderSource(StrEnum):
    """Which listing a tender stands in; part of its identity."""

    ESA = "esa"
    ESA_NON_ESA = "esa_non_esa"


@dataclass(frozen=True, slots=True)
class TenderRecord:
    """One tender action as the portal shows it. Identity is (``source``, ``native_id``); ``tanumber`` repeats when a
    tender is re-issued.

    All moments are aware UTC, read from the portal's naive Europe/Paris times. A field the portal left out, set to
    null or filled with something of another type is ``None`` (or empty); the last case has a `Diagnostic`.
    """

    source: TenderSource
    native_id: str
    content_hash: str
    raw_title: str
    url: str
    tanumber: str | None = None
    description: str = ""
    type_id: int | None = None
    status_id: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    clarification_at: datetime | None = None
    extension_at: datetime | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    countries: tuple[str, ...] = ()
    products: tuple[int, ...] = ()
    technologies: tuple[int, ...] = ()
    is_cancelled: bool = False
    is_archived: bool = False
    is_reissued: bool = False
    is_to_be_reissued: bool = False
    stage_number: int | None = None
    price_range: str | None = None
    entity_name: str | None = None
    programme: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that has no usable id or title. It is kept whole, so nothing the portal sent is lost."""

    source: TenderSource
    raw: Any = field(compare=False, repr=False)
    why: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something in a readable item (or in the envelope, then ``native_id`` is empty) that was not as agreed. ``why``
    holds no content.
    """

    native_id: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one fetch brought.

    ``records``: new or changed against what the caller knew, each id once, in portal order. ``unchanged``: ids seen
    again as known. ``raw_count``: items received, repeats included. ``total``: what the portal said it holds, ``None``
    when it did not say. ``complete``: false when the page cap ended a walk before it reached known ground.
    """

    source: TenderSource
    records: tuple[TenderRecord, ...]
    unreadable: tuple[Unreadable, ...]
    diagnostics: tuple[Diagnostic, ...]
    unchanged: tuple[str, ...]
    raw_count: int
    total: int | None = None
    complete: bool = True
