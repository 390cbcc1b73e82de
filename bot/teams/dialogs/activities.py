"""Appointments, calls and tasks, planned and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.activities import service as activities
from bot.activities.fields import ACTIVITY
from bot.activities.models import Activity
from bot.clients.search import first_choices
from bot.offers import entries
from bot.people import service as people
from bot.records import service as records
from bot.records.fields import FieldKind
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.base import OfferDialog, Opened, defaults
from bot.teams.dialogs.listing import edit_buttons, may_write, names_of, page_of, record_to_write, to_read, to_write
from cards.records import record_list_card
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import Sentence, sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Tone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.clients.search import Choice
    from bot.offers.models import Offer

UNDO = "undo"
"""What the button carries that takes "done" back."""
ADD_MORE = frozenset({"planned_time", "minutes", "contact_id", "place", "note", "link"})


def _contacts(turn: Turn, offer: Offer) -> dict[str, list[Choice]]:
    """Who the picker offers before anything is typed."""
    return {"contact_id": first_choices(turn.session, FieldKind.CONTACT, offer)}


def _new(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id)
    return Opened(
        offer=offer.full_name,
        values=defaults(ACTIVITY, owner_id=turn.person.entra_object_id),
        notes=(sentence("activities.note_days"),),
        choices=_contacts(turn, offer),
    )


def _add(turn: Turn, offer_id: int, typed: Mapping[str, str], _base: int) -> tuple[Activity, bool]:
    return activities.record(turn.session, offer_id, typed, company=turn.company, actor=turn.person, now=turn.now)


def _opened(turn: Turn, activity_id: int) -> Opened:
    activity, offer = record_to_write(turn, Activity, activity_id)
    return Opened(
        offer=offer.full_name,
        values=records.texts_of(turn.session, activity, ACTIVITY),
        revision=activity.revision,
        notes=(sentence("activities.note_days"),),
        choices=_contacts(turn, offer),
    )


def _edit(turn: Turn, activity_id: int, typed: Mapping[str, str], base: int) -> tuple[Activity, bool]:
    return activities.edit(
        turn.session, activity_id, typed, base=base, company=turn.company, actor=turn.person, now=turn.now
    )


def _said(_turn: Turn, result: tuple[Activity, bool] | None) -> Sentence:
    """What is planned or recorded, and that the negotiation began if it did."""
    if result is None:
        return sentence("activities.saved")
    activity, moved = result
    if moved:
        return sentence("activities.said_moved")
    if activity.done_on is not None:
        return sentence("activities.said_recorded")
    return sentence("activities.said_planned", on=activity.planned_on or activity.created_at.date())


def done(turn: Turn) -> int:
    """Record a planned activity as done today, or take that back; gives the offer's id."""
    payload = turn.payload(Payload)
    wanted = payload.q != UNDO
    activity = activities.mark(
        turn.session, payload.id, done=wanted, company=turn.company, actor=turn.person, now=turn.now
    )
    return activity.offer_id


def show_done(turn: Turn, offer_id: int | None) -> Answer:
    """The list, where the activity now stands among the others; a repeated press sees it again."""
    if offer_id is None:
        offer_id = record_to_write(turn, Activity, turn.payload(Payload).id)[0].offer_id
    return Show(record_list_card, show(turn, offer_id, 0), turn.reader)


def show(turn: Turn, offer_id: int, page: int) -> RecordListView:
    """The activities of an offer: planned ones first, the next first, then the recorded ones, the last first."""
    offer = to_read(turn, offer_id)
    writes = may_write(turn, offer)
    today = people.today_of(turn.person, turn.now)
    every = activities.of_offer(turn.session, offer_id)
    found = page_of(every, page)
    planned = [one for one in every if one.done_on is None]
    late = any(one.planned_on is not None and one.planned_on < today for one in planned)
    names = names_of(turn, (one.owner_id for one in found.items))
    add = Press(
        label="activities.button_add", verb=Verb.FORM_OPEN, id=offer_id, q=FormCode.ACTIVITY_ADD.value, main=True
    )
    return RecordListView(
        code=ListCode.ACTIVITIES,
        offer_id=offer_id,
        offer=offer.full_name,
        title="activities.list_title",
        empty="activities.empty",
        lines=tuple(_line(turn, one, names, today, writes=writes) for one in found.items),
        total=found.total,
        page=found.number,
        pages=found.pages,
        summary=sentence("activities.summary", count=len(planned), done=len(every) - len(planned)) if every else None,
        summary_tone=Tone.ATTENTION if late else Tone.ACCENT,
        buttons=(add,) if writes else (),
    )


def _line(turn: Turn, one: Activity, names: Mapping[int, str], today: date, *, writes: bool) -> RecordLine:
    state, tone = _state(one, today)
    quiet = [sentence(f"activities.line_{one.kind}", owner=names.get(one.owner_id, ""))]
    if one.planned_time and one.done_on is None:
        quiet.append(sentence("activities.line_time", time=one.planned_time))
    if one.contact_id is not None:
        quiet.append(sentence("activities.line_contact", name=_contact(turn, one)))
    if one.place:
        quiet.append(sentence("activities.line_place", place=one.place))
    return RecordLine(
        title=one.subject,
        state=state,
        tone=tone,
        lines=tuple(quiet),
        text=one.note or "",
        buttons=(*_done_button(one), *edit_buttons(FormCode.ACTIVITY_EDIT, ListCode.ACTIVITIES, one.id))
        if writes
        else (),
        link=one.link or "",
    )


def _contact(turn: Turn, one: Activity) -> str:
    spec = next(spec for spec in ACTIVITY if spec.name == "contact_id")
    return records.name_of(turn.session, spec, records.text_of(turn.session, spec, one.contact_id))


def _done_button(one: Activity) -> tuple[Press, ...]:
    """Done; and back again, for what was planned."""
    if one.done_on is None:
        return (Press(label="activities.button_done", verb=Verb.ACTIVITY_DONE, id=one.id),)
    if one.planned_on is None:
        return ()
    return (Press(label="activities.button_undone", verb=Verb.ACTIVITY_DONE, id=one.id, q=UNDO),)


def _state(one: Activity, today: date) -> tuple[Sentence, Tone]:
    if one.done_on is not None:
        return sentence("activities.state_done", on=one.done_on), Tone.GOOD
    planned = one.planned_on or today
    if planned < today:
        return sentence("activities.state_overdue", on=planned), Tone.ATTENTION
    return sentence("activities.state_planned", on=planned), Tone.ACCENT


def _remove(turn: Turn, activity_id: int, away: bool) -> int:  # noqa: FBT001  the table's signature
    return entries.take_away(turn.session, Activity, activity_id, actor=turn.person, now=turn.now, away=away)


DIALOGS = {
    FormCode.ACTIVITY_ADD: OfferDialog(
        domain="activities",
        title="add_title",
        button="add_button",
        fields=lambda _turn, _id: ACTIVITY,
        opened=_new,
        save=_add,
        said=_said,
        more=ADD_MORE,
        height="large",
    ),
    FormCode.ACTIVITY_EDIT: OfferDialog(
        domain="activities",
        title="edit_title",
        button="edit_button",
        fields=lambda _turn, _id: ACTIVITY,
        opened=_opened,
        save=_edit,
        said=_said,
        more=ADD_MORE,
        height="large",
    ),
}
LISTS = {ListCode.ACTIVITIES: show}
REMOVABLE = {ListCode.ACTIVITIES: _remove}
