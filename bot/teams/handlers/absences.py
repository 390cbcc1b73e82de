"""When somebody is away: shown, withdrawn, restored. A dialog declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people import absences
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.listing import require_colleague
from bot.teams.presenters.absences import absences_view
from cards.absences import absences_card

if TYPE_CHECKING:
    from bot.people.models import Absence


def show_absences(turn: Turn) -> Answer:
    """The coming absences, for any colleague."""
    require_colleague(turn)
    return Show(absences_card, absences_view(turn), turn.reader)


def withdraw(turn: Turn) -> Absence:
    """The person works on those days after all."""
    return absences.withdraw(turn.session, turn.payload(Payload).id, turn.person, turn.now)


def restore(turn: Turn) -> Absence:
    """They are away after all."""
    return absences.restore(turn.session, turn.payload(Payload).id, turn.person, turn.now)


def show_withdrawn(turn: Turn, _result: object) -> Answer:
    """The coming absences without the withdrawn one, which can be restored."""
    withdrawn = absences.by_id(turn.session, turn.payload(Payload).id)
    absences.require_absences_of(turn.session, withdrawn.person_id, turn.person, turn.now)
    return Show(absences_card, absences_view(turn, withdrawn), turn.reader)


def show_restored(turn: Turn, _result: object) -> Answer:
    """The coming absences, the restored one among them."""
    return show_absences(turn)
