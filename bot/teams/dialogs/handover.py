"""The hand-over: proposed, sent back; and the checklist before the project starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import NotAllowed
from bot.handover import service as handover
from bot.handover.amendments import require_project
from bot.handover.errors import AlreadyAccepted, NotProposed, NotWon
from bot.handover.fields import PROPOSAL, RETURN
from bot.handover.models import HandoverState
from bot.offers import service as offers
from bot.offers.models import Outcome, TeamRole
from bot.records import service as records
from bot.teams.dialogs.base import OfferDialog, Opened
from bot.teams.dialogs.listing import name_of, page_of, to_read, to_write
from cards.verbs import FormCode, ListCode, Verb
from cards.views.reader import sentence
from cards.views.records import Press, RecordLine, RecordListView
from cards.words import Language, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.handover.models import ChecklistItem, Handover
    from bot.offers.models import Offer
    from bot.records.fields import FieldSpec
    from bot.teams.context import Turn
    from cards.views.reader import Sentence

DONE, NOT_DONE = "done", "open"


def _proposal_fields(_turn: Turn, _offer_id: int) -> tuple[FieldSpec, ...]:
    return PROPOSAL


def _open_proposal(turn: Turn, offer_id: int) -> Opened:
    offer = to_write(turn, offer_id, team=False)
    if offer.outcome is not Outcome.WON:
        raise NotWon
    found = handover.of_offer(turn.session, offer_id)
    manager = PROPOSAL[0]
    notes: tuple[Sentence, ...] = ()
    if found is not None and found.state is HandoverState.RETURNED:
        notes = (sentence("handover.returned_for", name=name_of(turn, found.manager_id), answer=found.answer or ""),)
    return Opened(
        offer=offer.full_name,
        values={
            manager.name: records.text_of(turn.session, manager, offer.project_manager_id) or _of_team(turn, offer_id),
            "note": (found.note or "") if found is not None else "",
        },
        revision=found.revision if found is not None else 0,
        notes=notes,
    )


def _of_team(turn: Turn, offer_id: int) -> str:
    team = offers.team_of(turn.session, offer_id)
    return next((person.entra_object_id for person, role in team if role is TeamRole.PROJECT_MANAGER), "")


def _propose(turn: Turn, offer_id: int, typed: Mapping[str, str], rev: int) -> Handover:
    return handover.propose(turn.session, offer_id, typed, base=rev, actor=turn.person, now=turn.now)


def _said_proposed(turn: Turn, found: Handover | None) -> Sentence:
    if found is None:
        return sentence("handover.said_kept")
    return sentence("handover.said_proposed", name=name_of(turn, found.manager_id))


def _return_fields(_turn: Turn, _handover_id: int) -> tuple[FieldSpec, ...]:
    return RETURN


def _open_return(turn: Turn, handover_id: int) -> Opened:
    found = handover.by_id(turn.session, handover_id)
    handover.require_answer(turn.session, found, turn.person, turn.now)
    if found.state is HandoverState.ACCEPTED:
        raise AlreadyAccepted
    if found.state is not HandoverState.PROPOSED:
        raise NotProposed
    offer = offers.by_id(turn.session, found.offer_id)
    note = sentence("handover.note_return", name=name_of(turn, offer.owner_id))
    return Opened(offer=offer.full_name, revision=found.revision, notes=(note,))


def _return(turn: Turn, handover_id: int, typed: Mapping[str, str], _rev: int) -> Handover:
    return handover.send_back(turn.session, handover_id, typed, actor=turn.person, now=turn.now)


def _said_returned(turn: Turn, found: Handover | None) -> Sentence:
    if found is None:
        return sentence("handover.said_kept")
    owner = offers.by_id(turn.session, found.offer_id).owner_id
    return sentence("handover.said_returned", name=name_of(turn, owner))


def _checklist(turn: Turn, offer_id: int, page: int) -> RecordListView:
    offer = to_read(turn, offer_id)
    found = handover.checklist(turn.session, offer_id)
    listed = page_of(found, page)
    done = sum(item.done_at is not None for item in found)
    ticker = _may_tick(turn, offer)
    return RecordListView(
        code=ListCode.CHECKLIST,
        offer_id=offer_id,
        offer=offer.full_name,
        title="handover.checklist_title",
        empty="handover.checklist_empty" if offer.outcome is Outcome.WON else "handover.checklist_later",
        lines=tuple(_item(turn, item, ticker=ticker) for item in listed.items),
        total=listed.total,
        page=listed.number,
        pages=listed.pages,
        summary=sentence("handover.checklist_progress", done=done, total=len(found)) if found else None,
        summary_tone=Tone.GOOD if found and done == len(found) else Tone.ACCENT,
    )


def _may_tick(turn: Turn, offer: Offer) -> bool:
    try:
        require_project(turn.session, offer, turn.person, turn.now, team=True)
    except NotAllowed:
        return False
    return True


def _item(turn: Turn, item: ChecklistItem, *, ticker: bool) -> RecordLine:
    done = item.done_at is not None
    lines: tuple[Sentence, ...] = ()
    if item.done_at is not None:
        lines = (sentence("handover.checklist_by", name=name_of(turn, item.done_by_id), at=item.done_at),)
    press = Press(
        label="handover.button_untick" if done else "handover.button_tick",
        verb=Verb.CHECKLIST_TICK,
        id=item.id,
        q=NOT_DONE if done else DONE,
        main=not done,
    )
    return RecordLine(
        title=item.label_fr if turn.reader.language is Language.FR else item.label_en,
        state=sentence("handover.item_done" if done else "handover.item_open"),
        tone=Tone.GOOD if done else Tone.WARNING,
        lines=lines,
        buttons=(press,) if ticker else (),
    )


DIALOGS = {
    FormCode.HANDOVER_PROPOSE: OfferDialog(
        domain="handover",
        title="propose_title",
        button="propose_button",
        fields=_proposal_fields,
        opened=_open_proposal,
        save=_propose,
        said=_said_proposed,
    ),
    FormCode.HANDOVER_RETURN: OfferDialog(
        domain="handover",
        title="return_title",
        button="return_button",
        fields=_return_fields,
        opened=_open_return,
        save=_return,
        said=_said_returned,
    ),
}
LISTS = {ListCode.CHECKLIST: _checklist}
