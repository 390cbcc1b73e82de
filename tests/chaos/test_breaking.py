"""Breaking it on purpose: everybody at once, the outside gone, the clock wrong, the database locked or cut off."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.decisions.models import Ballot, Evaluation, Round, RoundState
from bot.demo.cast import eventually, words_of
from bot.offers.models import Offer
from bot.people.models import Person, RoleGrant
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.tenders import service as tenders
from bot.tokens.keys import RETRY_SECONDS
from cards.verbs import Verb
from tests.chaos.scene import Json, Scene, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from integrations.sandbox.teams.delivery import Answer

pytestmark = pytest.mark.slow
COPIES = 20
REDRAWS = 50
LOCKED_SECONDS = 2.0


@pytest.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened(database_url, tmp_path) as made:
        yield made


def _redraw(session: Session) -> None:
    shared = sa.update(LedgerRow).where(LedgerRow.kind == Kind.SHARED_CARD)
    session.execute(shared.values(wanted_version=LedgerRow.wanted_version + 1))


# everybody at once


async def test_twenty_copies_of_one_click_are_one_vote(scene: Scene) -> None:
    click = scene.go("cto")
    answers = await asyncio.gather(*(scene.deliver(click) for _ in range(COPIES)))
    assert {answer.status for answer in answers} == {200}
    assert {answer.body["type"] for answer in answers} == {"application/vnd.microsoft.card.adaptive"}
    assert await scene.count(Ballot) == 1


async def test_twenty_copies_of_one_dialog_are_one_version(scene: Scene) -> None:
    sent = scene.press("sales_lead", Verb.EVALUATION_SUBMIT, scene.offer_id, summary="Encore mieux.")
    before = await scene.count(Evaluation)
    answers = await asyncio.gather(*(scene.deliver(sent, "sales_lead") for _ in range(COPIES)))
    assert {answer.status for answer in answers} == {200}
    assert len({str(answer.body) for answer in answers}) == 1
    assert await scene.count(Evaluation) == before + 1


async def test_two_people_send_the_same_form_at_once(scene: Scene) -> None:
    def sent(key: str) -> Json:
        return scene.press(key, Verb.EVALUATION_SUBMIT, scene.offer_id, summary=f"Écrit par {key}.")

    before = await scene.count(Evaluation)
    keys = ("sales_lead", "cto", "cpo", "ceo")
    answers = await asyncio.gather(*(scene.deliver(sent(key), key) for key in keys))
    assert {answer.status for answer in answers} == {200}
    assert {answer.body["task"]["type"] for answer in answers} == {"message"}
    assert await scene.count(Evaluation) == before + len(keys), "nobody's version is lost"


async def test_two_people_pick_one_tender_up_at_once(scene: Scene) -> None:
    def another(session: Session) -> int:
        lead = session.scalars(sa.select(Person).where(Person.name == "Sales lead")).one()
        request = tenders.ClientRequest(title="Antenne", client_name="Client", reference="RFP-8")
        return tenders.enter_rfp(session, lead, request, datetime.now(UTC)).id

    tender_id = await scene.whole.offerdesk.database.write(another)
    keys = ("sales_lead", "project_manager", "cto", "ceo")
    presses = [scene.press(key, Verb.TENDER_EVALUATE, tender_id) for key in keys]
    answers = await asyncio.gather(*(scene.deliver(press, key) for press, key in zip(presses, keys, strict=True)))
    assert {answer.status for answer in answers} == {200}
    assert await scene.count(Offer) == 2


async def test_three_people_decide_at_the_same_moment(scene: Scene) -> None:
    keys = ("cto", "cpo", "ceo")
    answers = await asyncio.gather(*(scene.deliver(scene.go(key), key) for key in keys))
    assert {answer.status for answer in answers} == {200}
    assert any("S580" in str(answer.body) for answer in answers)
    assert await scene.count(Ballot) == len(keys)


# the outside is gone


async def test_fifty_redraws_without_a_connector_are_one_edit_when_it_is_back(scene: Scene) -> None:
    fault = {"service": "teams", "path": "/v3/", "status": 503, "times": 1_000}
    await scene.whole.cast.post("/_faults", [fault])  # type: ignore[arg-type]
    before = scene.edits()
    database = scene.whole.offerdesk.database
    await scene.deliver(scene.go("cto"))
    for _ in range(REDRAWS):
        await database.write(_redraw)
        scene.whole.offerdesk.reconciler.wake()
    assert scene.edits() == before
    (await scene.whole.client.delete(f"{scene.whole.sandbox.settings.base_url}/_faults")).raise_for_status()
    await database.write(_due_now)
    scene.whole.offerdesk.reconciler.wake()
    await eventually("everything is drawn", scene.settled)
    assert scene.edits() == before + 1
    card = scene.whole.sandbox.teams.world.messages[scene.message_id].card
    assert "Go" in words_of({"card": card})


def _due_now(session: Session) -> None:
    """Time passes: nobody waits for the next attempt any more."""
    waiting = sa.update(LedgerRow).where(LedgerRow.done_version < LedgerRow.wanted_version)
    session.execute(waiting.values(not_before=datetime.now(UTC), lease_until=None))


async def test_a_token_that_teams_no_longer_takes_is_renewed(scene: Scene) -> None:
    connector = scene.whole.sandbox.teams.connector
    accepted = connector.verify
    old: set[str] = set()

    def verify(token: str) -> bool:
        if not old:
            old.add(token)
        return token not in old and accepted(token)

    connector.verify = verify
    await scene.deliver(scene.go("cto"))
    await eventually("everything is drawn", scene.settled)
    assert old, "the withdrawn token was tried"
    assert scene.edits() >= 1


async def test_a_token_that_is_never_taken_is_shown_to_a_person_and_clicks_go_on(scene: Scene) -> None:
    connector = scene.whole.sandbox.teams.connector
    accepted = connector.verify
    connector.verify = lambda _token: False
    assert (await scene.deliver(scene.go("cto"))).ok

    async def handed_over() -> bool:
        def states(session: Session) -> list[LedgerState]:
            return list(session.scalars(sa.select(LedgerRow.state).where(LedgerRow.kind == Kind.SHARED_CARD)))

        found = await scene.whole.offerdesk.database.read(states)
        return found[0] in {LedgerState.MANUAL, LedgerState.RETRYING}

    await eventually("the row says so", handed_over)
    assert (await scene.deliver(scene.go("cpo"), "cpo")).ok
    assert await scene.count(Ballot) == 2
    connector.verify = accepted


async def test_keys_rotate_while_people_click(scene: Scene) -> None:
    signer, keys = scene.whole.sandbox.signer, scene.whole.offerdesk.edge.keys
    answers: list[Answer] = []
    for keep_old in (True, False):
        assert keys._tried_at is not None
        keys._tried_at -= RETRY_SECONDS
        presses = [scene.press("cto", Verb.ROUND_SHOW, scene.round_id) for _ in range(COPIES)]
        clicks = [asyncio.create_task(scene.deliver(press)) for press in presses[: COPIES // 2]]
        await asyncio.sleep(0)
        signer.rotate(keep_old=keep_old)
        clicks += [asyncio.create_task(scene.deliver(press)) for press in presses[COPIES // 2 :]]
        answers += await asyncio.gather(*clicks)
    assert {answer.status for answer in answers} == {200}
    assert (await scene.deliver(scene.go("cto"))).ok


# the database


@pytest.mark.parametrize("fresh_database_url", ["sqlite"], indirect=True)
async def test_a_locked_file_makes_a_click_wait(scene: Scene, tmp_path: Path) -> None:
    taken, free = threading.Event(), threading.Event()

    def hold() -> None:
        other = sqlite3.connect(tmp_path / "offerdesk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        taken.set()
        free.wait(10)
        other.execute("ROLLBACK")
        other.close()

    holder = threading.Thread(target=hold)
    holder.start()
    await asyncio.to_thread(taken.wait)
    click = asyncio.create_task(scene.deliver(scene.go("cto")))
    await asyncio.sleep(LOCKED_SECONDS)
    assert not click.done(), "the vote waits for the lock"
    free.set()
    answer = await click
    await asyncio.to_thread(holder.join)
    assert answer.ok
    assert answer.body["type"] == "application/vnd.microsoft.card.adaptive"
    assert await scene.count(Ballot) == 1


def _server(database_url: str) -> psycopg.Connection[Any]:
    """A connection of our own, in the same database."""
    url = sa.make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True)


def _cut(database_url: str, *, waiting: bool = False) -> int:
    """End the bot's connections, or those that wait for a lock; gives how many."""
    only = "AND wait_event_type = 'Lock'" if waiting else ""
    with _server(database_url) as connection:
        cut = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608  our own words
            f"WHERE datname = current_database() AND pid <> pg_backend_pid() {only}"
        )
        return len(cut.fetchall())


@pytest.mark.parametrize("fresh_database_url", ["postgresql"], indirect=True)
async def test_connections_cut_between_clicks_are_made_again(scene: Scene, database_url: str) -> None:
    assert (await scene.deliver(scene.go("cto"))).ok
    assert await asyncio.to_thread(_cut, database_url) > 0
    for key in ("cpo", "ceo"):
        answer = await scene.deliver(scene.go(key), key)
        assert answer.ok
        assert answer.body["statusCode"] == 200, answer.body
    assert await scene.count(Ballot) == 3


@pytest.mark.parametrize("fresh_database_url", ["postgresql"], indirect=True)
async def test_a_connection_cut_during_a_click_leaves_nothing_half_done(scene: Scene, database_url: str) -> None:
    click = scene.go("cto")
    with _server(database_url) as other:
        other.autocommit = False
        other.execute("SELECT id FROM round WHERE id = %s FOR UPDATE", (scene.round_id,))
        pressed = asyncio.create_task(scene.deliver(click))

        async def cut() -> bool:
            return await asyncio.to_thread(_cut, database_url, waiting=True) > 0

        await eventually("the click waits for the row", cut)
        answer = await pressed
        other.rollback()
    assert answer.status == 200
    assert answer.body["statusCode"] == 500
    assert "Traceback" not in str(answer.body)
    assert "psycopg" not in str(answer.body)
    assert await scene.count(Ballot) == 0
    again = await scene.deliver(click)
    assert again.body["statusCode"] == 200
    assert await scene.count(Ballot) == 1


# the clock


def _long_ago(session: Session) -> None:
    """The roles were given a year ago."""
    session.execute(sa.update(RoleGrant).values(valid_from=datetime.now(UTC) - timedelta(days=365)))


async def test_a_clock_that_jumps_back_loses_no_vote(scene: Scene) -> None:
    offerdesk = scene.whole.offerdesk
    await offerdesk.database.write(_long_ago)
    assert (await scene.deliver(scene.go("cto"))).ok
    offerdesk.dispatcher._now = lambda: datetime.now(UTC) - timedelta(hours=5)
    for key in ("cpo", "ceo"):
        answer = await scene.deliver(scene.go(key), key)
        assert answer.body["statusCode"] == 200, answer.body
    assert await scene.count(Ballot) == 3
    state = await offerdesk.database.read(lambda session: session.get_one(Round, scene.round_id).state)
    assert state is RoundState.CLOSED
    await eventually("everything is drawn", scene.settled)
