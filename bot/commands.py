"""The command line: every command with its options, and what it calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.exit_codes import FAILED
from bot.terminal import Terminal

Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
SYSTEMS = "teams, pipedrive, business_central or sharepoint."
OnlyCheck = Annotated[bool, typer.Option("--check", help="Only say what would change.")]
AuditWords = Annotated[
    list[str] | None, typer.Argument(help="An offer, a person, a period, or several: S580, 2026-11, 2026-01..2026-06.")
]
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]

commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
tenders = typer.Typer(no_args_is_help=True, help="New tenders.")
sync = typer.Typer(no_args_is_help=True, help="What must be true in Teams and the other systems, and is not yet.")
manifest = typer.Typer(no_args_is_help=True, help="The package that is uploaded to Teams.")
config = typer.Typer(no_args_is_help=True, help="The company's own configuration.")
people = typer.Typer(no_args_is_help=True, help="Persons and roles.")
clients = typer.Typer(no_args_is_help=True, help="Clients, their entities and departments.")
contacts = typer.Typer(no_args_is_help=True, help="The people at the clients.")
hours = typer.Typer(no_args_is_help=True, help="Hours worked on offers.")
audit = typer.Typer(no_args_is_help=True, help="The trail of who did what, when: search, export, verify.")
setup = typer.Typer(no_args_is_help=True, help="Prepare another system for the offers.")
for name, group in (
    ("tenders", tenders), ("sync", sync), ("manifest", manifest), ("config", config), ("people", people),
    ("clients", clients), ("contacts", contacts), ("hours", hours), ("setup", setup),
    ("audit", audit),
):  # fmt: skip
    commands.add_typer(group, name=name)


@commands.callback()
def every_command() -> None:
    """Offerdesk runs an offer from the tender to the project hand-over, in Teams."""
    from bot import logs  # noqa: PLC0415  every command loads only what it needs

    logs.errors_only()


@commands.command()
def serve() -> None:
    """Run the bot until it is stopped."""
    from bot import start  # noqa: PLC0415  every command loads only what it needs

    start.serve()


@commands.command()
def demo(
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Play the whole story without a browser.")] = False,
    page_port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the page; 0 takes a free one.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep database and logs of the run.")] = False,
) -> None:
    """Start bot, portal and Teams simulator on this machine; nothing has to be configured."""
    from bot.demo import launcher  # noqa: PLC0415

    raise typer.Exit(launcher.run(headless=headless, page_port=page_port, keep=keep))


@commands.command()
def migrate(*, json: Json = False) -> None:
    """Bring the database to the newest revision. Safe to repeat."""
    from bot import chores  # noqa: PLC0415

    chores.migrate(Terminal(json))


@commands.command()
def doctor(*, json: Json = False) -> None:
    """Check settings, database, clock and every integration with a harmless call; say what to do about the rest."""
    from bot import doctor as checks  # noqa: PLC0415

    terminal = Terminal(json)
    with terminal.progress("Examining…"):
        findings = checks.examine(now=utc_now)
    checks.report(terminal, findings)
    if not checks.healthy(findings):
        raise typer.Exit(FAILED)


@tenders.command("poll")
def poll(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Look once instead of every OFFERDESK_ESA_POLL_MINUTES.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("--file", exists=True, dir_okay=False, readable=True, help="A saved portal answer.")
    ] = None,
    json: Json = False,
) -> None:
    """Look for new tenders now, on the portal or in a saved answer of it."""
    from bot import chores  # noqa: PLC0415

    terminal = Terminal(json)
    if file is not None:
        chores.take_file(terminal, file, now=utc_now)
    else:
        chores.poll(terminal, once=once, now=utc_now)


@sync.command("status")
def sync_status(*, json: Json = False) -> None:
    """List every outside effect that is not as it should be."""
    from bot import chores  # noqa: PLC0415

    chores.sync_status(Terminal(json))


@sync.command("retry")
def sync_retry(
    rows: Annotated[list[int] | None, typer.Argument(help="Numbers as `sync status` lists them.")] = None,
    *,
    system: Annotated[str | None, typer.Option("--system", help=f"Everything of one system: {SYSTEMS}")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits or failed.")] = False,
    json: Json = False,
) -> None:
    """Try outside effects again now."""
    from bot import chores  # noqa: PLC0415

    if [bool(rows), system is not None, everything].count(True) != 1:
        raise typer.BadParameter("Name the rows, or say --system NAME, or --all.")
    chores.sync_retry(Terminal(json), tuple(rows) if rows else None, system=system, now=utc_now)


@sync.command("pause")
def sync_pause(
    *,
    system: Annotated[str, typer.Option("--system", help=f"What to send nothing to: {SYSTEMS}")] = "teams",
    off: Annotated[bool, typer.Option("--off", help="Let it go on.")] = False,
    json: Json = False,
) -> None:
    """Send nothing to a system until `sync pause --system NAME --off`; what is wanted meanwhile waits."""
    from bot import chores  # noqa: PLC0415

    chores.sync_pause(Terminal(json), system, off=off, now=utc_now)


@manifest.command("build")
def manifest_build(
    out: Annotated[Path, typer.Option("--out", help="The zip to write.")],
    app_id: Annotated[str, typer.Option(help="Default: OFFERDESK_BOT_APP_ID.")] = "",
    host: Annotated[str, typer.Option(help="Public host name. Default: that of OFFERDESK_PUBLIC_URL.")] = "",
    schema: Annotated[str, typer.Option(help="Version of the manifest schema.")] = "1.25",
    *,
    json: Json = False,
) -> None:
    """Write the Teams app package."""
    from bot import chores  # noqa: PLC0415

    chores.build_manifest(Terminal(json), out, app_id=app_id, host=host, schema=schema)


@config.command("check")
def config_check(
    file: Annotated[Path, typer.Argument(exists=True, readable=True, help="A .toml file, or the folder of them.")],
    *,
    json: Json = False,
) -> None:
    """Check a file of the company's configuration, or the whole folder."""
    from bot import chores  # noqa: PLC0415

    chores.check_config(Terminal(json), file)


@people.command("import")
def people_import(file: ExistingFile, *, json: Json = False) -> None:
    """Read people and their roles from a CSV file; all of it, or nothing."""
    from bot import imports  # noqa: PLC0415

    imports.import_people(Terminal(json), file, now=utc_now)


@clients.command("import")
def clients_import(file: ExistingFile, *, check: OnlyCheck = False, json: Json = False) -> None:
    """Read clients, entities and departments from a CSV file; all of it, or nothing. Safe to repeat."""
    from bot import imports  # noqa: PLC0415

    imports.import_clients(Terminal(json), file, check=check, now=utc_now)


@contacts.command("import")
def contacts_import(file: ExistingFile, *, check: OnlyCheck = False, json: Json = False) -> None:
    """Read the people at the clients from a CSV file; all of it, or nothing. Safe to repeat."""
    from bot import imports  # noqa: PLC0415

    imports.import_contacts(Terminal(json), file, check=check, now=utc_now)


@hours.command("import")
def hours_import(
    file: ExistingFile,
    *,
    by: Annotated[
        str | None, typer.Option("--by", help="The key user who imports: e-mail address or Entra object id.")
    ] = None,
    check: OnlyCheck = False,
    json: Json = False,
) -> None:
    """Read past hours from a CSV or XLSX file; all of it, or nothing. Safe to repeat."""
    from bot import imports  # noqa: PLC0415

    imports.import_hours(Terminal(json), file, by=by, check=check, now=utc_now)


@commands.command("export")
def export_table(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="hours, report_… or bi_v1_…; nothing lists them.")
    ] = None,
    *,
    form: Annotated[
        Literal["csv", "parquet", "xlsx"], typer.Option("--format", help="How the file is written.")
    ] = "csv",
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="The file; csv: default the output.")
    ] = None,
    year: Annotated[int, typer.Option("--year", min=0, help="hours and reports: only this year; 0: all.")] = 0,
    by: Annotated[str | None, typer.Option("--by", help="Reports: how they are broken down.")] = None,
    cost: Annotated[bool, typer.Option("--cost", help="hours: with what they cost.")] = False,
    mark: Annotated[bool, typer.Option("--mark", help="csv: begin with the mark that Excel knows UTF-8 by.")] = False,
    json: Json = False,
) -> None:
    """Write what Offerdesk knows into a file: hours, reports, or the tables of the star schema."""
    from bot.exports import command  # noqa: PLC0415
    from bot.exports.forms import Form  # noqa: PLC0415

    terminal = Terminal(json)
    if table is None:
        command.list_tables(terminal)
    else:
        command.export(terminal, table, Form(form), out, year=year, by=by, cost=cost, mark=mark, now=utc_now)


@audit.command("verify")
def audit_verify(
    *,
    head: Annotated[
        str,
        typer.Option("--head", help="POSITION:DIGEST noted earlier, from the log or the doctor: must still be there."),
    ] = "",
    json: Json = False,
) -> None:
    """Compute the whole chain of the audit trail anew and name the first place where it does not hold."""
    from bot import trails  # noqa: PLC0415

    try:
        noted = trails.head_of(head) if head else None
    except trails.NoHead as error:
        raise typer.BadParameter("A head reads POSITION:DIGEST.", param_hint="--head") from error
    trails.verify(Terminal(json), noted, now=utc_now)


@audit.command("search")
def audit_search(
    words: AuditWords = None,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """List who did what, when, and which facts decisions were made on."""
    from bot import trails  # noqa: PLC0415

    trails.show(Terminal(json), " ".join(words or ()), limit=limit)


@audit.command("export")
def audit_export(
    words: AuditWords = None,
    *,
    form: Annotated[
        Literal["csv", "json"], typer.Option("--format", help="For spreadsheets, or for programs.")
    ] = "csv",
    out: Annotated[Path | None, typer.Option("--out", dir_okay=False, help="The file; default: the output.")] = None,
    json: Json = False,
) -> None:
    """Write the audit trail, or a part of it, into a file, each event with its seal."""
    from bot import trails  # noqa: PLC0415

    trails.export(Terminal(json), " ".join(words or ()), out, form=form, now=utc_now)


@setup.command("pipedrive")
def setup_pipedrive(*, json: Json = False) -> None:
    """Make the custom fields that offers need in Pipedrive, and find its stages and users. Safe to repeat."""
    from bot import setups  # noqa: PLC0415

    setups.set_up_pipedrive(Terminal(json), now=utc_now)


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)
