"""Every figure of the report, equal to the cent with what plain Python counts from the raw rows."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot import config
from bot.offers.models import Outcome
from bot.reports.figures import Grouping, Spent, all_for_nothing_per_won, lost_per_won
from bot.reports.hours import ALL_YEARS, HoursReport, hours_report, offers_spent, years_with_hours
from bot.reports.missing import missing_weeks
from tests.unit.reports.history import NOW, History, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bot.config.models import Company
    from bot.database import Database

COMPANY = config.default()
YEARS = (ALL_YEARS, 2025, 2026, 2027, 2031)
SEEDS = (1, 2)


@pytest.fixture(params=SEEDS)
def history(request: pytest.FixtureRequest, database: Database) -> History:
    return database.write_now(lambda session: make(session, request.param))


def three(spent: Spent) -> list[Fraction]:
    """Hours, cost, hours without a rate."""
    return [Fraction(spent.hours), Fraction(spent.cost), Fraction(spent.unrated_hours)]


def of_report(found: HoursReport) -> dict[tuple[object, str], list[Fraction]]:
    return {(line.name, outcome.value): three(spent) for line in found.lines for outcome, spent in line.spent.items()}


def report_of(database: Database, grouping: Grouping, year: int) -> HoursReport:
    return database.read_now(lambda session: hours_report(session, grouping, year, COMPANY))


def keys(history: History) -> dict[Grouping, Callable[[int, int, date], object]]:
    def client(offer_id: int, level: int) -> str:
        named = history.clients.get(history.offers[offer_id]["client_id"])
        return named[level] if named else ""

    return {
        Grouping.CLIENT: lambda _person, offer, _part: client(offer, 0),
        Grouping.ENTITY: lambda _person, offer, _part: client(offer, 1),
        Grouping.PERSON: lambda person, _offer, _part: history.people[person],
        Grouping.CATEGORY: lambda _person, offer, _part: history.offers[offer]["category"] or "",
        Grouping.YEAR: lambda _person, _offer, part: str(part.year),
    }


def test_every_grouping_of_every_year_is_what_the_entries_say(database: Database, history: History) -> None:
    assert COMPANY.lists.axes[0].code == "product"
    assert any(cents is None for cents in (history.cents(one[0], one[2]) for one in history.entries))
    for grouping, key in keys(history).items():
        for year in YEARS:
            found = report_of(database, grouping, year)
            assert of_report(found) == history.counted(year, key), (grouping, year)
            by_outcome = history.counted(year, lambda *_entry: "")
            assert {("", one.value): three(spent) for one, spent in found.outcomes.items()} == by_outcome
            assert sum((three(spent)[0] for spent in found.outcomes.values()), Fraction(0)) == Fraction(
                found.whole.hours
            )


def test_the_ratios_are_what_the_entries_say(database: Database, history: History) -> None:
    for year in YEARS:
        found = report_of(database, Grouping.CLIENT, year)
        hours = {outcome: sums[0] for (_key, outcome), sums in history.counted(year, lambda *_entry: "").items()}
        won, lost = hours.get("won", Fraction(0)), hours.get("lost", Fraction(0))
        nothing = lost + hours.get("no_go", Fraction(0)) + hours.get("abandoned", Fraction(0))
        if not won:
            assert all_for_nothing_per_won(found.outcomes) is None
            assert lost_per_won(found.outcomes) is None
        else:
            assert float(all_for_nothing_per_won(found.outcomes) or 0) == pytest.approx(float(nothing / won))
            assert float(lost_per_won(found.outcomes) or 0) == pytest.approx(float(lost / won))


def test_planned_and_spent_of_every_offer_are_what_the_rows_say(database: Database, history: History) -> None:
    whole = history.counted(ALL_YEARS, lambda _person, offer, _part: offer)
    for year in YEARS:
        found = database.read_now(partial(offers_spent, year=year))
        counted = history.counted(year, lambda _person, offer, _part: offer)
        assert {(one.offer_id, one.outcome.value): three(one.spent) for one in found} == counted
        for one in found:
            offer = history.offers[one.offer_id]
            assert three(one.ever) == whole[one.offer_id, one.outcome.value]
            assert (one.number, one.outcome, one.planned) == (offer["number"], offer["outcome"], offer["planned"])
        report = report_of(database, Grouping.OFFER, year)
        assert report.offers == found
        assert {one.value for one in report.outcomes} == {outcome for _key, outcome in counted}


def test_who_is_missing_which_week_is_what_the_rows_say(database: Database, history: History) -> None:
    expected = {year: history.missing(year) for year in YEARS}
    assert expected[ALL_YEARS]
    for year in YEARS:
        found = database.read_now(partial(missing_weeks, year=year, now=NOW, company=COMPANY))
        assert {(one.person_id, one.week_on): one.offers for one in found} == expected[year], year
        assert list(found) == sorted(found, key=lambda one: (one.person, one.week_on))
        for one in found:
            # Week 1 of 2027 is open until 5 February; December's until the fifth working day of January, 8 January.
            assert one.locked == (one.week_on.isoformat() < "2026-12-28"), one


def test_nobody_is_missing_in_a_week_that_nobody_works(database: Database, history: History) -> None:
    assert history.missing(ALL_YEARS)

    def missing(company: Company) -> set[tuple[int, date]]:
        found = database.read_now(partial(missing_weeks, year=ALL_YEARS, now=NOW, company=company))
        return {(one.person_id, one.week_on) for one in found}

    before = missing(COMPANY)
    closed = max(week_on for _person, week_on in before)
    days = tuple(closed + timedelta(days=number) for number in range(5))
    holidays = COMPANY.holidays.model_copy(update={"extra": (*COMPANY.holidays.extra, *days)})
    after = missing(COMPANY.model_copy(update={"holidays": holidays}))
    assert before - after == {one for one in before if one[1] == closed}
    # One day that is worked is enough to be asked about.
    nearly = COMPANY.holidays.model_copy(update={"extra": (*COMPANY.holidays.extra, *days[1:])})
    assert missing(COMPANY.model_copy(update={"holidays": nearly})) == before


def test_the_years_are_those_with_hours(database: Database, history: History) -> None:
    assert {part_on.year for _person, _offer, part_on, _quarters in history.entries} == {2025, 2026, 2027}
    assert database.read_now(years_with_hours) == (2025, 2027)


def test_an_empty_company_has_an_empty_report(database: Database) -> None:
    for grouping in keys(History()):
        found = report_of(database, grouping, ALL_YEARS)
        assert (found.outcomes, found.lines, found.whole) == ({}, (), Spent())
    assert database.read_now(lambda session: offers_spent(session, 2026)) == ()
    assert database.read_now(lambda session: missing_weeks(session, 2026, NOW, COMPANY)) == ()
    assert database.read_now(years_with_hours) is None
    assert set(Outcome) == {Outcome(one) for one in ("won", "lost", "no_go", "abandoned", "open")}
