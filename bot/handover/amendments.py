"""Amendments of a signed contract, and the budget line they move.

The budget is the sum of movements that are never changed: what a signature or an amendment gives is always what its
movements add up to, so each is written once however often a dialog is saved.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.errors import Invalid, NotAllowed
from bot.handover.errors import NotWon
from bot.handover.fields import AMENDMENT, signed_rightly
from bot.handover.models import Amendment, AmendmentState, BudgetLine
from bot.offers import entries
from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.people import service as people
from bot.records.fields import LARGEST_AMOUNT, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from bot.people.models import Person
    from bot.records.fields import Problems

NOTHING = Decimal("0.00")
MOVED = "budget.moved"


def add(session: Session, offer_id: int, typed: Mapping[str, str], *, actor: Person, now: datetime) -> Amendment:
    """A new amendment of a won offer; signed at once, it moves the budget.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`~bot.errors.NotAllowed` unless the person steers the
    offer or manages its project, :class:`NotWon`, :class:`~bot.errors.NotFound`.
    """
    offer = won(session, offer_id, actor, now)
    check = _check(offer, actor, now)
    amendment = entries.add(session, Amendment, offer.id, AMENDMENT, typed, actor=actor, now=now, check=check)
    _settle(session, offer, amendment, actor=actor, now=now)
    return amendment


def edit(
    session: Session, amendment_id: int, typed: Mapping[str, str], *, base: int, actor: Person, now: datetime
) -> Amendment:
    """Change an amendment opened at revision ``base``; what its price then moves is written as one more movement.

    Raises as :func:`add`, and :class:`~bot.errors.Invalid` at what somebody else changed meanwhile.
    """
    offer = won(session, entries.by_id(session, Amendment, amendment_id).offer_id, actor, now)
    check = _check(offer, actor, now)
    amendment, _names = entries.edit(
        session, Amendment, amendment_id, AMENDMENT, typed, base=base, actor=actor, now=now, check=check
    )
    _settle(session, offer, amendment, actor=actor, now=now)
    return amendment


def _check(offer: Offer, actor: Person, now: datetime) -> Any:  # noqa: ANN401  what records.read asks
    opened_on, today = offer.opened_on, people.today_of(actor, now)

    def check(values: Mapping[str, Any]) -> Problems:
        return signed_rightly(values, opened_on, today)

    return check


def won(session: Session, offer_id: int, actor: Person, now: datetime) -> Offer:
    """The locked offer of a signed contract, for somebody who may work on its project."""
    offer = offers.locked(session, offer_id)
    require_project(session, offer, actor, now)
    if offer.outcome is not Outcome.WON:
        raise NotWon
    return offer


def require_project(session: Session, offer: Offer, actor: Person, now: datetime, *, team: bool = False) -> None:
    """Raise :class:`~bot.errors.NotAllowed` unless the person steers the offer or manages its project; with ``team``,
    also unless they are on its team.
    """
    if actor.guest or actor.id != offer.project_manager_id:
        try:
            offers.require_part(session, offer, actor, now, team=team)
        except NotAllowed as refusal:
            roles = tuple(refusal.params["roles"])
            raise NotAllowed(roles=(*roles, "project_manager")) from refusal


def _settle(session: Session, offer: Offer, amendment: Amendment, *, actor: Person, now: datetime) -> None:
    """Make the movements of an amendment add up to what it changes while it is signed, and to nothing otherwise."""
    signed = amendment.state is AmendmentState.SIGNED
    wanted = (amendment.price_change or NOTHING) if signed else NOTHING
    on = amendment.signed_on or people.today_of(actor, now)
    move(session, offer, wanted, amendment_id=amendment.id, field="price_change", on=on, actor=actor, now=now)


def move(
    session: Session,
    offer: Offer,
    wanted: Decimal,
    *,
    amendment_id: int | None,
    field: str,
    on: date,
    actor: Person,
    now: datetime,
) -> Decimal:
    """Make the signature's share of the budget (``amendment_id`` None), or an amendment's, be ``wanted``.

    Writes the missing movement, or nothing; returns it. ``offer`` is locked. Raises :class:`~bot.errors.Invalid` at
    ``field`` when the movement or the budget would be larger than the table can hold.
    """
    lines = movements(session, offer.id)
    had = sum((line.amount for line in lines if line.amendment_id == amendment_id), NOTHING)
    missing = wanted - had
    if not missing:
        return missing
    total = sum((line.amount for line in lines), missing)
    if max(abs(missing), abs(total)) > LARGEST_AMOUNT:
        raise Invalid({field: ("errors.too_large", {"limit": LARGEST_AMOUNT})})
    line = BudgetLine(
        offer_id=offer.id,
        amendment_id=amendment_id,
        amount=missing,
        currency=offer.currency,
        on=on,
        at=now,
        by_id=actor.id,
    )
    session.add(line)
    session.flush()
    audit.record(
        session,
        now=now,
        action=MOVED,
        subject="offer",
        subject_id=offer.id,
        actor_id=actor.id,
        before={"amount": as_text(had)},
        after={
            "amount": as_text(wanted),
            "budget": as_text(total),
            "amendment": amendment_id,
            "revision": offer.revision,
        },
    )
    return missing


def movements(session: Session, offer_id: int) -> list[BudgetLine]:
    """What moved the budget, in the order in which it was recorded."""
    return list(session.scalars(sa.select(BudgetLine).where(BudgetLine.offer_id == offer_id).order_by(BudgetLine.id)))


def budget(session: Session, offer_id: int) -> Decimal:
    """What the project has, in the currency of the offer: the signature and every signed amendment."""
    return sum((line.amount for line in movements(session, offer_id)), NOTHING)


def price_signed(session: Session, offer_id: int) -> Decimal:
    """The price of the signature alone, without amendments."""
    return sum((line.amount for line in movements(session, offer_id) if line.amendment_id is None), NOTHING)
