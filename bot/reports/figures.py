"""How the hours report counts.

Everything is exact until it is shown: hours are whole quarters, costs are whole 400ths of the currency (a quarter of an
hour times cents).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.hours.rules import QUARTERS_PER_HOUR
from bot.offers.models import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PARTS_OF_CURRENCY = QUARTERS_PER_HOUR * 100
ENDED_IN_NOTHING = (Outcome.LOST, Outcome.NO_GO, Outcome.ABANDONED)
ORDER = (Outcome.WON, Outcome.LOST, Outcome.NO_GO, Outcome.ABANDONED, Outcome.OPEN)
"""As every table and chart shows them."""


class Grouping(StrEnum):
    """What the report is broken down by."""

    CLIENT = "client"
    ENTITY = "entity"
    PERSON = "person"
    CATEGORY = "category"
    YEAR = "year"
    OFFER = "offer"
    MISSING = "missing"
    """Not hours: who has not answered for which week."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Work: ``quarters`` of an hour, ``parts`` of the currency (400ths), ``unrated`` quarters without a rate."""

    quarters: int = 0
    parts: int = 0
    unrated: int = 0

    def __add__(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(self.quarters + other.quarters, self.parts + other.parts, self.unrated + other.unrated)

    @property
    def hours(self) -> Decimal:
        """Exact."""
        return Decimal(self.quarters) / QUARTERS_PER_HOUR

    @property
    def unrated_hours(self) -> Decimal:
        """Hours that no rate covers."""
        return Decimal(self.unrated) / QUARTERS_PER_HOUR

    @property
    def cost(self) -> Decimal:
        """In the company's currency, exact."""
        return Decimal(self.parts) / PARTS_OF_CURRENCY


NOTHING = Spent()
ByOutcome = dict[Outcome, Spent]


def together(every: Iterable[Spent]) -> Spent:
    """Their sum."""
    return sum(every, NOTHING)


def all_for_nothing_per_won(spent: Mapping[Outcome, Spent]) -> Decimal | None:
    """Hours on lost, no-go and abandoned offers for each hour on won ones; None while nothing was won."""
    return _per_won(together(spent.get(outcome, NOTHING) for outcome in ENDED_IN_NOTHING), spent)


def lost_per_won(spent: Mapping[Outcome, Spent]) -> Decimal | None:
    """Hours on offers that a client decided against for each hour on won ones; None while nothing was won."""
    return _per_won(spent.get(Outcome.LOST, NOTHING), spent)


def _per_won(some: Spent, spent: Mapping[Outcome, Spent]) -> Decimal | None:
    won = spent.get(Outcome.WON, NOTHING)
    return some.hours / won.hours if won.quarters else None
