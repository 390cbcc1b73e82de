"""A company's hours made at random, and every figure of the report counted again from the raw rows, one by one."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bot.clients.models import Client
from bot.clients.rules import Level
from bot.hours.models import EntryKind, HourlyRate, HoursEntry, HoursWeek
from bot.hours.rules import monday_of, parts_of
from bot.offers.models import Offer, OfferCategory, Outcome, TeamMember, TeamRole
from bot.people.models import Absence, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

NOW = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
FIRST_DAY = date(2025, 11, 3)
WEEKS = 62
"""Over New Year twice."""
CATEGORIES = ("antenna", "structure", None)


@dataclass
class History:
    """What was made, as plain rows: what the figures are counted from again."""

    offers: dict[int, dict[str, Any]] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    clients: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Root and second level by client."""
    rates: list[tuple[int, date, date | None, int]] = field(default_factory=list)
    entries: list[tuple[int, int, date, int]] = field(default_factory=list)
    """Person, offer, part, quarters."""
    final: set[tuple[int, date]] = field(default_factory=set)
    members: list[tuple[int, int, date, date | None]] = field(default_factory=list)
    absences: list[tuple[int, date, date]] = field(default_factory=list)
    asked_first: date | None = None
    weeks: int = 0

    def cents(self, person_id: int, day: date) -> int | None:
        """The rate of a person on a day."""
        for owner, first, last, cents in self.rates:
            if owner == person_id and first <= day and (last is None or day <= last):
                return cents
        return None

    def counted(self, year: int, key: Callable[[int, int, date], object]) -> dict[tuple[object, str], list[Fraction]]:
        """Hours, cost and hours without a rate by (key, outcome), one entry after the other."""
        found: dict[tuple[object, str], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 3)
        for person_id, offer_id, part_on, quarters in self.entries:
            if year and part_on.year != year:
                continue
            cell = found[key(person_id, offer_id, part_on), self.offers[offer_id]["outcome"].value]
            hours, cents = Fraction(quarters, 4), self.cents(person_id, part_on)
            cell[0] += hours
            cell[1] += hours * Fraction(cents or 0, 100)
            cell[2] += hours if cents is None else 0
        return found

    def missing(self, year: int) -> dict[tuple[int, date], int]:
        """Offers by person and week, as the definition reads."""
        found: dict[tuple[int, date], int] = {}
        if self.asked_first is None:
            return found
        monday = monday_of(NOW.date()) - timedelta(days=7)
        weeks: list[date] = []
        while monday >= self.asked_first and len(weeks) < 53:
            if not year or monday.year == year:
                weeks.append(monday)
            monday -= timedelta(days=7)
        for week_on in weeks:
            for person_id in self.people:
                silent = self._silent(person_id, week_on)
                if silent:
                    found[person_id, week_on] = len(silent)
        return found

    def _silent(self, person_id: int, week_on: date) -> set[int]:
        sunday = week_on + timedelta(days=6)
        workdays = [week_on + timedelta(days=number) for number in range(5)]
        away = [(first, last) for owner, first, last in self.absences if owner == person_id]
        if (person_id, week_on) in self.final or all(any(a <= day <= b for a, b in away) for day in workdays):
            return set()
        silent = set()
        for offer_id, owner, joined, left in self.members:
            if owner != person_id:
                continue
            offer = self.offers[offer_id]
            there = joined <= sunday and (left is None or left >= week_on)
            opened = offer["opened_on"] <= sunday and (offer["ended_on"] is None or offer["ended_on"] >= week_on)
            said = sum(
                quarters
                for who, on, part_on, quarters in self.entries
                if (who, on) == (person_id, offer_id) and week_on <= part_on <= sunday
            )
            if there and opened and said == 0:
                silent.add(offer_id)
        return silent


def make(session: Session, seed: int, people: int = 5, offers: int = 9) -> History:
    """Fill a migrated, empty database."""
    chance, history = random.Random(seed), History()
    _people(session, history, people)
    _clients(session, history)
    _offers(session, history, chance, offers)
    _rates(session, history, chance)
    _teams(session, history, chance)
    _weeks(session, history, chance)
    session.flush()
    return history


def _people(session: Session, history: History, count: int) -> None:
    for number in range(count):
        person = Person(
            tenant_id="tenant",
            entra_object_id=f"p{number}",
            name=f"Colleague {number}",
            language="fr",
            time_zone="Europe/Paris",
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(person)
        session.flush()
        history.people[person.id] = person.name


def _clients(session: Session, history: History) -> None:
    for group in range(3):
        root = _client(session, None, f"Group {group}", Level.CLIENT)
        history.clients[root.id] = (root.name, root.name)
        for entity in range(group):
            below = _client(session, root, f"Entity {group}.{entity}", Level.ENTITY)
            history.clients[below.id] = (root.name, below.name)
            deepest = _client(session, below, f"Department {group}.{entity}", Level.DEPARTMENT)
            history.clients[deepest.id] = (root.name, below.name)


def _client(session: Session, parent: Client | None, name: str, level: Level) -> Client:
    made = Client(
        parent_id=parent.id if parent else None,
        name=name,
        path=f"{parent.path} › {name}" if parent else name,
        path_ids="",
        search_text=name.lower(),
        created_at=NOW,
        updated_at=NOW,
    )
    made.level = level
    session.add(made)
    session.flush()
    made.path_ids = f"{parent.path_ids if parent else '/'}{made.id}/"
    session.flush()
    return made


def _offers(session: Session, history: History, chance: random.Random, count: int) -> None:
    for number in range(count):
        outcome = chance.choice(list(Outcome))
        opened_on = FIRST_DAY + timedelta(days=chance.randrange(0, 200))
        ended_on = None if outcome is Outcome.OPEN else opened_on + timedelta(days=chance.randrange(20, 220))
        planned = chance.choice((None, Decimal("80.25"), Decimal(12)))
        client_id = chance.choice((None, *history.clients))
        category = chance.choice(CATEGORIES)
        offer = Offer(
            chrono=number + 1,
            number=f"S{number + 1}",
            title=f"Offer {number + 1}",
            search_text="",
            client_id=client_id,
            owner_id=next(iter(history.people)),
            stage="PRE",
            outcome=outcome,
            opened_at=NOW,
            opened_on=opened_on,
            ended_on=ended_on,
            planned_hours=planned,
            updated_at=NOW,
        )
        session.add(offer)
        session.flush()
        if category is not None:
            session.add(OfferCategory(offer_id=offer.id, axis="product", value=category))
        history.offers[offer.id] = {
            "number": offer.number,
            "outcome": outcome,
            "opened_on": opened_on,
            "ended_on": ended_on,
            "planned": planned,
            "client_id": client_id,
            "category": category,
        }


def _rates(session: Session, history: History, chance: random.Random) -> None:
    """None, one or several for a person; some begin late, so that hours before have none."""
    for person_id in history.people:
        days = sorted({FIRST_DAY + timedelta(days=chance.randrange(-30, 400)) for _ in range(chance.randrange(0, 4))})
        for place, first in enumerate(days):
            last = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
            cents = chance.choice((8550, 12000, 9999, 3333))
            history.rates.append((person_id, first, last, cents))
            session.add(
                HourlyRate(
                    person_id=person_id, valid_from=first, valid_to=last, cents=cents, set_by_id=person_id, set_at=NOW
                )
            )


def _teams(session: Session, history: History, chance: random.Random) -> None:
    for offer_id, offer in history.offers.items():
        for person_id in chance.sample(list(history.people), 3):
            joined = offer["opened_on"] + timedelta(days=chance.randrange(0, 20))
            left = chance.choice((None, joined + timedelta(days=chance.randrange(5, 90))))
            history.members.append((offer_id, person_id, joined, left))
            session.add(
                TeamMember(
                    offer_id=offer_id, person_id=person_id, role=TeamRole.CONTRIBUTOR, joined_on=joined, left_on=left
                )
            )
    for person_id in history.people:
        first = FIRST_DAY + timedelta(days=chance.randrange(0, 300))
        last = first + timedelta(days=chance.randrange(0, 20))
        history.absences.append((person_id, first, last))
        session.add(
            Absence(person_id=person_id, starts_on=first, ends_on=last, declared_by_id=person_id, declared_at=NOW)
        )


def _weeks(session: Session, history: History, chance: random.Random) -> None:
    entries: list[HoursEntry] = []
    for number in range(WEEKS):
        week_on = FIRST_DAY + timedelta(days=7 * number)
        for person_id in history.people:
            if chance.random() < 0.7:
                entries += _week(session, history, chance, person_id, week_on)
    session.flush()
    session.add_all(entries)


def _week(session: Session, history: History, chance: random.Random, person_id: int, week_on: date) -> list[HoursEntry]:
    """Some answers of one person about one week: entries, a correction of some, an undo of some."""
    entries: list[HoursEntry] = []
    asked, final = chance.random() < 0.8, chance.random() < 0.4
    history.weeks += 1
    week = HoursWeek(
        id=history.weeks,
        person_id=person_id,
        week_on=week_on,
        quarters=0,
        final=final,
        was_final=False,
        revision=0,
        withheld=[],
        prompted_at=NOW if asked else None,
    )
    session.add(week)
    if asked:
        history.asked_first = min(history.asked_first or week_on, week_on)
    if final:
        history.final.add((person_id, week_on))
    for offer_id in chance.sample(list(history.offers), chance.randrange(0, 4)):
        for part in parts_of(week_on):
            changes = [chance.randrange(1, 40)]
            if chance.random() < 0.4:
                changes.append(-chance.randrange(1, changes[0] + 1))
            for quarters in changes:
                week.revision += 1
                week.quarters += quarters
                kind = EntryKind.ENTRY if quarters > 0 else chance.choice((EntryKind.CORRECTION, EntryKind.UNDO))
                entries.append(
                    HoursEntry(
                        week_id=week.id,
                        person_id=person_id,
                        offer_id=offer_id,
                        part_on=part.first,
                        quarters=quarters,
                        kind=kind,
                        reason="Entered on the wrong offer" if kind is EntryKind.CORRECTION else None,
                        revision=week.revision,
                        entered_by_id=person_id,
                        entered_at=NOW,
                    )
                )
                history.entries.append((person_id, offer_id, part.first, quarters))
    return entries
