"""Partner quotes: choosing one with one click."""

from __future__ import annotations

from bot.offers import entries
from bot.quotes import partners
from bot.quotes.models import PartnerQuote
from bot.teams.answers import Answer
from bot.teams.context import Payload, Turn
from bot.teams.handlers import records
from cards.verbs import ListCode

NO = "no"


def choose(turn: Turn) -> PartnerQuote:
    """Choose it, or no longer, as the button says."""
    payload = turn.payload(Payload)
    return partners.choose(turn.session, payload.id, chosen=payload.q != NO, actor=turn.person, now=turn.now)


def show_chosen(turn: Turn, _result: object) -> Answer:
    """The list as it stands now."""
    quote = entries.by_id(turn.session, PartnerQuote, turn.payload(Payload).id)
    return records.show(turn, ListCode.PARTNER_QUOTES, quote.offer_id)
