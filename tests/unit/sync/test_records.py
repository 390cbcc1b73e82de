"""Records in other systems go through the same ledger as messages, with other rules: a record is looked for, never
given up, and what somebody changed over there is put to a person.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.audit import AuditEvent
from bot.errors import NotFound
from bot.offers.models import Offer
from bot.people.models import Person
from bot.sync import conflicts, reconciler
from bot.sync.differences import Difference, Memory
from bot.sync.ledger import want_records
from bot.sync.models import RECORD, Conflict, Kind, LedgerRow, LedgerState, System
from bot.sync.outside import offer_changed
from bot.sync.reconciler import LEASE, TRANSIENT_LIMIT, Differs, Incomplete, Reconciler, claim_due, not_fine
from integrations.errors import Authentication, OutcomeUnknown, Permanent, ServiceError, Transient
from tests.unit.decisions.conftest import House
from tests.unit.sync.virtual import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.database import Database
    from bot.sync.reconciler import Claim

AWAY = Transient("pipedrive", "no answer")


@dataclass
class Elsewhere:
    """One system: fails as scripted, reports scripted differences, or takes the record."""

    script: list[Exception | None] = field(default_factory=list)
    seen: list[Claim] = field(default_factory=list)
    url: str | None = None
    hangs: bool = False

    async def apply(self, claim: Claim) -> dict[str, Any]:
        self.seen.append(claim)
        if self.hangs:
            await asyncio.Event().wait()
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        return Memory(f"remote-{claim.id}", self.url, {"title": "ours"}).as_remote()


@dataclass
class Books:
    """An offer with its number, the systems, a clock."""

    database: Database
    house: House
    offer_id: int
    clock: Clock = field(default_factory=Clock)
    pipedrive: Elsewhere = field(default_factory=Elsewhere)
    sharepoint: Elsewhere = field(default_factory=Elsewhere)

    def reconciler(self, owner: str = "one") -> Reconciler:
        systems = {System.PIPEDRIVE: self.pipedrive, System.SHAREPOINT: self.sharepoint}
        return Reconciler(self.database, systems, now=self.clock, jitter=lambda: 0.0, owner=owner)

    def want(self, *kinds: Kind) -> None:
        self.database.write_now(
            lambda session: want_records(session, kinds or (Kind.DEAL,), self.offer_id, now=self.clock())
        )

    def row(self, kind: Kind = Kind.DEAL) -> LedgerRow:
        return self.database.read_now(
            lambda session: session.scalars(
                sa.select(LedgerRow).where(LedgerRow.kind == kind, LedgerRow.target == RECORD)
            ).one()
        )

    def conflicts(self) -> Sequence[Conflict]:
        return self.database.read_now(lambda session: session.scalars(sa.select(Conflict).order_by(Conflict.id)).all())


@pytest.fixture
def books(database: Database) -> Books:
    """A house with one offer that had its Go."""
    house = House(database)
    house.staff()
    offer_id = house.offer()

    def number(session: Any) -> None:  # noqa: ANN401
        session.get_one(Offer, offer_id).number = "S580"

    database.write_now(number)
    return Books(database, house, offer_id)


def differs(theirs: object = "theirs", ours: object = "ours") -> Differs:
    memory = Memory("remote", None, {"title": "before"})
    return Differs(memory.as_remote(), [Difference("title", ours, theirs, by="somebody")])


async def test_a_number_makes_the_records_wanted_and_the_project_number_one_more(books: Books) -> None:
    def change(session: Any, **values: object) -> None:  # noqa: ANN401
        offer = session.get_one(Offer, books.offer_id)
        for name, value in values.items():
            setattr(offer, name, value)
        offer_changed(session, offer, now=books.clock())

    books.database.write_now(lambda session: change(session, number=None))
    assert books.database.read_now(lambda s: not_fine(s, systems=[System.PIPEDRIVE])) == []
    books.database.write_now(lambda session: change(session, number="S580"))
    books.database.write_now(lambda session: change(session, project_number="S580P"))

    statement = sa.select(LedgerRow.kind, LedgerRow.system, LedgerRow.wanted_version).where(LedgerRow.target == RECORD)
    found = books.database.read_now(lambda session: {tuple(row) for row in session.execute(statement)})
    assert found == {
        (Kind.FOLDER, System.SHAREPOINT, 2),
        (Kind.DEAL, System.PIPEDRIVE, 2),
        (Kind.OPPORTUNITY, System.BUSINESS_CENTRAL, 2),
        (Kind.PROJECT, System.BUSINESS_CENTRAL, 1),
    }


async def test_a_system_that_is_off_is_left_alone(books: Books) -> None:
    books.want(Kind.OPPORTUNITY)
    assert await books.reconciler().run_once() == 0
    assert books.row(Kind.OPPORTUNITY).state is LedgerState.PENDING


@pytest.mark.parametrize("lost", [OutcomeUnknown("pipedrive", "no answer"), AWAY, Authentication("pipedrive", "401")])
async def test_a_lost_answer_is_looked_up_and_never_a_persons_matter(books: Books, lost: ServiceError) -> None:
    books.want()
    books.pipedrive.script = [lost] * (TRANSIENT_LIMIT + 5)
    work = books.reconciler()
    began = books.clock()
    for _ in range(TRANSIENT_LIMIT + 5):
        assert await work.run_once() == 1
        assert books.row().state is LedgerState.RETRYING
        books.clock.later(hours=1)
    assert [claim.tried_since for claim in books.pipedrive.seen[:3]] == [None, began, began]
    assert await work.run_once() == 1
    row = books.row()
    assert (row.state, row.first_tried_at, row.remote and row.remote["id"]) == (
        LedgerState.OK,
        None,
        f"remote-{row.id}",
    )


async def test_a_record_whose_sender_died_is_claimed_again_and_looked_for(books: Books) -> None:
    books.want()
    began = books.clock()
    (first,) = books.database.write_now(
        lambda session: claim_due(session, now=books.clock(), owner="dead", systems=[System.PIPEDRIVE])
    )
    assert first.tried_since is None
    books.clock.later(seconds=LEASE.total_seconds() + 1)
    assert await books.reconciler("two").run_once() == 1
    assert books.pipedrive.seen[0].tried_since == began
    assert books.row().state is LedgerState.OK


async def test_what_takes_too_long_is_given_up_before_its_lease_ends(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "RECORD_SECONDS", 0.01)
    books.pipedrive.hangs = True
    books.want()
    await books.reconciler().run_once()
    row = books.row()
    assert (row.state, row.error_class, row.lease_until) == (LedgerState.RETRYING, "OutcomeUnknown", None)
    books.pipedrive.hangs = False
    books.clock.later(seconds=5)
    await books.reconciler("two").run_once()
    assert books.pipedrive.seen[-1].tried_since is not None
    assert timedelta(seconds=120) < LEASE


async def test_a_refusal_is_a_persons_matter(books: Books) -> None:
    books.want()
    books.pipedrive.script = [Permanent("pipedrive", "400")]
    await books.reconciler().run_once()
    assert books.row().state is LedgerState.MANUAL


async def test_what_was_missing_is_looked_at_again_when_the_offer_changes(books: Books) -> None:
    books.want()
    books.pipedrive.script = [Incomplete("bc: contact"), Incomplete("bc: contact")]
    work = books.reconciler()
    await work.run_once()
    books.clock.later(seconds=5)
    await work.run_once()
    assert books.row().state is LedgerState.INCOMPLETE
    books.clock.later(hours=5)
    assert await work.run_once() == 0
    books.want()
    assert await work.run_once() == 1
    assert books.row().state is LedgerState.OK


async def test_one_line_when_a_service_goes_and_one_when_it_is_back_and_then_nothing_waits(books: Books) -> None:
    books.want()
    work = books.reconciler()
    books.pipedrive.script = [AWAY] * 4
    with capture_logs() as lines:
        for _ in range(4):
            await work.run_once()
            books.clock.later(minutes=5)
        await work.run_once()
    said = [(line["event"], line["log_level"]) for line in lines if line["event"].startswith("service.")]
    assert said == [("service.away", "warning"), ("service.back", "info")]
    assert not [line for line in lines if line["event"] == "delivery.failed"]


async def test_when_a_service_is_back_everything_that_waits_for_it_is_due(books: Books) -> None:
    work = books.reconciler()
    books.want()
    books.pipedrive.script = [AWAY] * 8
    for _ in range(8):
        await work.run_once()
        books.clock.later(hours=1)
    second = books.house.offer(number="1-20000")
    books.database.write_now(lambda session: want_records(session, (Kind.DEAL,), second, now=books.clock()))
    books.pipedrive.script = [AWAY, None]
    while await work.run_once():
        pass
    # One of the two was refused once more, the other one got through and brought it forward.
    states = sa.select(LedgerRow.state).where(LedgerRow.kind == Kind.DEAL)
    assert books.database.read_now(lambda session: set(session.scalars(states))) == {LedgerState.OK}


async def test_the_deal_is_written_again_when_the_folder_arrives(books: Books) -> None:
    books.want(Kind.FOLDER, Kind.DEAL)
    books.sharepoint.url = "https://files.example/S580"
    work = books.reconciler()
    await work.run_once()
    assert books.row().wanted_version == 2
    books.clock.later(seconds=5)
    assert await work.run_once() == 1
    books.clock.later(seconds=5)
    assert await work.run_once() == 0
    assert books.row().done_version == 2


async def test_a_difference_is_put_to_the_owner_once_and_the_row_goes_on(books: Books) -> None:
    books.want()
    books.pipedrive.script = [differs(), differs("later")]
    work = books.reconciler()
    await work.run_once()
    (found,) = books.conflicts()
    assert (found.field, found.ours, found.theirs, found.their_name) == (
        "title",
        {"value": "ours"},
        {"value": "theirs"},
        "somebody",
    )
    row = books.row()
    assert (row.state, row.done_version) == (LedgerState.CONFLICT, row.wanted_version)
    card = books.database.read_now(
        lambda session: session.scalars(sa.select(LedgerRow).where(LedgerRow.kind == Kind.CONFLICT_CARD)).one()
    )
    owner = books.database.read_now(lambda session: session.get_one(Offer, books.offer_id).owner_id)
    assert (card.subject_id, card.target, card.system) == (found.id, f"person:{owner}", System.TEAMS)

    books.want()
    books.clock.later(seconds=5)
    await work.run_once()
    assert books.pipedrive.seen[-1].held == {"title"}
    (found,) = books.conflicts()
    assert found.theirs == {"value": "later"}


@pytest.mark.parametrize("keep_ours", [True, False])
async def test_a_choice_is_remembered_audited_and_final(books: Books, *, keep_ours: bool) -> None:
    books.want()
    books.pipedrive.script = [differs()]
    work = books.reconciler()
    await work.run_once()
    (found,) = books.conflicts()
    actor_id = books.database.read_now(lambda session: session.get_one(Offer, books.offer_id).owner_id)

    def choose(session: Any, *, ours: bool) -> None:  # noqa: ANN401
        actor = session.get_one(Person, actor_id)
        conflicts.settle(session, found.id, keep_ours=ours, actor=actor, now=books.clock())

    books.database.write_now(lambda session: choose(session, ours=keep_ours))
    books.database.write_now(lambda session: choose(session, ours=not keep_ours))
    (settled,) = books.conflicts()
    assert (settled.keep_ours, settled.resolved_by_id) == (keep_ours, actor_id)
    row = books.row()
    assert row.state is LedgerState.PENDING
    remembered = Memory.of(row.remote)
    assert remembered is not None
    assert remembered.agreed["title"] == "theirs"
    assert remembered.given_way == ({} if keep_ours else {"title": "ours"})
    trail = sa.select(sa.func.count()).where(AuditEvent.action == "sync.settled")
    assert books.database.read_now(lambda session: session.scalar(trail)) == 1
    books.clock.later(seconds=5)
    assert await work.run_once() == 1
    assert books.pipedrive.seen[-1].held == frozenset()


def test_an_unknown_conflict_is_not_found(books: Books) -> None:
    def choose(session: Any) -> None:  # noqa: ANN401
        conflicts.settle(session, 99, keep_ours=True, actor=session.get_one(Person, 1), now=books.clock())

    with pytest.raises(NotFound):
        books.database.write_now(choose)
