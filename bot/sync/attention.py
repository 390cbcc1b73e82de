"""What people do about records in other systems: look at them, try again, choose between two values, and say what
Business Central calls a contact or a salesperson.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit
from bot.clients.models import Client, Contact
from bot.errors import NotAllowed, NotFound
from bot.offers import service as offers
from bot.offers.fields import CATEGORY
from bot.offers.models import Offer
from bot.people.models import Person, Role
from bot.people.service import require, roles_of
from bot.records import service as records
from bot.records.fields import FieldSpec
from bot.sync import conflicts, hand_deals, reconciler
from bot.sync.business_central import recognised
from bot.sync.business_central import records as kept
from bot.sync.business_central.matching import Wanted
from bot.sync.business_central.records import TheirKind
from bot.sync.facts import remember
from bot.sync.models import RECORD, Conflict, Kind, LedgerRow, LedgerState, Mapping, System
from bot.sync.outside import offer_changed
from integrations.errors import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.records.fields import Problems
    from bot.sync.hand_deals import DealFacts

KEEPERS = (Role.KEY_USER, Role.ADMIN)
"""Who sees to all records."""
STUCK = (LedgerState.RETRYING, LedgerState.INCOMPLETE, LedgerState.MANUAL)
"""What another attempt may mend; a conflict is a person's choice."""
CODE_LIMIT = 20
"""Characters of Business Central's type Code[20], which the numbers of contacts and salespersons are."""
CODE_FIELDS = (FieldSpec(name="code", required=True, limit=CODE_LIMIT),)
DEAL_CODES = (
    FieldSpec(name="contact", limit=CODE_LIMIT),
    FieldSpec(name="salesperson", limit=CODE_LIMIT),
)
"""What a deal made by hand may lack; its axes come with the company's lists."""
_CODE = re.compile(r"[\w .,&/+()#-]+")


class BcCode(StrEnum):
    """What Business Central is asked for by a number of its own."""

    CONTACT = "contact"
    SALESPERSON = "salesperson"

    @property
    def kind(self) -> TheirKind:
        """Where it is looked up in what was read from Business Central."""
        return TheirKind(self.value)


# Who may


def require_keeper(session: Session, actor: Person, now: datetime) -> None:
    """Raise :class:`NotAllowed` unless the person sees to all records: key users and admins."""
    require(session, actor, KEEPERS, now)


def require_look(session: Session, offer: Offer, actor: Person, now: datetime) -> None:
    """Raise :class:`NotAllowed` unless the person has a part in the offer or sees to all records."""
    if not _keeps(session, actor, now):
        offers.require_part(session, offer, actor, now, team=True)


def require_fill(session: Session, offer: Offer, actor: Person, now: datetime) -> None:
    """Raise :class:`NotAllowed` unless the person owns the offer or sees to all records."""
    if actor.guest or (actor.id != offer.owner_id and not _keeps(session, actor, now)):
        raise NotAllowed(roles=("owner", *KEEPERS))


def _keeps(session: Session, actor: Person, now: datetime) -> bool:
    return not actor.guest and not roles_of(session, actor, now).isdisjoint(KEEPERS)


# Another attempt


def retry(session: Session, row_id: int, *, actor: Person, now: datetime) -> bool:
    """Try one row again; False when it is fine by now. A second press finds it under way and changes nothing more.

    Raises :class:`NotAllowed`, :class:`NotFound`.
    """
    row = session.get(LedgerRow, row_id)
    if row is None:
        raise NotFound
    if row.target == RECORD and row.kind is not Kind.LEAD:
        require_look(session, offers.by_id(session, row.subject_id), actor, now)
    else:
        require_keeper(session, actor, now)
    return reconciler.retry(session, row_id, now)


def retry_all(session: Session, system: System, *, actor: Person, now: datetime) -> int:
    """Try everything of one system again that is stuck; gives how many rows. A message that may have arrived is left
    to its own button, because it would be posted twice.

    Raises :class:`NotAllowed`.
    """
    require_keeper(session, actor, now)
    twice = sa.and_(LedgerRow.system == System.TEAMS, LedgerRow.error_class == OutcomeUnknown.__name__)
    stuck = sa.update(LedgerRow).where(
        LedgerRow.system == system,
        LedgerRow.state.in_(STUCK),
        LedgerRow.done_version < LedgerRow.wanted_version,
        sa.or_(LedgerRow.error_class.is_(None), sa.not_(twice)),
    )
    again: dict[str, Any] = {"state": LedgerState.PENDING, "not_before": now, "attempts": 0, "updated_at": now}
    return session.execute(stuck.values(again)).rowcount  # type: ignore[attr-defined,no-any-return]


# Two values


def choose(session: Session, conflict_id: int, *, keep_ours: bool, actor: Person, now: datetime) -> Conflict:
    """The owner of the offer, or who steers offers, says which value holds; see :func:`conflicts.settle`.

    Raises :class:`NotAllowed`, :class:`NotFound`.
    """
    offers.require_part(session, offer_of(session, conflict_id), actor, now)
    return conflicts.settle(session, conflict_id, keep_ours=keep_ours, actor=actor, now=now)


def offer_of(session: Session, conflict_id: int) -> Offer:
    """The offer that two values are of; raises :class:`NotFound`."""
    # By its key alone: the conflict itself is read under its lock, and what is read before could be stale.
    statement = sa.select(LedgerRow.subject_id).join(Conflict, Conflict.row_id == LedgerRow.id)
    offer_id = session.scalar(statement.where(Conflict.id == conflict_id, LedgerRow.target == RECORD))
    if offer_id is None:
        raise NotFound
    return offers.by_id(session, offer_id)


# What Business Central calls them


def named(offer: Offer, code: BcCode) -> str:
    """Under which name a code is remembered: of the contact, else of the client; of the owner.

    Raises :class:`NotFound` where the offer names neither contact nor client.
    """
    if code is BcCode.SALESPERSON:
        return f"person:{offer.owner_id}"
    if offer.contact_id is not None:
        return f"contact:{offer.contact_id}"
    if offer.client_id is None:
        raise NotFound
    return f"client:{offer.client_id}"


def code_of(session: Session, offer: Offer, code: BcCode) -> str:
    """The code that is known, or nothing; raises :class:`NotFound` as :func:`named`."""
    known = session.get(Mapping, (System.BUSINESS_CENTRAL, named(offer, code)))
    return known.remote if known is not None else ""


def wanted_of(session: Session, offer: Offer, code: BcCode) -> Wanted:
    """By what the contact or the salesperson of this offer may be known in Business Central."""
    if code is BcCode.SALESPERSON:
        owner = session.get_one(Person, offer.owner_id)
        return Wanted((owner.email or "",), names=(owner.name,))
    contact = session.get(Contact, offer.contact_id) if offer.contact_id is not None else None
    client_id = offer.client_id if offer.client_id is not None or contact is None else contact.client_id
    client = session.get(Client, client_id) if client_id is not None else None
    path = [int(part) for part in client.path_ids.split("/") if part] if client is not None else []
    nodes = session.scalars(sa.select(Client).where(Client.id.in_(path)).order_by(Client.id)).all()
    people = (contact,) if contact is not None else ()
    return Wanted(
        tuple(one.email for one in people if one.email),
        tuple(node.code for node in nodes if node.code),
        (*(one.name for one in people), *(node.name for node in nodes)),
    )


def keep_code(
    session: Session, offer_id: int, code: BcCode, typed: AnyMapping[str, str], *, actor: Person, now: datetime
) -> Offer:
    """Remember what Business Central calls this offer's contact or salesperson, in capitals as it compares codes.
    Every offer that uses the code is written again. As soon as Business Central was read, only what it has is taken.

    Raises :class:`~bot.errors.Invalid` at the field ``code``, :class:`NotAllowed`, :class:`NotFound`.
    """
    offer = _held(session, offer_id, code)
    require_fill(session, offer, actor, now)
    name, before = named(offer, code), code_of(session, offer, code)
    check = partial(_check, session, code, before)
    after = str(records.read(session, CODE_FIELDS, typed, actor, check)["code"]).upper()
    if after == before:
        return offer
    remember(session, System.BUSINESS_CENTRAL, {name: after}, now=now)
    recognised.chosen(session, name)
    kept.belong(session, code.kind, {name: after})
    for one in session.scalars(sa.select(Offer).where(_uses(offer, code)).order_by(Offer.id)).all():
        offer_changed(session, one, now=now)
    # An offer of another node of the same client may have waited for this code.
    kept.wake(session, now)
    audit.record(
        session,
        now=now,
        action="sync.code",
        subject="offer",
        subject_id=offer.id,
        actor_id=actor.id,
        before={name: before or None},
        after={name: after},
    )
    return offer


def _check(session: Session, code: BcCode, before: str, values: AnyMapping[str, Any]) -> Problems:
    after = str(values["code"]).upper()
    if after == before or not kept.has_any(session, code.kind) or kept.holds(session, code.kind, after):
        return _is_code(values)
    return {"code": (f"sync.error_no_{code}", {"when": kept.last_read(session, code.kind)})}


def _is_code(values: AnyMapping[str, Any]) -> Problems:
    # Some letters become two when they are made capitals.
    code = str(values["code"]).upper()
    if len(code) > CODE_LIMIT:
        return {"code": ("errors.too_long", {"limit": CODE_LIMIT})}
    return {} if _CODE.fullmatch(code) else {"code": ("sync.error_code", {})}


def fill_deal(
    session: Session,
    deal_id: int,
    specs: Sequence[FieldSpec],
    typed: AnyMapping[str, str],
    *,
    actor: Person,
    now: datetime,
) -> DealFacts:
    """Keep what a deal made by hand lacks for Business Central; ``specs`` are :data:`DEAL_CODES` and its axes.

    Raises :class:`~bot.errors.Invalid` at the fields, :class:`NotAllowed`, :class:`NotFound`.
    """
    require_keeper(session, actor, now)
    before = hand_deals.said(session, deal_id)

    def check(values: AnyMapping[str, Any]) -> Problems:
        problems: Problems = {}
        for code in BcCode:
            given = values[code.value]
            if given:
                found = _check(session, code, before.get(code.value, ""), {"code": given})
                problems |= {code.value: found["code"]} if found else {}
        return problems

    values = records.read(session, specs, typed, actor, check)
    codes = {code.value: str(values[code.value]).upper() if values[code.value] else None for code in BcCode}
    read = {name.removeprefix(CATEGORY): values[name] for name in values if name.startswith(CATEGORY)}
    # What Pipedrive says itself need not be said again, and goes on following it.
    known = hand_deals.facts_of(session, deal_id)
    same = known.categories if known is not None else {}
    axes = {axis: value for axis, value in read.items() if axis in before or value != same.get(axis)}
    return hand_deals.fill(session, deal_id, {**codes, **axes}, actor=actor, now=now)


def _held(session: Session, offer_id: int, code: BcCode) -> Offer:
    """The offer, which nobody else changes until this transaction ends, nor any that uses the same code: all of them in
    one order, so that two people who name the codes of one owner's offers never wait for each other.
    """
    same = _uses(offers.by_id(session, offer_id), code)
    every = sa.select(Offer.id).where(sa.or_(Offer.id == offer_id, same)).order_by(Offer.id)
    session.execute(every.with_for_update()).all()
    return offers.locked(session, offer_id)


def _uses(offer: Offer, code: BcCode) -> sa.ColumnElement[bool]:
    """The offers that have their code from the same person or client and are wanted in Business Central at all."""
    same = Offer.owner_id == offer.owner_id
    if code is BcCode.CONTACT:
        by_contact = offer.contact_id is not None
        same = Offer.contact_id == offer.contact_id if by_contact else Offer.client_id == offer.client_id
    wanted = sa.exists().where(
        LedgerRow.kind == Kind.OPPORTUNITY, LedgerRow.target == RECORD, LedgerRow.subject_id == Offer.id
    )
    return sa.and_(same, wanted)
