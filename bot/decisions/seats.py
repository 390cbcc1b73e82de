"""Who may vote for which seat: who holds its role, and who stands in for the holder today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from bot.errors import NotAllowed
from bot.people.identity import Known
from bot.people.models import Deputy, Person, Role, RoleGrant
from bot.statements import Prepared

_Standin = aliased(Person)
_NOW = sa.bindparam("moment", type_=RoleGrant.valid_from.type)
_HELD = sa.and_(
    RoleGrant.valid_from <= _NOW,
    sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > _NOW),
    Person.guest.is_(False),
)
_HOLDERS = Prepared(
    sa.select(
        RoleGrant.role,
        Person.id,
        Person.name,
        Person.teams_user_id,
        Person.time_zone,
        Deputy.starts_on,
        Deputy.ends_on,
        _Standin.id,
        _Standin.name,
        _Standin.teams_user_id,
    )
    .join(Person, Person.id == RoleGrant.person_id)
    .outerjoin(Deputy, sa.and_(Deputy.principal_id == Person.id, Deputy.revoked_at.is_(None)))
    .outerjoin(_Standin, sa.and_(_Standin.id == Deputy.deputy_id, _Standin.guest.is_(False)))
    .where(_HELD)
    .order_by(RoleGrant.id, Deputy.id),
    remembered=16,
)


class PersonRef(NamedTuple):
    """A person as a card names them. ``teams_user_id`` is None for somebody Teams has not shown us yet."""

    id: int
    name: str
    teams_user_id: str | None = None


class Place(NamedTuple):
    """A seat somebody may vote for: their own (``principal_id`` is themselves) or, as deputy, the principal's."""

    seat: Role
    principal_id: int
    own: bool


class Holder(NamedTuple):
    """Who holds a seat's role, and who stands in today."""

    seat: Role
    principal: PersonRef
    deputies: tuple[PersonRef, ...] = ()


def places_of(session: Session, actor: Known, seats: Sequence[str], now: datetime) -> tuple[Place, ...]:
    """The seats a person may vote for now: their own first, then those of the people they stand in for, each in
    the round's order.

    A guest has none. A deputy's days are those of the principal's time zone; a deputy has no deputy.
    """
    return () if actor.guest else _among(holders(session, seats, now), actor, seats)


def place_for(held: Iterable[Holder], actor: Known, seats: Sequence[str], wanted: str | None) -> Place:
    """The seat a click votes for: the wanted one if the person may, otherwise the first they may vote for. ``held``:
    who holds the seats, as :func:`holders` gives them.

    ``wanted`` comes from a card and proves nothing. Raises :class:`NotAllowed`, which names the seats, when there
    is none.
    """
    places = () if actor.guest else _among(held, actor, seats)
    if not places:
        raise NotAllowed(roles=tuple(Role(seat) for seat in seats))
    return next((place for place in places if place.seat == wanted), places[0])


def _among(held: Iterable[Holder], actor: Known, seats: Sequence[str]) -> tuple[Place, ...]:
    """``held`` stands in the order of ``seats``, and so does what is given: their own, then those of others."""
    me = actor.id
    own: dict[Role, Place] = {}
    for_others: dict[Role, Place] = {}
    for seat, principal, deputies in held:
        if seat not in seats:
            continue
        if principal.id == me:
            own.setdefault(seat, Place(seat, me, own=True))
        elif me in [person.id for person in deputies]:
            for_others.setdefault(seat, Place(seat, principal.id, own=False))
    return (*own.values(), *for_others.values())


def holders(session: Session, seats: Sequence[str], now: datetime) -> tuple[Holder, ...]:
    """Who holds the seats now, in the round's order, with today's deputies."""
    rows = _HOLDERS.run(session, {"moment": now})
    # The days of deputies are told apart by the calendar day of each principal.
    zones = {row[4] for row in rows if row[7] is not None}
    days = tuple([(zone, now.astimezone(ZoneInfo(zone)).date()) for zone in sorted(zones)])
    return _holders(tuple(rows), tuple(seats), days)


@lru_cache(maxsize=64)
def _holders(
    rows: tuple[tuple[Any, ...], ...], seats: tuple[str, ...], days: tuple[tuple[str, date], ...]
) -> tuple[Holder, ...]:
    """What was read, as holders; remembered, because roles change rarely and every vote asks."""
    today = dict(days)
    found: dict[tuple[Role, int], tuple[PersonRef, dict[int, PersonRef]]] = {}
    for role, *principal, zone, starts_on, ends_on, deputy_id, deputy_name, deputy_teams_id in rows:
        if role not in seats:
            continue
        person = PersonRef(*principal)
        _person, deputies = found.setdefault((role, person.id), (person, {}))
        if deputy_id is not None and starts_on <= today[zone] <= ends_on:
            deputies[deputy_id] = PersonRef(deputy_id, deputy_name, deputy_teams_id)
    return tuple(
        Holder(role, person, tuple(deputies.values()))
        for (role, _id), (person, deputies) in sorted(found.items(), key=lambda item: seats.index(item[0][0]))
    )


def people_behind(places: Sequence[Holder]) -> dict[int, PersonRef]:
    """Everybody who may act for these seats, each once."""
    people = {}
    for holder in places:
        for person in (holder.principal, *holder.deputies):
            people[person.id] = person
    return people
