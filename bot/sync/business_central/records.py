"""Business Central's contacts, customers and salespeople as they were last read: kept, looked through, matched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.clients.models import Client, Contact
from bot.clients.rules import Level
from bot.offers.rules import fold, like_pattern
from bot.people.models import Person
from bot.statements import insert_into
from bot.sync.business_central import matching, recognised
from bot.sync.business_central.matching import Ours, Theirs
from bot.sync.facts import mappings
from bot.sync.ledger import look_again
from bot.sync.models import Cursor, LedgerRow, System, TheirRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from bot.sync.business_central.matching import Match, Wanted

BC = System.BUSINESS_CENTRAL
FOUND = 25
"""What a picker shows at once."""
LOOKED_AT = 200
"""Of so many records that share a word with what is wanted, the likeliest are shown."""
SEARCH_WORDS, WORD_LIMIT = 8, 40
MATCHED = "matching"
ESCAPE = "\\"


class TheirKind(StrEnum):
    """What is read."""

    CONTACT = "contact"
    CUSTOMER = "customer"
    SALESPERSON = "salesperson"


@dataclass(frozen=True, slots=True)
class Found:
    """One record as it was read; ``code`` is its number or code."""

    code: str
    name: str
    data: dict[str, Any]
    changed_at: datetime | None = None


# Keeping what was read


def keep(session: Session, kind: TheirKind, found: Sequence[Found], now: datetime, *, listed: bool = False) -> int:
    """Keep these records as they stand there; gives how many are new or differ from what was known. ``listed``: they
    are part of a whole reading, which is noted also of those that did not change.
    """
    asked = _of(kind).where(TheirRecord.remote_id.in_([one.code for one in found]))
    known = {row.remote_id: (row.name, row.data, row.gone) for row in session.scalars(asked)}
    differing = {one.code: one for one in found if known.get(one.code) != (one.name, one.data, False)}
    if differing:
        insert = insert_into(TheirRecord, session.get_bind().dialect.name)
        given = {
            name: insert.excluded[name]
            for name in ("name", "search_text", "data", "changed_at", "seen_at", "listed_at", "gone")
        }
        statement = insert.on_conflict_do_update(index_elements=["system", "kind", "remote_id"], set_=given)
        # In one order, so that two replicas cannot wait for each other.
        session.execute(statement, [_row(kind, differing[code], now) for code in sorted(differing)])
    if listed:
        same = [one.code for one in found if one.code not in differing]
        there = sa.update(TheirRecord).where(
            TheirRecord.system == BC, TheirRecord.kind == kind.value, TheirRecord.remote_id.in_(same)
        )
        session.execute(there.values(listed_at=now))
    return len(differing)


def _row(kind: TheirKind, one: Found, now: datetime) -> dict[str, Any]:
    return {
        "system": BC,
        "kind": kind.value,
        "remote_id": one.code,
        "name": one.name,
        "search_text": fold(" ".join((one.code, one.name, one.data.get("company", ""), one.data.get("email", "")))),
        "data": one.data,
        "changed_at": one.changed_at,
        "seen_at": now,
        "listed_at": now,
        "gone": False,
    }


def leave_out(session: Session, kind: TheirKind, present: Collection[str], now: datetime) -> int:
    """After a whole reading of a short listing: what was not in it is gone; gives how many."""
    known = session.scalars(_there(kind).with_only_columns(TheirRecord.remote_id))
    gone = sorted(set(known).difference(present))
    if gone:
        statement = sa.update(TheirRecord).where(
            TheirRecord.system == BC, TheirRecord.kind == kind.value, TheirRecord.remote_id.in_(gone)
        )
        session.execute(statement.values(gone=True, seen_at=now))
    return len(gone)


def leave_unlisted(session: Session, kind: TheirKind, began: datetime, now: datetime) -> int:
    """After a whole reading that ``began`` then: what was not in it is gone; gives how many."""
    missing = sa.or_(TheirRecord.listed_at.is_(None), TheirRecord.listed_at < began)
    statement = sa.update(TheirRecord).where(
        TheirRecord.system == BC, TheirRecord.kind == kind.value, TheirRecord.gone.is_(False), missing
    )
    return session.execute(statement.values(gone=True, seen_at=now)).rowcount  # type: ignore[attr-defined,no-any-return]


def reread(session: Session, kind: TheirKind, found: Mapping[UUID, Found | None], now: datetime) -> int:
    """Keep what stands there under these ids now. None: it is gone; so is what had the id under another number. Gives
    how many changed.
    """
    there = [one for one in found.values() if one is not None]
    changed = keep(session, kind, there, now)
    others = sa.update(TheirRecord).where(
        TheirRecord.system == BC,
        TheirRecord.kind == kind.value,
        TheirRecord.gone.is_(False),
        TheirRecord.data["id"].as_string().in_([str(one) for one in found]),
        TheirRecord.remote_id.not_in([one.code for one in there]),
    )
    gone: int = session.execute(others.values(gone=True, seen_at=now)).rowcount  # type: ignore[attr-defined]
    return changed + gone


def position(session: Session, name: str) -> Cursor | None:
    """How far a listing was read; None before the first time."""
    return session.get(Cursor, (BC, name), populate_existing=True)


def advance(session: Session, positions: Mapping[str, str], now: datetime) -> None:
    """Note how far listings were read."""
    insert = insert_into(Cursor, session.get_bind().dialect.name)
    given = {"position": insert.excluded.position, "updated_at": insert.excluded.updated_at}
    session.execute(
        insert.on_conflict_do_update(index_elements=["system", "name"], set_=given),
        [{"system": BC, "name": name, "position": at, "updated_at": now} for name, at in sorted(positions.items())],
    )


# Looking through it


def has_any(session: Session, kind: TheirKind) -> bool:
    """Whether Business Central was read and holds records of a kind."""
    return session.scalars(_there(kind).limit(1)).first() is not None


def holds(session: Session, kind: TheirKind, code: str) -> bool:
    """Whether Business Central had this number or code when it was last read."""
    return session.scalars(_there(kind).where(TheirRecord.remote_id == code)).first() is not None


def last_read(session: Session, kind: TheirKind) -> datetime | None:
    """When a kind was last read; None: never."""
    known = position(session, kind)
    return known.updated_at if known is not None else None


def choices(
    session: Session, kind: TheirKind, words: str, *, limit: int = FOUND, offset: int = 0
) -> list[tuple[str, str]]:
    """Codes with what people read, of the records that hold all the words, by name."""
    asked = [word[:WORD_LIMIT] for word in fold(words).split()[:SEARCH_WORDS]]
    found = _there(kind).where(*[TheirRecord.search_text.like(like_pattern(word), escape=ESCAPE) for word in asked])
    ordered = found.order_by(TheirRecord.name, TheirRecord.remote_id).limit(limit).offset(offset)
    return [_choice(_theirs(row.remote_id, row.name, row.data)) for row in session.scalars(ordered)]


def likeliest(session: Session, kind: TheirKind, wanted: Wanted) -> list[tuple[str, str]]:
    """Codes with what people read: those first that may be meant, then others by name."""
    signs = {fold(sign) for sign in (*wanted.emails, *wanted.codes, *wanted.words)} - {""}
    text = TheirRecord.search_text
    alike = [text.like(like_pattern(sign[:WORD_LIMIT]), escape=ESCAPE) for sign in sorted(signs)]
    near = session.scalars(_there(kind).where(sa.or_(sa.false(), *alike)).limit(LOOKED_AT)).all()
    sorted_near = matching.likeliest((_theirs(row.remote_id, row.name, row.data) for row in near), wanted)
    first = [_choice(one) for one in sorted_near[:FOUND]]
    known = {code for code, _ in first}
    return (first + [one for one in choices(session, kind, "") if one[0] not in known])[:FOUND]


def _theirs(code: str, name: str, data: Mapping[str, Any]) -> Theirs:
    return Theirs(code, name, **{key: value for key, value in data.items() if key != "id"})


def _choice(one: Theirs) -> tuple[str, str]:
    company = one.company if fold(one.company) != fold(one.name) else ""
    return one.code, " · ".join(part for part in (one.code, one.name, company) if part)


def _of(kind: TheirKind) -> sa.Select[TheirRecord]:
    return sa.select(TheirRecord).where(TheirRecord.system == BC, TheirRecord.kind == kind.value)


def _there(kind: TheirKind) -> sa.Select[TheirRecord]:
    return _of(kind).where(TheirRecord.gone.is_(False))


# Matching it with what is ours


def state_to_match(session: Session) -> str:
    """What changes whenever a record of either side does."""
    latest = [
        session.scalar(sa.select(sa.func.max(column)))
        for column in (Client.updated_at, Contact.updated_at, Person.updated_at)
    ]
    ours = max((moment for moment in latest if moment is not None), default=None)
    seen = session.scalar(sa.select(sa.func.max(TheirRecord.seen_at)).where(TheirRecord.system == BC))
    return " ".join(moment.isoformat() if moment is not None else "-" for moment in (ours, seen))


def is_matched(session: Session, state: str) -> bool:
    """Whether this state was matched already."""
    known = position(session, MATCHED)
    return known is not None and known.position == state


def matches(session: Session) -> dict[TheirKind, dict[str, Match]]:
    """The codes that the rules find for our clients, contacts and people who have none: by what they are looked up in,
    then by the name of the mapping.
    """
    at_clients, of_clients, of_people = _ours(session)
    contacts, customers, salespeople = (_all(session, kind) for kind in TheirKind)
    found = {
        TheirKind.CONTACT: matching.contacts(at_clients, contacts) | matching.clients(of_clients, contacts, customers),
        TheirKind.SALESPERSON: matching.people(of_people, salespeople),
    }
    mapped = mappings(session, BC)
    return {kind: matching.unmapped(codes, mapped) for kind, codes in found.items()}


def match(session: Session, found: Mapping[TheirKind, Mapping[str, Match]], state: str, now: datetime) -> int:
    """Keep the codes that :func:`matches` found, but none that was given meanwhile, and let the records go on that
    waited for one; gives how many were kept. Each goes into the trail with its rule. ``state`` is what was matched.
    """
    mapped, count = mappings(session, BC), 0
    for kind, codes in found.items():
        fresh = dict(sorted(matching.unmapped(codes, mapped).items()))
        recognised.keep(session, fresh, now)
        belong(session, kind, {key: match.code for key, match in fresh.items()})
        count += len(fresh)
    if count:
        wake(session, now)
    advance(session, {MATCHED: state}, now)
    return count


def _all(session: Session, kind: TheirKind) -> list[Theirs]:
    columns = (TheirRecord.remote_id, TheirRecord.name, TheirRecord.data)
    rows = session.execute(_there(kind).with_only_columns(*columns).order_by(TheirRecord.remote_id))
    return [_theirs(row.remote_id, row.name, row.data) for row in rows]


def _ours(session: Session) -> tuple[list[Ours], list[Ours], list[Ours]]:
    contacts = session.execute(sa.select(Contact.id, Contact.email).where(Contact.active).order_by(Contact.id))
    clients = session.execute(
        sa.select(Client.id, Client.name, Client.code, Client.level).where(Client.active).order_by(Client.id)
    )
    people = session.execute(
        sa.select(Person.id, Person.name, Person.email).where(Person.guest.is_(False)).order_by(Person.id)
    )
    return (
        [Ours(f"contact:{row.id}", email=row.email or "") for row in contacts],
        # "Purchasing" is the name of many departments, and might be that of a company.
        [
            Ours(f"client:{row.id}", "" if row.level is Level.DEPARTMENT else row.name, code=row.code or "")
            for row in clients
        ],
        [Ours(f"person:{row.id}", row.name, row.email or "") for row in people],
    )


def belong(session: Session, kind: TheirKind, codes: Mapping[str, str]) -> None:
    """Note which of ours the records of these codes are, by the names of their mappings."""
    statement = sa.update(TheirRecord).where(
        TheirRecord.system == BC, TheirRecord.kind == kind.value, TheirRecord.remote_id == sa.bindparam("code")
    )
    if codes:
        values = [{"code": code, "key": key} for key, code in codes.items()]
        session.connection().execute(statement.values(ours=sa.bindparam("key")), values)


def wake(session: Session, now: datetime) -> None:
    """Look again at every record of Business Central that waits for something missing."""
    look_again(session, LedgerRow.system == BC, now=now)
