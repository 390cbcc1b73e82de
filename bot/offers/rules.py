"""Pure rules of offers: numbers, stages and their days, amounts weighted by probabilities."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

DEFAULT_PATTERN = "S{number}"
DEFAULT_FIRST_NUMBER = 580


def fold(text: str) -> str:
    """``text`` for comparing: lower case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def format_number(pattern: str, number: int) -> str:
    """``S580`` from ``S{number}`` and 580."""
    return pattern.format(number=number)


def like_pattern(word: str) -> str:
    """``word`` as a LIKE pattern that finds it anywhere; the escape character is a backslash."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


CENT = Decimal("0.01")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Defaults:
    """The probabilities in percent that a stage gives; None: it leaves them alone."""

    launch: int | None = None
    success: int | None = None


NO_DEFAULTS = Defaults()


def first_stage(of_type: Iterable[str], given: str | None = None) -> str | None:
    """Where an offer begins: the given stage, else the first by code among those of type ``first_stage``.

    None: a stage must be given.
    """
    return given or min(of_type, default=None)


@dataclass(frozen=True, slots=True)
class Weighted:
    """An estimated amount weighted by the probabilities; None where one of its parts is unknown."""

    launch: Decimal | None
    success: Decimal | None
    double: Decimal | None


def weigh(amount: Decimal | None, launch: int | None, success: int | None, *, average: bool) -> Weighted:
    """The three weighted amounts, to the cent, halves away from zero.

    The double weighting is ``amount x launch x success``, or with ``average`` ``amount x (launch + success) / 2``.
    """
    double = None
    if launch is not None and success is not None:
        double = Decimal(launch + success) / 2 if average else Decimal(launch * success) / HUNDRED
    return Weighted(_share(amount, launch), _share(amount, success), _share(amount, double))


def _share(amount: Decimal | None, percent: Decimal | int | None) -> Decimal | None:
    if amount is None or percent is None:
        return None
    return (amount * percent / HUNDRED).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left of the price; ``percent`` of the price, to a tenth, None for a price of 0."""

    amount: Decimal
    percent: Decimal | None


def margin(price: Decimal | None, cost: Decimal | None) -> Margin | None:
    """Price less cost; None while one of them is unknown."""
    if price is None or cost is None:
        return None
    left = price - cost
    percent = (left * HUNDRED / price).quantize(Decimal("0.1"), ROUND_HALF_UP) if price else None
    return Margin(left, percent)


def earliest_post_award(*, may_start_in_presales: bool, latest_presales: date | None, opened_on: date) -> date:
    """The first day a post-award step may have: that of the latest pre-sales step, or the opening day for a step that
    may start in pre-sales.
    """
    return opened_on if may_start_in_presales or latest_presales is None else latest_presales


def durations(entered: Sequence[date], until: date) -> list[int]:
    """How many days each step lasted: until the next one, the last one until ``until``. Never negative."""
    ends = [*entered[1:], until]
    return [max((end - start).days, 0) for start, end in zip(entered, ends, strict=False)]


def stage_to_reopen(history: Sequence[str], open_stages: Collection[str], first: str | None) -> str | None:
    """Where an offer goes on after it was closed: the last stage of its history that does not close, else ``first``,
    else None.
    """
    return next((stage for stage in reversed(history) if stage in open_stages), first)
