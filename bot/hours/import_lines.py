"""The lines of a file of past hours, read without knowing anybody: who, which offer, when, how many hours.

Every sentence is a line of the command line and says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from bot.errors import Refused
from bot.hours.amounts import parse_hours
from bot.hours.errors import BelowZero, NotHours, NotQuarters, TooManyHours
from bot.hours.rules import MOST_HOURS, monday_of
from bot.offers.rules import fold
from bot.spreadsheets import UnreadableFileError

if TYPE_CHECKING:
    from bot.spreadsheets import Cell, ImportReport, Told

T = TypeVar("T")

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "person": ("person", "personne", "collaborateur", "employee", "name", "nom", "email", "e mail", "mail", "courriel",
               "adresse e mail", "entra object id", "object id"),
    "offer": ("offer", "offre", "affaire", "offer number", "numero d offre", "n d offre", "reference"),
    "week": ("week", "semaine", "iso week", "semaine iso"),
    "date": ("date", "day", "jour"),
    "hours": ("hours", "heures", "h", "nombre d heures", "time", "temps"),
    "reason": ("reason", "raison", "motif", "note", "comment", "commentaire", "remark", "remarque"),
}  # fmt: skip
"""What a column may be called, folded and without punctuation."""
KNOWN = "person, offer, week or date, hours, reason (personne, offre, semaine ou date, heures, motif)"
COLUMN = {heading: column for column, headings in HEADINGS.items() for heading in headings}
TEXT_LIMIT = 200
SECONDS_PER_HOUR = 3600
TOLD_EVERY = 5_000
EARLIEST = date(2000, 1, 1)
"""An older day is a year typed with two digits."""
_PUNCTUATION = re.compile(r"[\s_'’.°º/-]+")
_WEEKS = (
    re.compile(r"(?P<year>\d{4})\s*[-/]?\s*[WS]\s*(?P<week>\d{1,2})", re.IGNORECASE),
    re.compile(r"[WS]\s*(?P<week>\d{1,2})\s*[-/ ]\s*(?P<year>\d{4})", re.IGNORECASE),
)
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})(?P<between>[/.-])(?P<month>\d{1,2})(?P=between)(?P<year>\d{4})"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One line: quarter hours of a person on an offer, in a week (``day`` None) or on a day of it."""

    line: int
    person: str
    offer: str
    week_on: date
    day: date | None
    quarters: int
    reason: str


class UnfitError(ValueError):
    """What is wrong with a value and what to write instead."""


def read_lines(rows: Iterable[tuple[int, Sequence[Cell]]], report: ImportReport, told: Told) -> list[Said]:
    """Every line that can be read; ``report`` gets every problem of the others."""
    said: list[Said] = []
    columns: dict[str, tuple[int, str]] | None = None
    try:
        for number, row in rows:
            if columns is None:
                columns, problem = _columns(row)
                if problem:
                    report.problems.append((number, problem))
                    return []
                continue
            line = _Line(number, row, columns, report)
            if (one := line.read()) is not None:
                said.append(one)
            if number % TOLD_EVERY == 0:
                told(f"{number} lines read…")
    except UnreadableFileError as error:
        report.problems.append((error.line, error.problem))
    if columns is None and not report.problems:
        report.problems.append((1, f"the file is empty; the columns are {KNOWN}."))
    return said


def _columns(row: Sequence[Cell]) -> tuple[dict[str, tuple[int, str]], str]:
    """Where each column stands and what the file calls it; and what is wrong with the headings."""
    found: dict[str, tuple[int, str]] = {}
    unknown, twice = [], []
    for place, value in enumerate(row):
        heading = _text(value)
        column = COLUMN.get(_PUNCTUATION.sub(" ", fold(heading)).strip())
        if column is None:
            unknown += [heading] if heading else []
        elif column in found:
            twice.append(f"{found[column][1]} and {heading}")
        else:
            found[column] = place, heading
    missing = [name for name in ("person", "offer", "hours") if name not in found]
    missing += ["week or date"] if not found.keys() & {"week", "date"} else []
    if not (unknown or twice or missing):
        return found, ""
    same = f", columns that mean the same {twice}" if twice else ""
    return found, f"unknown columns {unknown}, missing columns {missing}{same}; the columns are {KNOWN}, each once."


class _Line:
    """One line while it is read; what is wrong goes to the report."""

    def __init__(
        self, number: int, row: Sequence[Cell], columns: Mapping[str, tuple[int, str]], report: ImportReport
    ) -> None:
        self._number = number
        self._row = row
        self._columns = columns
        self._report = report
        self._fine = True

    def read(self) -> Said | None:
        """The line, unless something is wrong with it."""
        width = max(place for place, _heading in self._columns.values()) + 1
        if any(value is not None and _text(value) for value in self._row[width:]):
            self._wrong("more values than columns: put a value that holds a separator between double quotes.")
        person, offer = self._needed("person", _name), self._needed("offer", _name)
        week_on, day = self._value("week", week_of), self._value("date", day_of)
        quarters = self._needed("hours", quarters_of)
        reason = self._value("reason", _reason)
        if self._fine and week_on is None and day is None:
            self._wrong("neither week nor date: write a week such as 2025-W07, or a date such as 2025-02-14.")
        if week_on is not None and day is not None and monday_of(day) != week_on:
            self._wrong(f"{self._called('date')} is not in {self._called('week')}: correct one of them.")
        monday = monday_of(day) if day is not None else week_on
        if not self._fine or person is None or offer is None or quarters is None or monday is None:
            return None
        return Said(self._number, person, offer, monday, day, quarters, reason or "")

    def _needed(self, column: str, read: Callable[[Cell], T]) -> T | None:
        if not _text(self._cell(column)):
            self._wrong(f"{self._called(column)} is empty.")
            return None
        return self._value(column, read)

    def _value(self, column: str, read: Callable[[Cell], T]) -> T | None:
        cell = self._cell(column)
        if column not in self._columns or not _text(cell):
            return None
        try:
            return read(cell)
        except UnfitError as unfit:
            self._wrong(f"{self._called(column)} {_text(cell)[:TEXT_LIMIT]!r}: {unfit}")
            return None

    def _cell(self, column: str) -> Cell:
        place = self._columns[column][0] if column in self._columns else len(self._row)
        return self._row[place] if place < len(self._row) else None

    def _called(self, column: str) -> str:
        return self._columns[column][1]

    def _wrong(self, problem: str) -> None:
        self._fine = False
        self._report.problems.append((self._number, problem))


def _text(value: Cell) -> str:
    """A value as a line of text; a day as ISO writes it, a whole number without decimals."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _name(value: Cell) -> str:
    text = _text(value)
    if len(text) > TEXT_LIMIT:
        message = f"longer than {TEXT_LIMIT} characters."
        raise UnfitError(message)
    return text


def _reason(value: Cell) -> str:
    text = _name(value)
    if text.isdigit() and isinstance(value, str):
        message = "only digits: if they are decimals, put the hours, such as 7,5, between double quotes."
        raise UnfitError(message)
    return text


def week_of(value: Cell) -> date:
    """The Monday of ``2025-W07``, ``2025-S07``, ``S7/2025`` or of a day. Raises :class:`UnfitError`."""
    return monday_of(_day(value)) if isinstance(value, date) else _week_of_text(_text(value))


def day_of(value: Cell) -> date:
    """A day: ``2025-02-14``, ``14/02/2025`` or what a spreadsheet program stores. Raises :class:`UnfitError`."""
    return _day(value) if isinstance(value, date) else _day_of_text(_text(value))


def _day(value: date) -> date:
    return _plausible(value.date() if isinstance(value, datetime) else value)


def _plausible(day: date) -> date:
    if day < EARLIEST:
        message = f"before {EARLIEST.year}: write the year with four digits."
        raise UnfitError(message)
    return day


@lru_cache(10_000)
def _week_of_text(text: str) -> date:
    found = next(filter(None, (form.fullmatch(text) for form in _WEEKS)), None)
    if found is None:
        try:
            return monday_of(_day_of_text(text))
        except UnfitError:
            message = "write a week such as 2025-W07 or 2025-S07, or a date in it such as 2025-02-14."
            raise UnfitError(message) from None
    try:
        return _plausible(date.fromisocalendar(int(found["year"]), int(found["week"]), 1))
    except ValueError as error:
        if isinstance(error, UnfitError):
            raise
        message = f"{found['year']} has no week {int(found['week'])}."
        raise UnfitError(message) from None


@lru_cache(10_000)
def _day_of_text(text: str) -> date:
    found = next(filter(None, (form.fullmatch(text) for form in _DATES)), None)
    message = "write a date such as 2025-02-14 or 14/02/2025."
    if found is None:
        raise UnfitError(message)
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise UnfitError(message) from None
    return _plausible(day)


def quarters_of(value: Cell) -> int:
    """Quarter hours of a text, a number of hours or a length of time. Raises :class:`UnfitError`."""
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, timedelta):
        value = round(value.total_seconds()) / SECONDS_PER_HOUR
    if isinstance(value, date):
        message = "a date stands here: write hours such as 7.5, 7,5 or 7h30."
        raise UnfitError(message)
    if isinstance(value, float):
        # What a formula left behind its sixth decimal is no time anybody worked.
        return _quarters_of_text(f"{value:.6f}")
    return _quarters_of_text(_text(value))


@lru_cache(10_000)
def _quarters_of_text(text: str) -> int:
    try:
        return parse_hours(text)
    except Refused as refusal:
        raise UnfitError(_why(refusal)) from None


def _why(refusal: Refused) -> str:
    """A refusal in the words of the command line."""
    match refusal:
        case NotQuarters():
            lower, upper = (f"{refusal.params[name].normalize():f}" for name in ("lower", "upper"))
            return f"hours are counted in quarters: write {lower} or {upper}."
        case TooManyHours():
            return f"more than {MOST_HOURS} hours in one week: write how many hours were worked."
        case BelowZero():
            return "below zero: write how many hours were worked in all, 0 if none."
        case NotHours():
            return "no number of hours: write 7.5, 7,5 or 7h30."
    raise refusal
