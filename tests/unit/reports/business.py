"""A company's offers made at random beside its hours, and what each report must say of them, counted offer by offer."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bot.decisions.models import Round, RuleKind
from bot.decisions.words import RoundOutcome, RoundState, Why
from bot.leads.models import Lead
from bot.offers.models import Offer, OfferCategory, OriginKind, Outcome, StageStep, Weighting
from bot.offers.rules import durations, weigh
from bot.quotes.models import Quote
from bot.tenders.models import Source, Tender
from tests.unit.reports.history import NOW, History, make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

CURRENCIES = ("EUR", "EUR", "USD")
CAMPAIGNS = ("Spring fair", "Winter mailing", None)
CATEGORIES = ("thermal", "structures", None)
STAGES = ("DET", "EVA", "PRE", "SNT", "NEG")
ENDING = {Outcome.WON: "WON", Outcome.LOST: "LOS", Outcome.ABANDONED: "ABN", Outcome.NO_GO: "EVA"}
ALL = ("offers", "amount", "by_launch", "by_success", "cumulative", "average", "weighted")
TODAY = NOW.date()
Key = tuple[Any, str]


@dataclass
class Fact:
    """One offer as a plain row, with everything that hangs on it."""

    id: int
    number: str
    outcome: Outcome
    client: tuple[str, str]
    """Names of group and entity; empty without a client."""
    client_id: int | None
    owner: int
    people: set[int]
    category: str | None
    currency: str
    amount: Decimal | None
    launch: int | None
    success: int | None
    weighting: Weighting
    origin: OriginKind
    campaign: str | None
    opened_on: date
    ended_on: date | None
    closing_on: date | None
    stage: str
    hours: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    planned: Decimal | None = None
    price: tuple[Decimal, str] | None = None
    """Last submitted."""
    steps: list[tuple[str, date]] = field(default_factory=list)
    published_at: datetime | None = None
    rounds: list[tuple[datetime, datetime, bool]] = field(default_factory=list)
    """Opened, decided, Go."""

    @property
    def worth(self) -> Decimal | None:
        return self.price[0] if self.price else self.amount

    @property
    def worth_currency(self) -> str:
        return self.price[1] if self.price else self.currency


@dataclass
class Business:
    """All of it."""

    history: History
    offers: list[Fact]
    leads: list[dict[str, Any]]


def make_business(session: Session, seed: int) -> Business:
    """Fill a migrated, empty database."""
    chance = random.Random(seed)
    history = make(session, seed, people=4, offers=10)
    facts = [_offer(session, chance, history, offer_id) for offer_id in history.offers]
    leads: list[dict[str, Any]] = []
    for _ in range(6):
        leads.append(_lead(session, chance, history, [one for one in facts if one.id not in _taken(leads)]))
    session.flush()
    return Business(history, facts, leads)


def _amount(chance: random.Random) -> Decimal | None:
    return chance.choice(
        (None, Decimal(chance.randrange(1, 10**9)) / 100, Decimal("9999999999999.99"), Decimal("0.01"))
    )


def _offer(session: Session, chance: random.Random, history: History, offer_id: int) -> Fact:
    raw, row = history.offers[offer_id], session.get_one(Offer, offer_id)
    row.currency, row.estimated_amount = chance.choice(CURRENCIES), _amount(chance)
    row.launch_probability = chance.choice((None, chance.randrange(101), 100))
    row.success_probability = chance.choice((None, chance.randrange(101), 100))
    row.weighting, row.origin = chance.choice(list(Weighting)), chance.choice(list(OriginKind))
    row.campaign, row.owner_id = chance.choice(CAMPAIGNS), chance.choice(list(history.people))
    row.expected_closing_on = chance.choice((None, date(2026, 11, 1) + timedelta(days=chance.randrange(400))))
    fact = Fact(
        id=offer_id,
        number=raw["number"],
        outcome=raw["outcome"],
        client=history.clients.get(raw["client_id"], ("", "")),
        client_id=raw["client_id"],
        owner=row.owner_id,
        people={row.owner_id} | {who for on, who, _joined, _left in history.members if on == offer_id},
        category=_category(session, chance, offer_id),
        currency=row.currency,
        amount=row.estimated_amount,
        launch=row.launch_probability,
        success=row.success_probability,
        weighting=row.weighting,
        origin=row.origin,
        campaign=row.campaign,
        opened_on=raw["opened_on"],
        ended_on=raw["ended_on"],
        closing_on=row.expected_closing_on,
        stage="",
        planned=raw["planned"],
    )
    for person_id, on, part_on, quarters in history.entries:
        if on == offer_id:
            fact.hours += Fraction(quarters, 4)
            fact.cost += Fraction(quarters * (history.cents(person_id, part_on) or 0), 400)
    _steps(session, chance, fact)
    row.stage = fact.stage
    _quotes(session, chance, fact)
    _rounds(session, chance, fact, row)
    return fact


def _category(session: Session, chance: random.Random, offer_id: int) -> str | None:
    known = session.get(OfferCategory, (offer_id, "product"))
    value = chance.choice(CATEGORIES)
    if known is not None:
        session.delete(known)
        session.flush()
    if value is not None:
        session.add(OfferCategory(offer_id=offer_id, axis="product", value=value))
    return value


def _steps(session: Session, chance: random.Random, fact: Fact) -> None:
    """Some steps, one of them perhaps dated back, the last one the ending's; and a post-award step, never counted."""
    day = fact.opened_on
    codes = [*STAGES[: chance.randrange(1, len(STAGES) + 1)]]
    if fact.outcome is not Outcome.OPEN:
        codes.append(ENDING[fact.outcome])
    for code in codes:
        fact.steps.append((code, day))
        _step(session, fact, code, day)
        day += timedelta(days=chance.choice((-3, 0, 5, 40)))
    _step(session, fact, "KIC", day, post_award=True)
    fact.stage = codes[-1]


def _step(session: Session, fact: Fact, code: str, day: date, *, post_award: bool = False) -> None:
    session.add(
        StageStep(offer_id=fact.id, stage=code, entered_at=NOW, entered_on=day, cause="person", post_award=post_award)
    )
    session.flush()


def _quotes(session: Session, chance: random.Random, fact: Fact) -> None:
    """Sent and unsent ones, some removed; the sent one of the last day is what the offer is worth."""
    sent: list[tuple[date, int, Decimal, str]] = []
    for number in range(1, chance.randrange(1, 5)):
        price, currency = Decimal(chance.randrange(1, 10**8)) / 100, chance.choice(CURRENCIES)
        day = date(2026, 5, 1) + timedelta(days=chance.randrange(30))
        is_sent, removed = chance.random() < 0.7, chance.random() < 0.2
        session.add(
            Quote(
                offer_id=fact.id,
                number=number,
                price=price,
                currency=currency,
                sent_on=day if is_sent else None,
                sent_at=NOW if is_sent else None,
                removed_at=NOW if removed else None,
                created_at=NOW,
                updated_at=NOW,
                created_by_id=fact.owner,
                updated_by_id=fact.owner,
            )
        )
        session.flush()
        if is_sent and not removed:
            sent.append((day, number, price, currency))
    if sent:
        fact.price = max(sent, key=lambda one: one[:2])[2:]


def _rounds(session: Session, chance: random.Random, fact: Fact, row: Offer) -> None:
    """None, one or two rounds; the last one may still be open. Half of the tenders have no publication date."""
    fact.published_at = chance.choice((None, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(900))))
    tender = Tender(
        source=Source.CLIENT,
        native_id=f"t{fact.id}",
        raw_title="",
        title="",
        tags=[],
        description="",
        search_text="",
        countries=[],
        products=[],
        technologies=[],
        raw={},
        content_hash="",
        match_reasons=[],
        published_at=fact.published_at,
        first_seen_at=NOW,
        changed_at=NOW,
    )
    session.add(tender)
    session.flush()
    row.tender_id = tender.id
    opened = datetime(2026, 2, 20, 9, tzinfo=UTC)
    count = chance.randrange(3)
    for sequence in range(1, count + 1):
        # The last minutes of a year are another year in Paris.
        decided = chance.choice((datetime(2026, 12, 31, 23, 30, tzinfo=UTC), opened + timedelta(hours=5 * sequence)))
        is_open, go = sequence == count and chance.random() < 0.3, chance.random() < 0.6
        session.add(
            Round(
                offer_id=fact.id,
                sequence=sequence,
                rule=RuleKind.MAJORITY,
                seats=["cto"],
                veto_seats=[],
                quorum=1,
                state=RoundState.OPEN if is_open else RoundState.CLOSED,
                outcome=None if is_open else (RoundOutcome.GO if go else RoundOutcome.NO_GO),
                opened_at=opened,
                opened_by_id=fact.owner,
                closes_at=opened,
                decided_at=None if is_open else decided,
                why=None if is_open else Why.MAJORITY,
                evaluation_version=1,
            )
        )
        if not is_open:
            fact.rounds.append((opened, decided, go))


def _taken(leads: Iterable[dict[str, Any]]) -> set[int]:
    return {lead["offer"].id for lead in leads if lead["offer"] is not None}


def _lead(session: Session, chance: random.Random, history: History, free: list[Fact]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "origin": chance.choice(list(OriginKind)).value,
        "campaign": chance.choice(CAMPAIGNS),
        "currency": chance.choice(CURRENCIES),
        "owner": chance.choice(list(history.people)),
        "client_id": chance.choice((None, *history.clients)),
        "created_at": chance.choice((NOW, datetime(2026, 7, 1, tzinfo=UTC))),
        "offer": chance.choice((None, free[0])) if free else None,
    }
    session.add(
        Lead(
            title="A lead",
            client_id=made["client_id"],
            origin=made["origin"],
            campaign=made["campaign"],
            currency=made["currency"],
            owner_id=made["owner"],
            offer_id=made["offer"].id if made["offer"] else None,
            created_at=made["created_at"],
            updated_at=NOW,
        )
    )
    session.flush()
    return made


# What each report must say


def pipeline(offers: Iterable[Fact], key: Callable[[Fact], Any]) -> dict[Key, list[Fraction]]:
    """By name and currency: the sums of ``ALL``, each offer weighed as its own card does it."""
    found: dict[Key, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * len(ALL))
    for one in offers:
        if one.outcome is not Outcome.OPEN:
            continue
        both = [weigh(one.amount, one.launch, one.success, average=average) for average in (False, True)]
        chosen = both[one.weighting is Weighting.AVERAGE].double
        values = (one.amount, both[0].launch, both[0].success, both[0].double, both[1].double, chosen)
        cell = found[key(one), one.currency]
        cell[0] += 1
        for place, value in enumerate(values, start=1):
            cell[place] += Fraction(value or 0)
    return found


def closed(offers: Iterable[Fact], key: Callable[[Fact], Any]) -> dict[Key, dict[str, Fraction]]:
    """By name and currency: counts, worth, hours and cost of the offers that ended."""
    found: dict[Key, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for one in offers:
        if one.outcome is Outcome.OPEN:
            continue
        cell, worth = found[key(one), one.worth_currency], Fraction(one.worth or 0)
        cell["offers"] += 1
        cell[f"offers_{one.outcome.value}"] += 1
        cell["worth"] += worth
        cell[f"worth_{one.outcome.value}"] += worth
        cell["hours_ever"] += one.hours
        cell["cost_ever"] += one.cost
    return found


def stays(offers: Iterable[Fact], year: int) -> dict[str, tuple[int, int, Fraction, Fraction, int]]:
    """By stage: standing there, stays, median, mean and longest days."""
    days: dict[str, list[int]] = defaultdict(list)
    standing: dict[str, int] = defaultdict(int)
    for one in offers:
        until = TODAY if one.outcome is Outcome.OPEN else (one.ended_on or one.steps[-1][1])
        lasted = durations([day for _code, day in one.steps], until)
        for place, ((code, day), long) in enumerate(zip(one.steps, lasted, strict=True)):
            if code in {"WON", "LOS", "ABN"} or (year and day.year != year):
                continue
            days[code].append(long)
            standing[code] += place == len(one.steps) - 1 and one.outcome is Outcome.OPEN
    return {
        code: (
            standing[code],
            len(found),
            Fraction(statistics.median(found)),
            Fraction(sum(found), len(found)),
            max(found),
        )
        for code, found in days.items()
    }
