"""Why hours are refused. Each docstring is the message in English; hours in it are decimal numbers."""

from __future__ import annotations

from decimal import Decimal

from bot.errors import Refused
from bot.hours.rules import QUARTERS_PER_HOUR


class FutureWeek(Refused):
    """That week has not begun yet. Say hours once they are worked."""

    key = "hours.error_future"


class TooManyHours(Refused):
    """That would make {total} h in one week; at most {most} h can be entered. Please check the numbers."""

    key = "hours.error_most"

    def __init__(self, *, total: int | Decimal, most: int) -> None:
        """``total`` and ``most`` in quarter hours; the parameters of the text are hours."""
        super().__init__(total=Decimal(total) / QUARTERS_PER_HOUR, most=Decimal(most) / QUARTERS_PER_HOUR)


class NotHours(Refused):
    """That is no number of hours: {typed}. Type for example 3.5 or 3h30."""

    key = "hours.error_unreadable"


class BelowZero(Refused):
    """Hours cannot be below zero. Type 0 if there were none."""

    key = "hours.error_below_zero"


class NotQuarters(Refused):
    """Hours are counted in quarters. Type {lower} or {upper}."""

    key = "hours.error_quarters"


class HoursLocked(Refused):
    """{month} is locked since {since}. Correct it with a reason."""

    key = "hours.error_locked"


class TooLateToUndo(Refused):
    """This can no longer be undone. Change the numbers instead."""

    key = "hours.error_undo"
