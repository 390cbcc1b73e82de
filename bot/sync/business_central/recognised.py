"""Who was recognised in Business Central by a rule: kept with the rule and in the trail, shown, undone and redone.

Beside the mapping (``client:7`` = the number) stands ``rule:client:7`` = rule and number, and once somebody undid it
``not:client:7`` = the number. What a person chose has neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from bot import audit
from bot.clients.models import Client, Contact
from bot.clients.rules import shown_name
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.people.models import Person
from bot.sync.business_central.matching import REFUSED, Match, Rule
from bot.sync.facts import remember
from bot.sync.models import RECORD, Kind, LedgerRow, Mapping, System, TheirRecord
from bot.sync.outside import offer_changed

if TYPE_CHECKING:
    from collections.abc import Mapping as AnyMapping
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

BC = System.BUSINESS_CENTRAL
RULE = "rule:"
CLIENT, CONTACT, PERSON = "client", "contact", "person"
SUBJECTS = (CLIENT, CONTACT, PERSON)


@dataclass(frozen=True, slots=True)
class Recognised:
    """One of ours (``subject`` and ``number`` name it, ``ours`` is what it is called) and who it is over there."""

    subject: str
    number: int
    ours: str
    code: str
    theirs: str
    rule: Rule
    at: datetime

    @property
    def key(self) -> str:
        """The name of its mapping."""
        return f"{self.subject}:{self.number}"


def keep(session: Session, found: AnyMapping[str, Match], now: datetime) -> None:
    """Keep what the rules found, by the names of the mappings, each with its own line in the trail."""
    remember(session, BC, {key: match.code for key, match in found.items()}, now=now)
    remember(session, BC, {f"{RULE}{key}": f"{match.rule} {match.code}" for key, match in found.items()}, now=now)
    for key, match in found.items():
        _trail(session, "sync.matched", key, None, now, after={"code": match.code, "rule": match.rule.value})


def chosen(session: Session, key: str) -> None:
    """A person said who it is: no rule found it, and none was wrong."""
    _forget(session, f"{RULE}{key}", f"{REFUSED}{key}")


def count(session: Session) -> int:
    """How many stand as a rule found them."""
    return session.scalar(sa.select(sa.func.count()).select_from(_standing().subquery())) or 0


def page(session: Session, *, limit: int, offset: int = 0) -> Sequence[Recognised]:
    """Those that stand as a rule found them, newest first."""
    rows = session.execute(_standing().limit(limit).offset(offset)).all()
    return [_shown(session, row.name.removeprefix(RULE), row.remote, row.updated_at) for row in rows]


def undone(session: Session, subject: str, number: int) -> Recognised | None:
    """What a person undid and may redo; None when nothing is."""
    key = f"{subject}:{number}"
    refused, rule = session.get(Mapping, (BC, f"{REFUSED}{key}")), session.get(Mapping, (BC, f"{RULE}{key}"))
    if refused is None or rule is None or session.get(Mapping, (BC, key)) is not None:
        return None
    return _shown(session, key, rule.remote, refused.updated_at)


def undo(session: Session, subject: str, number: int, *, actor: Person, now: datetime) -> None:
    """It is somebody else over there: the code goes, no rule finds it again, and the offers that used it wait for
    another. Again changes nothing. The caller has checked that ``actor`` may.

    Raises :class:`~bot.errors.NotFound` where no rule found it.
    """
    key = _key(session, subject, number)
    rule, code = _rule_and_code(session, key)
    known = session.get(Mapping, (BC, key), with_for_update=True)
    if known is None or known.remote != code:
        return
    _forget(session, key)
    remember(session, BC, {f"{REFUSED}{key}": code}, now=now)
    _belongs(session, key, code, ours=False)
    _stale(session, subject, number, now)
    _trail(session, "sync.unmatched", key, actor, now, before={"code": code, "rule": rule.value})


def redo(session: Session, subject: str, number: int, *, actor: Person, now: datetime) -> None:
    """The rule was right after all. Where a code was given meanwhile, or it was not undone, nothing changes. The caller
    has checked that ``actor`` may.

    Raises :class:`~bot.errors.NotFound` where no rule found it.
    """
    key = _key(session, subject, number)
    rule, code = _rule_and_code(session, key)
    if session.get(Mapping, (BC, key), with_for_update=True) is not None:
        return
    _forget(session, f"{REFUSED}{key}")
    remember(session, BC, {key: code}, now=now)
    _belongs(session, key, code, ours=True)
    _stale(session, subject, number, now)
    _trail(session, "sync.matched", key, actor, now, after={"code": code, "rule": rule.value})


def _standing() -> sa.Select[str, str, datetime]:
    known = aliased(Mapping)
    still = sa.or_(*(Mapping.remote == f"{rule} " + known.remote for rule in Rule))
    as_found = sa.and_(known.system == BC, Mapping.name == RULE + known.name, still)
    return (
        sa.select(Mapping.name, Mapping.remote, Mapping.updated_at)
        .join(known, as_found)
        .where(Mapping.system == BC)
        .order_by(Mapping.updated_at.desc(), Mapping.name)
    )


def _shown(session: Session, key: str, remote: str, at: datetime) -> Recognised:
    subject, _, number = key.partition(":")
    rule, _, code = remote.partition(" ")
    kinds = ("salesperson",) if subject == PERSON else ("contact",)
    theirs = sa.select(TheirRecord.name).where(
        TheirRecord.system == BC, TheirRecord.kind.in_(kinds), TheirRecord.remote_id == code
    )
    name = session.scalar(theirs) or ""
    return Recognised(subject, int(number), _name(session, subject, int(number)), code, name, Rule(rule), at)


def _name(session: Session, subject: str, number: int) -> str:
    if subject == CLIENT:
        client = session.get(Client, number)
        return shown_name(client.path) if client is not None else "?"
    found = session.get(Contact, number) if subject == CONTACT else session.get(Person, number)
    return found.name if found is not None else "?"


def _key(session: Session, subject: str, number: int) -> str:
    key = f"{subject}:{number}"
    if subject not in SUBJECTS or session.get(Mapping, (BC, f"{RULE}{key}")) is None:
        raise NotFound
    return key


def _rule_and_code(session: Session, key: str) -> tuple[Rule, str]:
    rule, _, code = session.get_one(Mapping, (BC, f"{RULE}{key}"), with_for_update=True).remote.partition(" ")
    return Rule(rule), code


def _forget(session: Session, *names: str) -> None:
    session.execute(sa.delete(Mapping).where(Mapping.system == BC, Mapping.name.in_(names)))


def _belongs(session: Session, key: str, code: str, *, ours: bool) -> None:
    kind = "salesperson" if key.startswith(f"{PERSON}:") else "contact"
    statement = sa.update(TheirRecord).where(
        TheirRecord.system == BC, TheirRecord.kind == kind, TheirRecord.remote_id == code
    )
    if not ours:
        statement = statement.where(TheirRecord.ours == key)
    session.execute(statement.values(ours=key if ours else None))


def _stale(session: Session, subject: str, number: int, now: datetime) -> None:
    """The offers that have their code from it are looked at again."""
    if subject == CLIENT:
        path = session.get_one(Client, number).path_ids
        which: sa.ColumnElement[bool] = Offer.client_id.in_(
            sa.select(Client.id).where(Client.path_ids.startswith(path))
        )
    else:
        which = (Offer.contact_id if subject == CONTACT else Offer.owner_id) == number
    written = sa.select(LedgerRow.subject_id).where(LedgerRow.kind == Kind.OPPORTUNITY, LedgerRow.target == RECORD)
    stale = sa.select(Offer).where(which, Offer.id.in_(written)).order_by(Offer.id).with_for_update(key_share=True)
    for offer in session.scalars(stale).all():
        offer_changed(session, offer, now=now)


def _trail(
    session: Session,
    action: str,
    key: str,
    actor: Person | None,
    now: datetime,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    subject, _, number = key.partition(":")
    audit.record(
        session,
        now=now,
        action=action,
        subject=subject,
        subject_id=int(number),
        actor_id=actor.id if actor is not None else None,
        before=before,
        after=after,
    )
