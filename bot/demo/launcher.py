"""``offerdesk demo``: for a person with a browser, or alone with ``--headless``."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
import typer

from bot.demo.cast import Cast, StoryBroken
from bot.demo.children import ChildFailed
from bot.demo.prologue import prepare
from bot.demo.stage import raised
from bot.demo.story import BEGINS, play

if TYPE_CHECKING:
    from bot.demo.stage import Stage

FOLDER = Path("build") / "demo"
RELEASE_SECONDS = 45.0
"""A new tender comes out this often while somebody watches."""
WATCH_SECONDS = 0.5


def run(*, headless: bool, page_port: int, keep: bool) -> int:
    """Run the demonstration; returns the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER)).resolve()
    for told_to_stop in (signal.SIGINT, signal.SIGTERM):
        # Also Ctrl-C: a shell starts what runs in its background deaf to it.
        signal.signal(told_to_stop, _interrupt)
    code = 1
    try:
        release_every, begins = (0.0, BEGINS) if headless else (RELEASE_SECONDS, None)
        with raised(folder, page_port=page_port, release_every=release_every, begins=begins, past=True) as stage:
            code = _headless(stage) if headless else _attended(stage)
    except ChildFailed as error:
        typer.echo(str(error), err=True)
    except KeyboardInterrupt:
        code = 130 if headless else 0
    if code and not keep:
        typer.echo(f"Logs: {folder}", err=True)
    elif not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _interrupt(*_: object) -> None:
    """Being told to stop is the same as Ctrl-C."""
    raise KeyboardInterrupt


def _headless(stage: Stage) -> int:
    """Play the story, a line for each step, one line of JSON at the end."""
    summary = asyncio.run(_play(stage))
    typer.echo(orjson.dumps(summary).decode())
    return 0 if summary["ok"] else 1


async def _play(stage: Stage) -> dict[str, object]:
    begun = time.monotonic()
    steps: list[str] = []

    def tell(line: str) -> None:
        steps.append(line)
        typer.echo(f"✓ {line}")

    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        cast = Cast(stage.sandbox_url, client)
        broken, facts = "", {}
        try:
            facts = await play(cast, tell)
        except (StoryBroken, httpx.HTTPError) as error:
            broken = str(error) or type(error).__name__
            typer.echo(f"✗ {broken}", err=True)
    return {
        "ok": not broken,
        "steps": len(steps),
        "seconds": round(time.monotonic() - begun, 1),
        **facts,
        **({"failed": broken} if broken else {}),
    }


def _attended(stage: Stage) -> int:
    """Set the stage and wait until the person has seen enough."""
    asyncio.run(_prepare(stage))
    for line in _invitation(stage.page):
        typer.echo(line)
    while True:
        stage.alive()
        time.sleep(WATCH_SECONDS)


async def _prepare(stage: Stage) -> None:
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        await prepare(Cast(stage.sandbox_url, client))


def _invitation(page: str) -> tuple[str, ...]:
    return (
        "",
        f"  Offerdesk is running. Open  {page}",
        "",
        f"  A new tender appears in the channel Tenders every {RELEASE_SECONDS:.0f} s, or with the button of the page.",
        "  Open it as sales lead: Evaluate, fill in the evaluation, open the vote.",
        "  Then vote as CTO, CPO and CEO, each in a tab of its own, until the offer has its number: S580.",
        "  Name a team, then go forward to Friday with the page's button: everybody is asked for their hours.",
        "",
        "  Ctrl-C stops everything.",
        "",
    )
