"""What a company edits: loaded and validated at the start, then frozen."""

from bot.config.loading import ConfigurationProblems, check, default, load, parse, text_of
from bot.config.models import (
    Company,
    Holidays,
    PostAwardStep,
    Rules,
    Stage,
    Stages,
    StageType,
    Watch,
    WatchRule,
)

__all__ = [
    "Company",
    "ConfigurationProblems",
    "Holidays",
    "PostAwardStep",
    "Rules",
    "Stage",
    "StageType",
    "Stages",
    "Watch",
    "WatchRule",
    "check",
    "default",
    "load",
    "parse",
    "text_of",
]
