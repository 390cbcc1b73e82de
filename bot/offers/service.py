"""The life of an offer: opened on a tender, moved through stages, numbered at Go, worked on by a team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotAllowed, NotFound
from bot.offers.models import Offer, Outcome, StageStep, TeamMember, TeamRole
from bot.offers.numbers import CHRONO, allocate_number, take
from bot.offers.rules import fold, like_pattern
from bot.people.models import APPROVERS, Person, Role
from bot.people.service import roles_of
from bot.sync.ledger import redraw
from bot.sync.models import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.tenders.models import Tender

__all__ = [
    "allocate_number",
    "by_id",
    "current",
    "enter_stage",
    "find_by_number",
    "of_tender",
    "offers_of",
    "open_offer",
    "require_part",
    "search",
    "set_team",
    "team_of",
]

FIRST_STAGE = "DET"
TITLE_LIMIT = 400
TEAM_LIMIT = 5
SEARCH_WORDS = 8
STEERING_ROLES = (*APPROVERS, Role.SALES_LEAD)
"""Who may open and reopen rounds and name the team of any offer; its owner may for their own."""


def open_offer(
    session: Session,
    *,
    tender: Tender | None,
    title: str,
    client_name: str | None,
    owner: Person,
    now: datetime,
    first_stage: str = FIRST_STAGE,
    external_reference: str | None = None,
) -> Offer:
    """A new offer of ``owner`` in the first stage, with the next chrono. Deadlines are copied from the tender; the
    caller marks its card.

    ``first_stage``: code of the configured stage of type ``first_stage``. The database refuses a second offer on
    one tender.
    """
    title = title[:TITLE_LIMIT]
    reference = external_reference or (tender.number if tender else None)
    offer = Offer(
        chrono=take(session, CHRONO, 1),
        title=title,
        search_text=fold(f"{reference or ''} {title} {client_name or ''}"),
        client_name=client_name,
        external_reference=reference,
        tender_id=tender.id if tender else None,
        owner_id=owner.id,
        stage=first_stage,
        outcome=Outcome.OPEN,
        opened_at=now,
        submission_due_at=tender.closes_at if tender else None,
        clarification_at=tender.clarification_at if tender else None,
        updated_at=now,
        updated_by_id=owner.id,
    )
    session.add(offer)
    session.flush()
    session.add(StageStep(offer_id=offer.id, stage=first_stage, entered_at=now, cause="person", actor_id=owner.id))
    session.flush()
    audit.record(
        session,
        now=now,
        action="offer.opened",
        subject="offer",
        subject_id=offer.id,
        actor_id=owner.id,
        after={"chrono": offer.chrono, "title": title, "tender": offer.tender_id, "stage": first_stage},
    )
    return offer


def enter_stage(
    session: Session, offer: Offer, stage: str, *, now: datetime, cause: str, actor_id: int | None = None
) -> bool:
    """Move the offer into a stage. ``cause``: ``person``, ``evaluation``, ``round``. False when it was there
    already.
    """
    if offer.stage == stage:
        return False
    before, offer.stage = offer.stage, stage
    touch(offer, now=now, actor_id=actor_id)
    session.add(StageStep(offer_id=offer.id, stage=stage, entered_at=now, cause=cause, actor_id=actor_id))
    session.flush()
    audit.record(
        session,
        now=now,
        action="offer.stage",
        subject="offer",
        subject_id=offer.id,
        actor_id=actor_id,
        before={"stage": before},
        after={"stage": stage, "cause": cause},
    )
    return True


def set_outcome(session: Session, offer: Offer, outcome: Outcome, *, now: datetime, actor_id: int | None) -> None:
    """Say how the offer ended, or that it is open again; the stage stays as it is."""
    if offer.outcome is outcome:
        return
    before, offer.outcome = offer.outcome, outcome
    touch(offer, now=now, actor_id=actor_id)
    session.flush()
    audit.record(
        session,
        now=now,
        action="offer.outcome",
        subject="offer",
        subject_id=offer.id,
        actor_id=actor_id,
        before={"outcome": before.value},
        after={"outcome": outcome.value},
    )


def touch(offer: Offer, *, now: datetime, actor_id: int | None) -> None:
    """Note that the offer changed: cards drawn from an older revision are stale."""
    offer.revision += 1
    offer.updated_at = now
    offer.updated_by_id = actor_id


def by_id(session: Session, offer_id: int) -> Offer:
    """The offer with this id; raises :class:`NotFound`."""
    offer = session.get(Offer, offer_id, populate_existing=True)
    if offer is None:
        raise NotFound
    return offer


current = by_id


def locked(session: Session, offer_id: int) -> Offer:
    """:func:`by_id`, and nobody else changes it until this transaction ends."""
    offer = session.get(Offer, offer_id, populate_existing=True, with_for_update=True)
    if offer is None:
        raise NotFound
    return offer


def of_tender(session: Session, tender_id: int) -> Offer | None:
    """The offer made on a tender, if there is one."""
    return session.scalars(sa.select(Offer).where(Offer.tender_id == tender_id)).one_or_none()


def find_by_number(session: Session, number: str) -> Offer | None:
    """The offer behind ``S580``, ``s 580`` or its project number ``S580P``."""
    wanted = "".join(number.split()).upper()
    statement = sa.select(Offer).where(
        sa.or_(sa.func.upper(Offer.number) == wanted, sa.func.upper(Offer.project_number) == wanted)
    )
    return session.scalars(statement).first()


def search(session: Session, words: str, *, limit: int = 10, offset: int = 0) -> list[Offer]:
    """Offers that have every word in number, title, client or reference, whatever the case and accents; open ones
    first, newest first.
    """
    exact = find_by_number(session, words)
    if exact is not None:
        return [exact] if offset == 0 else []
    statement = sa.select(Offer)
    for word in fold(words).split()[:SEARCH_WORDS]:
        pattern = like_pattern(word)
        statement = statement.where(
            sa.or_(Offer.search_text.like(pattern, escape="\\"), sa.func.lower(Offer.number).like(pattern, escape="\\"))
        )
    order = (sa.case((Offer.outcome == Outcome.OPEN, 0), else_=1), Offer.chrono.desc())
    return list(session.scalars(statement.order_by(*order).limit(limit).offset(offset)))


def offers_of(session: Session, person: Person, *, only_open: bool = True) -> list[Offer]:
    """The offers a person owns or is on the team of, newest first."""
    teams = sa.select(TeamMember.offer_id).where(TeamMember.person_id == person.id, TeamMember.left_on.is_(None))
    statement = sa.select(Offer).where(sa.or_(Offer.owner_id == person.id, Offer.id.in_(teams)))
    if only_open:
        statement = statement.where(Offer.outcome == Outcome.OPEN)
    return list(session.scalars(statement.order_by(Offer.chrono.desc())))


def require_part(session: Session, offer: Offer, actor: Person, now: datetime, *, team: bool = False) -> None:
    """Raise :class:`NotAllowed` unless the person owns the offer or steers offers; with ``team``, also unless they
    are on its team.

    The error's ``roles`` are :class:`Role` values and the words ``owner`` and ``team``.
    """
    if actor.guest:
        raise NotAllowed(roles=("owner", *STEERING_ROLES))
    if actor.id == offer.owner_id or roles_of(session, actor, now).intersection(STEERING_ROLES):
        return
    if team and any(member.id == actor.id for member, _role in team_of(session, offer.id)):
        return
    raise NotAllowed(roles=("owner", *(("team",) if team else ()), *STEERING_ROLES))


def team_of(session: Session, offer_id: int) -> list[tuple[Person, TeamRole]]:
    """Who is on the team now, in the order in which they joined."""
    statement = (
        sa.select(Person, TeamMember.role)
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(TeamMember.offer_id == offer_id, TeamMember.left_on.is_(None))
        .order_by(TeamMember.joined_on, TeamMember.id)
    )
    return [(person, role) for person, role in session.execute(statement)]


def set_team(
    session: Session, offer_id: int, actor: Person, members: Sequence[tuple[Person, TeamRole]], now: datetime
) -> list[tuple[Person, TeamRole]]:
    """Make these the team: at most five people, each once. Who is missing has left today; who comes back starts a
    new stay.

    Days are those of the actor's time zone. Raises :class:`Invalid` at ``member_1`` …, :class:`NotAllowed`,
    :class:`NotFound`.
    """
    offer = locked(session, offer_id)
    require_part(session, offer, actor, now)
    _check_team(members)
    today = now.astimezone(ZoneInfo(actor.time_zone)).date()
    wanted = {person.id: role for person, role in members}
    stays = list(session.scalars(sa.select(TeamMember).where(TeamMember.offer_id == offer_id)))
    before = {stay.person_id: stay.role for stay in stays if stay.left_on is None}
    if before == wanted:
        return team_of(session, offer_id)
    for stay in stays:
        if stay.left_on is None and stay.person_id not in wanted:
            stay.left_on = today
        elif stay.person_id in wanted and (stay.left_on is None or stay.joined_on == today):
            # Changed role, or left and came back on the day of joining: one stay, not two.
            stay.left_on, stay.role = None, wanted.pop(stay.person_id)
    for person_id, role in wanted.items():
        session.add(TeamMember(offer_id=offer_id, person_id=person_id, role=role, joined_on=today))
    touch(offer, now=now, actor_id=actor.id)
    session.flush()
    audit.record(
        session,
        now=now,
        action="offer.team",
        subject="offer",
        subject_id=offer_id,
        actor_id=actor.id,
        before={str(person): role.value for person, role in before.items()},
        after={str(person.id): role.value for person, role in members},
    )
    mark_shared(session, offer, now=now)
    return team_of(session, offer_id)


def _check_team(members: Sequence[tuple[Person, TeamRole]]) -> None:
    fields: dict[str, tuple[str, dict[str, Any]]] = {}
    seen: set[int] = set()
    for number, (person, _role) in enumerate(members, start=1):
        if person.guest:
            fields[f"member_{number}"] = ("errors.guest_role", {"name": person.name})
        elif person.id in seen:
            fields[f"member_{number}"] = ("errors.twice", {"name": person.name})
        elif number > TEAM_LIMIT:
            fields[f"member_{number}"] = ("errors.team_size", {"limit": TEAM_LIMIT})
        seen.add(person.id)
    if fields:
        raise Invalid(fields)


def mark_shared(session: Session, offer: Offer, *, now: datetime) -> None:
    """The tender's one shared message no longer shows the truth about this offer."""
    if offer.tender_id is not None:
        redraw(session, Kind.SHARED_CARD, offer.tender_id, now=now)
