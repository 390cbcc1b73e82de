"""Opening and reopening rounds, and what one reads about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from bot.config import load
from bot.decisions.errors import EvaluationMissing, NoApprovers, NothingToReopen, OfferEnded, RoundRunning
from bot.decisions.models import Choice, Round, RoundOutcome, RoundState, RuleKind
from bot.decisions.policy import decision_rules
from bot.decisions.rules import DecisionRules, Thresholds, VotingRule
from bot.decisions.service import history, reopen, round_of, standing
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers.models import Offer, Outcome
from bot.offers.rules import Defaults
from bot.people.models import Role
from bot.people.service import set_roles
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def again(house: House, round_id: int, by: str = "engineer", reason: str = "The client asked again") -> Round:
    return house.write(
        lambda session: reopen(
            session, round_id, house.person(session, by), reason, MONDAY + timedelta(days=1), house.rules
        )
    )


def test_a_round_needs_an_evaluation(house: House) -> None:
    offer_id = house.offer()
    with pytest.raises(EvaluationMissing):
        house.open(offer_id)
    house.evaluate(offer_id, {"summary": "Large", "budget": "40 000"})
    strict = replace(house.rules, thresholds=Thresholds(budget=house.rules.thresholds.effort_hours))
    house.rules, loose = strict, house.rules
    with pytest.raises(EvaluationMissing):
        house.open(offer_id)
    house.rules = loose
    assert house.open(offer_id).sequence == 1


def test_one_round_at_a_time(house: House) -> None:
    round_id = house.round()
    offer_id = house.database.read_now(lambda session: session.get_one(Round, round_id)).offer_id
    with pytest.raises(RoundRunning):
        house.open(offer_id)
    with pytest.raises(RoundRunning):
        again(house, round_id)
    house.vote(round_id, "CEO", Choice.NO_GO)
    with pytest.raises(OfferEnded):
        house.open(offer_id)


def test_the_database_itself_refuses_a_second_open_round(house: House) -> None:
    round_id = house.round()

    def work(session: Session) -> None:
        row = session.get_one(Round, round_id)
        values = {c.key: getattr(row, c.key) for c in Round.__table__.columns if c.key not in {"id", "sequence"}}
        session.add(Round(**values, sequence=2))

    with pytest.raises(exc.IntegrityError):
        house.write(work)


@pytest.mark.parametrize(("who", "may"), [("sales lead", True), ("CTO", True), ("key user", False), ("admin", False)])
def test_who_opens_and_reopens(house: House, who: str, *, may: bool) -> None:
    offer_id = house.offer()
    house.evaluate(offer_id)
    if not may:
        with pytest.raises(NotAllowed):
            house.open(offer_id, by=who)
        round_id = house.open(offer_id).id
    else:
        round_id = house.open(offer_id, by=who).id
    house.vote(round_id, "CEO", Choice.NO_GO)
    if may:
        assert again(house, round_id, who).sequence == 2
    else:
        with pytest.raises(NotAllowed):
            again(house, round_id, who)


def test_without_approvers_nothing_is_asked(house: House) -> None:
    offer_id = house.offer()
    house.evaluate(offer_id)

    def resign(session: Session) -> None:
        for name in ("CTO", "CPO", "CEO"):
            set_roles(session, person=house.person(session, name), roles=(), now=MONDAY, actor=None)

    house.write(resign)
    with pytest.raises(NoApprovers):
        house.open(offer_id)


def test_the_rules_of_the_opening_hold_to_the_end(house: House) -> None:
    round_id = house.round()
    house.rules = replace(house.rules, voting=VotingRule(RuleKind.CEO, ("ceo",), 1), number_pattern="T-{number}")
    house.vote(round_id, "CTO", Choice.GO)
    house.vote(round_id, "CPO", Choice.GO)
    assert house.vote(round_id, "CEO", Choice.ABSTAIN).number == "T-580"


def test_reopening_a_go_keeps_its_number(house: House) -> None:
    first = house.round()
    house.vote(first, "CTO", Choice.GO)
    house.vote(first, "CEO", Choice.GO)
    second = again(house, first)
    offer = house.database.read_now(lambda session: session.get_one(Offer, second.offer_id))
    assert (offer.number, offer.stage, offer.outcome) == ("S580", "EVA", Outcome.OPEN)
    assert (second.reopens_id, second.sequence, second.state) == (first, 2, RoundState.OPEN)
    with pytest.raises(RoundRunning):
        again(house, first)
    assert house.vote(second.id, "CEO", Choice.NO_GO, now=MONDAY + timedelta(days=1)).outcome is RoundOutcome.NO_GO
    with pytest.raises(NothingToReopen):
        again(house, first)
    third = again(house, second.id)
    house.vote(third.id, "CTO", Choice.GO, now=MONDAY + timedelta(days=1))
    assert house.vote(third.id, "CEO", Choice.GO, now=MONDAY + timedelta(days=1)).number == "S580"
    lines = house.database.read_now(lambda session: history(session, second.offer_id, MONDAY))
    assert [(line.sequence, line.outcome) for line in lines] == [
        (1, RoundOutcome.GO),
        (2, RoundOutcome.NO_GO),
        (3, RoundOutcome.GO),
    ]
    assert [line.replaced_by for line in lines] == [second.id, third.id, None]
    assert [line.reopening.sequence if line.reopening else None for line in lines] == [None, 1, 2]
    assert lines[1].no_go_reasons == ("The price",)
    assert house.database.read_now(lambda session: round_of(session, second.offer_id)) == third.id


def test_a_late_click_on_the_old_round_stays_there(house: House) -> None:
    first = house.round()
    house.vote(first, "CEO", Choice.NO_GO)
    second = again(house, first)
    assert house.vote(first, "CTO", Choice.GO).late
    line = house.database.read_now(lambda session: standing(session, second.id, MONDAY))
    assert line.ballots == ()


@pytest.mark.parametrize(("reason", "key"), [("  ", "errors.required"), ("x" * 1001, "errors.too_long")])
def test_reopening_needs_a_reason(house: House, reason: str, key: str) -> None:
    first = house.round()
    house.vote(first, "CEO", Choice.NO_GO)
    with pytest.raises(Invalid) as refusal:
        again(house, first, reason=reason)
    assert refusal.value.fields["reason"][0] == key


def test_a_won_offer_is_not_voted_on_again(house: House) -> None:
    first = house.round()
    for who in ("CTO", "CEO"):
        house.vote(first, who, Choice.GO)

    def win(session: Session) -> None:
        session.scalars(sa.select(Offer)).one().outcome = Outcome.WON

    house.write(win)
    with pytest.raises(NothingToReopen):
        again(house, first)


def test_where_a_round_stands(house: House) -> None:
    house.deputise("CPO", "engineer", MONDAY, MONDAY)
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    assert [(seat.role, seat.principal.name if seat.principal else None) for seat in line.seats] == [
        (Role.CTO, "The CTO"),
        (Role.CPO, "The CPO"),
        (Role.CEO, "The CEO"),
    ]
    assert [person.name for person in line.seat_of[Role.CPO].deputies] == ["The engineer"]
    assert line.tally.missing == ("cpo", "ceo")
    assert line.offer.owner.name == line.opened_by.name == "The engineer"
    assert line.tender is not None
    assert (line.tender.number, line.offer.external_reference) == ("1-10001", "1-10001")
    assert (line.revision, line.reopening, line.replaced_by, line.why) == (2, None, None, None)
    tomorrow = house.database.read_now(lambda session: standing(session, round_id, MONDAY + timedelta(days=1)))
    assert tomorrow.seat_of[Role.CPO].deputies == ()
    with pytest.raises(NotFound):
        house.database.read_now(lambda session: standing(session, 99, MONDAY))


def test_a_vacant_seat_says_so(house: House) -> None:
    round_id = house.round()

    def resign(session: Session) -> None:
        set_roles(session, person=house.person(session, "CPO"), roles=(), now=MONDAY, actor=None)

    house.write(resign)
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY + timedelta(hours=1)))
    assert line.seat_of[Role.CPO].principal is None


def test_the_built_in_configuration_gives_the_default_rules() -> None:
    rules = decision_rules(load(None))
    assert rules.probabilities["PRE"] == rules.defaults_of("PRE") == Defaults(launch=70, success=30)
    assert replace(rules, working_time=DecisionRules().working_time, probabilities={}) == replace(
        DecisionRules(), working_time=DecisionRules().working_time
    )
    christmas = MONDAY.replace(month=12, day=25).date()
    assert not rules.working_time.is_working(christmas)
    assert rules.working_time.is_working(MONDAY.date())
