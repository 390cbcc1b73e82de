"""The whole life of one offer, through the services that people use, with all other systems."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.activities import service as activities
from bot.clients.models import Contact
from bot.decisions.models import Choice
from bot.handover import ending
from bot.hours import service as hours
from bot.hours.locks import last_lock, tell_systems
from bot.hours.rules import monday_of
from bot.offers import fields, stages, team
from bot.offers.models import Offer, OfferCategory, TeamRole
from bot.people.models import Person
from bot.quotes import service as quotes
from bot.reviews import service as reviews
from bot.reviews.models import Opinion
from bot.sync.facts import remember
from bot.sync.models import System
from integrations.http import new_client
from integrations.pipedrive import account, contacts, deals, leads, notes
from integrations.pipedrive import activities as their_activities
from integrations.pipedrive.channel import Operation
from tests.chaos.power import Power
from tests.chaos.town import SEATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from tests.chaos.town import Town

TEAM = ("engineer", "sales lead", "project manager", "CTO", "CPO")
"""Three of them have seats in Pipedrive; the engineer owns the offer."""
DAY = 86_400.0


@dataclass
class Life:
    """One offer, from its round to the signature."""

    town: Town
    offer_id: int = 0
    voted: int = 0
    appointments: int = 1

    def write(self, work: Callable[[Session], Any]) -> Any:  # noqa: ANN401  whatever the work gives
        """One press of somebody."""
        return self.town.house.write(work)

    def person(self, session: Session, name: str) -> Person:
        return session.get_one(Person, self.town.house.people[name])

    async def look(self) -> None:
        """What is due at once is written."""
        async with new_client() as http:
            await self.town.bot(http, Power()).run_once()

    async def settle(self, *, days: float = 0) -> None:
        """Everything due is written; then time passes."""
        await self.town.quiet()
        self.town.time.pass_by(days * DAY)

    # What people do

    def go(self) -> None:
        """Three say Go, and the offer has its number."""
        house = self.town.house
        round_id = house.round(number="1-777")
        for seat in ("CTO", "CPO", "CEO"):
            house.vote(round_id, seat, Choice.GO)
        self.offer_id = house.database.read_now(
            lambda session: session.scalars(sa.select(Offer.id).order_by(Offer.id.desc()).limit(1)).one()
        )
        self.town.offers.append(self.offer_id)

    def complete(self) -> None:
        """What Business Central asks for."""
        axes = set(self.town.company.systems.business_central.mandatory) - {"contact", "salesperson", "title"}

        def work(session: Session, offer: Offer) -> None:
            session.add_all(OfferCategory(offer_id=offer.id, axis=axis, value="thermal") for axis in axes)
            offer.contact_id = session.scalars(sa.select(Contact.id).order_by(Contact.id)).first()

        self.town.change(self.offer_id, work)

    def pick_team(self, *names: str) -> None:
        def work(session: Session) -> None:
            members = [(self.person(session, name), TeamRole.CONTRIBUTOR) for name in names]
            owner = self.person(session, "engineer")
            team.set_team(session, self.offer_id, owner, members, self.town.time.now())

        self.write(work)

    def work_week(self, *names: str) -> None:
        """Each enters ten hours of this week."""
        now = self.town.time.now()

        def enter(session: Session) -> None:
            for name in names:
                person = self.person(session, name)
                hours.save(
                    session,
                    person.id,
                    monday_of(now.date()),
                    {(self.offer_id, None): 40},
                    actor=person,
                    now=now,
                    company=self.town.company,
                )

        self.write(enter)

    def lock_month(self) -> None:
        """The next month is locked; the program notices as its clock does."""
        company, before = self.town.company, last_lock(self.town.time.now(), self.town.company)
        while last_lock(self.town.time.now(), company) == before:
            self.town.time.pass_by(DAY)
        self.write(lambda session: tell_systems(session, self.town.time.now(), company))

    def review(self) -> None:
        now = self.town.time.now()
        due = (now + timedelta(days=2)).date().isoformat()

        def ask(session: Session) -> int:
            actor = self.person(session, "engineer")
            typed = {"due_on": due, "meeting_on": due, "meeting_time": "14:00"}
            return reviews.ask(session, self.offer_id, typed, company=self.town.company, actor=actor, now=now).id

        review_id = self.write(ask)

        def answer(session: Session) -> None:
            for seat in ("CTO", "CEO"):
                person = self.person(session, seat)
                reviews.answer(session, review_id, person, Opinion.READY, request_key=seat, now=now)

        self.write(answer)

    def send(self) -> None:
        now = self.town.time.now()
        typed = {"sent_on": now.date().isoformat(), "price": "125 000", "currency": "EUR"}
        self.write(
            lambda session: quotes.send(
                session,
                self.offer_id,
                typed,
                company=self.town.company,
                actor=self.person(session, "engineer"),
                now=now,
            )
        )

    def move(self, stage: str) -> None:
        now, company = self.town.time.now(), self.town.company
        typed = {"stage": stage, "entered_on": now.date().isoformat()}

        def work(session: Session) -> None:
            base = session.get_one(Offer, self.offer_id).revision
            specs = fields.stage_change(company.stages, "en")
            actor = self.person(session, "engineer")
            stages.move(session, self.offer_id, specs, typed, base=base, company=company, actor=actor, now=now)

        self.write(work)

    def plan(self, subject: str) -> None:
        """An appointment in a week; once the offer was sent it begins the negotiation."""
        now = self.town.time.now()
        on = (now + timedelta(days=7)).date().isoformat()

        def work(session: Session) -> None:
            owner = self.person(session, "sales lead")
            typed = {"kind": "appointment", "subject": subject, "planned_on": on, "owner_id": owner.entra_object_id}
            activities.record(session, self.offer_id, typed, company=self.town.company, actor=owner, now=now)

        self.write(work)

    def win(self) -> None:
        now = self.town.time.now()
        typed = {"signed_on": now.date().isoformat(), "first_order": "PO 7", "price": "125 000"}
        typed["kick_off_on"] = (now + timedelta(days=14)).date().isoformat()

        def work(session: Session) -> None:
            base = session.get_one(Offer, self.offer_id).revision
            actor = self.person(session, "sales lead")
            ending.win(session, self.offer_id, typed, base=base, company=self.town.company, actor=actor, now=now)

        self.write(work)

    def seats(self) -> None:
        """Who of them is a user of Pipedrive, as the set-up learns it."""
        users = {
            row["email"].partition("@")[0]: number for number, row in self.town.sandbox.pipedrive.world.users.items()
        }
        known = {f"person:{self.town.house.people[name]}": str(users[local]) for name, local in SEATS.items()}
        self.write(lambda session: remember(session, System.PIPEDRIVE, known, now=self.town.time.now()))

    async def whole(self, *members: str, months: int) -> None:
        """Go, team, hours in every month, review, sent, clarification, negotiation, won. Half of the months pass
        before the offer is sent.
        """
        self.seats()
        self.go()
        self.complete()
        await self.look()
        self.town.time.pass_by(120)
        self.pick_team(*members)
        await self.settle(days=1)
        steps = iter((self._sent, self._clarified, self._negotiated))
        for month in range(months):
            self.work_week(*members)
            self.lock_month()
            await self.settle(days=1)
            if month == months // 2 - 1:
                self.review()
                await self.settle(days=2)
            if month >= months // 2 - 1:
                await next(steps, self._nothing)()
        for step in steps:
            await step()
        self.win()
        await self.settle()

    async def _sent(self) -> None:
        self.send()
        await self.settle(days=7)

    async def _clarified(self) -> None:
        self.move("CLA")
        await self.settle(days=2)

    async def _negotiated(self) -> None:
        for number in range(self.appointments):
            self.plan(f"Meeting {number + 1}")
            await self.settle(days=3)

    async def _nothing(self) -> None:
        """A month without news."""


@dataclass(frozen=True)
class Spent:
    """The tokens of Pipedrive's budget by call, as documented; ``times`` each was made."""

    times: Counter[Operation]

    @property
    def tokens(self) -> int:
        return sum(one.cost * times for one, times in self.times.items())

    def __str__(self) -> str:
        rows = sorted(self.times.items(), key=lambda row: -row[0].cost * row[1])
        lines = [f"{times:3} x {one.cost:2} = {one.cost * times:3}  {one.method} {one.path}" for one, times in rows]
        return "\n".join([*lines, f"          {self.tokens:3}"])


def spent(town: Town, before: int = 0) -> Spent:
    """What the stand-in was asked after its first ``before`` calls."""
    times: Counter[Operation] = Counter()
    for entry in town.sandbox.log.of("pipedrive")[before:]:
        times[next(one for one in _operations() if _fits(one, entry["method"], entry["path"]))] += 1
    return Spent(times)


def _operations() -> Iterator[Operation]:
    for module in (account, contacts, deals, leads, notes, their_activities):
        yield from (value for value in vars(module).values() if isinstance(value, Operation))


def _fits(operation: Operation, method: str, path: str) -> bool:
    pattern = re.sub(r"\{\w+\}", "[^/]+", operation.path)
    return operation.method == method and re.fullmatch(f"(/pipedrive)?{pattern}", path.partition("?")[0]) is not None
