"""Roles, deputies and the own profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import Invalid
from bot.people import service as people
from bot.people.countries import COUNTRIES
from bot.people.models import APPROVERS, Role
from bot.teams import appointments
from bot.teams.answers import Answer, Open, Say
from bot.teams.context import Payload, Turn
from bot.teams.handlers.evaluations import chosen_person
from cards import words
from cards.fields import Field
from cards.settings_forms import deputy_form, profile_form, roles_form
from cards.views.forms import DeputyChoice, DeputyFormView, ProfileFormView, RolesFormView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.people.models import Deputy, Person
    from bot.teams.dispatch import Errors
    from bot.teams.typed import Problems
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
    country: str = ""


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
    change = appointments.read_role(payload.model_dump(), turn.person.time_zone, problems)
    if change is None or person is None:
        raise Invalid(problems)
    appointments.change_role(turn.session, person, change, actor=turn.person, now=turn.now)
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
    deputy = chosen_person(turn, payload.deputy) if payload.deputy else None
    change = appointments.read_deputy(payload.model_dump(), deputy, problems)
    if change is None:
        raise Invalid(problems)
    return appointments.name_deputy(turn.session, turn.person, change, actor=turn.person, now=turn.now)


def _withdrawn(turn: Turn, chosen_row: str) -> Deputy:
    """End the stand-in that was chosen: one of the person's own, whatever a forged form says."""
    own = {str(row.id): row.id for row, _person in people.standing_deputies(turn.session, turn.person, turn.now)}
    if chosen_row not in own:
        raise Invalid({Field.WITHDRAW: ("errors.choice", {})})
    return appointments.withdraw_deputy(turn.session, own[chosen_row], actor=turn.person, now=turn.now)


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
    """My language, time zone and country."""
    chosen = dict(typed)
    language = chosen.get(Field.LANGUAGE, turn.person.language)
    view = ProfileFormView(
        name=turn.person.name,
        language=words.Language(language if language in people.LANGUAGES else turn.person.language),
        time_zone=chosen.get(Field.TIME_ZONE, turn.person.time_zone),
        country=chosen.get(Field.COUNTRY, turn.person.country),
        countries=tuple(dict.fromkeys((turn.person.country, *COUNTRIES))),
        errors=errors,
    )
    return Open(profile_form, view, turn.reader)


def save_profile(turn: Turn) -> Person:
    """Keep language, time zone and country; Teams' own no longer overwrite them."""
    payload = turn.payload(PersonPayload)
    people.set_profile(
        turn.session,
        turn.person,
        language=payload.language,
        time_zone=payload.time_zone,
        country=payload.country,
        now=turn.now,
    )
    return turn.person


def said_profile(turn: Turn, _result: object) -> Answer:
    """Close the dialog, in the language just chosen."""
    return Say(sentence("answers.profile_saved"), turn.reader, closes_dialog=True)


def _person(turn: Turn, field: Field, value: str, problems: Problems) -> Person | None:
    person = chosen_person(turn, value) if value else None
    if person is None:
        problems[field] = ("errors.unknown_person", {})
    return person
