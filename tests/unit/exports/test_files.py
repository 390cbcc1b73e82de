"""CSV, Parquet and workbooks of everything that can be exported: the same rows in each, typed, and never a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyarrow import parquet

from bot import config
from bot.errors import DatabaseUnavailable, NotFound
from bot.exports.csv_file import MARK
from bot.exports.forms import MEDIA_TYPES, Form, write
from bot.exports.reading import reading
from bot.exports.tables import Asked, Heading, Table, exportable, exportables
from bot.offers.models import Offer
from bot.people.models import Person
from bot.reports.catalogue import reports_of, run
from bot.reports.labels import refresh
from bot.reports.shape import EVERYTHING, By
from bot.reports.star_columns import PLACES, Kind
from bot.reports.star_schema import VIEWS
from cards.words import Language
from tests.unit.reports.history import NOW, History, make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.database import Database

COMPANY = config.default()
FORMULA = "=HYPERLINK(1)"
WHOLE = Asked()
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What a file looks like does not depend on the database."""


@pytest.fixture
def history(database: Database) -> History:
    made = database.write_now(lambda session: make(session, 4, people=3, offers=6))
    database.write_now(lambda session: refresh(session, COMPANY))
    first_offer, first_person = min(made.offers), min(made.people)
    database.write_now(
        lambda session: session.execute(sa.update(Offer).where(Offer.id == first_offer).values(title=FORMULA))
    )
    database.write_now(
        lambda session: session.execute(sa.update(Person).where(Person.id == first_person).values(name="+Sum\nx"))
    )
    return made


def exported(url: str, name: str, form: Form, asked: Asked = WHOLE, *, marked: bool = False) -> bytes:
    file, told = io.BytesIO(), list[int]()
    with reading(url) as session:
        table = exportable(name).open(session, asked, COMPANY, NOW)
        rows = write(form, table, file, told.append, marked=marked)
    assert told == sorted(told)
    assert all(count <= rows for count in told)
    return file.getvalue()


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def data(content: bytes) -> list[tuple[Any, ...]]:
    """The rows of the first sheet, without heading and totals."""
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2, values_only=True))
    empty = next((place for place, row in enumerate(rows) if not any(cell is not None for cell in row)), len(rows))
    return rows[:empty]


def test_every_view_is_the_same_in_all_three_forms(database: Database, history: History) -> None:
    for view in VIEWS:
        texts = lines(exported(database.url, view.name, Form.CSV))
        typed = parquet.read_table(io.BytesIO(exported(database.url, view.name, Form.PARQUET))).to_pylist()
        cells = data(exported(database.url, view.name, Form.XLSX))
        assert len(texts) == len(typed) == len(cells)
        for text, one, row in zip(texts, typed, cells, strict=True):
            for column, cell in zip(view.columns, row, strict=True):
                value, said = one[column.name], text[column.name]
                if value is None:
                    assert said == ""
                    assert cell is None
                elif column.kind in PLACES:
                    assert Decimal(said) == value
                    assert cell == pytest.approx(float(value))
                elif column.kind is Kind.MOMENT:
                    assert said == f"{value.replace(tzinfo=None).isoformat()}Z"
                    assert abs((cell - value.replace(tzinfo=None)).total_seconds()) < 0.01
                elif column.kind is Kind.DAY:
                    assert said == value.isoformat()
                    assert cell.date() == value
                elif column.kind is Kind.FLAG:
                    assert (said, cell) == ("true" if value else "false", value)
                elif column.kind is Kind.TEXT:
                    assert said.removeprefix("'") == value
                    assert cell == " ".join(value.split())
                else:
                    assert (said, cell) == (str(value), value)


@pytest.mark.parametrize("cost", [True, False])
def test_hours_have_every_entry_with_names_and_cost_only_when_asked(
    database: Database,
    history: History,
    cost: bool,  # noqa: FBT001
) -> None:
    rows = lines(exported(database.url, "hours", Form.CSV, Asked(cost=cost)))
    assert len(rows) == len(history.entries)
    assert ("cost" in rows[0]) == ("currency" in rows[0]) == cost
    for row, (person_id, offer_id, part_on, quarters) in zip(rows, history.entries, strict=True):
        assert (row["offer"], row["part"]) == (history.offers[offer_id]["number"], part_on.isoformat())
        assert Decimal(row["hours"]) == Decimal(quarters) / 4
        cents = history.cents(person_id, part_on)
        if cost:
            assert row["cost"] == "" if cents is None else Decimal(row["cost"]) == Decimal(quarters * cents) / 400
    shown = {value for row in rows for name, value in row.items() if name not in {"hours", "cost"}}
    assert {f"'{FORMULA}", "'+Sum\nx"} <= shown
    assert not any(value.startswith(("=", "+", "-", "@")) for value in shown)
    of_2026 = lines(exported(database.url, "hours", Form.CSV, Asked(year=2026)))
    assert len(of_2026) == sum(part_on.year == 2026 for _person, _offer, part_on, _quarters in history.entries)


@on_sqlite
def test_a_workbook_has_types_a_filter_totals_and_a_chart(database: Database, history: History) -> None:
    content = exported(database.url, "hours", Form.XLSX, Asked(cost=True))
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert [one.title for one in book.worksheets] == ["Data", "Chart data"]
    assert [one.title for one in book.chartsheets] == ["Chart"]
    count = len(history.entries)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:L{count + 1}")
    assert {cell.data_type for row in sheet.iter_rows(max_row=count + 1) for cell in row} <= {
        "s",
        "n",
        "d",
        "inlineStr",
    }
    assert sheet.cell(count + 3, 8).value == f"=SUBTOTAL(109,H2:H{count + 1})"
    known = load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    hours = sum(Decimal(quarters) / 4 for _person, _offer, _part, quarters in history.entries)
    assert known.cell(count + 3, 8).value == pytest.approx(float(hours))
    assert known.cell(count + 3, 12).value == pytest.approx(
        float(
            sum(
                Decimal(quarters * (history.cents(person_id, part_on) or 0)) / 400
                for person_id, _offer, part_on, quarters in history.entries
            )
        )
    )
    behind: list[Any] = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert sum(row[1] for row in behind) == pytest.approx(float(hours))
    assert [row[0] for row in behind] == sorted(row[0] for row in behind)


def made_table(kinds: Sequence[tuple[str, Kind]], rows: list[tuple[Any, ...]]) -> Table:
    return Table("made", tuple(Heading(*one) for one in kinds), [rows])


def written(form: Form, table: Table) -> bytes:
    file = io.BytesIO()
    write(form, table, file, lambda _rows: None)
    return file.getvalue()


def test_amounts_in_several_currencies_are_never_added_up() -> None:
    kinds = (("on", Kind.DAY), ("price", Kind.MONEY), ("currency", Kind.TEXT))
    rows = [(date(2026, 1, 5), Decimal("10.00"), "EUR"), (date(2026, 1, 6), Decimal("5.00"), "USD")]
    book = load_workbook(io.BytesIO(written(Form.XLSX, made_table(kinds, rows))))
    assert book.worksheets[0].max_row == 3
    behind = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert behind == [("2026-01 EUR", 10), ("2026-01 USD", 5)]


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.exports.workbook_file.MOST_ROWS", 10)
    table = made_table((("number", Kind.KEY),), [(number,) for number in range(25)])
    book = load_workbook(io.BytesIO(written(Form.XLSX, table)))
    found = [row[0] for sheet in book.worksheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [one.title for one in book.worksheets] == ["Data", "Data 2", "Data 3"]
    assert found == list(range(25))


def test_parquet_is_written_in_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.exports.parquet_file.GROUP", 10)
    rows = [(number, datetime(2026, 1, 1, 12, 30)) for number in range(25)]  # noqa: DTZ001  UTC without a zone
    pieces = [rows[start : start + 5] for start in range(0, 25, 5)]
    table = Table("made", (Heading("key", Kind.KEY), Heading("at_utc", Kind.MOMENT)), pieces)
    file = parquet.ParquetFile(io.BytesIO(written(Form.PARQUET, table)))
    assert (file.metadata.num_row_groups, file.metadata.num_rows) == (3, 25)
    assert str(file.schema_arrow.field("at_utc").type) == "timestamp[us, tz=UTC]"


def test_an_empty_table_has_its_columns_in_every_form() -> None:
    table = made_table((("key", Kind.KEY), ("hours", Kind.HOURS)), [])
    assert written(Form.CSV, table) == b"key,hours\r\n"
    assert parquet.read_table(io.BytesIO(written(Form.PARQUET, table))).column_names == ["key", "hours"]
    assert [cell.value for cell in load_workbook(io.BytesIO(written(Form.XLSX, table))).worksheets[0][1]] == [
        "key",
        "hours",
    ]


@settings(deadline=None, max_examples=60)
@given(text=st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60))
def test_any_text_can_be_written_and_none_becomes_a_formula(text: str) -> None:
    """Also half a character, which a portal may send."""
    table = made_table((("text", Kind.TEXT),), [(text,)])
    rows = list(csv.reader(io.StringIO(written(Form.CSV, table).decode(), newline="")))
    said = rows[1][0] if rows[1] else ""
    plain = text.encode("utf-8", "replace").decode()
    assert said in {plain, f"'{plain}"}
    assert not said.startswith(("=", "+", "-", "@", "\t", "\r"))
    (value,) = parquet.read_table(io.BytesIO(written(Form.PARQUET, table))).column("text").to_pylist()
    assert value == text.encode("utf-8", "replace").decode()
    cell = load_workbook(io.BytesIO(written(Form.XLSX, table))).worksheets[0]["A2"]
    assert cell.data_type in {"s", "inlineStr", "n"}
    assert cell.data_type != "n" or cell.value is None


@on_sqlite
def test_a_marked_file_opens_with_accents_in_a_spreadsheet_program(database: Database, history: History) -> None:
    marked = exported(database.url, "bi_v1_dim_outcome", Form.CSV, marked=True)
    assert marked == MARK + exported(database.url, "bi_v1_dim_outcome", Form.CSV)


@pytest.mark.parametrize("language", list(Language))
def test_every_report_is_exported_with_the_rows_of_its_card(
    database: Database, history: History, language: Language
) -> None:
    for kind in reports_of():
        name = f"report_{kind.code}"
        rows = lines(exported(database.url, name, Form.CSV, Asked(language=language)))
        typed = parquet.read_table(io.BytesIO(exported(database.url, name, Form.PARQUET, Asked(language=language))))
        report = database.read_now(partial(run, kind=kind, query=EVERYTHING, company=COMPANY, now=NOW))
        assert len(rows) == typed.num_rows == len(report.rows)
        assert len(typed.column_names) == len(set(typed.column_names)), name
        assert exported(database.url, name, Form.XLSX, Asked(language=language))[:2] == b"PK"


@on_sqlite
def test_hours_in_a_report_are_those_of_the_facts(database: Database, history: History) -> None:
    rows = lines(exported(database.url, "report_hours", Form.CSV, Asked(by=By.PERSON)))
    total = sum(Decimal(row["Hours"]) for row in rows)
    assert total == sum(Decimal(quarters) / 4 for _person, _offer, _part, quarters in history.entries)
    with pytest.raises(NotFound):
        exported(database.url, "report_hours", Form.CSV, Asked(by=By.CAMPAIGN))


def test_names_are_unique_and_a_wrong_one_is_refused() -> None:
    names = [one.name for one in exportables()]
    assert len(set(names)) == len(names)
    assert set(MEDIA_TYPES) == set(Form)
    assert [one.name for one in exportables() if one.cost and one.columns] == ["bi_v1_fact_hours_cost"]
    with pytest.raises(NotFound):
        exportable("hourly_rate")


def test_an_export_can_change_nothing(database: Database) -> None:
    with reading(database.url) as session, pytest.raises(sa.exc.DBAPIError):
        session.execute(sa.text("DELETE FROM person"))


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable), reading(f"sqlite:///{tmp_path / 'none' / 'offerdesk.db'}"):
        pass
