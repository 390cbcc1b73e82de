"""Days left on shared cards are counted again each day, once, a few cards at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.offers import service as offers
from bot.offers.models import Offer, Outcome
from bot.people.models import Person
from bot.people.service import register
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.tenders.ageing import redraw_aged
from bot.tenders.models import Source, Tender, TenderState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.database import Database

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PARIS = "Europe/Paris"


@dataclass
class Shelf:
    """Tenders with their posted messages."""

    database: Database
    now: datetime = MONDAY
    made: int = 0

    def tender(self, *, outcome: Outcome | None = None, row: dict[str, Any] | None = None, **more: object) -> int:
        """A tender whose message was drawn now; ``outcome``: of the offer made on it."""
        self.made += 1

        def work(session: Session) -> int:
            given: dict[str, Any] = {
                "source": Source.ESA,
                "native_id": str(self.made),
                "number": f"1-{self.made:05}",
                "raw_title": "SEAL",
                "title": "Seal",
                "description": "",
                "search_text": "seal",
                "closes_at": self.now + timedelta(days=20),
                "raw": {},
                "tags": [],
                "countries": [],
                "products": [],
                "technologies": [],
                "match_reasons": [],
                "content_hash": "0",
                "matched": True,
                "announced": True,
                "first_seen_at": self.now,
                "changed_at": self.now,
            }
            tender = Tender(**(given | more))
            session.add(tender)
            session.flush()
            if outcome is not None:
                owner = self.owner(session)
                offer = offers.open_offer(
                    session, tender=tender, title="Seal", client_name=None, owner=owner, now=self.now
                )
                offer.outcome = outcome
            want(session, Kind.SHARED_CARD, tender.id, now=self.now)
            values: dict[str, Any] = {"done_version": LedgerRow.wanted_version, "state": LedgerState.OK}
            session.execute(sa.update(LedgerRow).where(LedgerRow.subject_id == tender.id).values(values | (row or {})))
            return tender.id

        return self.database.write_now(work)

    def owner(self, session: Session) -> Person:
        person, _new = register(
            session,
            tenant_id="tenant",
            entra_object_id="00000000-0000-4000-8000-000000000001",
            name="Sales lead",
            now=self.now,
            teams_user_id="29:lead",
        )
        session.flush()
        return person

    def look(self, **more: int) -> int:
        return self.database.write_now(lambda session: redraw_aged(session, self.now, PARIS, **more))

    def due(self) -> set[int]:
        stale = sa.select(LedgerRow.subject_id).where(LedgerRow.done_version < LedgerRow.wanted_version)
        return set(self.database.read_now(lambda session: session.scalars(stale).all()))

    def deliver(self) -> None:
        done = sa.update(LedgerRow).values(done_version=LedgerRow.wanted_version, updated_at=self.now)
        self.database.write_now(lambda session: session.execute(done))


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


def test_a_card_is_drawn_again_on_the_next_day_and_once(shelf: Shelf) -> None:
    tender_id = shelf.tender()
    shelf.now = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    assert shelf.look() == 0, "it is still Monday in Paris"
    shelf.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert shelf.look() == 1
    assert shelf.due() == {tender_id}
    assert shelf.look() == 0
    shelf.deliver()
    shelf.now += timedelta(hours=20)
    assert shelf.look() == 0
    shelf.now += timedelta(hours=5)
    assert shelf.look() == 1


@pytest.mark.parametrize(
    ("counts", "more"),
    [
        (True, {"outcome": Outcome.OPEN}),
        (True, {"outcome": Outcome.OPEN, "state": TenderState.EVALUATING, "closes_at": None}),
        (False, {"outcome": Outcome.WON}),
        (False, {"outcome": Outcome.NO_GO}),
        (False, {"state": TenderState.DISMISSED}),
        (False, {"cancelled": True}),
        (False, {"closes_at": None}),
        (True, {"closes_at": MONDAY + timedelta(hours=1)}),
        (False, {"closes_at": MONDAY - timedelta(days=2)}),
        (False, {"row": {"state": LedgerState.MANUAL}}),
        (False, {"row": {"done_version": 0}}),
    ],
)
def test_only_what_is_open_and_stands_there_counts_days(shelf: Shelf, counts: bool, more: dict[str, Any]) -> None:  # noqa: FBT001
    shelf.tender(**more)
    shelf.now += timedelta(days=1)
    assert shelf.look() == int(counts)


def test_cards_come_a_few_at_a_time_the_nearest_deadline_first(shelf: Shelf) -> None:
    ids = [shelf.tender(closes_at=MONDAY + timedelta(days=30 - number)) for number in range(7)]
    shelf.now += timedelta(days=1)
    assert shelf.look(limit=3) == 3
    assert shelf.due() == set(ids[-3:])
    assert (shelf.look(limit=3), shelf.look(limit=3), shelf.look(limit=3)) == (3, 1, 0)
    assert shelf.due() == set(ids)


def test_nothing_is_created(shelf: Shelf) -> None:
    shelf.tender(row={"kind": Kind.CHANGE_REPLY})
    shelf.now += timedelta(days=1)
    assert shelf.look() == 0
    assert shelf.database.read_now(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Offer))) == 0
