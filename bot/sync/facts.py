"""What the other systems are to know of an offer, read in one go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client, Contact
from bot.decisions.models import Round, RoundOutcome
from bot.hours.effort import plan_of
from bot.hours.models import HoursEntry
from bot.offers.models import Offer, OfferCategory, OriginKind, Outcome, StageStep, TeamMember, TeamRole
from bot.people.models import Person
from bot.quotes.models import Quote
from bot.statements import insert_into
from bot.sync.models import RECORD, Kind, LedgerRow, Mapping, System

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the team."""

    id: int
    name: str
    email: str | None
    role: TeamRole


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """One offer as it stands. ``amount``: the price last sent, else the estimate. ``quarters``: spent so far, and
    ``planned``, None where nobody planned. ``stage_since``: when it entered its stage.

    ``client_path``: ids from the group down to the node the offer names. ``urls``: where its records in other systems
    can be opened, as far as they exist.
    """

    id: int
    chrono: int
    number: str
    project_number: str | None
    title: str
    stage: str
    outcome: Outcome
    amount: Decimal | None
    currency: str
    expected_closing_on: date | None
    submission_due_at: datetime | None
    ended_on: date | None
    end_reason: str | None
    end_note: str | None
    decision: RoundOutcome | None
    decided_at: datetime | None
    owner: Member
    team: tuple[Member, ...]
    quarters: int
    client_path: tuple[int, ...]
    client_name: str | None
    contact_id: int | None
    contact_name: str | None
    categories: dict[str, str]
    origin: str = OriginKind.MANUAL.value
    stage_since: datetime | None = None
    planned: int | None = None
    urls: dict[Kind, str] = field(default_factory=dict)


def facts_of(session: Session, offer_id: int) -> OfferFacts | None:
    """The facts; None for an offer that is gone or has no number yet."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.number is None:
        return None
    owner = session.get_one(Person, offer.owner_id)
    client = session.get(Client, offer.client_id) if offer.client_id is not None else None
    contact = session.get(Contact, offer.contact_id) if offer.contact_id is not None else None
    sent = session.scalars(
        sa.select(Quote)
        .where(Quote.offer_id == offer.id, Quote.sent_at.is_not(None), Quote.currency == offer.currency)
        .order_by(Quote.number.desc())
        .limit(1)
    ).first()
    decided = session.scalars(
        sa.select(Round)
        .where(Round.offer_id == offer.id, Round.outcome.is_not(None))
        .order_by(Round.sequence.desc())
        .limit(1)
    ).first()
    return OfferFacts(
        id=offer.id,
        chrono=offer.chrono,
        number=offer.number,
        project_number=offer.project_number,
        title=offer.title,
        stage=offer.stage,
        outcome=offer.outcome,
        amount=sent.price if sent is not None else offer.estimated_amount,
        currency=offer.currency,
        expected_closing_on=offer.expected_closing_on,
        submission_due_at=offer.submission_due_at,
        ended_on=offer.ended_on,
        end_reason=offer.end_reason,
        end_note=offer.end_note,
        decision=decided.outcome if decided is not None else None,
        decided_at=decided.decided_at if decided is not None else None,
        owner=Member(owner.id, owner.name, owner.email, TeamRole.SALES_LEAD),
        team=_team(session, offer.id),
        quarters=_quarters(session, offer.id),
        client_path=tuple(int(part) for part in client.path_ids.split("/") if part) if client is not None else (),
        client_name=offer.client_name,
        contact_id=offer.contact_id,
        contact_name=contact.name if contact is not None else None,
        categories=_categories(session, offer.id),
        origin=offer.origin.value,
        stage_since=_stage_since(session, offer),
        planned=plan.quarters if (plan := plan_of(session, offer)) is not None else None,
        urls=urls_of(session, offer.id),
    )


def _stage_since(session: Session, offer: Offer) -> datetime | None:
    entered = sa.select(StageStep.entered_at).where(
        StageStep.offer_id == offer.id, StageStep.stage == offer.stage, StageStep.post_award.is_(False)
    )
    return session.scalar(entered.order_by(StageStep.id.desc()).limit(1))


def _team(session: Session, offer_id: int) -> tuple[Member, ...]:
    statement = (
        sa.select(Person.id, Person.name, Person.email, TeamMember.role)
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(TeamMember.offer_id == offer_id, TeamMember.gone.is_(False))
        .order_by(TeamMember.joined_on, TeamMember.id)
    )
    return tuple(Member(*row) for row in session.execute(statement))


def _quarters(session: Session, offer_id: int) -> int:
    return session.scalar(sa.select(sa.func.sum(HoursEntry.quarters)).where(HoursEntry.offer_id == offer_id)) or 0


def _categories(session: Session, offer_id: int) -> dict[str, str]:
    statement = sa.select(OfferCategory.axis, OfferCategory.value).where(OfferCategory.offer_id == offer_id)
    return {row.axis: row.value for row in session.execute(statement)}


def urls_of(session: Session, offer_id: int) -> dict[Kind, str]:
    """Where the records of an offer can be opened."""
    statement = sa.select(LedgerRow.kind, LedgerRow.remote).where(
        LedgerRow.subject_id == offer_id, LedgerRow.target == RECORD, LedgerRow.kind != Kind.LEAD
    )
    return {kind: remote["url"] for kind, remote in session.execute(statement) if remote and remote.get("url")}


def mappings(session: Session, system: System) -> dict[str, str]:
    """What our things are called in a system: ``{"stage:SNT": "12", …}``."""
    statement = sa.select(Mapping.name, Mapping.remote).where(Mapping.system == system)
    return {row.name: row.remote for row in session.execute(statement)}


def remember(session: Session, system: System, names: dict[str, str], *, now: datetime) -> None:
    """Keep what things are called over there; a name that is known gets the new value."""
    if not names:
        return
    insert = insert_into(Mapping, session.get_bind().dialect.name)
    given = {"remote": insert.excluded.remote, "updated_at": insert.excluded.updated_at}
    session.execute(
        insert.on_conflict_do_update(index_elements=["system", "name"], set_=given),
        [{"system": system, "name": name, "remote": remote, "updated_at": now} for name, remote in names.items()],
    )
