"""Clarifications, negotiation points, activities, documents and deadlines, as people press and type them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.activities.models import Activity, Document
from bot.clarifications.models import Clarification
from bot.clients.models import Contact
from bot.deadlines import service as deadlines
from bot.deadlines.models import Morning
from bot.negotiations.models import NegotiationPoint
from bot.offers.models import Offer
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.teams.context import Turn, reader_of
from bot.teams.inbound import InboundKind
from bot.teams.presenters.deadlines import deadlines_answer, morning_card
from bot.teams.replies import CardReply, DialogClosed, DialogReply
from cards.check import check
from cards.envelope import nodes
from cards.verbs import FormCode, ListCode, Verb
from tests.unit.teams_handlers.desk import MONDAY, Desk, object_id, text_of, values_of, verbs_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cards.envelope import Card

TODAY = MONDAY.date()


def day(number: int) -> str:
    """A day counted from today, as a date input sends it."""
    return (TODAY + timedelta(days=number)).isoformat()


def asked(**typed: str) -> dict[str, str]:
    """A filled clarification."""
    given = {
        "question": "How thick is the insulation?",
        "asked_on": day(-3),
        "due_on": day(4),
        "owner_id": object_id("sales lead"),
        "link": "",
    }
    return given | typed


def point(**typed: str) -> dict[str, str]:
    """A filled negotiation point."""
    given = {
        "clause": "Article 12, penalties",
        "position": "No penalties",
        "client_position": "",
        "state": "open",
        "next_move": "us",
        "agreed_text": "",
        "since": day(-10),
        "due_on": "",
        "owner_id": object_id("sales lead"),
        "link": "",
    }
    return given | typed


def activity(**typed: str) -> dict[str, str]:
    """A filled activity."""
    given = {"kind": "call", "subject": "Prices", "planned_on": day(2), "owner_id": object_id("sales lead")}
    return given | typed


async def save(desk: Desk, code: FormCode, number: int, by: str = "sales lead", **typed: Any) -> str:  # noqa: ANN401
    """Send a dialog that is accepted."""
    return await desk.closed(by, Verb.FORM_SAVE, number, q=code.value, **typed)


async def opened(desk: Desk, code: FormCode, number: int, by: str = "sales lead") -> Card:
    """Open a dialog."""
    return await desk.form(by, Verb.FORM_OPEN, number, q=code.value)


async def shown(desk: Desk, code: ListCode, offer_id: int, page: int = 0, by: str = "sales lead") -> Card:
    """A list."""
    return await desk.card(by, Verb.RECORDS_SHOW, offer_id, q=f"{code.value}/{page}" if page else code.value)


def last(desk: Desk, model: type[Any]) -> int:
    """The id of the newest record."""
    return desk.read(lambda session: session.scalar(sa.select(sa.func.max(model.id)))) or 0


def carried(card: Card, verb: Verb) -> list[tuple[int, str]]:
    """What the buttons of one verb carry."""
    found = [node["data"] for node in nodes(card) if str(node["type"]).startswith("Action.") and "data" in node]
    return [(data["id"], data.get("q", "")) for data in found if isinstance(data, dict) and data.get("verb") == verb]


async def test_a_question_is_asked_answered_and_listed(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    empty = await shown(desk, ListCode.CLARIFICATIONS, offer)
    assert (offer, FormCode.CLARIFICATION_ADD.value) in carried(empty, Verb.FORM_OPEN)
    form = await opened(desk, FormCode.CLARIFICATION_ADD, offer)
    assert values_of(form)["asked_on"] == day(0)
    assert values_of(form)["owner_id"] == object_id("sales lead")
    assert "1" in await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked())
    record = last(desk, Clarification)
    answer = await opened(desk, FormCode.CLARIFICATION_ANSWER, record)
    assert "How thick is the insulation?" in text_of(answer)
    assert values_of(answer)["answered_by_id"] == object_id("sales lead")
    assert values_of(answer)["answered_how"] == "writing"
    await save(
        desk,
        FormCode.CLARIFICATION_ANSWER,
        record,
        rev=1,
        answer="12 mm",
        answered_on=day(0),
        answered_how="call",
        answered_by_id=object_id("engineer"),
        link="https://example.com/answer.docx",
    )
    card = await shown(desk, ListCode.CLARIFICATIONS, offer)
    assert "12 mm" in text_of(card)
    assert "https://example.com/answer.docx" in text_of(card)
    assert ("par engineer" if desk.language == "fr" else "by engineer") in text_of(card)


async def test_the_first_question_about_a_sent_offer_suggests_the_stage_and_enters_none(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    word = "Clarification"
    assert word not in await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked())
    sent = await desk.evaluated(desk.tender("1-20002", "Another lander"))
    desk.write(lambda session: _send(session, sent, desk.person_id("sales lead")))
    before = desk.read(lambda session: session.get_one(Offer, sent).stage)
    assert word in await save(desk, FormCode.CLARIFICATION_ADD, sent, **asked())
    assert word not in await save(desk, FormCode.CLARIFICATION_ADD, sent, **asked())
    assert desk.read(lambda session: session.get_one(Offer, sent).stage) == before


def _send(session: Session, offer_id: int, person_id: int) -> None:
    """A sent quote."""
    session.add(
        Quote(
            offer_id=offer_id,
            number=1,
            revision=1,
            created_at=MONDAY,
            updated_at=MONDAY,
            created_by_id=person_id,
            updated_by_id=person_id,
            price=1,
            currency="EUR",
            sent_at=MONDAY,
            sent_on=TODAY,
        )
    )


async def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    typed = asked(due_on=day(-9), question="A long question", link="https://example.com")
    form = await desk.form("sales lead", Verb.FORM_SAVE, offer, q=FormCode.CLARIFICATION_ADD.value, **typed)
    assert values_of(form) == typed
    assert desk.count(Clarification) == 0
    said = "La fin" if desk.language == "fr" else "The end"
    assert said in text_of(form)


async def test_two_who_edit_at_once_see_each_other(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    await save(desk, FormCode.POINT_ADD, offer, **point())
    number = last(desk, NegotiationPoint)
    await save(desk, FormCode.POINT_EDIT, number, by="CEO", rev=1, **point(position="5 % at most"))
    form = await desk.form(
        "sales lead", Verb.FORM_SAVE, number, q=FormCode.POINT_EDIT.value, rev=1, **point(position="10 %")
    )
    assert "5 % at most" in text_of(form)
    assert values_of(form)["position"] == "10 %"


async def test_a_delivery_that_comes_twice_asks_once(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    said = await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked())
    again = await desk.again()
    assert isinstance(again, DialogClosed)
    assert again.message == said
    assert desk.count(Clarification) == 1


@pytest.mark.parametrize(
    "code",
    [FormCode.CLARIFICATION_ADD, FormCode.POINT_ADD, FormCode.ACTIVITY_ADD, FormCode.DOCUMENT_ADD],
)
async def test_who_does_not_work_on_the_offer_sees_no_form_and_no_button(desk: Desk, code: FormCode) -> None:
    offer = await desk.evaluated(desk.tender())
    reply = await desk.press("key user", Verb.FORM_OPEN, offer, q=code.value)
    assert not isinstance(reply, DialogReply)
    typed: dict[str, Any] = asked() | {"kind": "call"}
    reply = await desk.press("key user", Verb.FORM_SAVE, offer, q=code.value, **typed)
    assert not isinstance(reply, DialogReply)
    for listed in (ListCode.CLARIFICATIONS, ListCode.POINTS, ListCode.ACTIVITIES, ListCode.DOCUMENTS):
        assert Verb.FORM_OPEN.value not in verbs_of(await shown(desk, listed, offer, by="key user"))


async def test_a_guest_reads_nothing(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    guest = sa.update(Person).filter_by(entra_object_id=object_id("key user")).values(guest=True)
    desk.write(lambda session: session.execute(guest))
    for verb, number, q in (
        (Verb.RECORDS_SHOW, offer, ListCode.CLARIFICATIONS.value),
        (Verb.RECORDS_SHOW, offer, ListCode.DOCUMENTS.value),
        (Verb.DEADLINES_SHOW, 0, "all"),
    ):
        assert not isinstance(await desk.press("key user", verb, number, q=q), CardReply)


async def test_a_removed_record_can_be_taken_back(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked())
    record = last(desk, Clarification)
    code = ListCode.CLARIFICATIONS.value
    gone = await desk.card("sales lead", Verb.RECORD_REMOVE, record, q=code)
    assert "How thick" not in text_of(gone)
    assert set(carried(gone, Verb.RECORD_RESTORE)) == {(record, code)}
    assert "How thick" in text_of(await desk.card("sales lead", Verb.RECORD_RESTORE, record, q=code))


@pytest.mark.parametrize("code", [ListCode.POINTS, ListCode.ACTIVITIES, ListCode.DOCUMENTS])
async def test_each_kind_can_be_removed(french: Desk, code: ListCode) -> None:
    offer = await french.evaluated(french.tender())
    await save(french, FormCode.POINT_ADD, offer, **point())
    await save(french, FormCode.ACTIVITY_ADD, offer, **activity())
    await save(french, FormCode.DOCUMENT_ADD, offer, kind="minutes", title="PV", url="https://example.com/pv.docx")
    model = {ListCode.POINTS: NegotiationPoint, ListCode.ACTIVITIES: Activity, ListCode.DOCUMENTS: Document}[code]
    assert Verb.RECORD_REMOVE.value in verbs_of(await shown(french, code, offer))
    gone = await french.card("sales lead", Verb.RECORD_REMOVE, last(french, model), q=code.value)
    assert Verb.RECORD_REMOVE.value not in verbs_of(gone)
    reply = await french.press("key user", Verb.RECORD_RESTORE, last(french, model), q=code.value)
    assert not isinstance(reply, CardReply)


async def test_the_negotiation_shows_its_age_and_who_moves(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    said = await save(desk, FormCode.POINT_ADD, offer, **point())
    move = "à nous d’agir" if desk.language == "fr" else "our move"
    assert move in said
    await save(desk, FormCode.POINT_ADD, offer, **point(clause="Article 3", state="blocked", next_move="client"))
    card = await shown(desk, ListCode.POINTS, offer)
    assert "2 points ouverts, 10 j" in text_of(card) or "2 open points, day 10" in text_of(card)
    assert move in text_of(card)
    first = last(desk, NegotiationPoint) - 1
    form = await desk.form(
        "sales lead", Verb.FORM_SAVE, first, q=FormCode.POINT_EDIT.value, rev=1, **point(state="agreed")
    )
    assert values_of(form)["state"] == "agreed"
    said = await save(
        desk, FormCode.POINT_EDIT, first, rev=1, **point(state="agreed", agreed_text="5 % at most", next_move="us")
    )
    assert ("au client d’agir" if desk.language == "fr" else "the client moves") in said
    assert "5 % at most" in text_of(await shown(desk, ListCode.POINTS, offer))
    said = await save(desk, FormCode.POINT_EDIT, first + 1, rev=1, **point(clause="Article 3", state="dropped"))
    assert ("terminée" if desk.language == "fr" else "is over") in said


async def test_an_activity_is_planned_done_with_one_click_and_taken_back(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    form = await opened(desk, FormCode.ACTIVITY_ADD, offer)
    assert values_of(form)["owner_id"] == object_id("sales lead")
    await save(desk, FormCode.ACTIVITY_ADD, offer, **activity(planned_time="9:30", place="Toulouse"))
    planned = last(desk, Activity)
    card = await shown(desk, ListCode.ACTIVITIES, offer)
    assert "09:30" in text_of(card)
    assert set(carried(card, Verb.ACTIVITY_DONE)) == {(planned, "")}
    done = await desk.card("sales lead", Verb.ACTIVITY_DONE, planned)
    assert set(carried(done, Verb.ACTIVITY_DONE)) == {(planned, "undo")}
    again = await desk.again()
    assert isinstance(again, CardReply)
    assert desk.read(lambda session: session.get_one(Activity, planned).done_on) == TODAY
    undone = await desk.card("sales lead", Verb.ACTIVITY_DONE, planned, q="undo")
    assert set(carried(undone, Verb.ACTIVITY_DONE)) == {(planned, "")}
    assert not isinstance(await desk.press("key user", Verb.ACTIVITY_DONE, planned), CardReply)
    form = await opened(desk, FormCode.ACTIVITY_EDIT, planned)
    assert values_of(form)["planned_time"] == "09:30"
    revision = desk.read(lambda session: session.get_one(Activity, planned).revision)
    typed = activity(planned_on="", done_on=day(-1))
    said = await save(desk, FormCode.ACTIVITY_EDIT, planned, rev=revision, **typed)
    assert ("PV" if desk.language == "fr" else "minutes") in said
    recorded = await shown(desk, ListCode.ACTIVITIES, offer)
    assert carried(recorded, Verb.ACTIVITY_DONE) == []


async def test_an_activity_after_sending_says_that_the_negotiation_began(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    desk.write(lambda session: _send(session, offer, desk.person_id("sales lead")))
    said = await save(desk, FormCode.ACTIVITY_ADD, offer, **activity(planned_on="", done_on=day(-1)))
    assert ("négociation" if desk.language == "fr" else "negotiation") in said
    assert desk.read(lambda session: session.get_one(Offer, offer).stage) == "NEG"


async def test_a_document_is_linked_to_its_meeting_and_opened(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    await save(desk, FormCode.ACTIVITY_ADD, offer, **activity(subject="First meeting"))
    meeting = last(desk, Activity)
    form = await opened(desk, FormCode.DOCUMENT_ADD, offer)
    assert "First meeting" in text_of(form)
    typed = {"kind": "minutes", "title": "PV", "url": "https://example.com/pv.docx", "dated_on": day(-1)}
    await save(desk, FormCode.DOCUMENT_ADD, offer, **typed, activity_id=str(meeting))
    document = last(desk, Document)
    assert values_of(await opened(desk, FormCode.DOCUMENT_EDIT, document))["activity_id"] == str(meeting)
    card = await shown(desk, ListCode.DOCUMENTS, offer)
    assert "First meeting" in text_of(card)
    assert "https://example.com/pv.docx" in [node.get("url") for node in nodes(card)]
    await save(desk, FormCode.DOCUMENT_EDIT, document, rev=1, **{**typed, "title": "PV 2"}, activity_id="")
    card = await shown(desk, ListCode.DOCUMENTS, offer)
    assert "PV 2" in text_of(card)
    assert "First meeting" not in text_of(card)


async def test_every_dialog_opens_with_what_is_stored(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    new = values_of(await opened(desk, FormCode.POINT_ADD, offer))
    assert (new["since"], new["state"], new["next_move"]) == (day(0), "open", "us")
    await save(desk, FormCode.POINT_ADD, offer, **point())
    stored = values_of(await opened(desk, FormCode.POINT_EDIT, last(desk, NegotiationPoint)))
    assert {name: stored[name] for name in ("clause", "position", "since")} == {
        name: point()[name] for name in ("clause", "position", "since")
    }
    await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked(due_on=""))
    record = last(desk, Clarification)
    assert values_of(await opened(desk, FormCode.CLARIFICATION_EDIT, record))["question"] == asked()["question"]
    await save(desk, FormCode.CLARIFICATION_EDIT, record, rev=1, **asked(due_on=day(-1)))
    late = "En retard" if desk.language == "fr" else "Overdue"
    assert late in text_of(await shown(desk, ListCode.CLARIFICATIONS, offer))
    gone = await desk.press("sales lead", Verb.FORM_OPEN, 4040, q=FormCode.CLARIFICATION_EDIT.value)
    assert not isinstance(gone, DialogReply)


async def test_an_activity_names_the_contact_and_says_when_it_is_late(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    buyer = {"name": "The buyer", "search_text": "the buyer", "created_at": MONDAY, "updated_at": MONDAY}
    desk.write(lambda session: session.add(Contact(**buyer)))
    assert "The buyer" in text_of(await opened(desk, FormCode.ACTIVITY_ADD, offer))
    contact = str(last(desk, Contact))
    await save(desk, FormCode.ACTIVITY_ADD, offer, **activity(contact_id=contact, planned_on=day(-1)))
    card = text_of(await shown(desk, ListCode.ACTIVITIES, offer))
    assert ("Avec The buyer" if desk.language == "fr" else "With The buyer") in card
    assert ("En retard" if desk.language == "fr" else "Overdue") in card


def _many(session: Session, offer_id: int, person_id: int) -> None:
    """Forty clarifications and thirty points with the longest texts, half of them settled."""
    base = {
        "offer_id": offer_id,
        "revision": 1,
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "created_by_id": person_id,
        "updated_by_id": person_id,
        "owner_id": person_id,
        "link": "https://example.com/" + "a" * 60,
    }
    ugly = "**É** _[ö](https://evil.example)_ <at>all</at> " * 80
    for number in range(1, 41):
        answered = number % 2 == 0
        session.add(
            Clarification(
                **base,
                number=number,
                question=f"Question {number} {ugly}",
                asked_on=TODAY - timedelta(days=20),
                due_on=TODAY + timedelta(days=number - 10),
                answered_on=TODAY if answered else None,
                answered_how="writing" if answered else None,
                answered_by_id=person_id if answered else None,
                answer=ugly if answered else None,
            )
        )
    for number in range(1, 31):
        session.add(
            NegotiationPoint(
                **base,
                number=number,
                clause=f"Clause {number} {ugly}"[:200],
                position=ugly,
                client_position=ugly,
                state="blocked" if number % 2 else "agreed",
                next_move="us",
                since=TODAY - timedelta(days=300),
                due_on=TODAY + timedelta(days=number - 10),
                settled_on=None if number % 2 else TODAY,
                agreed_text=ugly,
            )
        )


async def test_forty_clarifications_and_thirty_points_are_read_page_by_page(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    desk.write(lambda session: _many(session, offer, desk.person_id("sales lead")))
    for code, total in ((ListCode.CLARIFICATIONS, 40), (ListCode.POINTS, 30)):
        seen: set[int] = set()
        page = 0
        while len(seen) < total:
            card = await shown(desk, code, offer, page)
            fresh = {record for record, _q in carried(card, Verb.RECORD_REMOVE)}
            assert fresh
            assert not fresh & seen
            seen |= fresh
            page += 1
        assert len(seen) == total
        beyond = await shown(desk, code, offer, 900)
        assert carried(beyond, Verb.RECORD_REMOVE)


async def test_deadlines_are_listed_mine_or_everybodys(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    empty = await desk.card("CEO", Verb.DEADLINES_SHOW, 0, q="mine")
    assert Verb.DEADLINES_SHOW.value in verbs_of(empty)
    await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked(owner_id=object_id("CEO")))
    await save(desk, FormCode.POINT_ADD, offer, **point(due_on=day(-1)))
    mine = await desk.card("CEO", Verb.DEADLINES_SHOW, 0, q="mine")
    record = last(desk, Clarification)
    assert carried(mine, Verb.FORM_OPEN) == [(record, FormCode.CLARIFICATION_ANSWER.value)]
    every = await desk.card("CEO", Verb.DEADLINES_SHOW, 0, q="all")
    assert "Article 12" in text_of(every)
    assert "sales lead" in text_of(every)
    # Others' matters open the offer: the dialog would be refused to whoever does not work on it.
    assert carried(every, Verb.FORM_OPEN) == [(record, FormCode.CLARIFICATION_ANSWER.value)]
    assert offer in {number for number, _q in carried(every, Verb.OFFER_SHOW)}


async def test_deadlines_have_pages_and_an_end(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    desk.write(lambda session: _many(session, offer, desk.person_id("sales lead")))
    first = await desk.card("sales lead", Verb.DEADLINES_SHOW, 0, q="mine")
    assert (1, "mine") in carried(first, Verb.DEADLINES_SHOW)
    second = await desk.card("sales lead", Verb.DEADLINES_SHOW, 1, q="mine")
    assert text_of(second) != text_of(first)
    assert text_of(await desk.card("sales lead", Verb.DEADLINES_SHOW, 199, q="mine")) == text_of(first)


async def test_an_empty_list_names_what_comes_next(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender(closes_at=None, clarification_at=None))
    await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked(due_on=day(90)))
    card = await desk.card("sales lead", Verb.DEADLINES_SHOW, 0, q="mine")
    assert ("Ensuite : Clarification" if desk.language == "fr" else "Next: Clarification") in text_of(card)


async def test_every_deadline_opens_something(desk: Desk) -> None:
    """What a line opens is a dialog or a card, never an error."""
    offer = await desk.evaluated(desk.tender())
    await save(desk, FormCode.CLARIFICATION_ADD, offer, **asked())
    await save(desk, FormCode.POINT_ADD, offer, **point(due_on=day(1)))
    await save(desk, FormCode.ACTIVITY_ADD, offer, **activity())
    closing = sa.update(Offer).filter_by(id=offer).values(expected_closing_on=TODAY)
    desk.write(lambda session: session.execute(closing))
    card = await desk.card("sales lead", Verb.DEADLINES_SHOW, 0, q="mine")
    taps = [node["selectAction"]["data"] for node in nodes(card) if "selectAction" in node]
    assert len(taps) >= 4
    for data in taps:
        reply = await desk.press("sales lead", Verb(data["verb"]), data["id"], q=data.get("q", ""))
        assert isinstance(reply, DialogReply | CardReply), (data, reply)


async def test_the_command_speaks_of_the_same(desk: Desk) -> None:
    await desk.evaluated(desk.tender())
    inbound = desk.inbound(InboundKind.MESSAGE, "sales lead", text="deadlines")

    def answer(session: Session) -> Card:
        turn = Turn(session, inbound, desk.person(session, "sales lead"), desk.now, desk.around)
        reply = deadlines_answer(turn, 0, True).reply()
        assert isinstance(reply, CardReply)
        return reply.card

    card = desk.read(answer)
    assert check(card, desk.schema) == []
    assert card == await desk.card("sales lead", Verb.DEADLINES_SHOW, 0, q="mine")


async def test_a_morning_card_shows_what_is_still_to_do(desk: Desk) -> None:
    offer = await desk.evaluated(desk.tender())
    desk.write(lambda session: _many(session, offer, desk.person_id("sales lead")))
    due = desk.read(lambda session: deadlines.mornings_due(session, desk.now, desk.around.company))
    assert desk.write(lambda session: deadlines.give(session, due, desk.now)) == 1
    sales_lead = desk.person_id("sales lead")
    morning = desk.read(
        lambda session: session.scalars(sa.select(Morning.id).where(Morning.person_id == sales_lead)).one()
    )
    assert ("morning_card", morning, f"person:{sales_lead}") in desk.ledger()

    def draw(session: Session) -> Card | None:
        person = desk.person(session, "sales lead")
        return morning_card(session, morning, person, reader_of(person, desk.now), desk.around)

    card = desk.read(draw)
    assert card is not None
    assert check(card, desk.schema) == []
    assert ("En retard" if desk.language == "fr" else "Overdue") in text_of(card)
    desk.write(_remove_all)
    assert desk.read(draw) is None
    assert desk.read(lambda session: morning_card(session, morning, None, _nobody(desk), desk.around)) is None


def _remove_all(session: Session) -> None:
    """Nothing is due any more."""
    for model in (Clarification, NegotiationPoint):
        session.execute(sa.update(model).values(removed_at=MONDAY))


def _nobody(desk: Desk) -> Any:  # noqa: ANN401
    """The reader of a card that nobody gets."""
    return desk.read(lambda session: reader_of(desk.person(session, "CEO"), desk.now))
