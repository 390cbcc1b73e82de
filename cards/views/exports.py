"""What can be had as a file, as its card shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """``tables``: name and text key of each; ``chosen``: the name that stands there."""

    tables: tuple[tuple[str, str], ...]
    chosen: str = ""
