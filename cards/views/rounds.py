"""Views of Go/No-Go rounds. The personal vote card is the same view with ``mine`` set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cards.views.reader import Change, Money, Sentence
from cards.words import Choice, DefaultOutcome, RiskKind, RiskLevel, Role, RoundOutcome, RoundState, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One of the three kinds of risk, its level and the author's words."""

    kind: RiskKind
    level: RiskLevel
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a Go: what, who sees to it, until when."""

    text: str
    owner: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The ballot of a seat that counts. ``by`` is who clicked; ``for_principal`` is set when that was a deputy.

    ``reason`` for No-Go, ``question`` for need-info, ``conditions`` for a Go with conditions.
    """

    choice: Choice
    by: str
    at: datetime
    for_principal: str = ""
    reason: str = ""
    question: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One vote in the round: the role, who holds it (empty when vacant), who stands in today, and the ballot."""

    role: Role
    principal: str = ""
    deputy: str = ""
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """What this reader may do. ``acting_for``: the principal's name when the reader is the deputy.

    ``late``: the reader tried to vote after the round closed; the card says that it does not count.
    """

    role: Role
    can_vote: bool
    acting_for: str = ""
    ballot: Ballot | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """Why this round follows another one: which (its number in the offer's sequence), by whom, when and why."""

    round_number: int
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One line of history: when, what."""

    at: datetime
    what: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """One round as a card. Times are aware UTC.

    ``round_id``/``revision``: what the buttons carry. ``round_number``: 1, 2… within the offer. ``offer_number``: empty
    until a Go allocated it. ``reference``: tender number. ``evaluation_version`` is None when only a one-line summary
    exists; ``edited_after_opening`` says on the card that the evaluation changed after the vote opened.
    ``veto_role``: whose No-Go with a reason ends the vote, or None. ``state``, ``outcome``: see the enums.
    ``outcome_reasons``: reasons of the No-Go. ``replaced_by``: id of the round that reopened this closed one.
    ``mentions``: (Teams id, name) of those who must act, only on the first posting and on escalation.
    ``refresh_user_ids``: approvers whose own view Teams may ask for, at most 60.
    ``mine``: set for a personal card or view. ``show_history``: history unfolded.
    """

    round_id: int
    revision: int
    round_number: int
    offer_id: int
    title: str
    state: RoundState
    rule: Rule
    quorum: int
    opened_at: datetime
    opened_by: str
    closes_at: datetime
    default_outcome: DefaultOutcome
    seats: tuple[Seat, ...]
    offer_number: str = ""
    reference: str = ""
    client: str = ""
    tender_closes_at: datetime | None = None
    owner: str = ""
    summary: str = ""
    budget: Money | None = None
    effort_hours: Decimal | None = None
    resources: str = ""
    conditions: str = ""
    risks: tuple[Risk, ...] = ()
    evaluation_version: int | None = None
    edited_after_opening: bool = False
    veto_role: Role | None = None
    outcome: RoundOutcome | None = None
    outcome_reasons: tuple[str, ...] = ()
    decided_at: datetime | None = None
    reopened_from: Reopening | None = None
    replaced_by: int | None = None
    mine: Mine | None = None
    history: tuple[HistoryLine, ...] = ()
    show_history: bool = False
    last_change: Change | None = None
    portal_url: str = ""
    mentions: tuple[tuple[str, str], ...] = ()
    team_named: bool = False
    refresh_user_ids: tuple[str, ...] = ()
