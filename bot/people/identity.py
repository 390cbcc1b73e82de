"""Who an activity is from: what most turns need to know of a person, without an object of the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.people.models import Person
from bot.statements import Prepared, adopt

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as this transaction read them. An object of the session would cost as much as three statements."""

    id: int
    name: str
    teams_user_id: str | None
    language: str
    time_zone: str
    guest: bool
    row: tuple[Any, ...] = field(repr=False, compare=False)
    """The whole row, for :func:`as_person`."""


Known = Identity | Person
"""A person, whichever way they were read."""

_FIELDS = tuple(attribute.key for attribute in sa.inspect(Person).column_attrs)
_FIND = Prepared(
    sa.select(*(getattr(Person, name) for name in _FIELDS)).where(
        Person.tenant_id == sa.bindparam("tenant"), Person.entra_object_id == sa.bindparam("object")
    ),
    remembered=256,
)


def identify(session: Session, tenant_id: str, entra_object_id: str) -> Identity | None:
    """The person behind (tenant, Entra object id), if known."""
    session.flush()
    rows = _FIND.run(session, {"tenant": tenant_id, "object": entra_object_id})
    return _identity(rows[0]) if rows else None


def as_person(session: Session, identity: Identity) -> Person:
    """The same person as an object of the session."""
    return adopt(session, Person, dict(zip(_FIELDS, identity.row, strict=True)))


@lru_cache(256)
def _identity(row: tuple[Any, ...]) -> Identity:
    """Remembered, because the same people click again and again."""
    values = dict(zip(_FIELDS, row, strict=True))
    return Identity(
        id=values["id"],
        name=values["name"],
        teams_user_id=values["teams_user_id"],
        language=values["language"],
        time_zone=values["time_zone"],
        guest=values["guest"],
        row=row,
    )
