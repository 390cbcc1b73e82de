"""Reviews through cards and dialogs: asked, answered, answered for somebody, gone without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.people.models import Person
from bot.people.service import declare_deputy
from bot.quotes.models import Quote
from bot.reviews.models import Review, ReviewAnswer, ReviewState
from bot.sync.models import Kind
from bot.teams.context import reader_of
from bot.teams.presenters.reviews import review_card, review_result
from bot.teams.replies import CardReply, DialogClosed, DialogReply, TextReply
from cards.check import check
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import Desk, text_of, values_of
from tests.unit.teams_handlers.test_quotes import TODAY, buttons, listed, offer_of, opened, rows, saved

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CARD, RESULT = Kind.REVIEW_CARD, Kind.REVIEW_RESULT
DRAW = {CARD: review_card, RESULT: review_result}


async def asked(desk: Desk, by: str = "sales lead", **typed: object) -> tuple[int, int]:
    """An offer under review; gives its id and the review's."""
    offer_id = await desk.evaluated(desk.tender())
    given = {"due_on": "2026-11-24", **typed}
    await saved(desk, by, FormCode.REVIEW_ASK, offer_id, **given)
    return offer_id, rows(desk, Review)[-1].id


def drawn(desk: Desk, kind: Kind, review_id: int, name: str) -> dict[str, Any]:
    """The message as it would be sent now; it must be wanted."""
    assert (kind.value, review_id, f"person:{desk.person_id(name)}") in desk.ledger()

    def work(session: Session) -> dict[str, Any]:
        person = desk.person(session, name)
        return DRAW[kind](session, review_id, person, reader_of(person, desk.now), desk.around)

    card = desk.read(work)
    assert check(card, desk.schema) == []
    return card


def verbs(card: dict[str, Any]) -> set[tuple[str, str]]:
    return {(verb, q) for verb, q, _id in buttons(card)}


async def test_the_whole_review(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    await saved(desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price="125 000", currency="EUR")
    (quote,) = rows(desk, Quote)
    form = await opened(desk, "sales lead", FormCode.REVIEW_ASK, offer_id)
    assert values_of(form)["version"] == str(quote.id)
    assert values_of(form)["due_on"] == "2026-11-24"
    said = await saved(
        desk,
        "sales lead",
        FormCode.REVIEW_ASK,
        offer_id,
        version=str(quote.id),
        due_on="2026-11-24",
        question="Is the price right?",
        meeting_on="2026-11-24",
        meeting_time="14:30",
    )
    assert "CTO" in said
    assert "CEO" in said
    assert offer_of(desk, offer_id).stage == "REV"
    (review,) = rows(desk, Review)
    for name in ("CTO", "CEO"):
        card = drawn(desk, CARD, review.id, name)
        assert "125" in text_of(card)
        assert "Is the price right?" in text_of(card)
        assert ("review.ready", name.lower()) in verbs(card)
    answered = await desk.card("CTO", Verb.REVIEW_READY, review.id, q="cto")
    assert ("review.ready", "cto") not in verbs(answered)
    await desk.card("CEO", Verb.REVIEW_READY, review.id, q="ceo")
    assert rows(desk, Review)[0].state is ReviewState.READY
    assert ("form.open", "quote.sent") in verbs(drawn(desk, RESULT, review.id, "sales lead"))
    form = await opened(desk, "sales lead", FormCode.QUOTE_SENT, offer_id)
    assert "waiver" not in values_of(form), "nothing stands in the way"
    await saved(desk, "sales lead", FormCode.QUOTE_SENT, offer_id, version=str(quote.id), sent_on=TODAY)
    assert offer_of(desk, offer_id).stage == "SNT"


async def test_another_price_in_the_sending_dialog_asks_for_a_reason(desk: Desk) -> None:
    offer_id = await desk.evaluated(desk.tender())
    await saved(desk, "sales lead", FormCode.QUOTE_ADD, offer_id, price="125 000", currency="EUR")
    (quote,) = rows(desk, Quote)
    await saved(desk, "sales lead", FormCode.REVIEW_ASK, offer_id, version=str(quote.id), due_on="2026-11-24")
    (review,) = rows(desk, Review)
    for name in ("CTO", "CEO"):
        await desk.card(name, Verb.REVIEW_READY, review.id)
    typed = {"q": FormCode.QUOTE_SENT.value, "version": str(quote.id), "sent_on": TODAY, "price": "99 000"}
    form = await desk.form("sales lead", Verb.FORM_SAVE, offer_id, **typed)
    assert (values_of(form)["price"], values_of(form)["waiver"]) == (99000, "")
    await desk.closed("sales lead", Verb.FORM_SAVE, offer_id, **typed, waiver="A rebate at the last minute")
    assert f"{rows(desk, Quote)[0].price:.0f}" == "99000"


async def test_changes_come_back_to_who_asked_with_the_next_step(desk: Desk) -> None:
    offer_id, review_id = await asked(desk)
    form = await opened(desk, "CEO", FormCode.REVIEW_CHANGES, review_id)
    assert set(values_of(form)) == {"note"}, "one seat needs no choice"
    empty = await desk.form("CEO", Verb.FORM_SAVE, review_id, q=FormCode.REVIEW_CHANGES.value, note=" ")
    assert "note" in values_of(empty)
    await saved(desk, "CEO", FormCode.REVIEW_CHANGES, review_id, note="Name the test bench")
    card = drawn(desk, RESULT, review_id, "sales lead")
    assert "Name the test bench" in text_of(card)
    assert {("form.open", "quote.add"), ("form.open", "review.ask"), ("form.open", "review.waive")} <= verbs(card)
    await saved(desk, "sales lead", FormCode.REVIEW_ASK, offer_id, due_on="2026-11-24")
    newer = rows(desk, Review)[-1].id
    moved = drawn(desk, RESULT, review_id, "sales lead")
    assert ("review.show", "", newer) in buttons(moved)


async def test_every_repeated_click_answers_the_same_and_changes_nothing(french: Desk) -> None:
    _offer_id, review_id = await asked(french)
    presses: list[tuple[str, Verb, dict[str, Any]]] = [
        ("CTO", Verb.REVIEW_READY, {"q": "cto"}),
        ("CEO", Verb.FORM_SAVE, {"q": FormCode.REVIEW_CHANGES.value, "note": "The price"}),
    ]
    for by, verb, data in presses:
        first = await french.press(by, verb, review_id, **data)
        count = len(rows(french, ReviewAnswer))
        assert await french.again() == first
        french.dispatcher = french.fresh()
        assert await french.again() == first
        assert len(rows(french, ReviewAnswer)) == count


async def test_a_late_answer_is_told_so_and_a_stranger_who_may(desk: Desk) -> None:
    _offer_id, review_id = await asked(desk)
    for name in ("CPO", "newcomer"):
        reply = await desk.press(name, Verb.REVIEW_READY, review_id, q="ceo")
        assert isinstance(reply, TextReply)
        assert "CTO" in reply.text
        assert "CEO" in reply.text
        reply = await desk.press(name, Verb.FORM_OPEN, review_id, q=FormCode.REVIEW_CHANGES.value)
        assert isinstance(reply, DialogClosed)
        assert "CTO" in (reply.message or "")
    for name in ("CTO", "CEO"):
        await desk.card(name, Verb.REVIEW_READY, review_id)
    late = await desk.press("CTO", Verb.FORM_OPEN, review_id, q=FormCode.REVIEW_CHANGES.value)
    assert isinstance(late, DialogReply)
    said = await saved(desk, "CTO", FormCode.REVIEW_CHANGES, review_id, note="Wait")
    ready = await desk.press("CTO", Verb.REVIEW_READY, review_id)
    assert isinstance(ready, CardReply)
    assert said.replace("\u00a0", " ") in text_of(ready), "both say that it changed nothing"
    assert rows(desk, Review)[0].state is ReviewState.READY
    assert len(rows(desk, ReviewAnswer)) == 2


async def test_a_deputy_with_a_seat_of_their_own_answers_for_both(desk: Desk) -> None:
    def deputise(session: Session) -> None:
        ceo, cto = desk.person(session, "CEO"), desk.person(session, "CTO")
        day = desk.now.date()
        declare_deputy(session, principal=ceo, deputy=cto, starts_on=day, ends_on=day, now=desk.now, actor=ceo)

    desk.write(deputise)
    _offer_id, review_id = await asked(desk)
    form = await opened(desk, "CTO", FormCode.REVIEW_CHANGES, review_id)
    assert values_of(form)["seat"] == "cto"
    card = await desk.card("CTO", Verb.REVIEW_READY, review_id, q="cto")
    assert ("review.ready", "ceo") in verbs(card), "the other seat is next"
    form = await opened(desk, "CTO", FormCode.REVIEW_CHANGES, review_id)
    assert values_of(form)["seat"] == "ceo"
    await saved(desk, "CTO", FormCode.REVIEW_CHANGES, review_id, seat="ceo", note="The price")
    last = rows(desk, ReviewAnswer)[-1]
    assert (last.seat.value, last.principal_id, last.actor_id) == (
        "ceo",
        desk.person_id("CEO"),
        desk.person_id("CTO"),
    )


async def test_going_on_without_is_said_on_the_reviewers_cards(desk: Desk) -> None:
    offer_id, review_id = await asked(desk)
    form = await opened(desk, "sales lead", FormCode.REVIEW_WAIVE, offer_id)
    assert "CTO" in text_of(form)
    await saved(desk, "sales lead", FormCode.REVIEW_WAIVE, offer_id, waiver="The portal closes at noon")
    card = drawn(desk, CARD, review_id, "CEO")
    assert "The portal closes at noon" in text_of(card)
    assert "sales lead" in text_of(card)
    assert not {q for verb, q in verbs(card) if verb == "review.ready"}
    form = await opened(desk, "sales lead", FormCode.QUOTE_SENT, offer_id)
    assert "waiver" not in values_of(form)


async def test_a_review_that_nobody_asked_for_names_only_who_went_on(french: Desk) -> None:
    offer_id = await french.evaluated(french.tender())
    await saved(french, "sales lead", FormCode.REVIEW_WAIVE, offer_id, waiver="The portal closes at noon")
    (review,) = rows(french, Review)
    for card in (
        await french.card("CEO", Verb.REVIEW_SHOW, review.id),
        await listed(french, "CEO", ListCode.REVIEWS, offer_id),
    ):
        assert "The portal closes at noon" in text_of(card)
        assert "Demandée par" not in text_of(card)


async def test_the_conditions_of_the_go_are_in_sight(french: Desk) -> None:
    round_id = await french.round()
    await french.closed(
        "CTO",
        Verb.ROUND_GO_WITH_CONDITIONS,
        round_id,
        condition_text_1="A partner for the bench",
        condition_owner_1="CTO",
        condition_due_1="2026-12-04",
    )
    await french.card("CEO", Verb.ROUND_GO, round_id)
    offer_id = french.read(lambda session: session.scalars(sa.select(Review.offer_id)).first()) or 1
    await saved(french, "sales lead", FormCode.REVIEW_ASK, offer_id, due_on="2026-11-24")
    card = drawn(french, CARD, rows(french, Review)[0].id, "CEO")
    assert "A partner for the bench" in text_of(card)


async def test_the_history_shows_every_review(desk: Desk) -> None:
    offer_id, first = await asked(desk)
    await saved(desk, "CEO", FormCode.REVIEW_CHANGES, first, note="Name the test bench")
    await saved(desk, "sales lead", FormCode.REVIEW_ASK, offer_id, due_on="2026-11-24")
    card = await listed(desk, "sales lead", ListCode.REVIEWS, offer_id)
    assert "Name the test bench" in text_of(card)
    assert {number for verb, _q, number in buttons(card) if verb == "review.show"} == {
        review.id for review in rows(desk, Review)
    }
    assert {("form.open", "review.ask"), ("form.open", "review.waive")} <= verbs(card)
    assert "form.open" not in {verb for verb, _q in verbs(await listed(desk, "engineer", ListCode.REVIEWS, offer_id))}


async def test_anybody_may_look_and_only_reviewers_get_the_answers(desk: Desk) -> None:
    _offer_id, review_id = await asked(desk)
    looking = verbs(await desk.card("engineer", Verb.REVIEW_SHOW, review_id))
    assert not {q for verb, q in looking if verb in {"review.ready", "form.open"}}
    assert ("review.ready", "ceo") in verbs(await desk.card("CEO", Verb.REVIEW_SHOW, review_id))
    assert desk.count(Person) == 8
