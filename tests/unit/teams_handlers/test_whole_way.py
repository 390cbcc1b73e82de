"""From a tender to its offer number and team, by the people who do it, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.decisions.models import Ballot
from bot.offers.models import Offer, Outcome, TeamMember
from bot.teams.replies import DialogClosed
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def offer_of(desk: Desk, offer_id: int) -> Offer:
    return desk.read(lambda session: session.get_one(Offer, offer_id))


async def test_a_tender_becomes_an_offer_with_number_and_team(desk: Desk) -> None:
    tender_id = desk.tender()
    assert "thermal" in text_of(await desk.card("CTO", Verb.TENDER_SHOW, tender_id)).lower()
    offer_id = await desk.evaluated(tender_id)
    card = await desk.card("sales lead", Verb.OFFER_SHOW, offer_id)
    assert Verb.ROUND_OPEN in verbs_of(card)
    card = await desk.card("sales lead", Verb.ROUND_OPEN, offer_id)
    round_id = desk.last_round(offer_id)
    for name in ("CTO", "CPO", "CEO"):
        assert Verb.ROUND_GO in verbs_of(await desk.card(name, Verb.ROUND_SHOW, round_id))
    await desk.card("CTO", Verb.ROUND_ABSTAIN, round_id, channel=True)
    await desk.card("CPO", Verb.ROUND_GO, round_id, channel=True)
    card = await desk.card("CEO", Verb.ROUND_GO, round_id, channel=True)
    assert "S580" in text_of(card)
    assert offer_of(desk, offer_id).number == "S580"
    opened = values_of(await desk.form("sales lead", Verb.TEAM_OPEN, offer_id))
    assert opened["member_1"] == object_id("sales lead")
    said = await desk.closed(
        "sales lead",
        Verb.TEAM_SAVE,
        offer_id,
        member_2=object_id("project manager"),
        member_role_2="project_manager",
        member_3=object_id("engineer"),
        member_role_3="contributor",
    )
    assert "2" in said
    assert await desk.again() == DialogClosed(said)
    assert desk.count(TeamMember) == 2
    assert "S580" in text_of(await desk.say("CTO", "S580"))
    kinds = {kind for kind, _subject, _target in desk.ledger()}
    assert {"shared_card", "vote_card", "decision_reply", "outcome_card"} <= kinds


async def test_a_payload_that_claims_another_voter_is_ignored(french: Desk) -> None:
    round_id = await french.round()
    await french.card(
        "CPO", Verb.ROUND_GO, round_id, voter="CEO", seat="ceo", role="ceo", person=french.person_id("CEO")
    )

    def ballots(session: Session) -> list[tuple[str, int]]:
        return [(row.seat.value, row.actor_id) for row in session.scalars(sa.select(Ballot))]

    assert french.read(ballots) == [("cpo", french.person_id("CPO"))]


async def test_a_veto_ends_the_offer(desk: Desk) -> None:
    round_id = await desk.round()
    form = await desk.form("CEO", Verb.ROUND_NO_GO_OPEN, round_id)
    assert "reason" in values_of(form)
    again = await desk.form("CEO", Verb.ROUND_NO_GO, round_id, reason="", note="")
    assert "reason" in values_of(again)
    said = await desk.closed("CEO", Verb.ROUND_NO_GO, round_id, reason="price", note="Too expensive to prepare")
    assert "No-Go" in said
    assert await desk.again() == DialogClosed(said)
    offer = desk.read(lambda session: session.scalars(sa.select(Offer)).one())
    assert (offer.outcome, offer.number) == (Outcome.NO_GO, None)
    card = await desk.card("CTO", Verb.ROUND_SHOW_HISTORY, round_id)
    assert "Too expensive to prepare" in text_of(card)
