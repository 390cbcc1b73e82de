"""Files with lines, as the imports of the command line read them: CSV, and XLSX from a spreadsheet program.

A file comes from outside: its size, also unpacked, and the number of its lines are bounded before anything is kept.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import IO, Any

MOST_LINES = 200_000
MOST_COLUMNS = 50
MOST_SHEET_LINES = 1_048_576
"""What spreadsheet programs can number; a higher number is no accident."""
MOST_UNPACKED_BYTES = 200_000_000
MOST_PACKED_FILES = 1_000
BLOCK = 1 << 20
DECLARATION = b"<!DOCTYPE"
"""No spreadsheet program writes one, and entities are declared in it."""

Told = Callable[[str], None]
Cell = str | float | date | time | timedelta | None
"""Text from CSV; from XLSX also what the spreadsheet program knows to be a number, a day or a length of time."""


@dataclass(slots=True)
class ImportReport:
    """What an import did, or why it did nothing.

    ``problems`` holds ``(line, what is wrong and what to write instead)``.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def nothing(self) -> None:
        """Forget the counts: it was all taken back."""
        self.new = self.updated = self.unchanged = 0


class UnreadableFileError(Exception):
    """The file cannot be read any further. ``line`` is where, 1 when it is the file as a whole."""

    def __init__(self, line: int, problem: str) -> None:
        """Say what is wrong and what to do."""
        super().__init__(problem)
        self.line = line
        self.problem = problem


def separator_of(text: str) -> str:
    """What separates the values of CSV text: what its first line holds more of."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def csv_lines(text: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The lines of CSV text that hold anything, with their numbers. Raises :class:`UnreadableFileError`."""
    text = text.removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))
    try:
        yield from _bounded((reader.line_num, row) for row in reader)
    except csv.Error as error:
        raise UnreadableFileError(reader.line_num, f"this is no CSV line: {error}.") from None


def xlsx_lines(file: IO[bytes]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The lines of the first sheet that hold anything, with their numbers; formulas as the values they had when the
    file was saved. Raises :class:`UnreadableFileError`.
    """
    _require_harmless(file)
    # Only read when a workbook is: the library takes a tenth of a second.
    from openpyxl import load_workbook  # noqa: PLC0415

    with warnings.catch_warnings():
        # About styles and extensions that do not matter here.
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            # Some programs store a wrong size, and what lies outside of it would not be read.
            sheet.reset_dimensions()
            rows: Iterator[Sequence[Any]] = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
            yield from _bounded(enumerate(rows, start=1))
        except UnreadableFileError:
            raise
        except Exception as error:  # noqa: BLE001  whatever the library stumbles over in a damaged file
            problem = f"this is no readable XLSX file ({type(error).__name__}): save it again, or as “CSV UTF-8”."
            raise UnreadableFileError(1, problem) from None


def _bounded(rows: Iterator[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Without the empty lines, and not too many of the others."""
    kept = 0
    for number, row in rows:
        if number > MOST_SHEET_LINES:
            raise UnreadableFileError(MOST_SHEET_LINES, "lines below this one are not read: delete what stands there.")
        if all(value is None or (isinstance(value, str) and not value.strip()) for value in row):
            continue
        kept += 1
        # The first one holds the headings.
        if kept > MOST_LINES + 1:
            raise UnreadableFileError(number, f"more than {MOST_LINES} lines: split the file.")
        yield number, row


def _require_harmless(file: IO[bytes]) -> None:
    """Unpack once without keeping anything: a small file may claim, or hide, very much."""
    try:
        with zipfile.ZipFile(file) as packed:
            inside = packed.infolist()
            if len(inside) > MOST_PACKED_FILES or sum(one.file_size for one in inside) > MOST_UNPACKED_BYTES:
                raise UnreadableFileError(1, f"unpacked it is larger than {MOST_UNPACKED_BYTES} bytes: split the file.")
            for one in inside:
                _require_no_declaration(packed, one)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        problem = "this is no readable XLSX file: save it again without a password, or as “CSV UTF-8”."
        raise UnreadableFileError(1, problem) from None
    file.seek(0)


def _require_no_declaration(packed: zipfile.ZipFile, inside: zipfile.ZipInfo) -> None:
    tail = b""
    with packed.open(inside) as part:
        # The declared size bounds what is read of each part.
        while block := part.read(BLOCK):
            # Without the zero bytes that UTF-16 would put in between.
            tail += block.replace(b"\0", b"")
            if DECLARATION in tail:
                raise UnreadableFileError(1, "it declares XML entities, as no spreadsheet program does: save it again.")
            tail = tail[-len(DECLARATION) :]
