"""Casting votes: who may, what counts, what a result does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.decisions.models import Ballot, Choice, Round, RoundOutcome, RoundState, Why
from bot.decisions.service import Condition, standing
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers.models import Offer, Outcome, StageStep
from bot.people.models import Person, Role
from bot.sync.models import LedgerRow
from tests.unit.decisions.conftest import MONDAY, House


def test_go_of_three_gives_the_number_and_tells_everybody(house: House) -> None:
    round_id = house.round()
    before = house.ledger()
    assert {key for key in before if key[0] == "vote_card"} == {
        ("vote_card", round_id, n) for n in ("CTO", "CPO", "CEO")
    }
    assert not house.vote(round_id, "CTO", Choice.GO).declared
    # Two Go of three are not a result yet: the CEO could still veto.
    second = house.vote(round_id, "CPO", Choice.GO)
    assert (second.declared, second.outcome, second.number) == (False, None, None)
    last = house.vote(round_id, "CEO", Choice.GO)
    assert (last.declared, last.outcome, last.number, last.state) == (
        True,
        RoundOutcome.GO,
        "S580",
        RoundState.CLOSED,
    )
    offer = house.database.read_now(lambda session: session.scalars(sa.select(Offer)).one())
    assert (offer.number, offer.stage, offer.outcome) == ("S580", "PRE", Outcome.OPEN)
    after = house.ledger()
    assert after["outcome_card", round_id, "engineer"] == 1
    assert after["decision_reply", round_id, "channel"] == 1
    for name in ("CTO", "CPO", "CEO"):
        assert after["vote_card", round_id, name] > before["vote_card", round_id, name]


def test_no_go_of_the_ceo_is_a_veto(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    result = house.vote(round_id, "CEO", Choice.NO_GO, reason="Too far from our business")
    assert (result.declared, result.outcome, result.number) == (True, RoundOutcome.NO_GO, None)
    row, offer = house.database.read_now(
        lambda session: (session.scalars(sa.select(Round)).one(), session.scalars(sa.select(Offer)).one())
    )
    assert row.why is Why.VETO
    assert (offer.outcome, offer.number, offer.stage) == (Outcome.NO_GO, None, "EVA")


def test_the_same_click_twice_is_answered_twice_and_counted_once(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    first = house.vote(round_id, "CEO", Choice.GO, key="conversation|activity")
    again = house.vote(round_id, "CEO", Choice.GO, now=MONDAY + timedelta(minutes=1), key="conversation|activity")
    assert first.declared
    assert again.duplicate
    assert (again.ballot_id, again.declared, again.number) == (first.ballot_id, first.declared, "S580")
    ballots = house.database.read_now(lambda s: s.scalar(sa.select(sa.func.count()).select_from(Ballot)))
    assert ballots == 2
    with pytest.raises(NotAllowed):
        house.vote(round_id, "CTO", Choice.GO, key="conversation|activity")


def test_a_vote_may_change_until_the_round_closes(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.NO_GO)
    house.vote(round_id, "CTO", Choice.GO, now=MONDAY + timedelta(hours=1))
    result = house.vote(round_id, "CEO", Choice.GO, now=MONDAY + timedelta(hours=2))
    assert result.outcome is RoundOutcome.GO
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    assert [(b.choice, b.stands) for b in line.ballots if b.seat is Role.CTO] == [
        (Choice.NO_GO, False),
        (Choice.GO, True),
    ]


def test_a_late_vote_is_kept_and_not_counted(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CEO", Choice.NO_GO)
    before = house.ledger()
    late = house.vote(round_id, "CTO", Choice.GO, now=MONDAY + timedelta(hours=1))
    assert (late.late, late.declared, late.outcome) == (True, False, RoundOutcome.NO_GO)
    assert house.ledger() == before
    actions = house.database.read_now(lambda session: session.scalars(sa.select(AuditEvent.action)).all())
    assert "ballot.late" in actions


@pytest.mark.parametrize("who", ["engineer", "sales lead", "project manager", "key user", "admin"])
def test_only_approvers_vote(house: House, who: str) -> None:
    round_id = house.round()
    with pytest.raises(NotAllowed) as refusal:
        house.vote(round_id, who, Choice.GO, seat="ceo")
    assert refusal.value.params["roles"] == (Role.CTO, Role.CPO, Role.CEO)
    assert house.database.read_now(lambda session: session.scalars(sa.select(Ballot)).all()) == []


def test_what_the_payload_says_about_the_seat_proves_nothing(house: House) -> None:
    round_id = house.round()
    assert house.vote(round_id, "CTO", Choice.GO, seat="ceo").seat is Role.CTO
    assert house.vote(round_id, "CPO", Choice.GO, seat="nonsense").seat is Role.CPO


def test_a_guest_has_no_seat_whatever_was_granted_before(house: House) -> None:
    round_id = house.round()

    def become_guest(session: sa.orm.Session) -> None:
        house.person(session, "CTO").guest = True

    house.write(become_guest)
    with pytest.raises(NotAllowed):
        house.vote(round_id, "CTO", Choice.GO)


def test_a_deputy_votes_for_the_principal_and_both_are_named(house: House) -> None:
    house.deputise("CEO", "project manager", MONDAY, MONDAY + timedelta(days=1))
    round_id = house.round()
    assert ("vote_card", round_id, "project manager") in house.ledger()
    result = house.vote(round_id, "project manager", Choice.NO_GO)
    assert (result.seat, result.principal_id, result.outcome) == (
        Role.CEO,
        house.people["CEO"],
        RoundOutcome.NO_GO,
    )
    event = house.database.read_now(
        lambda session: session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "ballot.cast")).one()
    )
    assert (event.actor_id, event.on_behalf_of_id) == (house.people["project manager"], house.people["CEO"])
    ballot = house.database.read_now(lambda session: standing(session, round_id, MONDAY)).ballots[0]
    assert ballot.by_deputy
    assert (ballot.principal.name, ballot.actor.name) == ("The CEO", "The project manager")


def test_a_deputys_days_are_those_of_the_principal(house: House) -> None:
    house.deputise("CPO", "project manager", MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    round_id = house.round()
    with pytest.raises(NotAllowed):
        house.vote(round_id, "project manager", Choice.GO, now=MONDAY)
    # 23:30 UTC on Monday is already Tuesday in Paris.
    assert house.vote(round_id, "project manager", Choice.GO, now=MONDAY.replace(hour=23, minute=30)).seat is Role.CPO
    with pytest.raises(NotAllowed):
        house.vote(round_id, "project manager", Choice.GO, now=MONDAY + timedelta(days=1, hours=14, minutes=30))


def test_an_approver_who_is_also_a_deputy_has_two_seats(house: House) -> None:
    house.deputise("CPO", "CTO", MONDAY, MONDAY)
    round_id = house.round()
    assert house.vote(round_id, "CTO", Choice.GO).seat is Role.CTO
    assert house.vote(round_id, "CTO", Choice.GO, seat="cpo").principal_id == house.people["CPO"]


def test_texts_are_required_where_the_choice_needs_them(house: House) -> None:
    round_id = house.round()
    for choice, field in ((Choice.NO_GO, "reason"), (Choice.NEED_INFO, "question")):
        with pytest.raises(Invalid) as refusal:
            house.vote(round_id, "CTO", choice, reason="  ")
        assert refusal.value.fields == {field: ("errors.required", {})}
    with pytest.raises(Invalid) as refusal:
        house.vote(round_id, "CTO", Choice.NO_GO, reason="x" * 1001)
    assert refusal.value.fields == {"reason": ("errors.too_long", {"limit": 1000})}


def test_go_with_conditions(house: House) -> None:
    round_id = house.round()
    condition = Condition(" A partner for the tests ", "The sales lead", date(2026, 12, 1))
    house.vote(round_id, "CTO", Choice.GO, conditions=(condition,))
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    ballot = line.seat_of[Role.CTO].ballot
    assert ballot is not None
    assert ballot.conditions == (Condition("A partner for the tests", "The sales lead", date(2026, 12, 1)),)
    with pytest.raises(Invalid) as refusal:
        house.vote(round_id, "CPO", Choice.GO, conditions=(Condition("", "", None),))
    assert set(refusal.value.fields) == {"condition_text_1", "condition_owner_1", "condition_due_1"}
    with pytest.raises(Invalid):
        house.vote(round_id, "CPO", Choice.GO, conditions=(condition,) * 6)
    with pytest.raises(Invalid):
        house.vote(round_id, "CPO", Choice.NO_GO, conditions=(condition,))


def test_need_info_asks_the_owner_and_is_no_answer(house: House) -> None:
    round_id = house.round()
    asked = house.vote(round_id, "CTO", Choice.NEED_INFO, reason="Who builds the bench?")
    assert house.ledger()["question", asked.ballot_id, "engineer"] == 1
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    assert line.tally.answered == 0
    assert line.tally.missing == ("cto", "cpo", "ceo")


def test_a_round_that_does_not_exist(house: House) -> None:
    with pytest.raises(NotFound):
        house.vote(4711, "CTO", Choice.GO)


def test_a_very_long_request_key_still_finds_its_ballot(house: House) -> None:
    round_id = house.round()
    assert not house.vote(round_id, "CTO", Choice.GO, key="k" * 500).duplicate
    assert house.vote(round_id, "CTO", Choice.GO, key="k" * 500).duplicate


def test_after_the_deadline_a_click_does_not_wait_for_the_clock(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    house.vote(round_id, "CPO", Choice.GO)
    late = house.vote(round_id, "CEO", Choice.NO_GO, now=MONDAY + timedelta(days=4))
    assert (late.late, late.outcome, late.number) == (True, RoundOutcome.GO, "S580")


def test_objects_loaded_before_a_vote_are_read_again(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)

    def work(session: sa.orm.Session) -> tuple[RoundState, RoundState, str | None]:
        from bot.decisions.service import cast  # noqa: PLC0415

        row = session.get_one(Round, round_id)
        offer = session.get_one(Offer, row.offer_id)
        before = row.state
        cast(
            session,
            round_id,
            session.get_one(Person, house.people["CEO"]),
            Choice.GO,
            request_key="x",
            now=MONDAY,
            rules=house.rules,
        )
        return before, row.state, offer.number

    assert house.write(work) == (RoundState.OPEN, RoundState.CLOSED, "S580")


def test_the_way_of_an_offer_is_kept(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    house.vote(round_id, "CEO", Choice.GO)
    steps = house.database.read_now(
        lambda session: session.execute(sa.select(StageStep.stage, StageStep.cause).order_by(StageStep.id)).all()
    )
    assert [tuple(step) for step in steps] == [("DET", "person"), ("EVA", "evaluation"), ("PRE", "round")]
    assert house.database.read_now(lambda session: session.scalars(sa.select(LedgerRow)).all())
