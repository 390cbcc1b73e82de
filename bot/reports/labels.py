"""Keeps the words and the time zone that the views join as the configuration has them. Done at each start and by
``offerdesk migrate``; nothing is written when nothing changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.offers.models import OfferCategory, OriginKind, StageStep
from bot.reports.figures import ORDER
from bot.reports.models import Label, LabelKind, ZoneShift
from bot.statements import insert_into
from cards.formats import word
from cards.texts import texts
from cards.words import Language, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.config.models import Label as Named

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Everything that is recorded is recorded between them."""
PRESALES, POST_AWARD = "presales", "post_award"
KEY = ("kind", "parent", "code")
FIELDS = ("label_fr", "label_en", "detail", "position", "active")


@dataclass(frozen=True, slots=True)
class _Word:
    """One row as it should be."""

    kind: LabelKind
    parent: str
    code: str
    label_fr: str
    label_en: str
    position: int
    detail: str = ""
    active: bool = True

    @property
    def key(self) -> tuple[LabelKind, str, str]:
        return self.kind, self.parent, self.code


def refresh(session: Session, company: Company) -> bool:
    """Bring labels and time zone up to date; tells whether anything was written."""
    written = _refresh_labels(session, company)
    return _refresh_zone(session, company.holidays.time_zone) or written


def _refresh_labels(session: Session, company: Company) -> bool:
    stored = {(row.kind, row.parent, row.code): row for row in session.scalars(sa.select(Label))}
    wanted = {one.key: one for one in (*_configured(company), *_closed_lists(company))}
    for one in _used(session):
        if one.key not in wanted and one.key not in stored:
            wanted[one.key] = one
    new = [
        {"kind": one.kind, "parent": one.parent, "code": one.code, **_values(one)}
        for key, one in wanted.items()
        if key not in stored or _values(stored[key]) != _values(one)
    ]
    _upsert(session, Label, KEY, new)
    gone = [row for key, row in stored.items() if key not in wanted and row.active]
    for row in gone:
        row.active = False
    return bool(new or gone)


def _values(row: Label | _Word) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _upsert(session: Session, model: type[Any], key: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows that another replica may be writing, too."""
    if not rows:
        return
    insert = insert_into(model, session.get_bind().dialect.name).values(list(rows))
    others = {name: insert.excluded[name] for name in rows[0] if name not in key}
    session.execute(insert.on_conflict_do_update(index_elements=list(key), set_=others))


def _configured(company: Company) -> Iterator[_Word]:
    """Stages, steps after the award, axes and their values, in the order of the files."""
    for position, stage in enumerate(company.stages.stage):
        yield _word(LabelKind.STAGE, PRESALES, stage.code, stage.label, position, stage.type.value)
    for position, step in enumerate(company.stages.post_award, start=len(company.stages.stage)):
        yield _word(LabelKind.STAGE, POST_AWARD, step.code, step.label, position, POST_AWARD)
    for number, axis in enumerate(company.lists.axes):
        yield _word(LabelKind.AXIS, "", axis.code, axis.label, number)
        for position, value in enumerate(axis.values):
            yield _word(LabelKind.CATEGORY, axis.code, value.code, value.label, position)


def _word(kind: LabelKind, parent: str, code: str, label: Named, position: int, detail: str = "") -> _Word:
    return _Word(kind, parent, code, label.fr, label.en, position, detail)


def _closed_lists(company: Company) -> Iterator[_Word]:
    """Outcomes and origins, with the words of the cards, and the currency of the rates."""
    for position, outcome in enumerate(ORDER):
        fr, en = (word(Outcome(outcome.value), language) for language in (Language.FR, Language.EN))
        yield _Word(LabelKind.OUTCOME, "", outcome.value, fr, en, position)
    for position, origin in enumerate(OriginKind):
        key = f"record.origin_{origin.value}"
        yield _Word(LabelKind.ORIGIN, "", origin.value, texts(Language.FR)(key), texts(Language.EN)(key), position)
    currency = company.rules.hours.currency
    yield _Word(LabelKind.CURRENCY_OF_RATES, "", currency, currency, currency, 0)


def _used(session: Session) -> Iterator[_Word]:
    """What rows name and no configuration that we saw ever did: its code is all that is known."""
    steps = sa.select(StageStep.stage, StageStep.post_award).distinct()
    for code, post_award in session.execute(steps):
        yield _Word(LabelKind.STAGE, POST_AWARD if post_award else PRESALES, code, code, code, 0, active=False)
    for axis, value in session.execute(sa.select(OfferCategory.axis, OfferCategory.value).distinct()):
        yield _Word(LabelKind.CATEGORY, axis, value, value, value, 0, active=False)


def _refresh_zone(session: Session, zone: str) -> bool:
    if session.scalar(sa.select(ZoneShift.zone).limit(1)) == zone:
        return False
    session.execute(sa.delete(ZoneShift))
    rows = [{"starts_at": at, "seconds": seconds, "zone": zone} for at, seconds in shifts(ZoneInfo(zone))]
    _upsert(session, ZoneShift, ("starts_at",), rows)
    return True


def shifts(zone: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    """Each moment from which on the clocks of a zone are so many seconds ahead of UTC, the first at the beginning."""
    at, seconds = FIRST, _ahead(zone, FIRST)
    yield at, seconds
    while at < LAST:
        after = at + timedelta(days=1)
        if _ahead(zone, after) != seconds:
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if _ahead(zone, middle) == seconds else (low, middle)
            seconds = _ahead(zone, high)
            yield high, seconds
        at = after


def _ahead(zone: ZoneInfo, moment: datetime) -> int:
    ahead = moment.astimezone(zone).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0
