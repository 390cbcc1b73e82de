"""What people do in one run of the story: from a client's request to the project, by signed activities, each sent again
until the bot has answered it, as Teams and impatient people do.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.decisions.models import Ballot, Round
from bot.handover.models import Handover
from bot.offers.models import Offer
from bot.quotes.models import Quote
from bot.tenders.models import Tender
from cards.verbs import FormCode, Verb
from integrations.sandbox.teams import activities
from tests.days import company_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from bot.database import Database
    from integrations.sandbox.app import Sandbox
    from integrations.sandbox.teams.delivery import Answer

DIALOGS = frozenset({Verb.RFP_SAVE, Verb.EVALUATION_SUBMIT, Verb.FORM_SAVE})
MOST_DELIVERIES = 100
AGAIN_SECONDS = 0.1
NERVOUS = 0.2
"""How many of the answered activities are delivered once more."""
NEWEST = 10**6
"""The revision of somebody who saw everything."""
CONTACT, SALESPERSON = "CT000010", "LEAD1"
APPROVERS = ("cto", "cpo", "ceo")


class Lost(Exception):
    """Something the bot said yes to is not there, or is there twice."""


@dataclass
class Crowd:
    """Everybody who uses Teams."""

    sandbox: Sandbox
    dice: random.Random
    sent: int = 0
    repeated: int = 0

    async def presses(self, key: str, verb: Verb, number: int, **data: object) -> Answer:
        """Somebody presses a button or sends a dialog; gives the first answer that came."""
        teams = self.sandbox.teams
        persona = teams.world.persona(key)
        carried = {"verb": verb.value, "id": number, **data}
        if verb in DIALOGS:
            name, value = "task/submit", activities.task_value(carried, "light")
        else:
            name = "adaptiveCard/action"
            value = activities.execute_value({"type": "Action.Execute", "verb": verb.value}, carried, "manual")
        chat = teams.world.personal(persona)
        body = activities.invoke(teams.people.envelope, name, persona, chat, value, reply_to="1")
        self.sent += 1
        answer = await teams.delivery.deliver(body, key)
        for _ in range(MOST_DELIVERIES):
            if answer.ok:
                break
            self.repeated += 1
            await asyncio.sleep(AGAIN_SECONDS)
            answer = await teams.delivery.deliver(body, key)
        else:
            raise Lost(f"{verb.value} of {key} was never answered: {answer.status} {answer.failure}")
        if self.dice.random() < NERVOUS:
            self.repeated += 1
            await teams.delivery.deliver(body, key)
        return answer


@dataclass
class Tale:
    """The life of one offer. ``wins``: to the project; else until it is sent."""

    crowd: Crowd
    database: Database
    title: str
    contact_id: int
    wins: bool
    offer_id: int = 0

    async def play(self) -> None:
        """Everything, one step after the other; raises :class:`Lost`."""
        crowd = self.crowd
        request = {"title": self.title, "client": "Client", "reference": self.title, "type": "rfp"}
        await crowd.presses("sales_lead", Verb.RFP_SAVE, 0, **request)
        tender_id = await self._one("the tender", sa.select(Tender.id).where(Tender.title == self.title))
        await crowd.presses("sales_lead", Verb.TENDER_EVALUATE, tender_id)
        self.offer_id = await self._one("the offer", sa.select(Offer.id).where(Offer.tender_id == tender_id))
        await crowd.presses("sales_lead", Verb.EVALUATION_SUBMIT, self.offer_id, summary="Notre métier.")
        await crowd.presses("sales_lead", Verb.ROUND_OPEN, self.offer_id)
        round_id = await self._one("the round", sa.select(Round.id).where(Round.offer_id == self.offer_id))
        await asyncio.gather(*(crowd.presses(key, Verb.ROUND_GO, round_id) for key in APPROVERS))
        ballots = sa.select(sa.func.count()).select_from(Ballot).where(Ballot.round_id == round_id)
        if (count := await self._value(ballots)) != len(APPROVERS):
            raise Lost(f"{count} ballots of {len(APPROVERS)} approvers")
        await self._one("the number", sa.select(Offer.id).where(Offer.id == self.offer_id, Offer.number.is_not(None)))
        await self._fills(FormCode.THIRD_PARTY, contact_id=str(self.contact_id))
        lead = self.crowd.sandbox.teams.world.persona("sales_lead").aad_object_id
        await self._fills(FormCode.QUALIFICATION, owner_id=lead, category_product="thermal")
        await asyncio.gather(
            self._fills(FormCode.BC_CONTACT, code=CONTACT),
            self._fills(FormCode.BC_SALESPERSON, code=SALESPERSON),
            self._fills(FormCode.IDENTITY, title=f"{self.title}, phase 1"),
        )
        today = company_day(self.crowd.sandbox.settings.now())
        price = {"price": "125000", "currency": "EUR"}
        await self._fills(FormCode.QUOTE_SENT, **price, sent_on=today.isoformat(), waiver="Convenu.")
        await self._one("the quote", sa.select(Quote.id).where(Quote.offer_id == self.offer_id))
        if self.wins:
            await self._win(today.isoformat(), (today + timedelta(days=90)).isoformat())

    async def _win(self, today: str, later: str) -> None:
        manager = self.crowd.sandbox.teams.world.persona("project_manager").aad_object_id
        signing = {"signed_on": today, "first_order": "4000", "price": "125000", "project_manager_id": manager}
        await self._fills(FormCode.WON, **signing, kick_off_on=later)
        won = sa.select(Offer.id).where(Offer.id == self.offer_id, Offer.project_number.is_not(None))
        await self._one("the project number", won)
        handover = sa.select(Handover.id).where(Handover.offer_id == self.offer_id)
        await self.crowd.presses("project_manager", Verb.HANDOVER_ACCEPT, await self._one("the hand-over", handover))

    async def renamed(self, number: int) -> None:
        """One more change of an offer that has its number."""
        await self._fills(FormCode.IDENTITY, title=f"{self.title}, phase {number}")

    async def _fills(self, form: FormCode, **typed: object) -> None:
        save = {"q": form.value, "rev": NEWEST, **typed}
        answer = await self.crowd.presses("sales_lead", Verb.FORM_SAVE, self.offer_id, **save)
        if answer.body["task"]["type"] != "message":
            raise Lost(f"{form.value} of {self.title} came back: {list(_errors(answer.body))}")

    async def _one(self, what: str, statement: sa.Select[Any]) -> int:
        def work(session: Session) -> list[int]:
            return list(session.scalars(statement))

        found = await self.database.read(work)
        if len(found) != 1:
            raise Lost(f"{what} of {self.title} is there {len(found)} times")
        return found[0]

    async def _value(self, statement: sa.Select[Any]) -> Any:  # noqa: ANN401 - one column of any kind
        work: Callable[[Session], Any] = lambda session: session.scalar(statement)  # noqa: E731
        return await self.database.read(work)


def _errors(part: object) -> Iterator[str]:
    """What a dialog that came back says in red."""
    if isinstance(part, dict):
        if part.get("color") == "Attention":
            yield str(part.get("text"))
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            yield from _errors(value)
