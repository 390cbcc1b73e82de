"""The power goes at the worst moments of a deciding vote: the real program is killed there and started again."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config, crash
from bot.audit import AuditEvent
from bot.database import Database
from bot.decisions import ballots, evaluations, rounds
from bot.decisions.models import Ballot, Choice, Round, RoundOutcome
from bot.decisions.policy import decision_rules
from bot.demo.cast import eventually, words_of
from bot.demo.children import running
from bot.demo.stage import bot_settings
from bot.offers.models import Offer
from bot.people import conversations
from bot.people.models import ConversationKind, Person
from bot.sync.models import Kind, LedgerRow, LedgerState
from bot.sync.reconciler import retry
from bot.tenders import service as tenders
from cards.fields import Field
from cards.verbs import Verb
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.clock import real_time
from integrations.sandbox.teams import activities
from integrations.sandbox.teams.world import BOT
from tests.chaos.scene import MESSAGES
from tests.whole import HOST, seed_people, served, signing_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.demo.children import Child
    from integrations.sandbox.teams.delivery import Answer

NUMBER = "S580"
VOTES = sorted(point for point in crash.POINTS if point.startswith("vote."))
SENDS = sorted(point for point in crash.POINTS if point.startswith("sync."))
DEATH_SECONDS = 20.0


@dataclass(frozen=True)
class Scene:
    """One vote before its last ballot: two Go of three are cast, everything in Teams is as it should be."""

    sandbox: Sandbox
    database: Database
    settings: dict[str, str]
    folder: Path
    round_id: int
    message_id: str

    @asynccontextmanager
    async def bot(self, point: str = "") -> AsyncIterator[Child]:
        """The bot as a process; with ``point`` it dies there."""
        own = {**self.settings, **({"OFFERDESK_CRASH_AT": point} if point else {})}
        with running(f"bot-{point or 'again'}", ["bot", "serve"], own, self.folder) as child:
            await asyncio.to_thread(child.answers, f"http://{HOST}:{own['OFFERDESK_PORT']}/readyz")
            yield child

    def click(self) -> dict[str, Any]:
        """The CEO's press of Go on the shared card, as Teams sends it."""
        teams = self.sandbox.teams
        ceo = teams.world.persona("ceo")
        channel = teams.world.conversation(teams.world.tenders_id)
        data = {"verb": Verb.ROUND_GO.value, "id": self.round_id}
        value = activities.execute_value({"type": "Action.Execute", "verb": Verb.ROUND_GO.value}, data, "manual")
        envelope = teams.people.envelope
        return activities.invoke(
            envelope, "adaptiveCard/action", ceo, channel, value, root=self.message_id, reply_to=self.message_id
        )

    async def deliver(self, click: dict[str, Any]) -> Answer:
        """Deliver it once."""
        return await self.sandbox.teams.delivery.deliver(click, "ceo")

    def shared(self) -> str:
        """What everybody reads on the shared card."""
        return words_of({"card": self.sandbox.teams.world.messages[self.message_id].card})

    def replies(self) -> list[str]:
        """What the bot wrote into the thread."""
        world = self.sandbox.teams.world
        found = [one for one in world.messages.values() if one.root == self.message_id and one.author == BOT]
        return [words_of({"card": one.card}) for one in found]


@pytest.fixture
async def scene(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    listener = socket.create_server((HOST, 0))
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    sandbox_url = f"http://{HOST}:{listener.getsockname()[1]}"
    sandbox = Sandbox(
        SandboxSettings(
            base_url=sandbox_url,
            bot_url=f"http://{HOST}:{port}/api/messages",
            signing_key=signing_key(0),
            login_key=signing_key(1),
        )
    )
    seed_people(database_url, sandbox.settings.tenant_id, tmp_path, real_time())
    now = datetime.now(UTC)
    round_id = database.write_now(lambda session: _open_vote(session, sandbox, f"{sandbox_url}/teams/", now))
    message_id = database.write_now(lambda session: _as_posted(session, sandbox))
    own = {**bot_settings(sandbox_url, database_url, port), "OFFERDESK_ESA_POLL_MINUTES": "30"}
    async with served(sandbox.application(), listener):
        yield Scene(sandbox, database, own, tmp_path, round_id, message_id)


def _open_vote(session: Session, sandbox: Sandbox, service_url: str, now: datetime) -> int:
    people = {person.entra_object_id: person for person in session.scalars(sa.select(Person))}
    by_key = {
        persona.key: people[persona.aad_object_id]
        for persona in sandbox.teams.world.personas.values()
        if persona.aad_object_id in people
    }
    _meet(session, sandbox, by_key, service_url, now)
    company = config.default()
    rules = decision_rules(company)
    lead = by_key["sales_lead"]
    request = tenders.ClientRequest(title="Panneau radiateur", client_name="Client", reference="RFP-7")
    tender = tenders.enter_rfp(session, lead, request, now)
    offer = tenders.evaluate(session, tender.id, lead, now, company)
    evaluations.submit(session, offer.id, lead, {Field.SUMMARY: "Notre métier."}, now, rules)
    opened = rounds.open_round(session, offer.id, lead, now, rules)
    for key in ("cto", "cpo"):
        ballots.cast(session, opened.id, by_key[key], Choice.GO, request_key=key, now=now, rules=rules)
    return opened.id


def _meet(session: Session, sandbox: Sandbox, by_key: dict[str, Person], service_url: str, now: datetime) -> None:
    """The app is installed everywhere, and the channel Tenders is chosen."""
    world = sandbox.teams.world
    for home in world.conversations.values():
        home.installed = True
    known: dict[str, Any] = {
        "tenant_id": world.tenant_id,
        "service_url": service_url,
        "bot_id": world.bot_id,
        "now": now,
    }
    for key, person in by_key.items():
        persona = world.persona(key)
        person.teams_user_id = persona.mri
        chat = world.personal(persona).id
        conversations.meet(session, teams_id=chat, kind=ConversationKind.PERSONAL, person=person, **known)
    channel = conversations.meet(
        session, teams_id=world.tenders_id, kind=ConversationKind.CHANNEL, team_id=world.team_id, **known
    )
    channel.roster_at = now
    conversations.post_here(session, channel, by_key["key_user"], now)


def _as_posted(session: Session, sandbox: Sandbox) -> str:
    """Everything wanted so far stands in Teams, so what is left to do is of the last vote. Gives the shared message."""
    world = sandbox.teams.world
    by_person = {
        f"person:{person.id}": world.persona_of(person.entra_object_id) for person in session.scalars(sa.select(Person))
    }
    shared = ""
    for row in session.scalars(sa.select(LedgerRow).where(MESSAGES)):
        persona = by_person.get(row.target)
        home = world.personal(persona) if persona else world.conversation(world.tenders_id)
        message = world.post(home, BOT, {"type": "message", "text": row.kind.value}, None)
        place = home.id if persona else f"{home.id};messageid={message.id}"
        row.remote = {"conversation": place, "activity": message.id}
        row.done_version, row.state = row.wanted_version, LedgerState.OK
        shared = message.id if row.kind is Kind.SHARED_CARD else shared
    return shared


async def _died(child: Child) -> None:
    async def ended() -> bool:
        return child.process.poll() is not None

    await eventually("the program is killed", ended, DEATH_SECONDS)
    assert child.process.returncode == -signal.SIGKILL


def _leases_end(session: Session) -> None:
    """Time passes: what the dead process had claimed comes free."""
    session.execute(
        sa.update(LedgerRow)
        .where(LedgerRow.lease_until.is_not(None))
        .values(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    )


def _held(session: Session) -> dict[str, Any]:
    """What must be true exactly once."""
    decided = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.action == "round.decided")
    return {
        "ballots": session.scalar(sa.select(sa.func.count()).select_from(Ballot)),
        "outcomes": list(session.scalars(sa.select(Round.outcome))),
        "numbers": list(session.scalars(sa.select(Offer.number))),
        "decided": session.scalar(decided),
    }


async def _decided_once(scene: Scene) -> None:
    """One ballot more, one number, one decision, and the shared card says so."""
    held = await scene.database.read(_held)
    assert held["ballots"] == 3
    assert held["outcomes"] == [RoundOutcome.GO]
    assert held["numbers"] == [NUMBER]
    assert held["decided"] == 1

    async def drawn() -> bool:
        return NUMBER in scene.shared()

    await eventually("the shared card has the number", drawn)


@pytest.mark.slow
@pytest.mark.parametrize("point", VOTES)
async def test_a_vote_survives_the_power_cut(scene: Scene, point: str) -> None:
    click = scene.click()
    async with scene.bot(point) as child:
        answer = await scene.deliver(click)
        assert not answer.ok, "nobody answers any more"
        await _died(child)
    held = await scene.database.read(_held)
    committed = point == "vote.after_commit"
    assert held["ballots"] == (3 if committed else 2), "all of a vote, or nothing of it"
    assert held["numbers"] == ([NUMBER] if committed else [None])
    await scene.database.write(_leases_end)
    async with scene.bot():
        again = await scene.deliver(click)
        assert again.ok
        assert NUMBER in str(again.body)
        await _decided_once(scene)
        await eventually("the decision in the thread", lambda: _replied(scene))
        third = await scene.deliver(click)
        assert NUMBER in str(third.body)
    await _decided_once(scene)
    assert len([reply for reply in scene.replies() if NUMBER in reply]) == 1


async def _replied(scene: Scene) -> bool:
    return any(NUMBER in reply for reply in scene.replies())


@pytest.mark.slow
@pytest.mark.parametrize("point", SENDS)
async def test_a_message_survives_the_power_cut(scene: Scene, point: str) -> None:
    click = scene.click()
    async with scene.bot(point) as child:
        await scene.deliver(click)
        await _died(child)
    await scene.database.write(_leases_end)
    async with scene.bot():
        await _decided_once(scene)
        await scene.deliver(click)
        rows = await eventually("nothing is under way", lambda: scene.database.read(_settled))
        posted = len([reply for reply in scene.replies() if NUMBER in reply])
        # A post that was under way is a person's matter: it is never sent twice by itself.
        assert posted <= 1
        if not posted:
            assert rows[Kind.DECISION_REPLY] is LedgerState.MANUAL
            await scene.database.write(_retry_all)
            await eventually("the decision in the thread", lambda: _replied(scene))
    await _decided_once(scene)


def _settled(session: Session) -> dict[Kind, LedgerState]:
    """The rows by kind, once none is due any more."""
    rows = list(session.scalars(sa.select(LedgerRow).where(MESSAGES)))
    due = [row for row in rows if row.done_version < row.wanted_version and row.state is not LedgerState.MANUAL]
    return {} if due else {row.kind: row.state for row in rows}


def _retry_all(session: Session) -> None:
    for row_id in session.scalars(sa.select(LedgerRow.id).where(LedgerRow.state == LedgerState.MANUAL)).all():
        retry(session, row_id, datetime.now(UTC))
