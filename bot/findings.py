"""What a look at an installation found: one line each, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.errors import ConfigurationError


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; ``remedy`` says what to do, empty when all is well."""

    what: str
    state: State
    detail: str
    remedy: str = ""


def misconfigured(what: str, error: ConfigurationError) -> Finding:
    """The finding of a setting that cannot be."""
    place = f"{error.params['file']}:{error.params['line']}" if error.params["line"] else str(error.params["file"])
    return Finding(what, State.BROKEN, f"{place}: {error.params['problem']}", str(error.params["remedy"]))
