"""Many last votes at the same moment: numbers without doubles and without gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.decisions.models import Ballot, Choice
from bot.decisions.service import CastResult, cast
from bot.offers.models import NumberSequence, Offer, StageStep
from bot.sync.models import Kind, LedgerRow
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CROWD = 50


def clicks(house: House, *jobs: tuple[int, str]) -> list[CastResult]:
    """The CEO's Go, each click (round, request key) from a thread of its own."""
    ceo = house.database.read_now(lambda session: house.person(session, "CEO"))

    def click(job: tuple[int, str]) -> CastResult:
        round_id, key = job
        return house.write(
            lambda session: cast(session, round_id, ceo, Choice.GO, request_key=key, now=MONDAY, rules=house.rules)
        )

    with ThreadPoolExecutor(CROWD) as crowd:
        return list(crowd.map(click, jobs))


def ready(house: House, number: int) -> int:
    """A round that the CEO's Go decides."""
    round_id = house.round(f"1-{10000 + number}")
    house.vote(round_id, "CTO", Choice.GO)
    return round_id


def test_fifty_last_votes_on_fifty_offers(house: House) -> None:
    rounds = [ready(house, number) for number in range(CROWD)]
    results = clicks(house, *((round_id, f"last-{round_id}") for round_id in rounds))
    assert all(result.declared for result in results)
    expected = {f"S{580 + place}" for place in range(CROWD)}
    assert {result.number for result in results} == expected
    stored = house.database.read_now(lambda session: session.scalars(sa.select(Offer.number)).all())
    assert sorted(str(number) for number in stored) == sorted(expected)


@pytest.mark.parametrize("same_key", [True, False])
def test_fifty_last_votes_on_one_offer(house: House, *, same_key: bool) -> None:
    round_id = ready(house, 0)
    results = clicks(house, *((round_id, "last" if same_key else f"last-{n}") for n in range(CROWD)))
    assert {result.number for result in results} == {"S580"}
    assert sum(not result.duplicate and result.declared for result in results) == 1
    assert sum(result.duplicate for result in results) == (CROWD - 1 if same_key else 0)
    assert sum(result.late for result in results) == (0 if same_key else CROWD - 1)

    def counted(session: Session) -> tuple[int, int, int, int]:
        ballots = session.scalar(sa.select(sa.func.count()).where(Ballot.counted.is_(True))) or 0
        following = session.get_one(NumberSequence, "offer_number").next_value
        steps = session.scalar(sa.select(sa.func.count()).where(StageStep.stage == "PRE")) or 0
        replies = session.scalar(sa.select(sa.func.count()).where(LedgerRow.kind == Kind.DECISION_REPLY)) or 0
        return ballots, following, steps, replies

    assert house.database.read_now(counted) == (2, 581, 1, 1)


def test_an_abandoned_go_gives_its_number_back(house: House) -> None:
    rounds = [ready(house, number) for number in range(8)]
    ceo = house.database.read_now(lambda session: house.person(session, "CEO"))

    def click(round_id: int) -> str | None:
        def work(session: Session) -> CastResult:
            result = cast(session, round_id, ceo, Choice.GO, request_key="x", now=MONDAY, rules=house.rules)
            if round_id % 2:
                raise ConnectionResetError
            return result

        try:
            return house.write(work).number
        except ConnectionResetError:
            return None

    with ThreadPoolExecutor(8) as crowd:
        numbers = [number for number in crowd.map(click, rounds) if number]
    assert sorted(numbers) == ["S580", "S581", "S582", "S583"]
    again = clicks(house, *((round_id, "x") for round_id in rounds))
    assert {result.number for result in again} == {f"S{580 + place}" for place in range(8)}
