"""An end said by hand does not overtake the approvers."""

from __future__ import annotations

import pytest

from bot.decisions.models import Choice
from bot.errors import Invalid
from bot.offers.models import Outcome
from tests.unit.handover.conftest import Firm


def voted_on(firm: Firm) -> tuple[int, int]:
    """A sent offer whose vote runs, and the round."""
    offer_id = firm.sent()
    firm.evaluate(offer_id)
    return offer_id, firm.open(offer_id).id


@pytest.mark.parametrize("outcome", [Outcome.WON, Outcome.LOST, Outcome.ABANDONED])
def test_an_offer_does_not_end_by_hand_while_a_vote_runs(firm: Firm, outcome: Outcome) -> None:
    offer_id, round_id = voted_on(firm)

    def end() -> None:
        firm.win(offer_id) if outcome is Outcome.WON else firm.end(offer_id, outcome)

    with pytest.raises(Invalid) as refusal:
        end()
    assert [problem for problem, _ in refusal.value.fields.values()] == ["ending.vote_running"]
    offer = firm.read(offer_id)
    assert (offer.outcome, offer.ended_on, offer.project_number) == (Outcome.OPEN, None, None)
    for seat in ("CTO", "CPO", "CEO"):
        firm.vote(round_id, seat, Choice.GO)
    end()
    assert firm.read(offer_id).outcome is outcome


def test_what_has_ended_may_still_be_corrected(firm: Firm) -> None:
    offer_id = firm.sent()
    firm.win(offer_id)
    firm.win(offer_id, first_order="PO-4712")
    assert firm.read(offer_id).first_order == "PO-4712"
