"""The hand-over: looked at, accepted, fetched as a sheet; its checklist; and the debrief after a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.decisions import tickets
from bot.decisions.tickets import SheetKind
from bot.errors import NotAllowed, NotFound
from bot.handover import amendments, ending
from bot.handover import service as handover
from bot.handover.models import ChecklistItem
from bot.offers import service as offers
from bot.people.models import Role
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.handover import DONE
from bot.teams.dialogs.listing import PAGE, to_read
from bot.teams.handlers import records
from bot.teams.presenters.handover import handover_view
from cards.handover import handover_card
from cards.notices import notice_card
from cards.verbs import FormCode, ListCode, Verb
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence
from cards.words import Tone

if TYPE_CHECKING:
    from bot.handover.models import Handover


def show(turn: Turn, _result: object) -> Answer:
    """The hand-over of the button's offer."""
    return _show_offer(turn, to_read(turn, turn.payload(Payload).id).id)


def _show_offer(turn: Turn, offer_id: int) -> Answer:
    view = handover_view(turn.session, offer_id, turn.reader.language, turn.now, turn.person)
    return Show(handover_card, view, turn.reader)


def accept(turn: Turn) -> Handover:
    """Take the project over."""
    return handover.accept(turn.session, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_answered(turn: Turn, _result: object) -> Answer:
    """The hand-over of the button, as it stands now."""
    return _show_offer(turn, to_read(turn, handover.by_id(turn.session, turn.payload(Payload).id).offer_id).id)


def sheet(turn: Turn) -> str:
    """A ticket for the whole sheet; its prices are for those who work on the offer, or answer for the project."""
    offer = offers.by_id(turn.session, turn.payload(Payload).id)
    try:
        amendments.require_project(turn.session, offer, turn.person, turn.now, team=True)
    except NotAllowed:
        turn.require(Role.KEY_USER)
    return tickets.issue_ticket(
        turn.session, SheetKind.HANDOVER, offer.id, turn.person.language, turn.now, turn.around.token()
    )


def show_sheet(turn: Turn, path: str | None) -> Answer:
    """A link to the sheet, or what to do where no public address is configured."""
    ready = path is not None and turn.around.public_url is not None
    offer = offers.by_id(turn.session, turn.payload(Payload).id)
    view = NoticeView(
        tone=Tone.GOOD if ready else Tone.WARNING,
        title=sentence("handover.sheet_ready" if ready else "answers.sheet_no_url"),
        subject=offer.full_name,
        link=f"{turn.around.public_url}{path}" if ready else "",
        follow_ups=(FollowUp(label="handover.button_back", verb=Verb.HANDOVER_SHOW, id=offer.id),),
    )
    return Show(notice_card, view, turn.reader)


def tick(turn: Turn) -> ChecklistItem:
    """Tick one thing off, or on again."""
    payload = turn.payload(Payload)
    return handover.tick(turn.session, payload.id, done=payload.q == DONE, actor=turn.person, now=turn.now)


def show_checklist(turn: Turn, _result: object) -> Answer:
    """The list the thing stands in, on its page."""
    item = turn.session.get(ChecklistItem, turn.payload(Payload).id)
    if item is None:
        raise NotFound
    return records.show(turn, ListCode.CHECKLIST, item.offer_id, _page_with(turn, item))


def _page_with(turn: Turn, item: ChecklistItem) -> int:
    """The page, counted from 0, on which an item stands."""
    codes = [one.id for one in handover.checklist(turn.session, item.offer_id)]
    return codes.index(item.id) // PAGE


def debriefed(turn: Turn) -> object:
    """The debrief took place."""
    return ending.debriefed(turn.session, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_debriefed(turn: Turn, _result: object) -> Answer:
    """What comes next: writing down what was learned."""
    offer = offers.by_id(turn.session, turn.payload(Payload).id)
    lessons = FollowUp(label="ending.button_lessons", verb=Verb.FORM_OPEN, id=offer.id, words=FormCode.LESSONS.value)
    view = NoticeView(
        tone=Tone.GOOD,
        title=sentence("ending.debrief_noted"),
        text=sentence("ending.debrief_next"),
        subject=offer.full_name,
        follow_ups=(lessons, FollowUp(label="ending.button_offer", verb=Verb.OFFER_SHOW, id=offer.id)),
    )
    return Show(notice_card, view, turn.reader)
