"""What the evaluation and team dialogs start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import evaluations
from bot.decisions.models import Evaluation, RoundState
from bot.offers import team
from bot.offers.models import TeamRole
from bot.teams.presenters.tenders import latest_round
from cards import fields
from cards.fields import TEAM_ROWS, Field
from cards.views.forms import EvaluationFormView, TeamFormView
from cards.views.reader import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.decisions.rules import DecisionRules, Thresholds
    from bot.offers.models import Offer
    from bot.people.models import Person
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed
    from cards.views.reader import Sentence


NOBODY = "0"
"""What a team form carries that showed nobody: no stay has this id."""


def evaluation_form_view(
    session: Session, offer: Offer, rules: DecisionRules, typed: Typed, errors: Errors
) -> EvaluationFormView:
    """The form with what was typed, else the draft, else the newest version."""
    stored = evaluations.load(session, offer.id)
    newest = evaluations.latest(session, offer.id)
    newest_round = latest_round(session, offer.id)
    because = _because(stored, typed, rules.thresholds)
    return EvaluationFormView(
        offer_id=offer.id,
        title=offer.title,
        reference=offer.external_reference or "",
        required=because is not None,
        required_because=because,
        version=(newest.version if newest else 0) + 1,
        currency=stored.currency if stored else "EUR",
        vote_open=newest_round is not None and newest_round.state is not RoundState.CLOSED,
        saved_at=stored.saved_at if stored is not None and stored.version == 0 else None,
        values=typed or (_values(stored) if stored else ()),
        errors=errors,
    )


def _because(stored: Evaluation | None, typed: Typed, thresholds: Thresholds) -> Sentence | None:
    """Why the whole form is needed, judged by what is typed: a form that comes back says what it now asks for."""
    if typed:
        known = evaluations.read(dict(typed), {})
    elif stored is not None:
        known = evaluations.as_fields(stored)
    else:
        return None
    reasons = known.required_because(thresholds)
    if "budget" in reasons and thresholds.budget is not None:
        return sentence("forms.because_budget", limit=thresholds.budget)
    if "effort" in reasons and thresholds.effort_hours is not None:
        return sentence("forms.because_effort", limit=thresholds.effort_hours)
    return sentence("forms.because_risk") if reasons else None


def _values(stored: Evaluation) -> Typed:
    """A stored evaluation as the texts its inputs show."""
    values = {
        Field.SUMMARY: stored.summary,
        Field.BUDGET: f"{stored.budget:f}" if stored.budget is not None else "",
        Field.CONDITIONS: stored.conditions,
        Field.RESOURCES: stored.resources,
        Field.EFFORT_HOURS: f"{stored.effort_hours:f}" if stored.effort_hours is not None else "",
        Field.RISK_TECHNICAL_LEVEL: stored.technical_risk or "",
        Field.RISK_TECHNICAL_TEXT: stored.technical_text,
        Field.RISK_COMMERCIAL_LEVEL: stored.commercial_risk or "",
        Field.RISK_COMMERCIAL_TEXT: stored.commercial_text,
        Field.RISK_FINANCIAL_LEVEL: stored.financial_risk or "",
        Field.RISK_FINANCIAL_TEXT: stored.financial_text,
    }
    return tuple((field.value, str(value)) for field, value in values.items() if value)


def team_form_view(session: Session, offer: Offer, actor: Person, typed: Typed, errors: Errors) -> TeamFormView:
    """The team as it is, or the owner alone as sales lead when there is none yet."""
    on_team = [(stay, person) for stay, person in team.members_of(session, offer.id) if not stay.gone]
    shown = dict(typed).get("q") or NOBODY
    members = [(person.entra_object_id, stay.role.value) for stay, person in on_team[:TEAM_ROWS]]
    if not typed:
        shown = ",".join(f"{stay.id}:{stay.role.value}" for stay, _person in on_team[:TEAM_ROWS]) or NOBODY
    stored: Typed = tuple(
        pair
        for number, (object_id, role) in enumerate(members or [(actor.entra_object_id, TeamRole.SALES_LEAD.value)], 1)
        for pair in ((fields.row(Field.MEMBER, number), object_id), (fields.row(Field.MEMBER_ROLE, number), role))
    )
    return TeamFormView(
        offer_id=offer.id,
        title=offer.title,
        offer_number=offer.number or "",
        shown=shown,
        others=max(len(on_team) - TEAM_ROWS, 0),
        values=typed or stored,
        errors=errors,
    )


def shown_stays(session: Session, offer_id: int, carried: str) -> dict[int, TeamRole | None]:
    """The stays that a team form showed with their roles, as its button carries them (``7:contributor,…``); an older
    form carried no roles, or nothing and showed the first stays there are.
    """
    if carried:
        pairs = [one.partition(":") for one in carried.split(",")[:TEAM_ROWS]]
        roles = {role.value: role for role in TeamRole}
        return {int(stay): roles.get(role) for stay, _, role in pairs if stay.isascii() and stay.isdecimal()}
    on_team = [stay.id for stay, _person in team.members_of(session, offer_id) if not stay.gone]
    return dict.fromkeys(on_team[:TEAM_ROWS])
