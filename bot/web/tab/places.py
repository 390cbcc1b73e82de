"""The navigation: which pages have an entry, in which order, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.people.models import Role
from bot.sync.attention import KEEPERS

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Place:
    """An entry: its name, its page below ``/tab`` and the roles of its route; ``()``: every colleague."""

    name: str
    path: str
    who: tuple[Role, ...] = ()


PLACES: tuple[Place, ...] = (
    Place("day", "/"),
    Place("pipeline", "/pipeline"),
    Place("hours", "/hours"),
    Place("reports", "/reports", (Role.KEY_USER,)),
    Place("sync", "/sync", KEEPERS),
    Place("people", "/people", (Role.ADMIN,)),
    Place("rules", "/rules", KEEPERS),
)


def places_for(roles: Collection[Role]) -> tuple[Place, ...]:
    """The part of the navigation that leads somewhere for somebody with these roles."""
    return tuple(place for place in PLACES if not place.who or not set(place.who).isdisjoint(roles))
