"""Documents that stand in SharePoint or Loop, with their links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.activities import service as activities
from bot.activities.fields import document
from bot.activities.models import Activity, Document
from bot.offers import entries
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import edit_buttons, may_write, page_of, record_to_write, to_read, to_write
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.records import Press, RecordLine, RecordListView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn


def _new_fields(turn: Turn, offer_id: int) -> tuple[FieldSpec, ...]:
    return document(activities.choices(turn.session, offer_id))


def _new(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    return Opened(offer=offer.full_name, values=defaults(_new_fields(turn, offer_id)))


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> Document:
    return activities.add_document(turn.session, offer_id, typed, actor=turn.person, now=turn.now)


def _fields(turn: Turn, document_id: int) -> tuple[FieldSpec, ...]:
    found, _offer = record_to_write(turn, Document, document_id)
    return document(activities.choices(turn.session, found.offer_id, found.activity_id))


def _opened(turn: Turn, document_id: int) -> Opened:
    found, offer = record_to_write(turn, Document, document_id)
    values = records.texts_of(turn.session, found, _fields(turn, document_id))
    return Opened(offer=offer.full_name, values=values, revision=found.revision)


def _edit(turn: Turn, document_id: int, typed: Mapping[str, str], base: int) -> Document:
    return activities.edit_document(turn.session, document_id, typed, base=base, actor=turn.person, now=turn.now)


def _said(_turn: Turn, _found: Document | None) -> Sentence:
    return sentence("documents.saved")


def show(turn: Turn, offer_id: int, page: int) -> RecordListView:
    """The documents of an offer, the newest first."""
    offer = to_read(turn, offer_id)
    writes = may_write(turn, offer)
    found = page_of(activities.documents(turn.session, offer_id), page)
    add = Press(
        label="documents.button_add", verb=Verb.FORM_OPEN, id=offer_id, q=FormCode.DOCUMENT_ADD.value, main=True
    )
    return RecordListView(
        code=ListCode.DOCUMENTS,
        offer_id=offer_id,
        offer=offer.full_name,
        title="documents.list_title",
        empty="documents.empty",
        lines=tuple(_line(turn, one, writes=writes) for one in found.items),
        total=found.total,
        page=found.number,
        pages=found.pages,
        buttons=(add,) if writes else (),
    )


def _line(turn: Turn, one: Document, *, writes: bool) -> RecordLine:
    activity = turn.session.get(Activity, one.activity_id) if one.activity_id is not None else None
    quiet = []
    if one.dated_on is not None:
        quiet.append(sentence("documents.line_dated", on=one.dated_on))
    if activity is not None:
        quiet.append(sentence("documents.line_activity", subject=activity.subject))
    return RecordLine(
        title=one.title,
        state=sentence(f"documents.kind_{one.kind}"),
        lines=tuple(quiet),
        buttons=edit_buttons(FormCode.DOCUMENT_EDIT, ListCode.DOCUMENTS, one.id) if writes else (),
        link=one.url,
    )


def _remove(turn: Turn, document_id: int, away: bool) -> int:  # noqa: FBT001  the table's signature
    return entries.take_away(turn.session, Document, document_id, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.DOCUMENT_ADD: OfferDialog(
        domain="documents",
        title="add_title",
        button="add_button",
        fields=_new_fields,
        opened=_new,
        save=_add,
        said=_said,
    ),
    FormCode.DOCUMENT_EDIT: OfferDialog(
        domain="documents",
        title="edit_title",
        button="edit_button",
        fields=_fields,
        opened=_opened,
        save=_edit,
        said=_said,
    ),
}
LISTS = {ListCode.DOCUMENTS: show}
REMOVABLE = {ListCode.DOCUMENTS: _remove}
