"""One look at a source: fetch, then take in, in one transaction. What fails is remembered and shown."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from bot.config import Company
from bot.database import Database
from bot.tenders.health import source_failed
from bot.tenders.intake import Intake, known, take_in
from bot.tenders.models import Source
from integrations.errors import ServiceError, Transient
from integrations.esa import Batch, read_saved

log = structlog.get_logger()


class TenderSource(Protocol):
    """What a source of tenders must offer; ``integrations.esa.EsaSource`` does."""

    @property
    def source(self) -> StrEnum:
        """Which source it is; its value is one of :class:`Source`."""
        ...

    async def fetch(self, known: AbstractSet[tuple[str, str]]) -> Batch:
        """What is new or changed against the pairs (native id, content hash); raises a :class:`ServiceError`."""
        ...


@dataclass(frozen=True, slots=True)
class Polled:
    """How a poll went: ``intake`` when it went well, else ``error``; ``complete`` is False when the page cap cut it."""

    source: Source
    intake: Intake | None = None
    error: ServiceError | None = None
    complete: bool = True


async def poll(database: Database, client: TenderSource, company: Company, now: Callable[[], datetime]) -> Polled:
    """Look at a source once. A failure of the source is remembered and given back, not raised.

    Raises:
        DatabaseUnavailable: nothing was changed; the next poll brings the same records again.
    """
    source = Source(client.source.value)
    seen = await database.read(partial(known, source=source))
    try:
        batch = await client.fetch(seen)
    except ServiceError as error:
        log.warning("source.failed", source=source.value, error=str(error), kind=type(error).__name__)
        failed = partial(source_failed, source=source, error=error, now=now(), passing=isinstance(error, Transient))
        await database.write(failed)
        return Polled(source, error=error)
    intake = await database.write(partial(_take, source=source, batch=batch, now=now(), company=company))
    _report(source, batch, intake)
    return Polled(source, intake, complete=batch.complete)


def take_file(session: Session, body: bytes, *, now: datetime, company: Company) -> Intake:
    """Take in a saved portal answer, an envelope or a bare list. It says nothing about how the source is doing.

    Raises:
        Drift: the file is no portal answer.
    """
    batch = read_saved(body)
    source = Source(batch.source.value)
    return take_in(session, source, batch.records, batch.unreadable, now=now, company=company, live=False)


def _take(session: Session, *, source: Source, batch: Batch, now: datetime, company: Company) -> Intake:
    return take_in(session, source, batch.records, batch.unreadable, now=now, company=company)


def _report(source: Source, batch: Batch, intake: Intake) -> None:
    log.info(
        "source.polled",
        source=source.value,
        received=batch.raw_count,
        new=intake.new,
        changed=intake.changed,
        announced=len(intake.announced),
        unreadable=len(batch.unreadable),
    )
    for note in batch.diagnostics[:20]:
        log.warning("source.odd", source=source.value, record=note.native_id, field=note.field, why=note.why)
