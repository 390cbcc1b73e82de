"""Every report of the registry in chat: typed, by button, narrowed with its pickers, and as a file. For key users."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.decisions import tickets
from bot.decisions.tickets import SheetKind
from bot.errors import NotFound
from bot.people import service as people
from bot.people.models import Role
from bot.reports.asked import Asked, read, written
from bot.reports.asking import Unclear, understood
from bot.reports.downloads import ENDING
from bot.reports.figures import Grouping
from bot.reports.shape import By, ReportQuery
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.presenters import report_tables as tables
from cards.notices import notice_card
from cards.report_tables import report_card, report_question_card
from cards.verbs import Verb
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

PICKED = 64
"""Characters of what a picker sends."""


class Pickers(Payload):
    """What stands in the inputs of a report's card; empty means everything."""

    year: str = ""
    breakdown: str = ""
    client: str = ""
    sales_lead: str = ""
    category: str = ""
    person: str = ""


def typed(turn: Turn, words: str, of_hours: Callable[[Turn, Grouping, int], Answer]) -> Answer | None:
    """The report that was typed, or what has to be asked; None when no report was named. ``of_hours`` shows hours and
    missing weeks of everybody, whose cards say more.
    """
    asked = understood(turn.session, words, turn.company)
    if isinstance(asked, Unclear):
        return Show(report_question_card, tables.question_view(asked), turn.reader)
    if asked is None:
        return None
    query = asked.query
    if query == ReportQuery(year=query.year, by=query.by):
        if asked.kind.code == "hours":
            return of_hours(turn, Grouping((query.by or By.CLIENT).value), query.year)
        if asked.kind.code == "missing":
            return of_hours(turn, Grouping.MISSING, query.year)
    return _shown(turn, asked)


def _shown(turn: Turn, asked: Asked) -> Answer:
    return Show(report_card, tables.report_view(turn, asked), turn.reader)


def show(turn: Turn, _result: object) -> Answer:
    """The report of a button."""
    turn.require(Role.KEY_USER)
    return _shown(turn, read(turn.payload(Payload).q))


def narrow(turn: Turn, _result: object) -> Answer:
    """The report as its pickers say; its month is kept with its year."""
    turn.require(Role.KEY_USER)
    said = turn.payload(Pickers)
    asked = read(said.q)
    query = replace(
        asked.query,
        person=_person(turn, said.person) if said.person else None,
    )
    letters = {"y": said.year if said.year != "0" else "", "b": said.breakdown, "c": said.client}
    letters |= {"s": said.sales_lead, "k": said.category}
    parts = [f"{letter}{one}" for letter, one in letters.items() if one]
    if any("." in part or len(part) > PICKED for part in parts):
        raise NotFound
    narrowed = read(".".join([asked.kind.code, *parts]))
    month = query.month if narrowed.query.year == query.year else 0
    return _shown(turn, replace(narrowed, query=replace(narrowed.query, person=query.person, month=month)))


def _person(turn: Turn, object_id: str) -> int:
    found = people.find(turn.session, turn.person.tenant_id, object_id[:PICKED].lower())
    if found is None:
        raise NotFound
    return found.id


def file(turn: Turn) -> str:
    """A ticket for the report as a workbook."""
    turn.require(Role.KEY_USER)
    name = written(read(turn.payload(Payload).q)) + ENDING
    token, language = turn.around.token(), turn.person.language
    return tickets.issue_ticket(turn.session, SheetKind.EXPORT, 0, language, turn.now, token, name=name)


def show_file(turn: Turn, path: str | None) -> Answer:
    """The link, or what to do where no public address is configured."""
    ready = path is not None and turn.around.public_url is not None
    back = FollowUp(label="reports.button_back", verb=Verb.REPORT_OPEN, id=0, words=turn.payload(Payload).q)
    view = NoticeView(
        tone=Tone.GOOD if ready else Tone.WARNING,
        title=sentence("reports.table_ready" if ready else "answers.sheet_no_url"),
        text=sentence("reports.ready_text") if ready else None,
        link=f"{turn.around.public_url}{path}" if ready else "",
        link_label="reports.button_open",
        follow_ups=(back,),
    )
    return Show(notice_card, view, turn.reader)
