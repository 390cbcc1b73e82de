"""Leads in chat: entered in a dialog, listed, corrected, dropped and taken back, evaluated."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.leads import arrivals, reading
from bot.leads.models import Lead, Over
from bot.offers.models import Offer
from bot.sync.models import CHANNEL, Kind, person_target
from bot.teams.context import reader_of, shared_reader
from bot.teams.presenters.leads import lead_message
from bot.teams.presenters.messages import DRAW
from bot.teams.replies import CardReply, DialogClosed, TextReply
from cards.check import check
from cards.formats import NO_BREAK
from cards.texts import texts
from cards.verbs import FormCode, Verb
from tests.unit.teams_handlers.desk import Desk, text_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cards.envelope import Card

TYPED = {"title": "A rover *x*", "origin": "fair", "client_name": "New Space", "amount": "1000", "currency": "EUR"}


async def entered(desk: Desk, by: str = "sales lead", **typed: str) -> int:
    said = await desk.closed(by, Verb.FORM_SAVE, 0, q=FormCode.LEAD_ADD.value, **(TYPED | typed))
    assert typed.get("title", TYPED["title"]) in said
    return desk.read(lambda session: session.scalar(sa.select(sa.func.max(Lead.id)))) or 0


async def said(desk: Desk, by: str, text: str) -> Card:
    reply = await desk.say(by, text)
    assert isinstance(reply, CardReply), reply
    return reply.card


def message(desk: Desk, lead_id: int, by: str) -> Any:  # noqa: ANN401  a card as JSON
    def draw(session: Session) -> Any:  # noqa: ANN401
        person = desk.person(session, by)
        return DRAW[Kind.LEAD_CARD](session, lead_id, person, reader_of(person, desk.now), desk.around)

    card = desk.read(draw)
    assert check(card, desk.schema) == []
    return card


async def test_new_lead_opens_a_dialog_and_gives_its_card(desk: Desk) -> None:
    for words in ("new lead", "nouvelle piste"):
        assert verbs_of(await said(desk, "sales lead", words)) == {Verb.FORM_OPEN.value}
    form = await desk.form("sales lead", Verb.FORM_OPEN, 0, q=FormCode.LEAD_ADD.value)
    assert texts(desk.language)("record.origin_fair") in str(form)
    lead_id = await entered(desk)
    assert (Kind.LEAD_CARD.value, lead_id, person_target(desk.person_id("sales lead"))) in desk.ledger()
    card = message(desk, lead_id, "sales lead")
    assert verbs_of(card) == {Verb.LEAD_EVALUATE.value, Verb.FORM_OPEN.value}
    assert "New Space" in text_of(card)


async def test_the_list_says_what_to_do_when_it_is_empty_and_has_pages(desk: Desk) -> None:
    word = texts(desk.language)
    assert word("leads.empty_hint").replace(NO_BREAK, " ") in text_of(await said(desk, "sales lead", "leads"))
    assert word("leads.empty_read") in text_of(await said(desk, "engineer", "pistes"))
    for number in range(8):
        await entered(desk, title=f"Lead {number:02}")
    desk.now += timedelta(days=3)
    first = await said(desk, "sales lead", "pistes")
    assert "Lead 00" in text_of(first)
    assert word.n("leads.age", 3) in text_of(first)
    assert "Lead 07" not in text_of(first)
    assert "Lead 07" in text_of(await desk.card("sales lead", Verb.LEAD_LIST, 1))
    assert "Lead 07" in text_of(await desk.card("sales lead", Verb.LEAD_LIST, 2**31 - 1))


async def test_the_list_shows_mine_or_all(desk: Desk) -> None:
    await entered(desk, title="The lead of sales")
    await entered(desk, by="CTO", title="The lead of the CTO")
    for words in ("leads mine", "mes pistes", "my leads", "pistes mes"):
        card = await said(desk, "CTO", words)
        assert "The lead of the CTO" in text_of(card)
        assert "The lead of sales" not in text_of(card)
    card = await desk.card("CTO", Verb.LEAD_LIST, 0, q="mine")
    assert "The lead of sales" not in text_of(card)
    assert "The lead of sales" in text_of(await desk.card("CTO", Verb.LEAD_LIST, 0, q="open"))
    assert texts(desk.language)("leads.empty_mine") in text_of(await said(desk, "engineer", "mes pistes"))


async def test_a_lead_for_nobody_asks_for_whom(desk: Desk) -> None:
    word = texts(desk.language)
    lead_id = await entered(desk, client_name="")
    card = await desk.card("sales lead", Verb.LEAD_SHOW, lead_id)
    assert word("leads.ask_client").replace(NO_BREAK, " ") in text_of(card)
    assert Verb.LEAD_EVALUATE.value not in verbs_of(card)
    reply = await desk.press("sales lead", Verb.LEAD_EVALUATE, lead_id)
    assert isinstance(reply, TextReply)
    assert reply.text == word("leads.error_nobody")
    await desk.closed("sales lead", Verb.FORM_SAVE, lead_id, q=FormCode.LEAD_EDIT.value, rev=1, **TYPED)
    assert Verb.LEAD_EVALUATE.value in verbs_of(await desk.card("sales lead", Verb.LEAD_SHOW, lead_id))


async def test_dropped_with_a_reason_and_taken_back(desk: Desk) -> None:
    lead_id = await entered(desk)
    why = {"q": FormCode.LEAD_DROP.value, "dropped_why": "No budget"}
    assert await desk.closed("CTO", Verb.FORM_SAVE, lead_id, **why) == texts(desk.language)("leads.said_dropped")
    card = await desk.card("sales lead", Verb.LEAD_SHOW, lead_id)
    assert "No budget" in text_of(card)
    assert verbs_of(card) == {Verb.LEAD_RESTORE.value}
    back = await desk.card("sales lead", Verb.LEAD_RESTORE, lead_id)
    assert Verb.LEAD_EVALUATE.value in verbs_of(back)


async def test_evaluating_makes_one_offer_and_shows_it(desk: Desk) -> None:
    lead_id = await entered(desk)
    card = await desk.card("sales lead", Verb.LEAD_EVALUATE, lead_id)
    assert Verb.EVALUATION_OPEN.value in verbs_of(card)
    await desk.again()
    later = await desk.card("CTO", Verb.LEAD_EVALUATE, lead_id)
    assert "sales lead" in text_of(later)
    assert verbs_of(later) == {Verb.OFFER_SHOW.value}
    assert desk.count(Offer) == 1
    assert verbs_of(await desk.card("sales lead", Verb.LEAD_SHOW, lead_id)) == {Verb.OFFER_SHOW.value}


def from_pipedrive(desk: Desk, **values: Any) -> int:  # noqa: ANN401  columns of a lead
    """A lead that somebody made over there."""
    given = {"title": "A rover", "origin": "manual", "client_name": "New Space", "currency": "EUR"}

    def work(session: Session) -> int:
        lead = arrivals.arrive(session, given | values, made_at=desk.now, announce=True, now=desk.now)
        return lead.id

    return desk.write(work)


def in_channel(desk: Desk, lead_id: int) -> Any:  # noqa: ANN401  a card as JSON
    """The card as the channel has it."""
    around = desk.around
    card = desk.read(lambda session: lead_message(session, lead_id, None, shared_reader(around, desk.now), around))
    assert check(card, desk.schema) == []
    return card


async def test_the_channel_asks_what_becomes_of_it_and_says_who_decided(desk: Desk) -> None:
    lead_id = from_pipedrive(desk, owner_name="Somebody over there")
    assert (Kind.LEAD_CARD.value, lead_id, CHANNEL) in desk.ledger()
    card = in_channel(desk, lead_id)
    assert verbs_of(card) == {Verb.LEAD_EVALUATE.value, Verb.FORM_OPEN.value}
    assert "Somebody over there" in text_of(card)
    assert isinstance(await desk.press("engineer", Verb.LEAD_EVALUATE, lead_id), TextReply)
    shown = await desk.card("CTO", Verb.LEAD_EVALUATE, lead_id, channel=True)
    assert verbs_of(shown) == {Verb.OFFER_SHOW.value}
    card = in_channel(desk, lead_id)
    assert verbs_of(card) == {Verb.OFFER_SHOW.value}
    assert "CTO" in text_of(card)
    later = await desk.card("sales lead", Verb.LEAD_EVALUATE, lead_id, channel=True)
    assert "CTO" in text_of(later)
    assert desk.count(Offer) == 1
    for code in (FormCode.LEAD_DROP, FormCode.LEAD_EDIT):
        refused = await desk.press("sales lead", Verb.FORM_OPEN, lead_id, q=code.value)
        assert isinstance(refused, DialogClosed)
        assert "CTO" in (refused.message or "")


async def test_two_say_not_for_us_and_the_second_reads_who_was_first(desk: Desk) -> None:
    lead_id = from_pipedrive(desk)
    why = {"q": FormCode.LEAD_DROP.value, "dropped_why": "No budget"}
    await desk.closed("CTO", Verb.FORM_SAVE, lead_id, **why)
    later = await desk.closed("sales lead", Verb.FORM_SAVE, lead_id, **(why | {"dropped_why": "Too far"}))
    assert "CTO" in later
    assert "No budget" in later
    card = in_channel(desk, lead_id)
    assert "CTO" in text_of(card)
    assert verbs_of(card) == {Verb.LEAD_RESTORE.value}
    reply = await desk.press("sales lead", Verb.LEAD_EVALUATE, lead_id)
    assert isinstance(reply, TextReply)
    assert "CTO" in reply.text


@pytest.mark.parametrize("over", [Over.ARCHIVED, Over.DELETED, Over.CONVERTED])
async def test_the_card_says_how_it_stands_over_there(desk: Desk, over: Over) -> None:
    lead_id = from_pipedrive(desk)
    told = {"at": desk.now, "now": desk.now}
    assert desk.write(lambda session: arrivals.stands(session, reading.by_id(session, lead_id), over, **told))
    assert not desk.write(lambda session: arrivals.stands(session, reading.by_id(session, lead_id), over, **told))
    word = texts(desk.language)(f"words.lead_over_{over}").replace(NO_BREAK, " ")
    assert word in text_of(in_channel(desk, lead_id))
    assert "A rover" not in text_of(await said(desk, "sales lead", "leads"))


async def test_the_list_says_why_some_never_stood_in_the_channel(desk: Desk) -> None:
    def work(session: Session) -> None:
        values = {"title": "Old", "origin": "manual", "client_name": "New Space", "currency": "EUR"}
        for _ in range(2):
            arrivals.arrive(session, values, made_at=desk.now, announce=False, now=desk.now)

    desk.write(work)
    from_pipedrive(desk)
    card = await said(desk, "sales lead", "leads")
    assert texts(desk.language).n("leads.from_before", 2).replace(NO_BREAK, " ") in text_of(card)


async def test_help_leads_to_the_leads(desk: Desk) -> None:
    assert Verb.LEAD_LIST.value in verbs_of(await said(desk, "sales lead", "help"))


async def test_others_read_and_are_refused_politely(desk: Desk) -> None:
    lead_id = await entered(desk)
    assert verbs_of(await desk.card("engineer", Verb.LEAD_SHOW, lead_id)) == set()
    for verb in (Verb.LEAD_EVALUATE, Verb.LEAD_RESTORE):
        assert isinstance(await desk.press("engineer", verb, lead_id), TextReply)
    assert isinstance(await desk.say("engineer", "new lead"), TextReply)
    for code in (FormCode.LEAD_ADD, FormCode.LEAD_EDIT, FormCode.LEAD_DROP):
        reply = await desk.press("engineer", Verb.FORM_OPEN, lead_id, q=code.value)
        assert isinstance(reply, DialogClosed)
    assert (desk.count(Lead), desk.count(Offer)) == (1, 0)
