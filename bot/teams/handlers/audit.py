"""The audit trail in chat, for key users and admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people.models import Role
from bot.teams.answers import Answer, Show
from bot.teams.context import Payload, Turn
from bot.teams.presenters.audit import audit_view
from cards.audit import audit_card

if TYPE_CHECKING:
    from cards.views.audit import AuditView

MOST_PAGES = 500
WORDS = 100
"""Characters of what is looked for."""


def search(turn: Turn, typed: str) -> Answer:
    """The newest events that the words mean; without words, the newest of all."""
    return _page(turn, typed, 0)


def show(turn: Turn, _result: object) -> Answer:
    """Another page, by button."""
    payload = turn.payload(Payload)
    return _page(turn, payload.q, min(payload.id, MOST_PAGES))


def _page(turn: Turn, typed: str, page: int) -> Answer:
    turn.require(Role.KEY_USER, Role.ADMIN)
    view: AuditView = audit_view(turn, typed[:WORDS], page)
    return Show(audit_card, view, turn.reader)
