"""What the hours report reads: a handful of statements, whatever the number of entries.

One statement adds up all entries of the period as finely as the grouping needs (by offer, by person and outcome, or by
year and outcome); the rest is names. Nothing here changes anything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.decisions.models import Evaluation
from bot.hours.models import HourlyRate, HoursEntry, HoursWeek
from bot.hours.rules import DAYS
from bot.offers.models import Offer, OfferCategory, Outcome
from bot.people.models import Person
from bot.reports.figures import NOTHING, ByOutcome, Grouping, Spent, together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from bot.config.models import Company

ALL_YEARS = 0
FIRST_YEAR, LAST_YEAR = 2000, 2199
Key = int | str | None
Named = tuple[Key, str]
Conditions = tuple[sa.ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group. ``key``: the id of a client or a person, a code, a year; None: the offers that have none.

    ``name``: as people know it; that of a category is its code.
    """

    key: Key
    name: str
    spent: ByOutcome

    @property
    def whole(self) -> Spent:
        """Whatever the outcome."""
        return together(self.spent.values())


@dataclass(frozen=True, slots=True)
class OfferSpent:
    """One offer with hours in the period. ``ever``: since its beginning; ``planned`` hours None: nobody planned."""

    offer_id: int
    number: str
    title: str
    outcome: Outcome
    client: str
    spent: Spent
    ever: Spent
    planned: Decimal | None


@dataclass(frozen=True, slots=True)
class HoursReport:
    """Hours and cost of one year, or of all (``year`` 0), by outcome and by one grouping: most hours first, but the
    newest year first. ``lines`` is empty where ``offers`` are listed.
    """

    year: int
    grouping: Grouping
    outcomes: ByOutcome
    lines: tuple[GroupLine, ...] = ()
    offers: tuple[OfferSpent, ...] = ()

    @property
    def whole(self) -> Spent:
        """All of it."""
        return together(self.outcomes.values())


@dataclass(slots=True)
class _Groups:
    """Groups while they fill."""

    spent: dict[Key, ByOutcome] = field(default_factory=lambda: defaultdict(dict))
    names: dict[Key, str] = field(default_factory=dict)

    def add(self, named: Named, outcome: Outcome, spent: Spent) -> None:
        key, name = named
        group = self.spent[key]
        group[outcome] = group.get(outcome, NOTHING) + spent
        self.names.setdefault(key, name)

    def lines(self) -> tuple[GroupLine, ...]:
        made = (GroupLine(key, self.names[key], spent) for key, spent in self.spent.items())
        return tuple(sorted(made, key=lambda line: (-line.whole.quarters, line.name.casefold(), str(line.key))))


def hours_report(
    session: Session, grouping: Grouping, year: int, company: Company, only: Sequence[sa.ColumnElement[bool]] = ()
) -> HoursReport:
    """The report by one grouping that is about hours; ``year`` 0: all years. ``only``: conditions on an entry."""
    where = (*in_year(year), *only)
    if grouping is Grouping.OFFER:
        offers = offers_spent(session, year, only)
        return HoursReport(year, grouping, _by_outcome(offers), offers=offers)
    groups = GROUPS[grouping](session, where, company)
    lines = groups.lines()
    if grouping is Grouping.YEAR:
        lines = tuple(sorted(lines, key=lambda line: line.name, reverse=True))
    outcomes: ByOutcome = {}
    for line in lines:
        for outcome, spent in line.spent.items():
            outcomes[outcome] = outcomes.get(outcome, NOTHING) + spent
    return HoursReport(year, grouping, outcomes, lines)


def _by_outcome(offers: tuple[OfferSpent, ...]) -> ByOutcome:
    outcomes: ByOutcome = {}
    for one in offers:
        outcomes[one.outcome] = outcomes.get(one.outcome, NOTHING) + one.spent
    return outcomes


def rate_holds() -> sa.ColumnElement[bool]:
    """Which rate an entry has: its person's, valid on the first day of its part of the week."""
    return sa.and_(
        HourlyRate.person_id == HoursEntry.person_id,
        HourlyRate.valid_from <= HoursEntry.part_on,
        sa.or_(HourlyRate.valid_to.is_(None), HourlyRate.valid_to >= HoursEntry.part_on),
    )


def in_year(year: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition on an entry; none for all years."""
    if year == ALL_YEARS:
        return ()
    return (HoursEntry.part_on >= date(year, 1, 1), HoursEntry.part_on <= date(year, 12, 31))


def _summed(where: Conditions, *by: Any) -> sa.Select[*tuple[Any, ...]]:  # noqa: ANN401  columns
    """The columns of ``by``, then quarters, quarters times cents, and quarters without a rate, of the entries that
    meet the conditions.

    All quarter hours times cents do not fit 32 bits, in which PostgreSQL would multiply.
    """
    quarters = HoursEntry.quarters
    parts = sa.func.coalesce(sa.func.sum(sa.cast(quarters, sa.BigInteger) * HourlyRate.cents), 0)
    unrated = sa.func.sum(sa.case((HourlyRate.id.is_(None), quarters), else_=0))
    return (
        sa.select(*by, sa.func.sum(quarters), parts, unrated)
        .select_from(HoursEntry)
        .outerjoin(HourlyRate, rate_holds())
        .where(*where)
        .group_by(*by)
    )


def _spent(quarters: Any, parts: Any, unrated: Any) -> Spent:  # noqa: ANN401  PostgreSQL's large sums are decimals
    return Spent(int(quarters), int(parts), int(unrated))


def _by_person(session: Session, where: Conditions, _company: Company) -> _Groups:
    statement = _summed(where, HoursEntry.person_id, Offer.outcome).join(Offer, Offer.id == HoursEntry.offer_id)
    names = {row.id: row.name for row in session.execute(sa.select(Person.id, Person.name))}
    groups = _Groups()
    for person_id, outcome, *sums in session.execute(statement):
        groups.add((person_id, names[person_id]), outcome, _spent(*sums))
    return groups


def _by_year(session: Session, where: Conditions, _company: Company) -> _Groups:
    year_of = sa.extract("year", HoursEntry.part_on)
    statement = _summed(where, year_of, Offer.outcome).join(Offer, Offer.id == HoursEntry.offer_id)
    groups = _Groups()
    for number, outcome, *sums in session.execute(statement):
        groups.add((int(number), str(int(number))), outcome, _spent(*sums))
    return groups


def _by_client(session: Session, where: Conditions, _company: Company) -> _Groups:
    return _by_level(session, where, 1)


def _by_entity(session: Session, where: Conditions, _company: Company) -> _Groups:
    return _by_level(session, where, 2)


def _by_level(session: Session, where: Conditions, levels: int) -> _Groups:
    """By the client so many levels down the tree, or the lowest there is above."""
    named_clients = sa.select(Client.id, Client.name).where(Client.level.in_((Level.CLIENT, Level.ENTITY)))
    names = {row.id: row.name for row in session.execute(named_clients)}
    statement = sa.select(Offer.id, Offer.outcome, Client.path_ids).outerjoin(Client, Client.id == Offer.client_id)

    def named(path_ids: str | None) -> Named:
        if not path_ids:
            return None, ""
        client_id = int(path_ids.strip("/").split("/")[:levels][-1])
        return client_id, names[client_id]

    return _by_kind(session, where, statement, named)


def _by_category(session: Session, where: Conditions, company: Company) -> _Groups:
    """By the value on the first axis; a company without axes has no categories."""
    axis = company.lists.axes[0].code if company.lists.axes else ""
    here = sa.and_(OfferCategory.offer_id == Offer.id, OfferCategory.axis == axis)
    statement = sa.select(Offer.id, Offer.outcome, OfferCategory.value).outerjoin(OfferCategory, here)
    return _by_kind(session, where, statement, lambda value: (value, value or ""))


def _by_kind(
    session: Session, where: Conditions, statement: sa.Select[int, Outcome, Any], named: Callable[[str | None], Named]
) -> _Groups:
    """By what ``statement`` says in its third column about each offer with hours, beside its id and outcome."""
    groups, spent = _Groups(), _spent_on_offers(session, where)
    for offer_id, outcome, kind in session.execute(statement.where(_has_entries(where))):
        groups.add(named(kind), outcome, spent[offer_id])
    return groups


GROUPS: dict[Grouping, Callable[[Session, Conditions, Company], _Groups]] = {
    Grouping.CLIENT: _by_client,
    Grouping.ENTITY: _by_entity,
    Grouping.PERSON: _by_person,
    Grouping.CATEGORY: _by_category,
    Grouping.YEAR: _by_year,
}


def _spent_on_offers(session: Session, where: Conditions) -> dict[int, Spent]:
    rows = session.execute(_summed(where, HoursEntry.offer_id))
    return {row[0]: _spent(*row[1:]) for row in rows}


def _has_entries(where: Conditions) -> sa.ColumnElement[bool]:
    return sa.exists().where(HoursEntry.offer_id == Offer.id, *where).correlate(Offer)


def planned_hours() -> tuple[sa.ColumnElement[Decimal | None], sa.ColumnElement[bool]]:
    """What an offer's preparation was planned to take, and how the newest evaluation is joined for it (outer)."""
    newest = sa.select(sa.func.max(Evaluation.version)).where(Evaluation.offer_id == Offer.id).correlate(Offer)
    estimate = sa.and_(
        Evaluation.offer_id == Offer.id, Evaluation.version == newest.scalar_subquery(), Evaluation.version > 0
    )
    return sa.func.coalesce(Offer.planned_hours, Evaluation.effort_hours), estimate


def offers_spent(session: Session, year: int, only: Sequence[sa.ColumnElement[bool]] = ()) -> tuple[OfferSpent, ...]:
    """Every offer with hours in the period, most hours first: planned against spent. ``only``: conditions on an entry;
    what was ever spent is everybody's.
    """
    where = (*in_year(year), *only)
    spent = _spent_on_offers(session, where)
    ever = _spent_ever(session, where) if where else spent
    planned, estimate = planned_hours()
    known = (Offer.id, Offer.number, Offer.external_reference, Offer.title, Offer.outcome, Client.path)
    columns = (*known, planned.label("planned"))
    statement = (
        sa.select(*columns)
        .outerjoin(Evaluation, estimate)
        .outerjoin(Client, Client.id == Offer.client_id)
        .where(_has_entries(where))
    )
    made = (
        OfferSpent(
            offer_id=row.id,
            number=row.number or row.external_reference or "",
            title=row.title,
            outcome=row.outcome,
            client=row.path or "",
            spent=spent[row.id],
            ever=ever[row.id],
            planned=row.planned,
        )
        for row in session.execute(statement)
    )
    return tuple(sorted(made, key=lambda one: (-one.spent.quarters, one.number, one.offer_id)))


def _spent_ever(session: Session, where: Conditions) -> dict[int, Spent]:
    """Since their beginning, of the offers with such hours."""
    touched = sa.select(HoursEntry.offer_id).where(*where).correlate(None)
    return _spent_on_offers(session, (HoursEntry.offer_id.in_(touched),))


def years_with_hours(session: Session) -> tuple[int, int] | None:
    """The years of the first and the last week that anybody was asked about or answered; None while there is none."""
    first = session.scalar(sa.select(sa.func.min(HoursWeek.week_on)))
    last = session.scalar(sa.select(sa.func.max(HoursWeek.week_on)))
    return (first.year, (last + timedelta(days=DAYS - 1)).year) if first is not None and last is not None else None
