"""The commands of the command line that take a file in: people, clients, contacts, past hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import config, settings
from bot.chores import opened
from bot.people.imports import import_people as read_people
from bot.spreadsheets import ImportReport, csv_lines, xlsx_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.spreadsheets import Cell, Told
    from bot.terminal import Terminal

MOST_CSV_BYTES = 5_000_000
MOST_XLSX_BYTES = 20_000_000
ZIP_BEGINS = b"PK"
"""An XLSX file is a packed folder; no CSV file with headings begins so."""


def _csv_text(terminal: Terminal, file: Path) -> str:
    """A CSV file that is no larger than it may be, as text."""
    if file.stat().st_size > MOST_CSV_BYTES:
        raise terminal.fail(f"{file} is larger than {MOST_CSV_BYTES} bytes.")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise terminal.fail(f"{file} is not UTF-8 text. Save it as “CSV UTF-8”.") from None


def import_clients(terminal: Terminal, file: Path, *, check: bool, now: Callable[[], datetime]) -> None:
    """The client tree from a CSV file."""
    from bot.clients.imports import import_clients as read_clients  # noqa: PLC0415  no other command needs it

    def work(session: Session, text: str, told: Told) -> ImportReport:
        return read_clients(session, text, now=now(), check=check, told=told)

    _import(terminal, file, work, check=check)


def import_contacts(terminal: Terminal, file: Path, *, check: bool, now: Callable[[], datetime]) -> None:
    """Contacts of clients from a CSV file."""
    from bot.clients.imports import import_contacts as read_contacts  # noqa: PLC0415  see above

    def work(session: Session, text: str, told: Told) -> ImportReport:
        return read_contacts(session, text, now=now(), check=check, told=told)

    _import(terminal, file, work, check=check)


def _import(terminal: Terminal, file: Path, work: Callable[[Session, str, Told], ImportReport], *, check: bool) -> None:
    """Read a file in one transaction, show how far it is, and say what came of it."""
    text = _csv_text(terminal, file)
    with opened(settings.load()) as database, terminal.progress(f"Reading {file.name}…") as told:
        report = database.write_now(lambda session: work(session, text, told))
    _say(terminal, file, report, check=check)


def import_hours(terminal: Terminal, file: Path, *, by: str | None, check: bool, now: Callable[[], datetime]) -> None:
    """Past hours from a CSV or XLSX file. The file is read before the transaction begins: nobody waits for that."""
    from bot.hours.import_lines import read_lines  # noqa: PLC0415  loads what only hours need
    from bot.hours.imports import NoKeyUserError, Reading, key_user, read_in  # noqa: PLC0415

    given, moment, report = settings.load(), now(), ImportReport()
    company = config.load(given.config_dir)
    with opened(given) as database, terminal.progress(f"Reading {file.name}…") as told:
        said = read_lines(_lines(terminal, file), report, told)

        def work(session: Session) -> ImportReport:
            # A transaction may be tried again, and then counts anew.
            found = ImportReport(problems=list(report.problems))
            actor = key_user(session, by, moment)
            read_in(session, said, found, Reading(file.name, actor, moment, company, check=check), told)
            return found

        try:
            found = database.read_now(work) if check else database.write_now(work)
        except NoKeyUserError as error:
            raise terminal.fail(str(error)) from None
    _say(terminal, file, found, check=check)


def _lines(terminal: Terminal, file: Path) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The lines of a file by what it is, whatever it is called."""
    with file.open("rb") as opened_file:
        packed = opened_file.read(len(ZIP_BEGINS)) == ZIP_BEGINS
        if not packed:
            yield from csv_lines(_csv_text(terminal, file))
            return
        if file.stat().st_size > MOST_XLSX_BYTES:
            raise terminal.fail(f"{file} is larger than {MOST_XLSX_BYTES} bytes.")
        yield from xlsx_lines(opened_file)


def _say(terminal: Terminal, file: Path, report: ImportReport, *, check: bool) -> None:
    """What came of an import; fails when it has problems."""
    data = {
        "new": report.new,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "problems": [{"line": line, "problem": problem} for line, problem in report.problems],
    }
    if report.problems:
        sentences = [f"{file}, line {line}: {problem}" for line, problem in report.problems]
        raise terminal.fail("\n".join([*sentences, "Nothing was changed."]), data)
    counted = f"{report.new} new, {report.updated} updated, {report.unchanged} unchanged."
    terminal.result(f"{counted} Only checked: nothing was changed." if check else counted, data)


def import_people(terminal: Terminal, file: Path, *, now: Callable[[], datetime]) -> None:
    """People and roles from a CSV file."""
    given = settings.load()
    *_, tenant_id = given.require_bot()
    lines = _csv_text(terminal, file).splitlines()
    with opened(given) as database:
        report = database.write_now(lambda session: read_people(session, lines, tenant_id=tenant_id, now=now()))
    if report.problems:
        sentences = [f"{file}, line {line}: {problem}" for line, problem in report.problems]
        data = {"new": 0, "updated": 0, "problems": [{"line": line, "problem": text} for line, text in report.problems]}
        raise terminal.fail("\n".join([*sentences, "Nothing was changed."]), data)
    terminal.result(
        f"{report.new} new, {report.updated} updated.", {"new": report.new, "updated": report.updated, "problems": []}
    )
