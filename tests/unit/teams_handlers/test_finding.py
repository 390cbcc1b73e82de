"""Finding: each matter once, by chat and by the search box; what is shared speaks the channel's language."""

from __future__ import annotations

from typing import Any

from bot.teams.inbound import InboundKind
from bot.teams.replies import CardReply, SearchReply
from bot.tenders.models import Tender
from cards.verbs import Verb
from tests.unit.teams_handlers.desk import Desk, text_of, verbs_of


async def look(desk: Desk, words: str, by: str = "CTO", **more: Any) -> SearchReply:  # noqa: ANN401  fields of an activity
    reply = await desk.send(desk.inbound(InboundKind.SEARCH, by, text=words, verb="find", **more))
    assert isinstance(reply, SearchReply)
    return reply


async def card_of(desk: Desk, text: str, by: str = "CTO") -> str:
    reply = await desk.say(by, text)
    assert isinstance(reply, CardReply)
    return text_of(reply)


async def test_a_tender_that_became_an_offer_is_listed_once(desk: Desk) -> None:
    tender_id = desk.tender("1-20001", "Thermal seal")
    desk.tender("1-20002", "Thermal strap")
    offer_id = await desk.evaluated(tender_id)
    reply = await desk.say("CTO", "find thermal")
    assert isinstance(reply, CardReply)
    assert verbs_of(reply.card) == {Verb.OFFER_SHOW, Verb.TENDER_SHOW}
    said = text_of(reply)
    assert said.count("Thermal seal") == 1
    assert said.count("Thermal strap") == 1
    assert ("2 résultats" if desk.language == "fr" else "2 results") in said
    found = await look(desk, "thermal")
    assert [preview.title for _card, preview in found.results] == ["1-20001 Thermal seal", "1-20002 Thermal strap"]
    first = found.results[0][0]
    assert (Verb.EVALUATION_OPEN in verbs_of(first), Verb.TENDER_EVALUATE in verbs_of(first)) == (True, False)
    assert f'"id": {offer_id}' in text_of(first)


async def test_an_offer_wins_where_only_its_tender_holds_the_word(desk: Desk) -> None:
    tender_id = desk.tender("1-20001", "Seal")
    await desk.evaluated(tender_id)

    def describe(session: object) -> None:
        session.get(Tender, tender_id).search_text = "1-20001 seal cryostat"  # type: ignore[attr-defined]

    desk.write(describe)
    said = await card_of(desk, "find cryostat")
    assert Verb.OFFER_SHOW in said
    assert Verb.TENDER_SHOW not in said


async def test_chat_and_search_box_name_the_state_alike(desk: Desk) -> None:
    round_id = await desk.round(desk.tender("1-20001", "Thermal seal"))
    await desk.press("CPO", Verb.ROUND_NO_GO, round_id, note="no")
    await desk.press("CTO", Verb.ROUND_NO_GO, round_id, note="no")
    await desk.press("CEO", Verb.ROUND_NO_GO, round_id, note="no")
    ((_card, preview),) = (await look(desk, "thermal")).results
    assert preview.text.startswith("No-Go")
    assert "No-Go" in await card_of(desk, "find thermal")


async def test_a_found_tender_has_a_second_line(desk: Desk) -> None:
    desk.tender("1-20001", "Thermal seal", entity="PRIME CONTRACTOR LTD")
    ((_card, preview),) = (await look(desk, "")).results
    line = preview.text.replace("\u00a0", " ")
    assert line.endswith("Prime Contractor Ltd")
    assert "4 jan" in line.lower()


async def test_what_is_shared_speaks_the_channels_language_and_names_its_zone(french: Desk) -> None:
    desk = french
    desk.tender("1-20001", "Thermal seal")
    await desk.evaluated(desk.tender("1-20002", "Thermal strap"))
    english = {"locale": "en-GB", "time_zone": "America/Toronto"}
    await desk.closed("engineer", Verb.PROFILE_SAVE, language="en", time_zone="America/Toronto")
    found = await look(desk, "thermal", "engineer", **english)
    assert len(found.results) == 2
    for card, _preview in found.results:
        said = text_of(card)
        assert "Paris" in said
        assert "Toronto" not in said
        assert "Ouvrir sur le portail" in said or "portail" in said.lower()
    assert "closes Mon 4 Jan" in found.results[1][1].text.replace("\u00a0", " ")


async def test_pages_of_a_search_hold_every_matter_once(french: Desk) -> None:
    for number in range(14):
        tender_id = french.tender(f"1-3{number:04}", f"Thermal part {number:02}")
        if number % 4 == 0:
            await french.evaluated(tender_id)
    seen: list[str] = []
    for page in range(3):
        said = text_of(await french.card("CTO", Verb.FIND_SHOW, page, q="thermal"))
        seen += [f"part {number:02}" for number in range(14) if f"Thermal part {number:02}" in said]
        assert "14 résultats" in said
    assert sorted(seen) == [f"part {number:02}" for number in range(14)]
    last = text_of(await french.card("CTO", Verb.FIND_SHOW, 99, q="thermal"))
    assert "Thermal part" in last, "a page beyond the end is the last one"
