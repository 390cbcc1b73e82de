"""A company's configuration as the pure rules take it."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from bot.config.calendar import is_working_day
from bot.config.models import Company, RiskThreshold, StageType
from bot.decisions.rules import DecisionRules, Thresholds, VotingRule, WorkingTime
from bot.decisions.words import RiskLevel
from bot.offers.rules import Defaults

EVALUATION_STAGE = "EVA"
"""The one stage that is entered by its code: no type stands for it."""


def decision_rules(company: Company) -> DecisionRules:
    """What ``rules.toml``, ``stages.toml`` and ``holidays.toml`` say about decisions. Make it once, at the start."""
    given = company.rules
    risk = given.evaluation.risk
    go_stage = company.stages.of_type(StageType.GO)
    return DecisionRules(
        voting=VotingRule(
            given.round.rule, tuple(given.round.seats), given.round.quorum, frozenset(given.round.veto_seats)
        ),
        closing_days=given.round.closing_days,
        clarification_margin_days=given.round.clarification_margin_days,
        minimum_hours=given.round.minimum_hours,
        remind_half_time=given.reminders.half_time,
        remind_hours_before=given.reminders.hours_before_close,
        thresholds=Thresholds(
            budget=given.evaluation.budget,
            risk=None if risk is RiskThreshold.NEVER else RiskLevel(risk.value),
            effort_hours=given.evaluation.effort_hours,
        ),
        working_time=WorkingTime(
            zone=ZoneInfo(company.holidays.time_zone),
            is_working=partial(is_working_day, calendar=company.holidays),
        ),
        first_number=given.numbers.first,
        number_pattern=given.numbers.pattern,
        evaluation_stage=EVALUATION_STAGE if company.stages.by_code(EVALUATION_STAGE) else None,
        go_stage=go_stage.code if go_stage else None,
        probabilities={stage.code: Defaults(stage.launch, stage.success) for stage in company.stages.stage},
    )
