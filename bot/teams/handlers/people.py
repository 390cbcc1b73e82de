"""Roles, deputies and the own profile."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.errors import Invalid
from bot.people import service as people
from bot.people.models import APPROVERS, Role
from bot.teams.answers import Answer, Open, Say
from bot.teams.context import Payload, Turn
from bot.teams.handlers.evaluations import chosen_person
from bot.teams.typed import Problems, chosen, day
from cards import words
from cards.fields import Field
from cards.settings_forms import GIVE, TAKE, deputy_form, profile_form, roles_form
from cards.views.forms import DeputyChoice, DeputyFormView, ProfileFormView, RolesFormView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.people.models import Deputy, Person
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed


class PersonPayload(Payload):
    """What the three dialogs send."""

    person: str = ""
    deputy: str = ""
    withdraw: str = ""
    role: str = ""
    change: str = ""
    starts_on: str = ""
    ends_on: str = ""
    language: str = ""
    time_zone: str = ""


def roles_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Who may do what? Admins only."""
    turn.require(Role.ADMIN)
    return Open(roles_form, RolesFormView(values=typed, errors=errors), turn.reader)


def save_roles(turn: Turn) -> Person:
    """Give or take one role."""
    turn.require(Role.ADMIN)
    payload = turn.payload(PersonPayload)
    problems: Problems = {}
    person = _person(turn, Field.PERSON, payload.person, problems)
    if payload.role not in set(Role):
        problems[Field.ROLE] = ("errors.choice", {})
    chosen(Field.CHANGE, payload.change, {GIVE, TAKE}, problems)
    starts = day(Field.FROM, payload.starts_on, problems)
    ends = day(Field.UNTIL, payload.ends_on, problems)
    if problems or person is None:
        raise Invalid(problems)
    role = Role(payload.role)
    if payload.change == TAKE:
        people.take_role(turn.session, person=person, role=role, now=turn.now, actor=turn.person)
    else:
        people.give_role(
            turn.session,
            person=person,
            role=role,
            valid_from=_midnight(turn, starts),
            valid_to=_midnight(turn, ends, after=True),
            now=turn.now,
            actor=turn.person,
        )
    return person


def said_roles(turn: Turn, result: Person | None) -> Answer:
    """Close the dialog with who holds what now."""
    if result is None:
        return Say(sentence("answers.saved"), turn.reader, closes_dialog=True)
    roles = people.roles_of(turn.session, result, turn.now)
    held = tuple(words.Role(role.value) for role in Role if role in roles)
    key = "answers.roles_saved" if held else "answers.roles_none"
    return Say(sentence(key, name=result.name, roles=held), turn.reader, closes_dialog=True)


def deputy_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Who stands in for me, now and later?"""
    turn.require(*APPROVERS)
    standing = tuple(
        DeputyChoice(value=str(row.id), name=person.name, starts_on=row.starts_on, ends_on=row.ends_on)
        for row, person in people.standing_deputies(turn.session, turn.person, turn.now)
    )
    return Open(deputy_form, DeputyFormView(standing=standing, values=typed, errors=errors), turn.reader)


def save_deputy(turn: Turn) -> Deputy:
    """Name a deputy, with dates; or withdraw one; or both, which replaces one by the other."""
    turn.require(*APPROVERS)
    payload = turn.payload(PersonPayload)
    problems: Problems = {}
    if payload.withdraw:
        withdrawn = _withdrawn(turn, payload.withdraw)
        if not (payload.deputy or payload.starts_on or payload.ends_on):
            return withdrawn
    deputy = _person(turn, Field.DEPUTY, payload.deputy, problems)
    starts = day(Field.FROM, payload.starts_on, problems, required=True)
    ends = day(Field.UNTIL, payload.ends_on, problems, required=True)
    if problems or deputy is None or starts is None or ends is None:
        raise Invalid(problems)
    return people.declare_deputy(
        turn.session,
        principal=turn.person,
        deputy=deputy,
        starts_on=starts,
        ends_on=ends,
        now=turn.now,
        actor=turn.person,
    )


def _withdrawn(turn: Turn, chosen_row: str) -> Deputy:
    """End the stand-in that was chosen: one of the person's own, whatever a forged form says."""
    own = {str(row.id): row.id for row, _person in people.standing_deputies(turn.session, turn.person, turn.now)}
    if chosen_row not in own:
        raise Invalid({Field.WITHDRAW: ("errors.choice", {})})
    return people.withdraw_deputy(turn.session, deputy_row_id=own[chosen_row], now=turn.now, actor=turn.person)


def said_deputy(turn: Turn, result: Deputy | None) -> Answer:
    """Close the dialog."""
    if result is None:
        return Say(sentence("answers.saved"), turn.reader, closes_dialog=True)
    name = people.by_id(turn.session, result.deputy_id).name
    if result.revoked_at is not None:
        return Say(sentence("answers.deputy_withdrawn", name=name), turn.reader, closes_dialog=True)
    what = sentence("answers.deputy_saved", name=name, starts=result.starts_on, ends=result.ends_on)
    return Say(what, turn.reader, closes_dialog=True)


def profile_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """My language and time zone."""
    chosen = dict(typed)
    language = chosen.get(Field.LANGUAGE, turn.person.language)
    view = ProfileFormView(
        name=turn.person.name,
        language=words.Language(language if language in people.LANGUAGES else turn.person.language),
        time_zone=chosen.get(Field.TIME_ZONE, turn.person.time_zone),
        errors=errors,
    )
    return Open(profile_form, view, turn.reader)


def save_profile(turn: Turn) -> Person:
    """Keep language and time zone; Teams' own no longer overwrite them."""
    payload = turn.payload(PersonPayload)
    people.set_profile(turn.session, turn.person, language=payload.language, time_zone=payload.time_zone, now=turn.now)
    return turn.person


def said_profile(turn: Turn, _result: object) -> Answer:
    """Close the dialog, in the language just chosen."""
    return Say(sentence("answers.profile_saved"), turn.reader, closes_dialog=True)


def _person(turn: Turn, field: Field, value: str, problems: Problems) -> Person | None:
    person = chosen_person(turn, value) if value else None
    if person is None:
        problems[field] = ("errors.unknown_person", {})
    return person


def _midnight(turn: Turn, chosen: date | None, *, after: bool = False) -> datetime | None:
    """The start of a day in the admin's zone; with ``after`` the end of it."""
    if chosen is None:
        return None
    return datetime.combine(chosen, time.max if after else time.min, ZoneInfo(turn.person.time_zone))
