"""Picking tenders up, putting them aside, entering a client's request."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.offers.models import Offer
from bot.teams.replies import DialogClosed, TextReply
from bot.tenders.models import Source, Tender, TenderState
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, text_of, values_of, verbs_of


def tender_of(desk: Desk, tender_id: int) -> Tender:
    return desk.read(lambda session: session.get_one(Tender, tender_id))


async def test_a_dismissal_needs_a_reason_and_can_be_undone(desk: Desk) -> None:
    tender_id = desk.tender()
    form = await desk.form("sales lead", Verb.TENDER_DISMISS_OPEN, tender_id)
    assert {"reason", "note"} <= set(values_of(form))
    again = await desk.form("sales lead", Verb.TENDER_DISMISS, tender_id, reason="", note="")
    assert "reason" in values_of(again)
    said = await desk.closed("sales lead", Verb.TENDER_DISMISS, tender_id, reason="too_short", note="Six days")
    assert await desk.again() == DialogClosed(said)
    kept = tender_of(desk, tender_id)
    assert kept.state is TenderState.DISMISSED
    assert (kept.dismiss_reason or "").endswith(" – Six days")
    card = await desk.card("CTO", Verb.TENDER_SHOW, tender_id)
    assert "Six days" in text_of(card)
    assert Verb.TENDER_RESTORE in verbs_of(card)
    first = await desk.press("sales lead", Verb.TENDER_RESTORE, tender_id)
    assert await desk.again() == first
    assert tender_of(desk, tender_id).state is TenderState.NEW


async def test_only_those_who_work_on_tenders_may(desk: Desk) -> None:
    tender_id = desk.tender()
    for verb in (Verb.TENDER_EVALUATE, Verb.TENDER_RESTORE):
        assert isinstance(await desk.press("engineer", verb, tender_id), TextReply)
    for verb in (Verb.TENDER_DISMISS_OPEN, Verb.TENDER_DISMISS, Verb.RFP_OPEN, Verb.RFP_SAVE):
        assert isinstance(await desk.press("engineer", verb, tender_id, note="x"), DialogClosed)
    assert desk.count(Offer) == 0


async def test_evaluating_twice_gives_one_offer(desk: Desk) -> None:
    tender_id = desk.tender()
    first = await desk.press("sales lead", Verb.TENDER_EVALUATE, tender_id, channel=True)
    assert await desk.again() == first
    await desk.card("CTO", Verb.TENDER_EVALUATE, tender_id, channel=True)
    assert desk.count(Offer) == 1
    assert desk.read(lambda session: session.scalars(sa.select(Offer.owner_id)).one()) == desk.person_id("sales lead")


async def test_a_tender_under_vote_is_shown_as_its_round(desk: Desk) -> None:
    tender_id = desk.tender()
    await desk.round(tender_id)
    assert Verb.ROUND_GO in verbs_of(await desk.card("CTO", Verb.REFRESH_TENDER, tender_id))


async def test_a_request_by_hand_takes_the_same_way(desk: Desk) -> None:
    await desk.form("sales lead", Verb.RFP_OPEN)
    typed = {
        "title": "Heat shield for a capsule",
        "client": "A launcher company",
        "reference": "RFP-77",
        "type": "rfq",
        "closes_on": "2027-01-15",
        "clarification_on": "2026-12-18",
        "description": "A shield.",
    }
    said = await desk.closed("sales lead", Verb.RFP_SAVE, 0, **typed)
    assert await desk.again() == DialogClosed(said)
    (made,) = desk.read(lambda session: session.scalars(sa.select(Tender)).all())
    assert (made.source, made.number, made.entity) == (Source.CLIENT, "RFP-77", "A launcher company")
    assert made.closes_at is not None
    assert made.closes_at.isoformat() == "2027-01-15T12:00:00+00:00", "13:00 in Paris"
    assert ("shared_card", made.id, "channel") in desk.ledger()
    round_id = await desk.round(made.id)
    await desk.card("CTO", Verb.ROUND_GO, round_id)
    assert "S580" in text_of(await desk.card("CPO", Verb.ROUND_GO, round_id)) or desk.count(Offer) == 1
    await desk.form("sales lead", Verb.RFP_SAVE, 0, **typed)
    assert desk.count(Tender) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"client": " "},
        {"closes_on": "next week"},
        {"closes_on": "0001-01-01"},
        {"clarification_on": "9999-12-31"},
        {"closes_on": "2020-01-01"},
        {"link": "javascript:alert(1)"},
    ],
)
async def test_a_request_with_a_mistake_loses_nothing(french: Desk, wrong: dict[str, str]) -> None:
    typed = {"title": "Heat shield", "client": "A launcher company", "description": "Kept\u00a0text", **wrong}
    form = await french.form("sales lead", Verb.RFP_SAVE, 0, **typed)
    values = values_of(form)
    assert {name: values[name] for name in ("title", "client") if name not in wrong} == {
        name: typed[name] for name in ("title", "client") if name not in wrong
    }
    assert french.count(Tender) == 0


async def test_pages_of_the_list(desk: Desk) -> None:
    for number in range(8):
        desk.tender(f"1-3000{number}", f"Study {number}")
    first = text_of(await desk.card("CTO", Verb.TENDER_LIST, 0))
    second = text_of(await desk.card("CTO", Verb.TENDER_LIST, 1))
    assert sum(f"Study {n}" in first for n in range(8)) == 6
    assert sum(f"Study {n}" in second for n in range(8)) == 2
    beyond = text_of(await desk.card("CTO", Verb.TENDER_LIST, 10**6))
    assert beyond == first


@pytest.mark.parametrize("state", ["cancelled", "closed", "reissued"])
async def test_cards_of_tenders_that_are_over(desk: Desk, state: str) -> None:
    old = desk.tender(cancelled=state == "cancelled", status_id=5 if state == "closed" else 2)
    if state == "closed":
        desk.later(days=60)
    if state == "reissued":
        desk.tender("1-20002", reissue_of_id=old, native_id="other")
    card = await desk.card("CTO", Verb.TENDER_SHOW, old)
    assert Verb.TENDER_EVALUATE not in verbs_of(card)
