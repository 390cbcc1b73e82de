"""The sign-off evaluation as a dialog: draft, version, and what made the long form necessary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import evaluations
from bot.errors import Invalid
from bot.offers import service as offers
from bot.offers import team
from bot.offers.models import TeamRole
from bot.people import service as people
from bot.teams.answers import Answer, Open, Say
from bot.teams.context import Payload, Turn
from bot.teams.presenters.evaluations import evaluation_form_view, shown_stays, team_form_view
from bot.teams.typed import Problems, at_rows, chosen
from cards import fields
from cards.fields import TEAM_ROWS, Field
from cards.forms import evaluation_form
from cards.settings_forms import team_form
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.decisions.models import Evaluation
    from bot.people.models import Person
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed


def _typed(turn: Turn) -> dict[str, str]:
    return {name: str(value) for name, value in turn.inbound.data.items() if value is not None}


def save_draft(turn: Turn) -> Evaluation:
    """Keep what is typed so far."""
    return evaluations.save_draft(turn.session, turn.payload(Payload).id, turn.person, _typed(turn), turn.now)


def submit(turn: Turn) -> Evaluation:
    """Make the next version."""
    return evaluations.submit(
        turn.session, turn.payload(Payload).id, turn.person, _typed(turn), turn.now, turn.around.rules
    )


def said_draft(turn: Turn, _result: object) -> Answer:
    """Close the dialog."""
    return Say(sentence("answers.draft_saved"), turn.reader, closes_dialog=True)


def said_submitted(turn: Turn, result: Evaluation | None) -> Answer:
    """Close the dialog."""
    version = result.version if result is not None else 0
    key = "answers.evaluation_submitted" if version else "answers.evaluation_kept"
    return Say(sentence(key, version=version), turn.reader, closes_dialog=True)


def form(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """The form, from the draft, the newest version, or empty."""
    offer = offers.by_id(turn.session, turn.payload(Payload).id)
    offers.require_part(turn.session, offer, turn.person, turn.now, team=True)
    view = evaluation_form_view(turn.session, offer, turn.around.rules, typed, errors)
    return Open(evaluation_form, view, turn.reader)


def team_dialog(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """Who prepares the offer?"""
    offer = offers.by_id(turn.session, turn.payload(Payload).id)
    offers.require_part(turn.session, offer, turn.person, turn.now)
    return Open(team_form, team_form_view(turn.session, offer, turn.person, typed, errors), turn.reader)


def save_team(turn: Turn) -> int:
    """Make the chosen people the team; who was not on the form stays."""
    payload = turn.payload(Payload)
    members: list[tuple[Person, TeamRole]] = []
    rows: list[int] = []
    problems: Problems = {}
    for number in range(1, TEAM_ROWS + 1):
        field = fields.row(Field.MEMBER, number)
        role_field = fields.row(Field.MEMBER_ROLE, number)
        role = chosen(role_field, str(turn.inbound.data.get(role_field) or ""), set(TeamRole), problems)
        picked = str(turn.inbound.data.get(field) or "").strip()
        if not picked:
            continue
        person = chosen_person(turn, picked)
        if person is None:
            problems[field] = ("errors.unknown_person", {})
            continue
        members.append((person, TeamRole(role or TeamRole.CONTRIBUTOR)))
        rows.append(number)
    if problems:
        raise Invalid(problems)
    try:
        shown = shown_stays(turn.session, payload.id, payload.q)
        return len(team.set_team(turn.session, payload.id, turn.person, members, turn.now, shown=shown))
    except Invalid as refusal:
        raise at_rows(refusal, rows) from refusal


def chosen_person(turn: Turn, value: str) -> Person | None:
    """Who was picked: the people picker sends Entra object ids."""
    return people.find(turn.session, turn.person.tenant_id, value.lower())


def said_team(turn: Turn, result: int | None) -> Answer:
    """Close the dialog."""
    return Say(sentence("answers.team_saved", count=result or 0), turn.reader, closes_dialog=True)
