"""Votes through the dispatcher: who may, what counts, what a repeated delivery answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.decisions.models import Ballot, BallotCondition, Choice, Round
from bot.offers.models import Offer
from bot.people.models import Person
from bot.teams.inbound import InboundKind
from bot.teams.replies import CardReply, DialogClosed, ErrorReply, TextReply
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def ballots(desk: Desk) -> list[Ballot]:
    return list(desk.read(lambda session: session.scalars(sa.select(Ballot).order_by(Ballot.id)).all()))


async def test_a_stranger_is_refused_and_told_who_may(desk: Desk) -> None:
    round_id = await desk.round()
    for verb in (Verb.ROUND_GO, Verb.ROUND_ABSTAIN):
        reply = await desk.press("newcomer", verb, round_id, channel=True)
        assert isinstance(reply, TextReply)
        assert all(role in reply.text for role in ("CTO", "CPO", "CEO"))
    for verb in (Verb.ROUND_NO_GO_OPEN, Verb.ROUND_NO_GO, Verb.ROUND_CONDITIONS_OPEN, Verb.ROUND_NEED_INFO_OPEN):
        reply = await desk.press("newcomer", verb, round_id, note="no")
        assert isinstance(reply, DialogClosed)
        assert "CTO" in (reply.message or "")
    assert ballots(desk) == []
    assert desk.count(Person, entra_object_id=object_id("newcomer")) == 1, "a refused stranger is known all the same"


async def test_every_repeated_vote_answers_the_same_and_changes_nothing(french: Desk) -> None:
    round_id = await french.round()
    presses: list[tuple[str, Verb, dict[str, Any]]] = [
        ("CTO", Verb.ROUND_NEED_INFO, {"question": "Which partner?"}),
        ("CTO", Verb.ROUND_ABSTAIN, {}),
        (
            "CPO",
            Verb.ROUND_GO_WITH_CONDITIONS,
            {"condition_text_1": "A partner", "condition_owner_1": "CTO", "condition_due_1": "2026-12-04"},
        ),
        ("CEO", Verb.ROUND_GO, {}),
    ]
    for by, verb, data in presses:
        first = await french.press(by, verb, round_id, **data)
        count = len(ballots(french))
        assert await french.again() == first
        french.dispatcher = french.fresh()
        assert await french.again() == first
        assert len(ballots(french)) == count
    assert french.count(Offer, number="S580") == 1


async def test_conditions_keep_owner_and_date(desk: Desk) -> None:
    round_id = await desk.round()
    owner = str(desk.person_id("project manager"))
    form = await desk.form("CTO", Verb.ROUND_CONDITIONS_OPEN, round_id)
    assert "condition_text_1" in values_of(form)
    said = await desk.closed(
        "CTO",
        Verb.ROUND_GO_WITH_CONDITIONS,
        round_id,
        condition_text_2="A test bench",
        condition_owner_2=owner,
        condition_due_2="2026-12-04",
    )
    assert said
    kept = desk.read(lambda session: session.scalars(sa.select(BallotCondition)).one())
    assert (kept.text, kept.owner, str(kept.due_on)) == ("A test bench", "project manager", "2026-12-04")
    assert "A test bench" in text_of(await desk.card("CPO", Verb.ROUND_SHOW, round_id))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "condition_text_1"),
        ({"condition_owner_3": "CTO"}, "condition_text_3"),
        ({"condition_text_2": "A bench", "condition_due_2": "2026-12-04"}, "condition_owner_2"),
        ({"condition_text_4": "A bench", "condition_owner_4": "99999999999999999999"}, "condition_due_4"),
        ({"condition_text_2": "A bench", "condition_owner_2": "77", "condition_due_2": "soon"}, "condition_due_2"),
        ({"condition_text_1": "A bench", "condition_owner_1": "x", "condition_due_1": "0001-01-01"}, "condition_due_1"),
    ],
)
async def test_a_condition_that_lacks_something_comes_back_with_everything_typed(
    french: Desk, typed: dict[str, str], field: str
) -> None:
    round_id = await french.round()
    form = await french.form("CTO", Verb.ROUND_GO_WITH_CONDITIONS, round_id, **typed)
    values = values_of(form)
    texts = {name: text for name, text in typed.items() if name.startswith("condition_text")}
    assert {name: values[name] for name in texts} == texts
    assert field in values
    assert ballots(french) == []


async def test_need_info_reaches_the_owner(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.form("CTO", Verb.ROUND_NEED_INFO_OPEN, round_id)
    await desk.form("CTO", Verb.ROUND_NEED_INFO, round_id, question="")
    await desk.closed("CTO", Verb.ROUND_NEED_INFO, round_id, question="Which partner?")
    assert "Which partner?" in text_of(await desk.card("sales lead", Verb.ROUND_SHOW, round_id))
    pending = await desk.card("sales lead", Verb.PENDING_SHOW)
    assert Verb.ROUND_SHOW in verbs_of(pending)
    (target,) = [target for kind, _id, target in desk.ledger() if kind == "question"]
    assert target == f"person:{desk.person_id('sales lead')}"


async def test_a_late_vote_is_kept_and_not_counted(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.card("CTO", Verb.ROUND_GO, round_id)
    await desk.card("CPO", Verb.ROUND_GO, round_id)
    await desk.card("CEO", Verb.ROUND_GO, round_id)
    first = await desk.press("CTO", Verb.ROUND_ABSTAIN, round_id)
    assert isinstance(first, CardReply)
    assert await desk.again() == first
    said = await desk.closed("CPO", Verb.ROUND_NO_GO, round_id, note="Changed my mind")
    assert await desk.again() == DialogClosed(said)
    assert [(row.choice, row.counted) for row in ballots(desk)][-2:] == [
        (Choice.ABSTAIN, False),
        (Choice.NO_GO, False),
    ]
    history = await desk.card("CTO", Verb.ROUND_SHOW_HISTORY, round_id)
    assert "Changed my mind" in text_of(history) or "No-Go" in text_of(history)


async def test_a_decision_is_reopened_with_a_reason(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.closed("CEO", Verb.ROUND_NO_GO, round_id, reason="price")
    await desk.form("sales lead", Verb.ROUND_REOPEN_OPEN, round_id)
    again = await desk.form("sales lead", Verb.ROUND_REOPEN, round_id, reason="")
    assert "reason" in values_of(again)
    said = await desk.closed("sales lead", Verb.ROUND_REOPEN, round_id, reason="The client doubled the budget")
    assert await desk.again() == DialogClosed(said)
    assert desk.count(Round) == 2
    newest = desk.read(lambda session: session.scalars(sa.select(Round).order_by(Round.id.desc()).limit(1)).one())
    assert "The client doubled the budget" in text_of(await desk.card("CTO", Verb.ROUND_SHOW, newest.id))
    old = await desk.card("CTO", Verb.ROUND_SHOW, round_id)
    assert old
    refused = await desk.press("sales lead", Verb.ROUND_REOPEN, round_id, reason="Once more")
    assert isinstance(refused, DialogClosed)


async def test_a_deputy_votes_for_the_principal(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.form("CTO", Verb.DEPUTY_OPEN)
    said = await desk.closed(
        "CTO", Verb.DEPUTY_SAVE, deputy=object_id("engineer"), starts_on="2026-11-23", ends_on="2026-11-27"
    )
    assert "engineer" in said
    card = await desk.card("engineer", Verb.ROUND_SHOW, round_id)
    assert Verb.ROUND_GO in verbs_of(card)
    await desk.form("engineer", Verb.ROUND_NO_GO_OPEN, round_id)
    await desk.card("engineer", Verb.ROUND_GO, round_id)
    (row,) = ballots(desk)
    assert (row.actor_id, row.principal_id) == (desk.person_id("engineer"), desk.person_id("CTO"))
    text = text_of(await desk.card("CPO", Verb.ROUND_SHOW_HISTORY, round_id))
    assert "engineer" in text
    assert "CTO" in text
    assert "engineer" in text_of(await desk.card("CPO", Verb.WHO_SHOW))
    desk.later(days=5)
    assert isinstance(await desk.press("engineer", Verb.ROUND_GO, round_id), TextReply)


async def test_the_vote_card_of_a_round_that_is_gone_is_refused(french: Desk) -> None:
    for verb in (Verb.ROUND_GO, Verb.ROUND_SHOW, Verb.ROUND_SHOW_HISTORY, Verb.REFRESH_ROUND, Verb.ROUND_OPEN):
        for number in (0, 99, 2**31 - 1, 2**31, 10**30, -1, "x", None, 1.5):
            reply = await french.press("CTO", verb, number)  # type: ignore[arg-type]
            assert isinstance(reply, TextReply), (verb, number)


async def test_a_round_opens_once_and_only_on_an_evaluation(desk: Desk) -> None:
    tender_id = desk.tender()
    await desk.card("sales lead", Verb.TENDER_EVALUATE, tender_id)
    offer_id = desk.read(lambda session: session.scalars(sa.select(Offer.id)).one())
    refused = await desk.press("sales lead", Verb.ROUND_OPEN, offer_id)
    assert isinstance(refused, TextReply)
    await desk.closed("sales lead", Verb.EVALUATION_SUBMIT, offer_id, summary="Worth it.")
    stranger = await desk.press("engineer", Verb.ROUND_OPEN, offer_id)
    assert isinstance(stranger, TextReply)
    first = await desk.press("sales lead", Verb.ROUND_OPEN, offer_id)
    assert await desk.again() == first
    assert isinstance(await desk.press("CTO", Verb.ROUND_OPEN, offer_id), TextReply)
    assert desk.count(Round) == 1


async def test_the_sheet_is_a_link_for_those_who_have_a_part(desk: Desk) -> None:
    round_id = await desk.round()
    await desk.closed("CEO", Verb.ROUND_NO_GO, round_id, reason="price")
    card = await desk.card("CEO", Verb.ROUND_SHEET, round_id)
    assert "https://offerdesk.example/sheets/token-" in text_of(card)
    assert "https://offerdesk.example/sheets/token-" in text_of(await desk.again())
    assert isinstance(await desk.press("engineer", Verb.ROUND_SHEET, round_id), TextReply)
    desk.public_url = None
    desk.__post_init__()
    assert "OFFERDESK_PUBLIC_URL" in text_of(await desk.card("CEO", Verb.ROUND_SHEET, round_id))


async def test_an_opener_pressed_elsewhere_is_an_old_card(french: Desk) -> None:
    round_id = await french.round()
    for kind in (InboundKind.CARD_ACTION, InboundKind.CARD_SUBMIT, InboundKind.DIALOG_SUBMIT):
        inbound = french.inbound(kind, "CTO", verb=Verb.ROUND_NO_GO_OPEN.value, data={"id": round_id})
        assert isinstance(await french.send(inbound), ErrorReply)


async def test_a_form_sent_as_a_card_action_is_refused_in_words(french: Desk) -> None:
    round_id = await french.round()
    inbound = french.inbound(InboundKind.CARD_ACTION, "CTO", verb=Verb.ROUND_NO_GO.value, data={"id": round_id})
    assert isinstance(await french.send(inbound), TextReply)


async def test_the_ballot_is_written_in_one_transaction_with_its_trail(french: Desk) -> None:
    round_id = await french.round()
    before = french.commits
    await french.card("CTO", Verb.ROUND_GO, round_id)
    assert french.commits > before

    def wanted(session: Session) -> int:
        return session.scalar(sa.text("SELECT wanted_version FROM ledger WHERE kind = 'shared_card'")) or 0

    version = french.read(wanted)
    await french.card("CPO", Verb.ROUND_SHOW, round_id)
    assert french.read(wanted) == version, "looking changes nothing"
