"""A portal that lives, seen through polls that may be doubled, lost or rolled back: nothing twice, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from bot.config import default
from bot.database import Database
from bot.schema import metadata
from bot.sync.models import Kind, LedgerRow, Notice
from bot.tenders import service
from bot.tenders.models import Source, SourceHealth, Tender, TenderChange, TenderDigest
from bot.tenders.rules import REPLIED
from bot.tenders.words import ChangeKind
from tests.unit.tenders.portal import NOW, Record, somebody

COMPANY = default()


class Crash(Exception):
    """The power went before the commit."""


class TenderStream(RuleBasedStateMachine):
    """The portal is the model: ``portal`` holds what it shows, ``seen`` what it showed at the last kept poll."""

    database: Database

    def __init__(self) -> None:
        """Start on an empty database."""
        super().__init__()
        self.now = NOW
        self.portal: dict[str, Record] = {}
        self.seen: dict[str, Record] = {}
        self.next_id = 1000
        self.failing = False
        self.outages = self.recoveries = 0
        with self.database.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name != "audit_event":
                    connection.execute(table.delete())

    @initialize(count=st.integers(0, 8))
    def first_run(self, count: int) -> None:
        """The portal holds something when Offerdesk starts."""
        self.database.write_now(lambda session: somebody(session, "admin", admin=True))
        for _ in range(count):
            self.publish(interesting=True, intended=False)
        self.poll()

    @rule(interesting=st.booleans(), intended=st.booleans())
    def publish(self, interesting: bool, intended: bool) -> None:  # noqa: FBT001
        """A new tender appears."""
        self.next_id += 1
        self.portal[str(self.next_id)] = Record(
            str(self.next_id),
            tanumber=f"1-{self.next_id}",
            raw_title="THERMAL CONTROL" if interesting else "CATERING",
            description="",
            status_id=1 if intended else 2,
            closes_at=None if intended else self.now + timedelta(days=42),
            clarification_at=None,
            published_at=self.now,
        )

    @rule(burst=st.integers(6, 9))
    def publish_a_burst(self, burst: int) -> None:
        """Many appear at once."""
        for _ in range(burst):
            self.publish(interesting=True, intended=False)

    @precondition(lambda self: self.portal)
    @rule(data=st.data(), days=st.integers(1, 90))
    def move_deadline(self, data: st.DataObject, days: int) -> None:
        """The portal gives another closing date."""
        self._change(data, closes_at=self.now + timedelta(days=days))

    @precondition(lambda self: self._intended())
    @rule(data=st.data())
    def issue(self, data: st.DataObject) -> None:
        """An intended tender is issued."""
        chosen = data.draw(st.sampled_from(self._intended()))
        self.portal[chosen] = self.portal[chosen].but(status_id=2, closes_at=self.now + timedelta(days=28))

    @precondition(lambda self: self.portal)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """The portal cancels."""
        self._change(data, is_cancelled=True)

    @precondition(lambda self: self.portal)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """Somebody mends a text; the word that matters may appear."""
        self._change(data, description=data.draw(st.sampled_from(["", "a heat pipe", "other words"])))

    @precondition(lambda self: self.portal)
    @rule(data=st.data())
    def reissue(self, data: st.DataObject) -> None:
        """The same number comes back under a new id."""
        old = self.portal[data.draw(st.sampled_from(sorted(self.portal)))]
        self.next_id += 1
        self.portal[str(self.next_id)] = old.but(
            native_id=str(self.next_id),
            published_at=self.now,
            is_cancelled=False,
            status_id=2,
            closes_at=self.now + timedelta(days=42),
        )

    @rule(days=st.integers(1, 30))
    def time_passes(self, days: int) -> None:
        """Deadlines come closer and pass; the clock ticks twice, as two replicas would."""
        self.now += timedelta(days=days)
        for _ in range(2):
            self.database.write_now(lambda session: service.close_due(session, self.now))

    @rule(crash=st.booleans(), double=st.booleans())
    def poll(self, crash: bool = False, double: bool = False) -> None:  # noqa: FBT001, FBT002
        """Read the portal; a poll that dies before its commit is simply repeated."""
        records = list(self.portal.values())
        self.now += timedelta(minutes=1)
        carded, last_change = self._carded(), self._last_change()

        def dying(session: Session) -> None:
            service.take_in(session, Source.ESA, records, now=self.now, company=COMPANY)
            raise Crash

        if crash:
            with pytest.raises(Crash):
                self.database.write_now(dying)
        for _ in range(2 if double else 1):
            self.database.write_now(
                lambda session: service.take_in(session, Source.ESA, records, now=self.now, company=COMPANY)
            )
        self.seen = dict(self.portal)
        self._check_replies(carded, last_change)
        self.recoveries += self.failing
        self.failing = False

    @rule()
    def outage(self) -> None:
        """The portal shows a login page."""
        self.database.write_now(
            lambda session: service.source_failed(session, Source.ESA, ValueError("login page"), self.now)
        )
        self.outages += not self.failing
        self.failing = True

    @invariant()
    def the_table_is_the_last_portal(self) -> None:
        """Every record is there, once, with its last content."""
        with Session(self.database.engine) as session:
            rows = {row.native_id: row for row in session.scalars(sa.select(Tender))}
        assert rows.keys() == self.seen.keys()
        for native_id, record in self.seen.items():
            row = rows[native_id]
            assert (row.status_id, row.closes_at, row.cancelled, row.description) == (
                record.status_id,
                record.closes_at,
                record.is_cancelled,
                record.description,
            )

    @invariant()
    def nothing_is_announced_twice_or_forgotten(self) -> None:
        """A tender is in one digest or has one card, and only if it is announced; each change speaks at most once."""
        with Session(self.database.engine) as session:
            announced = set(session.scalars(sa.select(Tender.id).where(Tender.announced)))
            digests = [key for row in session.scalars(sa.select(TenderDigest)) for key in row.tender_ids]
            ledger = session.execute(sa.select(LedgerRow.kind, LedgerRow.subject_id, LedgerRow.target)).all()
            published = session.scalars(
                sa.select(TenderChange.tender_id).where(TenderChange.kind == ChangeKind.PUBLISHED)
            ).all()
            ids = session.scalars(sa.select(Tender.id)).all()
        cards = [subject for kind, subject, _ in ledger if kind is Kind.SHARED_CARD]
        assert len(digests) == len(set(digests))
        assert len(cards) == len(set(cards))
        assert set(digests) | set(cards) == announced
        assert sorted(published) == sorted(ids)

    @invariant()
    def reissues_are_linked(self) -> None:
        """Each later record of a number points to the one before it."""
        with Session(self.database.engine) as session:
            rows = session.scalars(sa.select(Tender).order_by(Tender.number, Tender.published_at, Tender.id)).all()
        for before, after in pairwise(rows):
            expected = before.id if before.number == after.number else None
            assert after.reissue_of_id == expected

    @invariant()
    def admins_hear_of_each_outage_once(self) -> None:
        """One notice when it begins, one when it is over."""
        with Session(self.database.engine) as session:
            kinds = session.scalars(sa.select(Notice.kind)).all()
            health = session.get(SourceHealth, Source.ESA)
        assert kinds.count("source_failing") == self.outages
        assert kinds.count("source_back") == self.recoveries
        assert health is None or (health.failing_since is not None) == self.failing

    def _intended(self) -> list[str]:
        return sorted(native_id for native_id, record in self.portal.items() if record.status_id == 1)

    def _carded(self) -> set[int]:
        """Tenders with a message of their own."""
        with Session(self.database.engine) as session:
            statement = sa.select(LedgerRow.subject_id).where(LedgerRow.kind == Kind.SHARED_CARD)
            return set(session.scalars(statement))

    def _last_change(self) -> int:
        with Session(self.database.engine) as session:
            return session.scalar(sa.select(sa.func.max(TenderChange.id))) or 0

    def _check_replies(self, carded: set[int], last_change: int) -> None:
        """What changed for real since, under a card that stood already, has one reply; nothing else has any."""
        with Session(self.database.engine) as session:
            happened = session.scalars(sa.select(TenderChange).where(TenderChange.id > last_change)).all()
            replies = set(session.scalars(sa.select(LedgerRow.subject_id).where(LedgerRow.kind == Kind.CHANGE_REPLY)))
        by_tender: dict[int, list[TenderChange]] = {}
        for change in happened:
            by_tender.setdefault(change.tender_id, []).append(change)
        for tender_id, group in by_tender.items():
            replied = [change for change in group if change.id in replies]
            # A tender can change and be re-issued in one poll; those are two pieces of news.
            news = {change.kind is ChangeKind.REISSUED for change in group if change.kind in REPLIED}
            reissues = sum(change.kind is ChangeKind.REISSUED for change in group)
            expected = (False in news) + reissues if tender_id in carded else 0
            assert len(replied) == expected, (tender_id, [change.kind for change in group])

    def _change(self, data: st.DataObject, **changes: object) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.portal)))
        self.portal[chosen] = self.portal[chosen].but(**changes)


@pytest.fixture
def machine(database: Database) -> type[TenderStream]:
    """The machine on one of the two databases."""
    return type("Machine", (TenderStream,), {"database": database})


def test_the_stream(machine: type[TenderStream]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
