"""``offerdesk export TABLE``: one table as a file, with progress, or where the output goes."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import typer

from bot import config, settings
from bot.errors import NotFound
from bot.exports.forms import Form, write
from bot.exports.reading import reading
from bot.exports.tables import HOURS, Asked, exportable, exportables
from bot.reports.hours import FIRST_YEAR, LAST_YEAR
from bot.reports.shape import By
from bot.serving import require_current
from cards.words import Language

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from bot.exports.tables import Exportable
    from bot.terminal import Terminal


def list_tables(terminal: Terminal) -> None:
    """What can be exported."""
    terminal.table(("table", "holds"), [(one.name, one.meaning) for one in exportables()], empty="")


def export(  # noqa: PLR0913  one option of the command line each
    terminal: Terminal,
    name: str,
    form: Form,
    out: Path | None,
    *,
    year: int,
    by: str | None,
    cost: bool,
    mark: bool,
    now: Callable[[], datetime],
) -> None:
    """Write a table into ``out``, or, as CSV, to the output. A file that cannot be finished is removed.

    Raises :class:`typer.BadParameter` for what does not fit together, and :class:`~bot.errors.DatabaseUnavailable`.
    """
    wanted = _wanted(name)
    given = settings.load()
    asked = Asked(year, cost, _by(by), Language(given.language))
    _check(wanted, form, out, asked, mark=mark)
    company = config.load(given.config_dir)
    require_current(given.database_url)
    with reading(given.database_url) as session, terminal.progress(f"Reading {name}…") as told:
        try:
            table = wanted.open(session, asked, company, now())
        except NotFound:
            raise typer.BadParameter(f"{name} has no breakdown by {by}.", param_hint="--by") from None
        partly = out.with_name(f"{out.name}.part") if out is not None else None
        try:
            with partly.open("wb") if partly is not None else nullcontext(sys.stdout.buffer) as file:
                rows = write(form, table, file, lambda count: told(f"Writing {name}… {count} rows"), marked=mark)
            if partly is not None and out is not None:
                partly.replace(out)
        finally:
            if partly is not None:
                partly.unlink(missing_ok=True)
    if out is None:
        terminal.note(f"{rows} rows.")
    else:
        terminal.result(f"{out}: {rows} rows.", {"file": str(out), "rows": rows})


def _wanted(name: str) -> Exportable:
    try:
        return exportable(name)
    except NotFound:
        told = f"There is no table {name!r}; `offerdesk export` alone lists them."
        raise typer.BadParameter(told, param_hint="TABLE") from None


def _by(by: str | None) -> By | None:
    if by is None:
        return None
    if by not in set(By):
        raise typer.BadParameter(f"{by!r} is no breakdown; there is: {', '.join(By)}.", param_hint="--by")
    return By(by)


def _check(wanted: Exportable, form: Form, out: Path | None, asked: Asked, *, mark: bool) -> None:
    """Raise :class:`typer.BadParameter` for an option that this table or form does not have."""
    if out is None and form is not Form.CSV:
        raise typer.BadParameter(f"This needs a file: --out FILE.{form.value}", param_hint="--out")
    if asked.year and not (wanted.narrowed and FIRST_YEAR <= asked.year <= LAST_YEAR):
        told = f"Years go from {FIRST_YEAR} to {LAST_YEAR}." if wanted.narrowed else f"{wanted.name} is always whole."
        raise typer.BadParameter(told, param_hint="--year")
    if asked.by is not None and (wanted.columns or wanted.name == HOURS):
        raise typer.BadParameter("Only reports have breakdowns.", param_hint="--by")
    if asked.cost and wanted.name != HOURS:
        raise typer.BadParameter(f"Only {HOURS} comes with or without cost.", param_hint="--cost")
    if mark and form is not Form.CSV:
        raise typer.BadParameter("Only CSV has a mark.", param_hint="--mark")
