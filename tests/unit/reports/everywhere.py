"""Somebody who asks every place for a report: in chat, in the tab with a signed token, and for the workbook."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.decisions.tickets import redeem
from bot.reports.asked import Asked, written
from bot.reports.catalogue import ReportKind, run
from bot.reports.downloads import report_file
from bot.reports.shape import Column, ColumnKind, Filter, ReportQuery
from bot.reports.wording import heading
from bot.teams.replies import CardReply
from bot.web.tab.pages.reports import ROWS as PAGE_ROWS
from cards.escape import plain
from cards.verbs import Verb
from cards.words import Language
from tests.unit.reports.awkward import make_awkward
from tests.unit.reports.history import NOW
from tests.unit.reports.places import Card, Line, Told, from_file, from_page, read_card
from tests.unit.reports.written import Value
from tests.unit.teams_handlers.desk import Desk, text_of
from tests.unit.web.tab.visit import Visit, visiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from bot.database import Database
    from bot.decisions.tickets import Leave
    from tests.unit.reports.business import Business

KEY_USER = "key user"


@dataclass
class Places:
    """One report, narrowed and broken down in one way, as every place tells it."""

    kind: ReportKind
    query: ReportQuery
    columns: tuple[Column, ...]
    card: Card
    page: Told
    file: Told
    language: Language

    def column(self, said: str) -> Column:
        """The column under a heading; where several have the same, the one with figures."""
        found = [column for column in self.columns if heading(column, self.language) == said]
        numbers = [column for column in found if column.kind is not ColumnKind.TEXT]
        return numbers[0] if len(numbers) == 1 else found[0]


@dataclass
class Look:
    """Somebody who looks at every place. ``seen``: report, figure and place that were compared."""

    desk: Desk
    visit: Visit
    language: Language
    seen: set[tuple[str, str, str]] = field(default_factory=set)

    async def at(self, kind: ReportKind, query: ReportQuery) -> Places:
        """Ask every place."""
        q = written(Asked(kind, query))
        company = self.desk.around.company
        columns = self.desk.read(lambda session: run(session, kind, query, company, NOW).columns)
        reply = await self.desk.press(KEY_USER, Verb.REPORT_OPEN, q=q)
        assert isinstance(reply, CardReply)
        card = read_card(reply.card)
        page = await self._page(kind, query, columns)
        file = Told()
        if page.rows:
            file = from_file(await self._file(q), columns, self.language)
        return Places(kind, query, columns, card, page, file, self.language)

    async def _file(self, q: str) -> bytes:
        leave = await self.ticket(Verb.REPORT_FILE, q=q)
        company = self.desk.around.company
        return report_file(self.desk.database, leave.name, leave.language, NOW, company).content

    async def ticket(self, verb: Verb, number: int = 0, *, q: str = "") -> Leave:
        """What the link is for that a button of a card gives."""
        card = await self.desk.card(KEY_USER, verb, number, q=q)
        token = f"token-{self.desk.tokens}"
        assert f"{self.desk.public_url}/sheets/{token}" in text_of(card)
        leave = self.desk.write(lambda session: redeem(session, token, NOW))
        assert leave is not None
        return leave

    async def _page(self, kind: ReportKind, query: ReportQuery, columns: Sequence[Column]) -> Told:
        """All its pages."""
        asked = {one.value: getattr(query, one.value) or "" for one in Filter} | {
            "by": query.by.value if query.by else "",
            "month": query.month or "",
        }
        told, number = Told(), 1
        while True:
            address = urlencode({"report": kind.code, **asked, "page": number})
            headers = {"Authorization": f"Bearer {self.visit.token(KEY_USER)}"}
            async with self.visit.client.get(f"/tab/data/reports/figures?{address}", headers=headers) as answer:
                assert answer.status == 200
                found = from_page(await answer.text(), columns, self.language)
            told = replace(found, rows=[*told.rows, *found.rows])
            if len(found.rows) < PAGE_ROWS:
                return told
            number += 1

    def saw(self, places: Places, code: str, place: str) -> None:
        """Remember that it was compared."""
        self.seen.add((places.kind.code, code, place))


@asynccontextmanager
async def looking(database: Database, language: Language, seed: int) -> AsyncIterator[tuple[Look, Business]]:
    """A company with an awkward past, and its key user with the tab open."""
    desk = Desk(database, language=language.value, now=NOW)
    desk.staff()
    business = desk.write(lambda session: make_awkward(session, seed))
    async with visiting(desk, filled=False) as visit:
        yield Look(desk, visit, language), business


def ordinary(value: Value) -> Value:
    """A text as every place writes it."""
    return plain(value) if isinstance(value, str) else value


def lines(rows: Iterable[Line], codes: Iterable[str]) -> list[tuple[Value, ...]]:
    """The values of some columns."""
    return [tuple(ordinary(row.get(code)) for code in codes) for row in rows]
