"""The power goes between the commit and the answer of what people do to an offer: it is done once, and said again."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import config
from bot.audit import AuditEvent
from bot.demo.cast import eventually
from bot.demo.children import Child, ChildFailed, running
from bot.demo.stage import bot_settings
from bot.handover import ending
from bot.handover import service as handover
from bot.handover.models import BudgetLine, ChecklistItem, Handover
from bot.offers.models import Offer
from bot.people.models import Person
from bot.quotes import service as quotes
from bot.quotes.models import Quote
from bot.reviews import service as reviews
from bot.reviews.models import ReviewAnswer
from bot.sync.models import LedgerRow
from bot.tenders import service as tenders
from cards.verbs import FormCode, Verb
from integrations.sandbox.app import Sandbox, SandboxSettings
from integrations.sandbox.clock import real_time
from integrations.sandbox.teams import activities
from integrations.sandbox.teams.world import BOT
from tests.chaos.scene import MESSAGES
from tests.chaos.test_crash_points import _as_posted, _died, _leases_end, _meet
from tests.days import company_day
from tests.whole import HOST, seed_people, served, signing_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.sandbox.teams.delivery import Answer

pytestmark = pytest.mark.slow
POINT = "vote.after_commit"
PRICED = {"price": "125000", "currency": "EUR"}


@dataclass
class Life:
    """An offer, and the press that the power cut meets: ``by`` is who presses, ``data`` what the button carries."""

    sandbox: Sandbox
    database: Database
    settings: dict[str, str]
    folder: Path
    by: str = "sales_lead"
    data: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def bot(self, point: str = "") -> AsyncIterator[Child]:
        """The bot as a process; with ``point`` it dies there."""
        own = {**self.settings, **({"OFFERDESK_CRASH_AT": point} if point else {})}
        with running(f"bot-{point or 'again'}", ["bot", "serve"], own, self.folder) as child:
            try:
                await asyncio.to_thread(child.answers, f"http://{HOST}:{own['OFFERDESK_PORT']}/readyz")
            except ChildFailed:
                # A point of the background work may be met before anybody asks whether the bot is ready.
                if not point or child.process.returncode != -signal.SIGKILL:
                    raise
            yield child

    def press(self) -> dict[str, Any]:
        """The press, as Teams sends it from the person's chat."""
        teams = self.sandbox.teams
        persona = teams.world.persona(self.by)
        if self.data["verb"] == Verb.FORM_SAVE.value:
            name, value = "task/submit", activities.task_value(self.data, "light")
        else:
            name = "adaptiveCard/action"
            value = activities.execute_value({"type": "Action.Execute", "verb": self.data["verb"]}, self.data, "manual")
        chat = teams.world.personal(persona)
        return activities.invoke(teams.people.envelope, name, persona, chat, value, reply_to="1")

    async def deliver(self, press: dict[str, Any]) -> Answer:
        """Deliver it once."""
        return await self.sandbox.teams.delivery.deliver(press, self.by)

    def posted(self) -> int:
        """How many messages of the bot stand in Teams."""
        return sum(one.author == BOT for one in self.sandbox.teams.world.messages.values())


@asynccontextmanager
async def living(database: Database, database_url: str, folder: Path) -> AsyncIterator[Life]:
    """The stand-ins of the outside world, and the people."""
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
    seed_people(database_url, sandbox.settings.tenant_id, folder, real_time())
    own = {**bot_settings(sandbox_url, database_url, port), "OFFERDESK_ESA_POLL_MINUTES": "30"}
    async with served(sandbox.application(), listener):
        yield Life(sandbox, database, own, folder)


@pytest.fixture
async def life(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Life]:
    async with living(database, database_url, tmp_path) as made:
        yield made


def _people(session: Session, sandbox: Sandbox) -> dict[str, Person]:
    people = {person.entra_object_id: person for person in session.scalars(sa.select(Person))}
    personas = sandbox.teams.world.personas.values()
    return {one.key: people[one.aad_object_id] for one in personas if one.aad_object_id in people}


def _prepared(session: Session, life: Life, act: str) -> dict[str, Any]:
    """An offer that is ready for the act; gives what its button carries."""
    now, company, by_key = datetime.now(UTC), config.default(), _people(session, life.sandbox)
    _meet(session, life.sandbox, by_key, f"{life.sandbox.settings.base_url}/teams/", now)
    lead, today = by_key["sales_lead"], company_day(now).isoformat()
    request = tenders.ClientRequest(title="Panneau radiateur", client_name="Client", reference="RFP-7")
    offer = tenders.evaluate(session, tenders.enter_rfp(session, lead, request, now).id, lead, now, company)
    by: dict[str, Any] = {"actor": lead, "now": now}
    sending = {**PRICED, "sent_on": today, "waiver": "Convenu."}
    signing = {
        "signed_on": today,
        "first_order": "4000",
        "price": "125000",
        "project_manager_id": by_key["project_manager"].entra_object_id,
    }
    save: dict[str, Any] = {"verb": Verb.FORM_SAVE.value, "id": offer.id, "rev": 10**6}
    if act == "quote sent":
        return {**save, "q": FormCode.QUOTE_SENT.value, **sending}
    if act == "review ready":
        quotes.add(session, offer.id, PRICED, **by)
        due = {"due_on": (company_day(now) + timedelta(days=3)).isoformat()}
        review = reviews.ask(session, offer.id, due, company=company, **by)
        return {"verb": Verb.REVIEW_READY.value, "id": review.id}
    quotes.send(session, offer.id, sending, company=company, **by)
    if act == "won":
        return {**save, "q": FormCode.WON.value, **signing}
    ending.win(session, offer.id, signing, base=10**6, company=company, **by)
    found = handover.of_offer(session, offer.id)
    assert found is not None
    return {"verb": Verb.HANDOVER_ACCEPT.value, "id": found.id}


EFFECTS: dict[str, tuple[str, str, dict[str, int]]] = {
    "quote sent": ("sales_lead", "quote.sent", {"quotes": 1}),
    "review ready": ("cto", "review.answered", {"answers": 1}),
    "won": ("sales_lead", "offer.project_numbered", {"budget": 1, "handovers": 1}),
    "hand-over accepted": ("project_manager", "handover.accepted", {"budget": 1, "handovers": 1}),
}
"""Who does it, what the trail says of it, and what there is of it afterwards."""


def _held(session: Session, action: str) -> dict[str, Any]:
    """What must be there exactly once."""

    def count(model: type[Any]) -> int:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    done = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
    return {
        "done": session.scalar(done),
        "quotes": count(Quote),
        "answers": count(ReviewAnswer),
        "budget": count(BudgetLine),
        "handovers": count(Handover),
        "checklist": count(ChecklistItem),
        "events": session.scalar(sa.select(sa.func.count(AuditEvent.actor_id))),  # what comes in by itself has no actor
        "projects": list(session.scalars(sa.select(Offer.project_number))),
        "messages": sorted(
            (row.kind.value, row.target, row.wanted_version)
            for row in session.scalars(sa.select(LedgerRow).where(MESSAGES))
        ),
    }


def _waiting(session: Session) -> int:
    """How many messages are not as they should be."""
    behind = (
        sa.select(sa.func.count())
        .select_from(LedgerRow)
        .where(MESSAGES, LedgerRow.done_version < LedgerRow.wanted_version)
    )
    return session.scalar(behind) or 0


@pytest.mark.parametrize("act", list(EFFECTS))
async def test_it_is_done_once_and_said_again(life: Life, act: str) -> None:
    by, action, expected = EFFECTS[act]
    life.data = await life.database.write(lambda session: _prepared(session, life, act))
    life.by = by
    await life.database.write(lambda session: _as_posted(session, life.sandbox))
    posted, rows = (
        life.posted(),
        await life.database.read(lambda s: s.scalar(sa.select(sa.func.count(LedgerRow.id)).where(MESSAGES))),
    )
    press = life.press()
    async with life.bot(POINT) as child:
        answer = await life.deliver(press)
        assert not answer.ok, "nobody answers any more"
        await _died(child)
    held = await life.database.read(lambda session: _held(session, action))
    assert held["done"] == 1, "what was committed is there"
    assert {name: held[name] for name in expected} == expected
    won = act in {"won", "hand-over accepted"}
    assert held["projects"] == (["S580P"] if won else [None])
    await life.database.write(_leases_end)
    async with life.bot():
        second = await life.deliver(press)
        third = await life.deliver(press)
        assert second.ok
        assert third.ok
        assert str(second.body) == str(third.body)
        assert await life.database.read(lambda session: _held(session, action)) == held

        async def settled() -> bool:
            return await life.database.read(_waiting) == 0

        await eventually("everything stands in Teams", settled)
    added = len(held["messages"]) - int(rows or 0)
    assert life.posted() == posted + added, "one message for each row of the ledger"
