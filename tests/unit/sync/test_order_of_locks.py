"""Whoever changes an offer and whoever writes down that its record was made hold the offer first: no two of them wait
for each other on PostgreSQL.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.offers import service as offers
from bot.offers.models import Offer
from bot.sync import attention, conflicts, reconciler
from bot.sync.attention import BcCode
from bot.sync.business_central import told
from bot.sync.differences import Difference
from bot.sync.ledger import redraw, want, want_records
from bot.sync.models import Conflict, Kind, LedgerRow, Mapping, System
from bot.sync.outside import WHEN_WON
from bot.sync.pipedrive import inbound
from bot.sync.pipedrive.shapes import Theirs
from tests.unit.decisions.conftest import MONDAY, House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.database import Database

MADE = {"id": "1", "url": "https://records.example/1"}


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite has one writer, and nobody to wait for."""
    kept = request.getfixturevalue("postgresql_kept")
    kept.empty()
    url: str = kept.url
    return url


@pytest.fixture
def house(database: Database) -> House:
    made = House(database)
    made.staff()
    return made


def _won(house: House) -> tuple[int, int]:
    """An offer whose records are wanted; gives it and its tender."""
    offer_id = house.offer()

    def work(session: Session) -> int:
        offer = offers.by_id(session, offer_id)
        assert offer.tender_id is not None
        want(session, Kind.SHARED_CARD, offer.tender_id, now=MONDAY)
        want_records(session, WHEN_WON, offer_id, now=MONDAY)
        return offer.tender_id

    return offer_id, house.write(work)


def _claim(house: House, kind: Kind) -> reconciler.Claim:
    def work(session: Session) -> reconciler.Claim:
        claims = reconciler.claim_due(session, now=MONDAY, owner="one", systems=tuple(System))
        return next(claim for claim in claims if claim.kind is kind)

    return house.write(work)


def _waits(database: Database) -> None:
    """Until somebody waits for a lock."""
    waiting = sa.text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    until = time.monotonic() + 5
    with database.engine.connect() as connection:
        while connection.scalar(waiting) is None:
            connection.rollback()
            assert time.monotonic() < until, "nobody waits"


@contextmanager
def _while_waiting(
    house: House, first: Callable[[Session], object], other: Callable[[Session], object]
) -> Iterator[Session]:
    """A transaction that did ``first``, while another one with ``other`` waits for it; then both end."""
    with ThreadPoolExecutor(1) as pool:
        with Session(house.database.engine, expire_on_commit=False) as session, session.begin():
            first(session)

            def transaction() -> None:
                with Session(house.database.engine) as mine, mine.begin():
                    other(mine)

            waiting = pool.submit(transaction)
            _waits(house.database)
            yield session
        waiting.result(5)


@pytest.mark.parametrize("kind", [Kind.FOLDER, Kind.DEAL, Kind.PROJECT])
def test_a_record_that_was_made_and_a_change_of_its_offer(house: House, kind: Kind) -> None:
    offer_id, tender_id = _won(house)
    claim = _claim(house, kind)

    def changes(session: Session) -> None:
        offers.locked(session, offer_id)
        redraw(session, Kind.SHARED_CARD, tender_id, now=MONDAY)

    def made_it(session: Session) -> None:
        reconciler.succeed(session, claim, MADE, MONDAY)

    with _while_waiting(house, changes, made_it) as session:
        want_records(session, WHEN_WON, offer_id, now=MONDAY)
    made = sa.select(LedgerRow.remote).where(LedgerRow.kind == kind)
    assert house.database.read_now(lambda session: session.scalar(made)) == MADE


def test_a_change_of_the_offer_is_not_held_up_by_what_only_names_it(house: House) -> None:
    offer_id, _tender_id = _won(house)
    claim = _claim(house, Kind.FOLDER)
    with Session(house.database.engine) as session, session.begin():
        reconciler.succeed(session, claim, MADE, MONDAY)
        # What hangs on the offer is stored at once, as its key does not change.
        with Session(house.database.engine) as other, other.begin():
            read = other.scalar(
                sa.select(Offer.id).where(Offer.id == offer_id).with_for_update(read=True, key_share=True)
            )
    assert read == offer_id


def test_two_people_name_the_codes_of_one_owners_offers(house: House) -> None:
    first, second = house.offer(number="1-10001"), house.offer(number="1-10002")
    for offer_id in (first, second):
        house.write(partial(want_records, kinds=WHEN_WON, subject_id=offer_id, now=MONDAY))

    def names(session: Session) -> None:
        actor = house.person(session, "engineer")
        attention.keep_code(session, second, BcCode.SALESPERSON, {"code": "LEAD1"}, actor=actor, now=MONDAY)

    with _while_waiting(house, lambda session: offers.locked(session, first), names) as session:
        offers.locked(session, second)
    kept = sa.select(Mapping.remote).where(Mapping.system == System.BUSINESS_CENTRAL)
    assert house.database.read_now(lambda session: session.scalar(kept)) == "LEAD1"


def _looks_at_deals(session: Session, remotes: list[str]) -> None:
    found = [Theirs(int(one[-1]), "", MONDAY, False, {}) for one in remotes]
    inbound._look_at_deals(session, found, now=MONDAY)


def _hears_of_projects(session: Session, remotes: list[str]) -> None:
    told.compare_anew(session, "projects", dict.fromkeys(map(UUID, remotes), MONDAY), (), MONDAY)


@pytest.mark.parametrize(
    ("kind", "remotes", "reads"),
    [
        (Kind.DEAL, ["1", "2"], _looks_at_deals),
        (Kind.PROJECT, [f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2)], _hears_of_projects),
    ],
)
def test_news_of_two_records_and_a_change_of_both_offers(
    house: House, kind: Kind, remotes: list[str], reads: Callable[[Session, list[str]], None]
) -> None:
    first, second = house.offer(number="1-10001"), house.offer(number="1-10002")
    for offer_id, remote in ((second, remotes[1]), (first, remotes[0])):
        house.write(partial(want_records, kinds=WHEN_WON, subject_id=offer_id, now=MONDAY))
        stands = sa.update(LedgerRow).where(LedgerRow.kind == kind, LedgerRow.subject_id == offer_id)
        house.write(lambda s, made=remote, row=stands: s.execute(row.values(remote={"id": made})))  # type: ignore[misc]

    def marks_first(session: Session) -> None:
        want_records(session, WHEN_WON, first, now=MONDAY)

    with _while_waiting(house, marks_first, lambda session: reads(session, remotes)) as session:
        want_records(session, WHEN_WON, second, now=MONDAY)
    wanted = sa.select(LedgerRow.wanted_version).where(LedgerRow.kind == kind)
    assert house.database.read_now(lambda session: list(session.scalars(wanted))) == [3, 3]


def test_a_difference_that_is_settled_while_it_is_found_again(house: House) -> None:
    _offer_id, _tender_id = _won(house)
    found = Difference(field="title", ours="Ours", theirs="Theirs")
    claim = _claim(house, Kind.DEAL)
    house.write(lambda session: reconciler.succeed(session, claim, MADE, MONDAY, [found]))
    conflict_id = house.database.read_now(lambda session: session.scalar(sa.select(Conflict.id)))
    assert conflict_id is not None

    def holds(session: Session) -> None:
        session.get(LedgerRow, claim.id, with_for_update=True)

    def settles(session: Session) -> None:
        actor = house.person(session, "engineer")
        conflicts.settle(session, conflict_id, keep_ours=True, actor=actor, now=MONDAY)

    again = Difference(field="title", ours="Ours", theirs="Theirs again")
    with _while_waiting(house, holds, settles) as session:
        conflicts.note(session, session.get_one(LedgerRow, claim.id), [again], now=MONDAY)
    kept = house.database.read_now(lambda session: session.get_one(Conflict, conflict_id))
    assert (kept.theirs["value"], kept.keep_ours) == ("Theirs again", True)
