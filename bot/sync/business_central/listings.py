"""The listings of Business Central that are read: how each is asked for, and what is kept of a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.records.wording import seen
from bot.sync.business_central import records as kept
from bot.sync.business_central.records import Found, TheirKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from integrations.business_central import BusinessCentral, Contact, Customer, Salesperson

OVERLAP = timedelta(minutes=2)
"""A change may become visible there a little after the time it carries."""
CLOCKS_APART = timedelta(minutes=10)
"""Changes are timed by their clock. What is so much older than the reading by ours was surely in it, and a large import
there is not read at every look until something else changes.
"""
WHOLE_EVERY = timedelta(days=1)
"""What was deleted there, and not told, is only seen by reading everything."""
COMPANY = "Company"
WHOLE, UNDER_WAY = ".whole", ".under_way"
NAME_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing. ``pages`` gives what changed since a time, None: all of it, with numbers above another one; ``one``
    a single record, None where nothing tells of single ones. ``always_whole``: it is short, and cannot be asked for
    changes.
    """

    kind: TheirKind
    pages: Callable[[BusinessCentral, datetime | None, str], AsyncIterator[list[Found]]]
    one: Callable[[BusinessCentral, UUID], Awaitable[Found | None]] | None = None
    always_whole: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What is asked for: changes ``since`` a time, or with None everything. A whole reading ``began`` then and goes on
    ``beyond`` the number where it was cut off; empty: from the first.
    """

    since: datetime | None
    began: datetime
    beyond: str = ""


@dataclass(slots=True)
class Summary:
    """What a reading brought: how many differ from what was known, the time of the latest change, and of a listing that
    is always read as a whole the codes.
    """

    changed: int = 0
    latest: datetime | None = None
    codes: set[str] = field(default_factory=set)

    def add(self, listing: Listing, page: Sequence[Found], changed: int) -> None:
        """One more part."""
        moments = (self.latest, *(one.changed_at for one in page))
        self.latest = max((moment for moment in moments if moment is not None), default=None)
        self.changed += changed
        if listing.always_whole:
            self.codes |= {one.code for one in page}


def reading_of(session: Session, listing: Listing, now: datetime) -> Reading:
    """What is to be read now."""
    known, whole = kept.position(session, listing.kind), kept.position(session, listing.kind + WHOLE)
    if listing.always_whole:
        return Reading(None, now)
    began, beyond = _cut_off(session, listing)
    if began is not None and now - began < WHOLE_EVERY:
        return Reading(None, began, beyond)
    if known is None or not known.position or whole is None or now - whole.updated_at >= WHOLE_EVERY:
        return Reading(None, now)
    return Reading(datetime.fromisoformat(known.position) - OVERLAP, now)


def _cut_off(session: Session, listing: Listing) -> tuple[datetime | None, str]:
    under_way = kept.position(session, listing.kind + UNDER_WAY)
    if under_way is None or not under_way.position:
        return None, ""
    began, _, beyond = under_way.position.partition(" ")
    return datetime.fromisoformat(began), beyond


def reached(session: Session, listing: Listing, reading: Reading, code: str, now: datetime) -> None:
    """A whole reading has come to this number: cut off now, it goes on from there."""
    if reading.since is None and not listing.always_whole:
        kept.advance(session, {listing.kind + UNDER_WAY: f"{reading.began.isoformat()} {code}"}, now)


def finished(session: Session, listing: Listing, reading: Reading, found: Summary, now: datetime) -> int:
    """All was read; gives how many are gone."""
    latest = found.latest
    if listing.always_whole:
        kept.advance(session, {listing.kind.value: ""}, now)
        return kept.leave_out(session, listing.kind, found.codes, now)
    surely_read = reading.began - CLOCKS_APART
    if reading.since is not None:
        position = max(reading.since + OVERLAP, surely_read, latest or surely_read)
        kept.advance(session, {listing.kind.value: position.isoformat()}, now)
        return 0
    # Not after its beginning: what changed then may stand on a page that had been read.
    position = max(surely_read, min(latest or surely_read, reading.began))
    positions = {listing.kind.value: position.isoformat(), listing.kind + WHOLE: "", listing.kind + UNDER_WAY: ""}
    kept.advance(session, positions, now)
    return kept.leave_unlisted(session, listing.kind, reading.began, now)


async def _contacts(central: BusinessCentral, since: datetime | None, beyond: str) -> AsyncIterator[list[Found]]:
    async for page in central.contacts(since, beyond=beyond):
        yield _distinct(_contact(one) for one in page)


async def _customers(central: BusinessCentral, since: datetime | None, beyond: str) -> AsyncIterator[list[Found]]:
    async for page in central.customers(since, beyond=beyond):
        yield _distinct(_customer(one) for one in page)


async def _salespeople(central: BusinessCentral, _since: datetime | None, _beyond: str) -> AsyncIterator[list[Found]]:
    # An opportunity cannot be given to one who is blocked.
    yield _distinct(_salesperson(one) for one in await central.salespeople() if not one.blocked)


async def _one_contact(central: BusinessCentral, record_id: UUID) -> Found | None:
    there = await central.contact_by_id(record_id)
    return _contact(there) if there is not None and there.number else None


async def _one_customer(central: BusinessCentral, record_id: UUID) -> Found | None:
    there = await central.customer_by_id(record_id)
    return _customer(there) if there is not None and there.number else None


def _contact(one: Contact) -> Found:
    data = _data(one.id, one.email, one.company_name, one.tax_registration_number)
    return _found(
        one.number, one.display_name, {**data, "is_company": one.type == COMPANY}, one.last_modified_date_time
    )


def _customer(one: Customer) -> Found:
    data = _data(one.id, one.email, tax_number=one.tax_registration_number)
    return _found(one.number, one.display_name, data, one.last_modified_date_time)


def _salesperson(one: Salesperson) -> Found:
    return _found(one.code, one.display_name, _data(one.id, one.email), None)


def _data(record_id: UUID, email: str, company: str = "", tax_number: str = "") -> dict[str, Any]:
    return {
        "id": str(record_id),
        "email": seen(email),
        "company": seen(company),
        "tax_number": seen(tax_number),
    }


def _found(code: str, name: str, data: dict[str, Any], changed_at: datetime | None) -> Found:
    # People see and send back what is stored, so nothing in it may be invisible.
    return Found(seen(code), seen(name)[:NAME_LIMIT], data, changed_at)


def _distinct(found: Iterable[Found]) -> list[Found]:
    """Each number once: a page that moved while it was read may show a record again."""
    return list({one.code: one for one in found if one.code}.values())


LISTINGS = (
    Listing(TheirKind.CONTACT, _contacts, _one_contact),
    Listing(TheirKind.CUSTOMER, _customers, _one_customer),
    Listing(TheirKind.SALESPERSON, _salespeople, always_whole=True),
)
TOLD_OF = {"contacts": LISTINGS[0], "customers": LISTINGS[1]}
"""By the entity set that notifications name."""
