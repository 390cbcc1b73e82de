"""Which offers a report is about, and what they are grouped by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.offers.models import Offer, OfferCategory, OriginKind, Outcome, TeamMember
from bot.people.models import Person
from bot.reports.shape import DECEMBER, By, ColumnKind, ReportQuery, Term, Text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.reports.sums import Expression

Key = Any
OUTCOMES = (Outcome.WON, Outcome.LOST, Outcome.NO_GO, Outcome.ABANDONED, Outcome.OPEN)
_Parent = aliased(Client)


def offers_of(query: ReportQuery, company: Company) -> list[Expression]:
    """The conditions on an offer, beside those of the year."""
    conditions: list[Expression] = []
    if query.client is not None:
        below = sa.select(Client.id).where(Client.path_ids.like(f"%/{query.client}/%"))
        conditions.append(Offer.client_id.in_(below))
    if query.sales_lead is not None:
        conditions.append(Offer.owner_id == query.sales_lead)
    if query.category is not None:
        of_value = sa.select(OfferCategory.offer_id).where(
            OfferCategory.axis == first_axis(company), OfferCategory.value == query.category
        )
        conditions.append(Offer.id.in_(of_value))
    if query.person is not None:
        teams = sa.select(TeamMember.offer_id).where(TeamMember.person_id == query.person)
        conditions.append(sa.or_(Offer.owner_id == query.person, Offer.id.in_(teams)))
    return conditions


def first_axis(company: Company) -> str:
    """The code of the axis that categories are of; empty without one."""
    return company.lists.axes[0].code if company.lists.axes else ""


def in_local_days(days: tuple[date, date] | None, moment: Any, company: Company) -> tuple[Expression, ...]:  # noqa: ANN401
    """The condition that a moment lies in a period of the company's days, its first and last day included; none for
    None.
    """
    if days is None:
        return ()
    zone = ZoneInfo(company.holidays.time_zone)
    begins = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (days[0], days[1] + timedelta(days=1)))
    first, after = begins
    return moment >= first, moment < after


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How offers are grouped. ``key``: what is grouped by; ``join`` adds what the key needs to a select from offers;
    ``names`` gives every key's name, ``order`` its place where names say nothing about it.
    """

    by: By
    key: Expression
    join: Callable[[Any], Any]
    names: Mapping[Key, Text | date]
    order: Mapping[Key, int]
    none: Term
    """The name of those without one."""

    @property
    def kind(self) -> ColumnKind:
        """Of the naming column."""
        return ColumnKind.MONTH if self.by is By.MONTH else ColumnKind.TEXT

    def name(self, key: Key) -> Text | date:
        """A group as people know it."""
        if key is None or key == "":
            return self.none
        if self.by is By.MONTH:
            return date(int(key) // 100, int(key) % 100, 1)
        return self.names.get(key) or str(key)


def _same(statement: Any) -> Any:  # noqa: ANN401
    return statement


def breakdown(
    session: Session,
    by: By,
    company: Company,
    *,
    day: Any = None,  # noqa: ANN401  a column
    moment: Any = None,  # noqa: ANN401  a column
    lead: Any = None,  # noqa: ANN401  a column
) -> Breakdown:
    """The grouping by ``by``; ``day``: the column whose month or year counts, or ``moment``: one whose month or year in
    the company's time zone does. ``lead``: another column than the offer's owner for the person who sells.
    """
    none = Term(f"reports.none_{by.value}")
    key, join = _key(by, company, day, lead)
    if moment is not None and by in {By.MONTH, By.YEAR}:
        key = _local(session, by, company, moment)
    names, order = _names(session, by, company)
    return Breakdown(by, key, join, names, order, none)


def _key(by: By, company: Company, day: Any, lead: Any) -> tuple[Expression, Callable[[Any], Any]]:  # noqa: ANN401
    if by in {By.MONTH, By.YEAR}:
        year = sa.extract("year", day)
        return (year * 100 + sa.extract("month", day) if by is By.MONTH else year), _same
    if by in {By.CLIENT, By.ENTITY}:
        return _client_key(by)
    if by is By.CATEGORY:
        here = sa.and_(OfferCategory.offer_id == Offer.id, OfferCategory.axis == first_axis(company))
        return OfferCategory.value.expression, lambda statement: statement.outerjoin(OfferCategory, here)
    columns: dict[By, Any] = {
        By.STAGE: Offer.stage,
        By.SALES_LEAD: Offer.owner_id if lead is None else lead,
        By.OUTCOME: sa.type_coerce(Offer.outcome, sa.String()),
        By.ORIGIN: sa.type_coerce(Offer.origin, sa.String()),
        By.CAMPAIGN: Offer.campaign,
        By.OFFER: Offer.id,
    }
    return columns[by], _same


def _local(session: Session, by: By, company: Company, moment: Any) -> Expression:  # noqa: ANN401  a column
    """The month (``202612``) or the year of a moment as the company's clocks show it: the databases know no time zones
    alike, so each month that there is has a branch of its own.
    """
    first, last = session.execute(sa.select(sa.func.min(moment), sa.func.max(moment))).one()
    if first is None:
        return sa.literal(0)
    zone = ZoneInfo(company.holidays.time_zone)
    begin, end = first.astimezone(zone), last.astimezone(zone)
    last_of_all = end.year * 12 + end.month - 1
    branches = []
    for number in range(begin.year * 12 + begin.month - 1, last_of_all + 1):
        if by is By.YEAR and number % 12 + 1 != DECEMBER and number != last_of_all:
            continue  # Of a year its last month is enough.
        year, month = divmod(number, 12)
        after = datetime((number + 1) // 12, (number + 1) % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
        branches.append((moment < after, year * 100 + month + 1 if by is By.MONTH else year))
    return sa.case(*branches)


def _client_key(by: By) -> tuple[Expression, Callable[[Any], Any]]:
    """The group at the root, or the second level, of a tree of three."""
    department = Client.level == Level.DEPARTMENT
    if by is By.CLIENT:
        key: Expression = sa.func.coalesce(_Parent.parent_id, Client.parent_id, Client.id)
    else:
        key = sa.case((department, Client.parent_id), else_=Client.id)

    def join(statement: Any) -> Any:  # noqa: ANN401
        joined = statement.outerjoin(Client, Client.id == Offer.client_id)
        return joined.outerjoin(_Parent, _Parent.id == Client.parent_id) if by is By.CLIENT else joined

    return key, join


def _names(session: Session, by: By, company: Company) -> tuple[Mapping[Key, Text], Mapping[Key, int]]:
    if by in {By.CLIENT, By.ENTITY}:
        top = sa.select(Client.id, Client.name).where(Client.level.in_((Level.CLIENT, Level.ENTITY)))
        return {row.id: row.name for row in session.execute(top)}, {}
    if by in {By.SALES_LEAD, By.PERSON}:
        return {row.id: row.name for row in session.execute(sa.select(Person.id, Person.name))}, {}
    if by is By.CATEGORY:
        return dict(categories(company)), {}
    if by is By.ORIGIN:
        return {one.value: Term(f"record.origin_{one.value}") for one in OriginKind}, {}
    fixed: Mapping[Key, Text] = {}
    if by is By.STAGE:
        fixed = {one.code: one.label for one in company.stages.stage}
    elif by is By.OUTCOME:
        fixed = {one.value: Term(f"words.outcome_{one.value}") for one in OUTCOMES}
    return fixed, {key: place for place, key in enumerate(fixed)}


def categories(company: Company) -> Mapping[str, Any]:
    """The labels of the first axis by code."""
    axes = company.lists.axes
    return {value.code: value.label for value in axes[0].values} if axes else {}
