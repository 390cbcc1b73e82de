"""The commands of the command line that do one thing and end."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa
import typer

from bot import config, settings
from bot.database import Database
from bot.errors import DatabaseUnavailable
from bot.exit_codes import FAILED
from bot.offers.models import Offer
from bot.sync.models import RECORD, Kind, LedgerRow, System
from bot.sync.reconciler import not_fine, pause, paused, resume, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.config import Company
    from bot.settings import Settings
    from bot.tenders.intake import Intake
    from bot.terminal import Terminal
    from integrations.esa import EsaSource

MOST_SAVED_BYTES = 64_000_000
STATUS_COLUMNS = (
    "row", "system", "kind", "offer", "subject", "target", "state", "attempts", "not_before", "error",
)  # fmt: skip


@contextmanager
def opened(given: Settings) -> Iterator[Database]:
    """The database of the settings; raises :class:`~bot.errors.ConfigurationError` when it is not migrated."""
    from bot.serving import require_current  # noqa: PLC0415  loads the migration library

    require_current(given.database_url)
    database = Database(given.database_url)
    try:
        yield database
    finally:
        database.close()


def migrate(terminal: Terminal) -> None:
    """Bring the database to the newest revision, with the views and the words they show; raises
    :class:`~bot.errors.DatabaseUnavailable`, :class:`~bot.errors.ConfigurationError`.
    """
    from bot import schema  # noqa: PLC0415  loads the migration library
    from bot.reports import labels  # noqa: PLC0415  loads the words of the cards

    given = settings.load()
    company = config.load(given.config_dir)
    with terminal.progress("Migrating the database…"):
        try:
            schema.upgrade(given.database_url)
        except sa.exc.OperationalError as error:
            raise DatabaseUnavailable from error
    with opened(given) as database:
        database.write_now(lambda session: labels.refresh(session, company))
    terminal.result("The database is at the newest revision.", {"migrated": True})


def sync_status(terminal: Terminal) -> None:
    """Every outside effect that is not as it should be; what waits for a system that is off is left out."""
    given = settings.load()
    with opened(given) as database:
        rows = database.read_now(lambda session: _not_fine(session, _systems_on(given)))
        waiting = database.read_now(paused)
    for system, since in waiting.items():
        terminal.note(f"{system.value} is paused since {since.isoformat(timespec='seconds')}.")
    terminal.table(STATUS_COLUMNS, rows, empty="Everything outside is as it should be.")


def _systems_on(given: Settings) -> list[System]:
    needed = {
        System.TEAMS: True,
        System.PIPEDRIVE: given.pipedrive_base_url,
        System.BUSINESS_CENTRAL: given.bc_tenant_id,
        System.SHAREPOINT: given.graph_drive_id,
        System.CALENDAR: given.calendar_mailbox,
    }
    return [system for system, is_set in needed.items() if is_set]


def _not_fine(session: Session, systems: list[System]) -> list[tuple[object, ...]]:
    rows = not_fine(session, systems=systems)
    offers = {row.subject_id for row in rows if _of_offer(row)}
    numbers = {
        one.id: one.number for one in session.execute(sa.select(Offer.id, Offer.number).where(Offer.id.in_(offers)))
    }
    return [_listed(row, numbers.get(row.subject_id) if _of_offer(row) else None) for row in rows]


def _of_offer(row: LedgerRow) -> bool:
    return row.target == RECORD and row.kind is not Kind.LEAD


def _listed(row: LedgerRow, number: str | None) -> tuple[object, ...]:
    error = f"{row.error_class}: {row.error}" if row.error_class else None
    when = row.not_before.isoformat(timespec="seconds")
    about = (row.system.value, row.kind.value, number, row.subject_id, row.target)
    return row.id, *about, row.state.value, row.attempts, when, error


def sync_retry(
    terminal: Terminal, rows: tuple[int, ...] | None, *, system: str | None = None, now: Callable[[], datetime]
) -> None:
    """Make rows due now; without ``rows`` all that are behind, or those of one system."""
    chosen_system = _system(system) if system is not None else None

    def again(session: Session) -> list[int]:
        behind = sa.select(LedgerRow.id).where(LedgerRow.done_version < LedgerRow.wanted_version)
        if chosen_system is not None:
            behind = behind.where(LedgerRow.system == chosen_system)
        chosen = rows if rows is not None else tuple(session.scalars(behind))
        return [row for row in chosen if retry(session, row, now())]

    with opened(settings.load()) as database:
        tried = database.write_now(again)
    missed = sorted(set(rows or ()) - set(tried))
    terminal.result(f"{len(tried)} due again; the running bot sends them within seconds.", {"due": tried})
    if missed:
        raise terminal.fail(f"Nothing to retry: {', '.join(map(str, missed))} (fine already, or no such row).")


def sync_pause(terminal: Terminal, name: str, *, off: bool, now: Callable[[], datetime]) -> None:
    """Pause a system, or let it go on."""
    system = _system(name)

    def switch(session: Session) -> list[str]:
        if off:
            resume(session, system)
        else:
            pause(session, system, now())
        return sorted(paused(session))

    with opened(settings.load()) as database:
        waiting = database.write_now(switch)
    until = f"`offerdesk sync pause --system {name} --off`"
    told = f"{name} goes on." if off else f"Nothing is sent to {name} until {until}."
    terminal.result(told, {"paused": waiting})


def _system(name: str) -> System:
    try:
        return System(name)
    except ValueError:
        told = f"{name!r} is no system; there is: {', '.join(System)}."
        raise typer.BadParameter(told, param_hint="--system") from None


def check_config(terminal: Terminal, path: Path) -> None:
    """Every problem of a configuration file, with line and remedy."""
    problems = config.check(path)
    if not problems:
        terminal.result(f"{path} is fine.", {"file": str(path), "problems": []})
        return
    listed = [problem.params for problem in problems]
    raise terminal.fail("\n".join(str(problem) for problem in problems), {"file": str(path), "problems": listed})


def build_manifest(terminal: Terminal, out: Path, *, app_id: str, host: str, schema: str) -> None:
    """The Teams app package."""
    from manifest.build import ManifestError, build_package  # noqa: PLC0415  draws icons: nobody else needs that library

    given = settings.load()
    chosen_id = app_id or given.bot_app_id or ""
    chosen_host = host or (urlsplit(given.public_url).hostname if given.public_url else None) or ""
    for value, option, variable in ((chosen_id, "--app-id", "BOT_APP_ID"), (chosen_host, "--host", "PUBLIC_URL")):
        if not value:
            raise terminal.fail(f"Say {option}, or set OFFERDESK_{variable}.")
    try:
        path = build_package(chosen_id, chosen_host, out, schema=schema)
    except ManifestError as error:
        raise terminal.fail(str(error)) from error
    terminal.result(f"{path} is ready: upload it in the Teams admin center.", {"file": str(path)})


def take_file(terminal: Terminal, file: Path, *, now: Callable[[], datetime]) -> None:
    """New tenders from a saved answer of the portal."""
    from bot.tenders import polling  # noqa: PLC0415
    from integrations.errors import ServiceError  # noqa: PLC0415

    given = settings.load()
    company = config.load(given.config_dir)
    if file.stat().st_size > MOST_SAVED_BYTES:
        raise terminal.fail(f"{file} is larger than {MOST_SAVED_BYTES} bytes.")
    raw = file.read_bytes()
    with opened(given) as database, terminal.progress(f"Reading {file.name}…"):
        try:
            intake = database.write_now(lambda session: polling.take_file(session, raw, now=now(), company=company))
        except ServiceError as error:
            raise terminal.fail(f"{file}: {error}") from error
    terminal.result(_told(intake), _counted(intake))


def poll(terminal: Terminal, *, once: bool, now: Callable[[], datetime]) -> None:
    """New tenders from the portal, once or until interrupted. A look that failed is told and, without ``once``, tried
    again.
    """
    given = settings.load()
    company = config.load(given.config_dir)
    with opened(given) as database:
        watch = _Watch(terminal, given, company, database, now)
        try:
            failed = asyncio.run(watch.look(once=once))
        except KeyboardInterrupt:
            return
    if failed:
        raise typer.Exit(FAILED)


class _Watch:
    """Looking at the portal from the command line."""

    def __init__(
        self, terminal: Terminal, given: Settings, company: Company, database: Database, now: Callable[[], datetime]
    ) -> None:
        self._terminal = terminal
        self._settings = given
        self._company = company
        self._database = database
        self._now = now

    async def look(self, *, once: bool) -> bool:
        """Look at every listing; returns whether one could not be read."""
        from bot.sources import sources_of  # noqa: PLC0415  loads the HTTP client
        from integrations.http import new_client  # noqa: PLC0415

        async with new_client() as client:
            sources = sources_of(self._settings, client)
            while True:
                failed = [source.source.value for source in sources if not await self._look_at(source)]
                if once:
                    return bool(failed)
                await sleep(self._settings.esa_poll_minutes * 60)

    async def _look_at(self, source: EsaSource) -> bool:
        from bot.tenders import polling  # noqa: PLC0415

        name = source.source.value
        with self._terminal.progress(f"Looking at {name}…"):
            polled = await polling.poll(self._database, source, self._company, self._now)
        intake = polled.intake
        if intake is None:
            self._terminal.note(f"{name}: {polled.error} The last good state stays; it is tried again.")
            return False
        self._terminal.result(f"{name}: {_told(intake)}", {"source": name, **_counted(intake)})
        return True


def _told(intake: Intake) -> str:
    parts = [f"{intake.new} new", f"{intake.changed} changed", f"{intake.unchanged} unchanged"]
    parts.append("first look, nothing posted" if intake.silent else f"{len(intake.announced)} to be posted")
    if intake.unreadable:
        parts.append(f"{intake.unreadable} unreadable, kept")
    return ", ".join(parts) + "."


def _counted(intake: Intake) -> dict[str, object]:
    return {
        "new": intake.new,
        "changed": intake.changed,
        "unchanged": intake.unchanged,
        "announced": len(intake.announced),
        "unreadable": intake.unreadable,
        "first_look": intake.silent,
    }
