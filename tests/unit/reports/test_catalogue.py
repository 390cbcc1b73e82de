"""Every report of the registry, asked in every way it can be asked."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot import config
from bot.config.models import Label
from bot.errors import NotFound
from bot.reports.catalogue import kind_of, reports_of, run
from bot.reports.definitions import FIGURES
from bot.reports.shape import Amount, By, Chart, ChartForm, Column, ColumnKind, Filter, Report, ReportQuery, Term
from bot.reports.wording import heading, shown, value
from cards.texts import texts
from cards.views.reader import Reader
from cards.words import Language
from tests.unit.reports.history import NOW, make

if TYPE_CHECKING:
    from bot.database import Database
    from bot.reports.catalogue import ReportKind

COMPANY = config.default()
CODES = {figure.code for figure in FIGURES}
NAMES = {ColumnKind.TEXT, ColumnKind.DATE, ColumnKind.MONTH}
TYPES: dict[ColumnKind, tuple[type, ...]] = {
    ColumnKind.TEXT: (str, Term, Label),
    ColumnKind.COUNT: (int,),
    ColumnKind.MONEY: (Amount,),
}


def narrowed(kind: ReportKind) -> ReportQuery:
    asked = {"year": 2026, "client": 1, "sales_lead": 1, "category": "structure", "person": 1}
    return ReportQuery(**{name: asked[name] for name in kind.filters})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", reports_of(), ids=lambda kind: kind.code)
def test_every_report_answers_in_every_breakdown_with_defined_figures(database: Database, kind: ReportKind) -> None:
    database.write_now(lambda session: make(session, 3))
    for query in (ReportQuery(), narrowed(kind), ReportQuery(2026, month=12)):
        for by in (None, *kind.breakdowns):
            asked = replace(query, by=by)
            found = database.read_now(partial(run, kind=kind, query=asked, company=COMPANY, now=NOW))
            assert (found.code, found.query) == (kind.code, asked)
            _check(found)


def _check(found: Report) -> None:
    keys = [found.title, *(column.title for column in found.columns)]
    keys += [found.chart.title] if found.chart else []
    keys += [note.key for note in found.notes]
    for row in (*found.rows, *found.totals):
        assert len(row) == len(found.columns)
        keys += [cell.key for cell in row if isinstance(cell, Term)]
        for column, cell in zip(found.columns, row, strict=True):
            assert cell is None or isinstance(cell, TYPES.get(column.kind, (object,))), (column, cell)
    for column in found.columns:
        assert column.figure in CODES or (column.kind in NAMES and not column.figure), column
    for language in Language:
        assert [key for key in keys if key not in texts(language)] == []
        reader = Reader(language, "Europe/Paris", NOW)
        for row in (*found.rows, *found.totals):
            for column, cell in zip(found.columns, row, strict=True):
                assert "Decimal" not in f"{heading(column, language)} {shown(column, cell, reader)}"


def test_a_report_is_found_by_its_code_and_refuses_what_it_cannot_tell(database: Database) -> None:
    assert {kind.code for kind in reports_of()} >= {"hours", "pipeline", "portfolio", "closed", "decisions"}
    assert kind_of("pipeline").title == "reports.title_pipeline"
    with pytest.raises(NotFound):
        kind_of("weather")
    for query in (
        ReportQuery(by=By.CAMPAIGN),
        ReportQuery(year=12),
        ReportQuery(month=3),
        ReportQuery(year=2026, month=13),
        ReportQuery(year=2026, month=-1),
    ):
        with pytest.raises(NotFound):
            database.read_now(partial(run, kind=kind_of("hours"), query=query, company=COMPANY, now=NOW))
    assert {field for kind in reports_of() for field in kind.filters} == set(Filter)


def test_a_period_is_a_year_or_one_of_its_months() -> None:
    assert ReportQuery().days is None
    assert ReportQuery(2026).days == (date(2026, 1, 1), date(2026, 12, 31))
    assert ReportQuery(2028, month=2).days == (date(2028, 2, 1), date(2028, 2, 29))
    assert ReportQuery(2026, month=12).days == (date(2026, 12, 1), date(2026, 12, 31))


def _report(chart: Chart) -> Report:
    columns = (
        Column("client", ColumnKind.TEXT, "reports.by_client"),
        Column("offers", ColumnKind.COUNT, "reports.column_offers"),
        Column("amount", ColumnKind.MONEY, "reports.column_amount"),
    )
    rows = (
        ("One", 2, Amount(Decimal(5), "EUR")),
        ("One", 1, Amount(Decimal(7), "USD")),
        ("Two", 4, Amount(Decimal(9), "EUR")),
    )
    return Report("made", "reports.title_closed", ReportQuery(), columns, rows, chart=chart)


def test_a_chart_draws_one_currency_and_adds_up_only_what_needs_none() -> None:
    counted = _report(Chart(ChartForm.BARS, "reports.chart_closed", "client", ("offers",)))
    assert [series.points for series in counted.drawn()] == [(("One", Decimal(3)), ("Two", Decimal(4)))]
    money = _report(Chart(ChartForm.BARS, "reports.chart_closed", "client", ("amount",), "EUR"))
    assert [series.points for series in money.drawn()] == [(("One", Decimal(5)), ("Two", Decimal(9)))]
    none = _report(Chart(ChartForm.BARS, "reports.chart_closed", "client", ("amount",), "GBP"))
    assert none.drawn() == ()


def test_a_cell_is_worded_for_files_and_for_people() -> None:
    reader = Reader(Language.EN, "Europe/Paris", NOW)
    money = Column("amount", ColumnKind.MONEY, "reports.column_amount", "amount")
    share = Column("win_rate", ColumnKind.PERCENT, "reports.column_win_rate", "win_rate")
    assert value(Amount(Decimal("1.005"), "EUR"), Language.EN) == Decimal("1.005")
    assert shown(money, Amount(Decimal("1234.505"), "EUR"), reader) == "€1,234.51"
    assert re.sub(r"\s", " ", shown(share, Decimal(200) / 3, reader)) == "66.7%"
    assert shown(share, None, reader) == "–"
    assert value(Label(fr="Détectée", en="Detected"), Language.FR) == "Détectée"
    day: date = NOW.date()
    assert shown(Column("m", ColumnKind.MONTH, ""), day, reader) == "January 2027"
