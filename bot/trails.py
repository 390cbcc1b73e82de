"""``offerdesk audit``, and what the doctor says about the trail."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from bot import config, settings
from bot.chores import opened
from bot.findings import Finding, State
from bot.trail import files, sealing, search, verifying
from bot.trail.asking import Question, understood
from bot.trail.rules import Head

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.database import Database
    from bot.terminal import Terminal
    from bot.trail.verifying import Verdict

CHECK = "audit trail"
SEARCH_COLUMNS = ("id", "at", "by", "action", "offer", "after", "facts")
NOTHING = "Nothing in the trail is about that. Ask for an offer, a person or a period: S580, 2026-11, 2026-11..2026-12."
BROKEN_REMEDY = (
    "Keep this database as it is, compare it with the newest backup whose trail holds, and find out who had access."
)


class NoHead(ValueError):
    """It reads as no head of a chain."""


def head_of(text: str) -> Head:
    """``POSITION:DIGEST`` as the doctor, the log and ``audit verify`` write it; raises :class:`NoHead`."""
    position, _colon, digest = text.strip().partition(":")
    is_digest = len(digest) == len(Head().digest) and set(digest) <= set("0123456789abcdef")
    if not (position.isascii() and position.isdecimal() and is_digest):
        raise NoHead
    return Head(int(position), digest)


def verify(terminal: Terminal, noted: Head | None, *, now: Callable[[], datetime]) -> None:
    """Seal what waits and follow the whole chain; fails when it does not hold."""
    with opened(settings.load()) as database, terminal.progress("Verifying the trail…") as told:
        sealed = sealing.seal_all(database, now())
        verdict = database.read_now(
            lambda session: verifying.verify(session, noted, lambda count: told(f"{count} events hold…"))
        )
    head = {"position": verdict.head.position, "digest": verdict.head.digest}
    data = {"holds": verdict.broken is None, "head": head, "sealed_now": sealed, "waiting": verdict.waiting}
    if verdict.broken is not None:
        where = {"position": verdict.broken.position, "event": verdict.broken.event_id}
        found = {"problem": verdict.broken.damage.name.lower(), "said": str(verdict.broken), **where}
        raise terminal.fail(f"{verdict.broken} {BROKEN_REMEDY}", {**data, "broken": found})
    terminal.result(f"{verdict.head.position} events hold. Head: {verdict.head}", data)


def examine(database: Database, now: datetime) -> Finding:
    """What the doctor says: whether the chain holds, and its head. What waits is sealed first."""
    sealing.seal_all(database, now)
    verdict: Verdict = database.read_now(verifying.verify)
    if verdict.broken is not None:
        return Finding(CHECK, State.BROKEN, str(verdict.broken), BROKEN_REMEDY)
    return Finding(CHECK, State.OK, f"{verdict.head.position} events hold. Head {verdict.head}")


def show(terminal: Terminal, words: str, *, limit: int) -> None:
    """List the newest events that the words mean."""
    given = settings.load()
    zone = config.load(given.config_dir).holidays.time_zone

    def look(session: Session) -> tuple[list[search.Found], bool]:
        return search.page(session, _question(terminal, session, words), zone, limit=limit, offset=0)

    with opened(given) as database:
        found, more = database.read_now(look)
    rows = [(one.id, one.at.isoformat(timespec="seconds"), _who(one), *_what(one)) for one in found]
    terminal.table(SEARCH_COLUMNS, rows, empty=NOTHING)
    if more:
        terminal.note(f"The newest {limit} of more; --limit shows more, `offerdesk audit export` writes all.")


def _who(one: search.Found) -> str:
    by = one.by or "Offerdesk"
    return f"{by} for {one.on_behalf_of}" if one.on_behalf_of else by


def _what(one: search.Found) -> tuple[object, ...]:
    return one.action, one.offer, one.after, one.facts


def _question(terminal: Terminal, session: Session, words: str) -> Question:
    question = understood(session, words)
    if question is None:
        raise terminal.fail(NOTHING)
    return question


def export(terminal: Terminal, words: str, out: Path | None, *, form: str, now: Callable[[], datetime]) -> None:
    """Write the events that the words mean (all without words), sealed, into ``out`` or where the output goes."""
    given = settings.load()
    zone = config.load(given.config_dir).holidays.time_zone
    writer = files.write_csv if form == "csv" else files.write_json
    with opened(given) as database, terminal.progress("Writing events…") as told:
        sealing.seal_all(database, now())
        question = database.read_now(lambda session: _question(terminal, session, words))
        target = out.open("w", encoding="utf-8", newline="") if out is not None else nullcontext(sys.stdout)
        with target as file:
            written = database.read_now(lambda session: writer(search.everything(session, question, zone), file, told))
    if out is not None:
        terminal.result(f"{out}: {written} events.", {"file": str(out), "events": written})
    else:
        terminal.note(f"{written} events.")
