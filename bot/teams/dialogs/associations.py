"""Offers that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.offers import associations, fields
from bot.offers.models import Association, AssociationKind
from bot.teams.context import Payload
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import may_write, page_of, to_read, to_write
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.records import Press, RecordLine, RecordListView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.offers.associations import Associated
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn


def _fields(turn: Turn, _offer_id: int) -> Sequence[FieldSpec]:
    word = texts(turn.reader.language)
    return fields.association({one.value: word(f"associations.kind_{one.value}") for one in AssociationKind})


def _opened(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    first = [(str(one.id), one.full_name) for one in associations.candidates(turn.session, offer)]
    return Opened(offer=offer.full_name, values={"kind": AssociationKind.RELATED.value}, choices={"other_id": first})


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> Association:
    return associations.associate(
        turn.session, offer_id, _fields(turn, offer_id), typed, actor=turn.person, now=turn.now
    )


def _said(_turn: Turn, _made: Association | None) -> Sentence:
    return sentence("associations.added")


def show(turn: Turn, offer_id: int, page: int) -> RecordListView:
    """The offers that belong to this one."""
    offer = to_read(turn, offer_id)
    writes = may_write(turn, offer)
    found = page_of(associations.of_offer(turn.session, offer_id), page)
    add = Press(
        label="associations.add_button",
        verb=Verb.FORM_OPEN,
        id=offer_id,
        q=FormCode.ASSOCIATION_ADD.value,
        main=True,
    )
    return RecordListView(
        code=ListCode.ASSOCIATIONS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="associations.list_title",
        empty="associations.empty",
        lines=tuple(_line(one, offer_id, writes=writes) for one in found.items),
        total=found.total,
        page=found.number,
        pages=found.pages,
        buttons=(add,) if writes else (),
    )


def _line(one: Associated, offer_id: int, *, writes: bool) -> RecordLine:
    shown = Press(label="associations.open", verb=Verb.OFFER_SHOW, id=one.other.id)
    # The list it was pressed in rides along: a pair belongs to two offers.
    away = Press(
        label="records.remove", verb=Verb.RECORD_REMOVE, id=one.id, q=f"{ListCode.ASSOCIATIONS.value}/{offer_id}"
    )
    return RecordLine(
        title=one.other.full_name,
        state=sentence(f"associations.kind_{one.kind.value}"),
        text=one.note or "",
        tap=shown,
        buttons=(shown, away) if writes else (shown,),
    )


def _remove(turn: Turn, association_id: int, away: bool) -> int:  # noqa: FBT001  as the table calls it
    """Take a pair apart; one that was taken apart is entered again, not taken back."""
    if away:
        pair = associations.separate(turn.session, association_id, actor=turn.person, now=turn.now)
        pressed_in = turn.payload(Payload).q.partition("/")[2]
        return pair.second_id if pressed_in == str(pair.second_id) else pair.first_id
    return associations.by_id(turn.session, association_id).first_id


DIALOGS = {
    FormCode.ASSOCIATION_ADD: OfferDialog(
        domain="associations",
        title="add_title",
        button="add_button",
        fields=_fields,
        opened=_opened,
        save=_add,
        said=_said,
    ),
}
LISTS = {ListCode.ASSOCIATIONS: show}
REMOVABLE = {ListCode.ASSOCIATIONS: _remove}
