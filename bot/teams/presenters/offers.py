"""From an offer to its card and its line in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config.models import StageType
from bot.decisions import evaluations
from bot.decisions.models import RoundState
from bot.errors import NotAllowed
from bot.offers import service as offers
from bot.people.models import Person
from bot.sync.models import CHANNEL, Kind
from bot.teams.presenters.ledger import teams_line
from bot.teams.presenters.tenders import latest_round
from bot.tenders.models import Tender
from cards import words
from cards.views.chat import OfferLine, OfferView, TeamMember
from cards.views.reader import Change, Money, sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.offers.models import Offer
    from bot.teams.context import Surroundings
    from cards.views.reader import Reader

TONES = {
    words.Outcome.WON: words.Tone.GOOD,
    words.Outcome.LOST: words.Tone.ATTENTION,
    words.Outcome.ABANDONED: words.Tone.DEFAULT,
    words.Outcome.NO_GO: words.Tone.ATTENTION,
    words.Outcome.OPEN: words.Tone.ACCENT,
}


def stage_label(around: Surroundings, code: str, reader: Reader) -> str:
    """A stage's name; its bare code when the company removed it since."""
    stage = around.company.stages.by_code(code)
    return stage.label.of(reader.language) if stage is not None else code


def offer_view(
    session: Session, offer: Offer, around: Surroundings, reader: Reader, *, person: Person | None = None
) -> OfferView:
    """One offer as its card shows it; ``person`` decides which buttons make sense."""
    newest = latest_round(session, offer.id)
    evaluation = evaluations.latest(session, offer.id)
    owner = session.get(Person, offer.owner_id)
    changer = session.get(Person, offer.updated_by_id) if offer.updated_by_id else None
    tender = session.get(Tender, offer.tender_id) if offer.tender_id else None
    outcome = words.Outcome(offer.outcome.value)
    stage = around.company.stages.by_code(offer.stage)
    in_go = stage is not None and stage.type is StageType.GO
    return OfferView(
        offer_id=offer.id,
        revision=offer.revision,
        title=offer.title,
        stage=stage_label(around, offer.stage, reader),
        stage_tone=words.Tone.GOOD if in_go and outcome is words.Outcome.OPEN else TONES[outcome],
        outcome=outcome,
        number=offer.number or "",
        reference=offer.external_reference or "",
        client=offer.client_name or "",
        owner=owner.name if owner else "",
        decision=words.RoundOutcome(newest.outcome.value) if newest and newest.outcome else None,
        decided_at=newest.decided_at if newest else None,
        round_id=newest.id if newest else None,
        round_open=newest is not None and newest.state is not RoundState.CLOSED,
        evaluation_done=evaluation is not None,
        can_open_round=newest is None and evaluation is not None and _may_steer(session, offer, person, reader),
        budget=Money(evaluation.budget, evaluation.currency) if evaluation and evaluation.budget is not None else None,
        effort_hours=evaluation.effort_hours if evaluation else None,
        clarification_at=offer.clarification_at,
        closes_at=offer.submission_due_at,
        team=tuple(
            TeamMember(name=member.name, role=words.TeamRole(role.value))
            for member, role in offers.team_of(session, offer.id)
        ),
        systems=teams_line(session, Kind.SHARED_CARD, offer.tender_id, CHANNEL) if offer.tender_id else (),
        portal_url=(tender.url or "") if tender else "",
        last_change=Change(
            what=sentence("changes.offer_edited"), at=offer.updated_at, by=changer.name if changer else ""
        ),
    )


def _may_steer(session: Session, offer: Offer, person: Person | None, reader: Reader) -> bool:
    if person is None:
        return True
    try:
        offers.require_part(session, offer, person, reader.now)
    except NotAllowed:
        return False
    return True


def offer_line(session: Session, offer: Offer, around: Surroundings, reader: Reader) -> OfferLine:
    """One offer in a list."""
    owner = session.get(Person, offer.owner_id)
    return OfferLine(
        offer_id=offer.id,
        title=offer.title,
        stage=stage_label(around, offer.stage, reader),
        outcome=words.Outcome(offer.outcome.value),
        number=offer.number or "",
        reference=offer.external_reference or "",
        owner=owner.name if owner else "",
    )
