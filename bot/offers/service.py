"""The life of an offer: opened on a tender, moved through stages, numbered at Go, worked on by a team."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from bot import audit
from bot.clients.models import Client, Contact
from bot.decisions.models import Round
from bot.errors import NotAllowed, NotFound
from bot.offers.models import Offer, OriginKind, Outcome, StageStep, TeamMember, TeamRole
from bot.offers.numbers import CHRONO, allocate_number, take
from bot.offers.rules import NO_DEFAULTS, Defaults, fold, like_pattern
from bot.people.models import APPROVERS, Person, Role
from bot.people.service import roles_of
from bot.records import service as records
from bot.sync.ledger import redraw, redraw_two
from bot.sync.models import Kind
from bot.sync.outside import offer_changed
from bot.tenders.models import Tender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

__all__ = [
    "allocate_number",
    "by_id",
    "current",
    "enter_stage",
    "find_by_number",
    "of_tender",
    "offers_of",
    "open_offer",
    "refresh_search_text",
    "require_part",
    "search",
    "team_of",
]

FIRST_STAGE = "DET"
BY_PERSON = "person"
DEFAULT_CURRENCY = "EUR"
CLIENT_SOURCE = "client"
TITLE_LIMIT = 400
SEARCH_WORDS = 8
STEERING_ROLES = (*APPROVERS, Role.SALES_LEAD)
"""Who may open and reopen rounds and name the team of any offer; its owner may for their own."""


def open_offer(  # noqa: PLR0913  what a chance brings along
    session: Session,
    *,
    tender: Tender | None,
    title: str,
    client_name: str | None,
    owner: Person,
    now: datetime,
    first_stage: str = FIRST_STAGE,
    external_reference: str | None = None,
    opened_on: date | None = None,
    defaults: Defaults = NO_DEFAULTS,
    currency: str = DEFAULT_CURRENCY,
) -> Offer:
    """A new offer of ``owner`` in the first stage, with the next chrono. Deadlines are copied from the tender; the
    caller marks its card.

    ``first_stage`` and ``defaults``: the configured stage it begins in and its probabilities. ``opened_on``: the day
    in the company's time zone; the owner's day when not given. The database refuses a second offer on one tender.
    """
    title = title[:TITLE_LIMIT]
    reference = external_reference or (tender.number if tender else None)
    opened_on = opened_on or now.astimezone(ZoneInfo(owner.time_zone)).date()
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
        opened_on=opened_on,
        opened_by_id=owner.id,
        submission_due_at=tender.closes_at if tender else None,
        clarification_at=tender.clarification_at if tender else None,
        currency=currency,
        launch_probability=defaults.launch,
        success_probability=defaults.success,
        origin=_origin(tender),
        updated_at=now,
        updated_by_id=owner.id,
    )
    session.add(offer)
    session.flush()
    step = StageStep(
        offer_id=offer.id,
        stage=first_stage,
        entered_at=now,
        entered_on=opened_on,
        cause=BY_PERSON,
        actor_id=owner.id,
    )
    session.add(step)
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


def _origin(tender: Tender | None) -> OriginKind:
    if tender is None:
        return OriginKind.MANUAL
    return OriginKind.CLIENT if tender.source.value == CLIENT_SOURCE else OriginKind.ESA_PORTAL


def enter_stage(
    session: Session,
    offer: Offer,
    stage: str,
    *,
    now: datetime,
    cause: str,
    actor_id: int | None = None,
    on: date | None = None,
    defaults: Defaults = NO_DEFAULTS,
) -> bool:
    """Move the offer into a stage; the outcome stays as it is. False when it was there already.

    ``cause``: see :class:`StageStep`. ``on``: the day of the event in the company's time zone; a step is never dated
    before the one it follows. ``defaults``: the stage's probabilities, which leave alone what a person set.
    """
    if offer.stage == stage:
        return False
    before, offer.stage = offer.stage, stage
    touch(offer, now=now, actor_id=actor_id)
    day = max(on, latest_day(session, offer.id) or on) if on else None
    step = StageStep(offer_id=offer.id, stage=stage, entered_at=now, entered_on=day, cause=cause, actor_id=actor_id)
    session.add(step)
    session.flush()
    audit.record(
        session,
        now=now,
        action="offer.stage",
        subject="offer",
        subject_id=offer.id,
        actor_id=actor_id,
        before={"stage": before},
        after={"stage": stage, "cause": cause, records.REVISION: offer.revision},
    )
    if defaults != NO_DEFAULTS:
        actor = session.get(Person, actor_id) if actor_id is not None else None
        give_defaults(session, offer, defaults, actor=actor, now=now)
    return True


def give_defaults(session: Session, offer: Offer, defaults: Defaults, *, actor: Person | None, now: datetime) -> None:
    """The stage's probabilities, except where a person set one by hand."""
    values: dict[str, int] = {}
    if defaults.launch is not None and not offer.launch_by_hand:
        values["launch_probability"] = defaults.launch
    if defaults.success is not None and not offer.success_by_hand:
        values["success_probability"] = defaults.success
    records.change(session, offer, "offer", values, actor=actor, now=now)


def latest_day(session: Session, offer_id: int) -> date | None:
    """The day of the latest pre-sales step."""
    statement = sa.select(sa.func.max(StageStep.entered_on))
    return session.scalar(statement.where(StageStep.offer_id == offer_id, StageStep.post_award.is_(False)))


def set_outcome(
    session: Session,
    offer: Offer,
    outcome: Outcome,
    *,
    now: datetime,
    actor_id: int | None,
    on: date | None = None,
) -> None:
    """Say how the offer ended, and ``on`` which day, or that it is open again; the stage stays as it is."""
    if offer.outcome is outcome:
        return
    before, offer.outcome = offer.outcome, outcome
    offer.ended_on = None if outcome is Outcome.OPEN else on
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


def refresh_search_text(session: Session, offer: Offer) -> None:
    """What the search looks through, after the title, a reference, the client or the contact changed."""
    client = session.get(Client, offer.client_id) if offer.client_id is not None else None
    contact = session.get(Contact, offer.contact_id) if offer.contact_id is not None else None
    numbers = sa.select(Tender.number, Tender.native_id).where(Tender.id == offer.tender_id)
    row = session.execute(numbers).first() if offer.tender_id is not None else None
    tender = row.number or row.native_id if row else None
    parts = (tender, offer.external_reference, offer.title, offer.client_name, client and client.path)
    found = fold(" ".join(dict.fromkeys(part for part in (*parts, contact and contact.name) if part)))
    if found != offer.search_text:
        offer.search_text = found


def touch(offer: Offer, *, now: datetime, actor_id: int | None) -> None:
    """Note that the offer changed: cards drawn from an older revision are stale, and so are the other systems."""
    offer.revision += 1
    offer.updated_at = now
    offer.updated_by_id = actor_id
    session = object_session(offer)
    if session is not None:
        offer_changed(session, offer, now=now)


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
    """Offers that have every word in number, title, client, contact, tender number or reference, whatever the case
    and accents; open ones first, newest first.
    """
    exact = find_by_number(session, words)
    if exact is not None:
        return [exact] if offset == 0 else []
    statement = sa.select(Offer).where(*holding(words))
    order = (sa.case((Offer.outcome == Outcome.OPEN, 0), else_=1), Offer.chrono.desc())
    return list(session.scalars(statement.order_by(*order).limit(limit).offset(offset)))


def holding(words: str) -> list[sa.ColumnElement[bool]]:
    """The conditions of a search: every word somewhere in what :func:`search` looks through."""
    places = (Offer.search_text, sa.func.lower(Offer.number), sa.func.lower(Offer.project_number))
    return [
        sa.or_(*(place.like(like_pattern(word), escape="\\") for place in places))
        for word in fold(words).split()[:SEARCH_WORDS]
    ]


def offers_of(session: Session, person: Person, *, only_open: bool = True) -> list[Offer]:
    """The offers a person owns or is on the team of, newest first."""
    teams = sa.select(TeamMember.offer_id).where(TeamMember.person_id == person.id, TeamMember.gone.is_(False))
    statement = sa.select(Offer).where(sa.or_(Offer.owner_id == person.id, Offer.id.in_(teams)))
    if only_open:
        statement = statement.where(Offer.outcome == Outcome.OPEN)
    return list(session.scalars(statement.order_by(Offer.chrono.desc())))


def require_part(session: Session, offer: Offer, actor: Person, now: datetime, *, team: bool = False) -> None:
    """Raise :class:`NotAllowed` unless the person owns the offer or steers offers; with ``team``, also unless they
    are on its team or manage its project.

    The error's ``roles`` are :class:`Role` values and the words ``owner`` and ``team``.
    """
    if actor.guest:
        raise NotAllowed(roles=("owner", *STEERING_ROLES))
    if actor.id == offer.owner_id or roles_of(session, actor, now).intersection(STEERING_ROLES):
        return
    if team and actor.id in {offer.project_manager_id, *(member.id for member, _role in team_of(session, offer.id))}:
        return
    raise NotAllowed(roles=("owner", *(("team",) if team else ()), *STEERING_ROLES))


def require_part_of_any(session: Session, of: Sequence[Offer], actor: Person, now: datetime) -> None:
    """:func:`require_part` with ``team``, of at least one of these offers."""
    for offer in of[:-1]:
        try:
            require_part(session, offer, actor, now, team=True)
        except NotAllowed:
            continue
        return
    require_part(session, of[-1], actor, now, team=True)


def team_of(session: Session, offer_id: int) -> list[tuple[Person, TeamRole]]:
    """Who is on the team now, in the order in which they joined."""
    statement = (
        sa.select(Person, TeamMember.role)
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(TeamMember.offer_id == offer_id, TeamMember.gone.is_(False))
        .order_by(TeamMember.joined_on, TeamMember.id)
    )
    return [(person, role) for person, role in session.execute(statement)]


def mark_decision(session: Session, offer_id: int, *, now: datetime) -> None:
    """What told of the Go asks for a team no longer."""
    for round_id in session.scalars(sa.select(Round.id).where(Round.offer_id == offer_id)).all():
        redraw_two(session, (Kind.OUTCOME_CARD, round_id), (Kind.VOTE_CARD, round_id), now=now)


def mark_shared(session: Session, offer: Offer, *, now: datetime) -> None:
    """The tender's one shared message no longer shows the truth about this offer."""
    if offer.tender_id is not None:
        redraw(session, Kind.SHARED_CARD, offer.tender_id, now=now)
