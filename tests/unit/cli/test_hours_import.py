"""``offerdesk hours import``: what it says and what it ends with, for CSV and XLSX."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from bot import imports
from bot.database import Database
from bot.hours.models import HoursEntry
from tests.unit.decisions.conftest import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.unit.cli.conftest import Command

LINES = "personne;offre;semaine;heures\nengineer;1-10001;2025-S07;7,5\nCTO;1-10001;2025-S07;3h15\n"
WRONG = "CTO;1-10001;2025-S07;often\n;;2025-S99;1\n"


@pytest.fixture(autouse=True)
def opened(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A company with one offer, named by the settings."""
    monkeypatch.setenv("OFFERDESK_DATABASE_URL", database_url)
    database = Database(database_url)
    house = House(database)
    house.staff()
    house.offer()
    yield database
    database.close()


def hours(database: Database) -> list[float]:
    def work(session: Session) -> list[float]:
        return [entry.quarters / 4 for entry in session.scalars(sa.select(HoursEntry).order_by(HoursEntry.id))]

    return database.read_now(work)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_csv_file_is_taken_in_and_may_be_repeated(
    command: Command, opened: Database, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "past.csv").write_text(LINES, encoding)
    checked = command("hours", "import", "past.csv", "--check")
    assert checked.out == "2 new, 0 updated, 0 unchanged. Only checked: nothing was changed.\n"
    assert hours(opened) == []
    assert command("hours", "import", "past.csv").out == "2 new, 0 updated, 0 unchanged.\n"
    again = command("hours", "import", "past.csv", "--by", "key user", "--json").json
    assert again == {"new": 0, "updated": 0, "unchanged": 2, "problems": []}
    assert sorted(hours(opened)) == [3.25, 7.5]


def test_a_workbook_is_known_by_what_it_is_not_by_its_name(command: Command, opened: Database, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Person", "Offer", "Date", "Hours"])
    book.active.append(["engineer", "1-10001", datetime(2025, 2, 14, tzinfo=UTC).replace(tzinfo=None), 7.5])
    book.save(tmp_path / "past")
    assert command("hours", "import", "past").out == "1 new, 0 updated, 0 unchanged.\n"
    assert hours(opened) == [7.5]


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_each_bad_line_is_named(command: Command, opened: Database, tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "past.csv").write_text(LINES + WRONG, "utf-8")
    written = command("hours", "import", "past.csv", *options)
    assert (written.code, hours(opened)) == (1, [])
    assert written.err.splitlines() == [
        "past.csv, line 4: heures 'often': no number of hours: write 7.5, 7,5 or 7h30.",
        "past.csv, line 5: offre is empty.",
        "past.csv, line 5: personne is empty.",
        "past.csv, line 5: semaine '2025-S99': 2025 has no week 99.",
        "Nothing was changed.",
    ]
    machine = command("hours", "import", "past.csv", *options, "--json")
    assert [problem["line"] for problem in machine.json["problems"]] == [4, 5, 5, 5]


def test_who_may_not_import_is_told(command: Command, opened: Database, tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_text(LINES, "utf-8")
    written = command("hours", "import", "past.csv", "--by", "CEO")
    assert (written.code, written.err) == (1, "'CEO' is no key user.\n")
    assert hours(opened) == []


def test_what_cannot_be_read_is_told(
    command: Command, opened: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("hours", "import", "absent.csv").code == 2
    (tmp_path / "past.csv").write_bytes("personne;offre;semaine;heures\nÉ;S;2025-S07;1".encode("cp1252"))
    assert "past.csv is not UTF-8 text." in command("hours", "import", "past.csv").err
    (tmp_path / "past.csv").write_bytes(b"PK\3\4" + b"\0" * 100)
    assert "past.csv, line 1: this is no readable XLSX file" in command("hours", "import", "past.csv").err
    monkeypatch.setattr(imports, "MOST_XLSX_BYTES", 100)
    assert command("hours", "import", "past.csv").err == "past.csv is larger than 100 bytes.\n"
    monkeypatch.setattr(imports, "MOST_CSV_BYTES", 100)
    (tmp_path / "past.csv").write_text(LINES * 2, "utf-8")
    assert command("hours", "import", "past.csv").err == "past.csv is larger than 100 bytes.\n"
    assert hours(opened) == []


def test_an_old_week_is_of_its_year(command: Command, opened: Database, tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_text("person,offer,week,hours\nengineer,1-10001,2020-W53,1.25\n", "utf-8")
    assert command("hours", "import", "past.csv").code == 0
    parts = opened.read_now(lambda session: list(session.scalars(sa.select(HoursEntry.part_on))))
    assert parts == [date(2020, 12, 28), date(2021, 1, 1)]
