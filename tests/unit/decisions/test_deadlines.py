"""Closings, escalations and reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.decisions.models import Choice, Round, RoundOutcome, RoundReminder, RoundState, Why
from bot.decisions.rules import VotingRule
from bot.decisions.service import close_due, next_due, pending_for, questions_for, remind_due, standing
from bot.errors import NotAllowed
from bot.people.models import Role
from bot.people.service import set_roles
from bot.sync.models import Notice
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.decisions.service import Standing

DEADLINE = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
"""Three working days after Monday 10:00 in Paris."""
HALF = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
DAY_BEFORE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def tick(house: House, now: datetime) -> tuple[int, int]:
    """What the clock does: closings, then reminders; returns how many of each."""
    return house.write(lambda session: (close_due(session, now, house.rules), remind_due(session, now, house.rules)))


def now_standing(house: House, round_id: int, now: datetime = MONDAY) -> Standing:
    return house.database.read_now(lambda session: standing(session, round_id, now))


def reminded(house: House, step: str) -> set[str]:
    """Who got this reminder."""
    names = {person_id: name for name, person_id in house.people.items()}
    statement = sa.select(RoundReminder.person_id).where(RoundReminder.step == step)
    return {names[person] for person in house.database.read_now(lambda session: session.scalars(statement).all())}


def test_the_deadline_decides_with_what_was_cast(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    house.vote(round_id, "CPO", Choice.GO)
    assert house.database.read_now(next_due) == DEADLINE
    assert tick(house, DEADLINE - timedelta(seconds=1))[0] == 0
    assert tick(house, DEADLINE)[0] == 1
    assert tick(house, DEADLINE + timedelta(hours=1))[0] == 0
    line = now_standing(house, round_id)
    assert (line.outcome, line.why, line.decided_at, line.offer.number) == (
        RoundOutcome.GO,
        Why.MAJORITY,
        DEADLINE,
        "S580",
    )
    assert house.database.read_now(next_due) is None


@pytest.mark.parametrize(
    "ballots",
    [(), (("CTO", Choice.GO),), (("CTO", Choice.GO), ("CPO", Choice.NO_GO)), (("CEO", Choice.GO),)],
)
def test_without_a_result_the_ceo_is_asked_and_there_is_no_silent_go(
    house: House, ballots: tuple[tuple[str, Choice], ...]
) -> None:
    round_id = house.round()
    for who, choice in ballots:
        house.vote(round_id, who, choice)
    tick(house, DEADLINE)
    line = now_standing(house, round_id)
    assert (line.state, line.outcome, line.offer.number) == (RoundState.ESCALATED, None, None)
    assert reminded(house, "escalated") == {"CEO"}
    assert tick(house, DEADLINE + timedelta(days=1)) == (0, 0)
    late = house.vote(round_id, "CPO", Choice.GO, now=DEADLINE + timedelta(hours=1))
    assert (late.late, late.state) == (True, RoundState.ESCALATED)
    silent = house.vote(round_id, "CEO", Choice.ABSTAIN, now=DEADLINE + timedelta(hours=1))
    assert (silent.late, silent.outcome) == (False, None)
    result = house.vote(round_id, "CEO", Choice.GO, now=DEADLINE + timedelta(hours=2))
    assert (result.declared, result.number) == (True, "S580")
    assert now_standing(house, round_id).why is Why.CEO


def test_the_ceos_deputy_is_asked_too(house: House) -> None:
    house.deputise("CEO", "project manager", DEADLINE, DEADLINE + timedelta(days=7))
    round_id = house.round()
    tick(house, DEADLINE)
    assert reminded(house, "escalated") == {"CEO", "project manager"}
    assert ("vote_card", round_id, "project manager") in house.ledger()
    result = house.vote(round_id, "project manager", Choice.NO_GO, now=DEADLINE + timedelta(hours=1))
    assert (result.outcome, result.principal_id) == (RoundOutcome.NO_GO, house.people["CEO"])


def test_a_ceo_without_a_seat_decides_after_the_escalation_only(house: House) -> None:
    house.rules = replace(
        house.rules, voting=VotingRule(house.rules.voting.kind, ("cto", "cpo"), 2, frozenset({"cto"}))
    )
    round_id = house.round()
    with pytest.raises(NotAllowed):
        house.vote(round_id, "CEO", Choice.GO)
    tick(house, DEADLINE)
    assert house.vote(round_id, "CEO", Choice.GO, now=DEADLINE).outcome is RoundOutcome.GO
    assert [seat.role for seat in now_standing(house, round_id).seats] == [Role.CTO, Role.CPO, Role.CEO]


def test_without_any_ceo_the_admins_are_told(house: House) -> None:
    round_id = house.round()

    def resign(session: Session) -> None:
        set_roles(session, person=house.person(session, "CEO"), roles=(), now=MONDAY, actor=None)

    house.write(resign)
    tick(house, DEADLINE)
    notice = house.database.read_now(lambda session: session.scalars(sa.select(Notice)).one())
    assert (notice.kind, notice.params["round"]) == ("no_ceo", round_id)
    assert any(kind == "admin_notice" and who == "admin" for kind, _subject, who in house.ledger())


def test_reminders_go_to_those_who_have_not_voted(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    house.vote(round_id, "CPO", Choice.NEED_INFO)
    assert tick(house, HALF - timedelta(minutes=1)) == (0, 0)
    assert tick(house, HALF) == (0, 2)
    assert tick(house, HALF + timedelta(minutes=1)) == (0, 0)
    assert reminded(house, "half_time") == {"CPO", "CEO"}
    house.vote(round_id, "CPO", Choice.GO, now=HALF + timedelta(hours=1))
    assert tick(house, DAY_BEFORE) == (0, 1)
    assert reminded(house, "hours_before_24") == {"CEO"}
    kinds = [(kind, who) for kind, _subject, who in house.ledger() if kind == "vote_reminder"]
    assert sorted(kinds) == [("vote_reminder", "CEO"), ("vote_reminder", "CEO"), ("vote_reminder", "CPO")]


def test_after_a_pause_only_the_latest_reminder_is_sent(house: House) -> None:
    house.round()
    assert tick(house, DAY_BEFORE + timedelta(hours=1)) == (0, 3)
    assert reminded(house, "half_time") == set()


def test_a_deputy_is_reminded_with_the_principal(house: House) -> None:
    house.deputise("CPO", "engineer", HALF, HALF)
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    tick(house, HALF)
    assert reminded(house, "half_time") == {"CPO", "CEO", "engineer"}


def test_a_closed_round_reminds_nobody(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CEO", Choice.NO_GO)
    assert tick(house, DAY_BEFORE) == (0, 0)


def test_two_rounds_that_are_due_together_get_numbers_in_order(house: House) -> None:
    rounds = [house.round(f"1-1000{number}") for number in range(3)]
    for round_id in rounds:
        house.vote(round_id, "CTO", Choice.GO)
        house.vote(round_id, "CPO", Choice.GO)
    assert tick(house, DEADLINE)[0] == 3
    assert [now_standing(house, round_id).offer.number for round_id in rounds] == ["S580", "S581", "S582"]


def test_pending_says_what_waits_for_whom(house: House) -> None:
    house.deputise("CEO", "CTO", MONDAY, MONDAY)
    first, second = house.round("1-10001"), house.round("1-10002")
    house.vote(first, "CTO", Choice.GO)

    def waiting(who: str, now: datetime = MONDAY) -> list[tuple[int, str, str | None]]:
        def work(session: Session) -> list[tuple[int, str, str | None]]:
            found = pending_for(session, house.person(session, who), now)
            return [(line.round_id, line.seat.value, line.acting_for) for line in found]

        return house.database.read_now(work)

    assert waiting("CPO") == [(first, "cpo", None), (second, "cpo", None)]
    assert waiting("CTO") == [(first, "ceo", "The CEO"), (second, "cto", None), (second, "ceo", "The CEO")]
    assert waiting("CTO", MONDAY + timedelta(days=1)) == [(second, "cto", None)]
    assert waiting("engineer") == []
    tick(house, DEADLINE)
    assert waiting("CPO", DEADLINE) == []
    assert [line[0] for line in waiting("CEO", DEADLINE)] == [first, second]


def test_questions_wait_for_the_owner(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.NEED_INFO, reason="Who pays the bench?")
    house.vote(round_id, "CPO", Choice.NEED_INFO, reason="Which partner?")
    house.vote(round_id, "CPO", Choice.GO)

    def asked(who: str) -> list[str | None]:
        def work(session: Session) -> list[str | None]:
            return [line.ballot.reason for line in questions_for(session, house.person(session, who), MONDAY)]

        return house.database.read_now(work)

    assert asked("engineer") == ["Who pays the bench?"]
    assert asked("CTO") == []


def test_a_round_opened_close_to_the_clarification_deadline_is_short(house: House) -> None:
    round_id = house.round(clarification_at=MONDAY + timedelta(days=2, hours=3))
    row = house.database.read_now(lambda session: session.get_one(Round, round_id))
    assert row.closes_at == MONDAY + timedelta(hours=4)
