"""The hours report and the hourly rates, as views."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.hours import rates
from bot.people.service import today_of
from bot.reports.contents import categories
from bot.reports.figures import ORDER, Grouping, all_for_nothing_per_won, lost_per_won
from bot.reports.hours import ALL_YEARS, hours_report, years_with_hours
from bot.reports.missing import missing_weeks
from cards.views.reader import Money
from cards.views.reports import (
    GroupRow,
    HoursReportView,
    MissingReportView,
    MissingRow,
    OutcomeLine,
    RateRow,
    RatesView,
)
from cards.words import Outcome

if TYPE_CHECKING:
    from bot.reports.figures import Spent
    from bot.reports.hours import GroupLine, HoursReport, OfferSpent
    from bot.reports.missing import MissingWeek
    from bot.teams.context import Turn

ROWS = 10
PEOPLE, WEEKS = 12, 6
"""People on a card, and weeks named of each."""
RATES = 8
SWITCHES = 5
TITLE_LIMIT = 60


def report_view(turn: Turn, grouping: Grouping, year: int) -> HoursReportView:
    """One breakdown of one year (0: all); rows without hours are left out."""
    report = hours_report(turn.session, grouping, year, turn.company)
    whole, currency = report.whole, turn.company.rules.hours.currency
    rated = whole.parts != 0 or whole.unrated != whole.quarters

    def cost(spent: Spent) -> Money | None:
        return Money(spent.cost, currency) if rated else None

    labels = categories(turn.company, turn.person.language) if grouping is Grouping.CATEGORY else {}
    rows = [_group(line, labels.get(line.name, line.name), cost(line.whole)) for line in report.lines]
    rows += [_offer(one, cost(one.spent)) for one in report.offers]
    rows = [row for row in rows if row.hours]
    return HoursReportView(
        year=year,
        grouping=grouping.value,
        groupings=_others(grouping),
        years=_other_years(turn, year),
        hours=whole.hours,
        cost=cost(whole),
        unrated=whole.unrated_hours,
        outcomes=_outcomes(report, currency, rated=rated),
        rows=tuple(rows[:ROWS]),
        hidden=max(len(rows) - ROWS, 0),
        nothing_per_won=all_for_nothing_per_won(report.outcomes),
        lost_per_won=lost_per_won(report.outcomes),
    )


def _outcomes(report: HoursReport, currency: str, *, rated: bool) -> tuple[OutcomeLine, ...]:
    found = ((outcome, report.outcomes[outcome]) for outcome in ORDER if outcome in report.outcomes)
    return tuple(
        OutcomeLine(
            outcome=Outcome(outcome.value), hours=spent.hours, cost=Money(spent.cost, currency) if rated else None
        )
        for outcome, spent in found
    )


def _group(line: GroupLine, name: str, cost: Money | None) -> GroupRow:
    parts = tuple((Outcome(one.value), line.spent[one].hours) for one in ORDER if one in line.spent)
    return GroupRow(name=name, hours=line.whole.hours, cost=cost, parts=parts)


def _offer(one: OfferSpent, cost: Money | None) -> GroupRow:
    own = Outcome(one.outcome.value)
    return GroupRow(
        name=" ".join(part for part in (one.number, one.title) if part),
        hours=one.spent.hours,
        cost=cost,
        parts=((own, one.spent.hours),),
        outcome=own,
        ever=one.ever.hours,
        planned=one.planned,
    )


def _others(grouping: Grouping) -> tuple[str, ...]:
    return tuple(one.value for one in Grouping if one is not grouping)


def _other_years(turn: Turn, year: int) -> tuple[int, ...]:
    """All, and the newest ones with hours; not the one that is shown."""
    known = years_with_hours(turn.session)
    years = range(known[1], known[0] - 1, -1) if known is not None else ()
    return tuple(one for one in (ALL_YEARS, *years) if one != year)[:SWITCHES]


def missing_view(turn: Turn, year: int) -> MissingReportView:
    """Who is missing which week: those who miss most first."""
    found = missing_weeks(turn.session, year, turn.now, turn.company)
    by_person: dict[int, list[MissingWeek]] = defaultdict(list)
    for one in found:
        by_person[one.person_id].append(one)
    people = sorted(by_person.values(), key=lambda weeks: -len(weeks))
    return MissingReportView(
        year=year,
        groupings=_others(Grouping.MISSING),
        years=_other_years(turn, year),
        rows=tuple(_missing(weeks) for weeks in people[:PEOPLE]),
        hidden=max(len(people) - PEOPLE, 0),
        weeks=len(found),
    )


def _missing(weeks: list[MissingWeek]) -> MissingRow:
    return MissingRow(
        name=weeks[0].person,
        weeks=tuple(one.week_on for one in weeks[-WEEKS:]),
        hidden=max(len(weeks) - WEEKS, 0),
        locked=sum(one.locked for one in weeks),
    )


def rates_view(turn: Turn, page: int, withdrawn: int | None = None) -> RatesView:
    """One page of the rates; the last one when there are fewer."""
    found = rates.listed(turn.session, turn.person, turn.now)
    pages = max(1, -(-len(found) // RATES))
    page = min(page, pages - 1)
    currency = turn.company.rules.hours.currency
    rows = (
        RateRow(
            id=one.rate_id,
            name=one.person,
            amount=Money(one.amount, currency),
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        for one in found[page * RATES : (page + 1) * RATES]
    )
    return RatesView(rows=tuple(rows), page=page, pages=pages, withdrawn=withdrawn)


def this_year(turn: Turn) -> int:
    """The year it is where the person is."""
    return today_of(turn.person, turn.now).year
