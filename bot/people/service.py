"""Who somebody is and what they may do. Identity comes from the verified activity only, never from a card's payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot import audit
from bot.database import UtcDateTime
from bot.errors import Invalid, NotAllowed, NotFound
from bot.people.countries import COUNTRIES
from bot.people.identity import as_person, identify
from bot.people.models import APPROVERS, Deputy, Person, Role, RoleGrant
from bot.statements import Prepared
from bot.time_zones import time_zones

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.people.identity import Known

LANGUAGES = ("fr", "en")
DEFAULT_TIME_ZONE = "Europe/Paris"


def language_of(locale: str | None, default: str = "fr") -> str:
    """The supported language of a Teams locale such as ``fr-FR``; ``default`` when it is another one."""
    language = (locale or "")[:2].lower()
    return language if language in LANGUAGES else default


def time_zone_of(name: str | None) -> str:
    """A known IANA time zone; Europe/Paris when Teams sends none or an unknown one."""
    return name if name and name in time_zones() else DEFAULT_TIME_ZONE


def find(session: Session, tenant_id: str, entra_object_id: str) -> Person | None:
    """The person behind (tenant, Entra object id), if known."""
    identity = identify(session, tenant_id, entra_object_id)
    return None if identity is None else as_person(session, identity)


def register(  # noqa: PLR0913  an activity or a roster says this much about a person
    session: Session,
    *,
    tenant_id: str,
    entra_object_id: str,
    name: str,
    now: datetime,
    teams_user_id: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
    email: str | None = None,
    guest: bool = False,
) -> tuple[Person, bool]:
    """The person, registered on first contact.

    Later contacts keep the name, the Teams id and (unless set by hand) language and zone current.

    Returns the person and whether this was the first contact.
    """
    person = find(session, tenant_id, entra_object_id)
    if person is None:
        person = Person(
            tenant_id=tenant_id,
            entra_object_id=entra_object_id,
            teams_user_id=teams_user_id,
            name=name or entra_object_id,
            email=email,
            language=language_of(locale),
            time_zone=time_zone_of(time_zone),
            guest=guest,
            created_at=now,
            updated_at=now,
        )
        session.add(person)
        session.flush()
        audit.record(
            session, now=now, action="person.registered", subject="person", subject_id=person.id, actor_id=person.id
        )
        return person, True
    _keep_current(
        person, name=name, teams_user_id=teams_user_id, locale=locale, time_zone=time_zone, email=email, now=now
    )
    if guest:
        person.guest = True
    return person, False


def _keep_current(
    person: Person,
    *,
    name: str,
    teams_user_id: str | None,
    locale: str | None,
    time_zone: str | None,
    email: str | None,
    now: datetime,
) -> None:
    wanted: dict[str, str | None] = {"name": name, "teams_user_id": teams_user_id, "email": email}
    if not person.profile_set:
        wanted["language"] = language_of(locale, person.language) if locale else None
        wanted["time_zone"] = time_zone_of(time_zone) if time_zone else None
    for field, value in wanted.items():
        if value and getattr(person, field) != value:
            setattr(person, field, value)
            person.updated_at = now


def set_profile(
    session: Session, person: Person, *, language: str, time_zone: str, now: datetime, country: str = ""
) -> None:
    """A person chose language, time zone and country by hand; raises :class:`Invalid` at the field.

    ``country`` empty: as it was.
    """
    fields: dict[str, tuple[str, dict[str, Any]]] = {}
    if language not in LANGUAGES:
        fields["language"] = ("errors.language", {})
    if time_zone not in time_zones():
        fields["time_zone"] = ("errors.time_zone", {"value": time_zone})
    if country and country not in (*COUNTRIES, person.country):
        fields["country"] = ("errors.choice", {})
    if fields:
        raise Invalid(fields)
    country = country or person.country
    before = {"language": person.language, "time_zone": person.time_zone, "country": person.country}
    person.language, person.time_zone, person.country = language, time_zone, country
    person.profile_set, person.updated_at = True, now
    after = {"language": language, "time_zone": time_zone, "country": country}
    audit.record(
        session,
        now=now,
        action="person.profile",
        subject="person",
        subject_id=person.id,
        actor_id=person.id,
        before=before,
        after=after,
    )


def _valid(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(RoleGrant.valid_from <= now, sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now))


_MOMENT = sa.bindparam("now", type_=UtcDateTime())
_ROLES = Prepared(
    sa.select(RoleGrant.role).where(
        RoleGrant.person_id == sa.bindparam("person"),
        RoleGrant.valid_from <= _MOMENT,
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > _MOMENT),
    )
)


def roles_of(session: Session, person: Known, now: datetime) -> frozenset[Role]:
    """The roles a person holds now. Guests hold none, whatever was granted before they became one."""
    if person.guest:
        return frozenset()
    session.flush()
    return frozenset(row[0] for row in _ROLES.run(session, {"person": person.id, "now": now}))


def holders(session: Session, role: Role, now: datetime) -> list[Person]:
    """Everybody who holds a role now, by name."""
    statement = (
        sa.select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == role, _valid(now), Person.guest.is_(False))
    )
    return list(session.scalars(statement.order_by(Person.name, Person.id).distinct()))


def held_since(session: Session, roles: Collection[Role], now: datetime) -> dict[int, datetime]:
    """Everybody who holds one of these roles now, by id, with the moment since which they hold one of them."""
    statement = (
        sa.select(RoleGrant.person_id, sa.func.min(RoleGrant.valid_from))
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role.in_(roles), _valid(now), Person.guest.is_(False))
        .group_by(RoleGrant.person_id)
    )
    return dict(session.execute(statement).all())


def require(session: Session, person: Known, allowed: Collection[Role], now: datetime) -> None:
    """Raise :class:`NotAllowed`, which names who may, unless the person holds one of the roles."""
    if not roles_of(session, person, now).intersection(allowed):
        raise NotAllowed(roles=tuple(allowed))


def today_of(person: Person, now: datetime) -> date:
    """The calendar day it is for this person."""
    return now.astimezone(ZoneInfo(person.time_zone)).date()


def set_roles(
    session: Session, *, person: Person, roles: Iterable[Role], now: datetime, actor: Person | None
) -> frozenset[Role]:
    """Make these the roles of a person: missing ones are granted, others end now.

    ``actor`` None: the settings or an import.

    Raises :class:`Invalid` for a guest, and when an admin would take the last admin's role away.
    """
    wanted = frozenset(roles)
    if person.guest and wanted:
        raise Invalid({"person": ("errors.guest_role", {"name": person.name})})
    current = roles_of(session, person, now)
    if Role.ADMIN in current - wanted:
        _keep_an_admin(session, person, now, "roles")
    for role in sorted(wanted - current):
        session.add(
            RoleGrant(person_id=person.id, role=role, valid_from=now, granted_by_id=actor.id if actor else None)
        )
    _end_grants(session, person, set(Role) - wanted, now)
    if wanted != current:
        audit.record(
            session,
            now=now,
            action="person.roles",
            subject="person",
            subject_id=person.id,
            actor_id=actor.id if actor else None,
            before={"roles": sorted(current)},
            after={"roles": sorted(wanted)},
        )
    return wanted


def give_role(
    session: Session,
    *,
    person: Person,
    role: Role,
    now: datetime,
    actor: Person,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> None:
    """Give one role, now or from ``valid_from``, until further notice or ``valid_to``; it replaces what was granted.

    Raises :class:`Invalid` for a guest and for an end that is not after the beginning.
    """
    starts = check_give_role(session, person=person, role=role, now=now, valid_from=valid_from, valid_to=valid_to)
    _end_grants(session, person, {role}, now)
    session.add(RoleGrant(person_id=person.id, role=role, valid_from=starts, valid_to=valid_to, granted_by_id=actor.id))
    session.flush()
    audit.record(
        session,
        now=now,
        action="role.given",
        subject="person",
        subject_id=person.id,
        actor_id=actor.id,
        after={"role": role, "from": starts.isoformat(), "until": valid_to.isoformat() if valid_to else None},
    )


def check_give_role(
    session: Session,
    *,
    person: Person,
    role: Role,
    now: datetime,
    valid_from: datetime | None,
    valid_to: datetime | None,
) -> datetime:
    """Raise what :func:`give_role` would raise; nothing is changed. Returns from when on the role would count."""
    if person.guest:
        raise Invalid({"person": ("errors.guest_role", {"name": person.name})})
    starts = max(valid_from, now) if valid_from else now
    if valid_to is not None and valid_to <= starts:
        raise Invalid({"ends_on": ("errors.deputy_dates", {})})
    if role is Role.ADMIN and Role.ADMIN in roles_of(session, person, now) and (valid_to is not None or starts > now):
        _keep_an_admin(session, person, now, "ends_on" if valid_to is not None else "starts_on")
    return starts


def take_role(session: Session, *, person: Person, role: Role, now: datetime, actor: Person) -> None:
    """Take one role away, now. Raises :class:`Invalid` when nobody else would be admin."""
    check_take_role(session, person=person, role=role, now=now)
    _end_grants(session, person, {role}, now)
    audit.record(
        session,
        now=now,
        action="role.taken",
        subject="person",
        subject_id=person.id,
        actor_id=actor.id,
        before={"role": role},
    )


def check_take_role(session: Session, *, person: Person, role: Role, now: datetime) -> None:
    """Raise what :func:`take_role` would raise; nothing is changed."""
    if role is Role.ADMIN and Role.ADMIN in roles_of(session, person, now):
        _keep_an_admin(session, person, now, "role")


def _keep_an_admin(session: Session, person: Person, now: datetime, field: str) -> None:
    """Raise :class:`Invalid` at ``field`` unless somebody else is admin now and until further notice."""
    statement = (
        sa.select(RoleGrant.id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role == Role.ADMIN,
            RoleGrant.person_id != person.id,
            RoleGrant.valid_from <= now,
            RoleGrant.valid_to.is_(None),
            Person.guest.is_(False),
        )
    )
    if session.scalar(statement.limit(1)) is None:
        raise Invalid({field: ("errors.last_admin", {})})


def _end_grants(session: Session, person: Person, roles: Collection[Role], now: datetime) -> None:
    """End what holds now and drop what would begin later."""
    mine = sa.and_(RoleGrant.person_id == person.id, RoleGrant.role.in_(sorted(roles)))
    session.execute(sa.delete(RoleGrant).where(mine, RoleGrant.valid_from > now))
    session.execute(sa.update(RoleGrant).where(mine, _valid(now)).values(valid_to=now))
    session.flush()


def declare_deputy(
    session: Session, *, principal: Person, deputy: Person, starts_on: date, ends_on: date, now: datetime, actor: Person
) -> Deputy:
    """Let ``deputy`` vote for ``principal`` from ``starts_on`` to ``ends_on`` inclusive.

    Approvers may name their own deputy, admins anybody's.
    """
    if actor.id != principal.id:
        require(session, actor, (Role.ADMIN,), now)
    check_declare_deputy(session, principal=principal, deputy=deputy, starts_on=starts_on, ends_on=ends_on, now=now)
    row = Deputy(
        principal_id=principal.id, deputy_id=deputy.id, starts_on=starts_on, ends_on=ends_on, granted_by_id=actor.id
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        now=now,
        action="deputy.declared",
        subject="person",
        subject_id=principal.id,
        actor_id=actor.id,
        after={"deputy": deputy.id, "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()},
    )
    return row


def check_declare_deputy(
    session: Session, *, principal: Person, deputy: Person, starts_on: date, ends_on: date, now: datetime
) -> None:
    """Raise what :func:`declare_deputy` would raise about these people and days; nothing is changed."""
    fields = {}
    if not roles_of(session, principal, now).intersection(APPROVERS):
        fields["principal"] = ("errors.deputy_principal", {"name": principal.name})
    if deputy.id == principal.id:
        fields["deputy"] = ("errors.deputy_oneself", {})
    elif deputy.guest:
        fields["deputy"] = ("errors.guest_role", {"name": deputy.name})
    if ends_on < starts_on or ends_on < today_of(principal, now):
        fields["ends_on"] = ("errors.deputy_dates", {})
    if fields:
        raise Invalid(fields)


def standing_deputies(session: Session, principal: Person, now: datetime) -> list[tuple[Deputy, Person]]:
    """Who stands in for a person today or later, the earliest first; several may overlap."""
    statement = (
        sa.select(Deputy, Person)
        .join(Person, Person.id == Deputy.deputy_id)
        .where(
            Deputy.principal_id == principal.id,
            Deputy.ends_on >= today_of(principal, now),
            Deputy.revoked_at.is_(None),
            Person.guest.is_(False),
        )
    )
    rows = session.execute(statement.order_by(Deputy.starts_on, Deputy.id))
    return [(row, person) for row, person in rows]


def withdraw_deputy(session: Session, *, deputy_row_id: int, now: datetime, actor: Person) -> Deputy:
    """End a deputy's time at once; ballots already cast stay. Principals withdraw their own, admins anybody's.

    Withdrawing twice changes nothing. Raises :class:`NotFound` and :class:`NotAllowed`.
    """
    row = session.get(Deputy, deputy_row_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise NotFound
    if actor.id != row.principal_id:
        require(session, actor, (Role.ADMIN,), now)
    if row.revoked_at is not None:
        return row
    row.revoked_at = now
    session.flush()
    audit.record(
        session,
        now=now,
        action="deputy.withdrawn",
        subject="person",
        subject_id=row.principal_id,
        actor_id=actor.id,
        before={"deputy": row.deputy_id, "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()},
    )
    return row


def by_id(session: Session, person_id: int) -> Person:
    """The person with this id; raises :class:`NotFound`."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def everybody(session: Session, tenant_id: str) -> list[Person]:
    """Every known person of a tenant who is not a guest, by name: the choices of a dialog."""
    statement = sa.select(Person).where(Person.tenant_id == tenant_id, Person.guest.is_(False))
    return list(session.scalars(statement.order_by(Person.name, Person.id)))


def grant_first_admins(session: Session, tenant_id: str, entra_object_ids: Collection[str], now: datetime) -> int:
    """Give the admin role to those named in the settings who are known by now and do not hold it; returns how many."""
    granted = 0
    for object_id in entra_object_ids:
        person = find(session, tenant_id, object_id)
        if person is not None and not person.guest:
            roles = roles_of(session, person, now)
            if Role.ADMIN not in roles:
                set_roles(session, person=person, roles=roles | {Role.ADMIN}, now=now, actor=None)
                granted += 1
    return granted
