"""What the evaluation and team dialogs start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import evaluations
from bot.decisions.models import Evaluation, RoundState
from bot.offers import service as offers
from bot.teams.presenters.tenders import latest_round
from cards import fields
from cards.fields import TEAM_ROWS, Field
from cards.views.forms import EvaluationFormView, TeamFormView
from cards.views.reader import sentence
from cards.words import TeamRole

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.decisions.rules import DecisionRules, Thresholds
    from bot.offers.models import Offer
    from bot.people.models import Person
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed
    from cards.views.reader import Sentence


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
    team = offers.team_of(session, offer.id)
    members = [(person.entra_object_id, role.value) for person, role in team] or [
        (actor.entra_object_id, TeamRole.SALES_LEAD.value)
    ]
    stored: Typed = tuple(
        pair
        for number, (object_id, role) in enumerate(members[:TEAM_ROWS], 1)
        for pair in ((fields.row(Field.MEMBER, number), object_id), (fields.row(Field.MEMBER_ROLE, number), role))
    )
    return TeamFormView(
        offer_id=offer.id, title=offer.title, offer_number=offer.number or "", values=typed or stored, errors=errors
    )
