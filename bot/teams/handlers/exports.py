"""Everything as a file: for key users only, with a link that works once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import tickets
from bot.decisions.tickets import SheetKind
from bot.errors import NotFound
from bot.exports.forms import Form
from bot.exports.tables import REPORT, exportable, exportables
from bot.people.models import Role
from bot.reports.star_schema import PREFIX
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from cards.exports import export_card
from cards.notices import notice_card
from cards.verbs import Verb
from cards.views.exports import ExportView
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence
from cards.words import Tone

if TYPE_CHECKING:
    from bot.exports.tables import Exportable


class Chosen(Payload):
    """The form that was pressed, and the table that stood in the input."""

    table: str = ""


def export(turn: Turn, _words: str = "") -> Answer:
    """What there is."""
    turn.require(Role.KEY_USER)
    listed = tuple((one.name, _title(one)) for one in exportables())
    return Show(export_card, ExportView(tables=listed), turn.reader)


def _title(what: Exportable) -> str:
    if what.name.startswith(REPORT):
        return f"reports.title_{what.name.removeprefix(REPORT)}"
    return f"exports.table_{what.name.removeprefix(PREFIX)}"


def file(turn: Turn) -> str:
    """A ticket for the file. Raises :class:`NotFound` for a table or a form that is none."""
    turn.require(Role.KEY_USER)
    chosen = turn.payload(Chosen)
    if chosen.q not in set(Form):
        raise NotFound
    name = f"{tickets.STREAMED}{exportable(chosen.table).name}.{chosen.q}"
    token, language = turn.around.token(), turn.person.language
    return tickets.issue_ticket(turn.session, SheetKind.EXPORT, 0, language, turn.now, token, name=name)


def show_file(turn: Turn, path: str | None) -> Answer:
    """The link, or what to do where no public address is configured."""
    ready = path is not None and turn.around.public_url is not None
    view = NoticeView(
        tone=Tone.GOOD if ready else Tone.WARNING,
        title=sentence("exports.ready" if ready else "answers.sheet_no_url"),
        text=sentence("exports.ready_text") if ready else None,
        link=f"{turn.around.public_url}{path}" if ready else "",
        link_label="exports.button_open",
        follow_ups=(FollowUp(label="exports.button_back", verb=Verb.COMMAND_RUN, words="export"),),
    )
    return Show(notice_card, view, turn.reader)
