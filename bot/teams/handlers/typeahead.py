"""Choices for the inputs that are searched while somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clients import search
from bot.sync.business_central import records as central
from bot.teams.answers import Answer, Offered
from bot.teams.dialogs.base import BC_DATASETS, DATASETS

if TYPE_CHECKING:
    from bot.teams.context import Turn

KINDS = {dataset: kind for kind, dataset in DATASETS.items()}
BC_KINDS = {dataset: kind for kind, dataset in BC_DATASETS.items()}
MOST_SKIPPED = 1000


def offer(turn: Turn, _result: object) -> Answer:
    """What fits the words; nothing for guests and for a data set that is not ours."""
    kind, theirs = KINDS.get(turn.inbound.verb), BC_KINDS.get(turn.inbound.verb)
    if turn.person.guest:
        return Offered(())
    top = _number(turn, "top", search.FOUND, most=search.FOUND)
    skip = _number(turn, "skip", 0, most=MOST_SKIPPED)
    if theirs is not None:
        return Offered(tuple(central.choices(turn.session, theirs, turn.inbound.text, limit=top, offset=skip)))
    if kind is None:
        return Offered(())
    return Offered(tuple(search.choices(turn.session, kind, turn.inbound.text, limit=top, offset=skip)))


def _number(turn: Turn, name: str, default: int, *, most: int) -> int:
    """A number the client sent, within bounds."""
    given = turn.inbound.data.get(name)
    if isinstance(given, bool) or not isinstance(given, int | float):
        return default
    return int(min(max(given, 0), most)) or default
