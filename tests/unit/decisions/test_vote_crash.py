"""A vote whose process is killed at each named point: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.crash import POINTS, reach
from bot.decisions.models import Ballot, Choice, RoundState
from bot.decisions.service import standing
from bot.offers.models import NumberSequence
from tests.unit.decisions.conftest import MONDAY, House

ROOT = Path(__file__).resolve().parents[3]
VOTE = """
import sys
from datetime import datetime
from bot.database import Database
from bot.decisions.models import Choice
from bot.decisions.rules import DecisionRules
from bot.decisions.service import cast
from bot.people.models import Person

url, round_id, person_id, now = sys.argv[1:]
database = Database(url)
database.write_now(lambda session: cast(
    session, int(round_id), session.get_one(Person, int(person_id)), Choice.GO,
    request_key="click", now=datetime.fromisoformat(now), rules=DecisionRules(),
))
"""
IN_THE_VOTE = ["vote.after_ballot", "vote.after_number", "vote.before_commit"]


def vote_in_a_process(house: House, round_id: int, crash_at: str) -> int:
    """The CEO's Go in a process of its own; returns its exit status."""
    arguments = [house.database.url, str(round_id), str(house.people["CEO"]), MONDAY.isoformat()]
    environment = {**os.environ, "OFFERDESK_CRASH_AT": crash_at}
    program = [sys.executable, "-W", "error", "-c", VOTE, *arguments]
    return subprocess.run(program, cwd=ROOT, env=environment, check=False, timeout=60).returncode


@pytest.mark.parametrize("point", IN_THE_VOTE)
def test_killed_in_a_vote(house: House, point: str) -> None:
    round_id = house.round()
    house.vote(round_id, "CTO", Choice.GO)
    ledger = house.ledger()
    assert vote_in_a_process(house, round_id, point) == -signal.SIGKILL

    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    assert (line.state, len(line.ballots), line.offer.number) == (RoundState.OPEN, 1, None)
    assert house.ledger() == ledger

    assert vote_in_a_process(house, round_id, "") == 0
    assert vote_in_a_process(house, round_id, "") == 0
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    assert (line.state, len(line.ballots), line.offer.number) == (RoundState.CLOSED, 2, "S580")
    counts = house.database.read_now(
        lambda session: (
            session.scalar(sa.select(sa.func.count()).select_from(Ballot)),
            session.scalar(sa.select(sa.func.count()).where(AuditEvent.action == "offer.numbered")),
            session.get_one(NumberSequence, "offer_number").next_value,
        )
    )
    assert counts == (2, 1, 581)


def test_the_points_are_named(house: House) -> None:
    assert set(IN_THE_VOTE) <= POINTS
    reach("vote.before_commit")
    round_id = house.round()
    assert vote_in_a_process(house, round_id, "vote.nowhere") == 1
