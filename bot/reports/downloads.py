"""The files of the reports as a browser fetches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.decisions.tickets import SheetKind
from bot.reports.asked import read
from bot.reports.catalogue import run
from bot.reports.contents import for_picture, for_workbook

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config.models import Company
    from bot.database import Database

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = "image/png"
KINDS = frozenset({SheetKind.HOURS_TABLE, SheetKind.HOURS_PICTURE})
ENDING = ".xlsx"
MOST_ENTRIES = 20_000
"""In a workbook that is fetched from a card: some seconds of work. The command line writes them all."""


@dataclass(frozen=True, slots=True)
class HoursFile:
    """A finished file; ``name`` in plain ASCII."""

    name: str
    content: bytes
    media_type: str


def hours_file(
    database: Database, kind: SheetKind, year: int, language: str, now: datetime, company: Company
) -> HoursFile:
    """The workbook or the picture of a year (0: all). Reads in a transaction of its own, so that nobody who saves
    anything waits for a long report.
    """
    name = f"{'heures' if language == 'fr' else 'hours'}-{year or now.date().isoformat()}"
    if kind is SheetKind.HOURS_PICTURE:
        from bot.reports.pictures import picture  # noqa: PLC0415  with it come large libraries

        shown = database.read_now(lambda session: for_picture(session, year, language, now, company))
        return HoursFile(f"{name}.png", picture(shown, language), PNG)
    from bot.reports.workbooks import workbook  # noqa: PLC0415  see above

    written = database.read_now(
        lambda session: for_workbook(session, year, language, now, company, most_entries=MOST_ENTRIES)
    )
    return HoursFile(f"{name}.xlsx", workbook(written, language), XLSX)


def report_file(database: Database, name: str, language: str, now: datetime, company: Company) -> HoursFile:
    """The report whose question the file's name says (``pipeline.y2026.xlsx``), as a workbook. Reads in a transaction
    of its own. Raises :class:`~bot.errors.NotFound` for a name that no ticket was given for.
    """
    from bot.reports.report_workbooks import report_workbook  # noqa: PLC0415  see above

    asked = read(name.removesuffix(ENDING))
    report = database.read_now(lambda session: run(session, asked.kind, asked.query, company, now))
    return HoursFile(name, report_workbook(report, language), XLSX)
