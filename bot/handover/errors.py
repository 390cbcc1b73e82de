"""What ending an offer and handing it over refuse, beyond the general errors. Each docstring is the English message."""

from __future__ import annotations

from bot.errors import Refused


class AlreadyEnded(Refused):
    """This offer has already ended. Reopen it first."""

    key = "ending.already_ended"


class VoteRunning(Refused):
    """A vote on this offer is running. The approvers decide first; a No-Go ends the offer too."""

    key = "ending.vote_running"


class StillOpen(Refused):
    """This offer is still open. Lessons are written once it has ended."""

    key = "ending.still_open"


class NotWon(Refused):
    """Hand-over and amendments come after the signature. Record the signature first."""

    key = "handover.not_won"


class NotProposed(Refused):
    """This hand-over does not wait for an answer. It can be proposed again."""

    key = "handover.not_proposed"


class AlreadyAccepted(Refused):
    """The project manager has already accepted this hand-over."""

    key = "handover.already_accepted"
