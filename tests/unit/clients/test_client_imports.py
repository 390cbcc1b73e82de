"""Client and contact files: all or nothing, each bad line named, and the second reading changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.audit import AuditEvent
from bot.clients import search
from bot.clients.imports import import_clients, import_contacts
from bot.clients.models import Client, Contact
from bot.clients.rules import Level
from bot.offers.rules import fold
from bot.spreadsheets import ImportReport
from tests.unit.clients.test_client_tree import add, assert_is_tree, choose, contact, offer, offered

if TYPE_CHECKING:
    from tests.unit.teams_handlers.desk import Desk

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TREE = (
    "client,entity,department,code,country\n"
    "Group,,,C-1,fr\n"
    "Group,Launchers 🚀,,C-2,BE\n"
    "group,LAUNCHERS 🚀,Purchasing,,\n"
    "Other,Alone,,,\n"
)
BOOK = (
    "name,email,position,phone,client,entity,department\n"
    "Head of purchasing,Purchasing@Example.com,Buyer,+33 1,Group,launchers 🚀,\n"
    "Head of quality,,,,Group,,\n"
    "Somebody alone,,,,,,\n"
)


def clients(desk: Desk, text: str, *, check: bool = False) -> ImportReport:
    return desk.write(lambda session: import_clients(session, text, now=NOW, check=check))


def contacts(desk: Desk, text: str, *, check: bool = False) -> ImportReport:
    return desk.write(lambda session: import_contacts(session, text, now=NOW, check=check))


def paths(desk: Desk) -> dict[str, str | None]:
    return desk.read(lambda session: {client.path: client.code for client in session.scalars(sa.select(Client))})


def counts(report: ImportReport) -> tuple[int, int, int]:
    assert report.problems == []
    return report.new, report.updated, report.unchanged


def test_missing_levels_are_created_and_a_second_reading_changes_nothing(desk: Desk) -> None:
    assert counts(clients(desk, TREE)) == (5, 0, 0)
    expected = {
        "Group": "C-1",
        "Group › Launchers 🚀": "C-2",
        "Group › Launchers 🚀 › Purchasing": None,
        "Other": None,
        "Other › Alone": None,
    }
    assert paths(desk) == expected
    desk.read(assert_is_tree)
    before = desk.count(AuditEvent)
    assert counts(clients(desk, TREE)) == (0, 0, 4)
    assert desk.count(AuditEvent) == before
    assert desk.read(lambda s: s.scalars(sa.select(Client).where(Client.code == "C-2")).one()).country == "BE"


def test_what_a_file_says_otherwise_is_corrected(desk: Desk) -> None:
    clients(desk, TREE)
    report = clients(desk, "client;entity;code;country\nGroup;;C-9;\nOther;Alone;C-3;DE\n")
    assert counts(report) == (0, 2, 0)
    assert (paths(desk)["Group"], paths(desk)["Other › Alone"]) == ("C-9", "C-3")
    assert desk.read(lambda s: s.scalars(sa.select(Client).where(Client.code == "C-9")).one()).country == "FR"
    assert [client.path for client in desk.read(lambda s: search.clients(s, "c-9"))] == ["Group"]
    desk.read(assert_is_tree)


def test_a_known_code_renames_and_moves_and_the_offers_follow(desk: Desk) -> None:
    clients(desk, TREE)
    launchers = desk.read(lambda s: s.scalars(sa.select(Client).where(Client.code == "C-2")).one())
    mine = offer(desk)
    choose(desk, mine, launchers.id)
    report = clients(desk, "client,entity,code\nOther,Rockets,C-2\nNew group,,C-1\n")
    assert counts(report) == (0, 2, 0)
    assert set(paths(desk)) == {
        "New group",
        "Other",
        "Other › Alone",
        "Other › Rockets",
        "Other › Rockets › Purchasing",
    }
    assert offered(desk, mine).client_name == "Other › Rockets"
    assert "rockets" in offered(desk, mine).search_text
    desk.read(assert_is_tree)
    assert counts(clients(desk, "client,entity,code\nOther,Rockets,C-2\n")) == (0, 0, 1)


def test_a_code_may_go_from_one_client_to_another(desk: Desk) -> None:
    clients(desk, "client,code\nFirst,C-1\nSecond,C-2\n")
    assert counts(clients(desk, "client,code\nSecond,C-3\n")) == (0, 1, 0)
    assert counts(clients(desk, "client,code\nSecond,C-4\nThird,C-3\n")) == (1, 1, 0)
    assert paths(desk) == {"First": "C-1", "Second": "C-4", "Third": "C-3"}


def test_a_check_changes_nothing(desk: Desk) -> None:
    assert counts(clients(desk, TREE, check=True)) == (5, 0, 0)
    assert (desk.count(Client), desk.count(AuditEvent, subject="client")) == (0, 0)
    clients(desk, TREE)
    assert counts(contacts(desk, BOOK, check=True)) == (3, 0, 0)
    assert desk.count(Contact) == 0


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "missing columns ['client']"),
        ("client,boss\nA,B\n", 1, "unknown columns ['boss']"),
        ("client,client\nA,B\n", 1, "each once"),
        ("client,entity\n,B\n", 2, "client is empty."),
        ("client,entity,department\nA,B,C\nA,,C\n", 3, "department is given without entity."),
        ("client,country\nA,FRA\n", 2, "two letters"),
        ("client,code\nA," + "c" * 41 + "\n", 2, "code is longer than 40"),
        ("client\n" + "a" * 201 + "\n", 2, "client is longer than 200"),
        ("client\nA,B\n", 2, "more values than columns"),
        ("client\nA\x07\n", 2, "cannot be seen"),
        ("client\nÉlan\nELAN\n", 3, "as in line 2"),
        ("client,code\nA,C-1\nB,C-1\n", 3, "as in line 2"),
    ],
)
def test_each_bad_line_is_named_and_nothing_is_written(desk: Desk, text: str, line: int, words: str) -> None:
    report = clients(desk, text.replace("\n", "\r\n", 1))
    assert [(number, words in problem) for number, problem in report.problems][-1:] == [(line, True)], report.problems
    assert (report.new, desk.count(Client)) == (0, 0)


def test_a_code_that_would_break_the_tree_is_refused(desk: Desk) -> None:
    clients(desk, TREE)
    before = paths(desk)
    for text in (
        "client,entity,code\nGroup,Group,C-1\n",
        "client,entity,department,code\nOther,Alone,Deep,C-2\n",
        "client,code\nOther,C-1\n",
        "client,entity,code\nNowhere,Rockets,C-2\nOther,,C-1\n",
    ):
        report = clients(desk, text)
        assert report.problems, text
        assert (report.new, report.updated, report.unchanged) == (0, 0, 0)
        assert paths(desk) == before


def test_empty_lines_and_quotes_and_bom_are_taken(desk: Desk) -> None:
    report = clients(desk, '\ufeffClient; Entity \r\n"A; B";"C ""D"""\r\n;\r\n\r\n')
    assert counts(report) == (2, 0, 0)
    assert set(paths(desk)) == {"A; B", 'A; B › C "D"'}


def test_contacts_are_found_again_by_address_or_name(desk: Desk) -> None:
    clients(desk, TREE)
    assert counts(contacts(desk, BOOK)) == (3, 0, 0)
    assert counts(contacts(desk, BOOK)) == (0, 0, 3)
    found = desk.read(lambda s: s.scalars(sa.select(Contact).where(Contact.email.is_not(None))).one())
    assert (found.email, found.position, found.phone) == ("purchasing@example.com", "Buyer", "+33 1")
    mine = offer(desk)
    choose(desk, mine, contact_id=found.id)
    report = contacts(
        desk, "name,email,client\nChief buyer,purchasing@example.com,Other\nhead of QUALITY,q@example.com,Group\n"
    )
    assert counts(report) == (0, 2, 0)
    again = desk.read(lambda s: s.get_one(Contact, found.id))
    assert (again.name, again.position) == ("Chief buyer", "Buyer"), "an empty cell changes nothing"
    assert "chief buyer" in offered(desk, mine).search_text
    assert desk.count(Contact, email="q@example.com") == 1
    assert desk.count(Contact) == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A,,,,Nobody,,", "no client 'Nobody'"),
        ("A,,,,Group,Nobody,", "no client 'Nobody'"),
        ("A,a@b,,,,,", "write a whole address"),
        (",a@b.fr,,,,,", "name is empty"),
        ("A,,,,,Launchers,", "entity is given without client"),
        ("Head of quality,,,,group,,", "as in line 3"),
        ("B,purchasing@example.com,,,,,", "as in line 2"),
        ("A,,," + "1" * 41 + ",,,", "phone is longer than 40"),
    ],
)
def test_each_bad_contact_is_named_and_nothing_is_written(desk: Desk, line: str, words: str) -> None:
    clients(desk, TREE)
    report = contacts(desk, BOOK + line + "\n")
    assert [number for number, _problem in report.problems] == [5]
    assert words in report.problems[0][1]
    assert desk.count(Contact) == 0


def test_somebody_with_another_address_is_somebody_else(desk: Desk) -> None:
    contact(desk, "Head", email="one@example.com")
    assert counts(contacts(desk, "name,email\nHead,two@example.com\n")) == (1, 0, 0)


def test_ten_thousand_lines_are_taken_in_once_and_found(desk: Desk) -> None:
    lines = [
        f"Client {number // 40},Entity {number // 4 % 10},Department {number % 4},D-{number},FR"
        for number in range(10_000)
    ]
    told: list[str] = []
    text = "\n".join(["client,entity,department,code,country", *lines])
    report = desk.write(lambda session: import_clients(session, text, now=NOW, told=told.append))
    assert counts(report) == (10_000 + 2_500 + 250, 0, 0)
    assert told[-1] == "10000 of 10000 lines…"
    assert counts(clients(desk, text)) == (0, 0, 10_000)
    desk.read(assert_is_tree)
    found = desk.read(lambda session: search.clients(session, "department 3 client 17"))
    assert len(found) == search.FOUND
    assert found[0].level is Level.DEPARTMENT
    assert len(desk.read(lambda session: search.clients(session, "d-9999"))) == 1


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=12
)
WAYS = st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=8)


@given(ways=WAYS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_a_tree_or_nothing(desk: Desk, ways: list[list[str]]) -> None:
    rows = ["client,entity,department"]
    for way in ways:
        cells = [*(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in way), "", ""][:3]
        rows.append(",".join(cells))
    before = desk.count(Client)
    report = clients(desk, "\n".join(rows))
    desk.read(assert_is_tree)
    if report.problems:
        assert desk.count(Client) == before
    else:
        assert counts(clients(desk, "\n".join(rows)))[:2] == (0, 0)
        known = {fold(path) for path in paths(desk)}
        written = [[" ".join(name.split()) for name in way] for way in ways]
        assert all(fold(" › ".join(way)) in known for way in written if all(way))


def test_a_contact_of_a_client_that_was_added_by_hand(desk: Desk) -> None:
    group = add(desk, "Élan")
    assert counts(contacts(desk, "name,client\nBuyer,elan\n")) == (1, 0, 0)
    assert desk.read(lambda s: s.scalars(sa.select(Contact)).one()).client_id == group
