"""Reviews: looking at one, and saying ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reviews import service as reviews
from bot.reviews.models import Opinion
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.dialogs.listing import require_colleague
from bot.teams.presenters.reviews import review_view
from cards.reviews import review_card

if TYPE_CHECKING:
    from bot.reviews.service import Answered


def ready(turn: Turn) -> Answered:
    """Ready, one click."""
    payload = turn.payload(Payload)
    return reviews.answer(
        turn.session,
        payload.id,
        turn.person,
        Opinion.READY,
        request_key=turn.request_key,
        now=turn.now,
        seat=payload.q or None,
    )


def show_ready(turn: Turn, result: Answered) -> Answer:
    """The review as the reviewer sees it now."""
    return _show(turn, late=result.late)


def show(turn: Turn, _result: object) -> Answer:
    """The review of the button, for any colleague."""
    require_colleague(turn)
    return _show(turn, late=False)


def _show(turn: Turn, *, late: bool) -> Answer:
    view = review_view(turn.session, turn.payload(Payload).id, turn.now, person=turn.person, late=late)
    return Show(review_card, view, turn.reader)
