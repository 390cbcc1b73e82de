"""Offers: opened, found, numbered, and worked on by a team."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers.models import Offer, Outcome, TeamMember, TeamRole
from bot.offers.rules import fold, format_number, like_pattern
from bot.offers.service import (
    allocate_number,
    by_id,
    current,
    find_by_number,
    of_tender,
    offers_of,
    open_offer,
    search,
    set_outcome,
    team_of,
)
from bot.offers.team import set_team
from bot.people.models import Person
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

Team = list[tuple[str, TeamRole]]


def numbered(house: House, offer_id: int) -> str:
    return house.write(lambda session: allocate_number(session, offer_id, now=MONDAY))


def make_team(house: House, offer_id: int, *members: tuple[str, TeamRole], by: str = "engineer", days: int = 0) -> Team:
    def work(session: Session) -> Team:
        people = [(house.person(session, name), role) for name, role in members]
        now = MONDAY + timedelta(days=days)
        found = set_team(session, offer_id, house.person(session, by), people, now)
        return [(person.entra_object_id, role) for person, role in found]

    return house.write(work)


def test_offers_are_counted_from_the_first(house: House) -> None:
    ids = [house.offer(number=f"1-1000{n}", closes_at=MONDAY + timedelta(days=30)) for n in range(3)]
    offers = house.database.read_now(lambda session: [by_id(session, offer_id) for offer_id in ids])
    assert [offer.chrono for offer in offers] == [1, 2, 3]
    assert {(offer.stage, offer.outcome, offer.number) for offer in offers} == {("DET", Outcome.OPEN, None)}
    assert offers[0].submission_due_at == MONDAY + timedelta(days=30)
    assert offers[0].external_reference == "1-10000"


def test_one_offer_per_tender(house: House) -> None:
    offer_id = house.offer()

    def second(session: Session) -> None:
        offer = by_id(session, offer_id)
        session.add(Offer(**{c.key: getattr(offer, c.key) for c in Offer.__table__.columns if c.key != "id"}))

    with pytest.raises(exc.IntegrityError):
        house.write(second)
    tender_id = house.database.read_now(lambda session: current(session, offer_id)).tender_id
    found = house.database.read_now(lambda session: of_tender(session, tender_id or 0))
    assert found is not None
    assert found.id == offer_id


def test_an_offer_without_a_tender(house: House) -> None:
    def work(session: Session) -> Offer:
        owner = house.person(session, "engineer")
        return open_offer(
            session,
            tender=None,
            title="x" * 500,
            client_name="A client",
            owner=owner,
            now=MONDAY,
            external_reference="REF 7",
            first_stage="NEW",
        )

    offer = house.write(work)
    assert (len(offer.title), offer.stage, offer.external_reference, offer.tender_id) == (400, "NEW", "REF 7", None)


def test_a_number_is_given_once(house: House) -> None:
    first, second = house.offer(number="1-1"), house.offer(number="1-2")
    assert [numbered(house, first), numbered(house, first), numbered(house, second)] == ["S580", "S580", "S581"]
    with pytest.raises(NotFound):
        numbered(house, 99)


def test_a_rolled_back_number_is_given_again(house: House) -> None:
    first, second = house.offer(number="1-1"), house.offer(number="1-2")

    def fails(session: Session) -> None:
        allocate_number(session, first, now=MONDAY)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.write(fails)
    assert numbered(house, second) == "S580"


def test_first_number_and_pattern_come_from_the_company(house: House) -> None:
    offer_id = house.offer()
    number = house.write(
        lambda session: allocate_number(session, offer_id, now=MONDAY, pattern="OF-{number:05}", first=7)
    )
    assert number == "OF-00007"
    assert format_number("S{number}", 580) == "S580"


def test_an_offer_is_found_by_number_or_words(house: House) -> None:
    first = house.offer("Étude de protection thermique", number="1-10001")
    second = house.offer("Antenne 100% composite_", number="1-10002")
    numbered(house, first)

    def found(words: str) -> list[int]:
        return house.database.read_now(lambda session: [offer.id for offer in search(session, words)])

    assert found("s 580") == found("S580") == [first]
    assert found("THERMIQUE etude") == [first]
    assert found("1-10002") == [second]
    assert found("100%") == found("composite_") == [second]
    assert found("_%") == []
    assert found("58") == [first]
    assert found("1-1000") == [second, first]
    assert found("") == [second, first]
    assert house.database.read_now(lambda session: search(session, "S580", offset=1)) == []
    assert house.database.read_now(lambda session: find_by_number(session, "S581")) is None
    house.write(lambda session: set_outcome(session, by_id(session, second), Outcome.LOST, now=MONDAY, actor_id=None))
    assert found("") == [first, second]


def test_words_are_compared_without_case_accents_and_wild_cards() -> None:
    assert fold("  Étude\u00a0À  l’ŒUVRE ") == "etude a l’œuvre"
    assert like_pattern("50%_\\") == "%50\\%\\_\\\\%"


def test_a_team_comes_and_goes_and_its_history_stays(house: House) -> None:
    offer_id = house.offer()
    lead, manager = ("sales lead", TeamRole.SALES_LEAD), ("project manager", TeamRole.PROJECT_MANAGER)
    assert make_team(house, offer_id, lead, manager) == [lead, manager]
    before = house.database.read_now(lambda session: by_id(session, offer_id)).revision
    assert make_team(house, offer_id, lead, manager) == [lead, manager]
    assert house.database.read_now(lambda session: by_id(session, offer_id)).revision == before
    helper = ("sales lead", TeamRole.CONTRIBUTOR)
    assert make_team(house, offer_id, helper, days=1) == [helper]
    assert make_team(house, offer_id, helper, manager, days=1) == [helper, manager]
    assert make_team(house, offer_id, helper, days=1) == [helper]
    assert make_team(house, offer_id, helper, manager, days=1) == [helper, manager]

    def stays(session: Session) -> list[tuple[str, date, date | None]]:
        statement = (
            sa.select(Person.entra_object_id, TeamMember.joined_on, TeamMember.left_on)
            .join(Person, Person.id == TeamMember.person_id)
            .order_by(TeamMember.id)
        )
        return [(row[0], row[1], row[2]) for row in session.execute(statement)]

    monday = MONDAY.date()
    tuesday = monday + timedelta(days=1)
    assert house.database.read_now(stays) == [
        ("sales lead", monday, None),
        ("project manager", monday, tuesday),
        ("project manager", tuesday, None),
    ]
    mine = house.database.read_now(lambda s: [offer.id for offer in offers_of(s, house.person(s, "project manager"))])
    assert mine == [offer_id]


@pytest.mark.parametrize(
    ("names", "field", "key"),
    [
        (["CTO", "CPO", "CTO"], "member_3", "errors.twice"),
    ],
)
def test_a_team_holds_each_person_once(house: House, names: list[str], field: str, key: str) -> None:
    offer_id = house.offer()
    with pytest.raises(Invalid) as refusal:
        make_team(house, offer_id, *((name, TeamRole.CONTRIBUTOR) for name in names))
    assert {at: error for at, (error, _params) in refusal.value.fields.items()} == {field: key}
    assert house.database.read_now(lambda session: team_of(session, offer_id)) == []


def test_who_names_the_team(house: House) -> None:
    offer_id = house.offer()
    member = ("engineer", TeamRole.CONTRIBUTOR)
    with pytest.raises(NotAllowed) as refusal:
        make_team(house, offer_id, member, by="project manager")
    assert "owner" in refusal.value.params["roles"]
    assert make_team(house, offer_id, member, by="sales lead") == [member]
    guest: Callable[[Session], None] = lambda session: setattr(house.person(session, "CPO"), "guest", True)  # noqa: E731
    house.write(guest)
    with pytest.raises(NotAllowed):
        make_team(house, offer_id, by="CPO")
    with pytest.raises(Invalid):
        make_team(house, offer_id, ("CPO", TeamRole.CONTRIBUTOR))


def test_offers_of_somebody(house: House) -> None:
    offer_id = house.offer()

    def mine(name: str, *, only_open: bool = True) -> list[int]:
        return house.database.read_now(
            lambda s: [offer.id for offer in offers_of(s, house.person(s, name), only_open=only_open)]
        )

    assert mine("engineer") == [offer_id]
    assert mine("CTO") == []
    house.write(
        lambda session: set_outcome(session, by_id(session, offer_id), Outcome.NO_GO, now=MONDAY, actor_id=None)
    )
    assert mine("engineer") == []
    assert mine("engineer", only_open=False) == [offer_id]
