"""Which offers other stages would concern. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.offers.models import Offer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config import Stage, Stages

NAMED = 8
"""Offers told by name for each stage."""


class StageFate(StrEnum):
    """What would become of a stage."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class StageForeseen:
    """A stage that would change. ``offers`` stand in it now, the newest of them are ``named`` as (id, name);
    ``fields`` are the changed keys of the file.
    """

    code: str
    fate: StageFate
    fields: tuple[str, ...]
    offers: int
    named: tuple[tuple[int, str], ...]


def foresee_stages(session: Session, before: Stages, after: Stages) -> tuple[StageForeseen, ...]:
    """Every stage that would come, go or change, with the offers that stand in it now."""
    old, new = ({stage.code: stage for stage in stages.stage} for stages in (before, after))
    codes = [code for code in dict.fromkeys((*old, *new)) if old.get(code) != new.get(code)]
    changed = [(code, *_fate(old.get(code), new.get(code))) for code in codes]
    counts = dict(
        session.execute(
            sa.select(Offer.stage, sa.func.count()).where(Offer.stage.in_(codes)).group_by(Offer.stage)
        ).all()
    )
    return tuple(
        StageForeseen(code, fate, fields, counts.get(code, 0), _named(session, code) if counts.get(code) else ())
        for code, fate, fields in changed
    )


def _fate(old: Stage | None, new: Stage | None) -> tuple[StageFate, tuple[str, ...]]:
    if old is None:
        return StageFate.ADDED, ()
    if new is None:
        return StageFate.REMOVED, ()
    names = type(old).model_fields
    return StageFate.CHANGED, tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _named(session: Session, code: str) -> tuple[tuple[int, str], ...]:
    columns = sa.select(Offer.id, Offer.number, Offer.title).where(Offer.stage == code)
    rows = session.execute(columns.order_by(Offer.chrono.desc()).limit(NAMED))
    return tuple((row.id, " ".join(part for part in (row.number, row.title) if part)) for row in rows)
