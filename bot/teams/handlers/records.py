"""Every dialog and every list of an offer's records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import NotFound
from bot.records.fields import ID_DIGITS
from bot.teams.answers import Answer, Open, Say, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.base import OfferDialog, form_view
from bot.teams.dialogs.table import DIALOGS, LISTS, RECORDS, REMOVABLE
from cards.records import record_form, record_list_card
from cards.verbs import FormCode, ListCode, Verb
from cards.views.records import Press

if TYPE_CHECKING:
    from bot.teams.dispatch import Errors
    from cards.views.forms import Typed

MOST_PAGES = 1000


def _asked(turn: Turn) -> tuple[FormCode, OfferDialog, Payload]:
    """Which dialog, as the button says; an unknown one is an old or a forged card."""
    payload = turn.payload(Payload)
    try:
        code = FormCode(payload.q)
        return code, DIALOGS[code], payload
    except (ValueError, KeyError) as error:
        raise NotFound from error


def form(turn: Turn, typed: Typed, errors: Errors) -> Open:
    """The dialog, new or with its errors."""
    code, dialog, payload = _asked(turn)
    return Open(record_form, form_view(turn, code, dialog, payload.id, typed, errors), turn.reader)


def save(turn: Turn) -> Any:  # noqa: ANN401  what the dialog's own save returns
    """Do what the dialog says."""
    _code, dialog, payload = _asked(turn)
    typed = {name: str(value) for name, value in turn.inbound.data.items() if value is not None}
    return dialog.save(turn, payload.id, typed, payload.rev)


def said(turn: Turn, result: object) -> Answer:
    """Close the dialog with what happened and what comes next."""
    _code, dialog, _payload = _asked(turn)
    return Say(dialog.said(turn, result), turn.reader, closes_dialog=True)


def _list(turn: Turn) -> tuple[ListCode, int]:
    """Which list and which page."""
    name, _, page = turn.payload(Payload).q.partition("/")
    try:
        return ListCode(name), min(int(page), MOST_PAGES) if page.isascii() and page.isdecimal() else 0
    except ValueError as error:
        raise NotFound from error


def show_list(turn: Turn, _result: object) -> Answer:
    """The records of one kind."""
    code, page = _list(turn)
    return show(turn, code, turn.payload(Payload).id, page)


def show(turn: Turn, code: ListCode, offer_id: int, page: int = 0) -> Answer:
    """A list, drawn for the person who asked."""
    if code not in LISTS:
        raise NotFound
    return Show(record_list_card, LISTS[code](turn, offer_id, page), turn.reader)


def _take(turn: Turn, *, away: bool) -> int:
    code, _page = _list(turn)
    if code not in REMOVABLE:
        raise NotFound
    return REMOVABLE[code](turn, turn.payload(Payload).id, away)


def remove(turn: Turn) -> int:
    """Take a record away; it can be taken back."""
    return _take(turn, away=True)


def restore(turn: Turn) -> int:
    """Take it back."""
    return _take(turn, away=False)


def show_left(turn: Turn, offer_id: int | None) -> Answer:
    """The list without, or again with, the record; what was just removed can be taken back."""
    code, _page = _list(turn)
    view = LISTS[code](turn, _offer_of(turn, code) if offer_id is None else offer_id, 0)
    if turn.inbound.verb == Verb.RECORD_REMOVE and code in RECORDS:
        back = Press(
            label="records.restore", verb=Verb.RECORD_RESTORE, id=turn.payload(Payload).id, q=code.value, main=True
        )
        view = replace(view, buttons=(back,))
    return Show(record_list_card, view, turn.reader)


def _offer_of(turn: Turn, code: ListCode) -> int:
    """The offer of the record that an earlier delivery of this press took away or back."""
    payload = turn.payload(Payload)
    if code in RECORDS:
        record = turn.session.get(RECORDS[code], payload.id)
        if record is None:
            raise NotFound
        return record.offer_id
    pressed_in = payload.q.partition("/")[2]
    if not pressed_in.isascii() or not pressed_in.isdecimal() or len(pressed_in) > ID_DIGITS:
        raise NotFound
    return int(pressed_in)
