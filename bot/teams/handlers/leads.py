"""Leads in chat: entering one, the open ones, one of them, evaluating it, and taking back that it was dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leads import reading
from bot.leads import service as leads
from bot.offers.rules import fold
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.listing import require_colleague
from bot.teams.handlers.lists import MINE, MINE_WORDS
from bot.teams.handlers.tenders import show_tender
from bot.teams.inbound import ConversationKind
from bot.teams.presenters.leads import lead_list_view, lead_view
from bot.tenders import service as tenders
from cards.leads import lead_card, lead_list_card
from cards.notices import notice_card
from cards.verbs import FormCode, Verb
from cards.views.notices import FollowUp, NoticeView
from cards.views.reader import sentence
from cards.words import Tone

if TYPE_CHECKING:
    from bot.leads.models import Lead
    from bot.offers.models import Offer
    from cards.views.reader import Sentence

MOST_PAGES = 1000


def new(turn: Turn, _words: str) -> Answer:
    """``new lead``: the button that opens the dialog, because a typed text cannot."""
    leads.require_keeper(turn.session, turn.person, turn.now)
    view = NoticeView(
        tone=Tone.ACCENT,
        title=sentence("leads.new"),
        text=sentence("leads.new_text"),
        follow_ups=(FollowUp(label="leads.button_new", verb=Verb.FORM_OPEN, words=FormCode.LEAD_ADD.value),),
    )
    return Show(notice_card, view, turn.reader)


def listed(turn: Turn, typed: str) -> Answer:
    """``leads``: the open ones; ``leads mine``: this person's own."""
    return _page(turn, 0, mine=fold(typed) in MINE_WORDS)


def own(turn: Turn, _words: str) -> Answer:
    """``leads mine``."""
    return _page(turn, 0, mine=True)


def list_page(turn: Turn, _result: object) -> Answer:
    """A page of the open ones, or of this person's own, by button."""
    payload = turn.payload(Payload)
    return _page(turn, min(payload.id, MOST_PAGES), mine=payload.q == MINE)


def _page(turn: Turn, page: int, *, mine: bool) -> Answer:
    require_colleague(turn)
    view = lead_list_view(turn.session, turn.person, turn.now, page, mine=mine)
    return Show(lead_list_card, view, turn.reader)


def show(turn: Turn, _result: object) -> Answer:
    """One lead, by button."""
    require_colleague(turn)
    return _lead(turn)


def _lead(turn: Turn, said: Sentence | None = None) -> Answer:
    lead = reading.by_id(turn.session, turn.payload(Payload).id)
    return Show(lead_card, lead_view(turn.session, lead, turn.person, turn.around, turn.now, said=said), turn.reader)


def evaluate(turn: Turn) -> Offer:
    """Make an offer of it, owned by whoever presses."""
    number = turn.payload(Payload).id
    return leads.pick_up(turn.session, number, actor=turn.person, now=turn.now, company=turn.company)


def show_evaluated(turn: Turn, offer: Offer | None) -> Answer:
    """The request that came of it, with its button for the evaluation. Who came later reads who was first; in the
    channel, where the request has a card of its own, the lead says what became of it.
    """
    lead = reading.by_id(turn.session, turn.payload(Payload).id)
    if lead.decided_by_id != turn.person.id:
        name, at = reading.decider_of(turn.session, lead), lead.picked_up_at or lead.updated_at
        return _lead(turn, sentence("leads.said_picked_up_before", name=name, at=at))
    if offer is None or offer.tender_id is None or turn.inbound.conversation_kind is ConversationKind.CHANNEL:
        return _lead(turn, sentence("leads.said_picked_up"))
    return show_tender(turn, tenders.current(turn.session, offer.tender_id))


def restore(turn: Turn) -> Lead:
    """It was not to be dropped."""
    return leads.restore(turn.session, turn.payload(Payload).id, actor=turn.person, now=turn.now)


def show_restored(turn: Turn, _lead_of_turn: Lead | None) -> Answer:
    """The lead, open again."""
    return _lead(turn, sentence("leads.said_restored"))
