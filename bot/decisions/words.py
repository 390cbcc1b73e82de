"""The closed lists of words of a Go/No-Go decision. No database here: the pure rules use them too."""

from __future__ import annotations

from enum import StrEnum


class Choice(StrEnum):
    """What an approver says. ``go`` may carry conditions."""

    GO = "go"
    NO_GO = "no_go"
    ABSTAIN = "abstain"
    NEED_INFO = "need_info"


class RiskLevel(StrEnum):
    """How large a risk is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RuleKind(StrEnum):
    """How ballots become a result."""

    MAJORITY = "majority"
    UNANIMITY = "unanimity"
    CEO = "ceo"


class RoundState(StrEnum):
    """A round is open until its result is fixed. ``escalated``: the deadline passed without a result; it waits for
    the CEO.
    """

    OPEN = "open"
    ESCALATED = "escalated"
    CLOSED = "closed"


class RoundOutcome(StrEnum):
    """How a round ended."""

    GO = "go"
    NO_GO = "no_go"


class Why(StrEnum):
    """What makes a tally what it is."""

    VETO = "veto"
    """A veto seat said No-Go."""
    MAJORITY = "majority"
    UNANIMOUS = "unanimous"
    NOT_UNANIMOUS = "not_unanimous"
    """The rule is unanimity and somebody said No-Go."""
    CEO = "ceo"
    """The CEO decided, by the rule or after the escalation."""
    NO_QUORUM = "no_quorum"
    UNDECIDED = "undecided"
    """Enough answers, but they do not add up to a result: a tie, or a seat the rule needs is missing."""
