"""The client's questions: asked, answered in writing or in a call, corrected by several people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import AuditEvent
from bot.clarifications import service as clarifications
from bot.clarifications.models import AnsweredBy, Clarification
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import entries
from bot.offers.models import Offer
from bot.people.models import Person
from tests.unit.decisions.conftest import MONDAY

if TYPE_CHECKING:
    from tests.unit.decisions.conftest import House

ASKED = {
    "question": "How thick is the insulation?",
    "asked_on": "2026-11-20",
    "due_on": "2026-11-27",
    "owner_id": "engineer",
    "link": "",
}
ANSWERED = {
    "answer": "12 mm",
    "answered_on": "2026-11-23",
    "answered_how": "writing",
    "answered_by_id": "sales lead",
    "link": "",
}


def ask(house: House, offer_id: int, by: str = "engineer", **typed: str) -> Clarification:
    return house.write(
        lambda session: clarifications.ask(
            session, offer_id, ASKED | typed, actor=house.person(session, by), now=MONDAY
        )
    )


def answer(house: House, record_id: int, base: int = 1, by: str = "engineer", **typed: str) -> Clarification:
    return house.write(
        lambda session: clarifications.answer(
            session, record_id, ANSWERED | typed, base=base, actor=house.person(session, by), now=MONDAY
        )
    )


def problems(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: key for name, (key, _params) in error.value.fields.items()}


def test_a_question_is_numbered_on_its_offer_and_traced(house: House) -> None:
    first, second = house.offer(), house.offer(number="1-10002")
    assert [ask(house, offer).number for offer in (first, first, second)] == [1, 2, 1]
    events = house.database.read_now(
        lambda session: session.scalars(sa.select(AuditEvent).where(AuditEvent.subject == "clarification")).all()
    )
    assert [event.action for event in events] == ["clarification.added"] * 3
    assert (events[0].after or {})["question"] == ASKED["question"]


def test_asking_and_answering_change_the_offers_revision(house: House) -> None:
    offer = house.offer()

    def revision() -> int:
        return house.database.read_now(lambda session: session.get_one(Offer, offer).revision)

    before = revision()
    record = ask(house, offer)
    assert revision() == before + 1
    answer(house, record.id)
    assert revision() == before + 2


def test_an_answer_says_how_by_whom_and_when(house: House) -> None:
    record = answer(house, ask(house, house.offer()).id, answered_how="call")
    assert (record.answered_how, record.answered_on, record.answer) == (AnsweredBy.CALL, date(2026, 11, 23), "12 mm")
    assert record.answered_by_id == house.people["sales lead"]


def test_a_link_is_answer_enough_and_nothing_is_not(house: House) -> None:
    record = ask(house, house.offer())
    with pytest.raises(Invalid) as error:
        answer(house, record.id, answer="")
    assert problems(error) == {"answer": "errors.required"}
    assert answer(house, record.id, answer="", link="https://example.com/a.docx").answered_on is not None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"question": " "}, {"question": "errors.required"}),
        ({"asked_on": ""}, {"asked_on": "errors.required"}),
        ({"asked_on": "2026-11-26"}, {"asked_on": "errors.date_future"}),
        ({"due_on": "2026-11-19"}, {"due_on": "errors.date_order"}),
        ({"owner_id": "nobody"}, {"owner_id": "errors.unknown_person"}),
        ({"link": "http://example.com"}, {"link": "errors.link"}),
        ({"question": "x" * 4001}, {"question": "errors.too_long"}),
    ],
)
def test_what_cannot_be_is_said_at_the_field(house: House, typed: dict[str, str], expected: dict[str, str]) -> None:
    offer = house.offer()
    with pytest.raises(Invalid) as error:
        ask(house, offer, **typed)
    assert problems(error) == expected


def test_a_colleague_for_whom_it_is_tomorrow_may_write_it_down(house: House) -> None:
    """At 15:00 UTC it is the 24th in Tokyo."""
    offer = house.offer()
    record = house.write(
        lambda session: clarifications.ask(
            session,
            offer,
            ASKED | {"asked_on": "2026-11-24", "due_on": ""},
            actor=house.person(session, "engineer"),
            now=MONDAY + timedelta(hours=6),
        )
    )
    assert record.asked_on == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("answered_on", "key"), [("2026-11-19", "errors.date_order"), ("2026-11-26", "errors.date_future")]
)
def test_an_answer_comes_after_its_question_and_not_tomorrow(house: House, answered_on: str, key: str) -> None:
    record = ask(house, house.offer())
    with pytest.raises(Invalid) as error:
        answer(house, record.id, answered_on=answered_on)
    assert problems(error) == {"answered_on": key}


def test_who_does_not_work_on_the_offer_may_not(house: House) -> None:
    offer = house.offer()
    with pytest.raises(NotAllowed):
        ask(house, offer, by="key user")
    record = ask(house, offer, by="sales lead")
    with pytest.raises(NotAllowed):
        answer(house, record.id, by="key user")
    guest = sa.update(Person).filter_by(id=house.people["engineer"]).values(guest=True)
    house.write(lambda session: session.execute(guest))
    with pytest.raises(NotAllowed):
        ask(house, offer)


def test_two_who_answer_at_once_decide_on_the_same_field_and_keep_the_others(house: House) -> None:
    record = ask(house, house.offer())
    answer(house, record.id, by="sales lead")
    with pytest.raises(Invalid) as error:
        answer(house, record.id, answer="14 mm", answered_how="call")
    assert problems(error) == {
        "answer": "errors.changed_meanwhile",
        "answered_how": "errors.changed_meanwhile",
    }
    kept = answer(house, record.id, base=int(error.value.shown["rev"]), answer="14 mm", answered_how="call")
    assert (kept.answer, kept.answered_how) == ("14 mm", AnsweredBy.CALL)


def test_a_correction_of_the_question_leaves_the_answer(house: House) -> None:
    record = ask(house, house.offer())
    answer(house, record.id)
    changed = house.write(
        lambda session: clarifications.edit(
            session,
            record.id,
            ASKED | {"question": "How thick, exactly?"},
            base=1,
            actor=house.person(session, "engineer"),
            now=MONDAY,
        )
    )
    assert (changed.question, changed.answer) == ("How thick, exactly?", "12 mm")


def test_open_ones_come_first_what_is_due_first_then_the_answered_ones(house: House) -> None:
    offer = house.offer()
    undated = ask(house, offer, due_on="").id
    late = ask(house, offer, due_on="2026-11-30").id
    soon = ask(house, offer, due_on="2026-11-24").id
    first, last = ask(house, offer).id, ask(house, offer).id
    answer(house, first, answered_on="2026-11-22")
    answer(house, last)
    gone = ask(house, offer).id
    house.write(
        lambda session: entries.take_away(
            session, Clarification, gone, actor=house.person(session, "engineer"), now=MONDAY, away=True
        )
    )
    found = house.database.read_now(lambda session: [one.id for one in clarifications.of_offer(session, offer)])
    assert found == [soon, late, undated, last, first]
    standing = house.database.read_now(lambda session: clarifications.standing(session, offer, date(2026, 11, 25)))
    assert standing == clarifications.Standing(total=5, open=3, overdue=1, next_due=date(2026, 11, 24))


def test_an_offer_without_questions_has_nothing_to_wait_for(house: House) -> None:
    offer = house.offer()
    standing = house.database.read_now(lambda session: clarifications.standing(session, offer, date(2026, 11, 25)))
    assert standing == clarifications.Standing(total=0, open=0, overdue=0, next_due=None)


def test_a_removed_question_is_answered_no_more(house: House) -> None:
    record = ask(house, house.offer())
    house.write(
        lambda session: entries.take_away(
            session, Clarification, record.id, actor=house.person(session, "engineer"), now=MONDAY, away=True
        )
    )
    with pytest.raises(NotFound):
        answer(house, record.id)
