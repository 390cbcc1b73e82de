"""Files from outside: what is read of a workbook, and which are refused before they do harm."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from bot import spreadsheets
from bot.spreadsheets import UnreadableFileError, csv_lines, xlsx_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: Sequence[Any]) -> io.BytesIO:
    """A workbook with these rows, as a spreadsheet program saves it."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.create_sheet("Other").append(["not", "read"])
    packed = io.BytesIO()
    book.save(packed)
    return packed


def changed(packed: io.BytesIO, name: str, old: bytes, new: bytes) -> io.BytesIO:
    """The same workbook with other text in one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for inside in before.infolist():
            content = before.read(inside)
            if inside.filename == name:
                assert old in content
                content = content.replace(old, new, 1)
            after.writestr(inside.filename, content)
    return made


def read(packed: io.BytesIO) -> list[tuple[int, tuple[Any, ...]]]:
    """Its lines; of the many columns that may be there the first three."""
    return [(number, tuple(row[:3])) for number, row in xlsx_lines(packed)]


def problem_of(packed: io.BytesIO) -> tuple[int, str]:
    with pytest.raises(UnreadableFileError) as unreadable:
        list(xlsx_lines(packed))
    return unreadable.value.line, unreadable.value.problem


def test_the_first_sheet_is_read_with_its_days_and_times() -> None:
    friday, worked = datetime.fromisoformat("2025-02-14"), timedelta(hours=31, minutes=15)
    rows = read(workbook(["person", "date"], [], ["Élan 🚀", friday], ["x", worked, 7.5]))
    assert [number for number, _row in rows] == [1, 3, 4]
    assert [row for _number, row in rows] == [
        ("person", "date", None),
        ("Élan 🚀", friday, None),
        ("x", worked, 7.5),
    ]


def test_a_formula_gives_the_value_it_was_saved_with_and_without_one_nothing() -> None:
    plain = workbook(["hours", "=1+2"])
    assert read(plain) == [(1, ("hours", None, None))]
    saved = changed(plain, SHEET, b"<v></v>", b"<v>3</v>")
    assert read(saved) == [(1, ("hours", 3, None))]


def test_a_stored_size_that_is_wrong_hides_nothing() -> None:
    packed = workbook(["a", "b"], ["c", "d"])
    assert read(changed(packed, SHEET, b'ref="A1:B2"', b'ref="A1"')) == read(packed)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\3\4" + b"\0" * 60, b"person,offer\n"])
def test_what_is_no_workbook_is_told(content: bytes) -> None:
    line, problem = problem_of(io.BytesIO(content))
    assert (line, problem.partition(":")[0]) == (1, "this is no readable XLSX file")


def test_a_packed_folder_that_is_no_workbook_or_a_damaged_one_is_told() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        folder.writestr("readme.txt", "nothing")
    assert "this is no readable XLSX file (KeyError)" in problem_of(packed)[1]
    assert "(ParseError)" in problem_of(changed(workbook(["a"]), SHEET, b"<row", b"<<row"))[1]
    whole = workbook(["a"] * 50).getvalue()
    for cut in range(1, len(whole), 97):
        assert problem_of(io.BytesIO(whole[:cut]))[0] == 1


def test_a_workbook_with_a_password_is_told() -> None:
    packed = io.BytesIO(workbook(["a"]).getvalue())
    raw = bytearray(packed.getvalue())
    for start in (b"PK\3\4", b"PK\1\2"):
        place = raw.index(start)
        raw[place + (6 if start == b"PK\3\4" else 8)] |= 1
    assert "without a password" in problem_of(io.BytesIO(bytes(raw)))[1]


def test_entities_are_refused_in_whatever_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'
    assert "XML entities" in problem_of(changed(workbook(["a"]), SHEET, b"<worksheet", bomb.encode()))[1]
    assert "XML entities" in problem_of(changed(workbook(["a"]), SHEET, b"<worksheet", bomb.encode("utf-16")))[1]
    monkeypatch.setattr(spreadsheets, "BLOCK", 7)
    assert "XML entities" in problem_of(changed(workbook(["a"]), SHEET, b"<worksheet", bomb.encode()))[1]


def test_a_small_file_may_not_hide_a_large_one() -> None:
    packed = changed(workbook(["a"]), SHEET, b"<sheetData>", b"<sheetData>" + b" " * spreadsheets.MOST_UNPACKED_BYTES)
    assert len(packed.getvalue()) < 1_000_000
    assert problem_of(packed) == (1, "unpacked it is larger than 200000000 bytes: split the file.")


def test_a_file_may_not_hold_very_many_others() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        for number in range(spreadsheets.MOST_PACKED_FILES + 1):
            folder.writestr(f"{number}.xml", "")
    assert "unpacked it is larger" in problem_of(packed)[1]


def test_a_lie_about_where_a_line_stands_ends_the_reading() -> None:
    packed = changed(workbook(["a"]), SHEET, b'<row r="1"', b'<row r="9999999999"')
    assert problem_of(packed) == (1_048_576, "lines below this one are not read: delete what stands there.")


@pytest.mark.parametrize("lines", [3, 4])
def test_more_lines_than_can_be_taken_are_refused(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_LINES", 3)
    text, packed = "a,b\n" + "\n1,2" * lines, workbook(["a", "b"], *([[1, 2]] * lines))
    if lines == 3:
        assert len(list(csv_lines(text))) == len(list(xlsx_lines(packed))) == 4
        return
    with pytest.raises(UnreadableFileError, match="more than 3 lines: split the file"):
        list(csv_lines(text))
    assert problem_of(packed) == (5, "more than 3 lines: split the file.")
