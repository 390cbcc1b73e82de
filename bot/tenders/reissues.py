"""Linking re-issues: a repeated tender is a new record of the portal, with the old number or with it in the title."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.tenders.models import Source, Tender
from bot.tenders.records import Reading

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def link_reissues(
    session: Session, source: Source, made: Sequence[tuple[Tender, Reading]]
) -> list[tuple[Tender, Tender]]:
    """Point each new row that repeats a tender to it; returns the pairs (original, its new re-issue).

    An old record that comes late (the portal fills in) is put before the one that repeats it, and makes no pair.
    """
    families = _families(session, source, made)
    fresh = {tender.id for tender, _ in made}
    pairs = []
    for number in {tender.number for tender, _ in made if tender.number}:
        for original, reissue in pairwise(families.get(number, [])):
            if original.id in fresh or reissue.id in fresh:
                reissue.reissue_of_id = original.id
                pairs += [(original, reissue)] if reissue.id in fresh else []
    for tender, reading in made:
        named = families.get(reading.title.reissue_of or "", [])
        older = next((one for one in reversed(named) if _age(one) < _age(tender)), None)
        if older is not None and tender.reissue_of_id is None:
            tender.reissue_of_id = older.id
            pairs.append((older, tender))
    return pairs


def superseded(session: Session, source: Source) -> frozenset[int]:
    """The ids of the tenders that a later one repeats: that one is worth posting, not these."""
    statement = sa.select(Tender.reissue_of_id).where(Tender.source == source, Tender.reissue_of_id.is_not(None))
    return frozenset(key for key in session.scalars(statement) if key is not None)


def _families(session: Session, source: Source, made: Sequence[tuple[Tender, Reading]]) -> dict[str, list[Tender]]:
    """The tenders behind each number that stands more than once or is named in a new title, oldest first."""
    named = {reading.title.reissue_of for _, reading in made if reading.title.reissue_of}
    own = {tender.number for tender, _ in made if tender.number}
    # Asked of the whole table: as many parameters as a large file has records, no database takes.
    shared = sa.select(Tender.number).where(Tender.source == source, Tender.number.is_not(None))
    repeated = session.scalars(shared.group_by(Tender.number).having(sa.func.count() > 1))
    wanted = named | own.intersection(repeated)
    families: dict[str, list[Tender]] = {}
    if wanted:
        statement = sa.select(Tender).where(Tender.source == source, Tender.number.in_(wanted))
        for tender in sorted(session.scalars(statement), key=_age):
            families.setdefault(str(tender.number), []).append(tender)
    return families


def _age(tender: Tender) -> tuple[datetime, int, int]:
    """What sorts records by when the portal made them: publication first, then its own counter."""
    native = int(tender.native_id) if tender.native_id.isascii() and tender.native_id.isdigit() else 0
    return (tender.published_at or _LONG_AGO, native, tender.id)
