"""Who is known, what they may do, and who stands in for whom. Each name leads to the page where that is changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.people import service as people
from bot.people.models import APPROVERS, Role
from bot.web.tab.asked import Asked, Page
from cards import words
from cards.views.reader import sentence

if TYPE_CHECKING:
    from datetime import date

    from bot.people.models import Person

ROWS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One person with their roles."""

    id: int
    name: str
    email: str
    reached: bool
    roles: tuple[words.Role, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody stands in for somebody, both days included."""

    principal_id: int
    principal: str
    deputy: str
    starts_on: date
    ends_on: date


def show(asked: Asked) -> Page:
    """One page of the people, and every deputy of today or later."""
    turn = asked.turn
    sought = asked.words("q").casefold()
    everybody = people.everybody(turn.session, turn.inbound.tenant_id)
    held: dict[int, list[words.Role]] = defaultdict(list)
    for role in Role:
        for person in people.holders(turn.session, role, turn.now):
            held[person.id].append(words.Role(role.value))
    found = [one for one in everybody if sought in f"{one.name} {one.email or ''}".casefold()]
    pages = max(1, -(-len(found) // ROWS))
    page = min(asked.page(), pages - 1)
    return Page(
        "people.html",
        sentence("tab.place_people"),
        "people",
        {
            "sought": asked.words("q"),
            "lines": [_line(one, held) for one in found[page * ROWS : (page + 1) * ROWS]],
            "deputies": _deputies(asked, everybody, held),
            "total": len(found),
            "page": page,
            "pages": pages,
        },
    )


def _line(person: Person, held: dict[int, list[words.Role]]) -> Line:
    return Line(
        id=person.id,
        name=person.name,
        email=person.email or "",
        reached=person.teams_user_id is not None,
        roles=tuple(held.get(person.id, ())),
    )


def _deputies(asked: Asked, everybody: list[Person], held: dict[int, list[words.Role]]) -> list[Standing]:
    approvers = [one for one in everybody if {role.value for role in held.get(one.id, ())} & set(APPROVERS)]
    return [
        Standing(principal.id, principal.name, deputy.name, row.starts_on, row.ends_on)
        for principal in approvers
        for row, deputy in people.standing_deputies(asked.turn.session, principal, asked.turn.now)
    ]
