"""The roles of one person with their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.people.models import RoleGrant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person


def standing_grants(session: Session, person: Person, now: datetime) -> list[RoleGrant]:
    """The grants that count now or later, the earliest first. Times are in UTC; a guest has none."""
    if person.guest:
        return []
    statement = sa.select(RoleGrant).where(
        RoleGrant.person_id == person.id, sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now)
    )
    return list(session.scalars(statement.order_by(RoleGrant.valid_from, RoleGrant.id)))
