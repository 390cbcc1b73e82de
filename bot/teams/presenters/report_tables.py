"""Any report, and the questions that a typed one raises, as views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clients import search
from bot.clients.models import Client
from bot.offers.models import Offer
from bot.people.models import Person
from bot.people.service import today_of
from bot.records.fields import FieldKind
from bot.reports.asked import Asked, written
from bot.reports.catalogue import run
from bot.reports.figures import ORDER
from bot.reports.narrowing import categories
from bot.reports.shape import ColumnKind, Filter, Report, ReportQuery, Row
from bot.reports.wording import heading, shown, value
from cards import words
from cards.texts import texts
from cards.views.reports import (
    ReportChart,
    ReportChoice,
    ReportFilters,
    ReportQuestionView,
    ReportRow,
    ReportSeries,
    ReportView,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.reports.asking import Unclear
    from bot.reports.shape import Cell, Column
    from bot.teams.context import Turn
    from cards.views.reader import Reader

ROWS = 10
YEARS_BACK = 4
PEOPLE = 30
SHOWN: Mapping[str, tuple[str, str]] = {
    "hours": ("hours", "cost"),
    "planned": ("ever", "plan"),
    "tenders": ("tenders", "tenders_evaluated"),
    "sent": ("offers_sent", "submitted"),
    "pipeline": ("amount", "weighted"),
    "portfolio": ("amount", "weighted"),
    "stages": ("standing", "days_median"),
    "closed": ("offers", "worth"),
    "success": ("win_rate", "win_rate_amount"),
    "origins": ("offers_opened", "worth_won"),
    "decisions": ("decided", "days_to_decision"),
    "deadlines": ("due_on", "days_left"),
    "missing": ("week_on", "offers_missing"),
}
"""The two columns of a report that a phone has room for."""
NAMING: Mapping[str, tuple[str, ...]] = {"deadlines": ("what", "offer", "title")}
OFFER = ("number", "title")
BY_OUTCOME: Mapping[str, tuple[words.Outcome, ...]] = {
    "hours": tuple(words.Outcome(one.value) for one in ORDER),
    "closed": tuple(words.Outcome(one.value) for one in ORDER[:-1]),
    "success": (words.Outcome.WON, words.Outcome.LOST),
}


def report_view(turn: Turn, asked: Asked) -> ReportView:
    """The report with its first rows."""
    found = run(turn.session, asked.kind, asked.query, turn.company, turn.now)
    reader = turn.reader
    naming, values = _columns(found)
    rows = tuple(_row(found, row, naming, values, reader) for row in found.rows[:ROWS])
    first = found.columns[found.place(naming[-1])]
    return ReportView(
        code=written(Asked(asked.kind, ReportQuery(asked.query.year, month=asked.query.month)))
        if asked.query.month
        else asked.kind.code,
        q=written(asked),
        title=found.title,
        year=asked.query.year,
        narrowed=tuple(_names(turn, asked.query)),
        headings=(first.title, *(found.columns[found.place(code)].title for code in values)),
        rows=rows,
        totals=tuple(_totals(found, values, reader)),
        chart=chart_of(found, reader),
        notes=tuple(texts(reader.language).n(note.key, note.count) for note in found.notes),
        hidden=max(len(found.rows) - ROWS, 0),
        filters=_filters(turn, asked),
        month=asked.query.month,
    )


def _columns(found: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which columns name a row, and which of the others are shown."""
    codes = {column.code for column in found.columns}
    naming = NAMING.get(found.code) or (OFFER if set(OFFER) <= codes else (found.columns[0].code,))
    return naming, SHOWN[found.code]


def _row(found: Report, row: Row, naming: tuple[str, ...], values: tuple[str, ...], reader: Reader) -> ReportRow:
    said = {column.code: shown(column, cell, reader) for column, cell in zip(found.columns, row, strict=True)}
    parts = [said[code] for code in naming]
    if len(found.totals) > 1:
        parts.append(said["currency"])
    separator = " " if naming == OFFER else " · "
    return ReportRow(name=separator.join(part for part in parts if part), values=tuple(said[code] for code in values))


def _totals(found: Report, values: tuple[str, ...], reader: Reader) -> Iterator[tuple[str, str]]:
    """What the rows add up to: the shown columns first, their amounts in each currency, then the others."""
    first = [found.place(code) for code in values]
    others = [place for place, column in enumerate(found.columns) if place not in first and column.figure]
    said = [(total, place) for total in found.totals[:1] for place in first]
    said += [(total, place) for total in found.totals[1:] for place in first if _is_money(found.columns[place])]
    said += [(total, place) for total in found.totals[:1] for place in others]
    for total, place in said:
        column, cell = found.columns[place], total[place]
        if cell is not None and column.kind is not ColumnKind.TEXT:
            yield heading(column, reader.language), shown(column, cell, reader)


def _is_money(column: Column) -> bool:
    return column.kind is ColumnKind.MONEY


def chart_of(found: Report, reader: Reader) -> ReportChart | None:
    """What the chart of a report draws; None where there is nothing to draw."""
    drawn, chart = found.drawn(), found.chart
    if chart is None or not drawn:
        return None
    t = texts(reader.language)
    label = found.columns[found.place(chart.label)]
    return ReportChart(
        title=chart.title,
        form=chart.form.value,
        kind=drawn[0].kind.value,
        currency=chart.currency,
        outcomes=BY_OUTCOME.get(found.code, ()) if chart.form.value == "stacked" else (),
        series=tuple(
            ReportSeries(
                name=t(one.name),
                points=tuple((_label(label, name, reader), number) for name, number in one.points[:ROWS]),
            )
            for one in drawn
        ),
    )


def _label(column: Column, cell: Cell, reader: Reader) -> str:
    return shown(column, cell, reader) or "–"


def _names(turn: Turn, query: ReportQuery) -> Iterator[str]:
    """What the report is narrowed to, as people know it; an id that is nobody's says nothing."""
    if query.client is not None:
        client = turn.session.get(Client, query.client)
        yield client.path if client is not None else ""
    for person_id in (query.sales_lead, query.person):
        person = turn.session.get(Person, person_id) if person_id is not None else None
        yield person.name if person is not None else ""
    if query.category is not None:
        yield str(value(categories(turn.company).get(query.category, query.category), turn.reader.language))


def _filters(turn: Turn, asked: Asked) -> ReportFilters:
    query, filters = asked.query, asked.kind.filters
    this_year = today_of(turn.person, turn.now).year
    years = sorted({*range(this_year - YEARS_BACK, this_year + 2), *([query.year] if query.year else [])}, reverse=True)
    language = turn.reader.language
    axis = [(code, str(value(label, language))) for code, label in categories(turn.company).items()]
    return ReportFilters(
        values=tuple(_picked(turn, query).items()),
        years=tuple(years),
        by=tuple(one.value for one in asked.kind.breakdowns),
        clients=tuple(_clients(turn, query)) if Filter.CLIENT in filters else (),
        sales_leads=tuple(_sales_leads(turn)) if Filter.SALES_LEAD in filters else (),
        categories=tuple(axis) if Filter.CATEGORY in filters else (),
        people=Filter.PERSON in filters,
    )


def _picked(turn: Turn, query: ReportQuery) -> dict[str, str]:
    person = turn.session.get(Person, query.person) if query.person is not None else None
    said: dict[str, Any] = {
        "year": query.year,
        "breakdown": query.by.value if query.by is not None else None,
        "client": query.client,
        "sales_lead": query.sales_lead,
        "category": query.category,
        "person": person.entra_object_id if person is not None else None,
    }
    return {field: str(picked) for field, picked in said.items() if picked is not None}


def _clients(turn: Turn, query: ReportQuery) -> Iterator[tuple[str, str]]:
    """Those used last, and the picked one."""
    offered = search.first_choices(turn.session, FieldKind.CLIENT, None)
    picked = turn.session.get(Client, query.client) if query.client is not None else None
    if picked is not None and str(picked.id) not in dict(offered):
        yield str(picked.id), picked.path
    yield from offered


def _sales_leads(turn: Turn) -> Iterator[tuple[str, str]]:
    owners = sa.select(Person.id, Person.name).where(Person.id.in_(sa.select(Offer.owner_id))).order_by(Person.name)
    yield from ((str(row.id), row.name) for row in turn.session.execute(owners.limit(PEOPLE)))


def question_view(unclear: Unclear) -> ReportQuestionView:
    """Which of the meanings is meant."""
    return ReportQuestionView(
        title=unclear.asked.kind.title,
        words=unclear.words,
        choices=tuple(
            ReportChoice(field=one.field.value, name=one.name, q=written(one.asked)) for one in unclear.choices
        ),
        q=written(unclear.asked),
    )
