"""The story with real processes that are killed at random moments; `tests.chaos.story` does many more runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.demo.story import BEGINS
from bot.sync.ledger import want
from bot.sync.models import Kind, LedgerRow, LedgerState
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.teams.world import BOT
from tests.chaos.story import runs, summary
from tests.chaos.story_run import Outcome
from tests.chaos.story_truth import late, missing, strays, to_ask
from tests.whole import signing_key

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.database import Database


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seeds"), [("sqlite", (1, 2)), ("postgresql", (3,))])
async def test_nothing_is_lost_and_nothing_is_there_twice(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, seeds: tuple[int, ...]
) -> None:
    if kind == "postgresql":
        request.getfixturevalue("postgres_template")
    outcomes = list[Outcome]()
    await runs(kind, seeds, tmp_path, outcomes.append)
    assert [str(outcome) for outcome in outcomes if outcome.wrong] == []
    told = summary(kind, outcomes, 0.0)
    assert (told["runs"], told["true"], told["failed_seeds"]) == (len(seeds), len(seeds), [])
    assert min(outcome.kills for outcome in outcomes) >= 3
    assert min(outcome.struck for outcome in outcomes) >= 3
    assert min(outcome.repeated for outcome in outcomes) >= 3


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(SandboxSettings(now=lambda: BEGINS, signing_key=signing_key(0), login_key=signing_key(1)))


def _posted(sandbox: Sandbox) -> str:
    world = sandbox.teams.world
    return world.post(world.conversation(world.tenders_id), BOT, {"type": "message"}, None).id


async def test_a_message_nobody_accounts_for_would_be_seen(database: Database, sandbox: Sandbox) -> None:
    def known(session: Session) -> None:
        for subject in (1, 2):
            want(session, Kind.SHARED_CARD, subject, now=BEGINS)
        for row in session.query(LedgerRow):
            row.remote = {"activity": _posted(sandbox)}
            row.state, row.done_version = LedgerState.OK, 1

    database.write_now(known)

    def found(asked: int = 0) -> list[str]:
        return database.read_now(lambda session: list(strays(session, sandbox, asked)))

    assert found() == []
    stray = _posted(sandbox)
    assert found() == ["1 messages nobody knows of, and 0 that somebody is asked about"]
    assert found(asked=1) == []
    del sandbox.teams.world.messages[stray]

    def one_for_both(session: Session) -> None:
        first, second = session.query(LedgerRow)
        second.remote = first.remote

    database.write_now(one_for_both)
    assert found(asked=1) == ["one message belongs to two rows"]
    sandbox.teams.world.messages.clear()
    assert "a message that was posted is gone" in found()


async def test_what_is_not_as_it_should_be_would_be_seen(database: Database) -> None:
    def wanted(session: Session) -> None:
        want(session, Kind.SHARED_CARD, 1, now=BEGINS)
        want(session, Kind.DECISION_REPLY, 1, now=BEGINS)
        want(session, Kind.DEAL, 1, now=BEGINS, target="record")

    def shown() -> list[str]:
        return sorted(line.split(":")[0] for line in database.read_now(late))

    def unknown(session: Session) -> None:
        card, reply, deal = session.query(LedgerRow).order_by(LedgerRow.id)
        card.state, card.error_class = LedgerState.MANUAL, "OutcomeUnknown"
        reply.state = LedgerState.INCOMPLETE
        deal.remote, deal.done_version, deal.state = {"id": "1"}, 1, LedgerState.OK

    database.write_now(wanted)
    assert shown() == ["deal 1", "decision_reply 1", "shared_card 1"]
    assert database.read_now(missing)
    database.write_now(unknown)
    assert shown() == [], "a person is asked about the card, and its reply waits for it"
    assert len(database.read_now(to_ask)) == 1
    assert not database.read_now(missing)

    def refused(session: Session) -> None:
        session.query(LedgerRow).where(LedgerRow.kind == Kind.SHARED_CARD).update({"error_class": "Permanent"})

    database.write_now(refused)
    assert shown() == ["decision_reply 1", "shared_card 1"]
