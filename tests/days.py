"""The day at the company: between 22:00 or 23:00 UTC and midnight it is another one than in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import config
from bot.offers import stages

if TYPE_CHECKING:
    from datetime import date, datetime


def company_day(moment: datetime) -> date:
    """The day that a date typed at this moment may name as today's."""
    return stages.today(config.default(), moment)
