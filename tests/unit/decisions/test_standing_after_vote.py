"""What a vote says the round has become is what reading it again gives."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.decisions import ballots
from bot.decisions.models import Choice
from bot.decisions.rules import DecisionRules
from bot.decisions.service import Condition, standing
from bot.decisions.standing import AFTER
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.decisions.views import Standing

CLICKS = (
    ("CTO", Choice.NEED_INFO, "Which warranty?", ()),
    ("CTO", Choice.GO, None, (Condition(" a second site ", " the engineer ", date(2026, 12, 1)),)),
    ("CPO", Choice.ABSTAIN, None, ()),
    ("CTO", Choice.NO_GO, "Too far", ()),
    ("CPO", Choice.GO, None, ()),
)


def voted(
    house: House, round_id: int, name: str, choice: Choice, now: datetime, **words: object
) -> tuple[Standing | None, Standing]:
    """What the vote left for the card, and what is there."""

    def work(session: Session) -> tuple[Standing | None, Standing]:
        ballots.cast(
            session,
            round_id,
            house.person(session, name),
            choice,
            request_key=f"{name} {now}",
            now=now,
            rules=DecisionRules(),
            **words,  # type: ignore[arg-type]
        )
        left = standing(session, round_id, now, every_ballot=False) if AFTER in session.info else None
        assert AFTER not in session.info
        return left, standing(session, round_id, now, every_ballot=False)

    return house.write(work)


def test_the_card_after_each_vote_is_drawn_from_what_is_there(house: House) -> None:
    round_id = house.round()
    for minute, (name, choice, reason, conditions) in enumerate(CLICKS):
        now = MONDAY + timedelta(minutes=minute)
        left, read = voted(house, round_id, name, choice, now, reason=reason, conditions=conditions)
        assert left == read
        assert read.ballots[-1].choice is choice


def test_after_a_result_the_round_is_read_again(house: House) -> None:
    round_id = house.round()
    voted(house, round_id, "CTO", Choice.GO, MONDAY)
    left, read = voted(house, round_id, "CEO", Choice.NO_GO, MONDAY, reason="No")
    assert left is None
    assert read.decided_at == MONDAY


@pytest.mark.parametrize("late", [timedelta(days=30)])
def test_after_the_deadline_the_round_is_read_again(house: House, late: timedelta) -> None:
    round_id = house.round()
    left, read = voted(house, round_id, "CEO", Choice.ABSTAIN, MONDAY + late)
    assert left is None
    assert read.state.value == "escalated"


def test_what_a_vote_left_ends_with_its_job(house: House) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    assert house.write(lambda session: AFTER in session.info) is False
