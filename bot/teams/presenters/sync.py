"""The list of what is not fine outside, one offer's systems, and two values to choose between."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.errors import NotAllowed, NotFound
from bot.leads.models import Lead
from bot.offers import service as offers
from bot.offers.models import Offer
from bot.people.models import Person
from bot.sync import attention, hand_deals, reconciler
from bot.sync.business_central import recognised
from bot.sync.business_central.by_hand import left_by_hand
from bot.sync.differences import Memory
from bot.sync.models import CHANNEL, DEAL_RECORD, RECORD, Conflict, Kind, LedgerRow, LedgerState, System
from bot.teams.presenters.ledger import NAMES, Rights, field_word, line_of, state_of, system_lines
from bot.teams.presenters.offers import stage_label
from bot.tenders.models import Tender
from cards import words
from cards.formats import money
from cards.sync import conflict_card
from cards.texts import texts
from cards.views.reader import Money, sentence
from cards.views.sync import ConflictView, OfferSyncView, SyncEntry, SyncGroup, SyncPageView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from bot.teams.context import Surroundings
    from cards.views.reader import Reader, Sentence, Value

PAGE = 6
"""Records on one page, each with its reason and its buttons."""
MOST = 600
"""Records that are looked through; with more than that, the first pages are enough to begin with."""
ARRIVING = words.SyncState.PENDING
PEOPLE = "person:"
DAYS = frozenset({"expected_close_date", "submission_due"})
STATUS = frozenset({"open", "won", "lost"})
ACTIVITY_STATES = frozenset({"open", "done"})
MONEY_PARTS = 2
Card = dict[str, Any]


# One offer


def offer_sync_view(
    session: Session,
    offer: Offer,
    around: Surroundings,
    reader: Reader,
    person: Person,
    *,
    said: Sentence | None = None,
) -> OfferSyncView:
    """How one offer stands in each system."""
    return OfferSyncView(
        offer_id=offer.id,
        offer=offer.title,
        number=offer.project_number or offer.number or offer.external_reference or "",
        lines=system_lines(session, offer, around, reader, person),
        said=said,
    )


# Everything that is not fine


def sync_page_view(
    session: Session, around: Surroundings, reader: Reader, *, page: int = 0, said: Sentence | None = None
) -> SyncPageView:
    """A page of what is not fine, by system, for somebody who sees to all records."""
    systems = [system for system in System if system in around.systems]
    rows = _attention(session, systems)
    settled = [row for row in rows if state_of(row) is not ARRIVING]
    # By its id at last, so that a page begins where the one before it ended.
    settled.sort(key=lambda row: (systems.index(row.system), -row.updated_at.timestamp(), -row.id))
    pages = max(1, -(-len(settled) // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = settled[page * PAGE : (page + 1) * PAGE]
    entries = _entries(session, shown, around, reader)
    paused = reconciler.paused(session)
    return SyncPageView(
        groups=tuple(
            SyncGroup(
                code=system.value,
                name=NAMES[system],
                entries=tuple(entry for row, entry in zip(shown, entries, strict=True) if row.system is system),
                total=sum(row.system is system for row in settled),
                waiting=sum(row.system is system and state_of(row) is ARRIVING for row in rows),
                paused_since=paused.get(system),
                may_retry=any(row.system is system and row.state in attention.STUCK for row in settled),
            )
            for system in systems
        ),
        page=page,
        pages=pages,
        last_at=_last_write(session, systems),
        said=said,
        recognised=recognised.count(session) if System.BUSINESS_CENTRAL in systems else 0,
    )


def to_settle(session: Session, around: Surroundings) -> int:
    """How many records :func:`sync_page_view` lists, without the values to choose between: those wait for the owners of
    the offers.
    """
    rows = _attention(session, [system for system in System if system in around.systems])
    return sum(state_of(row) is not ARRIVING and row.state is not LedgerState.CONFLICT for row in rows)


def _attention(session: Session, systems: Sequence[System]) -> list[LedgerRow]:
    """What is not fine, newest first, and after it what is fine but for what a person enters by hand."""
    found = list(reconciler.not_fine(session, MOST, systems))
    if System.BUSINESS_CENTRAL not in systems:
        return found
    known = {row.id for row in found}
    written = sa.select(LedgerRow).where(
        LedgerRow.system == System.BUSINESS_CENTRAL,
        LedgerRow.kind == Kind.OPPORTUNITY,
        LedgerRow.remote.is_not(None),
    )
    rows = session.scalars(written.order_by(LedgerRow.updated_at.desc()))
    return found + [row for row in rows if row.id not in known and _left(row)]


def _left(row: LedgerRow) -> bool:
    memory = Memory.of(row.remote)
    return memory is not None and bool(left_by_hand(memory))


def _last_write(session: Session, systems: Sequence[System]) -> datetime | None:
    fine = sa.select(sa.func.max(LedgerRow.updated_at)).where(
        LedgerRow.system.in_(systems), LedgerRow.state == LedgerState.OK, LedgerRow.done_version > 0
    )
    return session.scalar(fine)


def _entries(session: Session, rows: Sequence[LedgerRow], around: Surroundings, reader: Reader) -> list[SyncEntry]:
    of_offers = {row.subject_id for row in rows if row.target == RECORD and row.kind is not Kind.LEAD}
    found = {one.id: one for one in session.scalars(sa.select(Offer).where(Offer.id.in_(of_offers)))}
    entries = []
    for row in rows:
        offer = found.get(row.subject_id) if row.target == RECORD and row.kind is not Kind.LEAD else None
        entries.append(
            SyncEntry(
                title=offer.full_name if offer is not None else _message(session, row),
                line=line_of(session, row, offer, around, reader, Rights()),
                offer_id=offer.id if offer is not None else 0,
            )
        )
    return entries


def _message(session: Session, row: LedgerRow) -> str | Sentence:
    """What a message is: that of a tender has its title, a personal one its reader."""
    if row.target == DEAL_RECORD:
        deal = hand_deals.facts_of(session, row.subject_id)
        return sentence("sync.deal_by_hand", title=deal.title if deal is not None else str(row.subject_id))
    if row.kind is Kind.LEAD:
        lead = session.get(Lead, row.subject_id)
        return lead.title if lead is not None else NAMES[row.system]
    if row.kind is Kind.SHARED_CARD:
        tender = session.get(Tender, row.subject_id)
        return f"{tender.number or ''} {tender.title}".strip() if tender is not None else NAMES[row.system]
    if row.target.startswith(PEOPLE):
        person = session.get(Person, int(row.target.removeprefix(PEOPLE)))
        return sentence("sync.message_person", name=person.name if person is not None else "?")
    return sentence("sync.message_channel") if row.target == CHANNEL else NAMES[row.system]


# Two values


def conflict_message(
    session: Session, conflict_id: int, person: Person | None, reader: Reader, around: Surroundings
) -> Card | None:
    """The card for the owner of the offer; nothing while nobody reads it."""
    if person is None:
        return None
    return conflict_card(conflict_view(session, conflict_id, person, reader, around), reader)


def conflict_view(
    session: Session, conflict_id: int, person: Person, reader: Reader, around: Surroundings
) -> ConflictView:
    """Two values as ``person`` sees them. Raises :class:`NotFound`."""
    offer = attention.offer_of(session, conflict_id)
    conflict = session.get(Conflict, conflict_id, populate_existing=True)
    row = session.get(LedgerRow, conflict.row_id) if conflict is not None else None
    if conflict is None or row is None:
        raise NotFound
    memory = Memory.of(row.remote)
    chosen_by = session.get(Person, conflict.resolved_by_id) if conflict.resolved_by_id is not None else None
    return ConflictView(
        conflict_id=conflict.id,
        offer_id=offer.id,
        offer=offer.title,
        number=offer.number or "",
        system=NAMES[row.system],
        field=field_word(row.kind, conflict.field, reader, row),
        found_at=conflict.found_at,
        ours=_value(conflict.field, conflict.ours, around, reader),
        theirs=_value(conflict.field, conflict.theirs, around, reader),
        their_name=conflict.their_name or "",
        their_at=conflict.their_at,
        kept_ours=conflict.keep_ours,
        by=chosen_by.name if chosen_by is not None else "",
        at=conflict.resolved_at,
        may_choose=_may_choose(session, offer, person, reader),
        url=(memory.url or "") if memory is not None else "",
    )


def _may_choose(session: Session, offer: Offer, person: Person, reader: Reader) -> bool:
    try:
        offers.require_part(session, offer, person, reader.now)
    except NotAllowed:
        return False
    return True


def _value(field: str, kept: Mapping[str, Any], around: Surroundings, reader: Reader) -> Value | None:
    """A value as people read it: days as days, amounts with their currency, our stages by their names."""
    value = kept.get("value")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return _read(field, ", ".join(map(str, value)) if isinstance(value, list) else str(value), around, reader)


def _read(field: str, text: str, around: Surroundings, reader: Reader) -> Value:
    if field == "stage":
        return stage_label(around, text, reader)
    if text in ACTIVITY_STATES and field.endswith(".state"):
        return texts(reader.language)(f"sync.activity_{text}")
    if field == "status" and text in STATUS:
        return texts(reader.language)(f"sync.status_{text}")
    if field == "value":
        return _amount(text, reader)
    return _day(text) if field in DAYS else text


def _amount(text: str, reader: Reader) -> str:
    parts = text.split()
    try:
        return money(Money(Decimal(parts[0]), parts[1]), reader.language) if len(parts) == MONEY_PARTS else text
    except InvalidOperation:
        return text


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
