"""What a change of roles or deputies would do, in sentences and with the votes and reviews it concerns. It changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.decisions.pending import rounds_waiting_for
from bot.people import absences
from bot.people import service as people
from bot.people.models import APPROVERS, Role
from bot.reviews.standing import waiting_for
from bot.web.tab.places import places_for
from cards import words
from cards.formats import local
from cards.texts import texts
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.people.models import Deputy, Person
    from bot.teams.appointments import DeputyChange, RoleChange
    from bot.web.tab.asked import Asked
    from cards.views.reader import Sentence

WARNINGS = frozenset({"tab.fore_vacant", "tab.fore_gap", "tab.fore_oneself", "tab.fore_deputy_away"})
"""What should make somebody think twice."""
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Matter:
    """An open vote or review. ``until``: when a vote closes (then ``closes``), or when a review is due."""

    offer_id: int
    name: str
    until: datetime | None
    closes: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``said`` stands in order; ``matters`` are shown under it, each with its offer."""

    said: tuple[Sentence, ...]
    matters: tuple[Matter, ...] = ()


def role_foreseen(asked: Asked, person: Person, change: RoleChange) -> Foreseen:
    """What giving or taking the role would do. The change was checked before."""
    turn = asked.turn
    held = people.roles_of(turn.session, person, turn.now)
    if not change.gives:
        lost, matters = _lost(asked, person, change.role) if change.role in held else ((), ())
        first = sentence("tab.fore_take", name=person.name, role=words.Role(change.role.value))
        return Foreseen((first, *lost, *_pages(asked, person, held, held - {change.role})), matters)
    first = _given(asked, person, change)
    later = change.starts_at is not None and change.starts_at > turn.now
    if change.role in held and later:
        lost, matters = _lost(asked, person, change.role)
        return Foreseen((first, sentence("tab.fore_gap", name=person.name), *lost), matters)
    if change.role in held:
        return Foreseen((first, sentence("tab.fore_only_days")))
    gained, matters = _gained(asked, person, change) if change.role in APPROVERS else ((), ())
    return Foreseen((first, *gained, *_pages(asked, person, held, held | {change.role})), matters)


def _given(asked: Asked, person: Person, change: RoleChange) -> Sentence:
    reader, role = asked.turn.reader, words.Role(change.role.value)
    starts = local(change.starts_at, reader).date() if change.starts_at else None
    ends = local(change.ends_at, reader).date() if change.ends_at else None
    if starts is not None and starts <= local(asked.turn.now, reader).date():
        starts = None
    if starts and ends:
        return sentence("tab.fore_give_span", name=person.name, role=role, starts=starts, ends=ends)
    if starts:
        return sentence("tab.fore_give_from", name=person.name, role=role, starts=starts)
    if ends:
        return sentence("tab.fore_give_until", name=person.name, role=role, ends=ends)
    return sentence("tab.fore_give", name=person.name, role=role)


def _gained(asked: Asked, person: Person, change: RoleChange) -> tuple[tuple[Sentence, ...], tuple[Matter, ...]]:
    """What would ask somebody new; votes that close before the role begins do not."""
    turn = asked.turn
    begins = change.starts_at or turn.now
    matters = tuple(one for one in _waiting(asked, (change.role,)) if _lasts(one, turn.now) >= begins)
    others = _others(asked, person, change.role)
    said = [sentence("tab.fore_asked", count=len(matters)) if matters else sentence("tab.fore_nothing")]
    if others:
        said.append(sentence("tab.fore_beside", others=", ".join(others)))
    return tuple(said), matters


def _lost(asked: Asked, person: Person, role: Role) -> tuple[tuple[Sentence, ...], tuple[Matter, ...]]:
    """What stands still when this person no longer holds the role."""
    turn = asked.turn
    others = _others(asked, person, role)
    matters: tuple[Matter, ...] = ()
    said = []
    if role in APPROVERS:
        matters = _waiting(asked, (role,))
        if not matters:
            said.append(sentence("tab.fore_nothing"))
        elif others:
            said.append(sentence("tab.fore_kept", count=len(matters), others=", ".join(others)))
        else:
            said.append(sentence("tab.fore_vacant", count=len(matters), role=words.Role(role.value)))
    if not others:
        said.append(sentence("tab.fore_alone"))
    if not (people.roles_of(turn.session, person, turn.now) - {role}).intersection(APPROVERS):
        standing = people.standing_deputies(turn.session, person, turn.now)
        if standing:
            names = dict.fromkeys(deputy.name for _row, deputy in standing)
            said.append(sentence("tab.fore_idle", names=", ".join(names)))
    return tuple(said), matters


def _others(asked: Asked, person: Person, role: Role) -> tuple[str, ...]:
    holding = people.holders(asked.turn.session, role, asked.turn.now)
    return tuple(one.name for one in holding if one.id != person.id)


def _pages(asked: Asked, person: Person, before: frozenset[Role], after: frozenset[Role]) -> tuple[Sentence, ...]:
    """The pages of this tab that come or go."""
    t = texts(asked.turn.reader.language)
    old, new = ({place.name for place in places_for(roles)} for roles in (before, after))
    more, fewer = (
        ", ".join(t(f"tab.place_{place.name}") for place in places_for(roles) if place.name not in known)
        for roles, known in ((after, old), (before, new))
    )
    said = []
    if more:
        said.append(sentence("tab.fore_pages_more", pages=more))
    if fewer:
        said.append(sentence("tab.fore_pages_fewer", pages=fewer))
    if person.id == asked.turn.person.id and Role.ADMIN in before - after:
        said.append(sentence("tab.fore_oneself"))
    return tuple(said)


def deputy_foreseen(asked: Asked, principal: Person, change: DeputyChange) -> Foreseen:
    """What naming the deputy would do. The change was checked before."""
    turn, first, last = asked.turn, change.starts_on, change.ends_on
    said = [sentence("tab.fore_deputy", deputy=change.deputy.name, name=principal.name, starts=first, ends=last)]
    # Votes that are over before the deputy's first day ask them nothing; a day of reserve for the time zones.
    matters = tuple(
        one for one in _matters_of(asked, principal) if _lasts(one, turn.now).date() + timedelta(days=1) >= first
    )
    said.append(
        sentence("tab.fore_deputy_asked", count=len(matters), name=principal.name)
        if matters
        else sentence("tab.fore_nothing")
    )
    beside = [
        deputy.name
        for row, deputy in people.standing_deputies(turn.session, principal, turn.now)
        if row.starts_on <= last and row.ends_on >= first
    ]
    if beside:
        said.append(sentence("tab.fore_deputy_also", names=", ".join(dict.fromkeys(beside))))
    away = absences.absences_between(turn.session, first, last, [change.deputy.id])
    for starts, ends in away.get(change.deputy.id, ()):
        said.append(sentence("tab.fore_deputy_away", deputy=change.deputy.name, starts=starts, ends=ends))
    return Foreseen(tuple(said), matters)


def withdrawal_foreseen(asked: Asked, principal: Person, row: Deputy, deputy: Person) -> Foreseen:
    """What ending the deputy's time would do."""
    matters = _matters_of(asked, principal)
    said = [sentence("tab.fore_withdraw", deputy=deputy.name, name=principal.name)]
    if row.starts_on > people.today_of(principal, asked.turn.now) or not matters:
        return Foreseen((*said, sentence("tab.fore_nothing")))
    return Foreseen((*said, sentence("tab.fore_withdrawn", count=len(matters), name=principal.name)), matters)


def _matters_of(asked: Asked, principal: Person) -> tuple[Matter, ...]:
    seats = people.roles_of(asked.turn.session, principal, asked.turn.now).intersection(APPROVERS)
    return _waiting(asked, seats) if seats else ()


def _waiting(asked: Asked, seats: Collection[Role]) -> tuple[Matter, ...]:
    """The open votes and reviews in which at least one of these seats has not answered."""
    session = asked.turn.session
    votes = (Matter(one.offer_id, one.name, one.closes_at, closes=True) for one in rounds_waiting_for(session, seats))
    reviews = (
        Matter(offer.id, offer.full_name, review.due_at, closes=False) for review, offer in waiting_for(session, seats)
    )
    return (*votes, *reviews)


def _lasts(matter: Matter, now: datetime) -> datetime:
    """Until when it waits at least: a vote until it closes, a review until the seats have spoken."""
    return max(matter.until, now) if matter.closes and matter.until is not None else _EVER
