"""Workbook and picture: what stands in them, in both languages, and that nothing in them is a formula."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from PIL import Image

from bot import config
from bot.decisions.tickets import SheetKind
from bot.offers.models import Offer
from bot.people.models import Person
from bot.reports.contents import for_workbook
from bot.reports.downloads import PNG, XLSX, hours_file
from bot.reports.figures import Grouping
from bot.reports.hours import ALL_YEARS
from bot.reports.workbooks import workbook
from tests.unit.reports.history import NOW, History, make

if TYPE_CHECKING:
    from bot.database import Database

COMPANY = config.default()
FORMULA = "=HYPERLINK(1)"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What a file looks like does not depend on the database; the figures are recounted on both."""


@pytest.fixture
def history(database: Database) -> History:
    made = database.write_now(lambda session: make(session, 4, people=3, offers=6))
    first_offer, first_person = min(made.offers), min(made.people)
    database.write_now(
        lambda session: session.execute(sa.update(Offer).where(Offer.id == first_offer).values(title=FORMULA))
    )
    database.write_now(
        lambda session: session.execute(sa.update(Person).where(Person.id == first_person).values(name="+Sum $x_1$"))
    )
    return made


def book_of(content: bytes) -> Any:  # noqa: ANN401
    return load_workbook(io.BytesIO(content))


@on_sqlite
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_workbook_holds_every_breakdown_with_types_totals_and_the_picture(
    database: Database, history: History, language: str
) -> None:
    made = hours_file(database, SheetKind.HOURS_TABLE, 2026, language, NOW, COMPANY)
    assert (made.name, made.media_type) == (("heures" if language == "fr" else "hours") + "-2026.xlsx", XLSX)
    book = book_of(made.content)
    assert len(book.sheetnames) == len(Grouping) + 2
    assert ("Par client" if language == "fr" else "By client") in book.sheetnames
    assert len(book.worksheets[0]._images) == 1
    counted = history.counted(2026, lambda *_entry: "")
    hours = float(sum(sums[0] for sums in counted.values()))
    cost = float(sum(sums[1] for sums in counted.values()))
    for sheet in book.worksheets[:7]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
        total = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "Total")
        assert hours in [pytest.approx(value) for value in total if isinstance(value, int | float)]
        assert cost in [pytest.approx(value) for value in total if isinstance(value, int | float)]
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    assert FORMULA in {cell.value for cell in cells}
    entries = book.worksheets[-1]
    rows = list(entries.iter_rows(min_row=2, values_only=True))
    assert len(rows) == sum(part_on.year == 2026 for _person, _offer, part_on, _quarters in history.entries)
    assert sum(row[7] for row in rows) == pytest.approx(hours)
    assert isinstance(rows[0][5], datetime)


@on_sqlite
def test_a_workbook_names_how_many_entries_it_leaves_out(database: Database, history: History) -> None:
    contents = database.read_now(
        lambda session: for_workbook(session, ALL_YEARS, "en", NOW, COMPANY, most_entries=10, cost=False)
    )
    book = book_of(workbook(contents, "en"))
    rows = list(book.worksheets[-1].iter_rows(values_only=True))
    assert len(rows) == 1 + 10 + 1
    assert rows[-1][0] == (
        f"{len(history.entries) - 10} older entries are not here: offerdesk export hours writes them all."
    )
    assert "Cost" not in {
        cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row
    }


@on_sqlite
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_picture_is_as_wide_as_a_telephone_and_speaks_both_languages(
    database: Database, history: History, language: str
) -> None:
    made = hours_file(database, SheetKind.HOURS_PICTURE, ALL_YEARS, language, NOW, COMPANY)
    assert (made.name.split("-")[0], made.media_type) == ("heures" if language == "fr" else "hours", PNG)
    picture = Image.open(io.BytesIO(made.content))
    assert picture.format == "PNG"
    assert picture.width == 960
    assert picture.height > picture.width
    other = hours_file(database, SheetKind.HOURS_PICTURE, ALL_YEARS, "en" if language == "fr" else "fr", NOW, COMPANY)
    assert other.content != made.content


@on_sqlite
def test_an_empty_company_gets_empty_files(database: Database) -> None:
    for kind in (SheetKind.HOURS_TABLE, SheetKind.HOURS_PICTURE):
        assert len(hours_file(database, kind, 2026, "fr", NOW, COMPANY).content) > 1000
