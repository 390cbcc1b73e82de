"""Declaring an absence: one's own, or for key users and admins anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people import absences
from bot.people import service as people
from bot.records import service as records
from bot.records.fields import FieldKind, FieldSpec
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import require_colleague
from cards.verbs import FormCode
from cards.views.reader import Sentence, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.people.models import Absence
    from bot.teams.context import Turn

DAYS = (
    FieldSpec(name="starts_on", kind=FieldKind.DAY, required=True),
    FieldSpec(name="ends_on", kind=FieldKind.DAY, required=True),
)
OF_ANYBODY = (FieldSpec(name="person_id", kind=FieldKind.PERSON, required=True), *DAYS)


def _fields(turn: Turn, _number: int) -> tuple[FieldSpec, ...]:
    return OF_ANYBODY if absences.may_for_others(turn.session, turn.person, turn.now) else DAYS


def _opened(turn: Turn, _number: int) -> Opened:
    require_colleague(turn)
    return Opened(
        offer=turn.person.name,
        values={"person_id": turn.person.entra_object_id},
        notes=(sentence("absences.note"),),
    )


def _declare(turn: Turn, number: int, typed: Mapping[str, str], _rev: int) -> Absence:
    require_colleague(turn)
    values = records.read(turn.session, _fields(turn, number), typed, turn.person)
    return absences.declare(
        turn.session,
        values.get("person_id", turn.person.id),
        values["starts_on"],
        values["ends_on"],
        turn.person,
        turn.now,
    )


def _said(turn: Turn, row: Absence | None) -> Sentence:
    if row is None:
        return sentence("absences.said_kept")
    others = row.person_id != turn.person.id
    form = f"{'day' if row.starts_on == row.ends_on else 'days'}{'_of' if others else ''}"
    return sentence(
        f"absences.said_{form}",
        first=row.starts_on,
        last=row.ends_on,
        name=people.by_id(turn.session, row.person_id).name,
    )


DIALOGS = {
    FormCode.ABSENCE_ADD: OfferDialog(
        domain="absences",
        title="add_title",
        button="add_button",
        fields=_fields,
        opened=_opened,
        save=_declare,
        said=_said,
    ),
}
