"""The trail as a file: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from datetime import UTC
from typing import IO, TYPE_CHECKING, Any

from bot.exports.csv_file import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.trail.search import Found

COLUMNS = (
    "id", "at", "by", "on_behalf_of", "action", "subject", "subject_id", "offer", "title", "before", "after", "facts",
    "position", "digest",
)  # fmt: skip
TOLD_EVERY = 5000


def write_csv(found: Iterable[Found], file: IO[str], told: Callable[[str], None]) -> int:
    """One line for each event; moments in UTC, what has parts as JSON. A text that a spreadsheet program would
    calculate gets an apostrophe in front.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    for written, one in enumerate(found, 1):
        row = _row(one)
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        _tell(written, told)
    return written


def write_json(found: Iterable[Found], file: IO[str], told: Callable[[str], None]) -> int:
    """One array with an object for each event, each on a line of its own."""
    written = 0
    file.write("[")
    for written, one in enumerate(found, 1):
        file.write("\n" if written == 1 else ",\n")
        json.dump({name: value for name, value in _row(one).items() if name in COLUMNS}, file, ensure_ascii=True)
        _tell(written, told)
    file.write("\n]\n")
    return written


def _row(one: Found) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.astimezone(UTC).isoformat(timespec="microseconds")}


def _cell(value: object) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=True, sort_keys=True)
    return harmless(str(value))


def _tell(written: int, told: Callable[[str], None]) -> None:
    if written % TOLD_EVERY == 0:
        told(f"Writing events… {written}")
