"""Every report about offers, equal to the cent with what plain Python counts from the raw rows of random histories."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import config
from bot.offers.models import Offer, Outcome
from bot.quotes.models import Quote
from bot.reports.catalogue import kind_of, run
from bot.reports.shape import Amount, By, ColumnKind, Report, ReportQuery
from bot.reports.wording import value
from bot.tenders.models import Tender
from cards.texts import texts
from cards.words import Language
from tests.unit.reports.business import ALL, TODAY, Business, Fact, closed, make_business, pipeline, stays
from tests.unit.reports.history import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

    from bot.database import Database

COMPANY = config.default()
ENGLISH = texts("en")
PARIS = ZoneInfo("Europe/Paris")
LABELS = {one.code: one.label.en for one in COMPANY.lists.axes[0].values}
STAGES = {one.code: one.label.en for one in COMPANY.stages.stage}
random_histories = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SEED = st.integers(0, 2**32)
YEARS = (0, 2026, 2027)


class DoneError(Exception):
    """The example was looked at; its rows go with the transaction."""


def looked_at(database: Database, seed: int, look: Callable[[Session, Business], None]) -> None:
    """Make a business, look at it, and leave nothing."""

    def work(session: Session) -> None:
        look(session, make_business(session, seed))
        raise DoneError

    with pytest.raises(DoneError):
        database.write_now(work)


def ask(session: Session, code: str, query: ReportQuery) -> Report:
    return run(session, kind_of(code), query, COMPANY, NOW)


def number(cell: object) -> Fraction | None:
    if cell is None:
        return None
    assert isinstance(cell, Amount | int | Decimal), cell
    return Fraction(cell.value) if isinstance(cell, Amount) else Fraction(cell)


def by_name(found: Report) -> dict[tuple[Any, str], dict[str, Fraction | None]]:
    """Name and currency to the numbers of the row, by column."""
    made: dict[tuple[Any, str], dict[str, Fraction | None]] = {}
    codes = [column.code for column in found.columns]
    for row in found.rows:
        cells = dict(zip(codes, row, strict=True))
        numbers = {
            column.code: number(cells[column.code])
            for column in found.columns
            if column.kind not in {ColumnKind.TEXT, ColumnKind.DATE, ColumnKind.MONTH}
        }
        amounts = {cell.currency for code, cell in cells.items() if isinstance(cell, Amount) and "cost" not in code}
        assert amounts <= {cells.get("currency")}
        key = value(row[0], Language.EN), str(cells.get("currency", ""))
        assert key not in made
        made[key] = numbers
    return made


def names(business: Business) -> dict[By, Callable[[Fact], Any]]:
    """What each breakdown calls an offer's group."""
    people = business.history.people
    return {
        By.STAGE: lambda one: STAGES[one.stage],
        By.SALES_LEAD: lambda one: people[one.owner],
        By.CLIENT: lambda one: one.client[0] or ENGLISH("reports.none_client"),
        By.ENTITY: lambda one: one.client[1] or ENGLISH("reports.none_entity"),
        By.CATEGORY: lambda one: LABELS[one.category] if one.category else ENGLISH("reports.none_category"),
        By.OUTCOME: lambda one: ENGLISH(f"words.outcome_{one.outcome.value}"),
    }


def queries(business: Business) -> list[tuple[ReportQuery, Callable[[Fact], bool]]]:
    """Narrowed in each way, and what it leaves."""
    history = business.history
    person = next(iter(history.people))
    client = next(iter(history.clients))
    root = history.clients[client][0]
    return [
        (ReportQuery(), lambda _one: True),
        (ReportQuery(client=client), lambda one: one.client[0] == root),
        (ReportQuery(sales_lead=person), lambda one: one.owner == person),
        (ReportQuery(person=person), lambda one: person in one.people),
        (ReportQuery(category="thermal"), lambda one: one.category == "thermal"),
    ]


def in_year(day: date | None, year: int) -> bool:
    return not year or (day is not None and day.year == year)


@random_histories
@given(SEED)
def test_pipeline_and_portfolio_weigh_each_offer_as_its_card_does(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        ways: dict[By, Callable[[Fact], Any]] = names(business) | {
            By.MONTH: lambda one: one.closing_on.replace(day=1) if one.closing_on else ENGLISH("reports.none_month")
        }
        for query, kept in queries(business):
            offers = [one for one in business.offers if kept(one)]
            for year in YEARS:
                for code, by in (("pipeline", By.MONTH), ("portfolio", By.STAGE), ("portfolio", By.SALES_LEAD)):
                    asked = ReportQuery(year, query.client, query.sales_lead, query.category, query.person, by)
                    found = ask(session, code, asked)
                    day = "closing_on" if code == "pipeline" else "opened_on"
                    of_year = [one for one in offers if in_year(getattr(one, day), year)]
                    expected = pipeline(of_year, ways[by])
                    said = by_name(found)
                    assert {key: [said[key][name] for name in ALL] for key in said} == expected, asked
                    _check_totals(found, expected.values(), "amount", ALL.index("amount"))

    looked_at(database, seed, look)


def _check_totals(found: Report, expected: Iterable[list[Fraction]], code: str, place: int) -> None:
    """The totals of all currencies are what the rows add up to."""
    rows = list(expected)
    amounts = [row[found.place(code)] for row in found.totals]
    whole = sum((number(cell) or Fraction(0) for cell in amounts if cell is not None), Fraction(0))
    assert whole == sum((row[place] for row in rows), Fraction(0))
    if found.totals:
        assert found.totals[0][found.place("offers")] == sum(row[0] for row in rows)


@random_histories
@given(SEED)
def test_closed_offers_and_win_rates_are_what_the_offers_say(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        ways = names(business)
        for query, kept in queries(business):
            offers = [one for one in business.offers if kept(one)]
            for year in YEARS:
                of_year = [one for one in offers if in_year(one.ended_on, year)]
                for by in ways:
                    asked = ReportQuery(year, query.client, query.sales_lead, query.category, query.person, by)
                    expected = closed(of_year, ways[by])
                    _check_closed(by_name(ask(session, "closed", asked)), expected)
                    if by in kind_of("success").breakdowns:
                        _check_success(by_name(ask(session, "success", asked)), expected)

    looked_at(database, seed, look)


def _check_closed(said: dict[Any, dict[str, Any]], expected: dict[Any, dict[str, Fraction]]) -> None:
    assert said.keys() == expected.keys()
    for key, numbers in said.items():
        for column, found in numbers.items():
            assert found == expected[key][column], (key, column)


def _check_success(said: dict[Any, dict[str, Any]], expected: dict[Any, dict[str, Fraction]]) -> None:
    assert said.keys() == expected.keys()
    for key, numbers in said.items():
        own = expected[key]
        for code, part, other in (
            ("win_rate", "offers_won", "offers_lost"),
            ("win_rate_amount", "worth_won", "worth_lost"),
        ):
            whole = own[part] + own[other]
            _close(numbers[code], 100 * own[part] / whole if whole else None)
        for code in ("offers_won", "offers_lost", "worth_won", "worth_lost", "hours_ever", "cost_ever"):
            assert numbers[code] == own[code]
        same = key[1] == COMPANY.rules.hours.currency
        _close(numbers["cost_per_won"], own["cost_ever"] / own["worth_won"] if same and own["worth_won"] else None)


def _close(found: Fraction | None, expected: Fraction | None) -> None:
    """Divided to 28 digits."""
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert abs(found - expected) <= abs(expected) * Fraction(1, 10**25)


@random_histories
@given(SEED)
def test_origins_and_campaigns_are_what_offers_and_leads_say(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        for year in YEARS:
            for by in (By.ORIGIN, By.CAMPAIGN):
                said = by_name(ask(session, "origins", ReportQuery(year, by=by)))
                assert said.keys() == _expected_origins(business, year, by).keys()
                for key, expected in _expected_origins(business, year, by).items():
                    assert {name: said[key][name] for name in expected} == expected, (year, key)

    looked_at(database, seed, look)


def _expected_origins(business: Business, year: int, by: By) -> dict[Any, dict[str, Fraction]]:
    def name(origin: str, campaign: str | None) -> str:
        if by is By.ORIGIN:
            return ENGLISH(f"record.origin_{origin}")
        return campaign or ENGLISH("reports.none_campaign")

    codes = ("leads", "offers_opened", "offers_won", "offers_lost", "worth_won", "hours_ever", "cost_ever")
    found: dict[Any, dict[str, Fraction]] = defaultdict(lambda: dict.fromkeys(codes, Fraction(0)))
    for one in business.offers:
        if not in_year(one.opened_on, year):
            continue
        cell = found[name(one.origin.value, one.campaign), one.worth_currency]
        cell["offers_opened"] += 1
        cell["offers_won"] += one.outcome is Outcome.WON
        cell["offers_lost"] += one.outcome is Outcome.LOST
        cell["worth_won"] += Fraction(one.worth or 0) if one.outcome is Outcome.WON else 0
        cell["hours_ever"] += one.hours
        cell["cost_ever"] += one.cost
    for lead in business.leads:
        if in_year(lead["created_at"].astimezone(PARIS).date(), year):
            found[name(lead["origin"], lead["campaign"]), lead["currency"]]["leads"] += 1
    return found


@random_histories
@given(SEED)
def test_the_months_of_a_year_are_the_year(database: Database, seed: int) -> None:
    counted = {
        "tenders": ("tenders", "tenders_matched", "tenders_evaluated"),
        "hours": ("hours", "cost", "unrated"),
        "closed": ("offers", "worth"),
        "success": ("offers_won", "offers_lost", "worth_won", "worth_lost"),
        "origins": ("leads", "offers_opened"),
        "decisions": ("decided", "go"),
        "pipeline": ("offers", "amount", "weighted"),
        "portfolio": ("offers", "amount"),
        "stages": ("stays",),
    }

    def sums(session: Session, code: str, query: ReportQuery) -> list[Fraction]:
        found = ask(session, code, query)
        places = [found.place(column) for column in counted[code]]
        return [sum((number(row[place]) or Fraction(0) for row in found.rows), Fraction(0)) for place in places]

    def look(session: Session, _business: Business) -> None:
        for code in counted:
            of_months = [sums(session, code, ReportQuery(2026, month=month)) for month in range(1, 13)]
            whole = [sum(column, Fraction(0)) for column in zip(*of_months, strict=True)]
            assert whole == sums(session, code, ReportQuery(2026)), code

    looked_at(database, seed, look)


@random_histories
@given(SEED)
def test_sent_offers_are_what_the_quotes_say(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        people, owners = business.history.people, {one.id: one.owner for one in business.offers}
        sent = [one for one in session.scalars(sa.select(Quote)) if one.sent_on and one.sent_at and not one.removed_at]
        for query in (ReportQuery(), ReportQuery(2026), ReportQuery(2026, month=5), ReportQuery(2026, month=6)):
            days = query.days or (date.min, date.max)
            within = [one for one in sent if one.sent_on and days[0] <= one.sent_on <= days[1]]
            last = {one.offer_id: one for one in sorted(within, key=lambda one: (one.sent_on, one.id))}
            expected: dict[Any, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
            for one in last.values():
                cell = expected[people[owners[one.offer_id]], one.currency]
                cell[0] += 1
                cell[1] += Fraction(one.price)
            said = by_name(ask(session, "sent", replace(query, by=By.SALES_LEAD)))
            assert {key: [row["offers_sent"], row["submitted"]] for key, row in said.items()} == expected

    looked_at(database, seed, look)


@random_histories
@given(SEED)
def test_tenders_that_came_in_are_what_the_portals_said(database: Database, seed: int) -> None:
    def look(session: Session, _business: Business) -> None:
        evaluated = set(session.scalars(sa.select(Offer.tender_id)))
        tenders = list(session.scalars(sa.select(Tender).order_by(Tender.id)))
        for tender in tenders[::2]:
            tender.matched = True
        for orphan in session.scalars(sa.select(Offer).order_by(Offer.id).limit(3)):
            evaluated.discard(orphan.tender_id)
            orphan.tender_id = None
        session.flush()
        for month in range(13):
            days = ReportQuery(2026, month=month).days
            assert days is not None
            came = [
                one
                for one in tenders
                if days[0] <= (one.published_at or one.first_seen_at).astimezone(PARIS).date() <= days[1]
            ]
            said = list(by_name(ask(session, "tenders", ReportQuery(2026, by=By.MONTH, month=month))).values())
            for code, kept in (
                ("tenders", came),
                ("tenders_matched", [one for one in came if one.matched]),
                ("tenders_evaluated", [one for one in came if one.id in evaluated]),
            ):
                assert sum(row[code] or 0 for row in said) == len(kept), (month, code)

    looked_at(database, seed, look)


@random_histories
@given(SEED)
def test_days_in_stages_are_what_the_steps_say(database: Database, seed: int) -> None:
    columns = ("standing", "stays", "days_median", "days_mean", "days_longest")

    def look(session: Session, business: Business) -> None:
        for query, kept in queries(business):
            for year in YEARS:
                asked = ReportQuery(year, query.client, query.sales_lead, query.category, query.person)
                said = by_name(ask(session, "stages", asked))
                expected = stays([one for one in business.offers if kept(one)], year)
                assert {name for name, _currency in said} == {STAGES[code] for code in expected}
                for code, numbers in expected.items():
                    for column, wanted in zip(columns, numbers, strict=True):
                        _close(said[STAGES[code], ""][column], Fraction(str(wanted)))

    looked_at(database, seed, look)


@random_histories
@given(SEED)
def test_the_time_to_a_decision_is_what_rounds_and_tenders_say(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        people = business.history.people
        for year in YEARS:
            found: dict[str, list[tuple[bool, Fraction | None, Fraction]]] = defaultdict(list)
            for one in business.offers:
                if not one.rounds or not in_year(one.rounds[-1][1].astimezone(PARIS).date(), year):
                    continue
                opened, decided, go = one.rounds[-1]
                waited = Fraction((decided - one.published_at) // timedelta(seconds=1)) if one.published_at else None
                voted = Fraction((decided - opened) // timedelta(seconds=1))
                found[people[one.owner]].append((go, waited, voted))
            report = ask(session, "decisions", ReportQuery(year, by=By.SALES_LEAD))
            said = by_name(report)
            assert {name for name, _currency in said} == set(found)
            for name, rows in found.items():
                _check_decided(said[name, ""], rows)
            if found:
                codes = [column.code for column in report.columns]
                total = {
                    code: number(cell) for code, cell in zip(codes, report.totals[0], strict=True) if code != codes[0]
                }
                _check_decided(total, [row for rows in found.values() for row in rows])

    looked_at(database, seed, look)


def _check_decided(said: dict[str, Any], rows: list[tuple[bool, Fraction | None, Fraction]]) -> None:
    goes = sum(go for go, _waited, _voted in rows)
    waits = [waited / 86_400 for _go, waited, _voted in rows if waited is not None]
    assert (said["decided"], said["go"]) == (len(rows), goes)
    _close(said["go_rate"], Fraction(100 * goes, len(rows)))
    _close(said["days_to_decision"], statistics.median(waits) if waits else None)
    _close(said["longest_to_decision"], max(waits, default=None))
    _close(said["days_of_vote"], statistics.median([voted / 86_400 for _go, _waited, voted in rows]))


@random_histories
@given(SEED)
def test_planned_against_spent_is_what_plans_and_entries_say(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        ways = names(business)
        entries = business.history.entries
        for year in YEARS:
            touched = {on for _who, on, part_on, _quarters in entries if in_year(part_on, year)}
            offers = [one for one in business.offers if one.id in touched]
            for by in (By.CLIENT, By.SALES_LEAD, By.CATEGORY):
                expected: dict[Any, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 4)
                for one in offers:
                    cell = expected[ways[by](one)]
                    cell[0] += 1
                    cell[1] += one.hours
                    cell[2] += Fraction(one.planned or 0)
                    cell[3] += one.hours if one.planned is not None else 0
                said = by_name(ask(session, "planned", ReportQuery(year, by=by)))
                assert {name for name, _currency in said} == set(expected)
                for name, (count, ever, plan, with_plan) in expected.items():
                    numbers = said[name, ""]
                    assert (numbers["offers"], numbers["ever"], numbers["plan"]) == (count, ever, plan)
                    _close(numbers["used"], 100 * with_plan / plan if plan else None)
            _check_each(ask(session, "planned", ReportQuery(year)), offers)

    looked_at(database, seed, look)


def _check_each(found: Report, offers: list[Fact]) -> None:
    said = {row[0]: (number(row[found.place("ever")]), number(row[found.place("plan")])) for row in found.rows}
    assert said == {
        one.number: (one.hours, Fraction(one.planned) if one.planned is not None else None) for one in offers
    }


@random_histories
@given(SEED)
def test_narrowed_hours_are_what_the_entries_say(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        facts = {one.id: one for one in business.offers}
        for query, kept in queries(business):
            for year in YEARS:
                asked = ReportQuery(year, query.client, query.sales_lead, query.category, query.person, By.CATEGORY)
                found = ask(session, "hours", asked)
                whole = Fraction(0)
                for who, on, part_on, quarters in business.history.entries:
                    own = who == query.person if query.person is not None else kept(facts[on])
                    whole += Fraction(quarters, 4) if own and in_year(part_on, year) else 0
                said = sum((number(row[found.place("hours")]) or Fraction(0) for row in found.rows), Fraction(0))
                assert said == whole, asked

    looked_at(database, seed, look)


@random_histories
@given(SEED)
def test_deadlines_of_a_year_are_its_own(database: Database, seed: int) -> None:
    def look(session: Session, business: Business) -> None:
        for query, kept in queries(business)[:3]:
            for year in (0, 2026, 2027):
                asked = ReportQuery(year, query.client, query.sales_lead)
                found = ask(session, "deadlines", asked)
                closing = {
                    (one.number, one.closing_on)
                    for one in business.offers
                    if kept(one)
                    and one.outcome is Outcome.OPEN
                    and one.closing_on is not None
                    and (one.closing_on.year == year if year else one.closing_on <= TODAY + timedelta(days=90))
                }
                said = {
                    (row[found.place("offer")], row[found.place("due_on")])
                    for row in found.rows
                    if value(row[found.place("what")], Language.EN) == ENGLISH("deadlines.kind_closing")
                }
                assert said == closing, asked

    looked_at(database, seed, look)
