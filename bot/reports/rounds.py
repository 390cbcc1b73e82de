"""Go/No-Go: how long decisions took since the publication, and how many were a Go."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.decisions.models import Round
from bot.decisions.words import RoundOutcome, RoundState
from bot.offers.models import Offer
from bot.reports import groups
from bot.reports.groups import KEY, Group, Measure
from bot.reports.narrowing import breakdown, in_local_days, offers_of
from bot.reports.shape import TOTAL, By, Cell, Chart, ChartForm, Column, ColumnKind, Note, Report
from bot.reports.sums import SECONDS_OF_DAY, seconds, spread
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.shape import ReportQuery

Spread = dict[Any, tuple[int, int, int]]


def decisions(session: Session, query: ReportQuery, by: By, company: Company, now: datetime) -> Report:
    """The last closed round of each offer; the year is that of the decision."""
    del now
    shown = breakdown(session, by, company, moment=Round.decided_at)
    decided = shown.join(
        sa.select(
            shown.key.label(KEY),
            sa.literal("").label(groups.CURRENCY),
            sa.literal(1).label("decided"),
            sa.case((Round.outcome == RoundOutcome.GO, 1), else_=0).label("go"),
            sa.case((Tender.published_at.is_(None), 1), else_=0).label("without_publication"),
            (seconds(Round.decided_at) - seconds(Tender.published_at)).label("waited"),
            (seconds(Round.decided_at) - seconds(Round.opened_at)).label("voted"),
        )
        .select_from(Round)
        .join(Offer, Offer.id == Round.offer_id)
        .outerjoin(Tender, Tender.id == Offer.tender_id)
    ).where(
        Round.state == RoundState.CLOSED,
        ~_later(),
        *in_local_days(query.days, Round.decided_at, company),
        *offers_of(query, company),
    )
    found = groups.grouped(session, decided, shown, "decided")
    each = decided.subquery("decided")
    waited = spread(session, each, (KEY,), "waited") | _whole(session, each, "waited")
    voted = spread(session, each, (KEY,), "voted") | _whole(session, each, "voted")
    measures = (
        groups.naming(shown),
        groups.count("decided"),
        groups.count("go"),
        groups.percent("go_rate", "go", "decided"),
        _days("days_to_decision", waited),
        _days("longest_to_decision", waited, longest=True),
        _days("days_of_vote", voted),
    )
    columns, rows, totals = groups.table(found, measures)
    missing = sum(group.sums["without_publication"] for group in found)
    return Report(
        code="decisions",
        title="reports.title_decisions",
        query=query,
        columns=columns,
        rows=rows,
        totals=totals,
        chart=Chart(ChartForm.COLUMNS, "reports.chart_decisions", by.value, ("days_to_decision",)),
        notes=(Note("reports.without_publication", missing),) if missing else (),
    )


def _later() -> sa.ColumnElement[bool]:
    """Whether a round was reopened and decided again."""
    other = sa.orm.aliased(Round)
    return (
        sa.exists()
        .where(other.offer_id == Round.offer_id, other.sequence > Round.sequence, other.state == RoundState.CLOSED)
        .correlate(Round)
    )


def _whole(session: Session, each: sa.Subquery, value: str) -> Spread:
    """Over all groups, under the name of the total."""
    found = spread(session, each, (), value)
    return {TOTAL: found[()]} if found else {}


def _days(code: str, times: Spread, *, longest: bool = False) -> Measure:
    """The median of what each took, or the longest; None where nothing could be measured."""

    def read(group: Group) -> Cell:
        found = times.get(TOTAL if group.name == TOTAL else group.key)
        if found is None:
            return None
        twice, _sum, most = found
        return Decimal(most) / SECONDS_OF_DAY if longest else Decimal(twice) / 2 / SECONDS_OF_DAY

    return Measure(
        Column(code, ColumnKind.DAYS, f"reports.column_{code}", "days_to_decision" if longest else code), read
    )
