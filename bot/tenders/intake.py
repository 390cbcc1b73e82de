"""Taking a source's records in: what is new, what changed, what the channel hears of it. A poll is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.config import Company
from bot.sync.ledger import redraw, want
from bot.sync.models import Kind, LedgerRow, System
from bot.tenders.following import move_offer_dates
from bot.tenders.health import health_of, keep_unreadable, source_succeeded
from bot.tenders.models import Source, Tender, TenderChange, TenderDigest
from bot.tenders.records import Reading, TenderRecord, UnreadableItem, facts_of, read
from bot.tenders.reissues import link_reissues, superseded
from bot.tenders.rules import Change, announceable, changes, is_over, told
from bot.tenders.words import ChangeKind, TenderState

CHUNK = 500
"""Ids in one IN list."""

_DATES = frozenset({ChangeKind.ISSUED, ChangeKind.DEADLINE_MOVED, ChangeKind.CLARIFICATION_MOVED})


@dataclass(frozen=True, slots=True)
class Intake:
    """What a poll brought. ``announced``: ids of tenders posted now, alone or in the digest ``digest_id``."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    announced: tuple[int, ...] = ()
    digest_id: int | None = None
    unreadable: int = 0
    silent: bool = False
    """True for a first run, which announces nothing."""


@dataclass(slots=True)
class _Work:
    """What one intake gathers on its way."""

    now: datetime
    company: Company
    silent: bool
    announced: list[Tender] = field(default_factory=list)
    told: list[tuple[Tender, TenderChange]] = field(default_factory=list)
    stale: list[Tender] = field(default_factory=list)
    dates: list[Tender] = field(default_factory=list)

    def may_post(self, tender: Tender) -> bool:
        """Interesting, open, and never posted before."""
        if self.silent or tender.announced or not tender.matched or tender.state is not TenderState.NEW:
            return False
        return announceable(facts_of(tender), self.now, timedelta(days=self.company.rules.tenders.backfill_days))

    def post(self, tender: Tender) -> None:
        """Note that this one is announced now."""
        tender.announced = True
        self.announced.append(tender)


def take_in(
    session: Session,
    source: Source,
    records: Iterable[TenderRecord],
    unreadable: Iterable[UnreadableItem] = (),
    *,
    now: datetime,
    company: Company,
    live: bool = True,
) -> Intake:
    """Bring the tenders to what the source shows now. Repeating it with the same records changes nothing.

    The first live run is silent: it fills the table and posts nothing. ``live`` is False for a saved file, which says
    nothing about how the source is doing and does not end the silent time. Records the source no longer shows stay.
    """
    health = health_of(session, source)
    latest = {record.native_id: record for record in records}
    known = _known(session, source, list(latest))
    fresh = [record for native_id, record in latest.items() if native_id not in known]
    differing = [
        (known[native_id][0], record)
        for native_id, record in latest.items()
        if native_id in known and known[native_id][1] != record.content_hash
    ]
    work = _Work(now, company, silent=health.baseline_at is None)
    _insert(session, source, fresh, work)
    changed = _update(session, source, differing, work)
    digest_id = _announce(session, work)
    _tell(session, work)
    kept = keep_unreadable(session, source, unreadable, now)
    health.records += len(fresh)
    if live:
        source_succeeded(session, health, now)
        health.baseline_at = health.baseline_at or now
    session.flush()
    return Intake(
        new=len(fresh),
        changed=changed,
        unchanged=len(latest) - len(fresh) - changed,
        announced=tuple(tender.id for tender in work.announced),
        digest_id=digest_id,
        unreadable=kept,
        silent=work.silent,
    )


def known(session: Session, source: Source) -> frozenset[tuple[str, str]]:
    """The pairs (native id, content hash) that a source need not read again."""
    rows = session.execute(sa.select(Tender.native_id, Tender.content_hash).where(Tender.source == source))
    return frozenset((native_id, content_hash) for native_id, content_hash in rows)


def _known(session: Session, source: Source, native_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Id and content hash of the tenders we have among these, without loading them."""
    columns = sa.select(Tender.native_id, Tender.id, Tender.content_hash).where(Tender.source == source)
    found: dict[str, tuple[int, str]] = {}
    if len(native_ids) > 2 * CHUNK:
        rows = session.execute(columns)
        found = {native_id: (key, content_hash) for native_id, key, content_hash in rows}
    elif native_ids:
        rows = session.execute(columns.where(Tender.native_id.in_(native_ids)))
        found = {native_id: (key, content_hash) for native_id, key, content_hash in rows}
    return found


def _insert(session: Session, source: Source, records: Sequence[TenderRecord], work: _Work) -> None:
    """Add the tenders never seen before."""
    if not records:
        return
    made: list[tuple[Tender, Reading]] = []
    for record in records:
        reading = read(record, source, work.company)
        tender = Tender(
            source=source, native_id=record.native_id, first_seen_at=work.now, changed_at=work.now, **reading.columns
        )
        tender.announced, tender.state, tender.revision = False, TenderState.NEW, 1
        tender.closed_at = work.now if is_over(facts_of(tender), work.now) else None
        made.append((tender, reading))
    session.add_all([tender for tender, _ in made])
    session.flush()
    for tender, _ in made:
        _note(session, tender, changes(None, facts_of(tender), work.now), work.now)
    for original, reissue in link_reissues(session, source, made):
        row = _note(session, original, (Change(ChangeKind.REISSUED, original.native_id, reissue.native_id),), work.now)[
            0
        ]
        original.revision += 1
        work.told.append((original, row))
        reissue.matched = reissue.matched or (original.announced and original.state is not TenderState.DISMISSED)
    candidates = [tender for tender, _ in made if work.may_post(tender)]
    replaced = superseded(session, source) if candidates else frozenset()
    for tender in candidates:
        if tender.id not in replaced:
            work.post(tender)


def _update(session: Session, source: Source, differing: Sequence[tuple[int, TenderRecord]], work: _Work) -> int:
    """Bring known tenders to their new content."""
    for start in range(0, len(differing), CHUNK):
        part = differing[start : start + CHUNK]
        statement = sa.select(Tender).where(Tender.id.in_([key for key, _ in part])).with_for_update()
        rows = {row.id: row for row in session.scalars(statement.execution_options(populate_existing=True))}
        for key, record in part:
            _apply(session, rows[key], read(record, source, work.company), work)
    return len(differing)


def _apply(session: Session, tender: Tender, reading: Reading, work: _Work) -> None:
    before, matched = facts_of(tender), tender.matched
    for name, value in reading.columns.items():
        setattr(tender, name, value)
    tender.matched = tender.matched or (matched and tender.announced)
    after = facts_of(tender)
    happened = changes(before, after, work.now, closed=tender.closed_at is not None)
    if not happened:
        return
    tender.closed_at = (tender.closed_at or work.now) if is_over(after, work.now) else None
    tender.revision += 1
    tender.changed_at = work.now
    rows = _note(session, tender, happened, work.now)
    kinds = {change.kind for change in happened}
    newly = ChangeKind.ISSUED in kinds or not matched
    if newly and work.may_post(tender) and tender.id not in superseded(session, tender.source):
        work.post(tender)
        return
    work.stale.append(tender)
    if kinds & _DATES:
        work.dates.append(tender)
    if speaking := told(happened):
        work.told.append((tender, rows[happened.index(speaking)]))


def _note(session: Session, tender: Tender, happened: Sequence[Change], now: datetime) -> list[TenderChange]:
    rows = [
        TenderChange(tender_id=tender.id, kind=one.kind, before=one.before, after=one.after, at=now) for one in happened
    ]
    session.add_all(rows)
    return rows


def _announce(session: Session, work: _Work) -> int | None:
    """Post the new ones: each by its own card, or all in one digest when they are many."""
    if len(work.announced) <= work.company.rules.tenders.digest_above:
        for tender in work.announced:
            want(session, Kind.SHARED_CARD, tender.id, now=work.now)
        return None
    best_first = sorted(work.announced, key=lambda tender: (-tender.match_score, tender.id))
    digest = TenderDigest(at=work.now, tender_ids=[tender.id for tender in best_first])
    session.add(digest)
    session.flush()
    want(session, Kind.DIGEST_CARD, digest.id, now=work.now)
    return digest.id


def _tell(session: Session, work: _Work) -> None:
    """Redraw what changed and reply in the threads of those that changed for real."""
    session.flush()
    for tender in work.stale:
        redraw(session, Kind.SHARED_CARD, tender.id, now=work.now)
    move_offer_dates(session, work.dates, now=work.now)
    followed = [(tender, row) for tender, row in work.told if tender.announced]
    carded = _carded(session, [tender.id for tender, _ in followed])
    for tender, row in followed:
        if tender.id not in carded:
            # Known from a digest only: the change is the reason to give it a card of its own. A re-issue has its own.
            if tender.state is not TenderState.DISMISSED and row.kind is not ChangeKind.REISSUED:
                want(session, Kind.SHARED_CARD, tender.id, now=work.now)
            continue
        redraw(session, Kind.SHARED_CARD, tender.id, now=work.now)
        if tender.state is not TenderState.DISMISSED:
            want(session, Kind.CHANGE_REPLY, row.id, now=work.now)


def _carded(session: Session, tender_ids: Sequence[int]) -> frozenset[int]:
    """Which of these have a message of their own."""
    if not tender_ids:
        return frozenset()
    statement = sa.select(LedgerRow.subject_id).where(
        # Named with its system, because the index begins with it.
        LedgerRow.system == System.TEAMS,
        LedgerRow.kind == Kind.SHARED_CARD,
        LedgerRow.subject_id.in_(tender_ids),
    )
    return frozenset(session.scalars(statement))
