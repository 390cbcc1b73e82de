"""The arithmetic of a Go/No-Go decision: no database, no clock. Seats are role names (``cto``, ``cpo``, ``ceo``).

How the rules read where the company's words leave room:

- A seat without a ballot, or with need-info, has not answered. An abstention is an answer: it counts for the
  quorum and for nothing else.
- A No-Go of a veto seat ends the round at once, whatever the rule and the quorum. Everything else needs the
  quorum, except the CEO's word under the rule "CEO decides".
- *Majority*: more Go than No-Go among those who said one or the other. *Unanimity*: every seat answered, nobody
  No-Go, somebody Go; one No-Go is enough for No-Go once the quorum is there.
- *Fixed*: every way in which the missing seats may still answer (or stay silent) ends the same, the cast ballots
  standing as they are. Two Go of three are therefore not fixed while a veto seat is missing.
- At the deadline the same arithmetic decides with what was cast; where it gives nothing, the CEO is asked. There
  is no silent Go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.decisions.words import Choice, RiskLevel, RoundOutcome, RuleKind, Why
from bot.offers.rules import NO_DEFAULTS, Defaults

DECIDING_SEAT = "ceo"
"""Whose word ends an escalated round, and any round under the rule "CEO decides"."""

HALF_TIME = "half_time"
HOURS_BEFORE = "hours_before_"
ESCALATED = "escalated"
"""Steps of reminders; ``hours_before_24`` names its hours."""

CALENDAR_HORIZON_DAYS = 366
"""A calendar without a working day in a year is a mistake, not a reason to loop for ever."""


def _monday_to_friday(day: date) -> bool:
    return day.weekday() < 5  # noqa: PLR2004  Saturday is 5


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When the company works: ``day_starts`` to ``day_ends`` in ``zone`` on every day ``is_working`` accepts (no
    holiday, no weekend).
    """

    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    is_working: Callable[[date], bool] = _monday_to_friday
    day_starts: time = time(9)
    day_ends: time = time(18)

    def windows(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working hours from the day of ``moment`` on, as (start, end) in UTC; raises ``ValueError`` after a
        year without any.
        """
        day = moment.astimezone(self.zone).date()
        idle = 0
        while idle < CALENDAR_HORIZON_DAYS:
            if self.is_working(day):
                idle = 0
                yield self._at(day, self.day_starts), self._at(day, self.day_ends)
            idle += 1
            day += timedelta(days=1)
        raise ValueError("the calendar has no working day in a year")

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def first_moment(self, moment: datetime) -> datetime:
        """``moment`` itself in working hours, otherwise the start of the next ones."""
        for start, end in self.windows(moment):
            if moment < end:
                return max(moment, start)
        raise AssertionError  # pragma: no cover  windows() never ends

    def add_days(self, moment: datetime, days: int) -> datetime:
        """The same time of day ``days`` working days later, counted from the first working moment."""
        begin = self.first_moment(moment)
        clock = begin.astimezone(self.zone).timetz().replace(tzinfo=None)
        for passed, (start, _end) in enumerate(self.windows(begin)):
            if passed == days:
                return self._at(start.astimezone(self.zone).date(), clock)
        raise AssertionError  # pragma: no cover  windows() never ends

    def add_time(self, moment: datetime, amount: timedelta) -> datetime:
        """The moment at which ``amount`` of working time has passed."""
        for start, end in self.windows(moment):
            begin = max(start, moment)
            if begin + amount <= end:
                return begin + amount
            amount -= max(end - begin, timedelta())
        raise AssertionError  # pragma: no cover  windows() never ends

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """The working time from ``begin`` to ``end``; zero when ``end`` is not later."""
        total = timedelta()
        for start, stop in self.windows(begin):
            if start >= end:
                return total
            total += max(min(stop, end) - max(start, begin), timedelta())
        raise AssertionError  # pragma: no cover  windows() never ends

    def before(self, moment: datetime, hours: int) -> datetime:
        """``hours`` before ``moment``: each full 24 of them is one working day; then back to the last working
        moment if it is none.
        """
        days, rest = divmod(hours, 24)
        local = moment.astimezone(self.zone)
        day = local.date()
        while days:
            day = self._working_day_before(day)
            days -= 1
        wished = self._at(day, local.time()) - timedelta(hours=rest)
        day = wished.astimezone(self.zone).date()
        if not self.is_working(day) or wished < self._at(day, self.day_starts):
            return self._at(self._working_day_before(day), self.day_ends)
        return min(wished, self._at(day, self.day_ends))

    def _working_day_before(self, day: date) -> date:
        for back in range(1, CALENDAR_HORIZON_DAYS):
            if self.is_working(earlier := day - timedelta(days=back)):
                return earlier
        raise ValueError("the calendar has no working day in a year")


@dataclass(frozen=True, slots=True)
class VotingRule:
    """How ballots become a result. ``quorum``: seats that must have answered, at most their number."""

    kind: RuleKind
    seats: tuple[str, ...]
    quorum: int
    veto_seats: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a rule that could never decide."""
        if not 1 <= self.quorum <= len(self.seats):
            raise ValueError(f"a quorum of {self.quorum} cannot be met by {len(self.seats)} seats")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on the whole sign-off evaluation is required. Money in euros, effort in hours; None switches a
    condition off.
    """

    budget: Decimal | None = Decimal(50000)
    risk: RiskLevel | None = RiskLevel.HIGH
    """Any risk at this level or above."""
    effort_hours: Decimal | None = Decimal(80)


@dataclass(frozen=True, slots=True)
class DecisionRules:
    """What a company configures about decisions. The caller builds it from the company's files; rounds copy what
    they need.
    """

    voting: VotingRule = field(
        default_factory=lambda: VotingRule(RuleKind.MAJORITY, ("cto", "cpo", "ceo"), 2, frozenset({"ceo"}))
    )
    closing_days: int = 3
    clarification_margin_days: int = 2
    minimum_hours: int = 4
    """Hours of working time an approver has at the very least, however close the clarification deadline is."""
    remind_half_time: bool = True
    remind_hours_before: tuple[int, ...] = (24,)
    """Hours before the closing; each full 24 of them is one working day."""
    thresholds: Thresholds = Thresholds()
    working_time: WorkingTime = field(default_factory=WorkingTime)
    first_number: int = 580
    number_pattern: str = "S{number}"
    evaluation_stage: str | None = "EVA"
    """None where the company has no such stage: then the offer stays where it is."""
    go_stage: str | None = "PRE"
    probabilities: Mapping[str, Defaults] = field(default_factory=dict)
    """What each stage gives an offer that enters it, by the stage's code."""

    def today(self, now: datetime) -> date:
        """The company's day."""
        return now.astimezone(self.working_time.zone).date()

    def defaults_of(self, stage: str) -> Defaults:
        """The probabilities that a stage gives."""
        return self.probabilities.get(stage, NO_DEFAULTS)


@dataclass(frozen=True, slots=True)
class Tally:
    """Where a round stands. ``outcome``: what the cast ballots give now; ``fixed``: no missing ballot can change
    that any more.
    """

    outcome: RoundOutcome | None
    fixed: bool
    why: Why
    go: int
    no_go: int
    answered: int
    missing: tuple[str, ...]

    @property
    def declared(self) -> RoundOutcome | None:
        """The result, if it is one already."""
        return self.outcome if self.fixed else None


def tally(ballots: Mapping[str, Choice], rule: VotingRule) -> Tally:
    """Count the last ballot of each seat. ``ballots`` maps a seat to its choice; seats without a ballot are left
    out.
    """
    answers = {seat: choice for seat in rule.seats if (choice := ballots.get(seat)) and choice is not Choice.NEED_INFO}
    missing = tuple(seat for seat in rule.seats if seat not in answers)
    choices = list(answers.values())
    go, no_go = choices.count(Choice.GO), choices.count(Choice.NO_GO)
    if any(answers.get(seat) is Choice.NO_GO for seat in rule.veto_seats):
        verdict: _Verdict = (RoundOutcome.NO_GO, Why.VETO, True)
    elif rule.kind is RuleKind.CEO:
        verdict = _ceo_decides(answers.get(DECIDING_SEAT))
    elif len(answers) < rule.quorum:
        verdict = (None, Why.NO_QUORUM, False)
    elif rule.kind is RuleKind.UNANIMITY:
        verdict = _unanimity(go, no_go, len(missing))
    else:
        verdict = _majority(go, no_go, len(missing))
    outcome, why, fixed = verdict
    if outcome is not RoundOutcome.NO_GO and not rule.veto_seats.isdisjoint(missing):
        # Somebody who has not spoken may still end it with a No-Go.
        fixed = False
    return Tally(outcome, fixed, why, go, no_go, len(answers), missing)


_Verdict = tuple[RoundOutcome | None, Why, bool]
"""Outcome on the cast ballots, what makes it so, and whether the missing ballots, vetoes aside, leave it alone."""


def _ceo_decides(word: Choice | None) -> _Verdict:
    if word is Choice.GO:
        return RoundOutcome.GO, Why.CEO, True
    if word is Choice.NO_GO:
        return RoundOutcome.NO_GO, Why.CEO, True
    return None, Why.UNDECIDED, word is not None


def _unanimity(go: int, no_go: int, missing: int) -> _Verdict:
    if no_go:
        return RoundOutcome.NO_GO, Why.NOT_UNANIMOUS, True
    if go and not missing:
        return RoundOutcome.GO, Why.UNANIMOUS, True
    return None, Why.UNDECIDED, not missing


def _majority(go: int, no_go: int, missing: int) -> _Verdict:
    if go == no_go:
        return None, Why.UNDECIDED, not missing
    fixed = abs(go - no_go) > missing
    return RoundOutcome.GO if go > no_go else RoundOutcome.NO_GO, Why.MAJORITY, fixed


def evaluation_required(
    *, budget: Decimal | None, risks: Collection[RiskLevel | None], effort_hours: Decimal | None, thresholds: Thresholds
) -> tuple[str, ...]:
    """Why the whole sign-off evaluation is required: ``budget``, ``risk``, ``effort``; empty when a one-line
    summary is enough.
    """
    reasons = []
    if thresholds.budget is not None and budget is not None and budget >= thresholds.budget:
        reasons.append("budget")
    order = tuple(RiskLevel)
    if thresholds.risk is not None and any(risk in order[order.index(thresholds.risk) :] for risk in risks):
        reasons.append("risk")
    if thresholds.effort_hours is not None and effort_hours is not None and effort_hours >= thresholds.effort_hours:
        reasons.append("effort")
    return tuple(reasons)


def closes_at(opened_at: datetime, clarification_at: datetime | None, rules: DecisionRules) -> datetime:
    """When a round closes, to the minute: ``closing_days`` working days on, or the clarification deadline less its
    margin if that is earlier.

    Never sooner than ``minimum_hours`` of working time after the opening: a round nobody can answer would only be
    an escalation.
    """
    work = rules.working_time
    end = work.add_days(opened_at, rules.closing_days)
    if clarification_at is not None:
        end = min(end, clarification_at - timedelta(days=rules.clarification_margin_days))
    return max(end, work.add_time(opened_at, timedelta(hours=rules.minimum_hours))).replace(second=0, microsecond=0)


def reminders(opened_at: datetime, ends_at: datetime, rules: DecisionRules) -> tuple[tuple[str, datetime], ...]:
    """When those who have not voted are reminded, as (step, moment) in order.

    At half of the working time, then ``remind_hours_before`` the end as far as that comes later still.
    """
    work = rules.working_time
    after, steps = opened_at, []
    if rules.remind_half_time:
        after = work.add_time(opened_at, work.between(opened_at, ends_at) / 2)
        steps.append((HALF_TIME, after))
    for hours in sorted(rules.remind_hours_before, reverse=True):
        if (moment := work.before(ends_at, hours)) > after:
            steps.append((f"{HOURS_BEFORE}{hours}", moment))
            after = moment
    return tuple(steps)


def due_reminder(opened_at: datetime, ends_at: datetime, now: datetime, rules: DecisionRules) -> str | None:
    """The latest step whose moment has come. After a pause only this one is sent, not those it overtook."""
    if now >= ends_at:
        return None
    due = [step for step, moment in reminders(opened_at, ends_at, rules) if moment <= now]
    return due[-1] if due else None
