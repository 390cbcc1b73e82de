"""Two people edit one record: what only one of them changed is kept, what both changed is asked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import Invalid, NotFound
from bot.offers.models import Offer
from bot.records import service as records
from bot.records.fields import FieldKind, FieldSpec
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from bot.database import Database

FIELDS = (
    FieldSpec(name="title", required=True, limit=400),
    FieldSpec(name="description", kind=FieldKind.LINES, limit=2000),
    FieldSpec(name="estimated_amount", kind=FieldKind.AMOUNT),
    FieldSpec(name="project_manager_id", kind=FieldKind.PERSON),
)


@pytest.fixture
def house(database: Database) -> House:
    """The staffed company with one offer."""
    made = House(database)
    made.staff()
    return made


@pytest.fixture
def offer(house: House) -> int:
    """The id of an offer."""
    return house.offer("Heat shield")


def opened(house: House, offer: int) -> tuple[dict[str, str], int]:
    """What a dialog shows, and the revision it stands on."""

    def work(session: Session) -> tuple[dict[str, str], int]:
        found = session.get_one(Offer, offer)
        return records.texts_of(session, found, FIELDS), found.revision

    return house.database.read_now(work)


def save(house: House, offer: int, typed: Mapping[str, str], base: int, *, by: str = "engineer") -> tuple[str, ...]:
    def work(session: Session) -> tuple[str, ...]:
        record = records.locked(session, Offer, offer)
        actor = house.person(session, by)
        now = MONDAY + timedelta(minutes=5)
        return records.save(session, record, "offer", FIELDS, typed, base=base, actor=actor, now=now)

    return house.write(work)


def test_only_what_changed_is_written(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    assert save(house, offer, shown, base) == ()
    assert opened(house, offer)[1] == base
    assert save(house, offer, {**shown, "estimated_amount": "1 500,5"}, base) == ("estimated_amount",)
    after, revision = opened(house, offer)
    assert after["estimated_amount"] == "1500.50"
    assert revision == base + 1


def test_different_fields_of_two_people_are_both_kept(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    save(house, offer, {**shown, "title": "Heat shield, phase 2"}, base)
    save(house, offer, {**shown, "estimated_amount": "900"}, base, by="sales lead")
    after, _ = opened(house, offer)
    assert (after["title"], after["estimated_amount"]) == ("Heat shield, phase 2", "900.00")


def test_the_same_change_twice_is_no_clash(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    typed = {**shown, "title": "Heat shield, phase 2"}
    assert save(house, offer, typed, base) == ("title",)
    assert save(house, offer, typed, base, by="sales lead") == ()


def test_the_second_sees_the_first_ones_value_and_decides(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    save(house, offer, {**shown, "title": "Theirs", "description": "Their text"}, base)
    with pytest.raises(Invalid) as refused:
        save(house, offer, {**shown, "title": "Mine", "estimated_amount": "5"}, base, by="sales lead")
    key, params = refused.value.fields["title"]
    assert key == "errors.changed_meanwhile"
    assert (params["name"], params["value"]) == ("The engineer", "Theirs")
    # What I left alone is shown as it is now, and the form stands on the newest revision.
    assert refused.value.shown["description"] == "Their text"
    assert "title" not in refused.value.shown
    assert opened(house, offer)[0]["title"] == "Theirs"
    again: dict[str, Any] = {**shown, "title": "Mine", "estimated_amount": "5", **refused.value.shown}
    assert set(save(house, offer, again, int(again["rev"]), by="sales lead")) == {"title", "estimated_amount"}
    after, _ = opened(house, offer)
    assert (after["title"], after["description"], after["estimated_amount"]) == ("Mine", "Their text", "5.00")


def test_a_field_they_emptied_is_named_as_such(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    save(house, offer, {**shown, "description": "First"}, base)
    shown, base = opened(house, offer)
    save(house, offer, {**shown, "description": ""}, base)
    with pytest.raises(Invalid) as refused:
        save(house, offer, {**shown, "description": "Second"}, base, by="sales lead")
    assert refused.value.fields["description"][0] == "errors.emptied_meanwhile"


def test_there_and_back_again_is_no_clash(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    save(house, offer, {**shown, "title": "Theirs"}, base)
    save(house, offer, shown, base + 1)
    with pytest.raises(Invalid):
        # They touched it twice: it stands as before, and still somebody else decided so.
        save(house, offer, {**shown, "title": "Mine"}, base, by="sales lead")


def test_people_are_named_in_a_clash(house: House, offer: int) -> None:
    shown, base = opened(house, offer)
    save(house, offer, {**shown, "project_manager_id": "project manager"}, base)
    with pytest.raises(Invalid) as refused:
        save(house, offer, {**shown, "project_manager_id": "engineer"}, base, by="sales lead")
    assert refused.value.fields["project_manager_id"][1]["value"] == "The project manager"


def test_every_problem_is_shown_at_once_and_nothing_is_written(house: House, offer: int) -> None:
    _shown, base = opened(house, offer)
    typed = {"title": "", "estimated_amount": "much", "project_manager_id": "nobody"}
    with pytest.raises(Invalid) as refused:
        save(house, offer, typed, base)
    assert {name: key for name, (key, _) in refused.value.fields.items()} == {
        "title": "errors.required",
        "estimated_amount": "errors.amount",
        "project_manager_id": "errors.unknown_person",
    }
    assert opened(house, offer)[1] == base


def test_automation_takes_part_in_the_merge(house: House, offer: int) -> None:
    shown, base = opened(house, offer)

    def work(session: Session) -> None:
        record = records.locked(session, Offer, offer)
        actor = house.person(session, "CEO")
        values = {"estimated_amount": Decimal(70)}
        records.change(session, record, "offer", values, actor=actor, now=MONDAY, specs=FIELDS)

    house.write(work)
    with pytest.raises(Invalid) as refused:
        save(house, offer, {**shown, "estimated_amount": "80"}, base)
    assert refused.value.fields["estimated_amount"][1]["value"] == "70.00"


def test_a_record_that_is_not_there_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        house.write(lambda session: records.locked(session, Offer, 4711))
