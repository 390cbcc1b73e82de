"""Ten thousand bent inputs against the whole bot: every one is answered or refused, and nothing breaks."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot import config
from bot.activities import service as activities_of
from bot.audit import AuditEvent
from bot.clarifications import service as clarifications
from bot.database import Base
from bot.decisions import evaluations, rounds
from bot.decisions.models import Ballot, Round, RoundOutcome, RoundState
from bot.decisions.policy import decision_rules
from bot.demo.stage import ROLES
from bot.handover import amendments, ending
from bot.negotiations import service as negotiations
from bot.offers.models import NumberSequence, Offer, Outcome
from bot.people.models import Conversation, Deputy, Person, RoleGrant
from bot.people.service import set_roles
from bot.quotes import competitors, partners
from bot.quotes import service as quotes
from bot.reviews import service as reviews
from bot.sync.models import LedgerRow, System
from bot.teams.limits import Limits
from bot.tenders import service as tenders
from bot.tenders.models import Tender
from cards.check import check
from cards.fields import Field
from cards.verbs import Verb
from integrations.sandbox.teams import activities
from integrations.sandbox.teams.world import BOT
from tests.contract.mutations import FORM_SUBJECTS, LIST_SUBJECTS, VERB_SUBJECTS, Mutator, Sent
from tests.days import company_day
from tests.whole import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.whole import Whole

RECORD_KINDS = frozenset({*FORM_SUBJECTS.values(), *LIST_SUBJECTS.values(), *VERB_SUBJECTS.values()})
INPUTS = 5_000
"""On each of the two databases."""
SEED = 580
EXPECTED = frozenset({200, 400, 401, 413, 501})
"""A bent activity is done, is none, is a stranger's, is too large, or is an invoke this bot does not know."""
KINDS = frozenset({"tender", "offer", "round", *RECORD_KINDS})
"""Tables whose ids the inputs name."""
BY_GUESTS = frozenset({"person.registered", "person.profile"})
"""What somebody of another company may have in the trail."""
HELP_EVERY = 100
"""Inputs after which somebody opens another vote, so that there is always something to break."""
INSIDES = re.compile(r"Traceback|sqlalchemy|psycopg|sqlite3|site-packages|pydantic|\.py\b|Exception\b|object at 0x")
"""Words of the program's insides, which nobody outside may read."""
NOTICED = frozenset({"error", "critical"})


class Unhurried(Limits):
    """Our own pace is tested elsewhere; here it would only cost time."""

    async def turn(self, conversation: str, tenant: str, *, reading: bool = False) -> None:
        """At once."""


@dataclass
class Attack:
    """Sends inputs and judges what comes back."""

    whole: Whole
    session: aiohttp.ClientSession
    mutator: Mutator
    statuses: Counter[int] = field(default_factory=Counter)
    cards: int = 0
    token: str = ""

    def __post_init__(self) -> None:
        sandbox = self.whole.sandbox
        self.token = sandbox.signer.token(sandbox.teams.people.envelope.service_url)

    async def send(self, sent: Sent) -> Any:  # noqa: ANN401
        """Deliver one input with a good token; gives the answer's JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        url = f"{self.whole.bot_url}/api/messages"
        async with self.session.post(url, data=sent.body, headers=headers) as answer:
            raw = await answer.read()
        self.statuses[answer.status] += 1
        assert answer.status in EXPECTED, (answer.status, sent)
        body = orjson.loads(raw) if raw else None
        self._judge(body, sent)
        return body

    def _judge(self, body: Any, sent: Sent) -> None:  # noqa: ANN401
        if not isinstance(body, dict):
            assert body is None, sent
            return
        assert body.get("statusCode", 200) in {200, 400}, (body, sent)
        for card in cards_in(body):
            self.cards += 1
            assert check(card) == [], (check(card), sent)
        if body.get("statusCode") == 400 or "task" in body:
            assert not INSIDES.search(str(body.get("value", ""))), (body, sent)


def cards_in(body: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Every whole card of an answer."""
    if isinstance(body, dict):
        if body.get("type") == "AdaptiveCard" and "fallbackText" in body:
            yield body
            return
        for value in body.values():
            yield from cards_in(value)
    elif isinstance(body, list):
        for value in body:
            yield from cards_in(value)


@dataclass(frozen=True)
class Held:
    """What may only grow."""

    audit: int
    tenders: int
    ballots: int
    people: int


def held(session: Session) -> Held:
    """Count it."""
    counts = [
        session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
        for model in (AuditEvent, Tender, Ballot, Person)
    ]
    return Held(*counts)


def known(session: Session) -> dict[str, list[int]]:
    """The newest things by their kind."""
    return {
        table.name: list(session.scalars(sa.select(table.c.id).order_by(table.c.id.desc()).limit(8)))
        for table in Base.metadata.sorted_tables
        if table.name in KINDS
    }


def help_along(session: Session, whole: Whole, number: int) -> None:
    """Roles, places and one more open vote are as they should be: what came before may have taken them away."""
    now = datetime.now(UTC)
    world = whole.sandbox.teams.world
    people = {person.entra_object_id: person for person in session.scalars(sa.select(Person))}
    for persona in world.personas.values():
        person = people.get(persona.aad_object_id)
        if person is not None and not person.guest and persona.key in ROLES:
            set_roles(session, person=person, roles=ROLES[persona.key], now=now, actor=None)
    known = {persona.key: people[persona.aad_object_id] for persona in world.personas.values() if persona.key in ROLES}
    session.execute(sa.update(Conversation).where(Conversation.teams_id == world.tenders_id).values(active=True))
    company = config.default()
    rules = decision_rules(company)
    lead = known["sales_lead"]
    request = tenders.ClientRequest(
        title=f"Panneau radiateur {number}",
        client_name="Client",
        reference=f"R-{number}",
        closes_at=now + timedelta(40),
    )
    tender = tenders.enter_rfp(session, lead, request, now)
    offer = tenders.evaluate(session, tender.id, lead, now, company)
    evaluations.submit(session, offer.id, lead, {Field.SUMMARY: "Notre métier."}, now, rules)
    rounds.open_round(session, offer.id, lead, now, rules)
    live_on(session, lead, tenders.ClientRequest(title="Radiateur", client_name="C", reference=f"L-{number}"), now)


def live_on(session: Session, lead: Person, request: tenders.ClientRequest, now: datetime) -> None:
    """One more offer with a little of everything, won every second time."""
    company = config.default()
    today = company_day(now).isoformat()
    offer = tenders.evaluate(session, tenders.enter_rfp(session, lead, request, now).id, lead, now, company)
    by: dict[str, Any] = {"actor": lead, "now": now}
    in_company: dict[str, Any] = {**by, "company": company}
    owner = {"owner_id": lead.entra_object_id}
    priced = {"price": "125 000", "currency": "EUR"}
    quotes.send(session, offer.id, priced | {"sent_on": today, "waiver": "Convenu."}, **in_company)
    quotes.add(session, offer.id, priced, **by)
    bought = {"partner": "Test house", "scope": "Essais", "currency": "EUR", "amount": "1000", "received_on": today}
    partners.add(session, offer.id, bought | owner, **in_company)
    competitors.add(session, offer.id, {"name": "Other", "certainty": "suspected"}, **by)
    asked = {"question": "Quelle marge ?", "asked_on": today}
    clarifications.ask(session, offer.id, asked | owner, **by)
    clause = {"clause": "Pénalités", "position": "5 %", "state": "open", "next_move": "us", "since": today}
    negotiations.add(session, offer.id, clause | owner, **by)
    activities_of.record(
        session, offer.id, {"kind": "call", "subject": "Point", "planned_on": today} | owner, **in_company
    )
    paper = {"kind": "minutes", "title": "Note", "url": "https://files.example/1"}
    activities_of.add_document(session, offer.id, paper, **by)
    reviews.ask(session, offer.id, {"due_on": (company_day(now) + timedelta(days=2)).isoformat()}, **in_company)
    if offer.id % 2:
        signed = {
            "signed_on": today,
            "first_order": "4000",
            "price": "125 000",
            "project_manager_id": owner["owner_id"],
        }
        ending.win(session, offer.id, signed, base=10**6, **in_company)
        amended = {"title": "Lot 2", "kind": "price", "state": "negotiation", "requested_on": today}
        amendments.add(session, offer.id, amended, **by)


def broken_rules(session: Session) -> list[str]:
    """What is not as it must always be."""
    found = [f"ballot {ballot.id}" for ballot in session.scalars(sa.select(Ballot)) if not _may_vote(session, ballot)]
    running_rounds = sa.select(Round.offer_id, sa.func.count()).where(Round.state != RoundState.CLOSED)
    counted = session.execute(running_rounds.group_by(Round.offer_id)).all()
    found += [f"offer {offer} has {count} open rounds" for offer, count in counted if count > 1]
    numbers = sorted(int(str(number)[1:]) for number in session.scalars(sa.select(Offer.number)) if number)
    if numbers != list(range(580, 580 + len(numbers))):
        found.append(f"numbers {numbers}")
    following = session.scalar(sa.select(NumberSequence.next_value).where(NumberSequence.name == "offer_number"))
    if numbers and following != numbers[-1] + 1:
        found.append(f"the next number is {following}")
    went = sa.select(Round.offer_id).where(Round.outcome == RoundOutcome.GO)
    unearned = sa.select(Offer.id).where(
        Offer.number.is_not(None), Offer.project_number.is_(None), Offer.id.not_in(went)
    )
    found += [f"offer {offer} has a number without a Go or a signature" for offer in session.scalars(unearned)]
    named = session.execute(sa.select(Offer.number, Offer.project_number).where(Offer.project_number.is_not(None)))
    found += [
        f"{row.number} is project {row.project_number}" for row in named if row.project_number != f"{row.number}P"
    ]
    won = sa.select(Offer.id).where(Offer.outcome == Outcome.WON, Offer.project_number.is_(None))
    found += [f"offer {offer} is won without a project" for offer in session.scalars(won)]
    voted = sa.select(Round.offer_id).where(Round.state != RoundState.CLOSED)
    ended = sa.select(Offer.id).where(Offer.id.in_(voted), Offer.outcome != Outcome.OPEN)
    found += [f"offer {offer} has ended and is voted on" for offer in session.scalars(ended)]
    guests = sa.select(AuditEvent.action).join(Person, Person.id == AuditEvent.actor_id).where(Person.guest.is_(True))
    found += [f"a guest did {action}" for action in session.scalars(guests.distinct()) if action not in BY_GUESTS]
    return found


def _may_vote(session: Session, ballot: Ballot) -> bool:
    """Whether the principal held the seat then, and the actor is that person or their deputy."""
    grant = sa.select(RoleGrant.id).where(
        RoleGrant.person_id == ballot.principal_id,
        RoleGrant.role == ballot.seat,
        RoleGrant.valid_from <= ballot.cast_at,
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > ballot.cast_at),
    )
    if session.scalars(grant).first() is None:
        return False
    deputy = sa.select(Deputy.id).where(Deputy.principal_id == ballot.principal_id, Deputy.deputy_id == ballot.actor_id)
    return ballot.actor_id == ballot.principal_id or session.scalars(deputy).first() is not None


def posted(whole: Whole) -> list[str]:
    """What is wrong with the messages the bot posted."""
    problems: list[str] = []
    for message in whole.sandbox.teams.world.messages.values():
        if message.author != BOT:
            continue
        if message.card is not None:
            problems += check(message.card)
        elif INSIDES.search(str(message.activity.get("text", ""))):
            problems.append(str(message.activity))
    return problems


@pytest.mark.slow
async def test_ten_thousand_bent_inputs(database_url: str, tmp_path: Path) -> None:
    print(f"seed {SEED}, {INPUTS} inputs")  # noqa: T201  shown when it fails: the way to the same inputs
    with capture_logs() as lines:
        async with running(database_url, tmp_path, esa_poll_minutes=30) as whole, aiohttp.ClientSession() as session:
            whole.sandbox.teams.connector.limited = False
            whole.offerdesk.edge.connector._limits = Unhurried()
            attack = await _attacked(whole, session)
            wrong = await whole.offerdesk.database.read(broken_rules)
            assert wrong == []
            assert posted(whole) == []
            await _still_works(attack)
            defects = await whole.offerdesk.database.read(_drawn_wrong)
    print(dict(attack.statuses), attack.cards)  # noqa: T201
    assert [line for line in lines if line["log_level"] in NOTICED] == []
    assert defects == []
    assert attack.statuses[200] > INPUTS / 2
    assert attack.cards > INPUTS / 10


async def _attacked(whole: Whole, session: aiohttp.ClientSession) -> Attack:
    await whole.cast.meet()
    await whole.cast.post("/teams/api/install")
    admin = whole.cast.person("key_user")
    await admin.say("@Offerdesk post here", admin.channel)
    attack = Attack(whole, session, Mutator(random.Random(SEED), whole.sandbox.teams.people.envelope))
    database = whole.offerdesk.database
    before = await database.read(held)
    for number in range(INPUTS):
        if number % HELP_EVERY == 0:
            await database.write(partial(help_along, whole=whole, number=number))
            now = await database.read(held)
            assert now.audit >= before.audit
            assert now.tenders >= before.tenders
            assert (now.ballots, now.people) >= (before.ballots, before.people)
            before = now
            attack.mutator.known = await database.read(known)
        await attack.send(attack.mutator.next(number))
    return attack


async def _still_works(attack: Attack) -> None:
    """Every record can still be shown, and a vote still counts."""
    whole = attack.whole
    teams, database = whole.sandbox.teams, whole.offerdesk.database
    await database.write(lambda session: help_along(session, whole, INPUTS))

    async def press(key: str, verb: Verb, number: int) -> Any:  # noqa: ANN401
        value = activities.execute_value(
            {"type": "Action.Execute", "verb": verb}, {"verb": verb, "id": number}, "manual"
        )
        persona = teams.world.persona(key)
        channel = teams.world.conversation(teams.world.tenders_id)
        body = activities.invoke(teams.people.envelope, "adaptiveCard/action", persona, channel, value, reply_to="1")
        return await attack.send(Sent(orjson.dumps(body), f"{verb} {number}"))

    ids = await database.read(lambda session: list(session.scalars(sa.select(Tender.id))))
    for tender_id in ids:
        shown = await press("engineer", Verb.TENDER_SHOW, tender_id)
        assert list(cards_in(shown)), (tender_id, shown)
    newest = await database.read(
        lambda session: session.scalars(sa.select(Round.id).order_by(Round.id.desc())).first() or 0
    )
    await press("cto", Verb.ROUND_GO, newest)
    await press("cpo", Verb.ROUND_GO, newest)
    await press("ceo", Verb.ROUND_GO, newest)
    outcome = await database.read(lambda session: session.get_one(Round, newest).outcome)
    assert outcome is RoundOutcome.GO


def _drawn_wrong(session: Session) -> list[tuple[str, str | None]]:
    """Messages that failed by a defect of ours: everything else is a ``ServiceError`` or something missing."""
    known = {
        "Authentication",
        "Configuration",
        "Drift",
        "Incomplete",
        "OutcomeUnknown",
        "Permanent",
        "Transient",
    }
    rows = session.scalars(
        sa.select(LedgerRow).where(LedgerRow.system == System.TEAMS, LedgerRow.error_class.is_not(None))
    )
    return [(row.error_class, row.error) for row in rows if row.error_class and row.error_class not in known]
