"""Offers that belong together: extensions, roll-outs. Each pair stands once, whichever offer it was entered on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotFound
from bot.offers import entries
from bot.offers import service as offers
from bot.offers.models import Association, AssociationKind, Offer
from bot.records import service as records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.records.fields import FieldSpec

FIRST_CHOICES = 25
"""How many offers a picker begins with."""


@dataclass(frozen=True, slots=True)
class Associated:
    """The other offer of a pair, as one of them lists it."""

    id: int
    kind: AssociationKind
    note: str | None
    other: Offer


def associate(
    session: Session,
    offer_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    actor: Person,
    now: datetime,
) -> Association:
    """Put two offers together, as ``fields.association`` was typed. The owner, the team and those who steer offers may.

    Raises :class:`Invalid` at ``other_id``: the offer itself, or one that is associated already.
    """
    offers.require_part(session, offers.by_id(session, offer_id), actor, now, team=True)
    values = records.read(session, specs, typed, actor)
    other_id = values["other_id"]
    if other_id == offer_id:
        raise Invalid({"other_id": ("errors.associated_with_itself", {})})
    # Always the lower id first, so that two people who enter the same pair from both sides wait for each other.
    first, second = (offers.locked(session, one) for one in sorted((offer_id, other_id)))
    known = sa.select(Association.id).where(Association.first_id == first.id, Association.second_id == second.id)
    if session.scalar(known) is not None:
        raise Invalid({"other_id": ("errors.already_associated", {})})
    made = Association(
        first_id=first.id,
        second_id=second.id,
        kind=values["kind"],
        note=values["note"],
        created_at=now,
        created_by_id=actor.id,
    )
    session.add(made)
    session.flush()
    _changed(session, made, "association.added", actor, now)
    return made


def by_id(session: Session, association_id: int) -> Association:
    """The pair with this id, held until this transaction ends; raises :class:`NotFound`."""
    found = session.get(Association, association_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def separate(session: Session, association_id: int, *, actor: Person, now: datetime) -> Association:
    """Take a pair apart; it can be entered again. Who works on either offer may. Raises :class:`NotFound`."""
    found = by_id(session, association_id)
    first, second = offers.by_id(session, found.first_id), offers.by_id(session, found.second_id)
    offers.require_part_of_any(session, (first, second), actor, now)
    _changed(session, found, "association.removed", actor, now)
    session.delete(found)
    session.flush()
    return found


def _changed(session: Session, pair: Association, action: str, actor: Person, now: datetime) -> None:
    said: dict[str, Any] = {"first": pair.first_id, "second": pair.second_id, "kind": pair.kind.value}
    audit.record(
        session, now=now, action=action, subject="association", subject_id=pair.id, actor_id=actor.id, after=said
    )
    for offer_id in (pair.first_id, pair.second_id):
        entries.changed(session, offers.locked(session, offer_id), actor=actor, now=now)


def of_offer(session: Session, offer_id: int) -> list[Associated]:
    """The offers that belong to this one, oldest association first."""
    statement = (
        sa.select(Association, Offer)
        .join(
            Offer,
            sa.or_(
                sa.and_(Association.first_id == offer_id, Offer.id == Association.second_id),
                sa.and_(Association.second_id == offer_id, Offer.id == Association.first_id),
            ),
        )
        .order_by(Association.id)
    )
    return [Associated(pair.id, pair.kind, pair.note, other) for pair, other in session.execute(statement)]


def candidates(session: Session, offer: Offer) -> list[Offer]:
    """What the picker begins with: offers of the same client first, then the newest."""
    same = sa.case((Offer.client_id == offer.client_id, 0), else_=1)
    statement = sa.select(Offer).where(Offer.id != offer.id).order_by(same, Offer.chrono.desc())
    return list(session.scalars(statement.limit(FIRST_CHOICES)))
