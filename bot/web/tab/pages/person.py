"""One person: roles and deputies, each change seen in advance by its address and carried out by a press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import Invalid, NotFound
from bot.people import service as people
from bot.people.grants import standing_grants
from bot.people.models import APPROVERS, Role
from bot.teams import appointments
from bot.teams.dispatch import worded_error
from bot.web.tab.asked import Asked, Page
from bot.web.tab.drawing import HOME
from bot.web.tab.foreseen import WARNINGS, Foreseen, deputy_foreseen, role_foreseen, withdrawal_foreseen
from cards import words
from cards.fields import Field
from cards.formats import local
from cards.settings_forms import GIVE, TAKE
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.people.models import Deputy, Person, RoleGrant
    from bot.teams.appointments import DeputyChange, RoleChange
    from bot.teams.typed import Problems
    from cards.views.reader import Sentence

DEPUTY, WITHDRAW = "deputy", "withdraw"
"""Further values of ``change`` in the address, beside those of a role."""
SENT: Mapping[str, tuple[str, ...]] = {
    GIVE: (Field.CHANGE, Field.ROLE, Field.FROM, Field.UNTIL),
    TAKE: (Field.CHANGE, Field.ROLE),
    DEPUTY: (Field.CHANGE, Field.DEPUTY, Field.FROM, Field.UNTIL),
    WITHDRAW: (),
}
"""What the press sends of each change: exactly what was foreseen."""
SHOWN: Mapping[str, frozenset[str]] = {
    GIVE: frozenset(SENT[GIVE]) - {Field.CHANGE},
    DEPUTY: frozenset(SENT[DEPUTY]) - {Field.CHANGE},
}
"""The fields with a place for their mistakes; any other mistake stands above the forms."""


@dataclass(frozen=True, slots=True)
class Span:
    """A role from a day on (None: it counts already) until another, included (None: until further notice)."""

    role: words.Role
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody stands in, both days included. ``id`` names the row."""

    id: int
    name: str
    starts_on: date
    ends_on: date


def show(asked: Asked) -> Page:
    """The person, and what the change in the address would do."""
    turn, person = asked.turn, _person(asked)
    typed = {} if asked.said is not None else dict(asked.query)
    change = typed.get("change", "")
    problems: Problems = dict(asked.failed.fields) if asked.failed is not None else {}
    foreseen = None if problems or change not in SENT else _foreseen(asked, person, change, problems)
    shown = {name: worded_error(*said) for name, said in problems.items()}
    held = people.roles_of(turn.session, person, turn.now)
    everybody = people.everybody(turn.session, turn.inbound.tenant_id)
    path = f"/people/{person.id}"
    return Page(
        "person.html",
        person.name,
        "people",
        {
            "person": person,
            "language": words.Language(person.language),
            "path": path,
            "spans": [_span(asked, one) for one in standing_grants(turn.session, person, turn.now)],
            "roles": [words.Role(role.value) for role in Role],
            "votes": not held.isdisjoint(APPROVERS),
            "deputies": [_standing(row, one) for row, one in people.standing_deputies(turn.session, person, turn.now)],
            "others": [one for one in everybody if one.id != person.id],
            "change": change,
            "typed": typed,
            "problems": shown,
            "above": [said for name, said in shown.items() if name not in SHOWN.get(change, ())],
            "foreseen": foreseen,
            "warnings": WARNINGS,
            "press": _press(path, change, typed),
            "sent": {name: typed.get(name, "") for name in SENT.get(change, ())},
        },
        address=HOME + path if asked.said is not None else "",
    )


def _person(asked: Asked) -> Person:
    """Somebody of the admin's own company; raises :class:`NotFound`."""
    person = people.by_id(asked.turn.session, asked.number("person"))
    if person.tenant_id != asked.turn.inbound.tenant_id or person.guest:
        raise NotFound
    return person


def _span(asked: Asked, grant: RoleGrant) -> Span:
    reader = asked.turn.reader
    starts = local(grant.valid_from, reader).date() if grant.valid_from > asked.turn.now else None
    ends = local(grant.valid_to, reader).date() if grant.valid_to is not None else None
    return Span(words.Role(grant.role.value), starts, ends)


def _standing(row: Deputy, deputy: Person) -> Standing:
    return Standing(row.id, deputy.name, row.starts_on, row.ends_on)


def _press(path: str, change: str, typed: Mapping[str, str]) -> str:
    """Where the press goes that carries out what was foreseen."""
    if change == WITHDRAW:
        return f"{path}/deputies/{typed.get('row', '')}/withdraw"
    return f"{path}/deputies" if change == DEPUTY else f"{path}/roles"


def _foreseen(asked: Asked, person: Person, change: str, problems: Problems) -> Foreseen | None:
    try:
        if change == WITHDRAW:
            return withdrawal_foreseen(asked, person, *_deputy_row(asked, person, asked.words("row")))
        if change == DEPUTY:
            return deputy_foreseen(asked, person, _deputy_change(asked, person))
        return role_foreseen(asked, person, _role_change(asked, person))
    except Invalid as error:
        problems.update(error.fields)
        return None


def _role_change(asked: Asked, person: Person) -> RoleChange:
    """What was typed, checked; raises :class:`Invalid`."""
    problems: Problems = {}
    change = appointments.read_role(asked.query, asked.turn.person.time_zone, problems)
    if change is None:
        raise Invalid(problems)
    standing = {one.role for one in standing_grants(asked.turn.session, person, asked.turn.now)}
    if not change.gives and change.role not in standing:
        raise Invalid({Field.ROLE: ("tab.error_not_held", {"name": person.name})})
    appointments.check_role(asked.turn.session, person, change, asked.turn.now)
    return change


def _deputy_change(asked: Asked, principal: Person) -> DeputyChange:
    """What was typed, checked; raises :class:`Invalid`."""
    turn, wanted = asked.turn, asked.words(Field.DEPUTY)
    everybody = people.everybody(turn.session, turn.inbound.tenant_id)
    deputy = next((one for one in everybody if str(one.id) == wanted), None)
    problems: Problems = {}
    change = appointments.read_deputy(asked.query, deputy, problems)
    if change is None:
        raise Invalid(problems)
    people.check_declare_deputy(
        turn.session,
        principal=principal,
        deputy=change.deputy,
        starts_on=change.starts_on,
        ends_on=change.ends_on,
        now=turn.now,
    )
    return change


def _deputy_row(asked: Asked, principal: Person, wanted: str) -> tuple[Deputy, Person]:
    """One of this principal's own rows, whatever a forged address says; raises :class:`NotFound`."""
    for row, deputy in people.standing_deputies(asked.turn.session, principal, asked.turn.now):
        if str(row.id) == wanted:
            return row, deputy
    raise NotFound


def change_role(asked: Asked) -> Sentence:
    """Give or take the role."""
    turn, person = asked.turn, _person(asked)
    change = _role_change(asked, person)
    appointments.change_role(turn.session, person, change, actor=turn.person, now=turn.now)
    role = words.Role(change.role.value)
    if not change.gives:
        return sentence("tab.said_role_taken", name=person.name, role=role)
    if change.starts_at is not None and change.starts_at > turn.now:
        starts = local(change.starts_at, turn.reader).date()
        return sentence("tab.said_role_later", name=person.name, role=role, starts=starts)
    return sentence("tab.said_role_given", name=person.name, role=role)


def name_deputy(asked: Asked) -> Sentence:
    """Name somebody to stand in."""
    turn, person = asked.turn, _person(asked)
    change = _deputy_change(asked, person)
    appointments.name_deputy(turn.session, person, change, actor=turn.person, now=turn.now)
    return sentence(
        "tab.said_deputy", deputy=change.deputy.name, name=person.name, starts=change.starts_on, ends=change.ends_on
    )


def withdraw_deputy(asked: Asked) -> Sentence:
    """End a deputy's time."""
    turn, person = asked.turn, _person(asked)
    row, deputy = _deputy_row(asked, person, asked.path["row"])
    appointments.withdraw_deputy(turn.session, row.id, actor=turn.person, now=turn.now)
    return sentence("tab.said_withdrawn", deputy=deputy.name, name=person.name)
