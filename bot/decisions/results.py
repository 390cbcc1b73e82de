"""How a round ends: by a result, or by going to the CEO. Everything here happens inside the transaction that
locked the round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import audit
from bot.crash import reach
from bot.decisions import seats
from bot.decisions.models import Choice, Round, RoundOutcome, RoundReminder, RoundState, RuleKind, Why
from bot.decisions.rules import DECIDING_SEAT, ESCALATED, DecisionRules, VotingRule, tally
from bot.decisions.standing import AFTER
from bot.decisions.views import Standing
from bot.errors import NotFound
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.statements import Prepared, database_of
from bot.sync.ledger import redraw, redraw_two, tell_admins, want
from bot.sync.models import Kind, person_target
from bot.sync.outside import offer_changed


class RoundFacts(NamedTuple):
    """A round as one transaction found and locked it, with what its result touches."""

    id: int
    offer_id: int
    state: RoundState
    outcome: RoundOutcome | None
    voting: VotingRule
    closes_at: datetime
    decided_at: datetime | None
    revision: int
    owner_id: int
    tender_id: int | None
    title: str
    number: str | None

    @property
    def eligible(self) -> tuple[str, ...]:
        """The seats somebody may speak for; after the escalation the CEO's in any case."""
        if self.state is RoundState.ESCALATED and DECIDING_SEAT not in self.voting.seats:
            return (*self.voting.seats, DECIDING_SEAT)
        return self.voting.seats


_ROUND = sa.inspect(Round)
_LOCK = Prepared(sa.select(Round.id).where(Round.id == sa.bindparam("round")).with_for_update())
_FACTS = Prepared(
    sa.select(
        Round.id,
        Round.offer_id,
        Round.state,
        Round.outcome,
        Round.rule,
        Round.seats,
        Round.quorum,
        Round.veto_seats,
        Round.closes_at,
        Round.decided_at,
        Round.revision,
        Offer.owner_id,
        Offer.tender_id,
        Offer.title,
        Offer.number,
    )
    .join(Offer, Offer.id == Round.offer_id)
    .where(Round.id == sa.bindparam("round"))
)
_END = Prepared(
    sa.update(Round.__table__)  # type: ignore[arg-type]
    .where(Round.id == sa.bindparam("round"))
    .values(
        state=sa.bindparam("new_state"),
        outcome=sa.bindparam("result"),
        decided_at=sa.bindparam("moment"),
        why=sa.bindparam("because"),
        revision=Round.revision + 1,
    )
)


def hold(session: Session, round_id: int) -> None:
    """Let nobody else change the round until this transaction ends."""
    if database_of(session) == "postgresql":
        # A statement of its own: one that waits for the lock sees the offer as it was before the wait.
        # On SQLite the writer has the whole database.
        _LOCK.run(session, {"round": round_id})


def facts_of(standing: Standing) -> RoundFacts:
    """What a result touches, from a standing that was read while the round was held."""
    offer = standing.offer
    return RoundFacts(
        id=standing.round_id,
        offer_id=offer.id,
        state=standing.state,
        outcome=standing.outcome,
        voting=standing.voting,
        closes_at=standing.closes_at,
        decided_at=standing.decided_at,
        revision=standing.revision,
        owner_id=offer.owner.id,
        tender_id=offer.tender_id,
        title=offer.title,
        number=offer.number,
    )


def lock(session: Session, round_id: int) -> RoundFacts:
    """The round, and nobody else changes it until this transaction ends. Raises :class:`NotFound`."""
    hold(session, round_id)
    rows = _FACTS.run(session, {"round": round_id})
    if not rows:
        raise NotFound
    found, offer_id, state, outcome, rule, seat_list, quorum, veto, closes, decided, revision, *offer = rows[0]
    voting = VotingRule(RuleKind(rule), tuple(seat_list), quorum, frozenset(veto))
    return RoundFacts(found, offer_id, state, outcome, voting, closes, decided, revision, *offer)


def declare(
    session: Session,
    facts: RoundFacts,
    outcome: RoundOutcome,
    why: Why,
    *,
    now: datetime,
    rules: DecisionRules,
    actor_id: int | None,
) -> str | None:
    """End the round. Go gives the offer its number (returned) and the Go stage; No-Go ends the offer. ``actor_id``
    None: the deadline did it.
    """
    _end(session, facts, RoundState.CLOSED, outcome, why, now)
    audit.record(
        session,
        now=now,
        action="round.decided",
        subject="round",
        subject_id=facts.id,
        actor_id=actor_id,
        before={"state": facts.state.value},
        after={"outcome": outcome.value, "why": why.value},
    )
    number = None
    if outcome is RoundOutcome.GO:
        number = offers.allocate_number(
            session,
            facts.offer_id,
            now=now,
            pattern=rules.number_pattern,
            first=rules.first_number,
            actor_id=actor_id,
        )
        reach("vote.after_number")
    offer = offers.locked(session, facts.offer_id)
    # An offer that was ended while its round ran stays ended.
    going_on = offer.outcome is Outcome.OPEN
    moved = False
    if outcome is RoundOutcome.GO and rules.go_stage and going_on:
        moved = offers.enter_stage(
            session,
            offer,
            rules.go_stage,
            now=now,
            cause="round",
            actor_id=actor_id,
            on=rules.today(now),
            defaults=rules.defaults_of(rules.go_stage),
        )
    if number is not None and not moved:
        offer_changed(session, offer, now=now)
    if outcome is RoundOutcome.NO_GO and going_on:
        offers.set_outcome(session, offer, Outcome.NO_GO, now=now, actor_id=actor_id, on=rules.today(now))
    want(session, Kind.OUTCOME_CARD, facts.id, now=now, target=person_target(facts.owner_id))
    want(session, Kind.DECISION_REPLY, facts.id, now=now)
    return number


def _end(
    session: Session,
    facts: RoundFacts,
    state: RoundState,
    outcome: RoundOutcome | None,
    why: Why | None,
    now: datetime,
) -> None:
    _END.run(
        session,
        {
            "round": facts.id,
            "new_state": state,
            "result": outcome,
            "because": why,
            "moment": now if outcome else None,
        },
    )
    forget(session, facts.id)


def forget(session: Session, round_id: int) -> None:
    """What was known of a round earlier in this transaction is read again when somebody looks at it."""
    session.info.pop(AFTER, None)
    loaded = session.identity_map.get(_ROUND.identity_key_from_primary_key((round_id,)))
    if loaded is not None:
        session.expire(loaded)


def escalate(session: Session, facts: RoundFacts, *, now: datetime) -> None:
    """The deadline passed without a result: the CEO and today's deputies are asked, alone. Without any CEO the
    admins are told.
    """
    _end(session, facts, RoundState.ESCALATED, None, None, now)
    audit.record(
        session,
        now=now,
        action="round.escalated",
        subject="round",
        subject_id=facts.id,
        before={"state": facts.state.value},
        after={"state": RoundState.ESCALATED.value},
    )
    people = seats.people_behind(seats.holders(session, (DECIDING_SEAT,), now))
    for person_id in people:
        want(session, Kind.VOTE_CARD, facts.id, now=now, target=person_target(person_id))
    remind(session, facts.id, ESCALATED, tuple(people), now=now)
    if not people:
        tell_admins(session, "no_ceo", {"offer": facts.title, "round": facts.id}, now=now)


def remind(session: Session, round_id: int, step: str, people: Sequence[int], *, now: datetime) -> int:
    """Send one reminder to each of these people who has not had it; returns to how many."""
    statement = sa.select(RoundReminder.person_id).where(RoundReminder.round_id == round_id, RoundReminder.step == step)
    reminded = set(session.scalars(statement))
    new = [person for person in people if person not in reminded]
    for person in new:
        row = RoundReminder(round_id=round_id, step=step, person_id=person, at=now)
        session.add(row)
        session.flush()
        want(session, Kind.VOTE_REMINDER, row.id, now=now, target=person_target(person))
    return len(new)


def mark(session: Session, facts: RoundFacts, *, now: datetime) -> None:
    """What everybody sees of this round is stale: the tender's shared message and the approvers' cards."""
    if facts.tender_id is None:
        redraw(session, Kind.VOTE_CARD, facts.id, now=now)
    else:
        redraw_two(session, (Kind.SHARED_CARD, facts.tender_id), (Kind.VOTE_CARD, facts.id), now=now)


def close(
    session: Session,
    facts: RoundFacts,
    standing: Mapping[str, Choice],
    *,
    now: datetime,
    rules: DecisionRules,
) -> RoundFacts:
    """Do what the deadline of an open round demands: the result the cast ballots give, otherwise the escalation.
    ``standing``: choice by seat.
    """
    counted = tally(standing, facts.voting)
    if counted.outcome is None:
        # Held before the cards are marked, as where a round is decided, because the CEO's word may decide at once.
        offers.locked(session, facts.offer_id)
        escalate(session, facts, now=now)
        after = facts._replace(state=RoundState.ESCALATED)
    else:
        number = declare(session, facts, counted.outcome, counted.why, now=now, rules=rules, actor_id=None)
        after = facts._replace(
            state=RoundState.CLOSED, outcome=counted.outcome, decided_at=now, number=number or facts.number
        )
    mark(session, facts, now=now)
    return after
