"""What moves an offer through its stages, and what never does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.config import StageType, default
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import fields, stages
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome, StageStep
from bot.quotes.models import Quote
from bot.records import service as records
from bot.sync.models import Kind
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.config.models import Company

COMPANY = default()
TODAY = date(2026, 11, 23)
EAGER = COMPANY.model_copy(
    update={
        "rules": COMPANY.rules.model_copy(
            update={"stages": COMPANY.rules.stages.model_copy(update={"negotiation_on_any_activity": True})}
        )
    }
)


def record_sent_quote(session: Session, offer: Offer, actor_id: int) -> None:
    """A quote as the room of quotes leaves it when it was sent."""
    count = session.scalar(sa.select(sa.func.count()).select_from(Quote).where(Quote.offer_id == offer.id)) or 0
    quote = Quote(
        offer_id=offer.id,
        number=count + 1,
        price=1000,
        currency="EUR",
        sent_on=TODAY,
        sent_at=MONDAY,
        sent_by_id=actor_id,
        created_at=MONDAY,
        created_by_id=actor_id,
        updated_at=MONDAY,
        updated_by_id=actor_id,
    )
    session.add(quote)
    session.flush()


class Bench:
    """One offer, and every event that can happen to it, each in its own transaction."""

    def __init__(self, house: House, company: Company = COMPANY) -> None:
        self.house, self.company = house, company
        self.offer_id = house.offer()

    def do(self, work: Callable[..., Any], *, by: str = "engineer", **more: Any) -> Any:  # noqa: ANN401
        """One call of the engine on the locked offer."""

        def inside(session: Session) -> Any:  # noqa: ANN401
            offer = offers.locked(session, self.offer_id)
            given = {"company": self.company, "actor": self.house.person(session, by), "now": MONDAY, **more}
            return work(session, offer, **given)

        return self.house.write(inside)

    def quote(self, on: date = TODAY) -> None:
        def sent(session: Session, offer: Offer, **given: Any) -> None:  # noqa: ANN401
            record_sent_quote(session, offer, given["actor"].id)
            stages.after_quote_sent(session, offer, **given)

        self.do(sent, on=on)

    def call(self) -> bool:
        return bool(self.do(stages.after_activity, on=TODAY))

    def sign(self, on: date = TODAY) -> None:
        self.do(stages.sign, on=on)

    def end(self, outcome: Outcome, reason: str | None = None, note: str | None = "They said so") -> None:
        reason = reason or {Outcome.LOST: "price", Outcome.ABANDONED: "cancelled"}[outcome]
        self.do(stages.end, outcome=outcome, on=TODAY, reason=reason, note=note)

    def reopen(self, reason: str = "They called back") -> None:
        self.do(stages.reopen, reason=reason)

    def move(self, stage: str, *, by: str = "engineer", base: int | None = None, **typed: str) -> bool:
        given = {"stage": stage, "entered_on": TODAY.isoformat(), **typed}

        def inside(session: Session) -> bool:
            specs = fields.stage_change(self.company.stages, "fr")
            revision = offers.by_id(session, self.offer_id).revision if base is None else base
            actor = self.house.person(session, by)
            _offer, moved = stages.move(
                session, self.offer_id, specs, given, base=revision, company=self.company, actor=actor, now=MONDAY
            )
            return moved

        return self.house.write(inside)

    def finish(self, step_id: int, *, by: str = "engineer", base: int | None = None, **typed: str) -> None:
        def inside(session: Session) -> None:
            step = stages.step_of(session, step_id)
            specs = fields.step_done(stages.reasons_of(self.company, step), "fr", step.reason_code)
            revision = offers.by_id(session, self.offer_id).revision if base is None else base
            actor = self.house.person(session, by)
            stages.finish(session, step_id, specs, typed, base=revision, company=self.company, actor=actor, now=MONDAY)

        self.house.write(inside)

    def after_award(self, step: str, day: date) -> None:
        def inside(session: Session) -> None:
            specs = fields.post_award(self.company.stages, "fr")
            typed = {"step": step, "day": day.isoformat()}
            actor = self.house.person(session, "engineer")
            stages.enter_post_award(session, self.offer_id, specs, typed, company=self.company, actor=actor, now=MONDAY)

        self.house.write(inside)

    @property
    def offer(self) -> Offer:
        return self.house.database.read_now(lambda session: offers.by_id(session, self.offer_id))

    @property
    def state(self) -> tuple[str, Outcome]:
        return self.offer.stage, self.offer.outcome

    def steps(self, *, post_award: bool = False) -> list[StageStep]:
        read = stages.post_award_of if post_award else stages.presales
        return self.house.database.read_now(lambda session: read(session, self.offer_id))

    def history(self) -> list[tuple[str, str]]:
        return [(step.stage, step.cause) for step in self.steps()]


@pytest.fixture
def bench(house: House) -> Bench:
    """An offer of the engineer in its first stage."""
    return Bench(house)


# the table of automation


def nothing(_bench: Bench) -> None:
    """The offer as it was opened."""


AUTOMATION = [
    (nothing, nothing, "DET", Outcome.OPEN),
    (nothing, Bench.quote, "SNT", Outcome.OPEN),
    (nothing, Bench.call, "DET", Outcome.OPEN),
    (Bench.quote, Bench.call, "NEG", Outcome.OPEN),
    (lambda bench: bench.move("SNT"), Bench.call, "NEG", Outcome.OPEN),
    (lambda bench: bench.move("CLA"), Bench.call, "CLA", Outcome.OPEN),
    (nothing, Bench.sign, "WON", Outcome.WON),
    (lambda bench: bench.end(Outcome.LOST), Bench.quote, "SNT", Outcome.OPEN),
    (lambda bench: bench.end(Outcome.ABANDONED), Bench.quote, "SNT", Outcome.OPEN),
    (lambda bench: bench.end(Outcome.LOST), Bench.call, "LOS", Outcome.LOST),
    (lambda bench: bench.end(Outcome.LOST), Bench.sign, "WON", Outcome.WON),
    (Bench.sign, Bench.quote, "WON", Outcome.WON),
    (Bench.sign, Bench.call, "WON", Outcome.WON),
    (Bench.sign, Bench.sign, "WON", Outcome.WON),
    (Bench.sign, Bench.reopen, "DET", Outcome.OPEN),
    (lambda bench: bench.end(Outcome.LOST), Bench.reopen, "DET", Outcome.OPEN),
    (Bench.quote, lambda bench: bench.end(Outcome.LOST), "LOS", Outcome.LOST),
    (Bench.quote, lambda bench: bench.end(Outcome.ABANDONED), "ABN", Outcome.ABANDONED),
]


@pytest.mark.parametrize(("before", "event", "stage", "outcome"), AUTOMATION)
def test_what_enters_which_stage(
    bench: Bench, before: Callable[[Bench], None], event: Callable[[Bench], None], stage: str, outcome: Outcome
) -> None:
    before(bench)
    event(bench)
    assert bench.state == (stage, outcome)


def test_a_company_may_have_any_activity_enter_negotiation(house: House) -> None:
    bench = Bench(house, EAGER)
    assert bench.call()
    assert bench.state == ("NEG", Outcome.OPEN)
    assert not bench.call()


def test_a_company_without_the_stages_is_moved_nowhere(house: House) -> None:
    only = COMPANY.stages.model_copy(update={"stage": COMPANY.stages.stage[:3]})
    bench = Bench(house, COMPANY.model_copy(update={"stages": only}))
    bench.quote()
    assert not bench.call()
    bench.do(stages.end, outcome=Outcome.LOST, on=TODAY, reason=None, note="They said so")
    assert bench.state == ("DET", Outcome.LOST)
    bench.reopen()
    bench.sign()
    assert bench.state == ("DET", Outcome.WON)


# signature


def test_the_signature_gives_the_project_number_once(bench: Bench) -> None:
    bench.sign()
    offer = bench.offer
    assert (offer.number, offer.project_number, offer.signed_on, offer.ended_on) == ("S580", "S580P", TODAY, TODAY)
    bench.sign(TODAY - timedelta(days=1))
    assert bench.offer.signed_on == TODAY - timedelta(days=1)
    bench.reopen()
    reopened = bench.offer
    assert (reopened.project_number, reopened.signed_on, reopened.ended_on) == ("S580P", None, None)
    bench.sign()
    assert bench.offer.project_number == "S580P"
    assert bench.history() == [
        ("DET", "person"),
        ("WON", "signature"),
        ("DET", "reopening"),
        ("WON", "signature"),
    ]


def test_a_signature_on_a_lost_offer_reopens_it_first(bench: Bench) -> None:
    bench.quote()
    bench.end(Outcome.LOST)
    bench.sign()
    assert bench.history()[-3:] == [("LOS", "person"), ("SNT", "reopening"), ("WON", "signature")]
    assert (bench.offer.end_reason, bench.offer.end_note) == (None, None)


# ending


@pytest.mark.parametrize(
    ("reason", "note", "wrong"),
    [
        ("", "They said so", {"reason": ("errors.required", {})}),
        ("weather", "They said so", {"reason": ("errors.choice", {})}),
        ("price", "  ", {"note": ("errors.required", {})}),
        ("price", "x" * 2001, {"note": ("errors.too_long", {"limit": 2000})}),
        (None, None, {"reason": ("errors.required", {}), "note": ("errors.required", {})}),
    ],
)
def test_losing_needs_a_reason_and_a_note(
    bench: Bench, reason: str | None, note: str | None, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        bench.do(stages.end, outcome=Outcome.LOST, on=TODAY, reason=reason, note=note)
    assert refused.value.fields == wrong
    assert bench.state == ("DET", Outcome.OPEN)


def test_the_end_is_written_on_the_offer_and_on_its_step(bench: Bench) -> None:
    bench.end(Outcome.LOST)
    offer, step = bench.offer, bench.steps()[-1]
    assert (offer.end_reason, offer.end_note, offer.ended_on) == ("price", "They said so", TODAY)
    assert (step.stage, step.done, step.reason_code, step.reason_note) == ("LOS", True, "price", "They said so")


def with_reasons(code: str, count: int) -> Company:
    """The company with so many reasons on one stage."""
    reasons = COMPANY.stages.stage[8].reasons[:count]
    listed = tuple(
        stage.model_copy(update={"reasons": reasons}) if stage.code == code else stage for stage in COMPANY.stages.stage
    )
    return COMPANY.model_copy(update={"stages": COMPANY.stages.model_copy(update={"stage": listed})})


@pytest.mark.parametrize(("count", "expected"), [(0, None), (1, "price")])
def test_a_single_reason_selects_itself_and_none_asks_for_none(house: House, count: int, expected: str | None) -> None:
    bench = Bench(house, with_reasons("LOS", count))
    bench.do(stages.end, outcome=Outcome.LOST, on=TODAY, reason=None, note="They said so")
    assert bench.offer.end_reason == expected


def test_what_has_ended_ends_only_once(bench: Bench) -> None:
    bench.end(Outcome.LOST)
    with pytest.raises(stages.Ended):
        bench.end(Outcome.ABANDONED)
    with pytest.raises(stages.Ended):
        bench.move("CLA")


# reopening


def test_reopening_goes_back_to_the_last_open_stage(bench: Bench) -> None:
    bench.quote()
    bench.call()
    bench.end(Outcome.LOST)
    bench.reopen()
    assert bench.state == ("NEG", Outcome.OPEN)
    offer = bench.offer
    assert (offer.end_reason, offer.end_note, offer.ended_on) == (None, None, None)
    assert [stage for stage, _ in bench.history()] == ["DET", "SNT", "NEG", "LOS", "NEG"]


@pytest.mark.parametrize(
    ("reason", "key"), [("", "errors.required"), (" \n", "errors.required"), ("x" * 2001, "errors.too_long")]
)
def test_reopening_needs_a_reason(bench: Bench, reason: str, key: str) -> None:
    bench.end(Outcome.LOST)
    with pytest.raises(Invalid) as refused:
        bench.reopen(reason)
    assert refused.value.fields["reason"][0] == key
    assert bench.state == ("LOS", Outcome.LOST)


def test_what_is_open_cannot_be_reopened(bench: Bench) -> None:
    with pytest.raises(stages.NotEnded):
        bench.reopen()


@pytest.mark.parametrize(
    "event",
    [
        Bench.quote,
        Bench.sign,
        Bench.reopen,
        lambda bench: bench.end(Outcome.LOST),
        lambda bench: bench.move("NEG"),
        lambda bench: bench.after_award("KICK", TODAY),
    ],
)
def test_a_no_go_is_reopened_through_its_round_only(bench: Bench, event: Callable[[Bench], None]) -> None:
    def refuse(session: Session, offer: Offer, **_given: Any) -> None:  # noqa: ANN401
        offers.set_outcome(session, offer, Outcome.NO_GO, now=MONDAY, actor_id=None, on=TODAY)

    bench.do(refuse)
    with pytest.raises(stages.EndedInNoGo):
        event(bench)
    assert bench.state == ("DET", Outcome.NO_GO)
    assert bench.offer.ended_on == TODAY


def test_the_thread_is_told_of_each_end_and_reopening(bench: Bench) -> None:
    bench.quote()
    bench.end(Outcome.LOST)
    bench.quote()
    bench.end(Outcome.ABANDONED)
    bench.reopen()
    bench.sign()
    told = {step for kind, step, _target in bench.house.ledger() if kind == Kind.END_REPLY.value}
    assert told == {step.id for step in bench.steps() if step.cause in {"reopening", "signature"} or step.done}


# probabilities


def probabilities(bench: Bench) -> tuple[int | None, int | None]:
    """Launch and success."""
    return bench.offer.launch_probability, bench.offer.success_probability


def test_a_stage_gives_its_probabilities_unless_a_person_set_them(bench: Bench) -> None:
    bench.move("PRE")
    assert probabilities(bench) == (70, 30)

    def by_hand(_session: Session, offer: Offer, **_given: Any) -> None:  # noqa: ANN401
        offer.success_probability, offer.success_by_hand = 12, True

    bench.do(by_hand)
    bench.quote()
    assert probabilities(bench) == (80, 12)
    bench.end(Outcome.LOST)
    assert probabilities(bench) == (80, 12)


def test_a_probability_given_by_a_stage_is_merged_like_one_that_somebody_typed(bench: Bench) -> None:
    base = bench.offer.revision
    bench.quote()
    seen = bench.house.database.read_now(lambda s: records.changes_since(s, "offer", bench.offer_id, base))
    assert set(seen) == {"launch_probability", "success_probability"}


# by hand


def test_only_the_owner_and_who_steers_move_an_offer(bench: Bench) -> None:
    assert bench.move("PRE", by="sales lead")
    with pytest.raises(NotAllowed):
        bench.move("CLA", by="key user")


def test_moving_to_where_it_is_changes_nothing(bench: Bench) -> None:
    before = bench.offer.revision
    assert not bench.move("DET")
    assert (bench.offer.revision, len(bench.steps())) == (before, 1)


@pytest.mark.parametrize("stage", ["WON", "LOS", "ABN", "XXX", ""])
def test_closing_stages_have_their_own_dialogs(bench: Bench, stage: str) -> None:
    with pytest.raises(Invalid) as refused:
        bench.move(stage)
    assert set(refused.value.fields) == {"stage"}


def test_a_step_is_neither_in_the_future_nor_before_the_one_it_follows(bench: Bench) -> None:
    with pytest.raises(Invalid) as refused:
        bench.move("PRE", entered_on=(TODAY + timedelta(days=1)).isoformat())
    assert refused.value.fields == {"entered_on": ("errors.date_future", {})}
    with pytest.raises(Invalid) as refused:
        bench.move("PRE", entered_on=(TODAY - timedelta(days=1)).isoformat())
    assert refused.value.fields == {"entered_on": ("errors.step_before", {"day": TODAY})}


def test_an_event_dated_earlier_does_not_turn_the_history_round(bench: Bench) -> None:
    bench.quote(TODAY - timedelta(days=9))
    assert [step.entered_on for step in bench.steps()] == [TODAY, TODAY]


def test_a_reason_is_given_on_a_done_step_of_the_same_stage(bench: Bench) -> None:
    with pytest.raises(Invalid) as refused:
        bench.move("SNT", reason_code="SNT.budget_accepted")
    assert refused.value.fields == {"reason_code": ("errors.reason_of_done", {})}
    with pytest.raises(Invalid) as refused:
        bench.move("SNT", reason_note="They agreed")
    assert refused.value.fields == {"reason_note": ("errors.reason_of_done", {})}
    with pytest.raises(Invalid) as refused:
        bench.move("PRE", done="true", reason_code="SNT.budget_accepted")
    assert refused.value.fields == {"reason_code": ("errors.reason_of_stage", {})}
    bench.move("SNT", done="true", reason_code="SNT.budget_accepted", reason_note="They agreed")
    step = bench.steps()[-1]
    assert (step.done, step.reason_code, step.reason_note) == (True, "budget_accepted", "They agreed")


@pytest.mark.parametrize(("count", "expected"), [(0, None), (1, "price"), (2, None)])
def test_a_single_reason_selects_itself_on_a_done_step(house: House, count: int, expected: str | None) -> None:
    bench = Bench(house, with_reasons("PRE", count))
    bench.move("PRE", done="true")
    assert bench.steps()[-1].reason_code == expected
    bench.move("CLA")
    bench.move("PRE")
    bench.finish(bench.steps()[-1].id, done="true", reason_note="Ready")
    step = bench.steps()[-1]
    assert (step.done, step.reason_code, step.reason_note) == (True, expected, "Ready")


def test_of_two_who_move_it_the_second_is_asked(bench: Bench) -> None:
    base = bench.offer.revision
    bench.move("PRE")
    with pytest.raises(Invalid) as refused:
        bench.move("CLA", by="sales lead", base=base)
    key, said = refused.value.fields["stage"]
    assert (key, said["name"], said["value"]) == ("errors.changed_meanwhile", "The engineer", "En préparation")
    assert not bench.move("PRE", by="sales lead", base=base)
    assert bench.move("CLA", by="sales lead", base=int(refused.value.shown["rev"]))
    assert bench.state == ("CLA", Outcome.OPEN)


# a step is done


def test_a_done_step_is_corrected_and_taken_back(bench: Bench) -> None:
    step = bench.steps()[0].id
    bench.finish(step, done="true", reason_note="Seen")
    with pytest.raises(Invalid) as refused:
        bench.finish(step, reason_note="Seen")
    assert refused.value.fields == {"reason_note": ("errors.reason_of_done", {})}
    bench.finish(step)
    assert (bench.steps()[0].done, bench.steps()[0].reason_note) == (False, None)


def test_two_who_finish_one_step_are_merged(bench: Bench) -> None:
    bench.move("SNT")
    step, base = bench.steps()[-1].id, bench.offer.revision
    bench.finish(step, base=base, done="true", reason_note="One")
    with pytest.raises(Invalid) as refused:
        bench.finish(step, by="sales lead", base=base, done="true", reason_note="Two")
    assert refused.value.fields["reason_note"][0] == "errors.changed_meanwhile"
    bench.finish(step, by="sales lead", base=base, done="true", reason_code="budget_accepted")
    done = bench.steps()[-1]
    assert (done.reason_note, done.reason_code) == ("One", "budget_accepted")


def test_a_stranger_finishes_nothing(bench: Bench) -> None:
    with pytest.raises(NotAllowed):
        bench.finish(bench.steps()[0].id, by="key user", done="true")
    with pytest.raises(NotFound):
        bench.finish(99_999, done="true")


# after the award


def test_steps_after_the_award_only_inform(bench: Bench) -> None:
    bench.sign()
    before = bench.history()
    bench.after_award("DELIV", TODAY + timedelta(days=40))
    bench.after_award("KICK", TODAY + timedelta(days=3))
    bench.after_award("KICK", TODAY + timedelta(days=5))
    found = [(step.stage, step.entered_on) for step in bench.steps(post_award=True)]
    assert found == [("KICK", TODAY + timedelta(days=5)), ("DELIV", TODAY + timedelta(days=40))]
    assert (bench.history(), bench.state) == (before, ("WON", Outcome.WON))


def test_their_days_follow_the_latest_pre_sales_step(bench: Bench) -> None:
    yesterday = TODAY - timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        bench.after_award("KICK", yesterday)
    assert refused.value.fields == {"day": ("errors.step_before", {"day": TODAY})}

    def opened_earlier(_session: Session, offer: Offer, **_given: Any) -> None:  # noqa: ANN401
        offer.opened_on = yesterday

    bench.do(opened_earlier)
    bench.after_award("PLAN", yesterday)
    with pytest.raises(Invalid):
        bench.after_award("PLAN", yesterday - timedelta(days=1))


# how an offer begins


def test_an_offer_begins_on_the_companys_day_in_the_first_stage(bench: Bench) -> None:
    offer, step = bench.offer, bench.steps()[0]
    assert (offer.opened_on, step.entered_on, step.stage) == (TODAY, TODAY, "DET")
    assert offer.opened_by_id == offer.owner_id
    assert offer.origin.value == "esa_portal"


def test_where_no_stage_is_the_first_one_must_be_given() -> None:
    listed = tuple(stage for stage in COMPANY.stages.stage if stage.type is not StageType.FIRST_STAGE)
    company = COMPANY.model_copy(update={"stages": COMPANY.stages.model_copy(update={"stage": listed})})
    with pytest.raises(Invalid) as refused:
        stages.first_stage(company)
    assert refused.value.fields == {"stage": ("errors.required", {})}
    assert stages.first_stage(company, "CLA") == "CLA"
    assert stages.first_listed(company) == "EVA"
    for given in ("WON", "XXX"):
        with pytest.raises(Invalid):
            stages.first_stage(company, given)
