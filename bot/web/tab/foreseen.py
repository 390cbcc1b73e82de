"""What a change of roles or deputies would do, in sentences and with the rounds it concerns. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.decisions.pending import rounds_waiting_for
from bot.people import absences
from bot.people import service as people
from bot.people.models import APPROVERS, Role
from bot.web.tab.places import places_for
from cards import words
from cards.formats import local
from cards.texts import texts
from cards.views.reader import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.decisions.pending import Waiting
    from bot.people.models import Deputy, Person
    from bot.teams.appointments import DeputyChange, RoleChange
    from bot.web.tab.asked import Asked
    from cards.views.reader import Sentence

WARNINGS = frozenset({"tab.fore_vacant", "tab.fore_gap", "tab.fore_oneself", "tab.fore_deputy_away"})
"""What should make somebody think twice."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``said`` stands in order; ``rounds`` are shown under it, each with its offer."""

    said: tuple[Sentence, ...]
    rounds: tuple[Waiting, ...] = ()


def role_foreseen(asked: Asked, person: Person, change: RoleChange) -> Foreseen:
    """What giving or taking the role would do. The change was checked before."""
    turn = asked.turn
    held = people.roles_of(turn.session, person, turn.now)
    if not change.gives:
        lost, rounds = _lost(asked, person, change.role) if change.role in held else ((), ())
        first = sentence("tab.fore_take", name=person.name, role=words.Role(change.role.value))
        return Foreseen((first, *lost, *_pages(asked, person, held, held - {change.role})), rounds)
    first = _given(asked, person, change)
    later = change.starts_at is not None and change.starts_at > turn.now
    if change.role in held and later:
        lost, rounds = _lost(asked, person, change.role)
        return Foreseen((first, sentence("tab.fore_gap", name=person.name), *lost), rounds)
    if change.role in held:
        return Foreseen((first, sentence("tab.fore_only_days")))
    gained, rounds = _gained(asked, person, change) if change.role in APPROVERS else ((), ())
    return Foreseen((first, *gained, *_pages(asked, person, held, held | {change.role})), rounds)


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


def _gained(asked: Asked, person: Person, change: RoleChange) -> tuple[tuple[Sentence, ...], tuple[Waiting, ...]]:
    """Which rounds would ask somebody new; those that close before the role begins do not."""
    turn = asked.turn
    begins = change.starts_at or turn.now
    rounds = tuple(
        one for one in rounds_waiting_for(turn.session, (change.role,)) if max(one.closes_at, turn.now) >= begins
    )
    others = _others(asked, person, change.role)
    said = [sentence("tab.fore_asked", count=len(rounds)) if rounds else sentence("tab.fore_no_round")]
    if others:
        said.append(sentence("tab.fore_beside", others=", ".join(others)))
    return tuple(said), rounds


def _lost(asked: Asked, person: Person, role: Role) -> tuple[tuple[Sentence, ...], tuple[Waiting, ...]]:
    """What stands still when this person no longer holds the role."""
    turn = asked.turn
    others = _others(asked, person, role)
    rounds: tuple[Waiting, ...] = ()
    said = []
    if role in APPROVERS:
        rounds = rounds_waiting_for(turn.session, (role,))
        if not rounds:
            said.append(sentence("tab.fore_no_round"))
        elif others:
            said.append(sentence("tab.fore_kept", count=len(rounds), others=", ".join(others)))
        else:
            said.append(sentence("tab.fore_vacant", count=len(rounds), role=words.Role(role.value)))
    if not others:
        said.append(sentence("tab.fore_alone"))
    if not (people.roles_of(turn.session, person, turn.now) - {role}).intersection(APPROVERS):
        standing = people.standing_deputies(turn.session, person, turn.now)
        if standing:
            names = dict.fromkeys(deputy.name for _row, deputy in standing)
            said.append(sentence("tab.fore_idle", names=", ".join(names)))
    return tuple(said), rounds


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
    # Rounds that are over before the deputy's first day ask them nothing; a day of reserve for the time zones.
    rounds = tuple(
        one for one in _rounds_of(asked, principal) if max(one.closes_at, turn.now).date() + timedelta(days=1) >= first
    )
    said.append(
        sentence("tab.fore_deputy_rounds", count=len(rounds), name=principal.name)
        if rounds
        else sentence("tab.fore_no_round")
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
    return Foreseen(tuple(said), rounds)


def withdrawal_foreseen(asked: Asked, principal: Person, row: Deputy, deputy: Person) -> Foreseen:
    """What ending the deputy's time would do."""
    rounds: Sequence[Waiting] = _rounds_of(asked, principal)
    said = [sentence("tab.fore_withdraw", deputy=deputy.name, name=principal.name)]
    if row.starts_on > people.today_of(principal, asked.turn.now) or not rounds:
        return Foreseen((*said, sentence("tab.fore_no_round")))
    return Foreseen((*said, sentence("tab.fore_withdrawn", count=len(rounds), name=principal.name)), tuple(rounds))


def _rounds_of(asked: Asked, principal: Person) -> tuple[Waiting, ...]:
    seats = people.roles_of(asked.turn.session, principal, asked.turn.now).intersection(APPROVERS)
    return rounds_waiting_for(asked.turn.session, seats) if seats else ()
