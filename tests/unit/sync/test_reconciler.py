"""The ledger and its reconciler: one effect per wish, nothing sent twice, nothing forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.errors import DatabaseUnavailable
from bot.people.models import Role
from bot.people.service import register, set_roles
from bot.sync import reconciler as sync
from bot.sync.ledger import tell_admins
from bot.sync.models import Kind, LedgerRow, LedgerState, person_target
from bot.sync.reconciler import FIRST_WAIT, LEASE, LONGEST_WAIT, SPACING, TRANSIENT_LIMIT, Incomplete, claim_due
from integrations.errors import OutcomeUnknown, Permanent, Transient
from tests.unit.sync.virtual import Clock, Shop


@pytest.fixture
def shop(database: object) -> Shop:
    """A fresh ledger with one admin."""
    made = Shop(database)  # type: ignore[arg-type]

    def hire(session: object) -> None:
        for name in ("admin", "former admin"):
            person, _new = register(
                session,  # type: ignore[arg-type]
                tenant_id="tenant",
                entra_object_id=name,
                name=name,
                now=made.clock(),
            )
            set_roles(session, person=person, roles=[Role.ADMIN], now=made.clock(), actor=None)  # type: ignore[arg-type]
            person.guest = name == "former admin"

    made.database.write_now(hire)
    return made


async def test_ten_quick_changes_make_at_most_two_edits(shop: Shop) -> None:
    shop.want()
    work = shop.reconciler()
    assert await work.run_once() == 1
    shop.clock.later(seconds=10)
    shop.other.seen.clear()
    for _ in range(10):
        shop.redraw()
        await work.run_once()
        shop.clock.later(seconds=0.1)
    shop.clock.later(seconds=SPACING.total_seconds())
    await work.run_once()
    assert len(shop.other.seen) == 2
    row = shop.row()
    assert (row.done_version, row.wanted_version, row.state) == (11, 11, LedgerState.OK)
    assert await work.run_once() == 0


async def test_a_change_during_the_call_stays_due(shop: Shop) -> None:
    shop.want()
    (claim,) = shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="one"))
    shop.redraw()
    shop.database.write_now(lambda s: sync.succeed(s, claim, {"activity": "m"}, shop.clock()))
    row = shop.row()
    assert (row.done_version, row.wanted_version) == (1, 2)


async def test_what_is_sent_once_is_never_edited(shop: Shop) -> None:
    shop.want(Kind.ADMIN_NOTICE, target=person_target(1))
    work = shop.reconciler()
    (claim,) = shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="one"))
    shop.redraw(Kind.ADMIN_NOTICE)
    shop.database.write_now(lambda s: sync.succeed(s, claim, {"activity": "m"}, shop.clock()))
    shop.clock.later(hours=1)
    assert await work.run_once() == 0


async def test_two_reconcilers_share_the_work_without_doubling(shop: Shop) -> None:
    for subject in range(1, 41):
        shop.want(subject=subject)
    one, two = shop.reconciler("one"), shop.reconciler("two")
    for _ in range(6):
        await asyncio.gather(one.run_once(), two.run_once())
    sent = [claim.subject_id for claim in shop.other.seen]
    assert sorted(sent) == list(range(1, 41))
    assert all(row.state is LedgerState.OK for row in shop.rows())


async def test_the_rows_of_a_dead_one_come_free(shop: Shop) -> None:
    shop.want()
    await shop.reconciler().run_once()
    shop.clock.later(minutes=1)
    shop.redraw()
    shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="dead"))
    work = shop.reconciler("alive")
    assert await work.run_once() == 0
    shop.clock.later(seconds=LEASE.total_seconds() + 1)
    assert await work.run_once() == 1
    assert shop.row().done_version == 2
    assert shop.notices() == [], "an edit is repeated without asking"


async def test_a_post_lost_with_its_sender_is_a_persons_matter(shop: Shop) -> None:
    shop.want()
    shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="dead"))
    shop.clock.later(seconds=LEASE.total_seconds() + 1)
    work = shop.reconciler("alive")
    await work.run_once()
    row = shop.row()
    assert (row.state, row.error_class) == (LedgerState.MANUAL, "OutcomeUnknown")
    assert shop.notices() == ["delivery_unknown"]
    shop.clock.later(days=1)
    shop.redraw()
    for _ in range(3):
        await work.run_once()
    assert [claim.kind for claim in shop.other.seen] == [Kind.ADMIN_NOTICE]
    assert [row.target for row in shop.rows() if row.kind is Kind.ADMIN_NOTICE] == [person_target(1)]
    assert shop.database.write_now(lambda s: sync.retry(s, row.id, shop.clock()))
    await work.run_once()
    assert shop.row().state is LedgerState.OK
    assert not shop.database.write_now(lambda s: sync.retry(s, row.id, shop.clock()))
    assert not shop.database.write_now(lambda s: sync.retry(s, 999, shop.clock()))


async def test_a_post_whose_answer_is_lost_is_not_repeated_but_an_edit_is(shop: Shop) -> None:
    shop.want()
    shop.other.script = [OutcomeUnknown("teams", "lost")]
    work = shop.reconciler()
    await work.run_once()
    assert shop.row().state is LedgerState.MANUAL
    assert shop.notices() == ["delivery_unknown"]
    shop.want(Kind.VOTE_CARD, target=person_target(1))
    await work.run_once()
    shop.clock.later(minutes=1)
    shop.redraw(Kind.VOTE_CARD)
    shop.other.script = [OutcomeUnknown("teams", "lost")]
    await work.run_once()
    assert shop.row(Kind.VOTE_CARD).state is LedgerState.RETRYING
    shop.clock.later(seconds=FIRST_WAIT.total_seconds())
    await work.run_once()
    assert shop.row(Kind.VOTE_CARD).state is LedgerState.OK


async def test_waiting_grows_to_an_hour_with_jitter_then_a_person_is_asked(shop: Shop) -> None:
    shop.want()
    work = shop.reconciler()
    waits: list[timedelta] = []
    for _ in range(TRANSIENT_LIMIT - 1):
        shop.other.script = [Transient("teams", "down")]
        await work.run_once()
        row = shop.row()
        assert row.state is LedgerState.RETRYING
        waits.append(row.not_before - shop.clock())
        shop.clock.now = row.not_before
    assert waits[0] == FIRST_WAIT / 2
    assert waits[1] == FIRST_WAIT
    assert waits[-1] == LONGEST_WAIT / 2, "jitter 0 halves it"
    shop.other.script = [Transient("teams", "down")]
    await work.run_once()
    assert shop.row().state is LedgerState.MANUAL
    assert shop.notices() == ["delivery_failed"]


@pytest.mark.parametrize(("jitter", "asked", "wait"), [(0.999, None, 1.999), (0.0, 30.0, 30.0), (0.0, 1e18, 86_400.0)])
async def test_a_pause_asked_for_is_kept(shop: Shop, jitter: float, asked: float | None, wait: float) -> None:
    shop.jitter = jitter
    shop.want()
    shop.other.script = [Transient("teams", "busy", retry_after=asked)]
    await shop.reconciler().run_once()
    assert (shop.row().not_before - shop.clock()).total_seconds() == pytest.approx(wait)


async def test_what_is_incomplete_waits_without_attempts(shop: Shop) -> None:
    shop.want()
    shop.want(Kind.DECISION_REPLY, 5)
    shop.other.script = [Incomplete("no channel"), Incomplete("not posted yet")] * 2
    work = shop.reconciler()
    await work.run_once()
    assert {row.state for row in shop.rows()} == {LedgerState.RETRYING}, "it may have come meanwhile"
    shop.clock.later(seconds=FIRST_WAIT.total_seconds())
    await work.run_once()
    assert {row.state for row in shop.rows()} == {LedgerState.INCOMPLETE}
    assert shop.row().error == "no channel"
    shop.clock.later(days=1)
    assert await work.run_once() == 0
    shop.database.write_now(lambda s: sync.retry(s, shop.row().id, shop.clock()))
    await work.run_once()
    await work.run_once()
    assert {row.state for row in shop.rows()} == {LedgerState.OK}, "the reply follows its card"
    assert shop.notices() == []


async def test_what_comes_while_it_is_missed_for_the_second_time_is_found(shop: Shop) -> None:
    shop.want(Kind.DECISION_REPLY, 5)
    shop.other.script = [Incomplete("not posted yet")]
    await shop.reconciler().run_once()
    shop.clock.later(seconds=FIRST_WAIT.total_seconds())
    (reply,) = shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="one"))
    shop.want()
    (card,) = shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="two"))
    shop.database.write_now(lambda s: sync.succeed(s, card, {"activity": "m"}, shop.clock()))
    missed = Incomplete("not posted yet")
    shop.database.write_now(lambda s: sync.fail(s, reply, missed, now=shop.clock(), jitter=0))
    assert shop.row(Kind.DECISION_REPLY).state is LedgerState.RETRYING
    shop.clock.later(seconds=FIRST_WAIT.total_seconds())
    await shop.reconciler().run_once()
    row = shop.row(Kind.DECISION_REPLY)
    assert (row.state, row.done_version) == (LedgerState.OK, row.wanted_version)


@pytest.mark.parametrize("error", [Permanent("teams", "refused", status=400), ZeroDivisionError("defect")])
async def test_a_refusal_or_a_defect_in_drawing_is_a_persons_matter(shop: Shop, error: Exception) -> None:
    shop.want()
    shop.want(Kind.VOTE_CARD, 2, person_target(1))
    shop.other.script = [error, None]
    await shop.reconciler().run_once()
    assert [row.state for row in shop.rows()][:2] == [LedgerState.MANUAL, LedgerState.OK]
    assert shop.row().error_class == type(error).__name__
    assert shop.notices() == ["delivery_failed"]
    fine = shop.database.read_now(sync.not_fine)
    assert {row.kind for row in fine} == {Kind.SHARED_CARD, Kind.ADMIN_NOTICE}


async def test_an_admin_notice_that_fails_makes_no_further_notice(shop: Shop) -> None:
    shop.database.write_now(lambda s: tell_admins(s, "no_ceo", {"offer": "x"}, now=shop.clock()))
    shop.other.script = [Permanent("teams", "refused")]
    await shop.reconciler().run_once()
    assert shop.notices() == ["no_ceo"]
    assert shop.row(Kind.ADMIN_NOTICE).state is LedgerState.MANUAL


async def test_a_database_that_does_not_answer_while_drawing_sent_nothing(shop: Shop) -> None:
    shop.want()
    shop.other.script = [DatabaseUnavailable()]
    await shop.reconciler().run_once()
    assert shop.row().state is LedgerState.RETRYING


async def test_a_row_that_vanished_is_no_fault(shop: Shop) -> None:
    shop.want()
    (claim,) = shop.database.write_now(lambda s: claim_due(s, now=shop.clock(), owner="one"))
    shop.database.write_now(lambda s: s.delete(s.get(LedgerRow, claim.id)))
    shop.database.write_now(lambda s: sync.succeed(s, claim, {}, shop.clock()))
    state = shop.database.write_now(lambda s: sync.fail(s, claim, Incomplete("x"), now=shop.clock(), jitter=0))
    assert state is LedgerState.OK


async def test_the_loop_wakes_at_once_and_survives_a_database_that_is_away(shop: Shop) -> None:
    shop.clock = Clock()
    work = shop.reconciler()
    task = asyncio.create_task(work.run())
    try:
        await asyncio.sleep(0)
        shop.want()
        async with asyncio.timeout(10):
            while not shop.row().done_version:
                work.wake()
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    shop.redraw()
    assert 0.05 <= await work._until_next() <= SPACING.total_seconds()


async def test_the_loop_goes_on_after_the_database_failed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "IDLE_SECONDS", 0.01)
    work = shop.reconciler()
    calls = 0
    enough = asyncio.Event()

    async def once() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise DatabaseUnavailable
        if calls == 3:
            enough.set()
        return 0

    monkeypatch.setattr(work, "run_once", once)
    task = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(10):
            await enough.wait()
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_stop_that_comes_together_with_a_wake_up_is_a_stop(shop: Shop) -> None:
    worker = shop.reconciler()
    asleep = asyncio.create_task(worker._sleep(60.0))  # the moment cannot be met from outside
    await asyncio.sleep(0)
    worker.wake()
    asleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asleep
