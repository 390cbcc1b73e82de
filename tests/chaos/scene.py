"""The whole bot with one open vote, for tests that break something around it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import config
from bot.decisions import evaluations, rounds
from bot.decisions.policy import decision_rules
from bot.demo.cast import eventually
from bot.people.models import Person
from bot.sync.models import Kind, LedgerRow, System
from bot.tenders import service as tenders
from cards.fields import Field
from cards.verbs import DIALOG_SUBMITS, Verb
from integrations.sandbox.teams import activities
from tests.whole import Whole, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from integrations.sandbox.teams.delivery import Answer

Json = dict[str, Any]

MESSAGES = LedgerRow.system == System.TEAMS
"""What stands in Teams; records in other systems have tests of their own."""


@dataclass(frozen=True)
class Scene:
    """The whole bot with one open vote, drawn in the channel."""

    whole: Whole
    round_id: int
    offer_id: int
    message_id: str

    def press(self, key: str, verb: Verb, number: int, **data: object) -> Json:
        """Somebody's press of a button in the channel, or a dialog sent, as Teams words it."""
        teams = self.whole.sandbox.teams
        channel = teams.world.conversation(teams.world.tenders_id)
        carried = {"verb": verb.value, "id": number, **data}
        dialog = verb in DIALOG_SUBMITS
        value = (
            activities.task_value(carried, "light")
            if dialog
            else activities.execute_value({"type": "Action.Execute", "verb": verb.value}, carried, "manual")
        )
        name = "task/submit" if dialog else "adaptiveCard/action"
        at = self.message_id
        return activities.invoke(
            teams.people.envelope, name, teams.world.persona(key), channel, value, root=at, reply_to=at
        )

    def go(self, key: str) -> Json:
        """Somebody's Go."""
        return self.press(key, Verb.ROUND_GO, self.round_id)

    async def deliver(self, body: Json, key: str = "cto") -> Answer:
        """Deliver it once; gives the answer."""
        return await self.whole.sandbox.teams.delivery.deliver(body, key)

    async def count(self, model: type[Any]) -> int:
        """How many rows a table has."""

        def work(session: Session) -> int:
            return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

        return await self.whole.offerdesk.database.read(work)

    def edits(self) -> int:
        """How often the shared message was edited."""
        return len(self.whole.sandbox.teams.world.messages[self.message_id].edited_at)

    async def settled(self) -> bool:
        """Whether Teams holds what the ledger wants."""

        def behind(session: Session) -> bool:
            waiting = sa.select(LedgerRow.id).where(MESSAGES, LedgerRow.done_version < LedgerRow.wanted_version)
            return session.scalars(waiting).first() is None

        return await self.whole.offerdesk.database.read(behind)


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[Scene]:
    """Everything runs, and one vote stands in the channel."""
    async with running(database_url, folder, esa_poll_minutes=30) as whole:
        whole.sandbox.teams.connector.limited = False
        await whole.cast.meet()
        await whole.cast.post("/teams/api/install")
        admin = whole.cast.person("key_user")
        await admin.say("@Offerdesk post here", admin.channel)
        offer_id, round_id = await whole.offerdesk.database.write(open_vote)
        whole.offerdesk.reconciler.wake()

        async def drawn() -> str | None:
            stands = await whole.offerdesk.database.read(shared)
            return str(stands["activity"]) if stands else None

        message_id = await eventually("the vote stands in the channel", drawn)
        made = Scene(whole, round_id, offer_id, message_id)
        await eventually("everything is drawn", made.settled)
        yield made


def open_vote(session: Session) -> tuple[int, int]:
    """An offer and its round."""
    now = datetime.now(UTC)
    company = config.default()
    rules = decision_rules(company)
    lead = session.scalars(sa.select(Person).where(Person.name == "Sales lead")).one()
    request = tenders.ClientRequest(title="Panneau radiateur", client_name="Client", reference="RFP-7")
    tender = tenders.enter_rfp(session, lead, request, now)
    offer = tenders.evaluate(session, tender.id, lead, now, company)
    evaluations.submit(session, offer.id, lead, {Field.SUMMARY: "Notre métier."}, now, rules)
    return offer.id, rounds.open_round(session, offer.id, lead, now, rules).id


def shared(session: Session) -> Json | None:
    """Where the shared message stands."""
    return session.scalars(sa.select(LedgerRow.remote).where(LedgerRow.kind == Kind.SHARED_CARD)).first()
