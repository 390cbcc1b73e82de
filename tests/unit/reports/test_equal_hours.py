"""Hours and missing weeks have cards and a workbook of their own, which say more: they say the same, too."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from bot.reports.catalogue import kind_of
from bot.reports.downloads import hours_file
from bot.reports.figures import ORDER, Grouping
from bot.reports.shape import By, ColumnKind, ReportQuery
from bot.teams.replies import CardReply
from cards.escape import plain
from cards.formats import day, word
from cards.texts import texts
from cards.verbs import Verb
from cards.views import Reader
from cards.words import Language, Outcome
from tests.unit.reports import star
from tests.unit.reports.awkward import COMPANY, TODAY
from tests.unit.reports.everywhere import KEY_USER, Look, lines, looking
from tests.unit.reports.history import NOW
from tests.unit.reports.places import Card, Line, card_bars, day_of, fallback_bars, read_card
from tests.unit.reports.written import NUMBERS, Money, Value, cell, rounded

if TYPE_CHECKING:
    from bot.database import Database

OUTCOMES = tuple(f"hours_{one.value}" for one in ORDER)
SPENT = ("hours", "cost", "unrated")
HOURS, MONEY, COUNT = ColumnKind.HOURS, ColumnKind.MONEY, ColumnKind.COUNT
KINDS = {
    **dict.fromkeys((*OUTCOMES, "hours", "unrated", "ever", "plan"), HOURS),
    "cost": MONEY,
    "offers_missing": COUNT,
}
GROUPINGS = tuple(one for one in Grouping if one is not Grouping.MISSING)
CARD_ROWS, BARS, WEEKS = 10, 8, 6
in_both = pytest.mark.parametrize(("language", "seed"), [(Language.FR, 3), (Language.EN, 4)])


async def card_of(look: Look, grouping: Grouping, year: int) -> Card:
    """Typed where no breakdown needs to be said, else by its button."""
    if grouping is Grouping.CLIENT:
        typed = {Language.FR: "rapport heures", Language.EN: "report hours"}[look.language]
        reply = await look.desk.say(KEY_USER, f"{typed} {year or ''}".strip())
    else:
        reply = await look.desk.press(KEY_USER, Verb.REPORT_SHOW, year, q=grouping.value)
    assert isinstance(reply, CardReply)
    return read_card(reply.card)


def number_in(key: str, said: str, look: Look, **names: str) -> Decimal:
    """The number in a sentence of the catalogue."""
    name, unit = next(iter(names.items()))
    pattern = re.escape(texts(look.language)(f"reports.{key}", **{name: "@"})).replace(
        "@", f"({NUMBERS[look.language.value]}){unit}"
    )
    found = re.fullmatch(pattern, said)
    assert found, said
    value = cell(ColumnKind.RATIO, found[1], look.language)
    assert isinstance(value, Decimal)
    return value


def worth(said: str, look: Look) -> tuple[Value, Value]:
    """Hours, and their cost where anybody has a rate."""
    hours, _, cost = said.partition(" · ")
    return cell(HOURS, hours, look.language), cell(MONEY, cost, look.language) if cost else None


@in_both
async def test_the_card_of_the_hours_says_what_every_other_place_says(
    database: Database, language: Language, seed: int
) -> None:
    async with looking(database, language, seed) as (look, _business):
        for grouping in GROUPINGS:
            for year in (0, 2018, 2020):
                query = ReportQuery(year=year, by=By(grouping.value))
                file = (await look.at(kind_of("hours"), query)).file
                card = await card_of(look, grouping, year)
                (total,) = file.totals
                rated = year != 2018
                assert worth(card.title, look) == (total["hours"], total["cost"] if rated else None)
                _check_outcomes(look, card, query, total, rated=rated)
                shown = [row for row in file.rows if row["hours"]]
                if grouping is Grouping.OFFER:
                    plans = (await look.at(kind_of("planned"), query)).file.rows
                    _check_offers(look, card, shown, plans, rated=rated)
                else:
                    _check_groups(look, card, shown, rated=rated)


def _check_outcomes(look: Look, card: Card, query: ReportQuery, total: Line, *, rated: bool) -> None:
    def read(session: Any) -> list[Line]:  # noqa: ANN401
        asked = star.Asked(session, query, By.OUTCOME, look.language, TODAY, COMPANY.rules.hours.currency)
        return star.hours(asked)

    told = {str(line["outcome"]): (line["hours"], line["cost"] if rated else None) for line in look.desk.read(read)}
    assert {title: worth(text, look) for title, text in card.facts} == told
    (said,) = card.bands
    if total.get("all_for_nothing_per_won") is None and "hours_won" in total:
        assert said == [texts(look.language)("reports.nothing_won")]
    elif "hours_won" in total:
        nothing, lost = said
        assert number_in("per_won", nothing, look, hours="") == total["all_for_nothing_per_won"]
        assert number_in("lost_per_won", lost, look, hours="") == total["lost_per_won"]
    if total["unrated"] and rated:
        assert number_in("unrated", card.above[-1], look, hours="\u00a0h") == total["unrated"]


def _check_groups(look: Look, card: Card, shown: list[Line], *, rated: bool) -> None:
    assert len(card.rows) == min(len(shown), CARD_ROWS)
    for (name, hours, *cost), row in zip(card.rows, shown, strict=False):
        first = next(iter(row.values()))
        assert name == plain(str(first), 60)
        assert cell(HOURS, hours, look.language) == row["hours"]
        assert [cell(MONEY, one, look.language) for one in cost] == ([row["cost"]] if rated else [])
    assert card.chart is not None
    words = [word(Outcome(one.value), look.language) for one in ORDER]
    expected = [
        {said: row[code] for said, code in zip(words, OUTCOMES, strict=True) if row[code] > Decimal(0)}  # type: ignore[operator]
        for row in shown[:BARS]
    ]
    assert [values for _label, values in card_bars(card.chart)] == [values for values in expected if values]
    written_out = fallback_bars(card.chart, HOURS, look.language)
    assert [values for _label, values in written_out] == [[*values.values()] for values in expected if values]


def _check_offers(look: Look, card: Card, shown: list[Line], plans: list[Line], *, rated: bool) -> None:
    planned = {(row["number"], row["title"]): (row["ever"], row["plan"]) for row in plans}
    for (name, hours, *cost), row in zip(card.rows, shown, strict=False):
        called = plain(" ".join(str(row[code]) for code in ("number", "title") if row[code]), 60)
        assert name == f"{called} · {row['outcome']}"
        ever, plan = hours.split(" / ")
        found = cell(HOURS, ever, look.language), cell(HOURS, plan, look.language)
        assert found == planned[row["number"], row["title"]]
        assert [cell(MONEY, one, look.language) for one in cost] == ([row["cost"]] if rated else [])


@in_both
async def test_the_workbook_of_the_hours_says_what_the_reports_say(
    database: Database, language: Language, seed: int
) -> None:
    async with looking(database, language, seed) as (look, _business):
        leave = await look.ticket(Verb.REPORT_TABLE)
        made = hours_file(database, leave.kind, leave.subject_id, leave.language, NOW, COMPANY)
        book = load_workbook(io.BytesIO(made.content))
        for grouping in GROUPINGS:
            by = ReportQuery(by=By(grouping.value))
            file = (await look.at(kind_of("hours"), by)).file
            codes: tuple[str, ...] = (grouping.value, *OUTCOMES, *SPENT)
            if grouping is Grouping.OFFER:
                planned = (await look.at(kind_of("planned"), by)).file.rows
                file.rows = [{**row, **more} for row, more in zip(file.rows, planned, strict=True)]
                codes = ("number", "title", "client", "outcome", "hours", "ever", "plan", "cost", "unrated")
            sheet = book[texts(language)(f"reports.sheet_{grouping.value}")]
            *rows, total = _rows(sheet, codes)
            assert rows == lines(file.rows, codes)
            spent = [codes.index(code) for code in SPENT]
            assert [total[place] for place in spent] == [file.totals[0][code] for code in SPENT]
        missing = (await look.at(kind_of("missing"), ReportQuery())).file.rows
        codes = ("person", "week_on", "offers_missing", "locked")
        assert _rows(book[texts(language)("reports.sheet_missing")], codes) == lines(missing, codes)


def _rows(sheet: Any, codes: tuple[str, ...]) -> list[tuple[Value, ...]]:  # noqa: ANN401  openpyxl's
    """Below the heading."""
    return [
        tuple(_kept(code, value) for code, value in zip(codes, row, strict=True))
        for row in sheet.iter_rows(min_row=2, values_only=True)
    ]


def _kept(code: str, value: Any) -> Value:  # noqa: ANN401  of a cell
    if isinstance(value, datetime):
        return value.date()
    if code not in KINDS:
        return value or ""
    if value is None:
        return None
    number = rounded(KINDS[code], value)
    return Money(number, COMPANY.rules.hours.currency) if KINDS[code] is MONEY else number


@in_both
async def test_the_card_of_missing_weeks_counts_what_every_other_place_lists(
    database: Database, language: Language, seed: int
) -> None:
    async with looking(database, language, seed) as (look, _business):
        t, reader = texts(language), Reader(language, "Europe/Paris", NOW)
        for year in (0, 2026):
            file = (await look.at(kind_of("missing"), ReportQuery(year=year))).file
            card = await card_of(look, Grouping.MISSING, year)
            assert card.title == t.n("reports.missing", len(file.rows))
            weeks = Counter(row["person"] for row in file.rows)
            assert len(card.groups) == len(weeks)
            for name, count, days, *locked in card.groups:
                own = [row for row in file.rows if row["person"] == name]
                assert count == t.n("reports.weeks", weeks[name])
                last = ", ".join(day(day_of(row["week_on"]), reader, year=False, weekday=False) for row in own[-WEEKS:])
                more = f" {t.n('reports.weeks_more', len(own) - WEEKS)}" if len(own) > WEEKS else ""
                assert days == t("reports.weeks_of", days=f"{last}{more}")
                closed = sum(row["locked"] == t("reports.yes") for row in own)
                assert locked == ([t.n("reports.weeks_locked", closed)] if closed else [])
