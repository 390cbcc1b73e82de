"""Reports and hourly rates: for key users only."""

from __future__ import annotations

from bot.decisions import tickets
from bot.decisions.tickets import SheetKind
from bot.errors import NotFound
from bot.hours import rates
from bot.people.models import Role
from bot.reports.catalogue import reports_of
from bot.reports.figures import Grouping
from bot.reports.hours import ALL_YEARS, FIRST_YEAR, LAST_YEAR
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.handlers import report_tables
from bot.teams.presenters.reports import missing_view, rates_view, report_view, this_year
from cards.notices import notice_card
from cards.reports import hours_report_card, missing_report_card, rates_card, report_list_card
from cards.verbs import Verb
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence
from cards.views.reports import ReportListView
from cards.words import Tone

OWN_CARDS = frozenset({"hours", "missing"})
"""Reports whose cards of everybody say more than a table."""


def report(turn: Turn, typed: str) -> Answer:
    """``report hours 2026 by client``, ``report pipeline``; with words that name no report, what there is."""
    turn.require(Role.KEY_USER)
    shown = report_tables.typed(turn, typed, _show)
    if shown is not None:
        return shown
    codes = tuple(kind.code for kind in reports_of() if kind.code not in OWN_CARDS)
    return Show(report_list_card, ReportListView(year=this_year(turn), codes=codes, words=typed), turn.reader)


def _is_year(year: int) -> bool:
    return year == ALL_YEARS or FIRST_YEAR <= year <= LAST_YEAR


def _show(turn: Turn, grouping: Grouping, year: int) -> Answer:
    if grouping is Grouping.MISSING:
        return Show(missing_report_card, missing_view(turn, year), turn.reader)
    return Show(hours_report_card, report_view(turn, grouping, year), turn.reader)


def show(turn: Turn, _result: object) -> Answer:
    """The report by button."""
    turn.require(Role.KEY_USER)
    payload = turn.payload(Payload)
    if payload.q not in set(Grouping):
        raise NotFound
    return _show(turn, Grouping(payload.q), _year(turn))


def _year(turn: Turn) -> int:
    year = turn.payload(Payload).id
    if not _is_year(year):
        raise NotFound
    return year


def table(turn: Turn) -> str:
    """A ticket for the workbook."""
    return _ticket(turn, SheetKind.HOURS_TABLE)


def picture(turn: Turn) -> str:
    """A ticket for the picture."""
    return _ticket(turn, SheetKind.HOURS_PICTURE)


def _ticket(turn: Turn, kind: SheetKind) -> str:
    turn.require(Role.KEY_USER)
    token, language = turn.around.token(), turn.person.language
    return tickets.issue_ticket(turn.session, kind, _year(turn), language, turn.now, token)


def show_file(turn: Turn, path: str | None) -> Answer:
    """The link, or what to do where no public address is configured."""
    ready = path is not None and turn.around.public_url is not None
    what = "reports.table_ready" if turn.inbound.verb == Verb.REPORT_TABLE else "reports.picture_ready"
    back = FollowUp(label="reports.button_back", verb=Verb.REPORT_SHOW, id=_year(turn), words=Grouping.CLIENT.value)
    view = NoticeView(
        tone=Tone.GOOD if ready else Tone.WARNING,
        title=sentence(what if ready else "answers.sheet_no_url"),
        text=sentence("reports.ready_text") if ready else None,
        link=f"{turn.around.public_url}{path}" if ready else "",
        link_label="reports.button_open",
        follow_ups=(back,),
    )
    return Show(notice_card, view, turn.reader)


def hourly_rates(turn: Turn, _words: str = "") -> Answer:
    """Every rate."""
    return _rates(turn, 0)


def _rates(turn: Turn, page: int, withdrawn: int | None = None) -> Answer:
    return Show(rates_card, rates_view(turn, page, withdrawn), turn.reader)


def show_rates(turn: Turn, _result: object) -> Answer:
    """One page of the rates, by button."""
    return _rates(turn, turn.payload(Payload).id)


def withdraw_rate(turn: Turn) -> None:
    """Take a rate away."""
    rates.withdraw(turn.session, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_withdrawn(turn: Turn, _result: object) -> Answer:
    """The rates without it, and the way back."""
    return _rates(turn, 0, withdrawn=turn.payload(Payload).id)


def restore_rate(turn: Turn) -> None:
    """Bring a rate back."""
    rates.restore(turn.session, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_restored(turn: Turn, _result: object) -> Answer:
    """The rates with it."""
    return _rates(turn, 0)
