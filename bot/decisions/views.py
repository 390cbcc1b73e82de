"""What the read side gives: plain values that hold no database object. Times are aware UTC.

They are named tuples where every vote makes them: a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from bot.decisions.models import Choice, RiskLevel, RoundOutcome, RoundState, Why
from bot.decisions.rules import Tally, VotingRule
from bot.decisions.seats import Holder, PersonRef
from bot.offers.models import Outcome
from bot.people.models import Role
from bot.tenders.models import Source


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a Go: what, who sees to it, until when."""

    text: str
    owner: str
    due_on: date | None

    def row(self, ballot_id: int) -> dict[str, Any]:
        """The values the database keeps."""
        return {
            "ballot_id": ballot_id,
            "text": self.text.strip(),
            "owner": self.owner.strip(),
            "due_on": self.due_on,
        }


class OfferLine(NamedTuple):
    """The offer a round is about. Times are aware UTC."""

    owner: PersonRef
    id: int
    revision: int
    number: str | None
    title: str
    client_name: str | None
    external_reference: str | None
    stage: str
    outcome: Outcome
    submission_due_at: datetime | None
    clarification_at: datetime | None
    tender_id: int | None


class TenderLine(NamedTuple):
    """The tender behind the offer."""

    id: int
    source: Source
    number: str | None
    title: str
    closes_at: datetime | None
    url: str | None


class EvaluationLine(NamedTuple):
    """The newest submitted version. Budget in ``currency``, effort in hours."""

    version: int
    summary: str
    budget: Decimal | None
    currency: str
    conditions: str
    technical_risk: RiskLevel | None
    technical_text: str
    commercial_risk: RiskLevel | None
    commercial_text: str
    financial_risk: RiskLevel | None
    financial_text: str
    resources: str
    effort_hours: Decimal | None
    saved_at: datetime
    author: str

    @property
    def one_line(self) -> bool:
        """True when there is only a summary."""
        rest = (self.budget, self.effort_hours, self.technical_risk, self.commercial_risk, self.financial_risk)
        return not (self.conditions or self.resources or any(value is not None for value in rest))


class BallotLine(NamedTuple):
    """One ballot. ``actor`` clicked; ``principal`` holds the seat and differs when ``actor`` is the deputy.

    ``stands``: the last counted ballot of its seat. ``reason`` is the question for need-info.
    """

    id: int
    seat: Role
    choice: Choice
    reason: str | None
    counted: bool
    cast_at: datetime
    principal: PersonRef
    actor: PersonRef
    conditions: tuple[Condition, ...]
    stands: bool

    @property
    def by_deputy(self) -> bool:
        """True when somebody stood in for the holder."""
        return self.principal.id != self.actor.id


class SeatLine(NamedTuple):
    """One seat: who holds it today (several people may hold one role; nobody: vacant), and the ballot that stands."""

    role: Role
    holders: tuple[Holder, ...]
    ballot: BallotLine | None

    @property
    def principal(self) -> PersonRef | None:
        """Whom to name: who the standing ballot is for, otherwise the first holder."""
        if self.ballot is not None:
            return self.ballot.principal
        return self.holders[0].principal if self.holders else None

    @property
    def deputies(self) -> tuple[PersonRef, ...]:
        """Who may vote for a holder of this seat today."""
        return tuple({person.id: person for holder in self.holders for person in holder.deputies}.values())


class Reopening(NamedTuple):
    """Which round this one follows, and why. By whom and when: who opened this one, and its opening."""

    round_id: int
    sequence: int
    reason: str


class Standing(NamedTuple):
    """Where a round stands. ``ballots``: every one ever cast, oldest first. ``tally``: what the standing ones add
    up to.
    """

    round_id: int
    revision: int
    sequence: int
    state: RoundState
    outcome: RoundOutcome | None
    why: Why | None
    voting: VotingRule
    opened_at: datetime
    closes_at: datetime
    decided_at: datetime | None
    opened_by: PersonRef
    evaluation_version: int
    evaluation: EvaluationLine | None
    reopening: Reopening | None
    replaced_by: int | None
    offer: OfferLine
    tender: TenderLine | None
    seats: tuple[SeatLine, ...]
    ballots: tuple[BallotLine, ...]
    tally: Tally

    @property
    def edited_after_opening(self) -> bool:
        """True when a newer evaluation exists than the one the round opened on."""
        return self.evaluation is not None and self.evaluation.version > self.evaluation_version

    @property
    def no_go_reasons(self) -> tuple[str, ...]:
        """What those who said No-Go gave as reasons."""
        return tuple(
            seat.ballot.reason
            for seat in self.seats
            if seat.ballot and seat.ballot.choice is Choice.NO_GO and seat.ballot.reason
        )

    @property
    def seat_of(self) -> dict[Role, SeatLine]:
        """The seats by role."""
        return {seat.role: seat for seat in self.seats}
