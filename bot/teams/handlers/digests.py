"""The digest of the month that ended, at any time: for key users and directors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.digests.service import READERS, ended_month
from bot.teams.answers import Answer, Show
from bot.teams.presenters.digests import monthly_view
from cards.digests import monthly_card

if TYPE_CHECKING:
    from bot.teams.context import Turn


def digest(turn: Turn, _words: str = "") -> Answer:
    """What the month that ended brought, as its card said it on the first working day, with today's figures."""
    turn.require(*READERS)
    month = ended_month(turn.now, turn.company)
    return Show(monthly_card, monthly_view(turn.session, month, turn.person, turn.reader, turn.company), turn.reader)
