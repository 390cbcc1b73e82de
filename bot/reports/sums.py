"""What the statements of the reports are made of. Money is added up in whole cents, hours in whole quarters, weighted
amounts are rounded offer by offer as their cards show them: each sum is exact on every database.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.hours.models import HourlyRate, HoursEntry
from bot.offers.models import Offer, Weighting
from bot.quotes.models import Quote
from bot.reports.hours import rate_holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

Expression = sa.ColumnElement[Any]
SECONDS_OF_DAY = 86_400
HALF_PERCENT, PERCENT = 50, 100
MYRIAD = 10_000
"""Two percentages multiplied."""


def cents(amount: Any) -> Expression:  # noqa: ANN401  a column of money
    """Whole cents; SQLite keeps money as a floating number, exact to the cent as far as the columns go."""
    return sa.cast(sa.func.round(amount * 100), sa.BigInteger)


def weighted(amount: Expression, percent: Any) -> Expression:  # noqa: ANN401  a column of percentages
    """So many percent of cents, halves away from zero, as :func:`bot.offers.rules.weigh` says it."""
    result: Expression = (amount * percent + HALF_PERCENT) // PERCENT
    return result


def cumulative(amount: Expression) -> Expression:
    """By both probabilities multiplied. Split, because 15 digits times a myriad leave 64 bits."""
    both = Offer.launch_probability * Offer.success_probability
    return amount // MYRIAD * both + (amount % MYRIAD * both + MYRIAD // 2) // MYRIAD


def average(amount: Expression) -> Expression:
    """By the mean of both probabilities."""
    both = Offer.launch_probability + Offer.success_probability
    return (amount * both + PERCENT) // (2 * PERCENT)


def chosen(amount: Expression) -> Expression:
    """By the double weighting that each offer has chosen."""
    return sa.case((Offer.weighting == Weighting.AVERAGE, average(amount)), else_=cumulative(amount))


def added(expression: Any) -> Expression:  # noqa: ANN401
    """Their sum; 0 of nothing."""
    return sa.func.coalesce(sa.func.sum(expression), 0)


def how_many(condition: Any) -> Expression:  # noqa: ANN401
    """How many rows meet a condition."""
    return added(sa.case((condition, 1), else_=0))


def seconds(moment: Any) -> Expression:  # noqa: ANN401  a day or a moment
    """Since 1970, whole."""
    return sa.cast(sa.extract("epoch", moment), sa.BigInteger)


def days_between(first: Any, last: Any) -> Expression:  # noqa: ANN401  days
    """Whole days from one day to another."""
    return (seconds(last) - seconds(first)) // SECONDS_OF_DAY


def submitted(*conditions: Expression) -> sa.Subquery:
    """The price last submitted of each offer that was sent: ``offer_id``, ``price``, ``currency``, ``sent_on``;
    ``conditions``: only of these quotes.
    """
    newest = (Quote.sent_on.desc(), Quote.sent_at.desc(), Quote.id.desc())
    place = sa.func.row_number().over(partition_by=Quote.offer_id, order_by=newest).label("place")
    sent = sa.select(Quote.offer_id, Quote.price, Quote.currency, Quote.sent_on, place).where(
        Quote.sent_at.is_not(None), Quote.removed_at.is_(None), *conditions
    )
    ranked = sent.subquery("sent")
    columns = (ranked.c.offer_id, ranked.c.price, ranked.c.currency, ranked.c.sent_on)
    return sa.select(*columns).where(ranked.c.place == 1).subquery("worth")


def worth(of: sa.Subquery) -> tuple[Expression, Expression]:
    """Cents and currency of what an offer is worth, beside :func:`submitted`: the price last submitted, else the
    estimate.
    """
    amount = sa.case((of.c.offer_id.is_not(None), cents(of.c.price)), else_=cents(Offer.estimated_amount))
    return amount, sa.func.coalesce(of.c.currency, Offer.currency)


def spent(*conditions: Expression) -> sa.Subquery:
    """By offer, since its beginning: ``quarters``, ``parts`` (400ths of the currency), ``unrated`` quarters."""
    quarters = HoursEntry.quarters
    return (
        sa.select(
            HoursEntry.offer_id,
            sa.func.sum(quarters).label("quarters"),
            added(sa.cast(quarters, sa.BigInteger) * HourlyRate.cents).label("parts"),
            added(sa.case((HourlyRate.id.is_(None), quarters), else_=0)).label("unrated"),
        )
        .select_from(HoursEntry)
        .outerjoin(HourlyRate, rate_holds())
        .where(*conditions)
        .group_by(HoursEntry.offer_id)
        .subquery("spent")
    )


def spread(session: Session, values: sa.Subquery, by: Sequence[str], value: str) -> dict[Any, tuple[int, int, int]]:
    """Twice the median, the sum and the largest of ``value`` by the columns ``by``; rows without a value left out."""
    keys = [values.c[name] for name in by]
    measured = values.c[value]
    place = sa.func.row_number().over(partition_by=keys or None, order_by=measured).label("place")
    count = sa.func.count().over(partition_by=keys or None).label("count")
    ranked = sa.select(*keys, measured.label("value"), place, count).where(measured.is_not(None)).subquery("ranked")
    c = ranked.c
    lower = sa.func.max(sa.case((c.place == (c.count + 1) // 2, c.value)))
    upper = sa.func.max(sa.case((c.place == (c.count + 2) // 2, c.value)))
    group = [c[name] for name in by]
    statement = sa.select(*group, lower + upper, sa.func.sum(c.value), sa.func.max(c.value)).group_by(*group)
    return {
        (row[0] if len(by) == 1 else tuple(row[: len(by)])): (int(row[-3]), int(row[-2]), int(row[-1]))
        for row in session.execute(statement)
        if row[-1] is not None
    }


def in_days(days: tuple[date, date] | None, day: Any) -> tuple[Expression, ...]:  # noqa: ANN401  a column of days
    """The condition that a day is one of a period, its first and last day included; none for None."""
    return (day >= days[0], day <= days[1]) if days is not None else ()
