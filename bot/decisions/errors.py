"""What the Go/No-Go refuses, beyond the general errors. Each docstring is the English message."""

from __future__ import annotations

from bot.errors import Refused


class EvaluationMissing(Refused):
    """Please complete the evaluation first: without it nobody can vote."""

    key = "errors.evaluation_missing"


class OfferEnded(Refused):
    """This offer has ended; its decision can be reopened first."""

    key = "errors.offer_ended"


class RoundRunning(Refused):
    """A vote on this offer is already open."""

    key = "errors.round_running"


class NothingToReopen(Refused):
    """Only the last decision of an offer that goes on or ended in No-Go can be reopened."""

    key = "errors.nothing_to_reopen"


class NoApprovers(Refused):
    """Nobody can decide: an admin gives the roles first."""

    key = "errors.no_approvers"
