"""Who is who in Business Central: the rules, in their order, and every doubt."""

from __future__ import annotations

import pytest

from bot.sync.business_central import matching
from bot.sync.business_central.matching import Match, Ours, Rule, Theirs, Wanted

PRIME = Theirs(
    "CT10", "Prime  Contractör", "contact@prime.example", "Prime Contractör", is_company=True, tax_number="FR1"
)
OFFICER = Theirs("CT11", "Procurement officer", "procurement@prime.example", "Prime Contractör")
AGENCY = Theirs("CT20", "Space agency", "info@agency.example", "Space agency", is_company=True)
CONTACTS = (PRIME, OFFICER, AGENCY)


def client(name: str = "", code: str = "") -> Ours:
    return Ours("client:1", name, code=code)


@pytest.mark.parametrize("email", ["procurement@prime.example", "Procurement@PRIME.example "])
def test_somebody_at_a_client_is_who_has_the_address(email: str) -> None:
    assert matching.contacts([Ours("contact:1", email=email)], CONTACTS) == {"contact:1": Match("CT11", Rule.EMAIL)}


@pytest.mark.parametrize("email", ["", "somebody@prime.example"])
def test_no_address_and_another_one_are_nobody(email: str) -> None:
    nameless = Theirs("CT12", "Nobody")
    assert matching.contacts([Ours("contact:1", email=email)], [*CONTACTS, nameless, nameless]) == {}


def test_an_address_that_two_have_is_nobodys() -> None:
    second = Theirs("CT12", "Their deputy", OFFICER.email)
    assert matching.contacts([Ours("contact:1", email=OFFICER.email)], [*CONTACTS, second]) == {}


@pytest.mark.parametrize(
    ("ours", "customers", "found"),
    [
        (client("prime contractor"), [], Match("CT10", Rule.NAME)),
        (client("Procurement officer"), [], None),
        (client("Prime Contractor SA"), [], None),
        (client("Another", "ct20"), [], Match("CT20", Rule.NUMBER)),
        (client("Another", "CT11"), [], Match("CT11", Rule.NUMBER)),
        (client("", "C9"), [Theirs("C9", "Space Agency")], Match("CT20", Rule.CUSTOMER)),
        (client("", "c9"), [Theirs("C9", "Whatever", tax_number="fr1")], Match("CT10", Rule.CUSTOMER)),
        (client("", "C9"), [Theirs("C9", "Space agency", tax_number="FR1")], Match("CT10", Rule.CUSTOMER)),
        (client("", "C9"), [Theirs("C9", "Unknown")], None),
        (client("Space agency", "CT10"), [], Match("CT10", Rule.NUMBER)),
        (client("Space agency", "CT10"), [Theirs("CT10", "Space agency")], Match("CT20", Rule.CUSTOMER)),
        (client("Space agency", "X1"), [], Match("CT20", Rule.NAME)),
        (client(), [], None),
    ],
)
def test_a_client_is_its_code_then_its_name(ours: Ours, customers: list[Theirs], found: Match | None) -> None:
    assert matching.clients([ours], CONTACTS, customers).get("client:1") == found


def test_a_name_that_two_have_on_either_side_decides_nothing() -> None:
    twin = Theirs("CT30", "SPACE AGENCY", is_company=True)
    assert matching.clients([client("Space agency")], [*CONTACTS, twin], []) == {}
    second = Ours("client:2", "space agency", code="CT20")
    assert matching.clients([client("Space agency"), second], CONTACTS, []) == {"client:2": Match("CT20", Rule.NUMBER)}


def test_people_are_known_by_address_then_by_name() -> None:
    lead = Theirs("LT", "Lead", "lead@supplier.example")
    other = Theirs("XX", "The engineer")
    ours = [Ours("person:1", "The engineer", "LEAD@supplier.example"), Ours("person:2", "Léad"), Ours("person:3", "No")]
    assert matching.people(ours, [lead, other]) == {
        "person:1": Match("LT", Rule.EMAIL),
        "person:2": Match("LT", Rule.NAME),
    }
    twins = [Ours("person:4", "Lead"), Ours("person:5", "lead")]
    assert matching.people(twins, [lead]) == {}
    assert matching.people(ours[1:2], [lead, Theirs("L2", "LEAD")]) == {}


def test_what_has_a_code_keeps_it_and_what_was_undone_is_not_found_again() -> None:
    first, second = Match("CT10", Rule.NAME), Match("CT20", Rule.NUMBER)
    found = {"client:1": first, "client:2": second, "client:3": first, "client:4": first}
    mapped = {"client:1": "CT99", "not:client:3": "CT10", "not:client:4": "CT20"}
    assert matching.unmapped(found, mapped) == {"client:2": second, "client:4": first}


def test_the_likeliest_come_first_in_the_order_of_the_rules() -> None:
    near = Theirs("CT40", "Agency for launchers", company="Launch agency")
    far = Theirs("CT50", "Absent")
    theirs = [far, near, AGENCY, OFFICER, PRIME]
    wanted = Wanted((OFFICER.email,), ("ct10",), ("Space agency", "of"))
    assert [one.code for one in matching.likeliest(theirs, wanted)] == ["CT11", "CT10", "CT20", "CT40", "CT50"]
    assert wanted.words == {"space", "agency"}
    assert [one.code for one in matching.likeliest(theirs, Wanted())] == ["CT50", "CT40", "CT10", "CT11", "CT20"]
