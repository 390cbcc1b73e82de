"""From absences to their card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people import absences
from bot.people import service as people
from cards.views.absences import AbsenceLine, AbsencesView

if TYPE_CHECKING:
    from bot.people.models import Absence, Person
    from bot.teams.context import Turn

LINES = 10


def absences_view(turn: Turn, withdrawn: Absence | None = None) -> AbsencesView:
    """The coming absences of the person, or of everybody for who may declare anybody's."""
    everybody = absences.may_for_others(turn.session, turn.person, turn.now)
    found = absences.coming(turn.session, turn.person, turn.now, everybody=everybody)
    return AbsencesView(
        lines=tuple(_line(turn, row, person) for row, person in found[:LINES]),
        more=max(len(found) - LINES, 0),
        everybody=everybody,
        withdrawn=_withdrawn(turn, withdrawn),
    )


def _withdrawn(turn: Turn, row: Absence | None) -> AbsenceLine | None:
    """A withdrawn absence; None when it is in force again."""
    if row is None or row.revoked_at is None:
        return None
    return _line(turn, row, people.by_id(turn.session, row.person_id))


def _line(turn: Turn, row: Absence, person: Person) -> AbsenceLine:
    name = person.name if person.id != turn.person.id else ""
    return AbsenceLine(absence_id=row.id, first=row.starts_on, last=row.ends_on, name=name)
