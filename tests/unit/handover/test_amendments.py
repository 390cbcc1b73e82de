"""Amendments of a signed contract, and the budget they move."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Invalid, NotAllowed, NotFound
from bot.handover import amendments
from bot.handover.errors import NotWon
from bot.handover.models import Amendment, AmendmentState
from bot.offers import entries
from bot.records.fields import LARGEST_AMOUNT
from tests.unit.handover.conftest import TODAY, Firm

if TYPE_CHECKING:
    from bot.handover.models import BudgetLine

SIGNED = {"state": "signed", "signed_on": "2026-11-23"}


@pytest.fixture
def won(firm: Firm) -> int:
    """A won offer with the project manager; its id. Its budget is 120 000."""
    offer_id = firm.sent()
    firm.win(offer_id, project_manager_id="project manager")
    return offer_id


def stored(firm: Firm, offer_id: int) -> list[Amendment]:
    """The amendments of an offer."""
    return firm.database.read_now(lambda session: entries.of_offer(session, Amendment, offer_id))


def lines(firm: Firm, offer_id: int) -> list[BudgetLine]:
    """The movements of its budget."""
    return firm.database.read_now(lambda session: amendments.movements(session, offer_id))


def test_an_amendment_moves_the_budget_once_it_is_signed(firm: Firm, won: int) -> None:
    made = firm.amend(won, price_change="5 000,50")
    assert (made.number, firm.budget(won)) == (1, "120000.00")
    firm.change(made.id, base=1, price_change="5 000,50", **SIGNED)
    firm.change(made.id, base=2, price_change="5 000,50", **SIGNED)
    assert firm.movements(won) == ["120000.00", "5000.50"]
    assert firm.budget(won) == "125000.50"
    moved = lines(firm, won)[-1]
    assert (moved.amendment_id, moved.on, moved.by_id) == (made.id, TODAY, firm.people["engineer"])
    assert moved.currency == "EUR"


def test_signed_at_once_and_corrected_later(firm: Firm, won: int) -> None:
    made = firm.amend(won, price_change="-20 000", **SIGNED)
    assert firm.budget(won) == "100000.00"
    firm.change(made.id, base=1, price_change="-15 000", **SIGNED)
    assert firm.movements(won) == ["120000.00", "-20000.00", "5000.00"]
    firm.change(made.id, base=2, price_change="-15 000", state="dropped", signed_on="")
    assert firm.budget(won) == "120000.00"
    assert stored(firm, won)[0].state is AmendmentState.DROPPED


def test_without_a_price_the_budget_stays(firm: Firm, won: int) -> None:
    firm.amend(won, kind="planning", new_end_on="2027-12-31", **SIGNED)
    assert firm.movements(won) == ["120000.00"]
    assert stored(firm, won)[0].new_end_on == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("typed", "field", "key"),
    [
        ({"state": "signed"}, "signed_on", "amendments.signed_when"),
        ({"signed_on": "2026-11-23"}, "state", "amendments.signed_or_not"),
        ({"state": "signed", "signed_on": "2026-11-24"}, "signed_on", "ending.future"),
        ({"state": "signed", "signed_on": "2026-11-19"}, "signed_on", "errors.date_order"),
        ({"title": ""}, "title", "errors.required"),
        ({"kind": "weather"}, "kind", "errors.choice"),
        ({"price_change": "much"}, "price_change", "errors.amount"),
        ({"document_url": "http://example.com"}, "document_url", "errors.link"),
    ],
)
def test_what_an_amendment_must_say(firm: Firm, won: int, typed: dict[str, str], field: str, key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        firm.amend(won, **typed)
    assert refusal.value.fields[field][0] == key
    assert stored(firm, won) == []


def test_more_than_a_table_can_hold_is_refused_at_the_field(firm: Firm, won: int) -> None:
    largest = str(LARGEST_AMOUNT)
    with pytest.raises(Invalid) as refusal:
        firm.amend(won, price_change=largest, **SIGNED)
    assert refusal.value.fields["price_change"][0] == "errors.too_large"
    assert stored(firm, won) == []
    made = firm.amend(won, price_change=f"-{largest}", **SIGNED)
    with pytest.raises(Invalid):
        firm.change(made.id, base=1, price_change="9 999 999 999 000", **SIGNED)
    assert firm.budget(won) == "-9999999879999.99"


def test_two_people_edit_one_amendment(firm: Firm, won: int) -> None:
    made = firm.amend(won, price_change="1 000")
    firm.change(made.id, base=1, by="sales lead", price_change="2 000", **SIGNED)
    firm.change(made.id, base=1, title="Many more tests", price_change="1 000")
    (one,) = stored(firm, won)
    assert (one.title, one.state, one.price_change) == ("Many more tests", AmendmentState.SIGNED, Decimal("2000.00"))
    assert firm.budget(won) == "122000.00"
    with pytest.raises(Invalid) as refusal:
        firm.change(made.id, base=1, title="Many more tests", price_change="3 000")
    assert set(refusal.value.fields) == {"price_change"}
    assert firm.budget(won) == "122000.00"


def test_only_won_offers_are_amended(firm: Firm) -> None:
    offer_id = firm.sent()
    with pytest.raises(NotWon):
        firm.amend(offer_id)
    firm.win(offer_id)
    made = firm.amend(offer_id)
    firm.reopen(offer_id)
    with pytest.raises(NotWon):
        firm.change(made.id, base=1, **SIGNED)
    with pytest.raises(NotFound):
        firm.change(99, base=1)


def test_the_project_manager_amends_and_others_do_not(firm: Firm, won: int) -> None:
    made = firm.amend(won, by="project manager", price_change="1 000", **SIGNED)
    firm.change(made.id, base=1, by="project manager", price_change="2 000", **SIGNED)
    assert firm.budget(won) == "122000.00"
    for by in ("key user", "admin"):
        with pytest.raises(NotAllowed) as refusal:
            firm.amend(won, by=by)
        assert "project_manager" in refusal.value.params["roles"]


AMOUNTS = st.one_of(st.none(), st.decimals(min_value=-(10**6), max_value=10**6, places=2))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "edit", "again", "price"]),
        st.integers(0, 3),
        st.sampled_from(list(AmendmentState)),
        AMOUNTS,
    ),
    max_size=8,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, number=st.integers(10**5, 10**9))
def test_the_budget_is_the_price_and_what_is_signed(
    firm: Firm, steps: list[tuple[str, int, AmendmentState, Decimal | None]], number: int
) -> None:
    offer_id = firm.sent(number=f"2-{number}-{len(firm.ledger())}-{firm.clicks}")
    firm.clicks += 1
    firm.win(offer_id, price="1000")
    price, model = Decimal(1000), dict[int, tuple[AmendmentState, Decimal | None]]()
    for what, which, state, change in steps:
        typed = {
            "state": state.value,
            "signed_on": "2026-11-23" if state is AmendmentState.SIGNED else "",
            "price_change": "" if change is None else str(change),
        }
        if what == "price":
            price = abs(change or Decimal(0))
            firm.win(offer_id, price=str(price))
        elif what == "add" or not model:
            model[firm.amend(offer_id, **typed).id] = (state, change)
        else:
            one = stored(firm, offer_id)[which % len(model)]
            for _time in range(2 if what == "again" else 1):
                firm.change(one.id, base=10**6, **typed)
            model[one.id] = (state, change)
        signed = sum((change or 0 for state, change in model.values() if state is AmendmentState.SIGNED), Decimal(0))
        assert Decimal(firm.budget(offer_id)) == price + signed
        assert all(line.amount for line in lines(firm, offer_id))
