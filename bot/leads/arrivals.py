"""Leads that people make, change, archive, delete or convert in Pipedrive. Each works in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.leads.models import Lead, Over
from bot.leads.trail import SUBJECT, copy_name, trail
from bot.records import service as records
from bot.records.fields import FieldKind, FieldSpec, as_text
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

TOGETHER = (
    ("title",),
    ("amount", "currency"),
    ("expected_closing_on",),
    ("client_id", "client_name"),
    ("contact_id",),
    ("owner_id", "owner_name"),
    ("origin",),
)
"""Fields of a lead that follow Pipedrive, in the groups that only make sense together."""
FOLLOWING = tuple(name for group in TOGETHER for name in group)


SPECS = (
    FieldSpec(name="owner_id", kind=FieldKind.PERSON),
    FieldSpec(name="client_id", kind=FieldKind.CLIENT),
    FieldSpec(name="contact_id", kind=FieldKind.CONTACT),
)
"""How the trail names whom a lead is linked to."""
STEPS = {
    Over.OPEN: "opened_there",
    Over.ARCHIVED: "archived_there",
    Over.DELETED: "deleted_there",
    Over.CONVERTED: "converted_there",
}


def alone(session: Session) -> None:
    """Nobody else writes leads until this transaction ends, so that two readers of one lead make one of it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"LOCK TABLE {Lead.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


def arrive(session: Session, values: Mapping[str, Any], *, made_at: datetime, announce: bool, now: datetime) -> Lead:
    """A lead that somebody made in Pipedrive; ``values`` has the names of :data:`FOLLOWING`. ``announce``: the tender
    channel gets its card.
    """
    lead = Lead(
        **values,
        made_there=True,
        announced=announce,
        created_at=made_at,
        created_by_id=None,
        revision=1,
        updated_at=now,
    )
    session.add(lead)
    copy_name(session, lead)
    after = {name: as_text(getattr(lead, name)) for name in FOLLOWING if getattr(lead, name) is not None}
    trail(session, lead, "arrived", None, now, after=after)
    if announce:
        want(session, Kind.LEAD_CARD, lead.id, now=now)
    return lead


def follow(
    session: Session, lead: Lead, before: Mapping[str, Any], after: Mapping[str, Any], *, now: datetime
) -> tuple[str, ...]:
    """Take over what changed in Pipedrive from ``before`` to ``after``, except what somebody changed here since; gives
    the fields that changed. An offer keeps what it took along.
    """
    if lead.offer_id is not None:
        return ()
    wanted: dict[str, Any] = {}
    for group in TOGETHER:
        known = all(name in before for name in group)
        ours = {name: getattr(lead, name) for name in group}
        was, will_be = ({name: side[name] for name in group} for side in (before, after)) if known else (ours, ours)
        if ours == was != will_be:
            wanted |= will_be
    changed = records.change(session, lead, SUBJECT, wanted, actor=None, now=now, specs=SPECS)
    if changed:
        copy_name(session, lead)
        redraw(session, Kind.LEAD_CARD, lead.id, now=now)
    return changed


def stands(session: Session, lead: Lead, over: Over, *, at: datetime, now: datetime) -> bool:
    """Note how it stands in Pipedrive, since ``at``; False when that is known. Its card says so."""
    if lead.over is over:
        return False
    before = lead.over
    lead.over, lead.over_at = over, (at if over is not Over.OPEN else None)
    lead.revision += 1
    lead.updated_at = now
    session.flush()
    trail(session, lead, STEPS[over], None, now, before={"over": before.value}, after={"over": over.value})
    redraw(session, Kind.LEAD_CARD, lead.id, now=now)
    return True
