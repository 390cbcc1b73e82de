"""The same figure on the card, on the page of the tab, in the workbook and in the star schema: to the cent, to the
quarter of an hour, whatever is awkward, in both languages and on both databases.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.reports.catalogue import ReportKind, reports_of, run
from bot.reports.shape import By, Column, ColumnKind, Filter, ReportQuery
from bot.web.tab.charts import GROUPS
from bot.web.tab.pages.reports import NAMING
from cards.escape import plain
from cards.texts import texts
from cards.words import Language
from tests.unit.reports import star
from tests.unit.reports.awkward import COMPANY, TODAY
from tests.unit.reports.everywhere import Look, Places, lines, looking
from tests.unit.reports.history import NOW
from tests.unit.reports.places import (
    Line,
    card_bars,
    fallback_bars,
    note_of,
)
from tests.unit.reports.written import Money, Value, cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from bot.database import Database
    from tests.unit.reports.business import Business

EVERYWHERE, NOT_IN_VIEWS, NOT_ON_CARDS = "card tab file star", "card tab file", "tab file star"
COMPARED: dict[str, dict[str, str]] = {
    # The cards of hours and of missing weeks that say more have a test of their own.
    "hours": {
        **dict.fromkeys(("hours", "cost", "unrated"), EVERYWHERE),
        **dict.fromkeys(("hours_won", "hours_lost", "hours_no_go", "hours_abandoned", "hours_open"), EVERYWHERE),
        **dict.fromkeys(("all_for_nothing_per_won", "lost_per_won"), NOT_ON_CARDS),
    },
    "planned": dict.fromkeys(("offers", "ever", "plan", "used"), EVERYWHERE),
    # Of tenders the views have only those that became offers.
    "tenders": dict.fromkeys(("month", "tenders", "tenders_matched", "tenders_evaluated"), NOT_IN_VIEWS),
    "sent": dict.fromkeys(("month", "offers_sent", "submitted"), EVERYWHERE),
    "pipeline": {
        **dict.fromkeys(("month", "offers", "amount", "weighted"), EVERYWHERE),
        **dict.fromkeys(("by_launch", "by_success"), NOT_ON_CARDS),
        # The views weigh each offer as it has chosen.
        **dict.fromkeys(("cumulative", "average"), "tab file"),
    },
    "portfolio": {
        **dict.fromkeys(("offers", "amount", "weighted"), EVERYWHERE),
        **dict.fromkeys(("by_launch", "by_success"), NOT_ON_CARDS),
        **dict.fromkeys(("cumulative", "average"), "tab file"),
    },
    "stages": {
        **dict.fromkeys(("standing", "days_median"), EVERYWHERE),
        **dict.fromkeys(("stays", "days_mean", "days_longest"), NOT_ON_CARDS),
    },
    "closed": {
        **dict.fromkeys(("offers", "offers_won", "offers_lost", "offers_no_go", "offers_abandoned"), EVERYWHERE),
        "worth": EVERYWHERE,
        **dict.fromkeys(("hours_ever", "cost_ever"), NOT_ON_CARDS),
    },
    "success": {
        **dict.fromkeys(("offers_won", "offers_lost", "win_rate", "win_rate_amount"), EVERYWHERE),
        **dict.fromkeys(("worth_won", "worth_lost", "hours_ever", "cost_ever", "cost_per_won"), NOT_ON_CARDS),
    },
    "origins": {
        # Leads are not in the views.
        "leads": NOT_IN_VIEWS,
        **dict.fromkeys(("offers_opened", "offers_won", "worth_won"), EVERYWHERE),
        **dict.fromkeys(("offers_lost", "win_rate", "hours_ever", "cost_ever"), NOT_ON_CARDS),
    },
    "decisions": {
        **dict.fromkeys(("month", "decided", "go", "go_rate", "days_to_decision"), EVERYWHERE),
        **dict.fromkeys(("longest_to_decision", "days_of_vote"), NOT_ON_CARDS),
    },
    "deadlines": dict.fromkeys(("due_on", "days_left"), EVERYWHERE),
    # Neither are teams and what they were asked.
    "missing": dict.fromkeys(("week_on", "offers_missing"), NOT_IN_VIEWS),
}
"""Which figure of which report is compared over which places; what is really compared must be this."""

CARD, TAB, FILE, STAR = "card", "tab", "file", "star"
CARD_ROWS, CARD_BARS, FACTS = 10, 10, 5
NAME, LABEL = 60, 40
"""Characters of a name in a table and under a bar of a card."""
ADDED_UP = {ColumnKind.COUNT, ColumnKind.HOURS, ColumnKind.MONEY}
NAMED_BY = {"deadlines": ("what", "offer", "title")}
OFFER = ("number", "title")


def test_every_figure_of_every_report_is_compared(database: Database) -> None:
    assert COMPARED.keys() == {kind.code for kind in reports_of()}

    def figures(session: Session, kind: ReportKind) -> set[str]:
        found = (run(session, kind, ReportQuery(by=by), COMPANY, NOW).columns for by in kind.breakdowns)
        return {column.code for columns in found for column in columns if column.kind is not ColumnKind.TEXT}

    for kind in reports_of():
        known = database.read_now(partial(figures, kind=kind))
        assert known == COMPARED[kind.code].keys(), kind.code


def narrowed(kind: ReportKind, business: Business) -> list[ReportQuery]:
    """Broken down in every way, and narrowed in each."""
    person, client = max(business.history.people), next(iter(business.history.clients))
    by_filter = {
        Filter.YEAR: [ReportQuery(year=2026), ReportQuery(year=2027)],
        Filter.CLIENT: [ReportQuery(client=client)],
        Filter.SALES_LEAD: [ReportQuery(sales_lead=person)],
        Filter.CATEGORY: [ReportQuery(category="thermal")],
        Filter.PERSON: [ReportQuery(person=person)],
    }
    found = [ReportQuery(by=by) for by in kind.breakdowns]
    # Every filter with every report would take long: each with some.
    place = sum(map(ord, kind.code))
    queries = [query for one in kind.filters for query in by_filter[one]]
    found += [queries[(place + number) % len(queries)] for number in (0, len(queries) // 2)]
    found.append(ReportQuery(year=2026, month=place % 12 + 1))
    if kind.code == "hours":
        found += [ReportQuery(year=year, by=by) for year in (2017, 2018, 2020) for by in (By.CLIENT, By.OFFER)]
    return found


# The page and the workbook have every row with every column


def check_page(look: Look, places: Places) -> None:
    codes = [column.code for column in places.columns]
    for of_page, of_file in ((places.page.rows, places.file.rows), (places.page.totals, places.file.totals)):
        assert lines(of_page, codes) == lines(of_file, codes)
    for column in places.columns:
        if column.kind is not ColumnKind.TEXT and any(row[column.code] is not None for row in places.file.rows):
            look.saw(places, column.code, TAB)
            look.saw(places, column.code, FILE)


# The card has two columns of the first rows, and totals


def check_card(look: Look, places: Places) -> None:
    card, rows = places.card, places.page.rows
    codes = [places.column(said) for said in card.head[1:]]
    assert len(card.rows) == min(len(rows), CARD_ROWS)
    for said, row in zip(card.rows, rows, strict=False):
        assert _named(look, said[0], row, places)
        for column, text in zip(codes, said[1:], strict=True):
            assert column.kind is not ColumnKind.TEXT
            assert cell(column.kind, text, places.language) == row[column.code]
            look.saw(places, column.code, CARD)
    _check_facts(look, places, codes)
    hidden = len(rows) - CARD_ROWS
    notes = dict(places.page.notes)
    said_hidden = texts(places.language).n("reports.hidden", hidden) if hidden > 0 else None
    assert dict(note_of(line, places.language) for line in card.lines if line != said_hidden) == notes
    assert (said_hidden in card.lines) == (hidden > 0)


def _named(look: Look, said: str, row: Line, places: Places) -> bool:
    """Whether the row of the card is called as the page calls it."""
    codes = {column.code for column in places.columns}
    naming = NAMED_BY.get(places.kind.code) or (OFFER if set(OFFER) <= codes else (places.columns[0].code,))
    if isinstance(row[naming[0]], date) and naming[0] == "month":
        look.saw(places, "month", CARD)
        return cell(ColumnKind.MONTH, said.partition(" · ")[0], places.language) == row[naming[0]]
    parts = [str(row[code]) for code in naming if row[code]]
    if len(places.page.totals) > 1:
        parts.append(str(row["currency"]))
    return said == plain((" " if naming == OFFER else " · ").join(parts), NAME)


def _check_facts(look: Look, places: Places, shown: Sequence[Column]) -> None:
    """What the rows add up to: of several currencies first what needs none."""
    known: Counter[tuple[str, Value]] = Counter()
    for number, total in enumerate(places.page.totals):
        for column in places.columns:
            of_each = column in shown and column.kind is ColumnKind.MONEY
            if column.kind in NAMING or total[column.code] is None:
                continue
            if number == 0 or of_each:
                known[column.code, total[column.code]] += 1
    said: list[tuple[str, Value]] = []
    for title, text in places.card.facts:
        column = places.column(title)
        said.append((column.code, cell(column.kind, text, places.language)))
        look.saw(places, column.code, CARD)
    assert not Counter(said) - known
    assert len(said) == min(known.total(), FACTS)
    if places.page.totals and any(places.page.totals[0][column.code] is not None for column in shown):
        assert said[0][0] in {column.code for column in shown}


# What is drawn


def check_bars(look: Look, places: Places) -> None:
    drawn = places.file.bars
    in_time = bool(places.columns) and places.columns[0].kind is ColumnKind.MONTH
    _check_sums(look, places)
    of_tab = [values for _label, values in (drawn[-GROUPS:] if in_time else drawn[:GROUPS])]
    assert [values for _label, values in places.page.bars] == (of_tab if len(drawn) < 30 else of_tab[:GROUPS])
    chart = places.card.chart
    if not drawn:
        assert chart is None
        return
    if chart is None:
        # Nothing is above 0 in the first rows.
        assert all(value <= 0 for _label, values in drawn[:CARD_BARS] for value in values.values())
        return
    said = card_bars(chart)
    expected = drawn[:CARD_BARS]
    if chart["type"].endswith("Stacked"):
        expected = [(label, {name: value for name, value in values.items() if value > 0}) for label, values in expected]
        expected = [(label, values) for label, values in expected if values]
    elif not chart["type"].endswith("Grouped"):
        expected = [(label, {"": value}) for label, values in expected for value in values.values()]
    assert [values for _label, values in said] == [values for _label, values in expected]
    if not in_time:
        assert [label for label, _values in said] == [plain(label, LABEL) for label, _values in expected]
    kind = places.column(next(iter(drawn[0][1]))).kind
    written_out = fallback_bars(chart, kind, places.language)
    assert [values for _label, values in written_out] == [[*values.values()] for _label, values in said]
    for name in drawn[0][1]:
        look.saw(places, places.column(name).code, CARD)


def _check_sums(look: Look, places: Places) -> None:
    """Each bar is what the rows under its label add up to; what needs no currency is one bar."""
    drawn = places.file.bars
    if not drawn:
        return
    counted: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for name in drawn[0][1]:
        column = places.column(name)
        if column.kind not in ADDED_UP:
            return
        for row in places.file.rows:
            value = row[column.code]
            if isinstance(value, Money) and value.currency != _drawn_currency(places):
                continue
            amount = value.value if isinstance(value, Money) else value
            assert isinstance(amount, Decimal | None)
            counted[_label(row, places)][name] += amount or 0
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for label, values in drawn:
        for name, value in values.items():
            found[label][name] += value
    assert found == counted
    if "currency" in {column.code for column in places.columns}:
        assert max(Counter(label for label, _values in drawn).values()) == 1


def _drawn_currency(places: Places) -> str:
    """That of most offers."""
    count: Counter[str] = Counter()
    for row in places.file.rows:
        offers = row["offers"]
        assert isinstance(offers, Decimal)
        count[str(row["currency"])] += int(offers)
    return max(sorted(count), key=lambda one: count[one])


def _label(row: Line, places: Places) -> str:
    first = row[places.columns[0].code]
    if isinstance(first, date):
        return f"{first:%Y-%m}"
    return plain(str(first or row.get("title") or ""))


# The star schema


def check_star(look: Look, places: Places) -> None:
    code, query = places.kind.code, places.query
    if code not in star.TELLS or (query.person is not None and code not in {"hours", "planned"}):
        return
    by = query.by or places.kind.breakdowns[0]
    with_offers = code in {"hours", "planned"} and by is By.OFFER

    def read(session: Session) -> tuple[list[Line], list[Line], dict[str, int]]:
        asked = star.Asked(session, query, by, places.language, TODAY, COMPANY.rules.hours.currency)
        tell = star.TELLS[code]
        found = star.hours_of_offers(asked) if with_offers else tell(asked)
        whole = tell(replace(asked, by=None)) if places.file.totals else []
        if len(places.file.totals) > 1:
            whole += tell(replace(asked, by=None, split=False))
        noted = {"pipeline", "portfolio", "closed", "success", "decisions"}
        return found, whole, star.left_out(asked, code) if code in noted else {}

    found, whole, notes = look.desk.read(read)
    told = [row for row in places.file.rows if _in_views(row, code, places.language)]
    _same(look, places, told, found)
    totals = [row for row in places.file.totals if _in_views(row, code, places.language)]
    own = places.columns[0].code
    drop = {own, "total", "currency", "plan"} if with_offers else {own, "total"}
    _same(look, places, totals, [{name: value for name, value in one.items() if name not in drop} for one in whole])
    assert {name: count for name, count in notes.items() if count} == {
        name: count for name, count in places.page.notes.items() if name != "left_out"
    }


def _in_views(row: Line, code: str, language: Language) -> bool:
    if code == "origins":
        return row["offers_opened"] != 0
    kinds = {texts(language)(f"deadlines.kind_{kind}") for kind in ("closing", "submission", "validity")}
    return code != "deadlines" or row["what"] in kinds


def _same(look: Look, places: Places, told: list[Line], found: list[Line]) -> None:
    """The same rows, in whatever order."""
    if not told and not found:
        return
    codes = [column.code for column in places.columns if found and column.code in found[0]]
    assert Counter(map(repr, lines(told, codes))) == Counter(map(repr, lines(found, codes)))
    for column in places.columns:
        if (
            column.code in codes
            and column.kind is not ColumnKind.TEXT
            and any(row[column.code] is not None for row in told)
        ):
            look.saw(places, column.code, STAR)


@pytest.mark.parametrize(("language", "seed"), [(Language.FR, 7), (Language.EN, 8)])
async def test_a_figure_is_the_same_everywhere(database: Database, language: Language, seed: int) -> None:
    async with looking(database, language, seed) as (look, business):
        for kind in reports_of():
            for query in narrowed(kind, business):
                places = await look.at(kind, query)
                check_page(look, places)
                check_card(look, places)
                check_bars(look, places)
                check_star(look, places)
    wanted = {
        (code, figure, place)
        for code, figures in COMPARED.items()
        for figure, places_of in figures.items()
        for place in places_of.split()
    }
    assert wanted - look.seen == set()
    # What fits onto a card beside its two columns depends on what there is.
    assert {one for one in look.seen - wanted if one[2] != CARD} == set()
