"""The client tree stays a tree, whatever is renamed and moved, and everything that repeats a name follows."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.audit import AuditEvent
from bot.clients import search, service
from bot.clients.models import Client, Contact
from bot.clients.rules import SEPARATOR, Level, client_text, shown_name
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers.rules import fold
from bot.offers.service import open_offer
from bot.people.service import register
from bot.records.fields import FieldKind
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from bot.offers.models import Offer
    from tests.unit.teams_handlers.desk import Desk

BY = "engineer"


def add(desk: Desk, name: str, parent: int | None = None, **more: str) -> int:
    typed = {"name": name, "parent_id": str(parent or ""), **more}
    return desk.write(
        lambda session: service.add_client(session, typed, actor=desk.person(session, BY), now=desk.now).id
    )


def edit(desk: Desk, client_id: int, base: int | None = None, by: str = BY, **typed: str) -> tuple[str, ...]:
    """Save the dialog of a client with what it shows, except what is typed."""

    def work(session: Session) -> tuple[str, ...]:
        client = session.get_one(Client, client_id)
        shown = {
            "name": client.name,
            "parent_id": str(client.parent_id or ""),
            "code": client.code or "",
            "country": client.country or "",
            "active": "true" if client.active else "",
        }
        revision = client.revision if base is None else base
        actor = desk.person(session, by)
        return service.edit_client(session, client_id, shown | typed, base=revision, actor=actor, now=desk.now)[1]

    return desk.write(work)


def contact(desk: Desk, name: str, client: int | None = None, **more: str) -> int:
    typed = {"name": name, "client_id": str(client or ""), **more}
    return desk.write(
        lambda session: service.add_contact(session, typed, actor=desk.person(session, BY), now=desk.now).id
    )


def offer(desk: Desk, title: str = "Heat shield", *, owner: str = "sales lead") -> int:
    def work(session: Session) -> int:
        person = desk.person(session, owner)
        return open_offer(session, tender=None, title=title, client_name=None, owner=person, now=desk.now).id

    return desk.write(work)


def choose(desk: Desk, offer_id: int, client: object = "", contact_id: object = "", base: int | None = None) -> Offer:
    def work(session: Session) -> Offer:
        from bot.offers.models import Offer  # noqa: PLC0415

        revision = session.get_one(Offer, offer_id).revision if base is None else base
        typed = {"client_id": str(client), "contact_id": str(contact_id)}
        actor = desk.person(session, "sales lead")
        return service.choose(session, offer_id, typed, base=revision, actor=actor, now=desk.now)[0]

    return desk.write(work)


def one(desk: Desk, client_id: int) -> Client:
    return desk.read(lambda session: session.get_one(Client, client_id))


def offered(desk: Desk, offer_id: int) -> Offer:
    from bot.offers.models import Offer  # noqa: PLC0415

    return desk.read(lambda session: session.get_one(Offer, offer_id))


def refused(work: Callable[[], object]) -> dict[str, str]:
    """The field and the key of each error."""
    with pytest.raises(Invalid) as caught:
        work()
    return {name: key for name, (key, _params) in caught.value.fields.items()}


def assert_is_tree(session: Session) -> None:
    """Everything that is derived is right, and no two siblings share a name."""
    nodes = {node.id: node for node in session.scalars(sa.select(Client))}
    siblings = [(node.parent_id, fold(node.name)) for node in nodes.values()]
    assert len(set(siblings)) == len(siblings)
    for node in nodes.values():
        way = [node]
        while way[0].parent_id is not None:
            way.insert(0, nodes[way[0].parent_id])
            assert len(way) <= 3, "a circle or a fourth level"
        assert node.level is list(Level)[len(way) - 1]
        assert node.path == SEPARATOR.join(each.name for each in way)
        assert node.path_ids == "".join(f"/{each.id}" for each in way) + "/"
        assert node.search_text == client_text(node.path, node.code)


def test_the_level_follows_from_the_parent(desk: Desk) -> None:
    group = add(desk, "Group", country="fr", code="C-1")
    entity = add(desk, "Entity", group)
    department = add(desk, "Department", entity)
    found = one(desk, department)
    assert (found.level, found.path) == (Level.DEPARTMENT, "Group › Entity › Department")
    assert found.path_ids == f"/{group}/{entity}/{department}/"
    assert one(desk, group).country == "FR"
    assert refused(lambda: add(desk, "Team", department)) == {"parent_id": "clients.error_too_deep"}
    desk.read(assert_is_tree)


def test_renaming_reaches_everything_below_and_every_offer(desk: Desk) -> None:
    group = add(desk, "Group")
    entity = add(desk, "Entity", group)
    department = add(desk, "Department", entity)
    mine, other = offer(desk), offer(desk, "Other")
    choose(desk, mine, department)
    before = offered(desk, mine).revision
    assert edit(desk, group, name="Société Générée") == ("name",)
    assert one(desk, department).path == "Société Générée › Entity › Department"
    shown = offered(desk, mine)
    assert shown.client_name == "Société Générée › Entity › Department"
    assert "societe generee" in shown.search_text
    assert "heat shield" in shown.search_text
    assert shown.revision > before
    assert offered(desk, other).client_name is None
    desk.read(assert_is_tree)


def test_moving_takes_the_subtree_along(desk: Desk) -> None:
    old, new = add(desk, "Old"), add(desk, "New")
    entity = add(desk, "Entity", old)
    department = add(desk, "Department", entity)
    edit(desk, entity, parent_id=str(new))
    assert one(desk, department).path == "New › Entity › Department"
    edit(desk, entity, parent_id="")
    assert (one(desk, entity).level, one(desk, department).level) == (Level.CLIENT, Level.ENTITY)
    edit(desk, entity, parent_id=str(old))
    assert one(desk, department).level is Level.DEPARTMENT
    desk.read(assert_is_tree)


def test_what_would_be_no_tree_is_refused_at_the_field(desk: Desk) -> None:
    group, other = add(desk, "Group"), add(desk, "Other")
    entity = add(desk, "Entity", group)
    department = add(desk, "Department", entity)
    under_itself = {"parent_id": "clients.error_under_itself"}
    assert refused(lambda: edit(desk, group, parent_id=str(group))) == under_itself
    assert refused(lambda: edit(desk, group, parent_id=str(department))) == under_itself
    assert refused(lambda: edit(desk, group, parent_id=str(other))) == {"parent_id": "clients.error_too_deep"}
    assert refused(lambda: edit(desk, group, parent_id="4711")) == {"parent_id": "errors.unknown_client"}
    desk.read(assert_is_tree)


@pytest.mark.parametrize("twin", ["Élan spatial", "elan SPATIAL", " ELAN   spatial "])
def test_two_of_one_name_under_one_parent_are_refused(desk: Desk, twin: str) -> None:
    group = add(desk, "Élan spatial")
    entity = add(desk, "Élan spatial", group)
    twice = {"name": "clients.error_client_twice"}
    assert refused(lambda: add(desk, twin)) == twice
    assert refused(lambda: add(desk, twin, group)) == twice
    third = add(desk, "Third", group)
    assert refused(lambda: edit(desk, third, name=twin)) == twice
    assert refused(lambda: edit(desk, entity, parent_id="")) == twice
    add(desk, "Élan")
    edit(desk, entity, name="ÉLAN SPATIAL")
    desk.read(assert_is_tree)


def test_the_same_name_added_twice_at_once_is_there_once(desk: Desk) -> None:
    def attempt(_number: int) -> None:
        with contextlib.suppress(Invalid):
            add(desk, "Group")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(attempt, range(6)))
    assert desk.count(Client) == 1


def test_two_who_move_each_under_the_other_make_no_circle(desk: Desk) -> None:
    first, second = add(desk, "First"), add(desk, "Second")

    def attempt(move: tuple[int, int]) -> None:
        with contextlib.suppress(Invalid):
            edit(desk, move[0], parent_id=str(move[1]))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(attempt, [(first, second), (second, first)]))
    desk.read(assert_is_tree)


def test_code_and_country_are_checked(desk: Desk) -> None:
    group = add(desk, "Group", code="C-1")
    assert refused(lambda: add(desk, "Other", code="C-1", country="France"))["country"]
    assert refused(lambda: add(desk, "Other", code="C-1")) == {"code": "clients.error_code_twice"}
    assert refused(lambda: add(desk, "Other", country="1F")) == {"country": "clients.error_country"}
    assert edit(desk, group, code="C-1") == ()
    assert refused(lambda: add(desk, "\u200b \u200d")) == {"name": "errors.required"}


def test_two_who_edit_at_once_are_merged(desk: Desk) -> None:
    group = add(desk, "Group")
    opened = one(desk, group).revision
    edit(desk, group, name="Renamed")
    edit(desk, group, base=opened, by="CTO", name="Group", country="BE")
    assert (one(desk, group).name, one(desk, group).country) == ("Renamed", "BE")
    assert refused(lambda: edit(desk, group, base=opened, by="CTO", name="Third")) == {
        "name": "errors.changed_meanwhile"
    }


def test_guests_change_nothing(desk: Desk) -> None:
    def work(session: Session) -> None:
        guest, _ = register(session, tenant_id="x", entra_object_id="g", name="Guest", guest=True, now=desk.now)
        for attempt in (
            lambda: service.add_client(session, {"name": "A"}, actor=guest, now=desk.now),
            lambda: service.edit_client(session, 1, {"name": "A"}, base=1, actor=guest, now=desk.now),
            lambda: service.add_contact(session, {"name": "A"}, actor=guest, now=desk.now),
            lambda: service.edit_contact(session, 1, {"name": "A"}, base=1, actor=guest, now=desk.now),
        ):
            with pytest.raises(NotAllowed):
                attempt()

    desk.write(work)
    assert (desk.count(Client), desk.count(Contact)) == (0, 0)


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.read(lambda session: service.client_of(session, 1))
    with pytest.raises(NotFound):
        desk.read(lambda session: service.contact_of(session, 1))


def test_every_change_leaves_its_trace(desk: Desk) -> None:
    group = add(desk, "Group", code="C-1")
    edit(desk, group, name="Renamed")
    contact(desk, "Buyer", group)
    trail = desk.read(
        lambda session: session.execute(
            sa.select(AuditEvent.action, AuditEvent.actor_id, AuditEvent.after)
            .where(AuditEvent.subject.in_(("client", "contact")))
            .order_by(AuditEvent.id)
        ).all()
    )
    actor = desk.person_id(BY)
    assert [(action, who) for action, who, _after in trail] == [
        ("client.added", actor),
        ("client.edited", actor),
        ("contact.added", actor),
    ]
    assert trail[0].after == {"name": "Group", "code": "C-1"}
    assert trail[1].after["name"] == "Renamed"


# contacts


def test_an_address_is_kept_in_small_letters_and_once(desk: Desk) -> None:
    group = add(desk, "Group")
    first = contact(desk, "Head of purchasing", group, email="Buyer@Example.COM", position="Buyer")
    found = desk.read(lambda session: session.get_one(Contact, first))
    assert (found.email, found.search_text) == ("buyer@example.com", "head of purchasing buyer@example.com buyer")
    assert refused(lambda: contact(desk, "Other", email="buyer@example.com")) == {"email": "clients.error_email_twice"}
    for wrong in ("buyer", "buyer@example", "a@b@c.fr", "a b@c.fr"):
        assert refused(partial(contact, desk, "Other", email=wrong)) == {"email": "clients.error_email"}
    alone = contact(desk, "Alone")
    assert desk.read(lambda session: session.get_one(Contact, alone)).client_id is None


def test_renaming_a_contact_reaches_the_offers(desk: Desk) -> None:
    buyer, mine = contact(desk, "Head of purchasing"), offer(desk)
    choose(desk, mine, contact_id=buyer)
    assert "head of purchasing" in offered(desk, mine).search_text

    def rename(session: Session) -> None:
        typed = {"name": "Chief buyer", "active": "true"}
        service.edit_contact(session, buyer, typed, base=1, actor=desk.person(session, BY), now=desk.now)

    desk.write(rename)
    assert "chief buyer" in offered(desk, mine).search_text
    assert "head of purchasing" not in offered(desk, mine).search_text


# the third party of an offer


def test_an_offer_names_client_and_contact(desk: Desk) -> None:
    group, stranger = add(desk, "Group"), add(desk, "Stranger")
    entity = add(desk, "Entity", group)
    buyer, elsewhere, alone = contact(desk, "Buyer", entity), contact(desk, "Buyer", stranger), contact(desk, "Alone")
    mine = offer(desk)
    assert choose(desk, mine, group, buyer).client_name == "Group"
    assert choose(desk, mine, entity, alone).client_name == "Group › Entity"
    assert choose(desk, mine, "", elsewhere).client_name is None
    other = {"contact_id": "clients.error_other_client"}
    assert refused(lambda: choose(desk, mine, group, elsewhere)) == other
    assert refused(lambda: choose(desk, mine, entity, 4711)) == {"contact_id": "errors.unknown_contact"}
    assert refused(lambda: choose(desk, mine, "nonsense", "")) == {"client_id": "errors.unknown_client"}
    assert offered(desk, mine).contact_id == elsewhere, "nothing of a refused dialog stays"


def test_without_a_client_an_offer_shows_whom_the_tender_names(desk: Desk) -> None:
    tender = desk.tender(entity="ESA")

    def opened(session: Session) -> int:
        person, row = desk.person(session, "sales lead"), session.get_one(Tender, tender)
        return open_offer(session, tender=row, title="x", client_name=row.entity, owner=person, now=desk.now).id

    mine = desk.write(opened)
    assert choose(desk, mine, add(desk, "Group")).client_name == "Group"
    emptied = choose(desk, mine)
    assert (emptied.client_id, emptied.client_name) == (None, "ESA")
    assert "group" not in emptied.search_text


def test_a_client_and_a_contact_chosen_at_once_must_still_go_together(desk: Desk) -> None:
    group, stranger = add(desk, "Group"), add(desk, "Stranger")
    buyer = contact(desk, "Buyer", stranger)
    mine = offer(desk)
    opened = offered(desk, mine).revision
    choose(desk, mine, "", buyer)
    with pytest.raises(Invalid) as caught:
        choose(desk, mine, group, "", base=opened)
    assert caught.value.fields["contact_id"][0] == "clients.error_other_client"
    assert caught.value.shown == {"contact_id": str(buyer), "rev": str(offered(desk, mine).revision)}


def test_who_was_set_aside_stays_but_is_not_chosen_anew(desk: Desk) -> None:
    group = add(desk, "Group")
    mine, other = offer(desk), offer(desk, "Other")
    choose(desk, mine, group)
    edit(desk, group, active="false")
    buyer = contact(desk, "Alone")
    assert choose(desk, mine, group, buyer).client_id == group
    assert refused(lambda: choose(desk, other, group)) == {"client_id": "errors.unknown_client"}


def test_a_very_long_path_is_shown_by_its_end(desk: Desk) -> None:
    entity = add(desk, "e" * 200, add(desk, "g" * 200))
    mine = offer(desk)
    shown = choose(desk, mine, add(desk, "d" * 200, entity)).client_name
    assert shown is not None
    assert (len(shown), shown[:1], shown[-1:]) == (200, "…", "d")
    assert shown_name("short") == "short"


def test_only_who_works_on_the_offer_chooses(desk: Desk) -> None:
    group, mine = add(desk, "Group"), offer(desk)

    def work(session: Session) -> None:
        typed = {"client_id": str(group)}
        service.choose(session, mine, typed, base=1, actor=desk.person(session, BY), now=desk.now)

    with pytest.raises(NotAllowed):
        desk.write(work)


# pickers


def test_pickers_find_by_words_without_accents(desk: Desk) -> None:
    group = add(desk, "Élan spatial", code="C-77")
    entity = add(desk, "Propulsion 🚀 Ouest", group)
    inner = add(desk, "Télan", entity)
    add(desk, "Other")

    def found(words: str) -> list[int]:
        return desk.read(lambda session: [client.id for client in search.clients(session, words)])

    assert found("ela") == [group, entity, inner]
    assert found("propulsion ELAN") == [entity, inner]
    assert found("🚀") == [entity, inner]
    assert found("c-77") == [group]
    assert found("lan tel") == [inner]
    assert found("100%") == found("_____") == found("nobody") == []
    assert desk.read(lambda session: search.choices(session, FieldKind.CLIENT, "ouest"))[0] == (
        str(entity),
        "Élan spatial › Propulsion 🚀 Ouest",
    )


def test_beginnings_come_first(desk: Desk) -> None:
    names = ("Aerospace", "Space group", "The space house")
    ids = [add(desk, name) for name in names]
    found = desk.read(lambda session: [client.id for client in search.clients(session, "space")])
    assert found == [ids[1], ids[2], ids[0]]


def test_contacts_are_found_by_name_address_and_client(desk: Desk) -> None:
    group = add(desk, "Élan")
    buyer = contact(desk, "Head of purchasing", group, email="buyer@example.com")
    contact(desk, "Head of quality")

    def found(words: str) -> list[tuple[str, str]]:
        return desk.read(lambda session: search.choices(session, FieldKind.CONTACT, words))

    assert found("purch") == found("buyer@") == found("head elan") == [(str(buyer), "Head of purchasing · Élan")]
    assert len(found("head")) == 2


def test_what_was_set_aside_is_not_offered(desk: Desk) -> None:
    group = add(desk, "Group")
    entity = add(desk, "Entity", group)
    department = add(desk, "Department", entity)

    def found() -> list[str]:
        return desk.read(lambda session: [choice for choice, _ in search.choices(session, FieldKind.CLIENT, "group")])

    edit(desk, entity, active="")
    assert found() == [str(group)]
    assert [int(choice) for choice, _ in desk.read(lambda s: search.first_choices(s, FieldKind.CLIENT, None))] == [
        group
    ]
    edit(desk, entity, active="true")
    assert found() == [str(group), str(entity), str(department)]


def test_first_choices_begin_with_what_was_used_last(desk: Desk) -> None:
    unused, first, second = add(desk, "A unused"), add(desk, "B first"), add(desk, "C second")
    of_second, other = contact(desk, "Z buyer", second), contact(desk, "A buyer", first)
    older, newer = offer(desk, "Older"), offer(desk, "Newer")
    choose(desk, older, first)
    desk.later(minutes=1)
    choose(desk, newer, second)

    def ids(kind: FieldKind, on: int | None) -> list[int]:
        def work(session: Session) -> list[int]:
            from bot.offers.models import Offer  # noqa: PLC0415

            record = session.get(Offer, on) if on else None
            return [int(choice) for choice, _ in search.first_choices(session, kind, record)]

        return desk.read(work)

    assert ids(FieldKind.CLIENT, None) == [second, first, unused]
    assert ids(FieldKind.CONTACT, newer) == [of_second, other]
    assert ids(FieldKind.CONTACT, None) == [other, of_second]
    assert ids(FieldKind.OFFER, older) == [newer]
    assert ids(FieldKind.OFFER, None) == [newer, older]


# whatever people do

NAMES = st.sampled_from(["Élan", "elan", "Nord", "🚀", "Nord 🚀 Est", "R&D <b>", "100 %"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), NAMES, st.integers(0, 8)),
        st.tuples(st.just("rename"), NAMES, st.integers(1, 8)),
        st.tuples(st.just("move"), st.integers(0, 8), st.integers(1, 8)),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_stays_a_tree_whatever_people_do(desk: Desk, steps: list[tuple[str, object, int]]) -> None:
    def forget(session: Session) -> None:
        # From the leaves to the roots: somebody may have moved a node below a younger one.
        depth = list(Level)
        for node in sorted(session.scalars(sa.select(Client)), key=lambda node: -depth.index(node.level)):
            session.delete(node)
            session.flush()

    desk.write(forget)
    made: list[int] = []

    def numbered(number: int) -> int | None:
        return made[number - 1] if 0 < number <= len(made) else None

    for what, value, number in steps:
        node = numbered(number)
        with contextlib.suppress(Invalid):
            if what == "add":
                made.append(add(desk, str(value), node))
            elif what == "rename" and node is not None:
                edit(desk, node, name=str(value))
            elif what == "move" and node is not None and isinstance(value, int):
                edit(desk, node, parent_id=str(numbered(value) or ""))
    desk.read(assert_is_tree)
