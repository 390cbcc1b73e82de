"""The entries themselves, with names: what the raw sheet of a workbook and an export hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client
from bot.hours.models import EntryKind, HourlyRate, HoursEntry
from bot.hours.rules import QUARTERS_PER_HOUR
from bot.offers.models import Offer, Outcome
from bot.people.models import Person
from bot.reports.figures import PARTS_OF_CURRENCY
from bot.reports.hours import in_year, rate_holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

AT_ONCE = 2000
"""Rows fetched at a time."""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry. ``quarters`` are signed; ``cents`` of the hourly rate, None without one."""

    person: str
    offer: str
    title: str
    outcome: Outcome
    client: str
    part_on: date
    quarters: int
    kind: EntryKind
    reason: str
    cents: int | None

    @property
    def week_on(self) -> date:
        """The Monday."""
        return self.part_on - timedelta(days=self.part_on.weekday())

    @property
    def hours(self) -> Decimal:
        """Signed."""
        return Decimal(self.quarters) / QUARTERS_PER_HOUR

    @property
    def cost(self) -> Decimal | None:
        """Exact; None without a rate."""
        return None if self.cents is None else Decimal(self.quarters * self.cents) / PARTS_OF_CURRENCY


def entry_lines(session: Session, year: int, limit: int | None = None) -> Iterator[EntryLine]:
    """The entries of a year (0: all) as they were made, the newest ones when there are more than ``limit``; read piece
    by piece.
    """
    newest = sa.select(HoursEntry.id).where(*in_year(year)).order_by(HoursEntry.id.desc()).limit(limit)
    columns = (
        Person.name,
        sa.func.coalesce(Offer.number, Offer.external_reference, ""),
        Offer.title,
        Offer.outcome,
        sa.func.coalesce(Client.path, ""),
        HoursEntry.part_on,
        HoursEntry.quarters,
        HoursEntry.kind,
        sa.func.coalesce(HoursEntry.reason, ""),
        HourlyRate.cents,
    )
    statement = (
        sa.select(*columns)
        .select_from(HoursEntry)
        .join(Person, Person.id == HoursEntry.person_id)
        .join(Offer, Offer.id == HoursEntry.offer_id)
        .outerjoin(Client, Client.id == Offer.client_id)
        .outerjoin(HourlyRate, rate_holds())
        .where(*in_year(year))
        .order_by(HoursEntry.id)
    )
    if limit is not None:
        statement = statement.where(HoursEntry.id.in_(newest))
    for row in session.execute(statement, execution_options={"yield_per": AT_ONCE}):
        yield EntryLine(*tuple(row))


def count_entries(session: Session, year: int) -> int:
    """How many there are."""
    return session.scalar(sa.select(sa.func.count()).select_from(HoursEntry).where(*in_year(year))) or 0
