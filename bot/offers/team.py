"""Who prepares an offer, in which role, from when until when, and with how many hours.

A stay is one row: who comes back starts a new one, unless it was the same day. People who left stay in the list, and
their hours stay on the offer. Who joins or leaves is told, except by their own hand. Days are those of the actor.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotFound
from bot.hours.models import HoursWeek
from bot.offers import service as offers
from bot.offers.models import Offer, TeamMember, TeamRole
from bot.offers.stays import check_each_once, is_over, overlap, require_no_overlap, same_day, wrong_person
from bot.people.models import Person
from bot.people.service import today_of
from bot.records import service as records
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, person_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.records.fields import FieldSpec, Problems

SUBJECT = TeamMember.__tablename__
WEEKS_SHOWN = timedelta(weeks=5)
"""How old a week's card may be and still be drawn again with the offers of its person."""
Role = tuple[Person, TeamRole]


def by_id(session: Session, member_id: int) -> TeamMember:
    """The stay with this id; raises :class:`NotFound`."""
    found = session.get(TeamMember, member_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def members_of(session: Session, offer_id: int) -> list[tuple[TeamMember, Person]]:
    """Every stay: those on the team in the order in which they joined, then who left, the last first."""
    statement = (
        sa.select(TeamMember, Person)
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.offer_id == offer_id)
        .order_by(
            TeamMember.gone,
            sa.case((TeamMember.gone, TeamMember.left_on)).desc(),
            TeamMember.joined_on,
            TeamMember.id,
        )
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def set_team(
    session: Session,
    offer_id: int,
    actor: Person,
    members: Sequence[Role],
    now: datetime,
    *,
    shown: Mapping[int, TeamRole | None] | None = None,
) -> list[Role]:
    """Make these the team, each once. Who is missing has left today; who comes back starts a new stay.

    ``shown``: the stays that were there to choose from, each with the role it was shown with, as far as that is known;
    who is not among them stays, who left meanwhile does not come back unasked, and a role that was left as shown does
    not undo what somebody made of it meanwhile. None: everybody on the team now.

    Raises :class:`Invalid` at ``member_1`` …, :class:`~bot.errors.NotAllowed`, :class:`NotFound`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    check_each_once(members)
    stays = _stays(session, offer_id)
    offered = {stay.id for stay in stays if not stay.gone} if shown is None else set(shown)
    left_meanwhile = {stay.person_id for stay in stays if stay.gone and stay.id in offered}
    before = _as_trail(stays)
    on_team = {stay.person_id: stay for stay in stays if not stay.gone}
    wanted = {person.id: role for person, role in members}
    for person_id, stay in on_team.items():
        if person_id in wanted:
            untouched = shown is not None and shown.get(stay.id) == wanted[person_id]
            _change_role(session, stay, stay.role if untouched else wanted[person_id], actor, now)
        elif stay.id in offered:
            _end(session, stay, actor, now)
    for person_id, role in wanted.items():
        if person_id not in on_team and person_id not in left_meanwhile:
            _begin(session, offer_id, person_id, role, actor, now)
    _changed(session, offer, before, actor, now)
    return offers.team_of(session, offer_id)


def add(
    session: Session,
    offer_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    actor: Person,
    now: datetime,
) -> TeamMember:
    """One more person, with what the dialog says. Raises :class:`Invalid` at the fields,
    :class:`~bot.errors.NotAllowed`, :class:`NotFound`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    stays = _stays(session, offer_id)
    values = records.read(session, specs, typed, actor, lambda read: wrong_person(session, stays, read))
    before = _as_trail(stays)
    stay = same_day(stays, values["person_id"], values["joined_on"])
    if stay is None:
        require_no_overlap(stays, values["person_id"], values["joined_on"], values["left_on"])
        stay = TeamMember(offer_id=offer_id, **values)
        session.add(stay)
    else:
        for name, value in values.items():
            setattr(stay, name, value)
    stay.gone = is_over(stay.left_on, actor, now)
    _stamp(session, stay, now)
    _tell(session, stay, actor, now)
    _changed(session, offer, before, actor, now)
    return stay


def edit(
    session: Session,
    member_id: int,
    specs: Sequence[FieldSpec],
    typed: Mapping[str, str],
    *,
    base: int,
    actor: Person,
    now: datetime,
) -> tuple[TeamMember, tuple[str, ...]]:
    """Write what was typed about a stay, merged with what others changed since revision ``base``.

    A last day that is over ends it, and no or a later one opens it again. Returns the stay and the fields that changed;
    raises as :func:`add` does.
    """
    offer = offers.locked(session, by_id(session, member_id).offer_id)
    offers.require_part(session, offer, actor, now)
    stay = records.locked(session, TeamMember, member_id)
    stays = _stays(session, offer.id)
    before = _as_trail(stays)
    was_gone = stay.gone

    def check(values: Mapping[str, Any]) -> Problems:
        others = [one for one in stays if one.id != stay.id]
        return overlap(others, stay.person_id, values["joined_on"], values["left_on"])

    names = records.save(session, stay, SUBJECT, specs, typed, base=base, actor=actor, now=now, check=check)
    if "left_on" in names:
        stay.gone = is_over(stay.left_on, actor, now)
    if stay.gone != was_gone:
        _tell(session, stay, actor, now)
    elif names:
        redraw(session, Kind.TEAM_NOTICE, stay.id, now=now)
    if names:
        _changed(session, offer, before, actor, now, edited=stay.gone == was_gone)
    return stay, names


def leave(session: Session, member_id: int, *, actor: Person, now: datetime) -> TeamMember:
    """The person leaves the team, now: by themselves or by who names the team. Leaving twice changes nothing."""
    offer = offers.locked(session, by_id(session, member_id).offer_id)
    stay = records.locked(session, TeamMember, member_id)
    if actor.guest or actor.id != stay.person_id:
        offers.require_part(session, offer, actor, now)
    if not stay.gone:
        before = _as_trail(_stays(session, offer.id))
        _end(session, stay, actor, now)
        _changed(session, offer, before, actor, now)
    return stay


def come_back(session: Session, member_id: int, *, actor: Person, now: datetime) -> TeamMember:
    """Who left is on the team again from today, in the same role; who is on it already stays as they are."""
    offer = offers.locked(session, by_id(session, member_id).offer_id)
    offers.require_part(session, offer, actor, now)
    former = by_id(session, member_id)
    stays = _stays(session, offer.id)
    there = next((stay for stay in stays if stay.person_id == former.person_id and not stay.gone), None)
    if there is not None:
        return there
    person = session.get_one(Person, former.person_id)
    if person.guest:
        raise Invalid({"person_id": ("errors.guest_role", {"name": person.name})})
    before = _as_trail(stays)
    stay = _begin(session, offer.id, former.person_id, former.role, actor, now)
    _changed(session, offer, before, actor, now)
    return stay


def end_over(session: Session, today: date, now: datetime) -> int:
    """End the stays whose last day is over on ``today``, a day of the company. They were told of it beforehand.

    Returns how many.
    """
    over = sa.select(TeamMember).where(TeamMember.gone.is_(False), TeamMember.left_on < today)
    stays = list(session.scalars(over.with_for_update(skip_locked=True)))
    for stay in stays:
        stay.gone = True
        _stamp(session, stay, now)
    for offer in session.scalars(sa.select(Offer).where(Offer.id.in_({stay.offer_id for stay in stays}))):
        offers.touch(offer, now=now, actor_id=None)
        offers.mark_shared(session, offer, now=now)
    return len(stays)


def _stays(session: Session, offer_id: int) -> list[TeamMember]:
    statement = sa.select(TeamMember).where(TeamMember.offer_id == offer_id).order_by(TeamMember.id)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _begin(session: Session, offer_id: int, person_id: int, role: TeamRole, actor: Person, now: datetime) -> TeamMember:
    """A new stay from today; the one that began today if there is one."""
    today = today_of(actor, now)
    stay = same_day(_stays(session, offer_id), person_id, today)
    if stay is None:
        stay = TeamMember(offer_id=offer_id, person_id=person_id, role=role, joined_on=today)
        session.add(stay)
    stay.role, stay.left_on, stay.gone = role, None, False
    _stamp(session, stay, now)
    _tell(session, stay, actor, now)
    return stay


def _end(session: Session, stay: TeamMember, actor: Person, now: datetime) -> None:
    # Who was to come later never was there: their only day is the one they were named for.
    stay.left_on, stay.gone = max(today_of(actor, now), stay.joined_on), True
    _stamp(session, stay, now)
    _tell(session, stay, actor, now)


def _change_role(session: Session, stay: TeamMember, role: TeamRole, actor: Person, now: datetime) -> None:
    if records.change(session, stay, SUBJECT, {"role": role}, actor=actor, now=now):
        redraw(session, Kind.TEAM_NOTICE, stay.id, now=now)


def _stamp(session: Session, stay: TeamMember, now: datetime) -> None:
    """Dialogs opened on an earlier revision are to be merged."""
    stay.revision = (stay.revision or 0) + 1
    stay.updated_at = now
    session.flush()


def _tell(session: Session, stay: TeamMember, actor: Person, now: datetime) -> None:
    """Tell the person that they are on the team, or no longer; what was told before is drawn anew at least."""
    if actor.id == stay.person_id:
        redraw(session, Kind.TEAM_NOTICE, stay.id, now=now)
    else:
        want(session, Kind.TEAM_NOTICE, stay.id, now=now, target=person_target(stay.person_id), anew=True)
    recent = sa.select(HoursWeek.id).where(
        HoursWeek.person_id == stay.person_id, HoursWeek.week_on >= (now - WEEKS_SHOWN).date()
    )
    for week_id in session.scalars(recent).all():
        redraw(session, Kind.HOURS_CARD, week_id, now=now)


def _as_trail(stays: Iterable[TeamMember]) -> dict[str, str]:
    return {str(stay.person_id): stay.role.value for stay in stays if not stay.gone}


def _changed(
    session: Session, offer: Offer, before: dict[str, str], actor: Person, now: datetime, *, edited: bool = False
) -> None:
    """Write the trail and mark the cards. ``edited``: the trail has what changed already."""
    after = _as_trail(_stays(session, offer.id))
    if before == after and not edited:
        return
    offers.touch(offer, now=now, actor_id=actor.id)
    session.flush()
    if not edited:
        audit.record(
            session,
            now=now,
            action="offer.team",
            subject="offer",
            subject_id=offer.id,
            actor_id=actor.id,
            before=before,
            after=after,
        )
    offers.mark_shared(session, offer, now=now)
    if not before:
        offers.mark_decision(session, offer.id, now=now)
