"""The hand-over from the sales lead to the project manager, and the checklist before the project starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotAllowed, NotFound
from bot.handover.amendments import require_project
from bot.handover.errors import AlreadyAccepted, NotProposed, NotWon
from bot.handover.fields import PROPOSAL, RETURN
from bot.handover.models import ChecklistItem, Handover, HandoverState
from bot.offers import entries
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.people import service as people
from bot.people.models import Person, Role
from bot.records import service as records
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, LedgerRow, person_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company

MANAGER = "project_manager_id"


def of_offer(session: Session, offer_id: int) -> Handover | None:
    """The hand-over of an offer, if it was proposed."""
    return session.scalars(sa.select(Handover).where(Handover.offer_id == offer_id)).one_or_none()


def by_id(session: Session, handover_id: int) -> Handover:
    """The hand-over with this id; raises :class:`~bot.errors.NotFound`."""
    found = session.get(Handover, handover_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def waiting_for(session: Session, person: Person) -> list[Offer]:
    """The projects that wait for this person's yes, the longest waiting first."""
    proposed = (
        sa.select(Offer)
        .join(Handover, Handover.offer_id == Offer.id)
        .where(Handover.manager_id == person.id, Handover.state == HandoverState.PROPOSED)
        .order_by(Handover.proposed_at)
    )
    return list(session.scalars(proposed))


def propose(
    session: Session, offer_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> Handover:
    """Ask a project manager to take a won offer over; they get the sheet as a card. ``base``: the revision of the
    hand-over that the dialog was opened on, 0 when there was none.

    Raises :class:`~bot.errors.Invalid` at the fields, also when somebody else proposed it meanwhile,
    :class:`~bot.errors.NotAllowed` unless the person owns the offer or steers offers, :class:`NotWon`,
    :class:`AlreadyAccepted`.
    """
    offer = offers.locked(session, offer_id)
    offers.require_part(session, offer, actor, now)
    if offer.outcome is not Outcome.WON:
        raise NotWon
    values = records.read(session, PROPOSAL, typed, actor)
    found = of_offer(session, offer_id)
    if found is not None and found.revision > base:
        who = people.by_id(session, found.answered_by_id or found.proposed_by_id)
        changed = {"name": who.name, "at": found.answered_at or found.proposed_at}
        raise Invalid({MANAGER: ("handover.changed_meanwhile", changed)}, shown={"rev": str(found.revision)})
    return hand_to(session, offer, values[MANAGER], values["note"], actor=actor, now=now)


def hand_to(
    session: Session, offer: Offer, manager_id: int, note: str | None, *, actor: Person, now: datetime
) -> Handover:
    """Propose a locked, won offer to this person. Raises as :func:`propose`."""
    manager = people.by_id(session, manager_id)
    if manager.guest:
        raise Invalid({MANAGER: ("errors.guest_role", {"name": manager.name})})
    found = of_offer(session, offer.id)
    answered = found is not None and found.state is not HandoverState.PROPOSED
    if found is None:
        found = Handover(offer_id=offer.id, manager_id=manager.id, proposed_by_id=actor.id, proposed_at=now, revision=0)
    elif found.state is HandoverState.ACCEPTED and found.manager_id == manager.id:
        raise AlreadyAccepted
    found.manager_id, found.note = manager.id, note
    found.state = HandoverState.PROPOSED
    found.proposed_at, found.proposed_by_id = now, actor.id
    found.answer = found.answered_at = found.answered_by_id = None
    found.revision += 1
    session.add(found)
    records.change(session, offer, "offer", {MANAGER: manager.id}, actor=actor, now=now, specs=PROPOSAL)
    _trail(session, found, "proposed", actor, now, {"manager": manager.id})
    redraw(session, Kind.HANDOVER_CARD, found.id, now=now)
    redraw(session, Kind.HANDOVER_RESULT, found.id, now=now)
    want(session, Kind.HANDOVER_CARD, found.id, now=now, target=person_target(manager.id))
    if answered:
        _post_anew(session, Kind.HANDOVER_CARD, found.id, manager.id)
    entries.changed(session, offer, actor=actor, now=now)
    return found


def keep(session: Session, offer: Offer, manager_id: int | None, *, actor: Person, now: datetime) -> Handover | None:
    """After a signature: propose it to its project manager unless that was done, and draw its cards anew."""
    found = of_offer(session, offer.id)
    if manager_id is not None and (found is None or found.manager_id != manager_id):
        return hand_to(session, offer, manager_id, found.note if found else None, actor=actor, now=now)
    stale(session, offer.id, now=now)
    return found


def stale(session: Session, offer_id: int, *, now: datetime) -> None:
    """What the hand-over's cards show is no longer true."""
    found = of_offer(session, offer_id)
    if found is not None:
        redraw(session, Kind.HANDOVER_CARD, found.id, now=now)


def accept(session: Session, handover_id: int, *, actor: Person, now: datetime) -> Handover:
    """The project manager takes it over; the sales lead is told. Again changes nothing.

    A key user may answer for the project manager; both are kept. Raises :class:`~bot.errors.NotAllowed`,
    :class:`NotProposed` when it was returned, :class:`NotWon` when the offer was reopened.
    """
    found, offer = _to_answer(session, handover_id, actor, now)
    if found.state is HandoverState.ACCEPTED:
        return found
    if found.state is not HandoverState.PROPOSED:
        raise NotProposed
    return _answer(session, found, offer, HandoverState.ACCEPTED, None, actor=actor, now=now)


def send_back(
    session: Session, handover_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime
) -> Handover:
    """The project manager asks for something first; the sales lead is told and proposes it again.

    Raises as :func:`accept`, and :class:`~bot.errors.Invalid` without a reason, :class:`AlreadyAccepted`.
    """
    found, offer = _to_answer(session, handover_id, actor, now)
    if found.state is HandoverState.ACCEPTED:
        raise AlreadyAccepted
    if found.state is not HandoverState.PROPOSED:
        raise NotProposed
    answer = records.read(session, RETURN, typed, actor)["answer"]
    return _answer(session, found, offer, HandoverState.RETURNED, answer, actor=actor, now=now)


def may_answer(session: Session, found: Handover, actor: Person, now: datetime) -> bool:
    """Whether this person answers for the project: its manager, or a key user."""
    return not actor.guest and (actor.id == found.manager_id or Role.KEY_USER in people.roles_of(session, actor, now))


def require_answer(session: Session, found: Handover, actor: Person, now: datetime) -> None:
    """Raise :class:`~bot.errors.NotAllowed` unless :func:`may_answer`."""
    if not may_answer(session, found, actor, now):
        raise NotAllowed(roles=(Role.PROJECT_MANAGER, Role.KEY_USER))


def _to_answer(session: Session, handover_id: int, actor: Person, now: datetime) -> tuple[Handover, Offer]:
    # Whoever holds the offer changes its hand-over: one lock, so that an answer and a new proposal cannot cross.
    offer = offers.locked(session, by_id(session, handover_id).offer_id)
    found = by_id(session, handover_id)
    require_answer(session, found, actor, now)
    if offer.outcome is not Outcome.WON:
        raise NotWon
    return found, offer


def _answer(
    session: Session,
    found: Handover,
    offer: Offer,
    state: HandoverState,
    answer: str | None,
    *,
    actor: Person,
    now: datetime,
) -> Handover:
    found.state, found.answer = state, answer
    found.answered_at, found.answered_by_id = now, actor.id
    found.revision += 1
    _trail(session, found, state.value, actor, now, {"answer": answer} if answer else {})
    redraw(session, Kind.HANDOVER_CARD, found.id, now=now)
    want(session, Kind.HANDOVER_RESULT, found.id, now=now, target=person_target(offer.owner_id))
    _post_anew(session, Kind.HANDOVER_RESULT, found.id, offer.owner_id)
    entries.changed(session, offer, actor=actor, now=now)
    return found


def _post_anew(session: Session, kind: Kind, handover_id: int, person_id: int) -> None:
    """A new question or answer is a new message: an edited one notifies nobody. The one before stays as it stands."""
    session.flush()
    about = sa.and_(LedgerRow.kind == kind, LedgerRow.subject_id == handover_id)
    theirs = LedgerRow.target == person_target(person_id)
    session.execute(sa.update(LedgerRow).where(about, theirs).values(remote=sa.null()))


def _trail(
    session: Session, found: Handover, what: str, actor: Person, now: datetime, after: dict[str, object]
) -> None:
    session.flush()
    answered = found.state is not HandoverState.PROPOSED
    audit.record(
        session,
        now=now,
        action=f"handover.{what}",
        subject="handover",
        subject_id=found.id,
        actor_id=actor.id,
        on_behalf_of_id=found.manager_id if answered and found.manager_id != actor.id else None,
        after={"offer": found.offer_id, **after},
    )


def start_checklist(session: Session, offer: Offer, company: Company) -> None:
    """Copy what the company's checklist has and the offer's has not."""
    known = {item.code for item in checklist(session, offer.id)}
    for position, item in enumerate(company.checklist.item):
        if item.code not in known:
            session.add(
                ChecklistItem(
                    offer_id=offer.id,
                    code=item.code,
                    label_fr=item.label.of("fr"),
                    label_en=item.label.of("en"),
                    position=position,
                )
            )
    session.flush()


def checklist(session: Session, offer_id: int) -> list[ChecklistItem]:
    """What is to be done before the project starts, in the company's order."""
    statement = sa.select(ChecklistItem).where(ChecklistItem.offer_id == offer_id)
    return list(session.scalars(statement.order_by(ChecklistItem.position, ChecklistItem.id)))


def tick(session: Session, item_id: int, *, done: bool, actor: Person, now: datetime) -> ChecklistItem:
    """Note that one thing is done, or that it is not; again changes nothing.

    Raises :class:`~bot.errors.NotAllowed` unless the person works on the offer or manages its project.
    """
    item = session.get(ChecklistItem, item_id)
    if item is None:
        raise NotFound
    offer = offers.locked(session, item.offer_id)
    session.refresh(item)
    require_project(session, offer, actor, now, team=True)
    if (item.done_at is not None) == done:
        return item
    item.done_at, item.done_by_id = (now, actor.id) if done else (None, None)
    session.flush()
    audit.record(
        session,
        now=now,
        action="checklist_item.ticked" if done else "checklist_item.unticked",
        subject="checklist_item",
        subject_id=item.id,
        actor_id=actor.id,
        after={"offer": offer.id, "code": item.code},
    )
    stale(session, offer.id, now=now)
    entries.changed(session, offer, actor=actor, now=now)
    return item
