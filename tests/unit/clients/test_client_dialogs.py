"""The dialogs of clients, contacts and the third party of an offer, as people use them in both languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.clients.models import Client, Contact
from bot.people.models import Person
from bot.teams.replies import DialogClosed
from cards.verbs import FormCode, Verb
from tests.unit.clients.test_client_tree import add, contact, offer, offered
from tests.unit.teams_handlers.desk import Desk, object_id, text_of

if TYPE_CHECKING:
    from bot.database import Database


@pytest.fixture(params=["fr", "en"])
def desk(database: Database, request: pytest.FixtureRequest) -> Desk:
    """The same company in both languages."""
    made = Desk(database, language=request.param)
    made.staff()
    return made


async def opened(desk: Desk, code: FormCode, number: int = 0, by: str = "sales lead") -> dict[str, Any]:
    return await desk.form(by, Verb.FORM_OPEN, number, q=code.value)


async def saved(desk: Desk, code: FormCode, number: int = 0, by: str = "sales lead", **typed: object) -> str:
    return await desk.closed(by, Verb.FORM_SAVE, number, q=code.value, **typed)


async def again(desk: Desk, code: FormCode, number: int = 0, by: str = "sales lead", **typed: object) -> dict[str, Any]:
    """Send a form that comes back with its errors."""
    return await desk.form(by, Verb.FORM_SAVE, number, q=code.value, **typed)


def inputs(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every input by its id."""
    found: dict[str, dict[str, Any]] = {}

    def walk(node: Any) -> None:  # noqa: ANN401  JSON
        if isinstance(node, dict):
            if str(node.get("type", "")).startswith("Input."):
                found[node["id"]] = node
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(card)
    return found


async def test_choosing_whom_an_offer_is_for(desk: Desk) -> None:
    group, mine = add(desk, "Élan & *Co*"), offer(desk)
    buyer = contact(desk, "Buyer", group)
    shown = inputs(await opened(desk, FormCode.THIRD_PARTY, mine))
    assert [choice["value"] for choice in shown["client_id"]["choices"]] == [str(group)]
    assert shown["client_id"]["choices.data"] == {"type": "Data.Query", "dataset": "clients"}
    assert shown["contact_id"]["choices.data"]["dataset"] == "contacts"
    revision = offered(desk, mine).revision
    said = await saved(desk, FormCode.THIRD_PARTY, mine, rev=revision, client_id=str(group), contact_id=str(buyer))
    assert "Élan & *Co*" in said
    shown = inputs(await opened(desk, FormCode.THIRD_PARTY, mine))
    assert (shown["client_id"]["value"], shown["contact_id"]["value"]) == (str(group), str(buyer))


async def test_a_picked_client_that_is_no_first_choice_is_still_shown(desk: Desk) -> None:
    for number in range(30):
        add(desk, f"Client {number:02}")
    last, mine = add(desk, "Zulu"), offer(desk)
    shown = inputs(await again(desk, FormCode.THIRD_PARTY, mine, client_id=str(last), contact_id="4711"))
    assert len(shown["client_id"]["choices"]) == 26
    assert shown["client_id"]["value"] == str(last)
    assert "value" not in shown["contact_id"]


async def test_a_contact_of_another_client_is_an_error_at_the_field(desk: Desk) -> None:
    group, stranger, mine = add(desk, "Group"), add(desk, "Stranger"), offer(desk)
    elsewhere = contact(desk, "Elsewhere", stranger)
    card = await again(desk, FormCode.THIRD_PARTY, mine, client_id=str(group), contact_id=str(elsewhere))
    assert "Stranger" in text_of(card)
    assert inputs(card)["client_id"]["value"] == str(group), "nothing typed is lost"


async def test_a_new_client_is_taken_up_by_its_offer(desk: Desk) -> None:
    mine = offer(desk)
    group = add(desk, "Group")
    said = await saved(desk, FormCode.CLIENT_ADD, mine, name="Entity 🚀", parent_id=str(group), country="fr")
    assert "Group › Entity 🚀" in said
    assert "Heat shield" in said
    assert offered(desk, mine).client_name == "Group › Entity 🚀"
    other = await saved(desk, FormCode.CLIENT_ADD, mine, name="Third")
    assert "Heat shield" not in other
    assert offered(desk, mine).client_name == "Group › Entity 🚀", "what was chosen stays"


async def test_a_colleague_adds_a_client_without_touching_others_offers(desk: Desk) -> None:
    mine = offer(desk)
    await saved(desk, FormCode.CLIENT_ADD, mine, by="engineer", name="Group")
    await saved(desk, FormCode.CLIENT_ADD, 0, by="engineer", name="Second")
    await saved(desk, FormCode.CLIENT_ADD, 4711, by="engineer", name="Third")
    assert offered(desk, mine).client_id is None
    assert desk.count(Client) == 3


async def test_a_new_contact_begins_with_the_offers_client(desk: Desk) -> None:
    group, mine = add(desk, "Group"), offer(desk)
    await saved(desk, FormCode.THIRD_PARTY, mine, rev=offered(desk, mine).revision, client_id=str(group))
    assert inputs(await opened(desk, FormCode.CONTACT_ADD, mine))["client_id"]["value"] == str(group)
    said = await saved(desk, FormCode.CONTACT_ADD, mine, name="Buyer", client_id=str(group), email="B@Example.com")
    assert "Heat shield" in said
    assert offered(desk, mine).contact_id is not None
    stranger = add(desk, "Stranger")
    second = offer(desk, "Second")
    await saved(desk, FormCode.THIRD_PARTY, second, rev=offered(desk, second).revision, client_id=str(group))
    await saved(desk, FormCode.CONTACT_ADD, second, name="Elsewhere", client_id=str(stranger))
    assert offered(desk, second).contact_id is None, "a contact of another client is not taken up"


async def test_a_repeated_delivery_adds_nothing(desk: Desk) -> None:
    first = await saved(desk, FormCode.CLIENT_ADD, name="Group")
    second = await desk.again()
    assert isinstance(second, DialogClosed)
    assert (second.message, desk.count(Client)) == (first, 1)


async def test_a_client_is_edited(desk: Desk) -> None:
    group = add(desk, "Group", code="C-1")
    entity = add(desk, "Entity", group)
    shown = inputs(await opened(desk, FormCode.CLIENT_EDIT, entity))
    assert (shown["name"]["value"], shown["parent_id"]["value"]) == ("Entity", str(group))
    assert shown["active"]["value"] == "true"
    said = await saved(desk, FormCode.CLIENT_EDIT, entity, rev=1, name="Moved", parent_id="", active="true")
    assert "Moved" in said
    card = await again(desk, FormCode.CLIENT_EDIT, entity, rev=2, name="Moved", parent_id=str(entity), active="true")
    assert inputs(card)["parent_id"]["value"] == str(entity)


async def test_a_contact_is_edited(desk: Desk) -> None:
    buyer = contact(desk, "Buyer", email="buyer@example.com")
    shown = inputs(await opened(desk, FormCode.CONTACT_EDIT, buyer))
    assert shown["email"]["value"] == "buyer@example.com"
    await saved(desk, FormCode.CONTACT_EDIT, buyer, rev=1, name="Chief buyer", email="Chief@Example.com")
    found = desk.read(lambda session: session.scalars(sa.select(Contact)).one())
    assert (found.name, found.email, found.active) == ("Chief buyer", "chief@example.com", False)


@pytest.mark.parametrize(
    "code",
    [FormCode.CLIENT_ADD, FormCode.CLIENT_EDIT, FormCode.CONTACT_ADD, FormCode.CONTACT_EDIT, FormCode.THIRD_PARTY],
)
async def test_guests_see_no_form(desk: Desk, code: FormCode) -> None:
    group, _buyer, _mine = add(desk, "Group"), contact(desk, "Buyer"), offer(desk)
    desk.write(
        lambda session: session.execute(
            sa.update(Person).where(Person.entra_object_id == object_id("engineer")).values(guest=True)
        )
    )
    for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
        reply = await desk.press("engineer", verb, group, q=code.value, name="New")
        assert isinstance(reply, DialogClosed)
    assert (desk.count(Client), desk.count(Contact)) == (1, 1)


@pytest.mark.parametrize("code", [FormCode.CLIENT_EDIT, FormCode.CONTACT_EDIT, FormCode.THIRD_PARTY])
async def test_what_is_gone_is_told(desk: Desk, code: FormCode) -> None:
    for verb in (Verb.FORM_OPEN, Verb.FORM_SAVE):
        reply = await desk.press("sales lead", verb, 4711, q=code.value, name="New")
        assert isinstance(reply, DialogClosed)


async def test_the_dialogs_stay_light(desk: Desk) -> None:
    parent = None
    for number in range(40):
        parent = add(desk, f"{number:03} " + "🚀" * 190, parent if number % 3 else None)
    mine = offer(desk)
    card = await opened(desk, FormCode.THIRD_PARTY, mine)
    assert len(json.dumps(card, ensure_ascii=False).encode()) < 24_000
