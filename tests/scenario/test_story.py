"""The demonstration's story, told against the real composition on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.decisions.models import Ballot, Round, RoundOutcome
from bot.demo.story import FIRST_NUMBER, play
from bot.offers.models import Offer
from bot.sync.models import LedgerRow, LedgerState
from tests.whole import running

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session


@pytest.mark.slow
async def test_a_tender_becomes_an_offer_with_a_number(database_url: str, tmp_path: Path) -> None:
    lines: list[str] = []
    async with running(database_url, tmp_path) as whole:
        facts = await play(whole.cast, lines.append)
        held = await whole.offerdesk.database.read(_held)
    assert facts["offer"] == FIRST_NUMBER
    assert len(lines) >= 15
    assert held["numbers"] == [FIRST_NUMBER]
    assert held["outcomes"] == [RoundOutcome.GO, RoundOutcome.NO_GO]
    assert held["ballots"] == 4, "three of the first round and the veto, each once although one was delivered thrice"
    assert held["stuck"] == []


def _held(session: Session) -> dict[str, object]:
    return {
        "numbers": list(session.scalars(sa.select(Offer.number).where(Offer.number.is_not(None)))),
        "outcomes": list(session.scalars(sa.select(Round.outcome).order_by(Round.id))),
        "ballots": session.scalar(sa.select(sa.func.count()).select_from(Ballot)),
        "stuck": [
            (row.kind, row.error)
            for row in session.scalars(sa.select(LedgerRow).where(LedgerRow.state == LedgerState.MANUAL))
        ],
    }
