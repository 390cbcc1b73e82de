"""What a sales lead or a key user presses on the digest of missing hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.hours import digests
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.presenters.hours_reminders import digest_view
from cards.hours_notices import digest_card
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.hours.digests import Reminded
    from cards.views.reader import Sentence


def remind(turn: Turn) -> Reminded:
    """Remind everybody on the list again."""
    return digests.remind_again(turn.session, turn.payload(Payload).id, turn.person, turn.now, turn.company)


def show_reminded(turn: Turn, result: Reminded | None) -> Answer:
    """The digest, with what came of the press."""
    digest = digests.by_id(turn.session, turn.payload(Payload).id)
    digests.require_part(turn.session, digest, turn.person, turn.now)
    said = _said(result) if result is not None else None
    view = digest_view(turn.session, digest, turn.person, turn.now, turn.company, said=said)
    return Show(digest_card, view, turn.reader)


def _said(result: Reminded) -> Sentence | None:
    if result.count:
        key = "hours_reminders.reminded_away" if result.away else "hours_reminders.reminded"
        return sentence(key, count=result.count)
    if result.again_at is not None:
        return sentence("hours_reminders.reminded_lately", until=result.again_at)
    return sentence("hours_reminders.reminded_nobody") if result.away else None
