"""Rounds under every mixture of votes, changes, deputies, late and repeated clicks, closings, reopenings and crashes.

A model of a few lines says what must come out; the database must agree after each step.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.audit import AuditEvent
from bot.database import Database
from bot.decisions.models import Ballot, Choice, Round, RoundOutcome, RoundState
from bot.decisions.service import CastResult, cast, close_due, remind_due, reopen
from bot.errors import NotAllowed
from bot.offers.models import Offer, Outcome
from bot.sync.models import Kind, LedgerRow
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

SEATS = {"CTO": "cto", "CPO": "cpo", "CEO": "ceo"}
DEPUTY, PRINCIPAL = "project manager", "CPO"
OFFERS = 2
LENGTH = timedelta(days=3)


class PowerCut(Exception):
    """Stands for a crash before the commit."""


@dataclass
class Expected:
    """What the model knows about one offer."""

    rounds: list[int] = field(default_factory=list)
    state: RoundState = RoundState.CLOSED
    closes_at: datetime = MONDAY
    ballots: dict[str, Choice] = field(default_factory=dict)
    kept: int = 0
    outcome: RoundOutcome | None = None
    number: str | None = None

    def decided(self) -> RoundOutcome | None:
        """The result of majority of three with the CEO's veto, quorum two, at the deadline."""
        said = {seat: choice for seat, choice in self.ballots.items() if choice is not Choice.NEED_INFO}
        if said.get("ceo") is Choice.NO_GO:
            return RoundOutcome.NO_GO
        go, no_go = (sum(c is kind for c in said.values()) for kind in (Choice.GO, Choice.NO_GO))
        if len(said) < 2 or go == no_go:
            return None
        return RoundOutcome.GO if go > no_go else RoundOutcome.NO_GO

    def fixed(self) -> RoundOutcome | None:
        """The result that no missing ballot can change."""
        open_seats = [seat for seat in SEATS.values() if self.ballots.get(seat, Choice.NEED_INFO) is Choice.NEED_INFO]
        ends = set()
        for answers in itertools.product(Choice, repeat=len(open_seats)):
            ahead = Expected(ballots={**self.ballots, **dict(zip(open_seats, answers, strict=True))})
            ends.add(ahead.decided())
        return ends.pop() if len(ends) == 1 else None


class Rounds(RuleBasedStateMachine):
    """The machine; subclasses say on which database, and how it is emptied."""

    database: Database
    empty: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.house = House(self.database)
        self.now = MONDAY
        self.expected: dict[int, Expected] = {}
        self.answers: dict[str, tuple[int, str, Choice, CastResult]] = {}
        self.next_number = 580

    @initialize()
    def begin(self) -> None:
        self.empty()
        self.house.staff()
        self.house.deputise(PRINCIPAL, DEPUTY, MONDAY, MONDAY + timedelta(days=400))
        for place in range(OFFERS):
            offer_id = self.house.offer(number=f"1-1000{place}")
            self.house.evaluate(offer_id)
            self.expected[offer_id] = Expected()

    def pick(self, place: int) -> tuple[int, Expected]:
        """One of the offers."""
        return list(self.expected.items())[place]

    @rule(place=st.integers(0, OFFERS - 1))
    def open(self, place: int) -> None:
        offer_id, model = self.pick(place)
        if model.rounds:
            return
        row = self.house.open(offer_id, self.now)
        self.started(model, row)

    def started(self, model: Expected, row: Round) -> None:
        """A new round is open."""
        model.rounds.append(row.id)
        model.state, model.closes_at, model.ballots = RoundState.OPEN, row.closes_at, {}
        model.outcome = None

    @precondition(lambda self: any(model.rounds for model in self.expected.values()))
    @rule(
        place=st.integers(0, OFFERS - 1),
        who=st.sampled_from([*SEATS, DEPUTY, "engineer"]),
        choice=st.sampled_from(Choice),
        crash=st.booleans(),
    )
    def vote(self, place: int, who: str, choice: Choice, *, crash: bool) -> None:
        _offer_id, model = self.pick(place)
        if not model.rounds:
            return
        seat = SEATS.get(who) or (SEATS[PRINCIPAL] if who == DEPUTY else None)
        if seat is None:
            with pytest.raises(NotAllowed):
                self.house.vote(model.rounds[-1], who, choice, self.now)
            return
        key = f"machine-{len(self.answers)}"
        if crash:
            self.crash(model.rounds[-1], who, choice, key)
        result = self.house.vote(model.rounds[-1], who, choice, self.now, key=key)
        self.passed(model)
        late = model.state is RoundState.CLOSED or (model.state is RoundState.ESCALATED and seat != "ceo")
        before = model.state
        model.kept += 1
        if not late:
            model.ballots[seat] = choice
            self.settle(model, self.word(choice) if before is RoundState.ESCALATED else model.fixed())
        assert (result.late, result.seat, result.duplicate) == (late, seat, False)
        assert result.declared == (not late and model.state is RoundState.CLOSED)
        assert (result.outcome, result.number) == (model.outcome, model.number)
        principal = PRINCIPAL if who == DEPUTY else who
        assert result.principal_id == self.house.people[principal]
        self.answers[key] = (model.rounds[-1], who, choice, result)

    @staticmethod
    def word(choice: Choice) -> RoundOutcome | None:
        """What the CEO's ballot does after the escalation."""
        return {Choice.GO: RoundOutcome.GO, Choice.NO_GO: RoundOutcome.NO_GO}.get(choice)

    def crash(self, round_id: int, who: str, choice: Choice, key: str) -> None:
        """The same vote, killed before its commit: nothing of it may remain."""

        def work(session: Session) -> NoReturn:
            person = self.house.person(session, who)
            cast(
                session,
                round_id,
                person,
                choice,
                request_key=key,
                now=self.now,
                rules=self.house.rules,
                reason="The price",
            )
            raise PowerCut

        with pytest.raises(PowerCut):
            self.house.write(work)

    def passed(self, model: Expected) -> None:
        """Let the deadline do its work in the model."""
        if model.state is RoundState.OPEN and self.now >= model.closes_at:
            model.state = RoundState.ESCALATED
            self.settle(model, model.decided())

    def settle(self, model: Expected, outcome: RoundOutcome | None) -> None:
        """End the round with this outcome, if there is one."""
        if outcome is None:
            return
        model.state, model.outcome = RoundState.CLOSED, outcome
        if outcome is RoundOutcome.GO and model.number is None:
            model.number = f"S{self.next_number}"
            self.next_number += 1

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def click_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.answers)))
        round_id, who, choice, first = self.answers[key]
        again = self.house.vote(round_id, who, choice, self.now, key=key)
        assert again.duplicate
        assert (again.ballot_id, again.late, again.seat) == (first.ballot_id, first.late, first.seat)
        if first.declared:
            assert (again.declared, again.outcome) == (True, first.outcome)

    @rule(hours=st.sampled_from([1, 13, 30, 80]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        def work(session: Session) -> None:
            close_due(session, self.now, self.house.rules)
            remind_due(session, self.now, self.house.rules)

        self.house.write(work)
        for model in self.expected.values():
            self.passed(model)

    @rule(place=st.integers(0, OFFERS - 1), who=st.sampled_from(["engineer", "sales lead", "CTO", "key user"]))
    def reopen(self, place: int, who: str) -> None:
        _offer_id, model = self.pick(place)
        if model.state is not RoundState.CLOSED or not model.rounds:
            return

        def work(session: Session) -> Round:
            person = self.house.person(session, who)
            return reopen(session, model.rounds[-1], person, "The client asked", self.now, self.house.rules)

        if who == "key user":
            with pytest.raises(NotAllowed):
                self.house.write(work)
            return
        self.started(model, self.house.write(work))

    @invariant()
    def agrees_with_the_model(self) -> None:
        if self.expected:
            self.database.read_now(self.compare)

    def compare(self, session: Session) -> None:
        """The tables say what the model says, and what must hold whatever happened."""
        for offer_id, model in self.expected.items():
            offer = session.get_one(Offer, offer_id)
            assert offer.number == model.number
            lost = model.state is RoundState.CLOSED and model.outcome is RoundOutcome.NO_GO
            assert offer.outcome is (Outcome.NO_GO if lost else Outcome.OPEN)
            if model.outcome is RoundOutcome.GO:
                assert offer.stage == "PRE"
            if model.rounds:
                row = session.get_one(Round, model.rounds[-1])
                assert (row.state, row.outcome) == (model.state, model.outcome)
                assert row.sequence == len(model.rounds)
        numbers = sorted(n for n in session.scalars(sa.select(Offer.number)) if n)
        assert numbers == [f"S{580 + place}" for place in range(len(numbers))]
        ballots = session.scalar(sa.select(sa.func.count()).select_from(Ballot))
        assert ballots == sum(model.kept for model in self.expected.values())
        trail = sa.select(sa.func.count()).where(AuditEvent.action.in_(["ballot.cast", "ballot.late"]))
        assert session.scalar(trail) == ballots
        decided = sa.select(sa.func.count()).select_from(Round).where(Round.state == RoundState.CLOSED)
        told = sa.select(sa.func.count()).where(LedgerRow.kind == Kind.DECISION_REPLY)
        assert session.scalar(decided) == session.scalar(told)


def test_rounds_machine(database: Database, empty: Callable[[], None]) -> None:
    machine = type("RoundsHere", (Rounds,), {"database": database, "empty": staticmethod(empty)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15 if database.is_sqlite else 6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
