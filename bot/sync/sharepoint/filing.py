"""The sheets that are filed in an offer's folder: of every decided round, and of the hand-over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.decisions import sheet as decision_sheet
from bot.decisions.models import Round
from bot.handover import sheet as handover_sheet
from bot.handover.amendments import movements
from bot.handover.contents import contents
from bot.handover.service import checklist

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company


@dataclass(frozen=True, slots=True)
class FiledSheet:
    """One file: the folder of the template it belongs in, its name, and what writes it without the database.

    ``fingerprint`` changes when the file would say something else; only then is it filed again.
    """

    folder: str
    name: str
    write: Callable[[], bytes]
    fingerprint: str


def filed_sheets(
    session: Session, offer_id: int, company: Company, now: datetime, *, language: str, time_zone: str
) -> tuple[FiledSheet, ...]:
    """What belongs in an offer's folder now, in ``fr`` or ``en``, with times in ``time_zone``: a sheet per decided
    round, and the hand-over sheet once a hand-over is proposed. Raises :class:`~bot.errors.NotFound`.
    """
    folders = company.systems.sharepoint
    decided = session.execute(
        sa.select(Round.id, Round.revision)
        .where(Round.offer_id == offer_id, Round.outcome.is_not(None))
        .order_by(Round.sequence)
    )
    filed = []
    for round_id, revision in decided.all():
        name, write = decision_sheet.prepare(session, round_id, language, now, time_zone)
        filed.append(FiledSheet(folders.evaluation, name, write, f"{round_id}.{revision}.{language}"))
    read = contents(session, offer_id, now)
    if read.proposal is not None:
        name, write = handover_sheet.prepare(session, offer_id, language, now, time_zone)
        moved = [(one.on, one.amount, one.amendment_id) for one in movements(session, offer_id)]
        items = [(one.code, one.done_at) for one in checklist(session, offer_id)]
        said = repr((read, moved, items, language)).encode()
        filed.append(FiledSheet(folders.handover, name, write, hashlib.sha256(said).hexdigest()))
    return tuple(filed)
