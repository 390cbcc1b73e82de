"""From a source's record to a row, and from a row to the facts that the rules compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.tenders.matching import Match, match
from bot.tenders.rules import Facts
from bot.tenders.titles import Title, readable_title
from bot.tenders.wording import budget, clean, fold, procurement_clause, tender_number

if TYPE_CHECKING:
    from bot.config import Company
    from bot.tenders.models import Tender
    from bot.tenders.words import Source

_NUMBER_LIMIT = 60
_RANGE_LIMIT = 60
_ENTITY_LIMIT = 200
_URL_LIMIT = 400


class TenderRecord(Protocol):
    """One tender as a source reads it; ``integrations.esa.TenderRecord`` is one. All times are aware."""

    @property
    def native_id(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def raw_title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def tanumber(self) -> str | None: ...
    @property
    def description(self) -> str: ...
    @property
    def type_id(self) -> int | None: ...
    @property
    def status_id(self) -> int | None: ...
    @property
    def opens_at(self) -> datetime | None: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def clarification_at(self) -> datetime | None: ...
    @property
    def extension_at(self) -> datetime | None: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def countries(self) -> Sequence[str]: ...
    @property
    def products(self) -> Sequence[int]: ...
    @property
    def technologies(self) -> Sequence[int]: ...
    @property
    def is_cancelled(self) -> bool: ...
    @property
    def is_archived(self) -> bool: ...
    @property
    def price_range(self) -> str | None: ...
    @property
    def entity_name(self) -> str | None: ...
    @property
    def raw(self) -> Mapping[str, Any]: ...


class UnreadableItem(Protocol):
    """What a source sent and nobody could read; ``integrations.esa.Unreadable`` is one."""

    @property
    def raw(self) -> Any: ...  # noqa: ANN401  whatever the portal sent
    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A record, read: the columns of its row, its title and how it matches."""

    columns: dict[str, Any]
    title: Title
    match: Match


def read(record: TenderRecord, source: Source, company: Company) -> Reading:
    """Make the columns that come from the source. Texts too long for their column are cut; ``raw`` keeps them whole."""
    title = readable_title(clean(record.raw_title), frozenset(map(fold, company.watch.acronyms)))
    description = clean(record.description, lines=True)
    number = tender_number(clean(record.tanumber or ""))
    entity = clean(record.entity_name or "")[:_ENTITY_LIMIT]
    verdict = match(company.watch, record, source.value)
    columns = {
        "number": number[:_NUMBER_LIMIT] if number else None,
        "raw_title": clean(record.raw_title),
        "title": title.text,
        "tags": list(title.tags),
        "description": description,
        "search_text": fold(f"{number or ''} {title.text} {clean(record.raw_title)} {entity} {description}"),
        "type_id": record.type_id,
        "status_id": record.status_id,
        "published_at": record.published_at,
        "opens_at": record.opens_at,
        "closes_at": record.closes_at,
        "clarification_at": record.clarification_at,
        "extension_at": record.extension_at,
        "countries": list(record.countries),
        "products": list(record.products),
        "technologies": list(record.technologies),
        "clause": procurement_clause(description),
        "price_range": (clean(record.price_range or "") or budget(description) or "")[:_RANGE_LIMIT] or None,
        "entity": entity or None,
        "url": record.url if len(record.url) <= _URL_LIMIT else None,
        "cancelled": record.is_cancelled,
        "archived": record.is_archived,
        "raw": dict(record.raw),
        "content_hash": record.content_hash,
        "matched": verdict.matched,
        "match_score": verdict.score,
        "match_reasons": [reason.stored() for reason in verdict.reasons],
    }
    return Reading(columns, title, verdict)


def facts_of(tender: Tender) -> Facts:
    """What the rules compare, from the row."""
    return Facts(
        title=tender.raw_title,
        status_id=tender.status_id,
        published_at=tender.published_at,
        closes_at=tender.closes_at,
        clarification_at=tender.clarification_at,
        cancelled=tender.cancelled,
        archived=tender.archived,
        rest=(
            tender.number,
            tender.description,
            tender.type_id,
            tender.opens_at,
            tender.extension_at,
            tuple(tender.countries),
            tuple(tender.products),
            tuple(tender.technologies),
            tender.price_range,
            tender.entity,
            tender.url,
        ),
    )
