"""The sign-off evaluation: what is typed, drafts, versions, and when it is required."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.decisions import evaluations
from bot.decisions.errors import OfferEnded
from bot.decisions.models import Choice, Evaluation, RiskLevel
from bot.decisions.service import standing
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers.models import Offer, TeamRole
from bot.offers.team import set_team
from bot.records.amounts import parse_amount
from tests.unit.decisions.conftest import MONDAY, SMALL, WHOLE, House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("125 000,50", "125000.50"),
        ("125\u202f000,50 €", "125000.50"),
        ("125,000.50", "125000.50"),
        ("125.000,50", "125000.50"),
        ("125,000", "125000"),
        ("125.000", "125000"),
        ("1.234.567,8", "1234567.8"),
        ("€125k", "125000"),
        ("1,5 M€", "1500000"),
        ("50000 EUR", "50000"),
        ("7,5 h", "7.5"),
        ("80 heures", "80"),
        ("0", "0"),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, amount: str) -> None:
    assert parse_amount(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "abc", "-5", "12,34,56", "1,250k", "1e5", "12.345,6,7", ",5", "1" * 14, "NaN"])
def test_amounts_that_are_not_certain_are_not_guessed(typed: str) -> None:
    assert parse_amount(typed) is None


@given(st.decimals(0, 10**9, places=2))
def test_both_ways_of_writing_mean_the_same(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    french = english.replace(",", "\u202f").replace(".", ",")
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    assert parse_amount(english) == parse_amount(french) == parse_amount(german) == amount


@given(st.text(max_size=30))
def test_anything_can_be_typed(text: str) -> None:
    amount = parse_amount(text)
    assert amount is None or amount >= 0


def refused(house: House, offer_id: int, fields: dict[str, str]) -> dict[str, str]:
    """The text key of the error at each field."""
    with pytest.raises(Invalid) as refusal:
        house.evaluate(offer_id, fields)
    return {field: key for field, (key, _params) in refusal.value.fields.items()}


def test_a_summary_is_enough_for_a_small_offer(house: House) -> None:
    offer_id = house.offer()
    assert house.evaluate(offer_id) == 1
    assert refused(house, offer_id, {}) == {"summary": "errors.required"}


@pytest.mark.parametrize(
    "trigger",
    [{"budget": "50 000"}, {"effort_hours": "80"}, {"risk_technical_level": "high", "risk_technical_text": "x"}],
)
def test_what_is_large_needs_the_whole_evaluation(house: House, trigger: dict[str, str]) -> None:
    offer_id = house.offer()
    errors = refused(house, offer_id, {**SMALL, **trigger})
    whole = {
        "budget",
        "effort_hours",
        "resources",
        "risk_technical_level",
        "risk_commercial_level",
        "risk_financial_level",
    }
    assert errors == dict.fromkeys(whole - trigger.keys(), "errors.required")
    assert house.evaluate(offer_id, WHOLE) == 1


def test_every_error_is_shown_at_its_field(house: House) -> None:
    offer_id = house.offer()
    typed = {
        "summary": "x" * 2001,
        "budget": "about a lot",
        "effort_hours": "100000",
        "risk_technical_level": "huge",
        "risk_financial_level": "high",
        "resources": "y" * 1001,
    }
    assert refused(house, offer_id, typed) == {
        "summary": "errors.too_long",
        "budget": "errors.number",
        "effort_hours": "errors.too_large",
        "risk_technical_level": "errors.choice",
        "risk_commercial_level": "errors.required",
        "risk_financial_text": "errors.required",
        "resources": "errors.too_long",
    }
    assert house.database.read_now(lambda session: session.scalars(sa.select(Evaluation)).all()) == []


def test_a_draft_keeps_what_is_typed_and_is_no_version(house: House) -> None:
    offer_id = house.offer()

    def work(session: Session) -> tuple[int, Evaluation | None]:
        engineer = house.person(session, "engineer")
        evaluations.save_draft(session, offer_id, engineer, {"budget": "60 k€"}, MONDAY)
        draft = evaluations.save_draft(session, offer_id, engineer, {"budget": "70 k€"}, MONDAY)
        return draft.version, evaluations.latest(session, offer_id)

    assert house.write(work) == (0, None)
    loaded = house.database.read_now(lambda session: evaluations.load(session, offer_id))
    assert loaded is not None
    assert (loaded.version, loaded.budget) == (0, Decimal(70000))
    with pytest.raises(Invalid):
        house.write(lambda s: evaluations.save_draft(s, offer_id, house.person(s, "engineer"), {"budget": "?"}, MONDAY))


def test_versions_never_change(house: House) -> None:
    offer_id = house.offer()
    assert house.evaluate(offer_id) == 1
    assert house.evaluate(offer_id) == 1
    assert house.evaluate(offer_id, WHOLE) == 2
    rows = house.database.read_now(
        lambda session: session.scalars(sa.select(Evaluation).order_by(Evaluation.version)).all()
    )
    assert [(row.version, row.summary) for row in rows] == [
        (0, WHOLE["summary"]),
        (1, SMALL["summary"]),
        (2, WHOLE["summary"]),
    ]
    assert rows[2].technical_risk is RiskLevel.HIGH
    assert rows[2].budget == Decimal("125000.50")


def test_the_first_version_moves_the_offer_to_the_evaluation_stage(house: House) -> None:
    offer_id = house.offer()
    assert house.database.read_now(lambda session: session.get_one(Offer, offer_id)).stage == "DET"
    house.write(
        lambda session: evaluations.one_line(
            session, offer_id, house.person(session, "engineer"), " Small\nand easy ", MONDAY, house.rules
        )
    )
    offer = house.database.read_now(lambda session: session.get_one(Offer, offer_id))
    assert offer.stage == "EVA"
    newest = house.database.read_now(lambda session: evaluations.latest(session, offer_id))
    assert newest is not None
    assert newest.summary == "Small and easy"


def test_an_edit_after_the_opening_is_a_new_version_and_shown(house: House) -> None:
    offer_id = house.offer()
    house.evaluate(offer_id)
    round_id = house.open(offer_id).id
    before = house.ledger()
    house.evaluate(offer_id, WHOLE)
    line = house.database.read_now(lambda session: standing(session, round_id, MONDAY))
    assert (line.evaluation_version, line.edited_after_opening) == (1, True)
    assert line.evaluation is not None
    assert (line.evaluation.version, line.evaluation.one_line) == (2, False)
    after = house.ledger()
    for name in ("CTO", "CPO", "CEO"):
        assert after["vote_card", round_id, name] == before["vote_card", round_id, name] + 1


def test_who_may_edit(house: House) -> None:
    offer_id = house.offer()

    def by(name: str) -> int:
        return house.write(
            lambda session: (
                evaluations.submit(
                    session, offer_id, house.person(session, name), {"summary": name}, MONDAY, house.rules
                ).version
            )
        )

    with pytest.raises(NotAllowed):
        by("project manager")
    assert by("sales lead") == 1
    house.write(
        lambda session: set_team(
            session,
            offer_id,
            house.person(session, "engineer"),
            [(house.person(session, "project manager"), TeamRole.PROJECT_MANAGER)],
            MONDAY,
        )
    )
    assert by("project manager") == 2
    with pytest.raises(NotFound):
        house.evaluate(99)


def test_an_ended_offer_is_not_edited(house: House) -> None:
    offer_id = house.offer()
    house.evaluate(offer_id)
    house.vote(house.open(offer_id).id, "CEO", Choice.NO_GO)
    with pytest.raises(OfferEnded):
        house.evaluate(offer_id, WHOLE)
