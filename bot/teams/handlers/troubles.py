"""What an admin can do about a source that fails or a message that did not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.people.models import Role
from bot.sync import reconciler
from bot.teams.answers import Answer, Say
from bot.teams.context import Payload
from bot.tenders.models import Source
from cards.views.reader import sentence

if TYPE_CHECKING:
    from bot.teams.context import Turn


def retry_delivery(turn: Turn) -> bool:
    """Try a message again whose fate is unknown or that was refused."""
    turn.require(Role.ADMIN, Role.KEY_USER)
    return reconciler.retry(turn.session, turn.payload(Payload).id, turn.now)


def said_retry(turn: Turn, result: bool | None) -> Answer:  # noqa: FBT001  what `do` returned
    """Say whether there was anything to retry."""
    return Say(sentence("answers.retrying" if result in {True, None} else "answers.nothing_to_retry"), turn.reader)


def poll(turn: Turn) -> None:
    """Look at the portal again at the next tick instead of the next slot."""
    turn.require(Role.ADMIN, Role.KEY_USER)
    source = turn.payload(Payload).q
    if source in set(Source):
        turn.around.look_again(source)


def said_poll(turn: Turn, _result: None) -> Answer:
    """Say that it is under way."""
    return Say(sentence("answers.polling"), turn.reader)
