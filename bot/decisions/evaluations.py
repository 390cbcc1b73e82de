"""Sign-off evaluations: the owner's draft, and versions that never change once submitted.

Fields arrive as typed, under these names: ``summary``, ``budget``, ``conditions``, ``resources``, ``effort_hours``
and, for each of technical, commercial and financial, ``risk_technical_level`` and ``risk_technical_text``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.decisions.errors import OfferEnded
from bot.decisions.models import Evaluation, Round
from bot.decisions.rules import evaluation_required
from bot.decisions.words import RiskLevel, RoundState
from bot.errors import Invalid
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.records.amounts import parse_amount
from bot.sync.ledger import redraw
from bot.sync.models import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from bot.decisions.rules import DecisionRules, Thresholds
    from bot.people.models import Person

DRAFT = 0
RISKS = ("technical", "commercial", "financial")
TEXT_LIMITS = {
    "summary": 2000,
    "conditions": 2000,
    "resources": 1000,
    **{f"risk_{risk}_text": 1000 for risk in RISKS},
}
LARGEST = {"budget": 10**12, "effort_hours": 99_999}

Problems = dict[str, tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Fields:
    """An evaluation as read from a form. Budget in euros, effort in hours."""

    summary: str
    budget: Decimal | None
    conditions: str
    risks: dict[str, RiskLevel | None]
    risk_texts: dict[str, str]
    resources: str
    effort_hours: Decimal | None

    def required_because(self, thresholds: Thresholds) -> tuple[str, ...]:
        """See :func:`bot.decisions.rules.evaluation_required`."""
        return evaluation_required(
            budget=self.budget,
            risks=tuple(self.risks.values()),
            effort_hours=self.effort_hours,
            thresholds=thresholds,
        )


def read(fields: Mapping[str, str], problems: Problems) -> Fields:
    """The typed fields as values; what cannot be read is added to ``problems`` under its field."""
    texts = {name: fields.get(name, "").strip() for name in TEXT_LIMITS}
    for name, text in texts.items():
        if len(text) > TEXT_LIMITS[name]:
            problems[name] = ("errors.too_long", {"limit": TEXT_LIMITS[name]})
    return Fields(
        summary=texts["summary"],
        budget=_amount(fields, "budget", problems),
        conditions=texts["conditions"],
        risks={risk: _level(fields, f"risk_{risk}_level", problems) for risk in RISKS},
        risk_texts={risk: texts[f"risk_{risk}_text"] for risk in RISKS},
        resources=texts["resources"],
        effort_hours=_amount(fields, "effort_hours", problems),
    )


def _amount(fields: Mapping[str, str], name: str, problems: Problems) -> Decimal | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    amount = parse_amount(text)
    if amount is None:
        problems[name] = ("errors.number", {"value": text[:40]})
    elif amount > LARGEST[name]:
        problems[name] = ("errors.too_large", {"limit": LARGEST[name]})
    return amount


def _level(fields: Mapping[str, str], name: str, problems: Problems) -> RiskLevel | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if text not in tuple(RiskLevel):
        problems[name] = ("errors.choice", {})
        return None
    return RiskLevel(text)


def _require(read_fields: Fields, thresholds: Thresholds, problems: Problems) -> None:
    """A summary always; everything but the conditions once the whole evaluation is required. A high risk always
    says which.
    """
    missing = [] if read_fields.summary else ["summary"]
    if read_fields.required_because(thresholds):
        missing += [name for name in ("budget", "effort_hours") if getattr(read_fields, name) is None]
        missing += [] if read_fields.resources else ["resources"]
        missing += [f"risk_{risk}_level" for risk in RISKS if read_fields.risks[risk] is None]
    missing += [
        f"risk_{risk}_text"
        for risk in RISKS
        if read_fields.risks[risk] is RiskLevel.HIGH and not read_fields.risk_texts[risk]
    ]
    for name in missing:
        problems.setdefault(name, ("errors.required", {}))


def is_complete(evaluation: Evaluation, thresholds: Thresholds) -> bool:
    """True when a round may open on it: nothing that is required is missing."""
    problems: Problems = {}
    _require(as_fields(evaluation), thresholds, problems)
    return not problems


def as_fields(evaluation: Evaluation) -> Fields:
    """A stored evaluation, or a draft, as its values."""
    return Fields(
        summary=evaluation.summary,
        budget=evaluation.budget,
        conditions=evaluation.conditions,
        risks={risk: getattr(evaluation, f"{risk}_risk") for risk in RISKS},
        risk_texts={risk: getattr(evaluation, f"{risk}_text") for risk in RISKS},
        resources=evaluation.resources,
        effort_hours=evaluation.effort_hours,
    )


def save_draft(session: Session, offer_id: int, actor: Person, fields: Mapping[str, str], now: datetime) -> Evaluation:
    """Keep what is typed so far; nothing is required yet, nobody else sees it as an evaluation. Raises
    :class:`Invalid` for what cannot be read.
    """
    offer = _editable(session, offer_id, actor, now)
    problems: Problems = {}
    values = read(fields, problems)
    if problems:
        raise Invalid(problems)
    return _keep_draft(session, offer, actor, values, now)


def _keep_draft(session: Session, offer: Offer, actor: Person, values: Fields, now: datetime) -> Evaluation:
    row = version(session, offer.id, DRAFT) or Evaluation(offer_id=offer.id, version=DRAFT)
    _fill(row, values, actor, now)
    session.add(row)
    session.flush()
    return row


def submit(
    session: Session, offer_id: int, actor: Person, fields: Mapping[str, str], now: datetime, rules: DecisionRules
) -> Evaluation:
    """Make the next version. The first one moves the offer to the evaluation stage; one during a round is flagged
    on its cards.

    The owner, the team and those who steer offers may. Submitting what the newest version says already gives that
    version back. Raises :class:`Invalid` by field, :class:`NotAllowed`, :class:`NotFound`; :class:`Refused` once
    the offer has ended.
    """
    offer = _editable(session, offer_id, actor, now)
    problems: Problems = {}
    values = read(fields, problems)
    _require(values, rules.thresholds, problems)
    if problems:
        raise Invalid(problems)
    newest = latest(session, offer_id)
    if newest is not None and as_fields(newest) == values:
        return newest
    row = Evaluation(offer_id=offer_id, version=newest.version + 1 if newest else 1)
    _fill(row, values, actor, now)
    session.add(row)
    _keep_draft(session, offer, actor, values, now)
    audit.record(
        session,
        now=now,
        action="evaluation.submitted",
        subject="offer",
        subject_id=offer_id,
        actor_id=actor.id,
        before={"version": newest.version} if newest else None,
        after={"version": row.version, "required": list(values.required_because(rules.thresholds))},
    )
    if newest is None and rules.evaluation_stage:
        offers.enter_stage(
            session,
            offer,
            rules.evaluation_stage,
            now=now,
            cause="evaluation",
            actor_id=actor.id,
            on=rules.today(now),
            defaults=rules.defaults_of(rules.evaluation_stage),
        )
    else:
        offers.touch(offer, now=now, actor_id=actor.id)
    _mark(session, offer, now)
    return row


def one_line(
    session: Session, offer_id: int, actor: Person, summary: str, now: datetime, rules: DecisionRules
) -> Evaluation:
    """:func:`submit` with a one-line summary alone, where nothing asks for more."""
    return submit(session, offer_id, actor, {"summary": " ".join(summary.split())}, now, rules)


def _fill(row: Evaluation, values: Fields, actor: Person, now: datetime) -> None:
    row.summary, row.budget, row.conditions = values.summary, values.budget, values.conditions
    row.resources, row.effort_hours = values.resources, values.effort_hours
    for risk in RISKS:
        setattr(row, f"{risk}_risk", values.risks[risk])
        setattr(row, f"{risk}_text", values.risk_texts[risk])
    row.author_id, row.saved_at = actor.id, now


def _editable(session: Session, offer_id: int, actor: Person, now: datetime) -> Offer:
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now, team=True)
    if offer.outcome is not Outcome.OPEN:
        raise OfferEnded
    return offer


def _mark(session: Session, offer: Offer, now: datetime) -> None:
    """The shared message shows the evaluation; so do the approvers' cards while a round is open."""
    offers.mark_shared(session, offer, now=now)
    open_round = sa.select(Round.id).where(Round.offer_id == offer.id, Round.state != RoundState.CLOSED)
    round_id = session.scalar(open_round)
    if round_id is not None:
        redraw(session, Kind.VOTE_CARD, round_id, now=now)


def version(session: Session, offer_id: int, number: int) -> Evaluation | None:
    """One version of the evaluation, or the draft (0)."""
    statement = sa.select(Evaluation).where(Evaluation.offer_id == offer_id, Evaluation.version == number)
    return session.scalars(statement).one_or_none()


def latest(session: Session, offer_id: int) -> Evaluation | None:
    """The newest submitted version."""
    statement = sa.select(Evaluation).where(Evaluation.offer_id == offer_id, Evaluation.version > DRAFT)
    return session.scalars(statement.order_by(Evaluation.version.desc()).limit(1)).one_or_none()


def load(session: Session, offer_id: int) -> Evaluation | None:
    """What the form starts from: the draft, else the newest version, else nothing."""
    return version(session, offer_id, DRAFT) or latest(session, offer_id)
