"""From a round's standing to what its cards show."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.decisions import service as decisions
from bot.decisions.models import Choice, RiskLevel, RoundOutcome, RoundState, RuleKind
from bot.decisions.rules import DECIDING_SEAT
from bot.offers import service as offers
from bot.people import service as people
from bot.people.models import Role
from bot.teams.context import Payload
from cards import words
from cards.fields import Field
from cards.views.forms import PersonChoice, ReasonChoice, VoteFormView
from cards.views.reader import Change, Money, sentence
from cards.views.rounds import Ballot, Condition, HistoryLine, Mine, Reopening, Risk, RoundView, Seat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.decisions.rules import VotingRule
    from bot.decisions.seats import PersonRef
    from bot.decisions.views import BallotLine, EvaluationLine, SeatLine, Standing
    from bot.people.identity import Known
    from bot.teams.context import Surroundings, Turn
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed

_STATES = {state: words.RoundState(state.value) for state in RoundState}
_RULES = {rule: words.Rule(rule.value) for rule in RuleKind}
_ROLES = {role: words.Role(role.value) for role in Role}
_CHOICES = {choice: words.Choice(choice.value) for choice in Choice}
WITH_OWNERS = frozenset({words.Choice.GO_WITH_CONDITIONS})
OWNERS_LIMIT = 40
"""How many people the dialog of a ballot offers for each of its conditions."""
OWNERS_BYTES, CHOICE_BYTES = 2800, 35
"""Room for them: five conditions list them in one card. What a choice takes beside its name."""
REFRESH_LIMIT = 60
"""How many people Teams asks for their own view of one card."""


def choice_word(choice: Choice, *, conditional: bool) -> words.Choice:
    """A ballot's choice as cards name it: a Go that carries conditions is a word of its own."""
    if choice is Choice.GO and conditional:
        return words.Choice.GO_WITH_CONDITIONS
    return _CHOICES[choice]


def round_view(
    session: Session,
    round_id: int,
    _around: Surroundings,
    now: datetime,
    *,
    person: Known | None = None,
    late: bool = False,
    history: bool = False,
) -> RoundView:
    """One round as its card shows it, with what ``person`` may do. Raises :class:`~bot.errors.NotFound`."""
    standing = decisions.standing(session, round_id, now, every_ballot=history)
    return RoundView(
        round_id=standing.round_id,
        revision=standing.revision,
        round_number=standing.sequence,
        offer_id=standing.offer.id,
        title=standing.offer.title,
        state=_STATES[standing.state],
        rule=_RULES[standing.voting.kind],
        quorum=standing.voting.quorum,
        opened_at=standing.opened_at,
        opened_by=standing.opened_by.name,
        closes_at=standing.closes_at,
        default_outcome=words.DefaultOutcome.ESCALATE,
        seats=tuple([_seat(line) for line in standing.seats]),
        offer_number=standing.offer.number or "",
        reference=standing.offer.external_reference or "",
        client=standing.offer.client_name or "",
        tender_closes_at=standing.tender.closes_at if standing.tender else standing.offer.submission_due_at,
        owner=standing.offer.owner.name,
        **_evaluated(standing.evaluation),
        edited_after_opening=standing.edited_after_opening,
        veto_role=_veto_role(standing.voting),
        outcome=words.RoundOutcome(standing.outcome.value) if standing.outcome else None,
        outcome_reasons=standing.no_go_reasons if standing.outcome is RoundOutcome.NO_GO else (),
        decided_at=standing.decided_at,
        reopened_from=_reopening(standing),
        replaced_by=standing.replaced_by,
        mine=_mine(standing, person, late=late) if person is not None else None,
        history=_history(standing) if history else (),
        show_history=history,
        last_change=_last_change(standing),
        portal_url=(standing.tender.url or "") if standing.tender else "",
        team_named=standing.outcome is RoundOutcome.GO and bool(offers.team_of(session, standing.offer.id)),
        refresh_user_ids=_voters(standing) if person is None else (),
    )


@lru_cache(64)
def _veto_role(voting: VotingRule) -> words.Role | None:
    return next((words.Role(seat) for seat in voting.seats if seat in voting.veto_seats), None)


@lru_cache(128)
def _evaluated(evaluation: EvaluationLine | None) -> Mapping[str, Any]:
    """What the evaluation gives the card; remembered, because it stays the same while people vote."""
    if evaluation is None:
        return {}
    risks = (
        (words.RiskKind.TECHNICAL, evaluation.technical_risk, evaluation.technical_text),
        (words.RiskKind.COMMERCIAL, evaluation.commercial_risk, evaluation.commercial_text),
        (words.RiskKind.FINANCIAL, evaluation.financial_risk, evaluation.financial_text),
    )
    return {
        "summary": evaluation.summary,
        "budget": Money(evaluation.budget, evaluation.currency) if evaluation.budget is not None else None,
        "effort_hours": evaluation.effort_hours,
        "resources": evaluation.resources,
        "conditions": evaluation.conditions,
        "evaluation_version": None if evaluation.one_line else evaluation.version,
        "risks": tuple(
            Risk(kind=kind, level=_level(level), text=text) for kind, level, text in risks if level is not None
        ),
    }


def _level(level: RiskLevel) -> words.RiskLevel:
    return words.RiskLevel(level.value)


@lru_cache(256)
def _ballot(line: BallotLine) -> Ballot:
    question = line.choice is Choice.NEED_INFO
    return Ballot(
        choice=choice_word(line.choice, conditional=bool(line.conditions)),
        by=line.actor.name,
        at=line.cast_at,
        for_principal=line.principal.name if line.by_deputy else "",
        reason=(line.reason or "") if not question else "",
        question=(line.reason or "") if question else "",
        conditions=tuple(Condition(text=one.text, owner=one.owner, due=one.due_on) for one in line.conditions),
    )


@lru_cache(256)
def _seat(line: SeatLine) -> Seat:
    principal = line.principal
    return Seat(
        role=_ROLES[line.role],
        principal=principal.name if principal else "",
        deputy=", ".join([person.name for person in line.deputies]),
        ballot=_ballot(line.ballot) if line.ballot else None,
    )


def _reopening(standing: Standing) -> Reopening | None:
    if standing.reopening is None:
        return None
    return Reopening(
        round_number=standing.reopening.sequence,
        by=standing.opened_by.name,
        at=standing.opened_at,
        reason=standing.reopening.reason,
    )


def _mine(standing: Standing, person: Known, *, late: bool, seat: str = "") -> Mine | None:
    """What this person may do; None for somebody without a seat.

    Somebody who holds a seat and stands in for another sees ``seat`` if they may vote for it,
    else the first that has not answered.
    """
    places = _places(standing, person)
    if not places:
        return None
    waiting = (one for one in places if one[0].ballot is None)
    line, principal = next((one for one in places if one[0].role == seat), None) or next(waiting, places[0])
    return Mine(
        role=_ROLES[line.role],
        can_vote=standing.state is RoundState.OPEN
        or (standing.state is RoundState.ESCALATED and line.role == DECIDING_SEAT),
        acting_for="" if principal.id == person.id else principal.name,
        ballot=_ballot(line.ballot) if line.ballot else None,
        late=late,
    )


def _places(standing: Standing, person: Known) -> list[tuple[SeatLine, PersonRef]]:
    """The seats a person may vote for and whose they are: their own first."""
    if person.guest:
        return []
    me = person.id
    own, for_others = [], []
    for line in standing.seats:
        for _seat, principal, deputies in line.holders:
            if principal.id == me:
                own.append((line, principal))
            if me in [one.id for one in deputies]:
                for_others.append((line, principal))
    return own + for_others


def _history(standing: Standing) -> tuple[HistoryLine, ...]:
    lines = [HistoryLine(at=standing.opened_at, what=sentence("history.opened", name=standing.opened_by.name))]
    for ballot in standing.ballots:
        key = "history.ballot" if ballot.counted else "history.ballot_late"
        if ballot.by_deputy:
            key += "_deputy"
        principal: dict[str, Any] = {"principal": ballot.principal.name} if ballot.by_deputy else {}
        what = sentence(
            key,
            role=words.Role(ballot.seat.value),
            name=ballot.actor.name,
            choice=choice_word(ballot.choice, conditional=bool(ballot.conditions)),
            **principal,
        )
        lines.append(HistoryLine(at=ballot.cast_at, what=what))
    if standing.decided_at is not None and standing.outcome is not None:
        lines.append(HistoryLine(at=standing.decided_at, what=sentence(f"history.decided_{standing.outcome.value}")))
    return tuple(lines)


def _last_change(standing: Standing) -> Change:
    counted = [ballot for ballot in standing.ballots if ballot.counted]
    if standing.state is RoundState.CLOSED and standing.decided_at is not None and standing.outcome is not None:
        return Change(what=sentence("changes.decided"), at=standing.decided_at)
    if counted:
        last = counted[-1]
        choice = choice_word(last.choice, conditional=bool(last.conditions))
        what = sentence("changes.voted", role=_ROLES[last.seat], choice=choice)
        return Change(what=what, at=last.cast_at, by=last.actor.name)
    return Change(what=sentence("changes.round_opened"), at=standing.opened_at, by=standing.opened_by.name)


def _voters(standing: Standing) -> tuple[str, ...]:
    """Who may vote, as Teams names them: their clients ask for their own view of the shared card."""
    if standing.state is RoundState.CLOSED:
        return ()
    found = [
        person.teams_user_id
        for line in standing.seats
        for holder in line.holders
        for person in (holder.principal, *holder.deputies)
        if person.teams_user_id
    ]
    return tuple(dict.fromkeys(found))[:REFRESH_LIMIT]


def _owners(turn: Turn, standing: Standing, typed: Typed) -> dict[str, str]:
    """Who a condition may be given to, by id: the offer's owner, its team and the approvers first, then others by name,
    as many as the dialog has room for. Who was picked before is always among them.
    """
    others = {person.id: person.name for person in people.everybody(turn.session, turn.person.tenant_id)}
    given = {value for name, value in typed if name.startswith(Field.CONDITION_OWNER)}
    picked = [person_id for person_id in others if str(person_id) in given]
    team = [person.id for person, _role in offers.team_of(turn.session, standing.offer.id)]
    seats = [holder.principal.id for line in standing.seats for holder in line.holders]
    found: dict[str, str] = {}
    room = OWNERS_BYTES
    for person_id in dict.fromkeys((*picked, standing.offer.owner.id, *team, *seats, *others)):
        if person_id not in others:
            continue
        room -= len(others[person_id].encode()) + CHOICE_BYTES
        if room < 0 or len(found) == OWNERS_LIMIT:
            break
        found[str(person_id)] = others[person_id]
    return found


def vote_form_view(turn: Turn, round_id: int, choice: words.Choice, typed: Typed, errors: Errors) -> VoteFormView:
    """The dialog of a ballot that needs words. Raises :class:`~bot.errors.NotAllowed` for somebody without a seat."""
    standing = decisions.standing(turn.session, round_id, turn.now)
    mine = _mine(standing, turn.person, late=False, seat=turn.payload(Payload).q)
    if mine is None:
        turn.require(*(line.role for line in standing.seats))
    reasons = turn.company.reasons.no_go if choice is words.Choice.NO_GO else ()
    known = _owners(turn, standing, typed) if choice in WITH_OWNERS else {}
    return VoteFormView(
        round_id=round_id,
        revision=standing.revision,
        choice=choice,
        title=standing.offer.title,
        closes_at=standing.closes_at,
        seat=mine.role.value if mine else "",
        acting_for=mine.acting_for if mine else "",
        owner=standing.offer.owner.name,
        reasons=tuple(
            ReasonChoice(code=reason.code, label=reason.label.of(turn.person.language)) for reason in reasons
        ),
        people=tuple(PersonChoice(value=value, name=name) for value, name in known.items()),
        # Old clients send an owner as free text, which a list cannot show.
        values=tuple(
            (name, value) for name, value in typed if not name.startswith(Field.CONDITION_OWNER) or value in known
        ),
        errors=errors,
    )
