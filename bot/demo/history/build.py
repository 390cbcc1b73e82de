"""Builds a past into a migrated database: the same seed and day give the same past."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bot.clients.models import Client, Contact
from bot.clients.rules import Level, client_text, contact_text, path_under
from bot.config.calendar import is_working_day
from bot.decisions.policy import decision_rules
from bot.demo.history import decisions, endings, sending, words, worked
from bot.demo.history.sizes import Staff
from bot.demo.history.store import Store
from bot.demo.history.tale import opened, round_amount
from bot.demo.history.timeline import live
from bot.demo.history.worked import Work
from bot.hours.rules import monday_of
from bot.offers.models import (
    Association,
    AssociationKind,
    NumberSequence,
    OfferCategory,
    OriginKind,
    Outcome,
)
from bot.offers.numbers import CHRONO, OFFER_NUMBER
from bot.offers.rules import fold, format_number
from bot.people.models import Person, Role, RoleGrant
from bot.tenders.models import Source, Tender, TenderState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from random import Random

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.demo.history.sizes import Size
    from bot.demo.history.store import Row
    from bot.demo.history.tale import Tale
    from bot.demo.history.timeline import Timeline

SEED = 20
LEAD_WEEKS = 4
"""The first offers are opened so many weeks after the first week of hours, the last so many days before the end."""
AFTER_SENDING = timedelta(days=21)
"""So long the team still has some work on an offer that was sent."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was made."""

    offers: int
    entries: int
    first_number: int
    next_number: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What every offer draws on."""

    store: Store
    chance: Random
    company: Company
    size: Size
    staff: Staff
    clients: Sequence[Row]
    until: date


def build(session: Session, size: Size, staff: Staff, *, until: date, company: Company, seed: int = SEED) -> Built:
    """Write the past that ends the day before ``until``, in the caller's transaction; needs the built-in stages.

    The database has the people of ``staff`` and no offer yet. No message and no record of another system is wanted
    for any of it.
    """
    chance, store = random.Random(seed), Store(session.connection())  # noqa: S311  nothing secret
    until = monday_of(until)
    known = _Known(store, chance, company, size, staff, _clients(store, until, size), until)
    plans = _plans(known)
    numbers = _numbers(plans, size.next_number)
    works: list[Work] = []
    earlier: list[Tale] = []
    for place, plan in enumerate(plans):
        tale = _offer(known, place, plan, numbers.get(place), works)
        _associate(known, tale, earlier)
        earlier.append(tale)
    first = until - timedelta(weeks=size.weeks)
    worked.rates(store, chance, staff, first, until)
    worked.absences(store, staff, first, until)
    _count_on(store, len(plans), size.next_number)
    # The offers first, because hours refer to them; the trail last, because corrections of hours add to it.
    store.write()
    entries = worked.fill(store, chance, works, staff, first, until)
    store.write_trail()
    store.settle()
    return Built(len(plans), entries, size.next_number - len(numbers), size.next_number)


def hire(session: Session, count: int, *, now: datetime) -> Staff:
    """Made-up people in a database without any, for tests and benchmarks; the demonstration has its own."""
    store = Store(session.connection())
    ids = [
        store.add(
            Person,
            tenant_id="tenant",
            entra_object_id=f"colleague-{number}",
            name=f"Colleague {number}",
            language="fr" if number % 2 else "en",
            time_zone="Europe/Paris",
            created_at=now,
            updated_at=now,
        )["id"]
        for number in range(1, count + 1)
    ]
    approvers = {Role.CTO: ids[0], Role.CPO: ids[1], Role.CEO: ids[2]}
    for role, person in (*approvers.items(), (Role.SALES_LEAD, ids[3]), (Role.KEY_USER, ids[-1])):
        store.add(RoleGrant, person_id=person, role=role, valid_from=now)
    store.write()
    store.settle()
    leads = max(1, count // 30)
    return Staff(approvers, tuple(ids[3 : 3 + leads]), tuple(ids[3 + leads : 3 + 3 * leads]), tuple(ids), ids[-1])


def _plans(known: _Known) -> list[Timeline]:
    """Offers evenly over the time, with a little chance; in the order in which they were opened."""
    size, works = known.size, partial(is_working_day, calendar=known.company.holidays)
    span = 7 * (size.weeks - LEAD_WEEKS)
    days = sorted(span * number // size.offers + known.chance.randrange(0, 4) for number in range(size.offers))
    begin = known.until - timedelta(days=span)
    plans = []
    for number in days:
        day = min(begin + timedelta(days=number), known.until - timedelta(days=3))
        while not works(day):
            day -= timedelta(days=1)
        plans.append(live(known.chance, day, known.until, size, works))
    return sorted(plans, key=lambda plan: plan.opened)


def _numbers(plans: Sequence[Timeline], next_number: int) -> dict[int, int]:
    """The numbers by place, in the order of the Gos, up to the one that stays free."""
    gos = sorted((plan.decided, place) for place, plan in enumerate(plans) if plan.has_number and plan.decided)
    return {place: next_number - len(gos) + index for index, (_day, place) in enumerate(gos)}


def _offer(known: _Known, place: int, plan: Timeline, number: int | None, works: list[Work]) -> Tale:
    chance, staff = known.chance, known.staff
    owner, manager = chance.choice(staff.leads), chance.choice(staff.managers)
    hours = Decimal(chance.randint(60, 400))
    tale = _opened(known, place, plan, owner)
    rules = decision_rules(known.company)
    if plan.evaluated is not None:
        decisions.evaluate(tale, plan.evaluated, hours, rules)
    works.append(Work(owner, tale.id, plan.opened, plan.decided or plan.ended or plan.opened, 14))
    if plan.decided is None:
        return tale
    if number is not None:
        tale.row["number"] = format_number(rules.number_pattern, number)
        tale.row["planned_hours"] = hours
        tale.row["project_manager_id"] = manager
    decisions.vote(tale, plan, staff, rules)
    if number is None:
        return tale
    members = _members(known, owner, manager)
    decisions.name_team(tale, plan, members, hours)
    worked_until = min(plan.sent + AFTER_SENDING if plan.sent else plan.ended or known.until, known.until)
    last = min(worked_until, plan.ended or known.until) - timedelta(days=1)
    works.extend(Work(person, tale.id, plan.decided, last, chance.randint(8, 44)) for person in members)
    price = sending.send(tale, plan, staff) if plan.sent is not None else Decimal(0)
    if plan.ended is not None and plan.outcome is Outcome.WON:
        endings.win(tale, plan.ended, price, known.until)
    elif plan.ended is not None:
        endings.give_up(tale, plan.ended, plan.outcome)
    return tale


def _opened(known: _Known, place: int, plan: Timeline, owner: int) -> Tale:
    chance = known.chance
    category = chance.choice(list(words.THINGS))
    title = f"{chance.choice(words.THINGS[category])}, {chance.choice(words.PHASES)}"
    origin = chance.choices(list(words.ORIGINS), list(words.ORIGINS.values()))[0]
    client = chance.choice(known.clients)
    tender = _tender(known, place, plan, title) if origin is OriginKind.ESA_PORTAL else None
    reference = tender["number"] if tender else f"RFQ-{place + 1:05}"
    waits = plan.outcome is Outcome.OPEN
    due = plan.sent or known.until + timedelta(days=chance.randint(90, 150))
    tale = opened(
        known.store,
        chance,
        known.company,
        plan.opened,
        chrono=place + 1,
        title=title,
        search_text=fold(f"{reference} {title} {client['path']}"),
        client_id=client["id"],
        client_name=client["path"],
        external_reference=reference,
        tender_id=tender["id"] if tender else None,
        owner_id=owner,
        submission_due_at=datetime.combine(due, time(11, 0, tzinfo=UTC)),
        expected_closing_on=known.until + timedelta(days=chance.randint(100, 300)) if waits else plan.ended,
        estimated_amount=round_amount(chance.lognormvariate(11.6, 0.9)),
        origin=origin,
        campaign=words.CAMPAIGNS.get(origin),
    )
    known.store.add(OfferCategory, offer_id=tale.id, axis="product", value=category)
    return tale


def _tender(known: _Known, place: int, plan: Timeline, title: str) -> Row:
    """What the portal had published some days before; it is closed, so nothing is announced."""
    published = datetime.combine(plan.opened - timedelta(days=known.chance.randint(1, 9)), time(7, 0, tzinfo=UTC))
    number = f"0-{place + 1:05}"
    closes = published + timedelta(days=45)
    return known.store.add(
        Tender,
        source=Source.ESA,
        native_id=f"past-{place + 1}",
        number=number,
        raw_title=title.upper(),
        title=title,
        tags=[],
        description="",
        search_text=fold(f"{number} {title}"),
        published_at=published,
        closes_at=closes,
        countries=[],
        products=[],
        technologies=[],
        entity="Agency A",
        archived=True,
        raw={},
        content_hash="",
        matched=True,
        match_reasons=[],
        state=TenderState.EVALUATING,
        state_at=published,
        first_seen_at=published,
        changed_at=published,
        closed_at=closes,
    )


def _members(known: _Known, owner: int, manager: int) -> tuple[int, ...]:
    """Owner, project manager and others; each once."""
    others = [person for person in known.staff.workers if person not in {owner, manager}]
    count = known.chance.randint(*known.size.team)
    return (owner, manager, *known.chance.sample(others, max(0, min(count - 2, len(others)))))


def _associate(known: _Known, tale: Tale, earlier: Sequence[Tale]) -> None:
    """Some offers extend one that was won before."""
    won = [one for one in earlier[-40:] if one.row["outcome"] is Outcome.WON]
    if not won or known.chance.random() > 0.1:  # noqa: PLR2004  a tenth
        return
    first = known.chance.choice(won)
    known.store.add(
        Association,
        first_id=first.id,
        second_id=tale.id,
        kind=AssociationKind.EXTENSION,
        created_at=tale.row["opened_at"],
        created_by_id=tale.owner,
    )


def _clients(store: Store, until: date, size: Size) -> list[Row]:
    """The client tree, known from the first day; gives those that offers name: entities, and groups without any."""
    now = datetime.combine(until - timedelta(weeks=size.weeks), time(8, 0, tzinfo=UTC))
    named: list[Row] = []
    for place, (group, entities) in enumerate(words.CLIENTS.items()):
        country = words.COUNTRIES[place % len(words.COUNTRIES)]
        root = _client(store, None, group, now, country)
        below = [_client(store, root, entity, now, country) for entity in entities]
        named += below or [root]
        contact = f"Procurement, {group}"
        store.add(
            Contact,
            client_id=root["id"],
            name=contact,
            position="Procurement",
            search_text=contact_text(contact, None, "Procurement"),
            created_at=now,
            updated_at=now,
        )
    return named


def _client(store: Store, parent: Row | None, name: str, now: datetime, country: str) -> Row:
    path = path_under(parent["path"] if parent else "", name)
    row = store.add(
        Client,
        parent_id=parent["id"] if parent else None,
        level=Level.ENTITY if parent else Level.CLIENT,
        name=name,
        path=path,
        search_text=client_text(path, None),
        country=country,
        created_at=now,
        updated_at=now,
    )
    row["path_ids"] = f"{parent['path_ids'] if parent else '/'}{row['id']}/"
    return row


def _count_on(store: Store, offers: int, next_number: int) -> None:
    """What comes after the past is numbered after it."""
    store.add(NumberSequence, name=CHRONO, next_value=offers + 1)
    store.add(NumberSequence, name=OFFER_NUMBER, next_value=next_number)
