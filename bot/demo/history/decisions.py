"""The evaluation of an offer, its round with every ballot, and what the result does."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.config.models import StageType
from bot.decisions.models import Ballot, Evaluation, Round, RoundOutcome, RoundState
from bot.decisions.rules import closes_at, tally
from bot.decisions.words import Choice, RiskLevel
from bot.demo.history import words
from bot.offers.models import Outcome, TeamMember, TeamRole
from bot.people.models import Role

if TYPE_CHECKING:
    from datetime import date

    from bot.decisions.rules import DecisionRules
    from bot.demo.history.sizes import Staff
    from bot.demo.history.store import Row
    from bot.demo.history.tale import Tale
    from bot.demo.history.timeline import Timeline

VETO = 0.6
"""Of the No-Gos; the others have a majority."""


def evaluate(tale: Tale, day: date, hours: Decimal, rules: DecisionRules) -> None:
    """The first version is submitted and the offer enters its stage; the draft stays as it was."""
    now, chance = tale.at(day), tale.chance
    risks = {f"{name}_risk": chance.choice(list(RiskLevel)) for name in ("technical", "commercial", "financial")}
    texts = {f"{name}_text": "Known from earlier work." for name in ("technical", "commercial", "financial")}
    said = {
        "summary": chance.choice(words.SUMMARIES),
        "budget": tale.row["estimated_amount"],
        "currency": "EUR",
        "conditions": "",
        "resources": "The team of the last offer.",
        "effort_hours": hours,
        "author_id": tale.owner,
        "saved_at": now,
        **risks,
        **texts,
    }
    for version in (0, 1):
        tale.store.add(Evaluation, offer_id=tale.id, version=version, **said)
    tale.tell(now, "evaluation.submitted", tale.owner, after={"version": 1, "required": ["effort"]})
    assert rules.evaluation_stage is not None  # noqa: S101  the built-in stages have it
    tale.enter(now, rules.evaluation_stage, "evaluation", tale.owner)


def vote(tale: Tale, days: Timeline, staff: Staff, rules: DecisionRules) -> int:
    """The round from its opening to its result; returns who cast the deciding ballot."""
    assert days.voted is not None  # noqa: S101  only called with both
    assert days.decided is not None  # noqa: S101
    now = tale.at(days.voted)
    row = tale.store.add(
        Round,
        offer_id=tale.id,
        sequence=1,
        rule=rules.voting.kind,
        seats=list(rules.voting.seats),
        veto_seats=sorted(rules.voting.veto_seats),
        quorum=rules.voting.quorum,
        opened_at=now,
        opened_by_id=tale.owner,
        closes_at=closes_at(now, None, rules),
        evaluation_version=1,
    )
    after = {"offer": tale.id, "rule": row["rule"].value, "quorum": row["quorum"], "reason": None}
    after["closes_at"] = row["closes_at"].isoformat()
    tale.store.trail(now, "round.opened", "round", row["id"], tale.owner, after=after)
    return _ballots(tale, row, days, staff, rules)


def _ballots(tale: Tale, row: Row, days: Timeline, staff: Staff, rules: DecisionRules) -> int:
    """Each seat in a made-up order, until the result is fixed; the last one on the day of the decision."""
    assert days.decided is not None  # noqa: S101  only called with it
    no_go = days.outcome is Outcome.NO_GO
    seats = tale.chance.sample(rules.voting.seats, len(rules.voting.seats))
    if no_go and tale.chance.random() < VETO:
        # A veto decides alone.
        seats.sort(key=lambda seat: seat in rules.voting.veto_seats)
        choices = {seat: Choice.NO_GO if seat in rules.voting.veto_seats else Choice.GO for seat in seats}
    else:
        choices = dict.fromkeys(seats, Choice.NO_GO if no_go else Choice.GO)
    cast: dict[str, Choice] = {}
    for seat in seats:
        cast[seat] = choices[seat]
        counted = tally(cast, rules.voting)
        declared = counted.declared
        now = tale.at(days.decided if declared else row["opened_at"].date())
        actor = staff.approvers[Role(seat)]
        reason = tale.chance.choice(words.NO_GO_REASONS) if cast[seat] is Choice.NO_GO else None
        _cast(tale, row, now, Role(seat), actor, cast[seat], reason)
        if declared is not None:
            row |= {"state": RoundState.CLOSED, "outcome": declared, "decided_at": now, "why": counted.why}
            row["revision"] += 1
            after = {"outcome": declared.value, "why": counted.why.value}
            tale.store.trail(now, "round.decided", "round", row["id"], actor, before={"state": "open"}, after=after)
            _result(tale, declared, now, actor)
            return actor
    raise AssertionError("three ballots decide a round of three seats")


def _cast(tale: Tale, row: Row, now: datetime, seat: Role, actor: int, choice: Choice, reason: str | None) -> None:
    ballot = tale.store.add(
        Ballot,
        round_id=row["id"],
        seat=seat,
        principal_id=actor,
        actor_id=actor,
        choice=choice,
        reason=reason,
        cast_at=now,
        request_key=f"past:{row['id']}:{seat.value}",
    )
    row["revision"] += 1
    after = {"ballot": ballot["id"], "seat": seat.value, "choice": choice.value}
    tale.store.trail(now, "ballot.cast", "round", row["id"], actor, after=after)


def _result(tale: Tale, outcome: RoundOutcome, now: datetime, actor: int) -> None:
    if outcome is RoundOutcome.NO_GO:
        tale.end(now, Outcome.NO_GO, actor)
        return
    tale.row["revision"] += 1
    tale.tell(now, "offer.numbered", actor, after={"number": tale.row["number"]})
    tale.enter(now, StageType.GO, "round", actor)


def name_team(tale: Tale, days: Timeline, members: tuple[int, ...], hours: Decimal) -> None:
    """The team from the day of the Go; it breaks up when the offer was sent, or ended before."""
    assert days.decided is not None  # noqa: S101  only called with it
    left = days.sent or days.ended
    manager = tale.row["project_manager_id"]
    share = (hours * 4 / len(members)).to_integral_value() / 4
    now = tale.at(days.decided)
    for person in members:
        role = TeamRole.PROJECT_MANAGER if person == manager else TeamRole.CONTRIBUTOR
        tale.store.add(
            TeamMember,
            offer_id=tale.id,
            person_id=person,
            role=TeamRole.SALES_LEAD if person == tale.owner else role,
            joined_on=days.decided,
            left_on=left,
            gone=left is not None,
            planned_hours=share,
            revision=1,
            updated_at=now if left is None else now + timedelta(days=(left - days.decided).days),
        )
    tale.touch(now, tale.owner)
    after = {str(person): "contributor" for person in members}
    tale.tell(now, "offer.team", tale.owner, before={}, after=after)
