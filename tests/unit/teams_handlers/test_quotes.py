"""Quotes, partner quotes and competitors through their dialogs and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.offers.models import Offer
from bot.quotes.models import Competitor, PartnerQuote, Quote
from bot.reviews.models import Review, ReviewState
from bot.teams.replies import CardReply, DialogClosed, TextReply
from cards.envelope import size
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import Desk, object_id, text_of, values_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TODAY = "2026-11-23"


async def opened(desk: Desk, by: str, code: FormCode, number: int) -> dict[str, Any]:
    return await desk.form(by, Verb.FORM_OPEN, number, q=code.value)


async def saved(desk: Desk, by: str, code: FormCode, number: int, **typed: object) -> str:
    return await desk.closed(by, Verb.FORM_SAVE, number, q=code.value, **typed)


async def again(desk: Desk, by: str, code: FormCode, number: int, **typed: object) -> dict[str, Any]:
    """A form that comes back with its errors."""
    return await desk.form(by, Verb.FORM_SAVE, number, q=code.value, **typed)


async def listed(desk: Desk, by: str, code: ListCode, offer_id: int) -> dict[str, Any]:
    return await desk.card(by, Verb.RECORDS_SHOW, offer_id, q=code.value)


def rows(desk: Desk, model: type[Any]) -> list[Any]:
    return list(desk.read(lambda session: session.scalars(sa.select(model).order_by(model.id)).all()))


def offer_of(desk: Desk, offer_id: int) -> Offer:
    return desk.read(lambda session: session.get_one(Offer, offer_id))


def buttons(card: Any) -> list[tuple[str, str, int]]:  # noqa: ANN401
    """Every button as (verb, words, id)."""
    found: list[tuple[str, str, int]] = []

    def walk(node: Any) -> None:  # noqa: ANN401
        if isinstance(node, dict):
            data = node.get("data")
            if str(node.get("type", "")).startswith("Action.") and isinstance(data, dict) and "verb" in data:
                found.append((data["verb"], data.get("q", ""), data["id"]))
            for name, value in node.items():
                if name != "fallback":
                    walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(card)
    return found


async def test_a_version_is_prepared_copied_and_edited(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    form = await opened(desk, "sales lead", FormCode.QUOTE_ADD, offer_id)
    assert values_of(form)["currency"] == "EUR"
    said = await saved(desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price="125 000", currency="EUR", title="Base")
    assert "125" in said
    (first,) = rows(desk, Quote)
    copy = values_of(await opened(desk, "sales lead", FormCode.QUOTE_COPY, first.id))
    assert (copy["title"], copy["price"]) == ("Base", 125000)
    await saved(desk, "sales lead", FormCode.QUOTE_COPY, first.id, price="110 000", currency="EUR", title="Rebate")
    second = rows(desk, Quote)[1]
    assert (second.number, second.copied_from_id, second.offer_id) == (2, first.id, offer_id)
    await saved(desk, "sales lead", FormCode.QUOTE_EDIT, second.id, rev=1, price="109 000", currency="EUR")
    assert [f"{quote.price:.0f}" for quote in rows(desk, Quote)] == ["125000", "109000"]


async def test_a_mistake_stands_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    form = await again(
        desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price="", currency="EUR", title="Base", note="A note"
    )
    assert (values_of(form)["title"], values_of(form)["note"]) == ("Base", "A note")
    assert rows(desk, Quote) == []


async def test_sending_without_a_review_asks_why_and_keeps_everything(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    form = await opened(desk, "sales lead", FormCode.QUOTE_SENT, offer_id)
    assert "waiver" in values_of(form), "the reason can be given right there"
    assert values_of(form)["sent_on"] == TODAY
    typed = {"sent_on": TODAY, "price": "125 000", "currency": "EUR", "document_url": "https://share.example/q1"}
    form = await again(desk, "sales lead", FormCode.QUOTE_SENT, offer_id, **typed)
    kept = values_of(form)
    assert (kept["price"], kept["document_url"], kept["waiver"]) == (125000, "https://share.example/q1", "")
    assert rows(desk, Quote) == []
    await saved(desk, "sales lead", FormCode.QUOTE_SENT, offer_id, **typed, waiver="The portal closes at noon")
    (review,) = rows(desk, Review)
    assert (review.state, review.waiver) == (ReviewState.WAIVED, "The portal closes at noon")
    assert offer_of(desk, offer_id).stage == "SNT"
    (quote,) = rows(desk, Quote)
    assert quote.sent_on is not None


async def test_a_prepared_version_is_chosen_and_keeps_its_price(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    for price in ("125 000", "110 000"):
        await saved(desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price=price, currency="EUR")
    first, second = rows(desk, Quote)
    form = await opened(desk, "sales lead", FormCode.QUOTE_SENT, offer_id)
    assert values_of(form)["version"] == str(second.id)
    assert "110" in text_of(form)
    await saved(
        desk, "sales lead", FormCode.QUOTE_SENT, offer_id, version=str(first.id), sent_on=TODAY, waiver="No time"
    )
    first, second = rows(desk, Quote)
    assert first.sent_on is not None
    assert second.sent_on is None
    assert f"{first.price:.0f}" == "125000"


async def test_the_same_delivery_sends_once(french: Desk) -> None:
    offer_id = await french.evaluated(french.tender())
    typed = {"sent_on": TODAY, "price": "1", "currency": "EUR", "waiver": "No time"}
    said = await saved(french, "sales lead", FormCode.QUOTE_SENT, offer_id, **typed)
    reply = await french.again()
    assert isinstance(reply, DialogClosed)
    assert reply.message == said
    french.dispatcher = french.fresh()
    assert await french.again() == reply
    assert len(rows(french, Quote)) == 1


async def test_a_sent_version_is_copied_not_edited(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    typed = {"sent_on": TODAY, "price": "1", "currency": "EUR", "waiver": "No time"}
    await saved(desk, "sales lead", FormCode.QUOTE_SENT, offer_id, **typed)
    (quote,) = rows(desk, Quote)
    reply = await desk.press("sales lead", Verb.FORM_OPEN, quote.id, q=FormCode.QUOTE_EDIT.value)
    assert isinstance(reply, DialogClosed)
    reply = await desk.press("sales lead", Verb.RECORD_REMOVE, quote.id, q=ListCode.QUOTES.value)
    assert isinstance(reply, TextReply)
    offered = buttons(await listed(desk, "sales lead", ListCode.QUOTES, offer_id))
    assert ("form.open", "quote.copy", quote.id) in offered
    assert ("form.open", "quote.edit", quote.id) not in offered


async def test_a_removed_version_is_taken_back_for_a_while(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    await saved(desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price="125 000", currency="EUR")
    (quote,) = rows(desk, Quote)
    card = await desk.card("sales lead", Verb.RECORD_REMOVE, quote.id, q=ListCode.QUOTES.value)
    undo = (Verb.RECORD_RESTORE.value, "quotes", quote.id)
    assert undo in buttons(card)
    assert undo not in buttons(await listed(desk, "CTO", ListCode.QUOTES, offer_id)), "only who removed it"
    card = await desk.card("sales lead", Verb.RECORD_RESTORE, quote.id, q=ListCode.QUOTES.value)
    assert ("form.open", "quote.edit", quote.id) in buttons(card)
    await desk.card("sales lead", Verb.RECORD_REMOVE, quote.id, q=ListCode.QUOTES.value)
    desk.later(minutes=6)
    assert undo not in buttons(await listed(desk, "sales lead", ListCode.QUOTES, offer_id))


async def test_who_may_only_read_gets_no_buttons_and_no_dialogs(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    await saved(desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price="125 000", currency="EUR")
    card = await listed(desk, "engineer", ListCode.QUOTES, offer_id)
    assert "125" in text_of(card)
    assert {verb for verb, _q, _id in buttons(card)} == {"offer.show"}
    for code in (FormCode.QUOTE_ADD, FormCode.QUOTE_SENT, FormCode.PARTNER_QUOTE_ADD, FormCode.COMPETITOR_ADD):
        reply = await desk.press("engineer", Verb.FORM_OPEN, offer_id, q=code.value)
        assert isinstance(reply, DialogClosed), code


async def test_a_guest_reads_nothing(french: Desk) -> None:
    offer_id = await french.evaluated(french.tender())
    await saved(french, "sales lead", FormCode.QUOTE_ADD, offer_id, price="125 000", currency="EUR")

    def invite(session: Session) -> None:
        french.person(session, "engineer").guest = True

    french.write(invite)
    for code in (ListCode.QUOTES, ListCode.PARTNER_QUOTES, ListCode.COMPETITORS, ListCode.REVIEWS):
        reply = await french.press("engineer", Verb.RECORDS_SHOW, offer_id, q=code.value)
        assert isinstance(reply, TextReply), code
    reply = await french.press("engineer", Verb.REVIEW_SHOW, 1)
    assert isinstance(reply, TextReply)


@pytest.mark.parametrize("code", [ListCode.QUOTES, ListCode.PARTNER_QUOTES, ListCode.COMPETITORS, ListCode.REVIEWS])
async def test_an_empty_list_says_what_to_do(desk: Desk, code: ListCode) -> None:
    offer_id = await desk.evaluated(desk.tender())
    assert "form.open" in {verb for verb, _q, _id in buttons(await listed(desk, "sales lead", code, offer_id))}


async def test_many_versions_stand_on_pages(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())

    def fill(session: Session) -> None:
        for number in range(1, 41):
            session.add(
                Quote(
                    offer_id=offer_id,
                    number=number,
                    title="word " * 40,
                    note="word " * 400,
                    price=number,
                    currency="EUR",
                    document_url="https://share.example/" + "x" * 400,
                    created_at=desk.now,
                    updated_at=desk.now,
                    created_by_id=desk.person(session, "sales lead").id,
                    updated_by_id=desk.person(session, "sales lead").id,
                )
            )

    desk.write(fill)
    card = await listed(desk, "sales lead", ListCode.QUOTES, offer_id)
    assert size(card) < 24 * 1024
    assert ("records.show", "quotes/1", offer_id) in buttons(card)
    last = await desk.card("sales lead", Verb.RECORDS_SHOW, offer_id, q="quotes/99")
    assert ("records.show", "quotes", offer_id) in buttons(last), "a page too far shows the last one"


async def test_a_partner_quote_is_requested_received_and_chosen(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    form = values_of(await opened(desk, "sales lead", FormCode.PARTNER_QUOTE_ADD, offer_id))
    assert (form["owner_id"], form["requested_on"]) == (object_id("sales lead"), TODAY)
    asked = {"partner": "Bench maker", "scope": "Test bench", "owner_id": form["owner_id"], "currency": "EUR"}
    await saved(desk, "sales lead", FormCode.PARTNER_QUOTE_ADD, offer_id, **asked, due_on="2026-12-04")
    (quote,) = rows(desk, PartnerQuote)
    choose = (Verb.PARTNER_QUOTE_CHOOSE.value, "yes", quote.id)
    assert choose not in buttons(await listed(desk, "sales lead", ListCode.PARTNER_QUOTES, offer_id))
    reply = await desk.press("sales lead", Verb.PARTNER_QUOTE_CHOOSE, quote.id, q="yes")
    assert isinstance(reply, TextReply), "nothing to choose yet"
    received = {**asked, "due_on": "2026-12-04", "received_on": TODAY}
    await again(desk, "sales lead", FormCode.PARTNER_QUOTE_EDIT, quote.id, rev=1, **received)
    await saved(desk, "sales lead", FormCode.PARTNER_QUOTE_EDIT, quote.id, rev=1, **received, amount="10 000,50")
    assert choose in buttons(await listed(desk, "sales lead", ListCode.PARTNER_QUOTES, offer_id))
    card = await desk.card("sales lead", Verb.PARTNER_QUOTE_CHOOSE, quote.id, q="yes")
    assert "10" in text_of(card)
    assert (Verb.PARTNER_QUOTE_CHOOSE.value, "no", quote.id) in buttons(card)
    reply = await desk.again()
    assert isinstance(reply, CardReply)
    await desk.press("sales lead", Verb.PARTNER_QUOTE_CHOOSE, quote.id, q="yes")
    assert rows(desk, PartnerQuote)[0].chosen, "twice is once"
    await desk.card("sales lead", Verb.PARTNER_QUOTE_CHOOSE, quote.id, q="no")
    assert not rows(desk, PartnerQuote)[0].chosen


async def test_competitors_are_listed_with_their_winner(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    await saved(
        desk, "sales lead", FormCode.COMPETITOR_ADD, offer_id, name="Rival", certainty="suspected", strengths="Heritage"
    )
    (rival,) = rows(desk, Competitor)
    changed = {"name": "Rival", "certainty": "confirmed", "amount": "99 000", "winner": "true"}
    await saved(desk, "sales lead", FormCode.COMPETITOR_EDIT, rival.id, rev=1, strengths="Heritage", **changed)
    form = await again(
        desk, "sales lead", FormCode.COMPETITOR_ADD, offer_id, name="Other", certainty="suspected", winner="true"
    )
    assert values_of(form)["name"] == "Other"
    assert "Rival" in text_of(form), "the error names who is the winner"
    card = await listed(desk, "engineer", ListCode.COMPETITORS, offer_id)
    assert "Rival" in text_of(card)
    assert "Heritage" in text_of(card)


@pytest.mark.parametrize(
    ("code", "list_code"),
    [
        (FormCode.QUOTE_EDIT, ListCode.QUOTES),
        (FormCode.QUOTE_COPY, ListCode.QUOTES),
        (FormCode.QUOTE_SENT, ListCode.QUOTES),
        (FormCode.PARTNER_QUOTE_EDIT, ListCode.PARTNER_QUOTES),
        (FormCode.COMPETITOR_EDIT, ListCode.COMPETITORS),
        (FormCode.REVIEW_ASK, ListCode.REVIEWS),
        (FormCode.REVIEW_WAIVE, ListCode.REVIEWS),
        (FormCode.REVIEW_CHANGES, ListCode.REVIEWS),
    ],
)
async def test_made_up_ids_are_answered_politely(french: Desk, code: FormCode, list_code: ListCode) -> None:
    for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
        reply = await french.press("sales lead", verb, 4711, q=code.value, price="1", currency="EUR", note="x")
        assert isinstance(reply, DialogClosed), verb
    for verb in (Verb.RECORDS_SHOW, Verb.RECORD_REMOVE, Verb.PARTNER_QUOTE_CHOOSE, Verb.REVIEW_READY, Verb.REVIEW_SHOW):
        reply = await french.press("sales lead", verb, 4711, q=list_code.value)
        assert isinstance(reply, TextReply), verb
