"""How much past there is, and who lived it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.people.models import Role

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Size:
    """``offers`` opened in the last ``weeks``; pairs are the least and the most.

    ``next_number``: the offer number that stays free for what comes after the past. ``still_working``: some offers are
    in preparation when it ends, with people on their teams; otherwise nobody is asked about anything of it.
    """

    offers: int
    weeks: int
    team: tuple[int, int]
    preparation_weeks: tuple[int, int]
    next_number: int
    still_working: bool


DEMO = Size(offers=80, weeks=104, team=(2, 3), preparation_weeks=(4, 9), next_number=580, still_working=False)
"""Two years of five people."""
LARGE = Size(offers=4000, weeks=520, team=(8, 9), preparation_weeks=(16, 24), next_number=10_000, still_working=True)
"""Ten years of a large company: more than 500,000 entries of hours with 300 people."""
LARGE_STAFF = 300


@dataclass(frozen=True, slots=True)
class Staff:
    """Person ids by what they do. ``workers`` enter hours."""

    approvers: Mapping[Role, int]
    leads: tuple[int, ...]
    managers: tuple[int, ...]
    workers: tuple[int, ...]
    key_user: int
