"""Casting a vote: the one place where a ballot is written, and where a round may end because of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import audit
from bot.crash import reach
from bot.decisions.models import Ballot, BallotCondition, Choice, Round, RoundOutcome, RoundState, Why
from bot.decisions.results import RoundFacts, close, declare, facts_of, forget, hold, mark
from bot.decisions.rules import DECIDING_SEAT, DecisionRules, Tally
from bot.decisions.seats import Holder, PersonRef, place_for
from bot.decisions.standing import leave, standing_before, with_ballot
from bot.decisions.views import BallotLine, Condition, Standing
from bot.errors import Invalid, NotAllowed
from bot.people.identity import Known
from bot.people.models import Role
from bot.statements import Prepared
from bot.sync.ledger import want
from bot.sync.models import Kind, person_target

__all__ = ["CastResult", "Condition", "cast"]

REASON_LIMIT = 1000
CONDITION_LIMIT = 500
CONDITION_OWNER_LIMIT = 200
CONDITIONS = 5
KEY_LIMIT = 300


class CastResult(NamedTuple):
    """What a click did. ``duplicate``: the click had been answered before, this is the same answer.

    ``late``: kept but not counted, the round had closed (or waits for the CEO alone). ``declared``: this ballot
    fixed the result. ``outcome`` and ``state`` are those of the round after it; ``number`` is the offer's, if it
    has one.
    """

    round_id: int
    offer_id: int
    ballot_id: int
    seat: Role
    principal_id: int
    choice: Choice
    duplicate: bool
    late: bool
    declared: bool
    state: RoundState
    outcome: RoundOutcome | None
    number: str | None


class _Earlier(NamedTuple):
    """A ballot of the same round that is already there."""

    id: int
    seat: Role
    choice: Choice
    counted: bool
    request_key: str
    actor_id: int
    principal_id: int
    cast_at: datetime


_EARLIER = Prepared(
    sa.select(*(getattr(Ballot, name) for name in _Earlier._fields)).where(Ballot.id == sa.bindparam("ballot"))
)


class _New(NamedTuple):
    """A ballot as it is written."""

    seat: Role
    principal_id: int
    actor_id: int
    choice: Choice
    reason: str | None
    counted: bool
    cast_at: datetime
    request_key: str


_INSERT = Prepared(sa.insert(Ballot).values({name: sa.bindparam(name) for name in ("round_id", *_New._fields)}))
_INSERT_CONDITION = Prepared(
    sa.insert(BallotCondition).values({name: sa.bindparam(name) for name in ("ballot_id", "text", "owner", "due_on")})
)
_TOUCH = Prepared(sa.update(Round).where(Round.id == sa.bindparam("round")).values(revision=Round.revision + 1))


def cast(  # noqa: PLR0913  a click has this many facts
    session: Session,
    round_id: int,
    actor: Known,
    choice: Choice,
    *,
    request_key: str,
    now: datetime,
    rules: DecisionRules,
    seat: str | None = None,
    reason: str | None = None,
    conditions: Iterable[Condition] = (),
) -> CastResult:
    """Record what an approver, or today's deputy, says; the last ballot of a seat counts until the round closes.

    ``request_key`` names the click: the same one is answered again with what it did the first time. ``seat`` is
    what the card says and only chooses among the seats the person may vote for. ``reason``: why No-Go, or the
    question of need-info. ``rules`` give the number's form. Raises :class:`Invalid` (at ``reason``, ``question``
    or the condition's row), :class:`NotAllowed`, :class:`NotFound`.
    """
    session.flush()
    hold(session, round_id)
    key = request_key if len(request_key) <= KEY_LIMIT else hashlib.sha256(request_key.encode()).hexdigest()
    before, earlier = standing_before(session, round_id, now, key)
    facts = facts_of(before)
    if earlier is not None:
        (row,) = _EARLIER.run(session, {"ballot": earlier})
        return _again(facts, _Earlier(*row), actor)
    held = [holder for line in before.seats for holder in line.holders]
    place = place_for(held, actor, facts.eligible, seat)
    listed = tuple(conditions)
    reason = _checked(choice, reason, listed)
    if facts.state is RoundState.OPEN and now >= facts.closes_at:
        # Nobody waits for the clock: what the deadline decides is decided before this ballot is looked at.
        choices: dict[str, Choice] = {line.role: line.ballot.choice for line in before.seats if line.ballot}
        facts = close(session, facts, choices, now=now, rules=rules)
    counted = facts.state is RoundState.OPEN or (facts.state is RoundState.ESCALATED and place.seat == DECIDING_SEAT)
    new = _New(place.seat, place.principal_id, actor.id, choice, reason, counted, now, key)
    ballot_id = _keep(session, facts, new, listed)
    reach("vote.after_ballot")
    if counted:
        after = with_ballot(before, _line(ballot_id, new, listed, actor, held))
        result = _count(session, facts, after, new, ballot_id, rules)
        if facts.state is before.state and result.outcome is None:
            leave(session, after, now)
    else:
        result = _said(facts, new, ballot_id, outcome=facts.outcome, number=facts.number)
    reach("vote.before_commit")
    return result


def _line(
    ballot_id: int, ballot: _New, conditions: Sequence[Condition], actor: Known, held: Sequence[Holder]
) -> BallotLine:
    """A new ballot as a later reading gives it."""
    principal = next(holder.principal for holder in held if holder.principal.id == ballot.principal_id)
    return BallotLine(
        id=ballot_id,
        seat=ballot.seat,
        choice=ballot.choice,
        reason=ballot.reason,
        counted=ballot.counted,
        cast_at=ballot.cast_at,
        principal=principal,
        actor=PersonRef(actor.id, actor.name, actor.teams_user_id),
        conditions=tuple(Condition(one.text.strip(), one.owner.strip(), one.due_on) for one in conditions),
        stands=True,
    )


def _count(
    session: Session, facts: RoundFacts, after: Standing, ballot: _New, ballot_id: int, rules: DecisionRules
) -> CastResult:
    """Let a counted ballot do what it does: change the round and perhaps end it."""
    number, now = facts.number, ballot.cast_at
    outcome, why = _result(facts, after.tally, ballot.choice)
    if outcome is None:
        _TOUCH.run(session, {"round": facts.id})
        forget(session, facts.id)
    else:
        number = declare(session, facts, outcome, why, now=now, rules=rules, actor_id=ballot.actor_id) or number
    mark(session, facts, now=now)
    if ballot.choice is Choice.NEED_INFO and facts.owner_id != ballot.actor_id:
        want(session, Kind.QUESTION, ballot_id, now=now, target=person_target(facts.owner_id))
    return _said(facts, ballot, ballot_id, outcome=outcome, number=number)


def _said(
    facts: RoundFacts, ballot: _New, ballot_id: int, *, outcome: RoundOutcome | None, number: str | None
) -> CastResult:
    return CastResult(
        round_id=facts.id,
        offer_id=facts.offer_id,
        ballot_id=ballot_id,
        seat=ballot.seat,
        principal_id=ballot.principal_id,
        choice=ballot.choice,
        duplicate=False,
        late=not ballot.counted,
        declared=ballot.counted and outcome is not None,
        state=RoundState.CLOSED if outcome else facts.state,
        outcome=outcome,
        number=number,
    )


def _again(facts: RoundFacts, ballot: _Earlier, actor: Known) -> CastResult:
    """The answer to a click that was answered before."""
    if ballot.actor_id != actor.id:
        raise NotAllowed(roles=())
    return CastResult(
        round_id=facts.id,
        offer_id=facts.offer_id,
        ballot_id=ballot.id,
        seat=ballot.seat,
        principal_id=ballot.principal_id,
        choice=ballot.choice,
        duplicate=True,
        late=not ballot.counted,
        declared=ballot.counted and facts.decided_at == ballot.cast_at,
        state=facts.state,
        outcome=facts.outcome,
        number=facts.number,
    )


def _checked(choice: Choice, reason: str | None, conditions: Sequence[Condition]) -> str | None:
    """The text a ballot keeps. No-Go says why, need-info says what is asked, each condition has text, owner and
    date.
    """
    text = (reason or "").strip()
    field = "question" if choice is Choice.NEED_INFO else "reason"
    problems: dict[str, tuple[str, dict[str, Any]]] = {}
    if choice in {Choice.NO_GO, Choice.NEED_INFO} and not text:
        problems[field] = ("errors.required", {})
    if len(text) > REASON_LIMIT:
        problems[field] = ("errors.too_long", {"limit": REASON_LIMIT})
    for number, condition in enumerate(conditions, start=1):
        problems.update(_condition_problems(number, condition, choice))
    if problems:
        raise Invalid(problems)
    return text or None


def _condition_problems(number: int, condition: Condition, choice: Choice) -> dict[str, tuple[str, dict[str, Any]]]:
    if choice is not Choice.GO or number > CONDITIONS:
        return {f"condition_text_{number}": ("errors.condition_place", {"limit": CONDITIONS})}
    problems: dict[str, tuple[str, dict[str, Any]]] = {}
    given = {"text": condition.text.strip(), "owner": condition.owner.strip()}
    for name, limit in (("text", CONDITION_LIMIT), ("owner", CONDITION_OWNER_LIMIT)):
        if not given[name]:
            problems[f"condition_{name}_{number}"] = ("errors.required", {})
        elif len(given[name]) > limit:
            problems[f"condition_{name}_{number}"] = ("errors.too_long", {"limit": limit})
    if condition.due_on is None:
        problems[f"condition_due_{number}"] = ("errors.required", {})
    return problems


def _keep(session: Session, facts: RoundFacts, ballot: _New, conditions: Sequence[Condition]) -> int:
    """Append the ballot with its conditions and its line in the trail; returns its id."""
    ballot_id = _INSERT.insert(session, {"round_id": facts.id, **ballot._asdict()})
    for condition in conditions:
        _INSERT_CONDITION.run(session, condition.row(ballot_id))
    audit.record(
        session,
        now=ballot.cast_at,
        action="ballot.cast" if ballot.counted else "ballot.late",
        subject="round",
        subject_id=facts.id,
        actor_id=ballot.actor_id,
        on_behalf_of_id=None if ballot.actor_id == ballot.principal_id else ballot.principal_id,
        after={"ballot": ballot_id, "seat": ballot.seat, "choice": ballot.choice},
    )
    return ballot_id


def _result(facts: RoundFacts, counted: Tally, choice: Choice) -> tuple[RoundOutcome | None, Why]:
    """What the round has become with this ballot. After the escalation the CEO's word alone decides."""
    if facts.state is RoundState.ESCALATED:
        return {Choice.GO: RoundOutcome.GO, Choice.NO_GO: RoundOutcome.NO_GO}.get(choice), Why.CEO
    return counted.declared, counted.why
