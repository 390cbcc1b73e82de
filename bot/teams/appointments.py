"""Roles and deputies as somebody types them: read and carried out in one place, for chat and for the tab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.decisions import service as decisions
from bot.people import service as people
from bot.people.models import Role
from bot.teams.typed import Problems, chosen, day
from cards.fields import Field
from cards.settings_forms import GIVE, TAKE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from bot.people.models import Deputy, Person


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role to give or to take. Given, it counts from ``starts_at`` (None: now) until ``ends_at`` (None: until further
    notice).
    """

    role: Role
    gives: bool
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeputyChange:
    """Somebody to stand in, both days included, in the principal's time zone."""

    deputy: Person
    starts_on: date
    ends_on: date


def read_role(typed: Mapping[str, object], time_zone: str, problems: Problems) -> RoleChange | None:
    """What was typed about a role; None, with problems at the fields, when it cannot be read.

    Days begin and end in ``time_zone``, that of who types them.
    """
    role, change, first, last = (str(typed.get(name) or "") for name in (Field.ROLE, Field.CHANGE, *_DAYS))
    if role not in set(Role):
        problems[Field.ROLE] = ("errors.choice", {})
    chosen(Field.CHANGE, change, {GIVE, TAKE}, problems)
    starts, ends = day(Field.FROM, first, problems), day(Field.UNTIL, last, problems)
    if problems:
        return None
    starts_at = datetime.combine(starts, time.min, ZoneInfo(time_zone)) if starts else None
    ends_at = datetime.combine(ends, time.max, ZoneInfo(time_zone)) if ends else None
    return RoleChange(Role(role), change != TAKE, starts_at, ends_at)


_DAYS = (Field.FROM, Field.UNTIL)


def read_deputy(typed: Mapping[str, object], deputy: Person | None, problems: Problems) -> DeputyChange | None:
    """What was typed about a deputy, whom the caller looked for; None, with problems at the fields, else."""
    if deputy is None:
        problems[Field.DEPUTY] = ("errors.unknown_person", {})
    starts, ends = (day(name, str(typed.get(name) or ""), problems, required=True) for name in _DAYS)
    if problems or deputy is None or starts is None or ends is None:
        return None
    return DeputyChange(deputy, starts, ends)


def check_role(session: Session, person: Person, change: RoleChange, now: datetime) -> None:
    """Raise what :func:`change_role` would raise; nothing is changed."""
    if change.gives:
        people.check_give_role(
            session, person=person, role=change.role, now=now, valid_from=change.starts_at, valid_to=change.ends_at
        )
    else:
        people.check_take_role(session, person=person, role=change.role, now=now)


def change_role(session: Session, person: Person, change: RoleChange, *, actor: Person, now: datetime) -> None:
    """Give or take the role; who may vote in an open round now is asked. Raises :class:`Invalid` at the fields."""
    if change.gives:
        people.give_role(
            session,
            person=person,
            role=change.role,
            valid_from=change.starts_at,
            valid_to=change.ends_at,
            now=now,
            actor=actor,
        )
    else:
        people.take_role(session, person=person, role=change.role, now=now, actor=actor)
    decisions.ask_anew(session, now)


def name_deputy(session: Session, principal: Person, change: DeputyChange, *, actor: Person, now: datetime) -> Deputy:
    """Name the deputy, who is asked in the open rounds. Raises :class:`Invalid` at the fields."""
    declared = people.declare_deputy(
        session,
        principal=principal,
        deputy=change.deputy,
        starts_on=change.starts_on,
        ends_on=change.ends_on,
        now=now,
        actor=actor,
    )
    decisions.ask_anew(session, now)
    return declared


def withdraw_deputy(session: Session, row_id: int, *, actor: Person, now: datetime) -> Deputy:
    """End a deputy's time at once; the cards of the open rounds show it."""
    withdrawn = people.withdraw_deputy(session, deputy_row_id=row_id, now=now, actor=actor)
    decisions.ask_anew(session, now)
    return withdrawn
