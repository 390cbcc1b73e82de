"""From one row per offer to the rows of a report: the database adds up by group and currency, and each column says how
it reads the sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.hours.rules import QUARTERS_PER_HOUR
from bot.reports.figures import PARTS_OF_CURRENCY
from bot.reports.shape import TOTAL, Amount, By, Cell, Column, ColumnKind, Row
from bot.reports.sums import added

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.reports.narrowing import Breakdown

KEY, CURRENCY = "key", "currency"
CENTS = 100
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Group:
    """One group in one currency, empty where no money is asked for or several are taken together; sums by name."""

    key: Any
    name: Cell
    currency: str
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Measure:
    """A column and how it reads a group."""

    column: Column
    read: Callable[[Group], Cell]


def grouped(session: Session, rows: sa.Select[Any], by: Breakdown, first: str) -> list[Group]:
    """Add up ``rows``: one per offer, with ``key``, ``currency`` and any number of numbers.

    Months come in their order, years the newest first, stages and outcomes as they are configured; other groups by
    the sum ``first``, the largest first, then by name.
    """
    each = rows.subquery("each")
    numbers = [column for column in each.c if column.name not in {KEY, CURRENCY}]
    statement = sa.select(each.c.key, each.c.currency, *(added(one).label(one.name) for one in numbers)).group_by(
        each.c.key, each.c.currency
    )
    found: dict[tuple[Any, str], Counter[str]] = {}
    for key, currency, *sums in session.execute(statement):
        # An empty text and none are one group.
        counted = found.setdefault((key or None, currency), Counter())
        counted.update({column.name: int(value) for column, value in zip(numbers, sums, strict=True)})
    made = [Group(key, by.name(key), currency, sums) for (key, currency), sums in found.items()]
    return sorted(made, key=lambda group: _order(group, by, first))


def _order(group: Group, by: Breakdown, first: str) -> tuple[Any, ...]:
    last = group.key is None
    if by.by in {By.MONTH, By.YEAR}:
        number = int(group.key or 0)
        return last, number if by.by is By.MONTH else -number, group.currency
    return last, by.order.get(group.key, len(by.order)), -group.sums[first], str(group.name).casefold(), group.currency


def totals(groups: Sequence[Group]) -> list[Group]:
    """All groups together, by currency; of several currencies first what needs none, over all."""
    by_currency: dict[str, Counter[str]] = {}
    whole: Counter[str] = Counter()
    for group in groups:
        by_currency.setdefault(group.currency, Counter()).update(group.sums)
        whole.update(group.sums)
    made = [Group(None, TOTAL, currency, sums) for currency, sums in sorted(by_currency.items())]
    return [Group(None, TOTAL, "", whole), *made] if len(made) > 1 else made


def main_currency(groups: Iterable[Group], first: str) -> str:
    """The currency of most offers, by the sum ``first``: what a chart draws."""
    counted: Counter[str] = Counter()
    for group in groups:
        counted[group.currency] += group.sums[first]
    return max(sorted(counted), key=lambda currency: counted[currency], default="")


def naming(by: Breakdown) -> Measure:
    """The first column."""
    return Measure(Column(by.by.value, by.kind, f"reports.by_{by.by.value}"), lambda group: group.name)


def in_currency() -> Measure:
    """The currency of the row, for who sorts and filters."""
    return Measure(Column(CURRENCY, ColumnKind.TEXT, "reports.column_currency"), lambda group: group.currency)


def count(code: str, name: str | None = None, figure: str = "") -> Measure:
    """A number of things."""
    read = name or code
    return Measure(_column(code, ColumnKind.COUNT, figure), lambda group: group.sums[read])


def money(code: str, figure: str = "") -> Measure:
    """Cents as an amount in the currency of the row; None in a row of several currencies."""
    return Measure(
        _column(code, ColumnKind.MONEY, figure),
        lambda group: Amount(Decimal(group.sums[code]) / CENTS, group.currency) if group.currency else None,
    )


def hours(code: str = "hours_ever", name: str = "quarters") -> Measure:
    """Quarters as hours."""
    return Measure(_column(code, ColumnKind.HOURS, ""), lambda group: Decimal(group.sums[name]) / QUARTERS_PER_HOUR)


def cost(currency: str) -> Measure:
    """What these hours cost, in the currency of the hourly rates."""
    return Measure(
        _column("cost_ever", ColumnKind.MONEY, ""),
        lambda group: Amount(Decimal(group.sums["parts"]) / PARTS_OF_CURRENCY, currency),
    )


def percent(code: str, part: str, *wholes: str) -> Measure:
    """``part`` of the sum of ``wholes``; None while that is nothing."""

    def read(group: Group) -> Cell:
        whole = sum(group.sums[name] for name in wholes)
        return HUNDRED * group.sums[part] / whole if whole else None

    return Measure(_column(code, ColumnKind.PERCENT, ""), read)


def percent_of_money(code: str, part: str, *wholes: str) -> Measure:
    """The same of cents; None in a row of several currencies."""
    plain = percent(code, part, *wholes)
    return Measure(plain.column, lambda group: plain.read(group) if group.currency else None)


def table(
    groups: Sequence[Group], measures: Sequence[Measure]
) -> tuple[tuple[Column, ...], tuple[Row, ...], tuple[Row, ...]]:
    """Columns, rows and totals."""
    columns = tuple(one.column for one in measures)
    rows = tuple(tuple(one.read(group) for one in measures) for group in groups)
    return columns, rows, tuple(tuple(one.read(group) for one in measures) for group in totals(groups))


def _column(code: str, kind: ColumnKind, figure: str) -> Column:
    return Column(code, kind, f"reports.column_{code}", figure or code)
