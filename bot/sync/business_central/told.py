"""What notifications are about, read again: contacts and customers one by one, and our own records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.sync.differences import Memory
from bot.sync.marks import look_asked
from bot.sync.models import Kind, LedgerRow, LedgerState
from integrations.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from bot.sync.business_central.listings import Listing
    from bot.sync.business_central.records import Found
    from integrations.business_central import BusinessCentral

KINDS = {"opportunities": Kind.OPPORTUNITY, "projects": Kind.PROJECT}
"""By the entity set that notifications name."""
DELETED = "business_central: it was deleted there; trying again makes it anew"


async def read_each(central: BusinessCentral, listing: Listing, ids: Collection[UUID]) -> dict[UUID, Found | None]:
    """The records of a listing as they stand there now; None for one that is gone."""
    if listing.one is None:
        return {}
    return {record_id: await listing.one(central, record_id) for record_id in sorted(ids)}


async def deleted_there(central: BusinessCentral, entity_set: str, ids: Collection[UUID | None]) -> frozenset[UUID]:
    """Which of our records are really gone."""
    read = {"opportunities": central.opportunity_by_id, "projects": central.project_by_id}.get(entity_set)
    known = sorted(one for one in ids if one is not None)
    return frozenset([one for one in known if read is not None and await read(one) is None])


def compare_anew(
    session: Session, entity_set: str, changed: Mapping[UUID, datetime], gone: Collection[UUID], now: datetime
) -> None:
    """Have our opportunities and projects among these compared with what is wanted, unless our own last write changed
    them. One that somebody deleted over there is a person's matter: made anew by itself, it would come back as often as
    they delete it.
    """
    kind = KINDS.get(entity_set)
    times = {str(record_id): at for record_id, at in changed.items()}
    if kind is None or not times:
        return
    rows = sa.select(LedgerRow).where(LedgerRow.kind == kind, LedgerRow.remote["id"].as_string().in_(times))
    # Offer by offer, as whoever marks the records of several offers goes.
    for row in session.scalars(rows.order_by(LedgerRow.subject_id).with_for_update()):
        memory = Memory.of(row.remote)
        if memory is None:
            continue
        if memory.id in {str(one) for one in gone}:
            row.remote, row.state, row.not_before = None, LedgerState.MANUAL, now
            row.error_class, row.error = Permanent.__name__, DELETED
        else:
            asked = look_asked(memory, times[memory.id])
            if asked is None:
                continue
            row.remote = asked.as_remote()
        row.wanted_version, row.updated_at = row.wanted_version + 1, now
