"""How reading the sources goes. Trouble is told to the admins once, and once more when it is over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.statements import insert_into
from bot.sync.ledger import tell_admins
from bot.tenders.models import Source, SourceHealth, UnreadableRecord
from bot.tenders.records import UnreadableItem

PATIENCE = 3
"""Passing failures in a row (network, overload) before the admins are told; the others are told at once."""

_ERROR_LIMIT = 500


def health_of(session: Session, source: Source) -> SourceHealth:
    """The row of a source, made when missing and locked: two replicas that poll at one moment take turns here."""
    found = _locked(session, source)
    if found is None:
        empty = insert_into(SourceHealth, session.get_bind().dialect.name).values(
            source=source, failures=0, told=False, records=0
        )
        session.execute(empty.on_conflict_do_nothing())
        found = _locked(session, source)
    if found is None:
        raise LookupError(source)
    return found


def source_succeeded(session: Session, health: SourceHealth, now: datetime) -> None:
    """A poll went well; an outage that the admins know about is over."""
    if health.told and health.failing_since is not None:
        params = {"source": health.source.value, "since": health.failing_since.isoformat(), "failures": health.failures}
        tell_admins(session, "source_back", params, now=now)
    health.last_success_at = now
    health.failing_since, health.failures, health.told = None, 0, False
    health.error_class, health.error = None, None


def source_failed(session: Session, source: Source, error: Exception, now: datetime, *, passing: bool = False) -> bool:
    """A poll failed: remember it, and tell the admins once in an outage. What is known of the tenders stays as it is.

    ``passing``: it may go away by itself (network, overload), so the admins hear of it at the third time in a row.
    Returns whether they are told now. The notice ``source_failing`` has ``source``, ``since``, ``error_class`` and
    ``error``.
    """
    health = health_of(session, source)
    health.failures += 1
    health.failing_since = health.failing_since or now
    health.error_class = type(error).__name__[:60]
    health.error = str(error)[:_ERROR_LIMIT]
    if health.told or (passing and health.failures < PATIENCE):
        return False
    health.told = True
    params = {
        "source": source.value,
        "since": health.failing_since.isoformat(),
        "error_class": health.error_class,
        "error": health.error,
    }
    tell_admins(session, "source_failing", params, now=now)
    return True


def keep_unreadable(session: Session, source: Source, items: Iterable[UnreadableItem], now: datetime) -> int:
    """Keep what could not be read, whole, each once; the admins are told of new ones. Returns how many were new.

    The notice ``unreadable_records`` has ``source``, ``count`` and the first ``problem``.
    """
    found: dict[str, UnreadableRecord] = {}
    for item in items:
        raw = json.dumps(item.raw, default=str, sort_keys=True)
        digest = hashlib.sha256(f"{source.value}\n{raw}".encode()).hexdigest()
        found[digest] = UnreadableRecord(source=source, raw=raw, digest=digest, problem=item.why, seen_at=now)
    if not found:
        return 0
    known = set(session.scalars(sa.select(UnreadableRecord.digest).where(UnreadableRecord.source == source)))
    new = [row for digest, row in found.items() if digest not in known]
    if new:
        session.add_all(new)
        session.flush()
        params = {"source": source.value, "count": len(new), "problem": new[0].problem}
        tell_admins(session, "unreadable_records", params, now=now)
    return len(new)


def _locked(session: Session, source: Source) -> SourceHealth | None:
    statement = sa.select(SourceHealth).where(SourceHealth.source == source).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
