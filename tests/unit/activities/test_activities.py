"""Appointments, calls and tasks, planned or recorded, what they start, and linked documents."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot import config
from bot.activities import service as activities
from bot.activities.models import Activity, ActivityKind, Document, DocumentKind
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import entries
from bot.offers.models import Offer
from bot.quotes.models import Quote
from tests.unit.decisions.conftest import MONDAY

if TYPE_CHECKING:
    from bot.config.models import Company
    from tests.unit.decisions.conftest import House

COMPANY = config.default()
PLANNED = {"kind": "call", "subject": "Prices", "planned_on": "2026-11-27", "owner_id": "engineer"}
DONE = {"kind": "appointment", "subject": "Kick-off at the client", "done_on": "2026-11-20", "owner_id": "engineer"}


def record(
    house: House, offer_id: int, typed: dict[str, str], by: str = "engineer", company: Company = COMPANY
) -> tuple[Activity, bool]:
    return house.write(
        lambda session: activities.record(
            session, offer_id, typed, company=company, actor=house.person(session, by), now=MONDAY
        )
    )


def sent(house: House) -> int:
    """An offer with a sent quote."""
    offer = house.offer(number="1-10009")
    engineer = house.people["engineer"]
    house.write(
        lambda session: session.add(
            Quote(
                offer_id=offer,
                number=1,
                revision=1,
                created_at=MONDAY,
                updated_at=MONDAY,
                created_by_id=engineer,
                updated_by_id=engineer,
                price=Decimal(1),
                currency="EUR",
                sent_at=MONDAY,
                sent_on=MONDAY.date(),
            )
        )
    )
    return offer


def stage(house: House, offer_id: int) -> str:
    return house.database.read_now(lambda session: session.get_one(Offer, offer_id).stage)


def problems(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: key for name, (key, _params) in error.value.fields.items()}


@pytest.mark.parametrize("kind", list(ActivityKind))
@pytest.mark.parametrize("typed", [PLANNED, DONE])
def test_an_activity_begins_the_negotiation_once_the_offer_was_sent(
    house: House, kind: ActivityKind, typed: dict[str, str]
) -> None:
    before, after = house.offer(), sent(house)
    assert record(house, before, typed | {"kind": kind.value})[1] is False
    assert stage(house, before) == "DET"
    assert record(house, after, typed | {"kind": kind.value})[1] is True
    assert stage(house, after) == "NEG"
    assert record(house, after, typed)[1] is False


def test_a_company_may_want_any_activity_to_begin_it(house: House) -> None:
    rules = COMPANY.rules.stages.model_copy(update={"negotiation_on_any_activity": True})
    literal = COMPANY.model_copy(update={"rules": COMPANY.rules.model_copy(update={"stages": rules})})
    offer = house.offer()
    assert record(house, offer, PLANNED, company=literal)[1] is True
    assert stage(house, offer) == "NEG"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"planned_on": ""}, {"planned_on": "errors.required"}),
        ({"planned_on": "", "done_on": "2026-11-20", "planned_time": "9:00"}, {"planned_on": "errors.required"}),
        ({"done_on": "2026-11-26"}, {"done_on": "errors.date_future"}),
        ({"planned_time": "25:00"}, {"planned_time": "errors.time"}),
        ({"minutes": "an hour"}, {"minutes": "errors.number"}),
        ({"kind": "party"}, {"kind": "errors.choice"}),
        ({"subject": ""}, {"subject": "errors.required"}),
        ({"contact_id": "99"}, {"contact_id": "errors.unknown_contact"}),
    ],
)
def test_what_cannot_be_is_said_at_the_field(house: House, typed: dict[str, str], expected: dict[str, str]) -> None:
    offer = house.offer()
    with pytest.raises(Invalid) as error:
        record(house, offer, PLANNED | typed)
    assert problems(error) == expected


def test_done_with_one_click_and_back(house: House) -> None:
    offer = house.offer()
    activity, _moved = record(house, offer, PLANNED)

    def mark(*, done: bool, by: str = "engineer") -> Activity:
        return house.write(
            lambda session: activities.mark(
                session, activity.id, done=done, company=COMPANY, actor=house.person(session, by), now=MONDAY
            )
        )

    assert mark(done=True).done_on == MONDAY.date()
    revision = mark(done=True).revision
    assert mark(done=True).revision == revision
    assert mark(done=False).done_on is None
    assert mark(done=False).done_on is None
    with pytest.raises(NotAllowed):
        mark(done=True, by="key user")


def test_done_after_sending_begins_the_negotiation(house: House) -> None:
    offer = sent(house)
    planned_before = house.offer()
    activity, _moved = record(house, planned_before, PLANNED)
    assert stage(house, planned_before) == "DET"
    house.write(lambda session: _hand_over(session.get_one(Activity, activity.id), offer))
    house.write(
        lambda session: activities.mark(
            session, activity.id, done=True, company=COMPANY, actor=house.person(session, "engineer"), now=MONDAY
        )
    )
    assert stage(house, offer) == "NEG"


def _hand_over(activity: Activity, offer_id: int) -> None:
    """As if its offer had been sent meanwhile."""
    activity.offer_id = offer_id


def test_what_was_never_planned_cannot_become_planned_by_a_click(house: House) -> None:
    activity, _moved = record(house, house.offer(), DONE)
    with pytest.raises(Invalid):
        house.write(
            lambda session: activities.mark(
                session, activity.id, done=False, company=COMPANY, actor=house.person(session, "engineer"), now=MONDAY
            )
        )


def test_editing_to_done_begins_the_negotiation_and_other_edits_do_not(house: House) -> None:
    offer = sent(house)
    activity, _moved = record(house, offer, PLANNED)

    def edit(base: int, **typed: str) -> tuple[Activity, bool]:
        return house.write(
            lambda session: activities.edit(
                session,
                activity.id,
                PLANNED | typed,
                base=base,
                company=COMPANY,
                actor=house.person(session, "engineer"),
                now=MONDAY,
            )
        )

    house.write(lambda session: _back_to_sent(session.get_one(Offer, offer)))
    changed, moved = edit(1, place="By phone")
    assert (changed.place, moved) == ("By phone", False)
    _changed, moved = edit(changed.revision, place="By phone", done_on="2026-11-23")
    assert moved is True


def _back_to_sent(offer: Offer) -> None:
    offer.stage = "SNT"


def test_planned_ones_come_first_then_the_last_recorded(house: House) -> None:
    offer = house.offer()
    later = record(house, offer, PLANNED | {"planned_on": "2026-12-01"})[0].id
    afternoon = record(house, offer, PLANNED | {"planned_time": "14:00"})[0].id
    morning = record(house, offer, PLANNED | {"planned_time": "9:30"})[0].id
    old = record(house, offer, DONE | {"done_on": "2026-11-02"})[0].id
    new = record(house, offer, DONE)[0].id
    found = house.database.read_now(lambda session: [one.id for one in activities.of_offer(session, offer)])
    assert found == [morning, afternoon, later, new, old]


def link(house: House, offer_id: int, **typed: str) -> Document:
    given = {"kind": "minutes", "title": "Minutes", "url": "https://example.com/m.docx"} | typed
    return house.write(
        lambda session: activities.add_document(
            session, offer_id, given, actor=house.person(session, "engineer"), now=MONDAY
        )
    )


def test_a_document_may_belong_to_an_activity_of_the_same_offer(house: House) -> None:
    offer, other = house.offer(), house.offer(number="1-10002")
    activity, _moved = record(house, offer, DONE)
    document = link(house, offer, activity_id=str(activity.id), dated_on="2026-11-20")
    assert (document.activity_id, document.kind) == (activity.id, DocumentKind.MINUTES)
    record(house, other, DONE)
    with pytest.raises(Invalid) as error:
        link(house, other, activity_id=str(activity.id))
    assert problems(error) == {"activity_id": "errors.choice"}


@pytest.mark.parametrize("url", ["http://example.com", "https://me@example.com/x", "javascript:alert(1)", "", "a b"])
def test_only_a_safe_link_is_taken(house: House, url: str) -> None:
    offer = house.offer()
    with pytest.raises(Invalid) as error:
        link(house, offer, url=url)
    assert list(problems(error)) == ["url"]


def test_a_document_keeps_an_activity_that_was_removed(house: House) -> None:
    offer = house.offer()
    activity, _moved = record(house, offer, DONE)
    document = link(house, offer, activity_id=str(activity.id))
    house.write(
        lambda session: entries.take_away(
            session, Activity, activity.id, actor=house.person(session, "engineer"), now=MONDAY, away=True
        )
    )
    typed = {
        "kind": "loop",
        "title": "Minutes",
        "url": "https://example.com/m.docx",
        "activity_id": str(activity.id),
    }
    changed = house.write(
        lambda session: activities.edit_document(
            session, document.id, typed, base=1, actor=house.person(session, "engineer"), now=MONDAY
        )
    )
    assert (changed.kind, changed.activity_id) == (DocumentKind.LOOP, activity.id)
    assert link(house, offer, activity_id=str(activity.id)).activity_id is None


def test_documents_come_newest_first(house: House) -> None:
    offer = house.offer()
    undated = link(house, offer).id
    old = link(house, offer, dated_on="2026-01-05").id
    new = link(house, offer, dated_on=(MONDAY.date() + timedelta(days=1)).isoformat()).id
    found = house.database.read_now(lambda session: [one.id for one in activities.documents(session, offer)])
    assert found == [new, undated, old]


def test_the_choices_are_the_newest_and_the_chosen_one(house: House) -> None:
    offer = house.offer()
    made = [record(house, offer, DONE | {"subject": f"Call {n}"})[0].id for n in range(activities.CHOICES + 2)]
    found = house.database.read_now(lambda session: activities.choices(session, offer, made[0]))
    assert [int(value) for value, _label in found] == [made[0], *reversed(made[-activities.CHOICES + 1 :])]


def test_nobody_marks_what_does_not_exist(house: House) -> None:
    with pytest.raises(NotFound):
        house.write(
            lambda session: activities.mark(
                session, 99, done=True, company=COMPANY, actor=house.person(session, "engineer"), now=MONDAY
            )
        )
