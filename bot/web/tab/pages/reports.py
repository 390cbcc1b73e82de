"""Every report of the catalogue, narrowed and broken down by what the address says, with its chart and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.decisions import tickets
from bot.decisions.tickets import SheetKind
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.people import service as people
from bot.people.models import Person
from bot.reports.asked import Asked as Question
from bot.reports.asked import written
from bot.reports.catalogue import ReportKind, kind_of, reports_of, run
from bot.reports.downloads import ENDING
from bot.reports.hours import ALL_YEARS, FIRST_YEAR, LAST_YEAR, years_with_hours
from bot.reports.narrowing import categories
from bot.reports.shape import DECEMBER, By, ColumnKind, Filter, ReportQuery
from bot.reports.wording import heading, shown
from bot.web.tab.asked import Asked, Page
from bot.web.tab.charts import report_chart
from cards.formats import month
from cards.texts import texts
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reports.shape import Report, Row
    from cards.views.reader import Sentence

ROWS = 50
WORKBOOK = "workbook"
FILES = {"table": SheetKind.HOURS_TABLE, "picture": SheetKind.HOURS_PICTURE}
"""Of a year of hours: every breakdown with the entries, and the charts."""
HOURS = "hours"
YEAR_DIGITS = 4
MONTHS = tuple(map(str, range(1, DECEMBER + 1)))
EVERYBODY = {Filter.CLIENT: "tab.all_clients", Filter.SALES_LEAD: "tab.all_sales_leads"}
"""How "all" reads where it is not of feminine things, which French tells apart."""
NAMING = frozenset({ColumnKind.TEXT, ColumnKind.DATE, ColumnKind.MONTH})
"""What stands on the left; numbers stand under one another on the right."""


@dataclass(frozen=True, slots=True)
class Picker:
    """A filter as a list to choose from: (value, name), the empty value first. ``name`` is its place in the address."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


def show(asked: Asked) -> Page:
    """What there is to choose; the figures, which take their time over many years, come by themselves after it."""
    turn = asked.turn
    kind, query = _kind(asked), _query(asked)
    pickers = _pickers(asked, kind, query)
    return Page(
        "reports.html",
        sentence("tab.place_reports"),
        "reports",
        {
            "kinds": [(one.code, texts(turn.reader.language)(one.title)) for one in reports_of()],
            "kind": kind,
            "pickers": pickers,
            "query": _address(kind, pickers),
            "page": asked.page(),
            "files": (WORKBOOK, *(FILES if kind.code == HOURS else ())),
            "link": None,
        },
    )


def figures(asked: Asked) -> Page:
    """The figures of one report: the first one when the address names none that there is."""
    turn = asked.turn
    kind, query = _kind(asked), _query(asked)
    report = run(turn.session, kind, query, turn.company, turn.now)
    pages = max(1, -(-len(report.rows) // ROWS))
    page = min(asked.page(), pages - 1)
    return Page(
        "figures.html",
        sentence("tab.place_reports"),
        "reports",
        {
            "query": _address(kind, _pickers(asked, kind, query)),
            "chart": report_chart(report, turn.reader),
            "headings": [heading(column, turn.reader.language) for column in report.columns],
            "numeric": [column.kind not in NAMING for column in report.columns],
            "rows": _cells(asked, report, report.rows[page * ROWS : (page + 1) * ROWS]),
            "totals": _cells(asked, report, report.totals),
            "notes": [sentence(note.key, count=note.count) for note in report.notes],
            "page": page,
            "pages": pages,
        },
    )


def ticket(asked: Asked) -> Sentence:
    """A ticket for what is shown as a workbook, or for a file of the hours of its year; :func:`show_file` shows it."""
    turn, file, query = asked.turn, asked.query.get("file", ""), _query(asked)
    if file not in {WORKBOOK, *FILES} or turn.around.public_url is None:
        raise NotFound
    name = f"{written(Question(_kind(asked), query))}{ENDING}" if file == WORKBOOK else ""
    path = tickets.issue_ticket(
        turn.session,
        FILES.get(file, SheetKind.EXPORT),
        query.year,
        turn.person.language,
        turn.now,
        turn.around.token(),
        name=name,
    )
    return sentence("tab.file_ready", link=f"{turn.around.public_url}{path}")


def show_file(asked: Asked) -> Page:
    """The same report with the link that was made."""
    page = show(asked)
    said = dict(asked.said.values) if asked.said is not None else {}
    return Page(page.template, page.title, page.place, {**page.values, "link": said.get("link"), "said": None})


def _address(kind: ReportKind, pickers: Sequence[Picker]) -> dict[str, str]:
    return {"report": kind.code, **{one.name: one.chosen for one in pickers}}


def _kind(asked: Asked) -> ReportKind:
    code = asked.words("report")
    return kind_of(code) if code in {one.code for one in reports_of()} else reports_of()[0]


def _query(asked: Asked) -> ReportQuery:
    by = asked.words("by")
    year = _year(asked)
    category = asked.words("category")
    known = by in set(By) and By(by) in _kind(asked).breakdowns
    return ReportQuery(
        year=year,
        month=_month(asked) if year else 0,
        client=_id(asked, "client"),
        sales_lead=_id(asked, "sales_lead"),
        category=category if category in categories(asked.turn.company) else None,
        person=_id(asked, "person"),
        by=By(by) if known else None,
    )


def _year(asked: Asked) -> int:
    text = asked.words("year")
    digits = text.isascii() and text.isdecimal() and len(text) == YEAR_DIGITS
    return int(text) if digits and FIRST_YEAR <= int(text) <= LAST_YEAR else ALL_YEARS


def _month(asked: Asked) -> int:
    text = asked.words("month")
    return int(text) if text in MONTHS else 0


def _id(asked: Asked, name: str) -> int | None:
    text = asked.words(name)
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) <= len(str(2**31)) - 1 else None


def _cells(asked: Asked, report: Report, rows: Sequence[Row]) -> list[tuple[str, ...]]:
    reader = asked.turn.reader
    return [
        tuple(shown(column, cell, reader) for column, cell in zip(report.columns, row, strict=True)) for row in rows
    ]


def _pickers(asked: Asked, kind: ReportKind, query: ReportQuery) -> list[Picker]:
    t = texts(asked.turn.reader.language)
    found = []
    if len(kind.breakdowns) > 1:
        by = query.by or kind.breakdowns[0]
        choices = tuple((one.value, t(f"reports.by_{one.value}")) for one in kind.breakdowns)
        found.append(Picker("by", t("tab.filter_by"), choices, by.value))
    for one in kind.filters:
        value = getattr(query, one.value)
        choices = (("", t(EVERYBODY.get(one, "tab.all"))), *_choices(asked, one))
        found.append(Picker(one.value, t(f"tab.filter_{one.value}"), choices, str(value or "")))
        if one is Filter.YEAR and query.year:
            named = ((text, month(int(text), asked.turn.reader.language)) for text in MONTHS)
            found.append(
                Picker("month", t("tab.filter_month"), (("", t("tab.all_months")), *named), str(query.month or ""))
            )
    return found


def _choices(asked: Asked, of: Filter) -> tuple[tuple[str, str], ...]:
    turn = asked.turn
    if of is Filter.YEAR:
        known = years_with_hours(turn.session)
        this = people.today_of(turn.person, turn.now).year
        first, last = known or (this, this)
        return tuple((str(year), str(year)) for year in range(max(last, this), min(first, this) - 1, -1))
    if of is Filter.CATEGORY:
        return tuple((code, label.of(turn.reader.language.value)) for code, label in categories(turn.company).items())
    if of is Filter.CLIENT:
        nodes = (
            sa.select(Client.id, Client.path)
            .where(Client.level.in_((Level.CLIENT, Level.ENTITY)))
            .order_by(Client.path)
        )
        return tuple((str(row.id), row.path) for row in turn.session.execute(nodes))
    statement = sa.select(Person.id, Person.name).where(Person.guest.is_(False)).order_by(Person.name, Person.id)
    if of is Filter.SALES_LEAD:
        statement = statement.where(Person.id.in_(sa.select(Offer.owner_id).distinct()))
    return tuple((str(row.id), row.name) for row in turn.session.execute(statement))
