"""Offers under every mixture of quotes, activities, signatures, moves, ends, reopenings, rounds and probabilities.

A model of a few lines says what must come out; the database must agree after each step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.config import StageType
from bot.errors import Invalid
from bot.offers import fields, record, stages
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, Weighting
from bot.quotes.models import Quote
from tests.unit.decisions.conftest import MONDAY, House
from tests.unit.offers.test_stages import COMPANY, TODAY, Bench, record_sent_quote

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

OPEN_STAGES = [stage.code for stage in COMPANY.stages.stage if not stage.closes]
ENDS = {Outcome.WON: "WON", Outcome.LOST: "LOS", Outcome.ABANDONED: "ABN"}
DAYS = st.integers(-6, 0).map(lambda days: TODAY + timedelta(days=days))


@dataclass
class Expected:
    """What the model knows about the offer."""

    history: list[str] = field(default_factory=lambda: ["DET"])
    outcome: Outcome = Outcome.OPEN
    chances: dict[str, int | None] = field(default_factory=lambda: {"launch": None, "success": None})
    typed: set[str] = field(default_factory=set)
    quotes: int = 0
    signed: bool = False
    number: str | None = None

    @property
    def stage(self) -> str:
        """Where it stands."""
        return self.history[-1]

    def enter(self, code: str) -> None:
        """Into a stage, with what the stage says and nobody typed."""
        if code == self.stage:
            return
        self.history.append(code)
        for name in self.chances.keys() - self.typed:
            self.chances[name] = self.given(name) if self.given(name) is not None else self.chances[name]

    def given(self, name: str) -> int | None:
        """What the stage gives."""
        stage = COMPANY.stages.by_code(self.stage)
        assert stage is not None
        return int(value) if (value := getattr(stage, name)) is not None else None

    def again(self) -> None:
        """Open again, where it last was open."""
        self.outcome = Outcome.OPEN
        self.enter(next(code for code in reversed(self.history) if code in OPEN_STAGES))


class Stages(RuleBasedStateMachine):
    """The machine; subclasses say in which house."""

    house: ClassVar[House]
    tenders: ClassVar[count[int]]
    numbers: ClassVar[count[int]]

    @initialize()
    def begin(self) -> None:
        self.model = Expected()
        self.bench = Bench.__new__(Bench)
        self.bench.house, self.bench.company = self.house, COMPANY
        self.bench.offer_id = self.house.offer(number=f"1-{next(self.tenders)}")

    def closed_to_all_but_its_round(self, work: Any) -> bool:  # noqa: ANN401
        """After a No-Go everything is refused."""
        if self.model.outcome is not Outcome.NO_GO:
            return False
        with pytest.raises(stages.EndedInNoGo):
            work()
        return True

    @rule(on=DAYS)
    def quote(self, on: date) -> None:
        if self.closed_to_all_but_its_round(lambda: self.bench.quote(on)):
            return
        self.bench.quote(on)
        self.model.quotes += 1
        if self.model.outcome is Outcome.WON:
            return
        if self.model.outcome is not Outcome.OPEN:
            self.model.again()
        self.model.enter("SNT")

    @rule()
    def quote_that_is_prepared_only(self) -> None:
        def prepare(session: Session, offer: Offer, **given: Any) -> None:  # noqa: ANN401
            record_sent_quote(session, offer, given["actor"].id)
            newest = sa.select(sa.func.max(Quote.id)).where(Quote.offer_id == offer.id)
            session.get_one(Quote, session.scalar(newest)).sent_at = None

        self.bench.do(prepare)

    @rule()
    def activity(self) -> None:
        reached = self.model.quotes or "SNT" in self.model.history
        moves = bool(self.model.outcome is Outcome.OPEN and reached and self.model.stage != "NEG")
        assert self.bench.call() == moves
        if moves:
            self.model.enter("NEG")

    @rule(on=DAYS)
    def sign(self, on: date) -> None:
        if self.closed_to_all_but_its_round(lambda: self.bench.sign(on)):
            return
        self.bench.sign(on)
        if self.model.outcome is not Outcome.WON:
            if self.model.outcome is not Outcome.OPEN:
                self.model.again()
            self.model.enter("WON")
            self.model.outcome, self.model.signed = Outcome.WON, True
            self.model.number = self.model.number or f"S{next(self.numbers)}"

    @rule(stage=st.sampled_from([stage.code for stage in COMPANY.stages.stage]))
    def move(self, stage: str) -> None:
        if self.closed_to_all_but_its_round(lambda: self.bench.move(stage)):
            return
        if self.model.outcome is not Outcome.OPEN:
            with pytest.raises(stages.Ended):
                self.bench.move(stage)
        elif stage not in OPEN_STAGES:
            with pytest.raises(Invalid):
                self.bench.move(stage)
        else:
            assert self.bench.move(stage) == (stage != self.model.stage)
            self.model.enter(stage)

    @rule(outcome=st.sampled_from([Outcome.LOST, Outcome.ABANDONED]), note=st.sampled_from(["", "They said so"]))
    def end(self, outcome: Outcome, note: str) -> None:
        if self.closed_to_all_but_its_round(lambda: self.bench.end(outcome)):
            return
        if self.model.outcome is not Outcome.OPEN:
            with pytest.raises(stages.Ended):
                self.bench.end(outcome)
        elif not note:
            with pytest.raises(Invalid):
                self.bench.end(outcome, note=note)
        else:
            self.bench.end(outcome)
            self.model.enter(ENDS[outcome])
            self.model.outcome = outcome

    @rule()
    def reopen(self) -> None:
        if self.closed_to_all_but_its_round(self.bench.reopen):
            return
        if self.model.outcome is Outcome.OPEN:
            with pytest.raises(stages.NotEnded):
                self.bench.reopen()
        else:
            self.bench.reopen()
            self.model.again()

    @rule()
    def round(self) -> None:
        """A round that ends in No-Go, or the one that opens such an offer again."""
        if self.model.outcome not in {Outcome.OPEN, Outcome.NO_GO}:
            return
        refuse = self.model.outcome is Outcome.OPEN

        def decide(session: Session, offer: Offer, **_given: Any) -> None:  # noqa: ANN401
            outcome = Outcome.NO_GO if refuse else Outcome.OPEN
            offers.set_outcome(session, offer, outcome, now=MONDAY, actor_id=None, on=TODAY)

        self.bench.do(decide)
        self.model.outcome = Outcome.NO_GO if refuse else Outcome.OPEN

    @rule(name=st.sampled_from(["launch", "success"]), value=st.none() | st.integers(0, 100))
    def type_a_probability(self, name: str, value: int | None) -> None:
        def save(session: Session, offer: Offer, **given: Any) -> tuple[str, ...]:  # noqa: ANN401
            specs = fields.money(COMPANY.lists, offer.currency, {one.value: one.value for one in Weighting})
            shown = {spec.name: getattr(offer, spec.name) for spec in specs}
            typed = {key: "" if one is None else str(one) for key, one in shown.items()}
            typed[f"{name}_probability"] = "" if value is None else str(value)
            return record.save(session, offer.id, specs, typed, base=offer.revision, **given)[1]

        changed = bool(self.bench.do(save))
        assert changed == (value != self.model.chances[name])
        if changed and value is not None:
            self.model.typed.add(name)
            self.model.chances[name] = value
        elif changed:
            self.model.typed.discard(name)
            self.model.chances[name] = self.model.given(name)

    @invariant()
    def agrees_with_the_model(self) -> None:
        if hasattr(self, "model"):
            self.house.database.read_now(self.compare)

    def compare(self, session: Session) -> None:
        """The tables say what the model says, and what must hold whatever happened."""
        model, offer = self.model, offers.by_id(session, self.bench.offer_id)
        steps = stages.presales(session, offer.id)
        assert [step.stage for step in steps] == model.history
        assert (offer.stage, offer.outcome) == (model.stage, model.outcome)
        assert {"launch": offer.launch_probability, "success": offer.success_probability} == model.chances
        assert {"launch": offer.launch_by_hand, "success": offer.success_by_hand} == {
            name: name in model.typed for name in model.chances
        }
        days = [step.entered_on for step in steps if step.entered_on is not None]
        assert len(days) == len(steps)
        assert all(later >= earlier for earlier, later in pairwise(days))
        assert all(step.done or not (step.reason_code or step.reason_note) for step in steps)
        stage = COMPANY.stages.by_code(offer.stage)
        assert stage is not None
        assert stage.closes == (offer.outcome in ENDS)
        assert ENDS.get(offer.outcome) in {None, offer.stage}
        assert (stage.type is StageType.WON) == (offer.outcome is Outcome.WON)
        assert (offer.ended_on is None) == (offer.outcome is Outcome.OPEN)
        assert (offer.end_note is None) == (offer.outcome not in {Outcome.LOST, Outcome.ABANDONED})
        assert (offer.number, offer.project_number) == (
            model.number,
            f"{model.number}P" if model.signed else None,
        )
        assert stages.was_sent(session, offer.id) == (model.quotes > 0)
        sent = sa.select(sa.func.count()).where(Quote.offer_id == offer.id, Quote.sent_at.is_not(None))
        assert session.scalar(sent) == model.quotes


def test_stages_machine(database: Database) -> None:
    house = House(database)
    house.staff()
    here = {"house": house, "tenders": count(10_000), "numbers": count(580)}
    run_state_machine_as_test(
        type("StagesHere", (Stages,), here),
        settings=settings(
            max_examples=25 if database.is_sqlite else 8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
