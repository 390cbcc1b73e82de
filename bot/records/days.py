"""Days that cannot be yet: what happened cannot have happened tomorrow."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.records.fields import Problems

EARLIEST_ZONE = timedelta(hours=14)
"""Where a day begins first: a colleague there may have written down what is tomorrow elsewhere."""


def not_yet(values: Mapping[str, Any], *names: str, now: datetime) -> Problems:
    """The named fields whose day has not begun anywhere on Earth."""
    latest = (now + EARLIEST_ZONE).date()
    late = (name for name in names if isinstance(values.get(name), date) and values[name] > latest)
    return {name: ("errors.date_future", {}) for name in late}
