"""Offers that belong together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers import associations, fields
from bot.offers import service as offers
from bot.offers.models import Association, AssociationKind
from cards.texts import texts
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SPECS = fields.association({one.value: one.value for one in AssociationKind})


def associate(house: House, offer_id: int, other: object, *, by: str = "engineer", kind: str = "extension") -> int:
    def work(session: Session) -> int:
        typed = {"other_id": str(other), "kind": kind, "note": "Phase 2"}
        actor = house.person(session, by)
        return associations.associate(session, offer_id, SPECS, typed, actor=actor, now=MONDAY).id

    return house.write(work)


def listed(house: House, offer_id: int) -> list[tuple[int, AssociationKind, str | None]]:
    def work(session: Session) -> list[tuple[int, AssociationKind, str | None]]:
        return [(one.other.id, one.kind, one.note) for one in associations.of_offer(session, offer_id)]

    return house.database.read_now(work)


@pytest.fixture
def pair(house: House) -> tuple[int, int]:
    """Two offers."""
    return house.offer(number="1-1"), house.offer(number="1-2")


def test_both_offers_list_the_other(house: House, pair: tuple[int, int]) -> None:
    first, second = pair
    associate(house, second, first)
    assert listed(house, first) == [(second, AssociationKind.EXTENSION, "Phase 2")]
    assert listed(house, second) == [(first, AssociationKind.EXTENSION, "Phase 2")]


def refusal(house: House, offer_id: int, other: object) -> str:
    with pytest.raises(Invalid) as refused:
        associate(house, offer_id, other)
    ((name, (key, _values)),) = refused.value.fields.items()
    assert name == "other_id"
    return key


def test_the_two_errors_in_the_users_words(house: House, pair: tuple[int, int]) -> None:
    first, second = pair
    associate(house, first, second)
    for one, other in (pair, pair[::-1]):
        key = refusal(house, one, other)
        assert texts("en")(key) == "This offer is already associated."
        assert texts("fr")(key) == "Cette offre est déjà associée."
    key = refusal(house, first, first)
    assert texts("en")(key) == "An offer cannot be associated with itself."
    assert texts("fr")(key) == "Une offre ne peut pas être associée à elle-même."
    assert listed(house, first) == [(second, AssociationKind.EXTENSION, "Phase 2")]


@pytest.mark.parametrize(
    ("other", "key"),
    [("", "errors.required"), ("99999", "errors.unknown_offer"), ("x", "errors.unknown_offer")],
)
def test_an_offer_that_does_not_exist(house: House, pair: tuple[int, int], other: str, key: str) -> None:
    assert refusal(house, pair[0], other) == key


def test_taken_apart_it_can_be_entered_again(house: House, pair: tuple[int, int]) -> None:
    made = associate(house, *pair)

    def apart(session: Session) -> None:
        associations.separate(session, made, actor=house.person(session, "engineer"), now=MONDAY)

    house.write(apart)
    assert listed(house, pair[0]) == listed(house, pair[1]) == []
    with pytest.raises(NotFound):
        house.write(apart)
    associate(house, *pair, kind="roll_out")
    assert listed(house, pair[0]) == [(pair[1], AssociationKind.ROLL_OUT, "Phase 2")]


def test_who_works_on_either_offer_may_take_them_apart(house: House, pair: tuple[int, int]) -> None:
    made = associate(house, *pair)
    with pytest.raises(NotAllowed):
        associate(house, pair[0], house.offer(number="1-3"), by="key user")

    def apart(session: Session) -> None:
        associations.separate(session, made, actor=house.person(session, "key user"), now=MONDAY)

    with pytest.raises(NotAllowed):
        house.write(apart)

    def hand_over(session: Session) -> None:
        offers.locked(session, pair[0]).owner_id = house.people["key user"]

    house.write(hand_over)
    house.write(apart)
    assert listed(house, pair[0]) == []


def test_two_who_enter_one_pair_from_both_sides_make_one(house: House, pair: tuple[int, int]) -> None:
    def enter(sides: tuple[int, int]) -> bool:
        try:
            associate(house, *sides)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(enter, [pair, pair[::-1]]))
    assert sorted(made) == [False, True]
    assert house.database.read_now(lambda session: session.query(Association).count()) == 1


def test_the_picker_begins_with_offers_of_the_same_client_then_the_newest(house: House, pair: tuple[int, int]) -> None:
    third = house.offer(number="1-3")

    def first_choices(session: Session) -> list[int]:
        return [one.id for one in associations.candidates(session, offers.by_id(session, pair[0]))]

    assert house.database.read_now(first_choices) == [third, pair[1]]
