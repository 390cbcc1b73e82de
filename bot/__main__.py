"""The command line: ``offerdesk`` or ``python -m bot``. Exit codes: 0 fine, 1 failed, 2 wrong usage."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import ConfigurationError, DatabaseUnavailable
from bot.terminal import FAILED, Terminal

if TYPE_CHECKING:
    from aiohttp import web

    from bot.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]

commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
tenders = typer.Typer(no_args_is_help=True, help="New tenders.")
sync = typer.Typer(no_args_is_help=True, help="What must be true in Teams and is not yet.")
manifest = typer.Typer(no_args_is_help=True, help="The package that is uploaded to Teams.")
config = typer.Typer(no_args_is_help=True, help="The company's own configuration.")
people = typer.Typer(no_args_is_help=True, help="Persons and roles.")
for name, group in (
    ("tenders", tenders), ("sync", sync), ("manifest", manifest), ("config", config), ("people", people),
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
    import gc  # noqa: PLC0415  every command loads only what it needs

    # Loading makes very many objects that stay: looking for garbage among them costs a third of the start.
    gc.disable()
    from bot import serving  # noqa: PLC0415

    serving.serve(_build)


def _build(settings: Settings) -> web.Application:
    """Make the whole bot: only now, because a wrong setting should be told before the second it takes to load
    everything.
    """
    import gc  # noqa: PLC0415

    from bot.app import build  # noqa: PLC0415

    app = build(settings)
    gc.freeze()
    gc.enable()
    return app


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
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits or failed.")] = False,
    json: Json = False,
) -> None:
    """Try outside effects again now."""
    from bot import chores  # noqa: PLC0415

    if not rows and not everything:
        raise typer.BadParameter("Name the rows, or say --all.")
    chores.sync_retry(Terminal(json), None if everything else tuple(rows or ()), now=utc_now)


@sync.command("pause")
def sync_pause(
    system: Annotated[str, typer.Argument(help="What to send nothing to.")] = "teams",
    *,
    off: Annotated[bool, typer.Option("--off", help="Let it go on.")] = False,
    json: Json = False,
) -> None:
    """Send nothing to a system until `sync pause --off`; what is wanted meanwhile waits."""
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
    from bot import chores  # noqa: PLC0415

    chores.import_people(Terminal(json), file, now=utc_now)


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def main() -> None:
    """Run a command; what is wrong with the settings or the database is one readable line, never a traceback."""
    try:
        commands(prog_name="offerdesk")
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
    except DatabaseUnavailable as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        typer.echo(f"The database does not answer: {cause}", err=True)
    sys.exit(FAILED)


if __name__ == "__main__":
    main()
