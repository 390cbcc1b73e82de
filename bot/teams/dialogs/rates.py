"""Hourly rates: a new one, and the correction of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.hours import rates
from bot.people import service as people
from bot.people.models import Role
from bot.records.fields import as_text
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import name_of
from cards.verbs import FormCode
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.hours.models import HourlyRate
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence


def _add_fields(_turn: Turn, _number: int) -> Sequence[FieldSpec]:
    return rates.ADD


def _open_add(turn: Turn, _number: int) -> Opened:
    turn.require(Role.KEY_USER)
    return Opened(
        offer="",
        values={"valid_from": people.today_of(turn.person, turn.now).replace(day=1).isoformat()},
        notes=(sentence("rates.note_chain"),),
        currency=turn.company.rules.hours.currency,
    )


def _add(turn: Turn, _number: int, typed: Mapping[str, str], _rev: int) -> HourlyRate:
    return rates.add(turn.session, typed, actor=turn.person, now=turn.now)


def _edit_fields(_turn: Turn, _number: int) -> Sequence[FieldSpec]:
    return rates.CORRECT


def _open_edit(turn: Turn, number: int) -> Opened:
    rate = rates.by_id(turn.session, number, turn.person, turn.now)
    return Opened(
        offer=name_of(turn, rate.person_id),
        values={"amount": as_text(rates.amount_of(rate.cents)), "valid_from": rate.valid_from.isoformat()},
        revision=rates.revision_of(turn.session, number),
        notes=(sentence("rates.note_chain"),),
        currency=turn.company.rules.hours.currency,
    )


def _edit(turn: Turn, number: int, typed: Mapping[str, str], rev: int) -> HourlyRate:
    return rates.correct(turn.session, number, typed, base=rev, actor=turn.person, now=turn.now)


def _said(_turn: Turn, _rate: HourlyRate | None) -> Sentence:
    return sentence("rates.said_saved")


DIALOGS = {
    FormCode.RATE_ADD: OfferDialog(
        domain="rates",
        title="add_title",
        button="save_button",
        fields=_add_fields,
        opened=_open_add,
        save=_add,
        said=_said,
    ),
    FormCode.RATE_EDIT: OfferDialog(
        domain="rates",
        title="edit_title",
        button="save_button",
        fields=_edit_fields,
        opened=_open_edit,
        save=_edit,
        said=_said,
    ),
}
