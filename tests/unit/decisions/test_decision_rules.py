"""The arithmetic of decisions, held against a plain enumeration of every way a round may go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decisions.rules import (
    DecisionRules,
    Thresholds,
    VotingRule,
    WorkingTime,
    closes_at,
    due_reminder,
    evaluation_required,
    reminders,
    tally,
)
from bot.decisions.words import Choice, RiskLevel, RoundOutcome, RuleKind, Why

GO, NO_GO = RoundOutcome.GO, RoundOutcome.NO_GO
SEATS = ("cto", "cpo", "ceo")
DEFAULT = DecisionRules().voting
PARIS = ZoneInfo("Europe/Paris")


def paris(*moment: int) -> datetime:
    """A moment in Paris."""
    return datetime(*moment, tzinfo=PARIS)  # type: ignore[arg-type,misc]


def plainly(ballots: dict[str, Choice], rule: VotingRule) -> RoundOutcome | None:  # noqa: PLR0911  said plainly
    """What the company's words say about a set of ballots when the deadline comes, written without any shortcut."""
    said = {seat: choice for seat, choice in ballots.items() if choice is not Choice.NEED_INFO}
    if [seat for seat in rule.veto_seats if said.get(seat) is Choice.NO_GO]:
        return NO_GO
    if rule.kind is RuleKind.CEO:
        return {Choice.GO: GO, Choice.NO_GO: NO_GO}.get(said.get("ceo", Choice.ABSTAIN))
    if len(said) < rule.quorum:
        return None
    go = sum(choice is Choice.GO for choice in said.values())
    against = sum(choice is Choice.NO_GO for choice in said.values())
    if rule.kind is RuleKind.UNANIMITY:
        if against:
            return NO_GO
        return GO if go and len(said) == len(rule.seats) else None
    if go == against:
        return None
    return GO if go > against else NO_GO


@st.composite
def rules_and_ballots(draw: st.DrawFn) -> tuple[VotingRule, dict[str, Choice]]:
    """Any rule over three to five seats, with some ballots."""
    seats = SEATS + tuple(draw(st.sampled_from([(), ("a",), ("a", "b")])))
    rule = VotingRule(
        draw(st.sampled_from(RuleKind)),
        seats,
        draw(st.integers(1, len(seats))),
        frozenset(draw(st.sets(st.sampled_from(seats)))),
    )
    return rule, draw(st.dictionaries(st.sampled_from(seats), st.sampled_from(Choice)))


@given(rules_and_ballots())
def test_fixed_means_that_no_missing_ballot_can_change_it(case: tuple[VotingRule, dict[str, Choice]]) -> None:
    rule, ballots = case
    counted = tally(ballots, rule)
    assert counted.outcome is plainly(ballots, rule)
    missing = [seat for seat in rule.seats if ballots.get(seat, Choice.NEED_INFO) is Choice.NEED_INFO]
    assert counted.missing == tuple(missing)
    ends = {
        plainly({**ballots, **dict(zip(missing, answers, strict=True))}, rule)
        for answers in product(Choice, repeat=len(missing))
    }
    assert counted.fixed == (len(ends) == 1)
    if counted.fixed:
        assert ends == {counted.outcome}


@pytest.mark.parametrize(
    ("ballots", "outcome", "fixed", "why"),
    [
        ({}, None, False, Why.NO_QUORUM),
        ({"cto": Choice.GO, "cpo": Choice.GO}, GO, False, Why.MAJORITY),
        ({"cto": Choice.GO, "ceo": Choice.GO}, GO, True, Why.MAJORITY),
        ({"cto": Choice.NO_GO, "cpo": Choice.NO_GO}, NO_GO, True, Why.MAJORITY),
        ({"ceo": Choice.NO_GO}, NO_GO, True, Why.VETO),
        ({"cto": Choice.GO, "cpo": Choice.NO_GO, "ceo": Choice.ABSTAIN}, None, True, Why.UNDECIDED),
        ({"cto": Choice.GO, "cpo": Choice.ABSTAIN, "ceo": Choice.ABSTAIN}, GO, True, Why.MAJORITY),
        ({"cto": Choice.ABSTAIN, "cpo": Choice.ABSTAIN, "ceo": Choice.ABSTAIN}, None, True, Why.UNDECIDED),
        ({"cto": Choice.GO, "ceo": Choice.NEED_INFO}, None, False, Why.NO_QUORUM),
    ],
)
def test_majority_of_three_with_the_ceos_veto(
    ballots: dict[str, Choice], outcome: RoundOutcome | None, *, fixed: bool, why: Why
) -> None:
    counted = tally(ballots, DEFAULT)
    assert (counted.outcome, counted.fixed, counted.why) == (outcome, fixed, why)
    assert counted.declared is (outcome if fixed else None)


def test_unanimity_and_the_ceos_word() -> None:
    unanimity = VotingRule(RuleKind.UNANIMITY, SEATS, 2)
    assert tally({"cto": Choice.GO, "cpo": Choice.GO}, unanimity).outcome is None
    assert tally({"cto": Choice.GO, "cpo": Choice.GO, "ceo": Choice.ABSTAIN}, unanimity).declared is GO
    assert tally({"cto": Choice.GO, "cpo": Choice.NO_GO}, unanimity).declared is NO_GO
    word = VotingRule(RuleKind.CEO, SEATS, 2, frozenset({"ceo"}))
    assert tally({"cto": Choice.NO_GO, "cpo": Choice.NO_GO}, word).declared is None
    assert tally({"ceo": Choice.GO}, word).declared is GO


def test_a_quorum_that_nobody_can_meet_is_refused() -> None:
    for quorum in (0, 4):
        with pytest.raises(ValueError, match="quorum"):
            VotingRule(RuleKind.MAJORITY, SEATS, quorum)


@pytest.mark.parametrize(
    ("budget", "risk", "effort", "reasons"),
    [
        ("49999.99", RiskLevel.MEDIUM, "79.75", ()),
        ("50000", None, None, ("budget",)),
        (None, RiskLevel.HIGH, None, ("risk",)),
        (None, None, "80", ("effort",)),
        ("50000", RiskLevel.HIGH, "80", ("budget", "risk", "effort")),
    ],
)
def test_when_the_whole_evaluation_is_required(
    budget: str | None, risk: RiskLevel | None, effort: str | None, reasons: tuple[str, ...]
) -> None:
    found = evaluation_required(
        budget=Decimal(budget) if budget else None,
        risks=(None, risk, RiskLevel.LOW),
        effort_hours=Decimal(effort) if effort else None,
        thresholds=Thresholds(),
    )
    assert found == reasons


def test_thresholds_can_be_switched_off_or_lowered() -> None:
    everything = {"budget": Decimal(10**6), "risks": (RiskLevel.HIGH,), "effort_hours": Decimal(500)}
    assert evaluation_required(**everything, thresholds=Thresholds(None, None, None)) == ()  # type: ignore[arg-type]
    lower = Thresholds(risk=RiskLevel.MEDIUM)
    assert evaluation_required(budget=None, risks=(RiskLevel.MEDIUM,), effort_hours=None, thresholds=lower) == ("risk",)


@pytest.mark.parametrize(
    ("opened", "clarification", "closes"),
    [
        (paris(2026, 11, 23, 10, 0), None, paris(2026, 11, 26, 10, 0)),
        (paris(2026, 11, 26, 16, 30), None, paris(2026, 12, 1, 16, 30)),
        # Opened at night or on a Saturday, it counts from the next working morning.
        (paris(2026, 11, 23, 22, 0), None, paris(2026, 11, 27, 9, 0)),
        (paris(2026, 11, 28, 12, 0), None, paris(2026, 12, 3, 9, 0)),
        (paris(2026, 11, 23, 10, 0), paris(2026, 11, 27, 12, 0), paris(2026, 11, 25, 12, 0)),
        (paris(2026, 11, 23, 10, 0), paris(2026, 12, 24, 12, 0), paris(2026, 11, 26, 10, 0)),
        # Too near, or over already: four hours of working time remain.
        (paris(2026, 11, 23, 10, 0), paris(2026, 11, 24, 12, 0), paris(2026, 11, 23, 14, 0)),
        (paris(2026, 11, 27, 16, 0), paris(2026, 11, 20, 12, 0), paris(2026, 11, 30, 11, 0)),
        # The clocks go back on Sunday 25 October 2026: the time of day stays.
        (paris(2026, 10, 23, 15, 0), None, paris(2026, 10, 28, 15, 0)),
    ],
)
def test_when_a_round_closes(opened: datetime, clarification: datetime | None, closes: datetime) -> None:
    assert closes_at(opened.astimezone(UTC), clarification, DecisionRules()) == closes.astimezone(UTC)


def test_holidays_are_not_working_days() -> None:
    off = {date(2026, 11, 24), date(2026, 11, 25)}
    work = WorkingTime(is_working=lambda day: day.weekday() < 5 and day not in off)
    rules = DecisionRules(working_time=work)
    assert closes_at(paris(2026, 11, 23, 10, 0), None, rules) == paris(2026, 11, 30, 10, 0)


def test_a_calendar_without_working_days_is_a_mistake_that_shows() -> None:
    work = WorkingTime(is_working=lambda _day: False)
    with pytest.raises(ValueError, match="no working day"):
        work.add_days(paris(2026, 11, 23, 10, 0), 3)
    with pytest.raises(ValueError, match="no working day"):
        work.before(paris(2026, 11, 23, 10, 0), 24)


moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments, moments | st.none())
def test_a_round_is_always_long_enough_to_answer(opened: datetime, clarification: datetime | None) -> None:
    rules = DecisionRules()
    ends = closes_at(opened, clarification, rules)
    left = rules.working_time.between(opened, ends)
    assert left > timedelta(hours=3, minutes=59)
    assert ends - opened <= timedelta(days=7)
    steps = reminders(opened, ends, rules)
    assert [step for step, _moment in steps][:1] == ["half_time"]
    assert all(opened < moment < ends for _step, moment in steps)
    assert [moment for _step, moment in steps] == sorted({moment for _step, moment in steps})


@given(moments, st.integers(0, 100))
def test_adding_working_time_and_measuring_it_agree(moment: datetime, hours: int) -> None:
    work = WorkingTime()
    later = work.add_time(moment, timedelta(hours=hours))
    assert work.between(moment, later) == timedelta(hours=hours)
    assert work.between(later, moment) == timedelta(0)


def test_reminders_stand_in_working_time() -> None:
    rules = DecisionRules()
    opened, ends = paris(2026, 11, 26, 10, 0), paris(2026, 12, 1, 10, 0)
    # 27 hours of work: half of them end on Friday afternoon; a working day before Tuesday 10:00 is Monday 10:00.
    assert reminders(opened, ends, rules) == (
        ("half_time", paris(2026, 11, 27, 14, 30)),
        ("hours_before_24", paris(2026, 11, 30, 10, 0)),
    )
    assert due_reminder(opened, ends, paris(2026, 11, 27, 14, 29), rules) is None
    assert due_reminder(opened, ends, paris(2026, 11, 27, 14, 30), rules) == "half_time"
    assert due_reminder(opened, ends, paris(2026, 11, 30, 12, 0), rules) == "hours_before_24"
    assert due_reminder(opened, ends, ends, rules) is None


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        (paris(2026, 11, 30, 10, 0), 24, paris(2026, 11, 27, 10, 0)),
        (paris(2026, 11, 30, 10, 0), 2, paris(2026, 11, 27, 18, 0)),
        (paris(2026, 11, 26, 16, 0), 4, paris(2026, 11, 26, 12, 0)),
        (paris(2026, 11, 26, 16, 0), 52, paris(2026, 11, 24, 12, 0)),
        (paris(2026, 11, 29, 22, 0), 1, paris(2026, 11, 27, 18, 0)),
        (paris(2026, 11, 26, 22, 0), 1, paris(2026, 11, 26, 18, 0)),
    ],
)
def test_hours_before_the_end(moment: datetime, hours: int, expected: datetime) -> None:
    assert WorkingTime().before(moment, hours) == expected


def test_reminders_can_be_switched_off() -> None:
    rules = DecisionRules(remind_half_time=False, remind_hours_before=())
    assert reminders(paris(2026, 11, 26, 10, 0), paris(2026, 12, 1, 10, 0), rules) == ()
    short = WorkingTime(day_starts=time(10), day_ends=time(11))
    assert DecisionRules(working_time=short).minimum_hours == 4
