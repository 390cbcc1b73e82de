"""Views of the digests: what a month brought, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cards.views.reader import Money, Sentence
    from cards.views.reports import ReportChart


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many, worth so much: one amount for each currency."""

    count: int = 0
    worth: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyView:
    """The month that begins on ``month``. ``of_tenders`` match the watch rules, ``go`` of the decisions are a Go; rates
    in percent, None while nothing was won or lost.

    ``hours`` and ``cost``: of the month, then of the month before; cost only for who may know it. ``running`` and
    ``weighted``: the open offers now. ``overdue``: of everybody, now. ``quiet``: nothing happened in the month.
    ``reports``: text key and question of those that the reader may open.
    """

    month: date
    quiet: bool = False
    tenders: int = 0
    matched: int = 0
    opened: int = 0
    decided: int = 0
    go: int = 0
    sent: Counted = Counted()
    won: Counted = Counted()
    lost: Counted = Counted()
    win_rate: Decimal | None = None
    win_rate_amount: Decimal | None = None
    hours: tuple[Decimal, Decimal] = (Decimal(), Decimal())
    cost: tuple[Money | None, Money | None] = (None, None)
    running: Counted = Counted()
    weighted: tuple[Money, ...] = ()
    overdue: int = 0
    chart: ReportChart | None = None
    reports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """One thing that waits for somebody. ``offer``: number and title (raw), empty where no offer is meant. It is due at
    the moment ``due_at``, else on the day ``due_on``, else at no fixed time.
    """

    what: Sentence
    offer: str = ""
    due_at: datetime | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPerson:
    """Somebody (raw name) with what waits for them; ``hidden``: how many more. ``teams_id``: who is mentioned, empty
    where nobody can be.
    """

    name: str
    lines: tuple[WaitingLine, ...]
    hidden: int = 0
    teams_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyView:
    """What waits for whom in the week that begins on ``week_on``, the most urgent first. ``total``: of everybody;
    ``hidden``: how many of them are for people that are not shown.
    """

    week_on: date
    people: tuple[WaitingPerson, ...] = ()
    total: int = 0
    hidden: int = 0
