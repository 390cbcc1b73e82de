"""The parts of a prepared Pipedrive account, as the set-up tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PartState(StrEnum):
    """How a part of the account stands."""

    FOUND = "found"
    MADE = "made"
    REPLACED = "replaced"
    MISSING = "missing"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Part:
    """One field, stage, pipeline or webhook; ``remedy`` says what to do, empty when all is well."""

    what: str
    name: str
    state: PartState
    remedy: str = ""
