"""Views of absences: who is away from when until when, both days included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """One absence. ``name`` (raw): whose it is; empty for the reader's own."""

    absence_id: int
    first: date
    last: date
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsencesView:
    """The coming absences, the earliest first: one's own, or with ``everybody`` those of all.

    ``more``: how many follow that are not in ``lines``. ``withdrawn``: the one just taken back, which can be restored.
    """

    lines: tuple[AbsenceLine, ...]
    more: int = 0
    everybody: bool = False
    withdrawn: AbsenceLine | None = None
