"""Which stays on a team are possible: whose, and on which days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import Invalid
from bot.people.models import Person
from bot.people.service import today_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.offers.models import TeamMember, TeamRole
    from bot.records.fields import Problems


def is_over(left_on: date | None, actor: Person, now: datetime) -> bool:
    """Whether a last day has passed, where the actor is."""
    return left_on is not None and left_on < today_of(actor, now)


def same_day(stays: Iterable[TeamMember], person_id: int, day: date) -> TeamMember | None:
    """The stay of somebody that began on this day and ended: coming back the same day goes on with it."""
    return next((stay for stay in stays if stay.person_id == person_id and stay.joined_on == day and stay.gone), None)


def check_each_once(members: Sequence[tuple[Person, TeamRole]]) -> None:
    """Raise :class:`Invalid` at ``member_1`` … for guests and for who is named twice."""
    fields: Problems = {}
    seen: set[int] = set()
    for number, (person, _role) in enumerate(members, start=1):
        if person.guest:
            fields[f"member_{number}"] = ("errors.guest_role", {"name": person.name})
        elif person.id in seen:
            fields[f"member_{number}"] = ("errors.twice", {"name": person.name})
        seen.add(person.id)
    if fields:
        raise Invalid(fields)


def wrong_person(session: Session, stays: Sequence[TeamMember], values: Mapping[str, Any]) -> Problems:
    """Why this person cannot be added to these stays, as a problem of their field."""
    person = session.get_one(Person, values["person_id"])
    if person.guest:
        return {"person_id": ("errors.guest_role", {"name": person.name})}
    if any(stay.person_id == person.id and not stay.gone for stay in stays):
        return {"person_id": ("errors.team_twice", {"name": person.name})}
    return {}


def require_no_overlap(stays: Sequence[TeamMember], person_id: int, first: date, last: date | None) -> None:
    """Raise :class:`Invalid` for days on which the person is on the team already."""
    problems = overlap(stays, person_id, first, last)
    if problems:
        raise Invalid(problems)


def overlap(stays: Sequence[TeamMember], person_id: int, first: date, last: date | None) -> Problems:
    """A day of leaving may be the day of coming back; any other day belongs to one stay."""
    for stay in stays:
        began_before = last is None or stay.joined_on < last
        ended_after = stay.left_on is None or stay.left_on > first
        if stay.person_id == person_id and ((began_before and ended_after) or stay.joined_on == first):
            return {"joined_on": ("team.error_overlap", {"first": stay.joined_on})}
    return {}
